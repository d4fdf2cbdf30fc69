/*
 * Timers that a process makes: timer_create, timer_settime, timer_gettime, timer_getoverrun, timer_delete. Reading order:
 * timer_expired, posix_timer_taken, then the calls.
 *
 * While its signal is pending a timer is not armed for each interval that passes, however short: it looks again after
 * a while, for the case that the signal was dropped, and goes on exactly when the signal is taken.
 */
#include "servers/proc/posix_timer.h"
#include "servers/proc/cache.h"
#include "servers/proc/clock.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/time.h>
#include <string.h>

#define NS_PER_S 1000000000UL
#define LOOK_AGAIN_NS 10000000UL
#define FOREVER (~0UL >> 1)

enum counts { COUNTS_TIME, COUNTS_REAL_TIME, COUNTS_PROCESS, COUNTS_THREAD };

struct posix_timer {
    LIST_ENTRY(posix_timer) sibling; /* First: what a free list overwrites */
    struct timeout timeout;
    struct process *process;
    uint32_t id;
    uint32_t clock_tid; /* COUNTS_THREAD: whose time */
    uint32_t target;    /* SIGEV_THREAD_ID: a thread of the process; 0: the process */
    int clock;          /* CLOCK_* */
    enum counts counts; /* what due and interval are measured by */
    int notify, signal; /* SIGEV_*, the signal's number */
    uint64_t value;     /* that comes with the signal */
    uint64_t interval;  /* ns, 0: once */
    uint64_t due;       /* ns; 0: disarmed */
    uint64_t missed;    /* expirations before the pending signal was sent, beside the one that it tells of */
    uint64_t overrun;   /* of the signal taken last */
};

static struct cache posix_timers = CACHE(struct posix_timer, 16);

static struct posix_timer *timer_find(struct process *process, uint32_t id)
{
    struct posix_timer *timer;

    LIST_FOREACH (timer, &process->posix_timers.list, sibling)
        if (timer->id == id)
            return timer;
    return NULL;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static uint64_t timer_now(const struct posix_timer *timer)
{
    const struct thread *thread;

    switch (timer->counts) {
    case COUNTS_REAL_TIME:
        return clock_realtime_ns();
    case COUNTS_PROCESS:
        return ns_from_ticks(usage_ticks(timer->process));
    case COUNTS_THREAD:
        thread = thread_by_tid(timer->clock_tid);
        return thread ? ns_from_ticks(usage_thread_ticks(thread)) : 0;
    default:
        return clock_monotonic_ns();
    }
}

/* How many expirations there have been until now; `due` lies behind now afterwards, or is 0. */
static uint64_t timer_advance(struct posix_timer *timer, uint64_t now)
{
    uint64_t n = 1;

    if (timer->interval)
        n += (now - timer->due) / timer->interval;
    timer->due = timer->interval ? timer->due + n * timer->interval : 0;
    return n;
}

/* The thread's queue or the process's, where the timer's signal goes; NULL: the thread has ended. */
static struct signal_pending *timer_pending(const struct posix_timer *timer, struct thread **thread)
{
    *thread = timer->target ? thread_by_tid(timer->target) : NULL;
    if (!timer->target)
        return &timer->process->signals.pending;
    return *thread && (*thread)->process == timer->process ? &(*thread)->signals.pending : NULL;
}

static void timer_expired(struct timeout *timeout);

/* Time of a process or thread passes no faster than time: it is looked at then, and again. */
static void timer_arm(struct posix_timer *timer, uint64_t now, uint64_t least_ns)
{
    uint64_t left = timer->due > now ? timer->due - now : 0;

    timeout_add(&timer->timeout, tine_time() + ticks_from_ns(left > least_ns ? left : least_ns), timer_expired);
}

/* The last step: the signal may end the process. */
static void timer_signal(const struct posix_timer *timer, struct thread *thread)
{
    struct signal_info info = {
        .signo = timer->signal, .code = SI_TIMER, .pid = (int32_t)timer->id, .value = timer->value
    };

    if (thread)
        signal_send_thread(thread, timer->signal, &info);
    else
        signal_send(timer->process, timer->signal, &info);
}

static void timer_expired(struct timeout *timeout)
{
    struct posix_timer *timer = (struct posix_timer *)((char *)timeout - offsetof(struct posix_timer, timeout));
    uint64_t now = timer_now(timer);
    struct thread *thread;
    struct signal_pending *pending = timer_pending(timer, &thread);

    if (!pending)
        return;
    if (timer->due > now) {
        timer_arm(timer, now, 0);
        return;
    }
    if (pending_has_timer(pending, timer->id)) {
        timer_arm(timer, now, LOOK_AGAIN_NS);
        return;
    }
    timer->missed = timer_advance(timer, now) - 1;
    if (timer->due)
        timer_arm(timer, now, LOOK_AGAIN_NS);
    timer_signal(timer, thread);
}

void posix_timer_taken(struct process *process, struct signal_info *info)
{
    struct posix_timer *timer = timer_find(process, (uint32_t)info->pid);
    uint64_t now;

    if (!timer)
        return;
    timer->overrun = timer->missed;
    timer->missed = 0;
    if (timer->due) {
        now = timer_now(timer);
        if (timer->interval && timer->due <= now)
            timer->overrun += timer_advance(timer, now);
        timer_arm(timer, now, 0);
    }
    if (timer->overrun > INT32_MAX)
        timer->overrun = INT32_MAX;
    info->uid = (uint32_t)timer->overrun; /* si_overrun */
}

static void timer_free(struct posix_timers *timers, struct posix_timer *timer)
{
    timeout_remove(&timer->timeout);
    LIST_REMOVE(timer, sibling);
    timers->count--;
    cache_give(&posix_timers, timer);
}

void posix_timers_end(struct posix_timers *timers)
{
    while (!LIST_EMPTY(&timers->list))
        timer_free(timers, LIST_FIRST(&timers->list));
    timers->next = 0;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

static long counts_of(const struct thread *self, int clock, enum counts *counts)
{
    uint64_t ns;

    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_TAI:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
        *counts = COUNTS_TIME;
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *counts = COUNTS_PROCESS;
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *counts = COUNTS_THREAD;
        return 0;
    default: /* those that can be read, but wake nobody */
        return clock_read(self, clock, &ns) ? -EINVAL : -EOPNOTSUPP;
    }
}

/* Where its signal goes. */
static long notice_of(struct thread *self, uint64_t addr, struct posix_timer *timer)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
    struct thread *thread;

