/*
 * Several harts. Every hart has queues of its own; a thread that becomes ready goes to the hart that it ran on last, to an
 * idle one if that is busy, and a hart with nothing to do takes from the others. One lock guards the kernel, so a thread
 * that runs on another hart is in user mode there, or at the kernel's door.
 *
 * Nothing is ever taken from a hart: it is asked, by a mark and an interrupt, and whoever asked does its operation again
 * until the hart has let go. So nobody waits in the kernel for somebody else.
 *
 * Nothing here is called by a hart that is the only one.
 */
#ifndef KERNEL_HARTS_H
#define KERNEL_HARTS_H

#include "hart.h"

struct machine;
struct space;

/* Starts all others that the machine has; they wait for the lock, which the caller holds. Those that do not start are
 * reported and left out. */
void harts_start(const struct machine *machine);

/* Makes the hart come to the kernel. */
void hart_kick(const struct hart *hart);

/* The running thread runs on another hart than this. */
static inline bool thread_is_elsewhere(const struct thread *thread)
{
    return thread->state == TINE_THREAD_READY && thread->hart->current == thread && thread->hart != hart_self();
}

/* The thread runs on no other hart. False if it does: it is asked to stop there; come again. */
bool thread_is_here(struct thread *thread);

/* No other hart is in the space. False if one is: its thread is asked to stop; come again. */
bool space_is_left(const struct space *space);

/* The thread that the hart was about to go on with is asked to stop: it is STOPPED now. */
void thread_stops_here(struct hart *hart, struct thread *thread);

/* What has to be done before a hart goes over to another thread: floating-point registers go to memory, since the thread
 * that leaves may come back elsewhere. Harmless if it stays then. */
void hart_before_switch(struct hart *hart, struct thread *next);

/* The hart is about to have nothing to do: it keeps nothing that others may want. */
void hart_before_idle(struct hart *hart);

static inline bool hart_permits(const struct hart *hart, const struct thread *thread)
{
    return !thread->affinity || thread->affinity >> hart->index & 1;
}

/* The thread, which is not running, belongs to that hart from now on. What another has of its floating-point registers is in
 * memory, too: hart_before_switch. */
static inline void thread_move(struct thread *thread, struct hart *hart)
{
    if (thread->hart != hart && thread->hart->fp_owner == thread)
        thread->hart->fp_owner = NULL;
    thread->hart = hart;
}

/* Where a thread that becomes ready shall run; it belongs there from now on. */
struct hart *hart_for(struct thread *thread);

/* A thread was put into the hart's queue: it is told if it does not see that by itself. */
void hart_tell(const struct hart *hart, const struct thread *thread);

/* The thread's affinity has changed: it goes where it may run now, at the latest when it is next interrupted. */
void thread_replace(struct thread *thread);

/* A ready thread that waits at another hart and may run here, taken out of its queue; null if there is none. */
struct thread *hart_steal(struct hart *hart);

#endif
