/*
 * epoll(7). An epoll has an item for each (open file, descriptor) that it watches, found in a tree, and a list of the
 * items that may be ready. An item has a watch (wait.h) on the queues of its file; when one is woken, the item joins the
 * list, and whoever waits for the epoll looks again. What a wait reports is asked of the files then: an item that is not
 * ready after all just leaves the list. Level-triggered items go back to its end, edge-triggered ones leave it until the
 * next change, one-shot ones are disabled.
 *
 * An epoll may watch epolls, five deep and never itself; so a change climbs at most five levels.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/poll.h"
#include "servers/vfs/syscalls.h"
#include <linux/eventpoll.h>
#include <stdlib.h>
#include <sys/tree.h>

#define NESTED_MOST 4   /* epolls below one another, as in Linux */
#define REPORT_MOST 512 /* events that one call gives at most */

/* Bits of `events` that say how and not what. */
#define EVENTS_HOW (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE)
#define EVENTS_EXCLUSIVE (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

struct epoll_item {
    RB_ENTRY(epoll_item) entry;
    TAILQ_ENTRY(epoll_item) order; /* on the list of the ready */
    struct epoll_item *next;       /* of the same file */
    struct epoll *epoll;
    struct file *file; /* borrowed: its end ends the item (epoll_forget) */
    int fd;
    bool ready;
    uint32_t events; /* asked for; 0 but for EVENTS_HOW: disabled */
    uint64_t data;
    struct wait_link watches[2];
};

struct epoll {
    struct file *file; /* its own */
    RB_HEAD(items, epoll_item) items;
    TAILQ_HEAD(, epoll_item) ready;
    struct wait_queue queue; /* who waits for something to be ready */
};

static int item_compare(const struct epoll_item *a, const struct epoll_item *b)
{
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->fd < b->fd ? -1 : a->fd > b->fd;
}

RB_GENERATE_INTERNAL(items, epoll_item, entry, item_compare, static __attribute__((unused)))

static const struct file_ops epoll_ops;

/* ---- items ------------------------------------------------------------------------------------------------------- */

static void item_ready(struct epoll_item *item)
{
    if (item->ready)
        return;
    item->ready = true;
    TAILQ_INSERT_TAIL(&item->epoll->ready, item, order);
}

static void item_unready(struct epoll_item *item)
{
    if (item->ready)
        TAILQ_REMOVE(&item->epoll->ready, item, order);
    item->ready = false;
}

static void item_changed(struct epoll_item *item)
{
    if (!(item->events & ~EVENTS_HOW))
        return;
    item_ready(item);
    wait_wake(&item->epoll->queue);
}

static void input_changed(struct wait_link *link)
{
    item_changed((struct epoll_item *)((char *)link - offsetof(struct epoll_item, watches[0])));
}

static void output_changed(struct wait_link *link)
{
    item_changed((struct epoll_item *)((char *)link - offsetof(struct epoll_item, watches[1])));
}

/* What of the item is ready now, of what is asked for. queues: also where changes show. */
static uint32_t item_poll(struct epoll_item *item, struct client *self, struct wait_queue *queues[2])
{
    unsigned events = item->file->ops->poll(item->file, self, queues);

    events |= (events & POLLIN ? POLLRDNORM : 0) | (events & POLLOUT ? POLLWRNORM : 0);
    return item->events & ~EVENTS_HOW ? events & (item->events | POLLERR | POLLHUP) : 0;
}

static void item_unwatch(struct epoll_item *item)
{
    watch_remove(&item->watches[0]);
    watch_remove(&item->watches[1]);
}

/*
 * Watches what item->events asks for, and looks whether it is there already. Output alone does not watch for input, so
 * that bytes that come are no new edge of it; the end of a file shows on both queues.
 */
static void item_watch(struct epoll_item *item, struct client *self)
{
    struct wait_queue *queues[2] = { NULL, NULL };
    uint32_t ready = item_poll(item, self, queues);

    item_unwatch(item);
    if (queues[0] && (!queues[1] || item->events & ~(EVENTS_HOW | EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND) ||
                      !(item->events & ~EVENTS_HOW)))
        watch_add(&item->watches[0], queues[0], input_changed);
    if (queues[1] && (!queues[0] || item->events & (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)))
        watch_add(&item->watches[1], queues[1], output_changed);
    if (ready) {
        item_ready(item);
        wait_wake(&item->epoll->queue);
    }
}

static void item_free(struct epoll_item *item)
{
    struct epoll_item **at = &item->file->watched;

    while (*at != item)
        at = &(*at)->next;
    *at = item->next;
    item_unwatch(item);
    item_unready(item);
    RB_REMOVE(items, &item->epoll->items, item);
    free(item);
}

