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
    struct thread *caller;   /* null: empty */
    struct thread *receiver; /* that received with it last: its receive_reply is this */
};

/*
 * `thread` is about to receive with `reply`, which is empty. STATE if another thread waits with it already. The two stay
 * tied until either dies or pairs with another, so that a server that always uses the same one pays a comparison.
 */
err_t reply_pair(struct reply *reply, struct thread *thread);

/* Unties a thread from the reply object that it received with last. */
void reply_unpair(struct thread *thread);

/* The caller leaves: `reply` is empty afterwards. */
static inline struct thread *reply_take(struct reply *reply)
{
    struct thread *caller = reply->caller;

    reply->caller = NULL; /* caller->held means something only while it is WAITING, which the caller of this ends */
    return caller;
}

/*
 * Lets the caller go on; it is READY and in no queue, and is returned: the caller of this function runs it or queues it.
 * status and words (six) matter for TINE_ANSWER_VALUE and COPY only.
 */
static inline struct thread *reply_answer(struct reply *reply, enum tine_answer answer, long status,
                                          const uint64_t *words)
{
    struct thread *caller = reply_take(reply);
    uint64_t *x = caller->regs.x;

    caller->state = TINE_THREAD_READY;
    if ((answer != TINE_ANSWER_VALUE && answer != TINE_ANSWER_COPY) || caller->call == CALL_FAULT)
        return caller;
    caller->regs.pc += 4;
    x[REG_A0] = words[0];
    if (caller->call == CALL_ROUTED)
        return caller;
    x[REG_A1] = words[1];
    x[REG_A2] = words[2];
    x[REG_A3] = words[3];
    x[REG_A4] = words[4];
    x[REG_A5] = words[5];
    x[REG_T0] = status;
    return caller;
}

/* A caller that nobody can answer any more goes on with GONE. */
void call_gone(struct thread *caller);

void reply_release(struct reply *reply);

#endif
