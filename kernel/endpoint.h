/*
 * Endpoints: where callers and receivers meet. Synchronous, unbuffered, first come first served. Whoever finds a partner
 * waiting hands the message over from registers to registers, and the hart goes on with the partner at once.
 *
 * Functions that return a thread return the one that the hart runs next.
 */
#ifndef KERNEL_ENDPOINT_H
#define KERNEL_ENDPOINT_H

#include "hart.h"

struct endpoint {
    struct object head;
    struct thread_queue callers;   /* CALLING or SENDING */
    struct thread_queue receivers; /* RECEIVING */
};

void endpoint_init(struct endpoint *endpoint);

/* What `thread` sends is its registers a0-a5 (words null) or six other words, which are kept if it has to wait. */
struct thread *endpoint_call(struct thread *thread, struct endpoint *endpoint, enum call_kind kind, badge_t badge,
                             long label, const uint64_t *words);

/* As endpoint_call for a thread that waits already (in no queue) and is not the one that runs. */
void endpoint_queue(struct thread *thread, struct endpoint *endpoint, badge_t badge, long label,
                    const uint64_t *words);

/* The running thread takes the first message, or waits for one: then null is returned. `reply` is empty. */
struct thread *endpoint_receive(struct thread *thread, struct endpoint *endpoint, struct reply *reply);

/* Takes a thread out of whatever queue of an endpoint it is in. */
void endpoint_leave(struct thread *thread);

/* Everybody who waits here gets GONE. */
void endpoint_release(struct endpoint *endpoint);

/* The words of a thread's pending message. */
static inline const uint64_t *message_words(const struct thread *thread)
{
    return thread->words_in_registers ? &thread->regs.x[REG_A0] : thread->message;
}

#endif
