/*
 * ppoll(2) and pselect6(2). A run looks at every file; if none is ready the caller waits on the queues of all, and the
 * next run begins anew. A signal mask is proc's business: the first run of a call with one sends the client there, and
 * it comes back as VFS_LABEL_MASKED with the mask in force.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/poll.h"
#include "servers/vfs/file.h"
#include "servers/vfs/syscalls.h"
#include <stdlib.h>

#define FEW 64U /* descriptors that need no memory */

/* ---- one file
 * --------------------------------------------------------------------------------------------------------------- */

/* What waiting costs: two links a file at most, made only when nothing is ready. */
struct watch {
    struct wait_link *links;
    unsigned count;
};

/* poll(2) of one file: with the synonyms of normal data. links: where to wait, or NULL. */
static unsigned poll_file(struct client *self, struct file *file, struct watch *watch)
{
    struct wait_queue *queues[2] = { NULL, NULL };
    unsigned events = file->ops->poll ? file->ops->poll(file, self, queues) : POLLIN | POLLOUT;

    for (unsigned i = 0; watch && i < 2; i++)
        if (queues[i])
            watch->links[watch->count++].queue = queues[i];
    return events | (events & POLLIN ? POLLRDNORM : 0) | (events & POLLOUT ? POLLWRNORM : 0);
}

/* ---- time
 * ---------------------------------------------------------------------------------------------------------------------
 */

static bool expired(const struct client *self)
{
    return self->resumed && self->resumed->expired;
}

void limit_ms(struct client *self, int ms, struct limit *limit)
{
    *limit = (struct limit){ .forever = ms < 0, .now = expired(self) || !ms };
    if (self->resumed)
        limit->deadline = self->resumed->deadline;
    else if (ms > 0)
        limit->deadline = tine_time() + ticks_from_ns((uint64_t)ms * (NS_PER_SEC / 1000));
}

long limit_read(struct client *self, struct call *call, uint64_t from, struct limit *limit)
{
    struct timespec64 ts;
    uint64_t ns;
    long err;

    *limit = (struct limit){ .forever = !from, .now = expired(self) };
    if (self->resumed)
        limit->deadline = self->resumed->deadline;
    if (!from || self->resumed)
        return 0;
    err = copy_in(self, call, &ts, from, sizeof(ts));
    if (err)
        return err;
    if (ts.sec < 0 || (uint64_t)ts.nsec >= NS_PER_SEC)
        return -EINVAL;
    ns = ts.sec < INT64_MAX / NS_PER_SEC ? (uint64_t)(ts.sec * NS_PER_SEC + ts.nsec) : UINT64_MAX / 2;
    limit->now = !ns;
    limit->deadline = tine_time() + ticks_from_ns(ns);
    return 0;
}

/* As Linux does, leaves the time that is left at `to`. Where it cannot be written it is not. */
static void limit_write(struct client *self, struct call *call, uint64_t to, const struct limit *limit)
{
    struct timespec64 ts = { 0, 0 };
    uint64_t now = tine_time();

    if (!to)
        return;
    if (limit->deadline > now) {
        uint64_t ns = ns_from_ticks(limit->deadline - now);

        ts.sec = (int64_t)(ns / NS_PER_SEC);
        ts.nsec = (int64_t)(ns % NS_PER_SEC);
    }
    copy_out(self, call, to, &ts, sizeof(ts));
}

long mask_first(struct call *call, uint64_t number)
{
    call->m.w[5] = number;
    return call_forward(call, 0, PROC_LABEL_PPOLL);
}

/* ---- ppoll
 * ----------------------------------------------------------------------------------------------------------------------
 */

