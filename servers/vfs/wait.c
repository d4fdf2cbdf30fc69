/* Waiters: made by wait_on, marked ready by wait_wake, run by wait_run, ended by waiter_end. */
#include "servers/vfs/wait.h"
#include "servers/vfs/client.h"
#include "servers/vfs/file.h"
#include "servers/vfs/syscalls.h"
#include <stdlib.h>

struct waiter_list wait_ready = TAILQ_HEAD_INITIALIZER(wait_ready);
static struct waiter *idle; /* linked through order; each keeps its reply object, empty, for the next wait */

static struct waiter *waiter_take(void)
{
    struct waiter *w = idle;

    if (!w)
        return calloc(1, sizeof(*w));
    idle = TAILQ_NEXT(w, order);
    return w;
}

static inline void waiter_give(struct waiter *w)
{
    TAILQ_NEXT(w, order) = idle;
    idle = w;
}

static void link_remove(struct wait_link *link)
{
    if (link->queue)
        TAILQ_REMOVE(link->queue, link, entry);
    link->queue = NULL;
}

static void link_add(struct wait_link *link, struct wait_queue *queue, struct waiter *w)
{
    link->waiter = w;
    link->queue = queue;
    if (queue)
        TAILQ_INSERT_TAIL(queue, link, entry);
}

/* No longer on any queue. */
static void waiter_unlink(struct waiter *w)
{
    w->waiting = false;
    link_remove(&w->link);
    for (unsigned i = 0; i < w->nlinks; i++)
        link_remove(&w->links[i]);
    if (w->links)
        free(w->links);
    w->links = NULL;
    w->nlinks = 0;
}

static void waiter_ready(struct waiter *w)
{
    waiter_unlink(w);
    w->ready = true;
    TAILQ_INSERT_TAIL(&wait_ready, w, order);
}

static void waiter_expired(struct timeout *timeout)
{
    struct waiter *w = (struct waiter *)((char *)timeout - offsetof(struct waiter, timeout));

    w->expired = true;
    if (w->waiting)
        waiter_ready(w);
}

/* Keeps the caller; from now on only waiter_end gives it up. */
static inline void waiter_begin(struct waiter *w, struct client *self, struct call *call)
{
    cap_t next = w->call.reply;

    w->call = *call;
    call->reply = next;
    w->client = self;
    w->done = 0;
    w->expired = false;
    w->deadline = 0;
    LIST_INSERT_HEAD(&self->waiters, w, of_client);
}

/* NULL: no memory, and the caller is still the call's. */
static struct waiter *waiter_make(struct client *self, struct call *call, uint64_t deadline)
{
    struct waiter *w = waiter_take();

    if (!w)
        return NULL;
    if (!w->call.reply && !(w->call.reply = reply_take())) {
        waiter_give(w);
        return NULL;
    }
    waiter_begin(w, self, call);
    w->deadline = deadline;
    if (deadline)
        timeout_add(&w->timeout, deadline, waiter_expired);
    return w;
}

static inline void waiter_answer(struct waiter *w, enum tine_answer how, long value)
{
    struct tine_message m = { .w = { (unsigned long)value } };

    tine_reply(w->call.reply, how, 0, &m, NULL);
}

/* Ends the wait: answers as a dispatch outcome says. DEFERRED: somebody else has the caller. */
static void waiter_end(struct waiter *w, long outcome)
{
    struct file *opening = w->opening;

    if (w->waiting)
        waiter_unlink(w);
    timeout_remove(&w->timeout);
    LIST_REMOVE(w, of_client);
    w->opening = NULL;
    waiter_give(w);
    if (outcome == RESTARTED)
        waiter_answer(w, TINE_ANSWER_RESTART, 0);
    else if (outcome != DEFERRED)
        waiter_answer(w, TINE_ANSWER_VALUE, outcome);
    if (opening)
        file_put(opening);
}

bool wait_finish(struct waiter *w, const void *from, size_t len)
{
    struct tine_message m = { .w = { len, w->call.m.w[1], (unsigned long)from, len } };

    if (tine_reply(w->call.reply, TINE_ANSWER_COPY, 0, &m, NULL))
        return false;
    link_remove(&w->link);
    w->waiting = false;
    if (w->deadline)
        timeout_remove(&w->timeout);
    LIST_REMOVE(w, of_client);
    waiter_give(w);
    return true;
}

static __attribute__((noinline)) long wait_on_any(struct client *self, struct call *call, struct wait_queue *queue,
                                                  uint64_t deadline)
{
    struct waiter *w = self->resumed ? self->resumed : waiter_make(self, call, deadline);

    if (!w)
        return -ENOMEM;
    w->waiting = true;
    link_add(&w->link, queue, w);
    return DEFERRED;
}

