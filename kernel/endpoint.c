/* Endpoints, where nobody is waiting: see endpoint.h for the path of a message. */

#include "endpoint.h"

void endpoint_init(struct endpoint *endpoint)
{
    TAILQ_INIT(&endpoint->callers);
    TAILQ_INIT(&endpoint->receivers);
}

void endpoint_enqueue(struct thread *thread, struct endpoint *endpoint, badge_t badge, long label,
                      const uint64_t *words)
{
    if (endpoint->head.dead) {
        call_gone(thread);
        return;
    }
    thread->state = thread->call == CALL_SEND ? TINE_THREAD_SENDING : TINE_THREAD_CALLING;
    thread->endpoint = endpoint;
    thread->badge = badge;
    thread->label = label;
    thread->words_in_registers = !words;
    for (unsigned i = 0; words && i < 6; i++)
        thread->message[i] = words[i];
    TAILQ_INSERT_TAIL(&endpoint->callers, thread, queue);
}

void endpoint_queue(struct thread *thread, struct endpoint *endpoint, badge_t badge, long label, const uint64_t *words)
{
    struct thread *receiver = endpoint_receiver(endpoint);

    hart_self()->ipcs++;
    if (!receiver) {
        endpoint_enqueue(thread, endpoint, badge, label, words);
        return;
    }
    endpoint_deliver(thread, receiver, thread->call, badge, label, words);
    sched_ready(receiver);
}

void endpoint_take(struct thread *thread, struct thread *caller)
{
    const uint64_t *words = caller->words_in_registers ? &caller->regs.x[REG_A0] : caller->message;

    endpoint_leave(caller);
    endpoint_deliver(caller, thread, caller->call, caller->badge, caller->label, words);
}

void endpoint_leave(struct thread *thread)
{
    if (thread->state == TINE_THREAD_RECEIVING)
        TAILQ_REMOVE(&thread->endpoint->receivers, thread, queue);
    else
        TAILQ_REMOVE(&thread->endpoint->callers, thread, queue);
}

void endpoint_release(struct endpoint *endpoint)
{
    struct thread *thread;

    while ((thread = TAILQ_FIRST(&endpoint->callers))) {
        endpoint_leave(thread);
        call_gone(thread);
    }
    while ((thread = endpoint_receiver(endpoint))) {
        thread->regs.x[REG_T0] = TINE_ERR_GONE;
        thread->regs.pc += 4;
        sched_ready(thread);
    }
}