/* Fills revents: how many are not 0. watch: also notes where to wait. */
static long poll_scan(struct client *self, struct pollfd *fds, unsigned count, struct watch *watch)
{
    long ready = 0;

    for (unsigned i = 0; i < count; i++) {
        struct pollfd *p = &fds[i];
        struct file *file = p->fd < 0 ? NULL : file_get(self, (unsigned)p->fd);

        if (p->fd < 0)
            p->revents = 0;
        else if (!file || file->flags & O_PATH)
            p->revents = POLLNVAL;
        else
            p->revents = (int16_t)(poll_file(self, file, watch) & ((unsigned)p->events | POLLERR | POLLHUP));
        ready += p->revents != 0;
    }
    return ready;
}

/* Nothing is ready: looks again to collect the queues, and waits on them. */
static long poll_wait(struct client *self, struct call *call, struct pollfd *fds, unsigned count, uint64_t deadline)
{
    struct watch watch = { NULL, 0 };

    if (count && !(watch.links = calloc(2UL * count, sizeof(*watch.links))))
        return -ENOMEM;
    poll_scan(self, fds, count, &watch);
    return wait_on_many(self, call, watch.links, watch.count, deadline);
}

static long poll_fetched(struct client *self, struct call *call, struct pollfd *fds, unsigned count)
{
    struct limit limit;
    long err = limit_read(self, call, call->m.w[2], &limit), ready;

    if (err || (err = copy_in(self, call, fds, call->m.w[0], count * sizeof(*fds))))
        return err;
    ready = poll_scan(self, fds, count, NULL);
    if (!ready && !limit.now)
        return poll_wait(self, call, fds, count, limit.deadline);
    err = count ? copy_out(self, call, call->m.w[0], fds, count * sizeof(*fds)) : 0;
    if (err)
        return err;
    limit_write(self, call, call->m.w[2], &limit);
    return ready;
}

static long poll_call(struct client *self, struct call *call)
{
    struct pollfd few[FEW], *fds = few;
    uint64_t count = call->m.w[1];
    long outcome;

    if (count > self->nofile)
        return -EINVAL;
    if (count > FEW && !(fds = malloc(count * sizeof(*fds))))
        return -ENOMEM;
    outcome = poll_fetched(self, call, fds, (unsigned)count);
    if (fds != few)
        free(fds);
    return outcome;
}

/* ppoll(2): array, count, timeout or 0, mask or 0, size of the mask. */
long sys_ppoll(struct client *self, struct call *call)
{
    if (!call->m.w[3])
        return poll_call(self, call);
    return call->m.w[4] == 8 ? mask_first(call, __NR_ppoll) : -EINVAL;
}

/* ---- pselect6
 * ----------------------------------------------------------------------------------------------------------------------
 */

enum set { SET_READ, SET_WRITE, SET_EXCEPT, SETS };

/* What makes a descriptor ready in each set, select(2). */
static const unsigned set_events[SETS] = {
    POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
    POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
    POLLPRI,
};

struct select {
    uint64_t *asked[SETS], *ready[SETS]; /* a bit per descriptor */
    unsigned words;                      /* of each */
};

/* The descriptors that are asked about, in one word of all sets. */
static uint64_t select_asked(const struct select *s, unsigned word)
{
    return s->asked[SET_READ][word] | s->asked[SET_WRITE][word] | s->asked[SET_EXCEPT][word];
}

/* One descriptor into the ready sets: in how many. */
static long select_mark(struct select *s, unsigned word, unsigned bit, unsigned events)
{
    long marked = 0;

    for (unsigned i = 0; i < SETS; i++) {
        if (s->asked[i][word] >> bit & 1 && events & set_events[i]) {
            s->ready[i][word] |= 1UL << bit;
            marked++;
        }
    }
    return marked;
}

/* Fills the ready sets: how many bits. -EBADF. */
static long select_scan(struct client *self, struct select *s, struct watch *watch)
{
    long ready = 0;

    for (unsigned word = 0; word < s->words; word++) {
        for (uint64_t left = select_asked(s, word); left; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzl(left);
            struct file *file = file_get(self, word * 64 + bit);

            if (!file || file->flags & O_PATH)
                return -EBADF;
            ready += select_mark(s, word, bit, poll_file(self, file, watch));
        }
    }
    return ready;
}