void epoll_forget(struct file *file)
{
    while (file->watched)
        item_free(file->watched);
}

/* ---- epolls in epolls -------------------------------------------------------------------------------------------- */

/* How many epolls lie below this one; more than NESTED_MOST if too many, or if `banned` is among them. */
static unsigned depth_below(struct epoll *epoll, const struct epoll *banned, unsigned level)
{
    struct epoll_item *item;
    unsigned deepest = 0;

    if (epoll == banned || level > NESTED_MOST)
        return NESTED_MOST + 1;
    RB_FOREACH(item, items, &epoll->items) {
        unsigned below = item->file->ops == &epoll_ops ? 1 + depth_below(item->file->data, banned, level + 1) : 0;

        deepest = below > deepest ? below : deepest;
        if (deepest > NESTED_MOST)
            break;
    }
    return deepest;
}

static unsigned depth_above(const struct file *file, unsigned level)
{
    unsigned highest = 0;

    for (const struct epoll_item *item = file->watched; item && level <= NESTED_MOST; item = item->next) {
        unsigned above = 1 + depth_above(item->epoll->file, level + 1);

        highest = above > highest ? above : highest;
    }
    return highest;
}

/* ---- epoll_ctl --------------------------------------------------------------------------------------------------- */

static struct epoll_item *item_find(struct epoll *epoll, struct file *file, int fd)
{
    struct epoll_item like = { .file = file, .fd = fd };

    return RB_FIND(items, &epoll->items, &like);
}

static long item_add(struct client *self, struct file *holder, struct file *file, int fd,
                     const struct epoll_event *event)
{
    struct epoll *epoll = holder->data;
    struct epoll_item *item;

    if (event->events & EPOLLEXCLUSIVE && (event->events & ~EVENTS_EXCLUSIVE || file->ops == &epoll_ops))
        return -EINVAL;
    if (file->ops == &epoll_ops && depth_below(file->data, epoll, 0) + 1 + depth_above(holder, 0) > NESTED_MOST)
        return -ELOOP;
    if (item_find(epoll, file, fd))
        return -EEXIST;
    item = calloc(1, sizeof(*item));
    if (!item)
        return -ENOMEM;
    item->epoll = epoll;
    item->file = file;
    item->fd = fd;
    item->events = event->events;
    item->data = event->data;
    item->next = file->watched;
    file->watched = item;
    RB_INSERT(items, &epoll->items, item);
    item_watch(item, self);
    return 0;
}

static long item_modify(struct client *self, struct epoll *epoll, struct file *file, int fd,
                        const struct epoll_event *event)
{
    struct epoll_item *item = item_find(epoll, file, fd);

    if (!item)
        return -ENOENT;
    if ((item->events | event->events) & EPOLLEXCLUSIVE)
        return -EINVAL;
    item->events = event->events;
    item->data = event->data;
    item_watch(item, self);
    return 0;
}

/* epoll_ctl(2): epoll, operation, descriptor, event. */
long sys_epoll_ctl(struct client *self, struct call *call)
{
    struct file *holder = file_get(self, (unsigned)call->m.w[0]), *file = file_get(self, (unsigned)call->m.w[2]);
    int op = (int)call->m.w[1], fd = (int)call->m.w[2];
    struct epoll_event event = { 0 };
    struct epoll_item *item;
    long err = op != EPOLL_CTL_DEL ? copy_in(self, call, &event, call->m.w[3], sizeof(event)) : 0;

    if (err)
        return err;
    if (!holder || !file || (holder->flags | file->flags) & O_PATH)
        return -EBADF;
    if (!file->ops->poll)
        return -EPERM;
    if (holder == file || holder->ops != &epoll_ops)
        return -EINVAL;
    switch (op) {
    case EPOLL_CTL_ADD:
        return item_add(self, holder, file, fd, &event);
    case EPOLL_CTL_MOD:
        return item_modify(self, holder->data, file, fd, &event);
    case EPOLL_CTL_DEL:
        item = item_find(holder->data, file, fd);
        if (!item)
            return -ENOENT;
        item_free(item);
        return 0;
    }
    return -EINVAL;
}

/* ---- epoll_wait -------------------------------------------------------------------------------------------------- */

struct report {
    unsigned count;
    struct epoll_item *items[REPORT_MOST];
    struct epoll_event events[REPORT_MOST];
};

/* Collects up to `most` items that are ready; those on the list that are not leave it. */
static void report_collect(struct report *report, struct epoll *epoll, struct client *self, unsigned most)
{
    struct epoll_item *item, *next;

    report->count = 0;
    for (item = TAILQ_FIRST(&epoll->ready); item && report->count < most; item = next) {
        struct wait_queue *queues[2];
        uint32_t events = item_poll(item, self, queues);

        next = TAILQ_NEXT(item, order);
        if (!events) {
            item_unready(item);
            continue;
        }
        report->items[report->count] = item;
        report->events[report->count++] = (struct epoll_event){ .events = events, .data = item->data };
    }
}

