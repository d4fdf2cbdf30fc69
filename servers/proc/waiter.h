/*
 * A thread that waits in proc: for a child, a futex, a signal, an instant. One struct waiter sits in every struct
 * thread, for a thread waits for one thing at a time. Whoever lets it wait says how to take it off its queue again;
 * whoever ends the wait (the event, the timeout, a signal, the end of the thread) does so through here, so that no
 * queue is left with a thread that is gone.
 *
 * A wait ends in exactly one of: waiter_answer, waiter_restart, waiter_take (signals), waiter_drop (the thread is
 * dead).
 */
#ifndef PROC_WAITER_H
#define PROC_WAITER_H

#include "libc/server.h"
#include "libc/timeout.h"
#include <stdbool.h>

struct thread;

/*
 * What a signal that has a handler makes of the wait (signal(7), "Interruption of system calls"). Without a handler
 * nothing does: a stopped process goes on waiting, and its thread is kept when the wait has ended. So no call is ever
 * begun again for a stop, and restart_syscall(2) has nothing to do.
 */
enum waiter_restart {
    WAITER_SYS,   /* runs again if the handler has SA_RESTART, else EINTR */
    WAITER_EINTR, /* EINTR */
    WAITER_DEAF,  /* signals wait until the wait has ended; only the thread's death ends it (vfork) */
};

struct waiter {
    cap_t reply; /* holds the thread; 0: it does not wait in proc */
    enum waiter_restart restart;
    void (*leave)(struct thread *thread); /* takes it off its queue; NULL if it is on none */
    uint64_t word;                        /* for whoever lets it wait */
    struct timeout timeout;
};

/*
 * Lets `thread`, held by call, wait. Returns DEFERRED, for dispatch to return, or -ENOMEM: then nothing has changed and
 * `leave` was not called. Call it before entering the queue. O(1).
 */
long waiter_begin(struct thread *thread, struct call *call, enum waiter_restart restart,
                  void (*leave)(struct thread *thread));

static inline bool waiter_waits(const struct waiter *w)
{
    return w->reply != 0;
}

/* Ends the wait, if any, with an answer: leaves the queue, disarms the timeout, answers `value`. */
void waiter_answer(struct thread *thread, long value);

/* Ends the wait: the thread executes its ecall again. */
void waiter_restart(struct thread *thread);

/* Ends the wait without an answer: *gives* the reply object that still holds the thread. */
cap_t waiter_take(struct thread *thread);

/* The thread has been destroyed (its reply object is empty): leaves the queue and gives the reply object back. */
void waiter_drop(struct thread *thread);

#endif