static long select_wait(struct client *self, struct call *call, struct select *s, uint64_t deadline)
{
    struct watch watch = { NULL, 0 };
    unsigned count = 0;

    for (unsigned word = 0; word < s->words; word++)
        count += (unsigned)__builtin_popcountl(select_asked(s, word));
    if (count && !(watch.links = calloc(2UL * count, sizeof(*watch.links))))
        return -ENOMEM;
    select_scan(self, s, &watch);
    return wait_on_many(self, call, watch.links, watch.count, deadline);
}

/* The sets of a call, each of `bytes` bytes, from the client's memory. Bits of descriptors beyond n do not count. */
static long select_fetch(struct client *self, struct call *call, struct select *s, unsigned n, size_t bytes)
{
    for (unsigned i = 0; i < SETS; i++) {
        long err = call->m.w[1 + i] && bytes ? copy_in(self, call, s->asked[i], call->m.w[1 + i], bytes) : 0;

        if (err)
            return err;
        if (n % 64)
            s->asked[i][s->words - 1] &= (1UL << n % 64) - 1;
    }
    return 0;
}

static long select_store(struct client *self, struct call *call, struct select *s, size_t bytes)
{
    for (unsigned i = 0; i < SETS; i++) {
        long err = call->m.w[1 + i] && bytes ? copy_out(self, call, call->m.w[1 + i], s->ready[i], bytes) : 0;

        if (err)
            return err;
    }
    return 0;
}

/* Whole words are moved, as Linux does. */
static long select_run(struct client *self, struct call *call, struct select *s, unsigned n)
{
    size_t bytes = s->words * sizeof(uint64_t);
    struct limit limit;
    long err = limit_read(self, call, call->m.w[4], &limit), ready;

    if (err || (err = select_fetch(self, call, s, n, bytes)))
        return err;
    ready = select_scan(self, s, NULL);
    if (ready < 0)
        return ready;
    if (!ready && !limit.now)
        return select_wait(self, call, s, limit.deadline);
    err = select_store(self, call, s, bytes);
    if (err)
        return err;
    limit_write(self, call, call->m.w[4], &limit);
    return ready;
}

/* Descriptors beyond the table are ignored, as Linux does. */
static long select_call(struct client *self, struct call *call)
{
    int asked = (int)call->m.w[0];
    unsigned n = (unsigned)asked < self->files->size ? (unsigned)asked : self->files->size;
    struct select s = { .words = (n + 63) / 64 };
    uint64_t *bits;
    long outcome;

    if (asked < 0)
        return -EINVAL;
    bits = calloc(2UL * SETS * (s.words + 1), sizeof(*bits));
    if (!bits)
        return -ENOMEM;
    for (unsigned i = 0; i < SETS; i++) {
        s.asked[i] = bits + i * s.words;
        s.ready[i] = bits + (SETS + i) * s.words;
    }
    outcome = select_run(self, call, &s, n);
    free(bits);
    return outcome;
}

/* What the sixth argument of pselect6 points to. */
struct select_mask {
    uint64_t mask, size;
};

/* pselect6(2): highest descriptor + 1, three sets, timeout or 0, struct select_mask or 0. */
long sys_pselect6(struct client *self, struct call *call)
{
    struct select_mask mask = { 0, 0 };
    long err = call->m.w[5] ? copy_in(self, call, &mask, call->m.w[5], sizeof(mask)) : 0;

    if (err)
        return err;
    if (!mask.mask)
        return select_call(self, call);
    if (mask.size != 8)
        return -EINVAL;
    return mask_first(call, __NR_pselect6 | mask.mask << 16);
}

long poll_masked(struct client *self, struct call *call)
{
    switch (call->m.w[5] & 0xffff) {
    case __NR_ppoll:
        return poll_call(self, call);
    case __NR_pselect6:
        return select_call(self, call);
    default:
        return epoll_masked(self, call);
    }
}