    event.sigev_value.sival_int = (int)timer->id;
    if (addr && user_read(self->process, addr, &event, sizeof(event)))
        return -EFAULT;
    timer->notify = event.sigev_notify;
    timer->signal = event.sigev_signo;
    memcpy(&timer->value, &event.sigev_value, sizeof(timer->value));
    switch (timer->notify) {
    case SIGEV_NONE:
        return 0;
    case SIGEV_SIGNAL | SIGEV_THREAD_ID:
        thread = thread_named(self->process, (uint32_t)event.sigev_notify_thread_id);
        if (!thread || thread->process != self->process)
            return -EINVAL;
        timer->target = thread->tid;
        break;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
        break;
    default:
        return -EINVAL;
    }
    return timer->signal > 0 && timer->signal <= SIGNALS ? 0 : -EINVAL;
}

/* The next number that no timer has: they are given in ascending order. */
static uint32_t number_next(struct process *process)
{
    uint32_t id;

    do {
        id = process->posix_timers.next;
        process->posix_timers.next = (id + 1) & INT32_MAX;
    } while (timer_find(process, id));
    return id;
}

/* timer_create(2): clock, struct sigevent or 0, where the number goes. */
long sys_timer_create(struct thread *self, struct call *call)
{
    struct posix_timers *timers = &self->process->posix_timers;
    struct posix_timer fresh = {
        .process = self->process, .clock = (int)call->m.w[0], .clock_tid = self->tid, .id = number_next(self->process)
    }, *timer;
    long err = counts_of(self, fresh.clock, &fresh.counts);

    if (!err && timers->count >= self->process->limits->limit[RLIMIT_SIGPENDING].rlim_cur)
        err = -EAGAIN;
    if (!err)
        err = notice_of(self, call->m.w[1], &fresh);
    if (!err && user_write(self->process, call->m.w[2], &fresh.id, sizeof(fresh.id)))
        err = -EFAULT;
    if (err)
        return err;
    timer = cache_take(&posix_timers);
    if (!timer)
        return -EAGAIN;

    *timer = fresh;
    LIST_INSERT_HEAD(&timers->list, timer, sibling);
    timers->count++;
    return 0;
}

