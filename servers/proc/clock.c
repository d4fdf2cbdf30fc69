/*
 * Clocks and sleeping: clock_gettime(2) and its family, nanosleep(2), clock_nanosleep(2). Timers are in itimer.c and
 * posix_timer.c.
 *
 * The realtime clock is the timebase plus an offset. A sleep until an instant of the realtime clock is fixed when it
 * begins: setting the clock does not move it.
 */
#include "servers/proc/clock.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/time.h>

#define NS_PER_S 1000000000UL
#define NS_PER_US 1000UL
#define US_PER_S 1000000L
#define FOREVER (~0UL >> 1) /* no timebase gets there */

enum { CPU_CLOCK_OWN = -8, CPU_CLOCK_THREAD = 4 };

/* struct timespec and timeval of a 64-bit Linux. */
struct timespec64 {
    int64_t sec, nsec;
};
struct timeval64 {
    int64_t sec, usec;
};

void (*clock_realtime_changed)(uint64_t offset_ns);
static uint64_t realtime_offset_ns;

void clock_start(uint64_t realtime_ns)
{
    realtime_offset_ns = realtime_ns;
}

uint64_t clock_realtime_offset_ns(void)
{
    return realtime_offset_ns;
}

uint64_t clock_monotonic_ns(void)
{
    return ns_from_ticks(tine_time());
}

uint64_t clock_realtime_ns(void)
{
    return realtime_offset_ns + clock_monotonic_ns();
}

uint64_t clock_ticks_100hz(uint64_t ticks)
{
    return ns_from_ticks(ticks) / (NS_PER_S / 100);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/*
 * The clocks of other processes and threads have negative numbers: ~pid << 3, the kind in the low bits, bit 2 for a
 * thread (clock_getcpuclockid(3)).
 */
static long cpu_clock_named(const struct thread *self, int id, uint64_t *ns)
{
    uint32_t number = (uint32_t)(~(id >> 3));
    bool of_thread = (id & CPU_CLOCK_THREAD) != 0;
    const struct thread *thread = number && of_thread ? thread_named(self->process, number) : self;
    const struct process *process = number && !of_thread ? process_named(self->process, number) : self->process;

    if ((id & 3) == 3 || !thread || !process)
        return -EINVAL;
    *ns = ns_from_ticks(of_thread ? usage_thread_ticks(thread) : usage_ticks(process));
    return 0;
}

long clock_read(const struct thread *self, int id, uint64_t *ns)
{
    switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *ns = clock_realtime_ns();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *ns = clock_monotonic_ns();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        return cpu_clock_named(self, CPU_CLOCK_OWN, ns);
    case CLOCK_THREAD_CPUTIME_ID:
        return cpu_clock_named(self, CPU_CLOCK_OWN | CPU_CLOCK_THREAD, ns);
    default:
        return id < 0 ? cpu_clock_named(self, id, ns) : -EINVAL;
    }
}

static struct timespec64 timespec_of(uint64_t ns)
{
    return (struct timespec64){ .sec = (int64_t)(ns / NS_PER_S), .nsec = (int64_t)(ns % NS_PER_S) };
}

static long write_timespec(struct thread *self, uint64_t addr, uint64_t ns)
{
    struct timespec64 ts = timespec_of(ns);

    return user_write(self->process, addr, &ts, sizeof(ts));
}

static long answer_timespec(struct call *call, uint64_t addr, uint64_t ns)
{
    static struct timespec64 ts;

    ts = timespec_of(ns);
    return user_answer(call, addr, &ts, sizeof(ts));
}

long sys_clock_gettime(struct thread *self, struct call *call)
{
    uint64_t ns;
    long err = clock_read(self, (int)call->m.w[0], &ns);

    return err ? err : answer_timespec(call, call->m.w[1], ns);
}

long sys_clock_getres(struct thread *self, struct call *call)
{
    uint64_t ns;
    long err = clock_read(self, (int)call->m.w[0], &ns);

    if (err || !call->m.w[1])
        return err;
    return answer_timespec(call, call->m.w[1], 1);
}

long sys_gettimeofday(struct thread *self, struct call *call)
{
    uint64_t ns = clock_realtime_ns();
    struct timeval64 tv = { .sec = (int64_t)(ns / NS_PER_S), .usec = (int64_t)(ns % NS_PER_S / NS_PER_US) };
    int32_t zone[2] = { 0, 0 };

    if (call->m.w[0] && user_write(self->process, call->m.w[0], &tv, sizeof(tv)))
        return -EFAULT;
    return call->m.w[1] ? user_write(self->process, call->m.w[1], zone, sizeof(zone)) : 0;
}

/* ---- setting and sleeping ---------------------------------------------------------------------------------------- */

/* Nanoseconds of the timespec at addr, at most FOREVER. */
static long read_timespec(struct thread *self, uint64_t addr, uint64_t *ns)
{
    struct timespec64 ts;

    if (user_read(self->process, addr, &ts, sizeof(ts)))
        return -EFAULT;
    if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (int64_t)NS_PER_S)
        return -EINVAL;
    *ns = (uint64_t)ts.sec >= FOREVER / NS_PER_S ? FOREVER : (uint64_t)ts.sec * NS_PER_S + (uint64_t)ts.nsec;
    return 0;
}

