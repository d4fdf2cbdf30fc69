/*
 * Clocks without a system call (vdso(7)): ordinary code in the address space of every program, for its C library to call.
 * Reads the counter and the page before it, and leaves to the system call what it does not know.
 */
#include "data.h"
#include <asm/unistd.h>
#include <linux/time.h>
#include <linux/time_types.h>

/* Clocks that are the timebase, with or without the realtime offset. */
#define CLOCKS_MONOTONIC                                                                                               \
    (1 << CLOCK_MONOTONIC | 1 << CLOCK_MONOTONIC_RAW | 1 << CLOCK_MONOTONIC_COARSE | 1 << CLOCK_BOOTTIME)
#define CLOCKS_REALTIME (1 << CLOCK_REALTIME | 1 << CLOCK_REALTIME_COARSE | 1 << CLOCK_TAI)

extern const volatile struct vdso_data vdso_data __attribute__((visibility("hidden")));

int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts);
int __vdso_clock_getres(int clock, struct __kernel_timespec *res);
int __vdso_gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz);

static long system_call(long number, long first, void *second)
{
    register long a0 __asm__("a0") = first;
    register void *a1 __asm__("a1") = second;
    register long a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return a0;
}

static int clock_in(int clock, unsigned clocks)
{
    return (unsigned)clock < 32 && clocks >> clock & 1;
}

static void monotonic(uint64_t *sec, uint64_t *ns)
{
    uint64_t ticks;

    __asm__ volatile("rdtime %0" : "=r"(ticks));
    vdso_split(&vdso_data, ticks, sec, ns);
}

static void realtime(uint64_t *sec, uint64_t *ns)
{
    uint64_t offset = vdso_data.realtime;

    monotonic(sec, ns);
    vdso_add_realtime(offset, sec, ns);
}

int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts)
{
    uint64_t sec, ns;

    if (clock_in(clock, CLOCKS_MONOTONIC))
        monotonic(&sec, &ns);
    else if (clock_in(clock, CLOCKS_REALTIME))
        realtime(&sec, &ns);
    else
        return (int)system_call(__NR_clock_gettime, clock, ts);
    ts->tv_sec = (long)sec;
    ts->tv_nsec = (long)ns;
    return 0;
}

int __vdso_clock_getres(int clock, struct __kernel_timespec *res)
{
    if (!clock_in(clock, CLOCKS_MONOTONIC | CLOCKS_REALTIME))
        return (int)system_call(__NR_clock_getres, clock, res);
    if (res) {
        res->tv_sec = 0;
        res->tv_nsec = 1;
    }
    return 0;
}

int __vdso_gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz)
{
    uint64_t sec, ns;

    if (tv) {
        realtime(&sec, &ns);
        tv->tv_sec = (long)sec;
        tv->tv_usec = (long)vdso_us(ns);
    }
    if (tz) {
        tz->tz_minuteswest = 0;
        tz->tz_dsttime = 0;
    }
    return 0;
}