/* The events have reached the client. */
static void report_settle(const struct report *report)
{
    for (unsigned i = 0; i < report->count; i++) {
        struct epoll_item *item = report->items[i];

        item_unready(item);
        if (item->events & EPOLLONESHOT)
            item->events &= EVENTS_HOW;
        else if (!(item->events & EPOLLET))
            item_ready(item);
    }
}

static long epoll_wait(struct client *self, struct call *call, const struct limit *limit)
{
    static struct report report;
    struct file *file = file_get(self, (unsigned)call->m.w[0]);
    int most = (int)call->m.w[2];
    struct epoll *epoll;
    long err;

    if (most <= 0 || (unsigned)most > INT32_MAX / sizeof(struct epoll_event))
        return -EINVAL;
    if (!file || file->flags & O_PATH)
        return -EBADF;
    if (file->ops != &epoll_ops)
        return -EINVAL;
    epoll = file->data;
    report_collect(&report, epoll, self, most < REPORT_MOST ? (unsigned)most : REPORT_MOST);
    if (!report.count)
        return limit->now ? 0 : wait_on(self, call, &epoll->queue, limit->deadline);
    err = copy_out(self, call, call->m.w[1], report.events, report.count * sizeof(report.events[0]));
    if (err)
        return err;
    report_settle(&report);
    return (long)report.count;
}

/* With the timeout in milliseconds, or as a struct timespec. */
static long wait_ms(struct client *self, struct call *call)
{
    struct limit limit;

    limit_ms(self, (int)call->m.w[3], &limit);
    return epoll_wait(self, call, &limit);
}

static long wait_timespec(struct client *self, struct call *call)
{
    struct limit limit;
    long err = limit_read(self, call, call->m.w[3], &limit);

    return err ? err : epoll_wait(self, call, &limit);
}

/* epoll_pwait(2): epoll, events, how many at most, milliseconds, mask or 0, size of the mask. */
long sys_epoll_pwait(struct client *self, struct call *call)
{
    if (!call->m.w[4])
        return wait_ms(self, call);
    return call->m.w[5] == 8 ? mask_first(call, __NR_epoll_pwait) : -EINVAL;
}

/* epoll_pwait2(2): the same, but for a timeout as ppoll's. */
long sys_epoll_pwait2(struct client *self, struct call *call)
{
    if (!call->m.w[4])
        return wait_timespec(self, call);
    return call->m.w[5] == 8 ? mask_first(call, __NR_epoll_pwait2) : -EINVAL;
}

long epoll_masked(struct client *self, struct call *call)
{
    return (call->m.w[5] & 0xffff) == __NR_epoll_pwait ? wait_ms(self, call) : wait_timespec(self, call);
}

/* ---- the open file ----------------------------------------------------------------------------------------------- */

static unsigned epoll_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct epoll *epoll = file->data;
    struct epoll_item *item, *next;

    queues[0] = &epoll->queue;
    for (item = TAILQ_FIRST(&epoll->ready); item; item = next) {
        struct wait_queue *inner[2];

        next = TAILQ_NEXT(item, order);
        if (item_poll(item, self, inner))
            return POLLIN;
        item_unready(item);
    }
    return 0;
}

static void epoll_release(struct file *file)
{
    struct epoll *epoll = file->data;
    struct epoll_item *item;

    wait_queue_close(&epoll->queue);
    while ((item = RB_ROOT(&epoll->items)))
        item_free(item);
    free(epoll);
}

static const struct file_ops epoll_ops = {
    .poll = epoll_poll,
    .release = epoll_release,
    .seek = anonymous_seek,
    .name = "anon_inode:[eventpoll]",
};

/* epoll_create1(2): flags. */
long sys_epoll_create1(struct client *self, struct call *call)
{
    uint32_t flags = (uint32_t)call->m.w[0];
    struct epoll *epoll;
    long fd;

    if (flags & ~(uint32_t)EPOLL_CLOEXEC)
        return -EINVAL;
    epoll = calloc(1, sizeof(*epoll));
    if (!epoll)
        return -ENOMEM;
    RB_INIT(&epoll->items);
    TAILQ_INIT(&epoll->ready);
    wait_queue_init(&epoll->queue);
    fd = file_anonymous(self, &epoll_ops, epoll, O_RDWR, flags & EPOLL_CLOEXEC);
    if (fd >= 0)
        epoll->file = file_get(self, (unsigned long)fd);
    return fd;
}