/* The common case stands apart, as it calls nothing: a new wait without a deadline, and a waiter in stock. */
long wait_on(struct client *self, struct call *call, struct wait_queue *queue, uint64_t deadline)
{
    struct waiter *w = idle;

    if (deadline || self->resumed || !w || !w->call.reply)
        return wait_on_any(self, call, queue, deadline);
    idle = TAILQ_NEXT(w, order);
    waiter_begin(w, self, call);
    w->waiting = true;
    link_add(&w->link, queue, w);
    return DEFERRED;
}

long wait_on_done(struct client *self, struct call *call, struct wait_queue *queue, size_t more)
{
    struct waiter *w = self->resumed ? self->resumed : waiter_make(self, call, 0);

    if (!w)
        return more ? (long)more : -ENOMEM;
    w->waiting = true;
    w->done += more;
    link_add(&w->link, queue, w);
    return DEFERRED;
}

long wait_on_many(struct client *self, struct call *call, struct wait_link *links, unsigned nlinks, uint64_t deadline)
{
    struct waiter *w = self->resumed ? self->resumed : waiter_make(self, call, deadline);

    if (!w) {
        free(links);
        return -ENOMEM;
    }
    w->waiting = true;
    w->links = links;
    w->nlinks = nlinks;
    for (unsigned i = 0; i < nlinks; i++)
        link_add(&links[i], links[i].queue, w);
    return DEFERRED;
}

void wait_deadline(struct client *self, uint64_t deadline)
{
    struct waiter *w = self->resumed ? self->resumed : LIST_FIRST(&self->waiters);

    w->expired = false;
    w->deadline = deadline;
    timeout_add(&w->timeout, deadline, waiter_expired);
}

void watch_add(struct wait_link *link, struct wait_queue *queue, void (*changed)(struct wait_link *link))
{
    link->waiter = NULL;
    link->changed = changed;
    link->queue = queue;
    TAILQ_INSERT_HEAD(queue, link, entry);
}

void watch_remove(struct wait_link *link)
{
    link_remove(link);
}

/* Watches come first in a queue: the last of them, or NULL. */
static struct wait_link *watches_tell(struct wait_queue *queue)
{
    struct wait_link *link, *last = NULL;

    TAILQ_FOREACH(link, queue, entry) {
        if (!link->changed)
            break;
        link->changed(link);
        last = link;
    }
    return last;
}

/* A poll's links may be several on one queue, and a waiter that becomes ready takes them all off: begin anew each
 * time. */
void wait_wake_all(struct wait_queue *queue)
{
    struct wait_link *last = watches_tell(queue), *link;

    while ((link = last ? TAILQ_NEXT(last, entry) : TAILQ_FIRST(queue)))
        waiter_ready(link->waiter);
}

void wait_queue_close(struct wait_queue *queue)
{
    struct wait_link *watch;

    wait_wake_all(queue);
    while ((watch = TAILQ_FIRST(queue)))
        link_remove(watch);
}

static void waiter_run(struct waiter *w)
{
    struct client *client = w->client;
    struct call call = w->call;
    long outcome;

    client->resumed = w;
    outcome = client_call(client, &call);
    client->resumed = NULL;
    if (!w->waiting)
        waiter_end(w, outcome);
}

void wait_run_ready(void)
{
    struct waiter *w;

    while ((w = TAILQ_FIRST(&wait_ready))) {
        TAILQ_REMOVE(&wait_ready, w, order);
        w->ready = false;
        waiter_run(w);
    }
}

/* A poll is never restarted after a signal handler, whatever SA_RESTART says (signal(7)). */
static bool never_restarts(const struct waiter *w)
{
    long label = w->call.m.label;

    return label == __NR_ppoll || label == __NR_pselect6 || label == __NR_epoll_pwait ||
           label == __NR_epoll_pwait2 || label == VFS_LABEL_MASKED;
}

long wait_cancel(struct client *client, badge_t badge, long code)
{
    struct waiter *w;

    LIST_FOREACH(w, &client->waiters, of_client) {
        if (w->call.m.badge != badge)
            continue;
        if (w->done)
            code = (long)w->done;
        else if (code == PROC_RESULT_RESTART)
            code = never_restarts(w) ? -EINTR : RESTARTED;
        waiter_end(w, code);
        return 1;
    }
    return 0;
}

void wait_forget(struct client *client)
{
    struct waiter *w;

    while ((w = LIST_FIRST(&client->waiters)))
        waiter_end(w, -EINTR);
}