static long realtime_set(const struct thread *self, uint64_t ns)
{
    if (!cred_capable(self->process, CAP_SYS_TIME))
        return -EPERM;
    if (ns < clock_monotonic_ns())
        return -EINVAL;
    realtime_offset_ns = ns - clock_monotonic_ns();
    if (clock_realtime_changed)
        clock_realtime_changed(realtime_offset_ns);
    return 0;
}

long sys_clock_settime(struct thread *self, struct call *call)
{
    uint64_t ns;
    long err;

    if ((int)call->m.w[0] != CLOCK_REALTIME)
        return -EINVAL;
    err = read_timespec(self, call->m.w[1], &ns);
    return err ? err : realtime_set(self, ns);
}

/* settimeofday(2): struct timeval or 0, struct timezone or 0, which is read and not kept. */
long sys_settimeofday(struct thread *self, struct call *call)
{
    struct timeval64 tv;
    int32_t zone[2];

    if (call->m.w[0] && user_read(self->process, call->m.w[0], &tv, sizeof(tv)))
        return -EFAULT;
    if (call->m.w[0] && (tv.sec < 0 || tv.usec < 0 || tv.usec >= US_PER_S))
        return -EINVAL;
    if (call->m.w[1] && user_read(self->process, call->m.w[1], zone, sizeof(zone)))
        return -EFAULT;
    if (!call->m.w[0])
        return cred_capable(self->process, CAP_SYS_TIME) ? 0 : -EPERM;
    if ((uint64_t)tv.sec >= FOREVER / NS_PER_S)
        return -EINVAL;
    return realtime_set(self, (uint64_t)tv.sec * NS_PER_S + (uint64_t)tv.usec * NS_PER_US);
}

static bool counts_realtime(int clock_id)
{
    return clock_id == CLOCK_REALTIME || clock_id == CLOCK_TAI || clock_id == CLOCK_REALTIME_ALARM;
}

/* The instant, in ticks, that lies `ns` after now, or is `ns` on the clock. */
static uint64_t instant(int clock_id, bool absolute, uint64_t ns)
{
    uint64_t when;

    if (!absolute)
        when = tine_time() + ticks_from_ns(ns);
    else if (!counts_realtime(clock_id))
        when = ticks_from_ns(ns);
    else
        when = ns > realtime_offset_ns ? ticks_from_ns(ns - realtime_offset_ns) : 1;
    return when ? when : 1;
}

long clock_deadline(struct thread *self, uint64_t addr, int clock_id, bool absolute, uint64_t *when)
{
    uint64_t ns;
    long err;

    *when = 0;
    if (!addr)
        return 0;
    err = read_timespec(self, addr, &ns);
    if (!err)
        *when = instant(clock_id, absolute, ns);
    return err;
}

/* A sleep that ends before its time says what was left, if it was relative. */
static void sleep_leave(struct thread *thread)
{
    struct waiter *w = &thread->waiter;
    uint64_t now = tine_time();

    if (!w->word || !timeout_armed(&w->timeout) || thread_dead(thread) || process_dead(thread->process))
        return;
    write_timespec(thread, w->word, w->timeout.when > now ? ns_from_ticks(w->timeout.when - now) : 0);
}

static void sleep_over(struct timeout *timeout)
{
    waiter_answer(thread_of_timeout(timeout), 0);
}

static long sleep_until(struct thread *self, struct call *call, uint64_t when, uint64_t left_addr)
{
    long err;

    if (when <= tine_time())
        return 0;
    if (signal_deliverable(self)) {
        if (left_addr)
            write_timespec(self, left_addr, ns_from_ticks(when - tine_time()));
        return signal_interrupted(self, call, WAITER_EINTR);
    }
    err = waiter_begin(self, call, WAITER_EINTR, sleep_leave);
    if (err != DEFERRED)
        return err;
    self->waiter.word = left_addr;
    timeout_add(&self->waiter.timeout, when, sleep_over);
    return DEFERRED;
}

long sys_nanosleep(struct thread *self, struct call *call)
{
    uint64_t when;
    long err;

    if (!call->m.w[0])
        return -EFAULT;
    err = clock_deadline(self, call->m.w[0], CLOCK_MONOTONIC, false, &when);
    return err ? err : sleep_until(self, call, when, call->m.w[1]);
}

/* Clocks of processor time cannot be slept on. */
static long sleepable(int clock_id)
{
    if (clock_id == CLOCK_THREAD_CPUTIME_ID)
        return -EINVAL;
    if (clock_id < 0 || clock_id == CLOCK_PROCESS_CPUTIME_ID || clock_id == CLOCK_MONOTONIC_RAW ||
        clock_id == CLOCK_REALTIME_COARSE || clock_id == CLOCK_MONOTONIC_COARSE)
        return -EOPNOTSUPP;
    return clock_id > CLOCK_TAI || clock_id == CLOCK_SGI_CYCLE ? -EINVAL : 0;
}

long sys_clock_nanosleep(struct thread *self, struct call *call)
{
    int clock_id = (int)call->m.w[0];
    bool absolute = (call->m.w[1] & TIMER_ABSTIME) != 0;
    uint64_t when;
    long err = sleepable(clock_id);

    if (err)
        return err;
    if (!call->m.w[2])
        return -EFAULT;
    err = clock_deadline(self, call->m.w[2], clock_id, absolute, &when);
    return err ? err : sleep_until(self, call, when, absolute ? 0 : call->m.w[3]);
}
