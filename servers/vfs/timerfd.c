/*
 * timerfd_create(2): a timer that is read. It is armed to its next expiration only and again when that has been read, so
 * a short interval costs nothing while nobody looks; how many expirations there have been follows from the time.
 */
#include "libc/timeout.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/node.h"
#include "servers/vfs/syscalls.h"
#include <linux/timerfd.h>
#include <stdlib.h>

/* <linux/time.h>, which is not for beside <stdlib.h>. */
enum { CLOCK_REALTIME_, CLOCK_MONOTONIC_, CLOCK_BOOTTIME_ = 7, CLOCK_REALTIME_ALARM_, CLOCK_BOOTTIME_ALARM_ };

struct timerfd {
    struct timeout timeout;
    struct wait_queue queue;
    int clock;
    bool armed;           /* due_ns counts */
    uint64_t due_ns;      /* the next expiration that has not been read, on the monotonic clock */
    uint64_t interval_ns; /* 0: once */
};

struct itimerspec64 {
    struct timespec64 interval, value;
};

static uint64_t monotonic_ns(void)
{
    return ns_from_ticks(tine_time());
}

/* What the real-time clock is ahead of the monotonic one. */
static int64_t realtime_offset(void)
{
    return now_ns() - (int64_t)monotonic_ns();
}

static bool is_realtime(const struct timerfd *timer)
{
    return timer->clock == CLOCK_REALTIME_ || timer->clock == CLOCK_REALTIME_ALARM_;
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static void timer_expired(struct timeout *timeout)
{
    struct timerfd *timer = (struct timerfd *)((char *)timeout - offsetof(struct timerfd, timeout));

    wait_wake(&timer->queue);
}

static void timer_arm(struct timerfd *timer)
{
    timeout_remove(&timer->timeout);
    if (timer->armed)
        timeout_add(&timer->timeout, ticks_from_ns(timer->due_ns), timer_expired);
}

/* Expirations that have not been read yet. */
static uint64_t expirations(const struct timerfd *timer)
{
    uint64_t now = monotonic_ns();

    if (!timer->armed || now < timer->due_ns)
        return 0;
    return timer->interval_ns ? 1 + (now - timer->due_ns) / timer->interval_ns : 1;
}

/* n expirations have been seen. */
static void timer_forward(struct timerfd *timer, uint64_t n)
{
    if (!n)
        return;
    timer->due_ns += n * timer->interval_ns;
    timer->armed = timer->interval_ns != 0;
    timer_arm(timer);
}

/* ---- the open file ----------------------------------------------------------------------------------------------- */

static long timerfd_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct timerfd *timer = file->data;
    uint64_t n = expirations(timer);
    long err;

    if (t->left < sizeof(n))
        return -EINVAL;
    if (!n)
        return file_nonblock(file) ? -EAGAIN : wait_on(t->client, t->call, &timer->queue, 0);
    err = transfer_out(t, &n, sizeof(n));
    if (err)
        return err;
    timer_forward(timer, n);
    return sizeof(n);
}

static unsigned timerfd_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct timerfd *timer = file->data;

    queues[0] = &timer->queue;
    return expirations(timer) ? POLLIN : 0;
}

static void timerfd_release(struct file *file)
{
    struct timerfd *timer = file->data;

    timeout_remove(&timer->timeout);
    wait_queue_close(&timer->queue);
    free(timer);
}

static const struct file_ops timerfd_ops = {
    .read = timerfd_read,
    .poll = timerfd_poll,
    .release = timerfd_release,
    .seek = anonymous_seek,
    .name = "anon_inode:[timerfd]",
};

