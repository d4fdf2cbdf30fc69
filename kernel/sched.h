/*
 * The scheduler: per hart a queue for each of 32 priorities, round robin within one. IPC switches directly between two
 * threads and comes here only when a third may be more important.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "hart.h"

/* Marks a thread ready and puts it at the end of a queue, of the hart that suits it best; or at the front of this hart's. */
void sched_ready(struct thread *thread);
void sched_ready_front(struct hart *hart, struct thread *thread);

/* Takes a ready thread out of its queue. Not for the one that runs, which is in none. */
void sched_remove(struct thread *thread);

/* The most important thread in the hart's queues, which stays there; null if they are empty. */
struct thread *sched_first(struct hart *hart);

/* The most important ready thread, taken out of its queue; null if there is none. */
struct thread *sched_pick(struct hart *hart);

/* The thread that the hart goes on with: this one, which is READY and in no queue, unless a more important one is. */
static inline struct thread *sched_prefer(struct hart *hart, struct thread *thread)
{
    if (__builtin_expect(!(hart->ready_mask & thread->beaten_by), 1))
        return thread;
    sched_ready_front(hart, thread);
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
