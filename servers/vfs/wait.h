/*
 * Callers that wait in vfs: for a pipe to have room, a terminal to have input, a lock, a poll.
 *
 * A waiter is a kept call on the queue of one object (poll: of several). When the object changes, wait_wake() marks all
 * its waiters ready, and after the current message has been dispatched each runs its call *again from its beginning*,
 * with the same words. An operation therefore looks the same first and later:
 *
 *     if (nothing there yet)
 *         return wait_on(self, call, &object->readers, 0);
 *
 * While a waiter runs again, self->resumed is that waiter (NULL otherwise), and waiting again keeps it. Two things only
 * survive from one run to the next: `done`, bytes already transferred (a long write to a pipe), and `deadline`.
 */
#ifndef VFS_WAIT_H
#define VFS_WAIT_H

#include "libc/server.h"
#include "libc/timeout.h"
#include <sys/queue.h>

struct client;
struct file;
struct waiter;
struct wait_link;

/* Embedded in what can be waited for. wait_queue_init first. */
TAILQ_HEAD(wait_queue, wait_link);

struct wait_link {
    TAILQ_ENTRY(wait_link) entry;
    struct wait_queue *queue; /* NULL: not queued */
    struct waiter *waiter;
    void (*changed)(struct wait_link *link); /* a watch, which has no waiter: see watch_add */
};

struct waiter {
    struct wait_link link;        /* the one queue of an ordinary wait */
    struct wait_link *links;      /* of a poll: an array from malloc, given to wait_on_many; else NULL */
    unsigned nlinks;
    bool waiting;                 /* until woken, expired or cancelled */
    bool ready;                   /* on the list of those to be run again */
    bool expired;                 /* the deadline has passed */
    TAILQ_ENTRY(waiter) order;    /* on that list; free list */
    LIST_ENTRY(waiter) of_client; /* all waiters of a client */
    struct client *client;
    struct call call;             /* as it came; call.reply holds the caller */
    struct timeout timeout;
    uint64_t deadline;            /* ticks, 0 for none */
    struct file *opening;         /* a fifo being opened, kept from run to run; put when the wait ends otherwise */
    size_t done;                  /* bytes that have been transferred already; what a cancelled wait is answered with */
};

static inline void wait_queue_init(struct wait_queue *queue)
{
    TAILQ_INIT(queue);
}

/*
 * Lets the caller wait until wait_wake(queue) or the deadline (ticks, 0 for none; ignored when self->resumed has one).
 * Gives what the operation shall return: DEFERRED, or -ENOMEM.
 */
long wait_on(struct client *self, struct call *call, struct wait_queue *queue, uint64_t deadline);

/*
 * As wait_on for a read or write that has moved `more` bytes in this run. The next run finds its transfer already
 * behind them (the door does that), so an operation only ever sees what is left.
 */
long wait_on_done(struct client *self, struct call *call, struct wait_queue *queue, size_t more);

/*
 * Poll: waits on all links (link.queue set by the caller to the queue wanted, NULL to skip). Takes the array, which
 * comes from malloc, also on failure. links may be NULL with 0 (wait for the deadline or a cancellation only).
 */
long wait_on_many(struct client *self, struct call *call, struct wait_link *links, unsigned nlinks, uint64_t deadline);

/* The waiter that self's call has just become (again) by one of the above gets this deadline instead of its own. */
void wait_deadline(struct client *self, uint64_t deadline);

void wait_wake_all(struct wait_queue *queue);

/* All waiters of the queue shall look again. Cheap when there are none. */
static inline void wait_wake(struct wait_queue *queue)
{
    if (!TAILQ_EMPTY(queue))
        wait_wake_all(queue);
}

/*
 * A watch stays on the queue and has `changed` called whenever the waiters are woken, before them: what an epoll has
 * for each of its files. `changed` may wake other queues, and leaves this one alone. Removing what is on no queue does
 * nothing.
 */
void watch_add(struct wait_link *link, struct wait_queue *queue, void (*changed)(struct wait_link *link));
void watch_remove(struct wait_link *link);

/* Runs what wait_wake made ready, and what that makes ready. Called by the door after each message. */
void wait_run_ready(void);
extern TAILQ_HEAD(waiter_list, waiter) wait_ready;

static inline void wait_run(void)
{
    if (!TAILQ_EMPTY(&wait_ready))
        wait_run_ready();
}

/* Ends the wait of the thread with this badge (vfs_cancel): answered `done` bytes if any, else code. 1 if it waited. */
long wait_cancel(struct client *client, badge_t badge, long code);

/* The client is gone: its callers are dropped without an answer. */
void wait_forget(struct client *client);

/* The first in the queue, or NULL; also if there are watches. */
static inline struct waiter *wait_first(struct wait_queue *queue)
{
    struct wait_link *link = TAILQ_FIRST(queue);

    return link ? link->waiter : NULL;
}

/* Ends an ordinary wait (one queue, nothing being opened) of a read(2) by answering it with these bytes, at most 65,536:
 * for an object that does the waiter's work itself instead of letting it run again. False if they cannot be copied; then
 * it waits as before. */
bool wait_finish(struct waiter *w, const void *from, size_t len);

/* The object with this queue dies: its waiters run again (and find it gone), its watches are removed. */
void wait_queue_close(struct wait_queue *queue);

#endif
