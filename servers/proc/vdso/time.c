/*
 * Clocks without a system call: ordinary code in the address space of every program, for its C library to call. Reads the
 * counter and the page before it, and leaves to the system call what it does not know.
 */
#include "data.h"

#include <asm/unistd.h>
#include <linux/time.h>
#include <stddef.h>

#define NS_A_SECOND 1000000000UL
#define NS_A_MICROSECOND 1000UL

extern const struct vdso_data vdso_data __attribute__((visibility("hidden")));

struct vdso_timespec {
    long sec;
    long nsec;
};

struct vdso_timeval {
    long sec;
    long usec;
};

static long system_call(long nr, long a, void *b)
{
    register long a0 __asm__("a0") = a;
    register void *a1 __asm__("a1") = b;
    register long a7 __asm__("a7") = nr;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return a0;
}

static unsigned long monotonic_ns(void)
{
    unsigned long ticks;

    __asm__ volatile("rdtime %0" : "=r"(ticks));
    return ticks * vdso_data.ns_whole + (unsigned long)((unsigned __int128)ticks * vdso_data.ns_fraction >> 64);
}

long __vdso_clock_gettime(long clock, struct vdso_timespec *to)
{
    unsigned long ns;

    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        ns = monotonic_ns() + vdso_data.realtime_ns;
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        ns = monotonic_ns();
        break;
    default:
        return system_call(__NR_clock_gettime, clock, to);
    }
    to->sec = (long)(ns / NS_A_SECOND);
    to->nsec = (long)(ns % NS_A_SECOND);
    return 0;
}

long __vdso_gettimeofday(struct vdso_timeval *to, int *zone)
{
    unsigned long ns;

    if (to) {
        ns = monotonic_ns() + vdso_data.realtime_ns;
        to->sec = (long)(ns / NS_A_SECOND);
        to->usec = (long)(ns % NS_A_SECOND / NS_A_MICROSECOND);
    }
    if (zone)
        zone[0] = zone[1] = 0; /* minutes west, kind of daylight saving */
    return 0;
}

long __vdso_clock_getres(long clock, struct vdso_timespec *to)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        if (to)
            *to = (struct vdso_timespec){ 0, (long)vdso_data.tick_ns };
        return 0;
    default:
        return system_call(__NR_clock_getres, clock, to);
    }
}
