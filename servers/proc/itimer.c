/*
 * Interval timers: setitimer(2), getitimer(2). ITIMER_REAL is a timeout. ITIMER_VIRTUAL and ITIMER_PROF count the time
 * that the process has run: their timeout is for when that can have come at the earliest, and then looks how far it is.
 */
#include "servers/proc/clock.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/time.h>

#define US_PER_S 1000000L
#define NS_PER_US 1000UL
#define NS_PER_S 1000000000UL

static const int expiry_signal[] = { SIGALRM, SIGVTALRM, SIGPROF };

static struct process *timer_process(struct itimer *timer, int which)
{
    return (struct process *)((char *)(timer - which) - offsetof(struct process, timers));
}

/* The clock that the timer counts, in ticks. */
static uint64_t timer_clock(const struct process *process, int which)
{
    return which == ITIMER_REAL ? tine_time() : usage_ticks(process);
}

static void real_expired(struct timeout *timeout);
static void virtual_expired(struct timeout *timeout);
static void prof_expired(struct timeout *timeout);

static void timer_arm(struct itimer *timer, int which, uint64_t clock_now)
{
    static void (*const expired[])(struct timeout *) = { real_expired, virtual_expired, prof_expired };
    uint64_t left = timer->due > clock_now ? timer->due - clock_now : 0;

    timeout_add(&timer->timeout, tine_time() + left, expired[which]);
}

/* The next instant after now that is a whole number of intervals away. */
static uint64_t next_due(const struct itimer *timer, uint64_t now)
{
    uint64_t due = timer->due + timer->interval;

    return due > now ? due : now + timer->interval - (now - timer->due) % timer->interval;
}

static void timer_expired(struct timeout *timeout, int which)
{
    struct itimer *timer = (struct itimer *)((char *)timeout - offsetof(struct itimer, timeout));
    struct process *process = timer_process(timer, which);
    uint64_t now = timer_clock(process, which);

    if (timer->due > now) {
        timer_arm(timer, which, now);
        return;
    }
    timer->due = timer->interval ? next_due(timer, now) : 0;
    if (timer->due)
        timer_arm(timer, which, now);
    signal_send(process, expiry_signal[which], NULL);
}

static void real_expired(struct timeout *timeout)
{
    timer_expired(timeout, ITIMER_REAL);
}

static void virtual_expired(struct timeout *timeout)
{
    timer_expired(timeout, ITIMER_VIRTUAL);
}

static void prof_expired(struct timeout *timeout)
{
    timer_expired(timeout, ITIMER_PROF);
}

void itimers_stop(struct itimers *timers)
{
    for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
        if (timeout_armed(&timers->timer[which].timeout))
            timeout_remove(&timers->timer[which].timeout);
        timers->timer[which].due = 0;
    }
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

/* struct itimerval of a 64-bit Linux. */
struct itimerval64 {
    int64_t interval_sec, interval_usec, value_sec, value_usec;
};

static bool time_valid(int64_t sec, int64_t usec)
{
    return sec >= 0 && usec >= 0 && usec < US_PER_S;
}

static uint64_t ticks_of(int64_t sec, int64_t usec)
{
    const int64_t most = (int64_t)((~0UL >> 1) / NS_PER_S) - 1;

    return ticks_from_ns((uint64_t)(sec > most ? most : sec) * NS_PER_S + (uint64_t)usec * NS_PER_US);
}

static void timer_report(const struct process *process, int which, struct itimerval64 *out)
{
    const struct itimer *timer = &process->timers.timer[which];
    uint64_t now = timer->due ? timer_clock(process, which) : 0;
    uint64_t interval = ns_from_ticks(timer->interval), value = 0;

    /* A timer that is about to expire must not look disarmed. */
    if (timer->due)
        value = timer->due > now ? ns_from_ticks(timer->due - now) : 0;
    if (timer->due && value < NS_PER_US)
        value = NS_PER_US;
    *out = (struct itimerval64){ .interval_sec = (int64_t)(interval / NS_PER_S),
                                 .interval_usec = (int64_t)(interval % NS_PER_S / NS_PER_US),
                                 .value_sec = (int64_t)(value / NS_PER_S),
                                 .value_usec = (int64_t)(value % NS_PER_S / NS_PER_US) };
}

static void timer_set(struct process *process, int which, const struct itimerval64 *wanted)
{
    struct itimer *timer = &process->timers.timer[which];
    uint64_t value = ticks_of(wanted->value_sec, wanted->value_usec), now;

    if (timeout_armed(&timer->timeout))
        timeout_remove(&timer->timeout);
    timer->interval = ticks_of(wanted->interval_sec, wanted->interval_usec);
    timer->due = 0;
    if (!value)
        return;
    now = timer_clock(process, which);
    timer->due = now + value;
    timer_arm(timer, which, now);
}

long sys_getitimer(struct thread *self, struct call *call)
{
    int which = (int)call->m.w[0];
    struct itimerval64 now;

    if (which < ITIMER_REAL || which > ITIMER_PROF)
        return -EINVAL;
    timer_report(self->process, which, &now);
    return user_write(self->process, call->m.w[1], &now, sizeof(now));
}

/* Without a new value the timer is stopped, as Linux does. */
long sys_setitimer(struct thread *self, struct call *call)
{
    int which = (int)call->m.w[0];
    struct itimerval64 wanted = { 0 }, before;

    if (which < ITIMER_REAL || which > ITIMER_PROF)
        return -EINVAL;
    if (call->m.w[1] && user_read(self->process, call->m.w[1], &wanted, sizeof(wanted)))
        return -EFAULT;
    if (!time_valid(wanted.interval_sec, wanted.interval_usec) || !time_valid(wanted.value_sec, wanted.value_usec))
        return -EINVAL;
    timer_report(self->process, which, &before);
    timer_set(self->process, which, &wanted);
    return call->m.w[2] ? user_write(self->process, call->m.w[2], &before, sizeof(before)) : 0;
}
