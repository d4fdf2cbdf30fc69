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

static int signal_due(sigmask_t set)
{
    return set & SIGMASK_SYNCHRONOUS ? __builtin_ctzl(set & SIGMASK_SYNCHRONOUS) + 1 : __builtin_ctzl(set) + 1;
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

int pending_take(struct signal_pending *p, sigmask_t wanted, struct signal_info *info)
{
    struct signal_queued *queued, *next, *before = NULL;
    bool found = false;
    int sig;

    if (!(p->set & wanted))
        return 0;
    sig = signal_due(p->set & wanted);
    p->set &= ~SIGMASK(sig);
    for (queued = STAILQ_FIRST(&p->queue); queued; queued = next) {
        next = STAILQ_NEXT(queued, entry);
        if (queued->info.signo != sig) {
            before = queued;
        } else if (found) {
            p->set |= SIGMASK(sig);
            break;
        } else {
            found = true;
            *info = queued->info;
            pending_unlink(p, queued, before);
            if (sig < SIGRTMIN)
                break;
        }
    }
    if (!found)
        *info = (struct signal_info){ .signo = sig, .code = SI_USER };
    return sig;
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
