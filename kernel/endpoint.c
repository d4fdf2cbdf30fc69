/* Endpoints: see endpoint.h. The path of a call: endpoint_call, deliver; of its answer: reply.c, endpoint_receive. */

#include "endpoint.h"
#include "notification.h"
#include "reply.h"
#include "sched.h"
#include "transfer.h"

void endpoint_init(struct endpoint *endpoint)
{
    TAILQ_INIT(&endpoint->callers);
    TAILQ_INIT(&endpoint->receivers);
}

/* Puts the caller's message into the receiver's registers and ends its ecall; the caller waits at the reply object. */
static inline void deliver(struct thread *caller, struct thread *receiver, badge_t badge, long label,
                           const uint64_t *words)
{
    uint64_t *x = receiver->regs.x;
    struct reply *reply = receiver->receive_reply;

    x[REG_A0] = words[0];
    x[REG_A1] = words[1];
    x[REG_A2] = words[2];
    x[REG_A3] = words[3];
    x[REG_A4] = words[4];
    x[REG_A5] = words[5];
    x[REG_A6] = badge;
    x[REG_A7] = label;
    x[REG_T0] = 0;
    if (caller->call == CALL_NATIVE)
        transfer_cap(caller, receiver);
    else
        x[REG_T3] = 0;
    receiver->regs.pc += 4;
    receiver->state = TINE_THREAD_READY;
    kernel_stat.ipcs++;
    if (caller->call == CALL_SEND) {
        caller->regs.x[REG_A0] = 0;
        caller->regs.pc += 4;
        sched_ready(caller);
        return;
    }
    reply->caller = caller;
    caller->held = reply;
    caller->state = TINE_THREAD_WAITING;
}

static void enqueue(struct thread *thread, struct endpoint *endpoint, badge_t badge, long label, const uint64_t *words)
{
    thread->state = thread->call == CALL_SEND ? TINE_THREAD_SENDING : TINE_THREAD_CALLING;
    thread->endpoint = endpoint;
    thread->badge = badge;
    thread->label = label;
    thread->words_in_registers = !words;
    if (words)
        for (unsigned i = 0; i < 6; i++)
            thread->message[i] = words[i];
    TAILQ_INSERT_TAIL(&endpoint->callers, thread, queue);
}

static inline struct thread *first_receiver(struct endpoint *endpoint)
{
    struct thread *receiver = TAILQ_FIRST(&endpoint->receivers);

    if (receiver) {
        TAILQ_REMOVE(&endpoint->receivers, receiver, queue);
        receiver->endpoint = NULL;
    }
    return receiver;
}

struct thread *endpoint_call(struct thread *thread, struct endpoint *endpoint, enum call_kind kind, badge_t badge,
                             long label, const uint64_t *words)
{
    struct hart *hart = hart_self();
    struct thread *receiver = first_receiver(endpoint);

    thread->call = kind;
    if (!receiver) {
        enqueue(thread, endpoint, badge, label, words);
        return sched_next(hart);
    }
    deliver(thread, receiver, badge, label, words ? words : &thread->regs.x[REG_A0]);
    return sched_prefer(hart, receiver);
}

void endpoint_queue(struct thread *thread, struct endpoint *endpoint, badge_t badge, long label, const uint64_t *words)
{
    struct thread *receiver = first_receiver(endpoint);

    if (!receiver) {
        enqueue(thread, endpoint, badge, label, words);
        return;
    }
    deliver(thread, receiver, badge, label, words);
    sched_ready(receiver);
}

struct thread *endpoint_receive(struct thread *thread, struct endpoint *endpoint, struct reply *reply)
{
    struct thread *caller;

    thread->receive_reply = reply;
    if (thread->bound && thread->bound->bits) {
        notification_deliver(thread->bound, thread);
        return thread;
    }
    caller = TAILQ_FIRST(&endpoint->callers);
    if (caller) {
        TAILQ_REMOVE(&endpoint->callers, caller, queue);
        caller->endpoint = NULL;
        deliver(caller, thread, caller->badge, caller->label, message_words(caller));
        return thread;
    }
    thread->state = TINE_THREAD_RECEIVING;
    thread->endpoint = endpoint;
    TAILQ_INSERT_TAIL(&endpoint->receivers, thread, queue);
    return NULL;
}

void endpoint_leave(struct thread *thread)
{
    struct endpoint *endpoint = thread->endpoint;

    if (!endpoint)
        return;
    if (thread->state == TINE_THREAD_RECEIVING)
        TAILQ_REMOVE(&endpoint->receivers, thread, queue);
    else
        TAILQ_REMOVE(&endpoint->callers, thread, queue);
    thread->endpoint = NULL;
}

void endpoint_release(struct endpoint *endpoint)
{
    struct thread *thread;

    while ((thread = TAILQ_FIRST(&endpoint->callers))) {
        endpoint_leave(thread);
        call_gone(thread);
    }
    while ((thread = TAILQ_FIRST(&endpoint->receivers))) {
        endpoint_leave(thread);
        thread->regs.x[REG_T0] = TINE_ERR_GONE;
        thread->regs.pc += 4;
        sched_ready(thread);
    }
}