/* timerfd_create(2): clock, flags. */
long sys_timerfd_create(struct client *self, struct call *call)
{
    int clock = (int)call->m.w[0];
    uint32_t flags = (uint32_t)call->m.w[1];
    bool alarm = clock == CLOCK_REALTIME_ALARM_ || clock == CLOCK_BOOTTIME_ALARM_;
    struct timerfd *timer;

    if (flags & ~(uint32_t)(TFD_CLOEXEC | TFD_NONBLOCK))
        return -EINVAL;
    if (clock != CLOCK_REALTIME_ && clock != CLOCK_MONOTONIC_ && clock != CLOCK_BOOTTIME_ && !alarm)
        return -EINVAL;
    if (alarm && !(self->cred.rights & VFS_MAY_ALL))
        return -EPERM;
    timer = calloc(1, sizeof(*timer));
    if (!timer)
        return -ENOMEM;
    timer->clock = clock;
    wait_queue_init(&timer->queue);
    return file_anonymous(self, &timerfd_ops, timer, O_RDWR | (flags & O_NONBLOCK), flags & O_CLOEXEC);
}

/* ---- setting and asking ------------------------------------------------------------------------------------------ */

static bool time_valid(const struct timespec64 *t)
{
    return t->sec >= 0 && t->nsec >= 0 && t->nsec < NS_PER_SEC;
}

/* Saturates far in the future. */
static uint64_t ns_of(const struct timespec64 *t)
{
    return t->sec < INT64_MAX / 2 / NS_PER_SEC ? (uint64_t)(t->sec * NS_PER_SEC + t->nsec) : INT64_MAX / 2;
}

static struct timespec64 timespec_of(uint64_t ns)
{
    return (struct timespec64){ (int64_t)(ns / NS_PER_SEC), (int64_t)(ns % NS_PER_SEC) };
}

/* Until the next expiration, and the interval. */
static struct itimerspec64 setting_of(const struct timerfd *timer)
{
    uint64_t now = monotonic_ns(), due = timer->due_ns + expirations(timer) * timer->interval_ns;
    struct itimerspec64 setting = { .interval = timespec_of(timer->interval_ns) };

    if (timer->armed && due > now)
        setting.value = timespec_of(due - now);
    return setting;
}

/* An instant of the timer's clock as one of the monotonic one; what has passed is due at once. */
static uint64_t due_of(const struct timerfd *timer, uint64_t ns, bool absolute)
{
    int64_t due = (int64_t)ns - (absolute && is_realtime(timer) ? realtime_offset() : 0);

    if (!absolute)
        return monotonic_ns() + ns;
    return due > 0 ? (uint64_t)due : 1;
}

static long timer_of(struct client *self, uint64_t fd, struct timerfd **timer)
{
    struct file *file = file_get(self, (unsigned)fd);

    if (!file || file->flags & O_PATH)
        return -EBADF;
    *timer = file->data;
    return file->ops == &timerfd_ops ? 0 : -EINVAL;
}

/* timerfd_settime(2): timer, flags, setting, where to put the old one or 0. TFD_TIMER_CANCEL_ON_SET is refused: vfs is
 * not told when the clock is set. */
long sys_timerfd_settime(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[1];
    struct itimerspec64 new, old;
    struct timerfd *timer;
    long err = copy_in(self, call, &new, call->m.w[2], sizeof(new));

    if (err)
        return err;
    if (flags & ~(unsigned)TFD_TIMER_ABSTIME || !time_valid(&new.value) || !time_valid(&new.interval))
        return -EINVAL;
    if ((err = timer_of(self, call->m.w[0], &timer)))
        return err;
    old = setting_of(timer);
    if (call->m.w[3] && (err = copy_out(self, call, call->m.w[3], &old, sizeof(old))))
        return err;
    timer->armed = new.value.sec || new.value.nsec;
    timer->interval_ns = ns_of(&new.interval); /* kept, and told, also of a timer that is not armed */
    timer->due_ns = timer->armed ? due_of(timer, ns_of(&new.value), flags & TFD_TIMER_ABSTIME) : 0;
    timer_arm(timer);
    return 0;
}

/* timerfd_gettime(2): timer, where to put its setting. Expirations that have passed stay to be read. */
long sys_timerfd_gettime(struct client *self, struct call *call)
{
    struct itimerspec64 setting;
    struct timerfd *timer;
    long err = timer_of(self, call->m.w[0], &timer);

    if (err)
        return err;
    setting = setting_of(timer);
    return copy_out(self, call, call->m.w[1], &setting, sizeof(setting));
}
