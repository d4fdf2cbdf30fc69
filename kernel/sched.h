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

/* The running thread goes on unless one of higher priority is ready; `thread` is READY and in no queue. */
struct thread *sched_prefer(struct hart *hart, struct thread *thread);

/* True if a thread of higher priority than this is ready. */
static inline bool sched_beaten(const struct hart *hart, unsigned priority)
{
    /* Bit 31 - p stands for priority p: a higher priority is a lower bit. */
    return (hart->ready_mask & ((1u << (TINE_PRIORITIES - 1 - priority)) - 1)) != 0;
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
