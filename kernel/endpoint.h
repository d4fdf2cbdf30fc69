/*
 * Endpoints: where callers and receivers meet. Synchronous, unbuffered, first come first served. Whoever finds a partner
 * waiting hands the message over from registers to registers, and the hart goes on with the partner at once.
 *
 * endpoint_call and endpoint_receive are the path of every message and of every routed call; they are inline, so that
 * each kind of call has its own straight line. What happens when nobody waits is in endpoint.c.
 */
#ifndef KERNEL_ENDPOINT_H
#define KERNEL_ENDPOINT_H

#include "notification.h"
#include "reply.h"
#include "sched.h"
#include "transfer.h"

struct endpoint {
    struct object head;
    struct thread_queue callers;   /* CALLING or SENDING */
    struct thread_queue receivers; /* RECEIVING */
};

void endpoint_init(struct endpoint *endpoint);

/* The thread waits in the queue of callers; or, if the endpoint is dead, goes on with GONE. What it sends is its registers a0-a5 (words null) or six words to keep. */
void endpoint_enqueue(struct thread *thread, struct endpoint *endpoint, badge_t badge, long label,
                      const uint64_t *words);

/* A caller that waits already, in no queue, is handed on: to a receiver, which becomes ready, or to the queue. */
void endpoint_queue(struct thread *thread, struct endpoint *endpoint, badge_t badge, long label,
                    const uint64_t *words);

/* Takes a thread out of whatever queue of an endpoint it is in. */
void endpoint_leave(struct thread *thread);

/* Everybody who waits here gets GONE. */
void endpoint_release(struct endpoint *endpoint);

/* The caller waits, held by `reply`, for its answer. */
static inline void endpoint_hold(struct thread *caller, struct reply *reply)
{
    reply->caller = caller;
    caller->held = reply;
    caller->state = TINE_THREAD_WAITING;
}

/* Puts the caller's message into the receiver's registers and ends the receiver's ecall; the caller waits at the reply
 * object, or goes on if it is a send. */
static inline void endpoint_deliver(struct thread *caller, struct thread *receiver, enum call_kind kind, badge_t badge,
                                    long label, const uint64_t *words)
{
    uint64_t *x = receiver->regs.x;

    x[REG_A0] = words[0];
    x[REG_A1] = words[1];
    x[REG_A2] = words[2];
    x[REG_A3] = words[3];
    x[REG_A4] = words[4];
    x[REG_A5] = words[5];
    x[REG_A6] = badge;
    x[REG_A7] = label;
    x[REG_T0] = 0;
    if (kind == CALL_PASSING || kind == CALL_SEND) {
        transfer_cap(caller, receiver);
        caller->regs.x[REG_T3] = 0; /* until one comes with the answer */
    } else {
        x[REG_T3] = 0;
    }
    receiver->regs.pc += 4;
    receiver->state = TINE_THREAD_READY;
    if (kind == CALL_SEND) {
        caller->regs.x[REG_T0] = 0;
        caller->regs.pc += 4;
        sched_ready(caller);
    } else {
        endpoint_hold(caller, receiver->receive_reply);
    }
}

/* The first receiver, taken out of the queue, or null. */
static inline __attribute__((always_inline)) struct thread *
endpoint_receiver(struct endpoint *endpoint)
{
    struct thread *receiver = TAILQ_FIRST(&endpoint->receivers);

    if (receiver)
        TAILQ_REMOVE(&endpoint->receivers, receiver, queue);
    return receiver;
}

/* The running thread calls. Its message is its registers a0-a5 (words null) or six other words. Returns the thread that
 * the hart runs next. */
static inline __attribute__((always_inline)) struct thread *
endpoint_call(struct hart *hart, struct thread *thread, struct endpoint *endpoint, enum call_kind kind, badge_t badge,
              long label, const uint64_t *words)
{
    struct thread *receiver = endpoint_receiver(endpoint);

    thread->call = kind;
    hart->ipcs++;
    if (__builtin_expect(!receiver, 0)) {
        endpoint_enqueue(thread, endpoint, badge, label, words);
        return sched_next(hart);
    }
    endpoint_deliver(thread, receiver, kind, badge, label, words ? words : &thread->regs.x[REG_A0]);
    return sched_prefer(hart, receiver);
}

/* The running thread takes the first caller's message, which is queued. */
void endpoint_take(struct thread *thread, struct thread *caller);

/* Whether nothing is there for the thread to receive: no message, no bits. */
static inline bool endpoint_silent(const struct endpoint *endpoint, const struct thread *thread)
{
    return TAILQ_EMPTY(&endpoint->callers) && !(thread->bound && thread->bound->bits);
}

/* The running thread waits for a message. */
static inline void endpoint_wait(struct thread *thread, struct endpoint *endpoint)
{
    thread->state = TINE_THREAD_RECEIVING;
    thread->endpoint = endpoint;
    TAILQ_INSERT_TAIL(&endpoint->receivers, thread, queue);
}

/* The running thread receives, with its receive_reply, which is empty. False if there was nothing and it waits. */
static inline bool endpoint_receive(struct thread *thread, struct endpoint *endpoint)
{
    struct thread *caller = TAILQ_FIRST(&endpoint->callers);

    if (__builtin_expect(thread->bound && thread->bound->bits, 0)) {
        notification_deliver(thread->bound, thread);
        return true;
    }
    if (caller) {
        endpoint_take(thread, caller);
        return true;
    }
    endpoint_wait(thread, endpoint);
    return false;
}

#endif
