/*
 * Notifications: a word of bits that collects signals until somebody fetches it: a thread that waits, or, if bound to a
 * thread, that one when it receives on an endpoint.
 */
#ifndef KERNEL_NOTIFICATION_H
#define KERNEL_NOTIFICATION_H

#include "hart.h"

struct notification {
    struct object head;
    uint64_t bits;
    struct thread *bound;        /* whose `bound` is this */
    struct thread_queue waiters; /* NOTIFIED */
};

void notification_init(struct notification *notification);

/* Sets bits and wakes whoever is to have them. O(1). */
void notification_signal(struct notification *notification, uint64_t bits);

/* Hands the bits to its bound thread as a message; the thread is in a receive. */
void notification_deliver(struct notification *notification, struct thread *thread);

/* The running thread waits. Returns false if bits were there, which are then in *bits. */
bool notification_wait(struct notification *notification, struct thread *thread, uint64_t *bits);

/* Binds to a thread, or to none. STATE if either is bound otherwise. */
err_t notification_bind(struct notification *notification, struct thread *thread);

void notification_leave(struct thread *thread);
void notification_release(struct notification *notification);

#endif
