/* Pending signals: pending_add, pending_take, pending_drop. Invariant: every entry's signal is in `set`. */
#include "servers/proc/signal_queue.h"
#include "servers/proc/cache.h"

#define SIGMASK_SYNCHRONOUS \
    (SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGILL) | SIGMASK(SIGTRAP) | SIGMASK(SIGFPE) | SIGMASK(SIGSYS))

static struct cache entries = CACHE(struct signal_queued, 32);

void pending_init(struct signal_pending *p)
{
    p->set = 0;
    p->count = 0;
    STAILQ_INIT(&p->queue);
}

bool pending_add(struct signal_pending *p, const struct signal_info *info, uint64_t limit)
{
    sigmask_t mask = SIGMASK(info->signo);
    struct signal_queued *queued;

    if ((p->set & mask) && info->signo < SIGRTMIN)
        return true;
    queued = p->count < limit || info->signo < SIGRTMIN ? cache_take(&entries) : NULL;
    if (!queued) {
        if (info->signo < SIGRTMIN || info->code >= 0)
            p->set |= mask;
        return false;
    }
    queued->info = *info;
    STAILQ_INSERT_TAIL(&p->queue, queued, entry);
    p->set |= mask;
    p->count++;
    return true;
}

/* The number of the lowest bit: without an instruction for that, a multiplication moves a pattern to the top that
 * differs for each (de Bruijn). */
static int lowest_signal(sigmask_t set)
{
    static const uint8_t number[64] = { 1,  2,  3,  8,  4,  14, 9,  20, 5,  26, 15, 29, 10, 35, 21, 41,
                                        6,  18, 27, 39, 16, 47, 30, 49, 11, 32, 36, 55, 22, 51, 42, 58,
                                        64, 7,  13, 19, 25, 28, 34, 40, 17, 38, 46, 48, 31, 54, 50, 57,
                                        63, 12, 24, 33, 37, 45, 53, 56, 62, 23, 44, 52, 61, 43, 60, 59 };

    return number[(set & -set) * 0x0218a392cd3d5dbfUL >> 58];
}

static int signal_due(sigmask_t set)
{
    return lowest_signal(set & SIGMASK_SYNCHRONOUS ? set & SIGMASK_SYNCHRONOUS : set);
}

static void pending_unlink(struct signal_pending *p, struct signal_queued *queued, struct signal_queued *before)
{
    if (before)
        STAILQ_REMOVE_AFTER(&p->queue, before, entry);
    else
        STAILQ_REMOVE_HEAD(&p->queue, entry);
    p->count--;
    cache_give(&entries, queued);
}

/* Of several entries of a signal that queues one goes; it stays pending. None: it was made pending without one. */
static void take_from(struct signal_pending *p, struct signal_queued *queued, int sig, struct signal_info *info)
{
    struct signal_queued *next, *before = NULL;

    *info = (struct signal_info){ .signo = sig, .code = SI_USER };
    for (; queued && queued->info.signo != sig; queued = STAILQ_NEXT(queued, entry))
        before = queued;
    if (!queued)
        return;
    next = STAILQ_NEXT(queued, entry);
    *info = queued->info;
    pending_unlink(p, queued, before);
    for (; next; next = STAILQ_NEXT(next, entry))
        if (next->info.signo == sig)
            p->set |= SIGMASK(sig);
}

int pending_take_due(struct signal_pending *p, sigmask_t wanted, struct signal_info *info)
{
    struct signal_queued *first = STAILQ_FIRST(&p->queue);
    int sig = signal_due(p->set & wanted);

    p->set &= ~SIGMASK(sig);
    if (p->count == 1 && first->info.signo == sig) { /* as it is most often */
        *info = first->info;
        pending_unlink(p, first, NULL);
    } else {
        take_from(p, first, sig, info);
    }
    return sig;
}

bool pending_has_timer(const struct signal_pending *p, uint32_t timer)
{
    const struct signal_queued *queued;

    STAILQ_FOREACH(queued, &p->queue, entry)
    {
        if (queued->info.code == SI_TIMER && (uint32_t)queued->info.pid == timer)
            return true;
    }
    return false;
}

void pending_drop(struct signal_pending *p, sigmask_t signals)
{
    struct signal_queued *queued, *next, *before = NULL;

    if (!(p->set & signals))
        return;
    p->set &= ~signals;
    for (queued = STAILQ_FIRST(&p->queue); queued; queued = next) {
        next = STAILQ_NEXT(queued, entry);
        if (SIGMASK(queued->info.signo) & signals)
            pending_unlink(p, queued, before);
        else
            before = queued;
    }
}
