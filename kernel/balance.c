/* Which hart a thread runs on, where there are several: see harts.h. */

#include "harts.h"
#include "sched.h"

/* An idle hart that may run the thread, the one that it ran on before all others; null if there is none. */
static struct hart *idle_for(const struct thread *thread)
{
    if (thread->hart->idle && hart_permits(thread->hart, thread))
        return thread->hart;
    for (unsigned i = 0; i < hart_count; i++)
        if (harts[i].idle && hart_permits(&harts[i], thread))
            return &harts[i];
    return NULL;
}

struct hart *hart_for(struct thread *thread)
{
    struct hart *hart = idle_for(thread), *old = thread->hart;

    for (unsigned i = 0; !hart; i++)
        if (hart_permits(old, thread) || i == hart_count)
            hart = old;
        else if (hart_permits(&harts[i], thread))
            hart = &harts[i];
    thread_move(thread, hart);
    hart->idle = false; /* the next one goes elsewhere */
    return hart;
}

void hart_tell(const struct hart *hart, const struct thread *thread)
{
    const struct thread *current = hart->current;

    if (hart != hart_self() && (!current || current->priority < thread->priority))
        hart_kick(hart);
}

void thread_replace(struct thread *thread)
{
    if (thread->state != TINE_THREAD_READY || hart_permits(thread->hart, thread))
        return;
    if (thread_is_elsewhere(thread)) {
        hart_kick(thread->hart);
    } else if (thread->hart->current != thread) {
        sched_remove(thread);
        sched_ready(thread);
    }
}

struct thread *hart_steal(struct hart *hart)
{
    struct thread *best = NULL;

    for (unsigned i = 0; i < hart_count; i++) {
        struct thread *first = &harts[i] == hart ? NULL : sched_first(&harts[i]);

        if (first && hart_permits(hart, first) && (!best || first->priority > best->priority))
            best = first;
    }
    if (!best)
        return NULL;
    sched_remove(best);
    thread_move(best, hart);
    return best;
}