/* timer_delete(2) */
long sys_timer_delete(struct thread *self, struct call *call)
{
    struct posix_timer *timer = timer_find(self->process, (uint32_t)call->m.w[0]);

    if (!timer)
        return -EINVAL;
    timer_free(&self->process->posix_timers, timer);
    return 0;
}

/* ---- setting and asking ------------------------------------------------------------------------------------------ */

/* struct itimerspec of a 64-bit Linux. */
struct itimerspec64 {
    int64_t interval_sec, interval_nsec, value_sec, value_nsec;
};

static bool spec_valid(int64_t sec, int64_t nsec)
{
    return sec >= 0 && nsec >= 0 && nsec < (int64_t)NS_PER_S;
}

static uint64_t spec_ns(int64_t sec, int64_t nsec)
{
    return (uint64_t)sec >= FOREVER / NS_PER_S ? FOREVER : (uint64_t)sec * NS_PER_S + (uint64_t)nsec;
}

static uint64_t timer_left(const struct posix_timer *timer, uint64_t now)
{
    if (!timer->due)
        return 0;
    if (timer->due > now)
        return timer->due - now;
    if (timer->interval)
        return timer->interval - (now - timer->due) % timer->interval;
    return timer->notify != SIGEV_NONE; /* about to expire: it must not look disarmed */
}

static struct itimerspec64 timer_state(const struct posix_timer *timer)
{
    uint64_t left = timer_left(timer, timer->due ? timer_now(timer) : 0), interval = timer->interval;

    return (struct itimerspec64){ .interval_sec = (int64_t)(interval / NS_PER_S),
                                  .interval_nsec = (int64_t)(interval % NS_PER_S),
                                  .value_sec = (int64_t)(left / NS_PER_S),
                                  .value_nsec = (int64_t)(left % NS_PER_S) };
}

static void timer_set(struct posix_timer *timer, const struct itimerspec64 *wanted, bool absolute)
{
    uint64_t value = spec_ns(wanted->value_sec, wanted->value_nsec), now;

    timeout_remove(&timer->timeout);
    timer->due = timer->missed = timer->overrun = 0;
    timer->interval = spec_ns(wanted->interval_sec, wanted->interval_nsec);
    if (!value)
        return;
    /* What is set for an instant follows the clock when that is set; what is set for a duration does not. */
    if (timer->clock == CLOCK_REALTIME || timer->clock == CLOCK_TAI)
        timer->counts = absolute ? COUNTS_REAL_TIME : COUNTS_TIME;
    now = timer_now(timer);
    timer->due = absolute ? value : now + value;
    if (timer->notify != SIGEV_NONE)
        timer_arm(timer, now, 0);
}

/* timer_settime(2): timer, flags, the new state, where the old one goes or 0. */
long sys_timer_settime(struct thread *self, struct call *call)
{
    struct posix_timer *timer = timer_find(self->process, (uint32_t)call->m.w[0]);
    struct itimerspec64 wanted, before;

    if (!call->m.w[2])
        return -EINVAL;
    if (user_read(self->process, call->m.w[2], &wanted, sizeof(wanted)))
        return -EFAULT;
    if (!timer || !spec_valid(wanted.interval_sec, wanted.interval_nsec) ||
        !spec_valid(wanted.value_sec, wanted.value_nsec))
        return -EINVAL;
    before = timer_state(timer);
    timer_set(timer, &wanted, call->m.w[1] & TIMER_ABSTIME);
    return call->m.w[3] ? user_write(self->process, call->m.w[3], &before, sizeof(before)) : 0;
}

/* timer_gettime(2) */
long sys_timer_gettime(struct thread *self, struct call *call)
{
    const struct posix_timer *timer = timer_find(self->process, (uint32_t)call->m.w[0]);
    struct itimerspec64 now;

    if (!timer)
        return -EINVAL;
    now = timer_state(timer);
    return user_write(self->process, call->m.w[1], &now, sizeof(now));
}

/* timer_getoverrun(2) */
long sys_timer_getoverrun(struct thread *self, struct call *call)
{
    const struct posix_timer *timer = timer_find(self->process, (uint32_t)call->m.w[0]);

    return timer ? (long)timer->overrun : -EINVAL;
}
