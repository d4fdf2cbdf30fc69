/*
 * Reply objects: the right to answer one caller, once. A receiver names the one that shall hold its next caller; to keep
 * a caller for later it receives with another. The answer says how the caller goes on: with a value, by executing its
 * instruction again, or that after an operation on its address space.
 */
#ifndef KERNEL_REPLY_H
#define KERNEL_REPLY_H

#include "hart.h"

struct reply {
    struct object head;
    struct thread *caller; /* null: empty */
};

/*
 * Lets the caller go on; it is READY and in no queue, and is returned: the caller of this function runs it or queues it.
 * status and words (six) matter for TINE_ANSWER_VALUE only.
 */
struct thread *reply_answer(struct reply *reply, enum tine_answer answer, long status, const uint64_t *words);

/* The caller leaves: `reply` is empty afterwards. */
struct thread *reply_take(struct reply *reply);

/* A caller that nobody can answer any more goes on with GONE. */
void call_gone(struct thread *caller);

void reply_release(struct reply *reply);

#endif
