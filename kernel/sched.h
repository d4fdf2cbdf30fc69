/*
 * The scheduler: per hart a queue for each of 32 priorities, round robin within one. IPC switches directly between two
 * threads and comes here only when a third may be more important.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "hart.h"

/* Puts a thread at the end (or front) of its queue and marks it ready. */
void sched_ready(struct thread *thread);
void sched_ready_front(struct thread *thread);

/* Takes a ready thread out of its queue. Not for the one that runs, which is in none. */
void sched_remove(struct thread *thread);

/* The most important ready thread, taken out of its queue; null if there is none. */
struct thread *sched_pick(struct hart *hart);

/* The thread that the hart goes on with: this one, which is READY and in no queue, unless a more important one is. */
static inline struct thread *sched_prefer(struct hart *hart, struct thread *thread)
{
    if (__builtin_expect(!(hart->ready_mask & thread->beaten_by), 1))
        return thread;
    sched_ready_front(thread);
    return sched_pick(hart);
}

/* The thread to run after `thread` has blocked or given way (null: whoever is first). Idles until there is one;
 * handles interrupts meanwhile. Never null. */
struct thread *sched_next(struct hart *hart);

/* The preemption tick came: charges it to the thread that runs. */
void sched_tick(struct hart *hart);

/* Time that all harts together spent idle, in ticks of the timebase. */
uint64_t sched_idle_time(void);

void sched_init(struct hart *hart);

#endif
