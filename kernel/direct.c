/* The short way of a message: see direct.h. */

#include "direct.h"
#include "cap.h"
#include "endpoint.h"
#include "invoke_message.h"
#include "reply.h"
#include "resident.h"
#include "route.h"
#include "sched.h"
#include "space.h"
#include "trap.h"
#include <riscv/fpu.h>
#include <riscv/tlb.h>

#define INLINE inline __attribute__((always_inline))
#define OUTLINE __attribute__((noinline)) /* so that the usual way needs no stack */
#define WORDS w0, w1, w2, w3, w4, w5

/* Out of the kernel (trap.S): the hart's current thread goes on behind its ecall with these in a0-a7, t0 = 0, and
 * nothing in the other registers that a message operation does not preserve. */
void trap_return_message(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5, badge_t badge,
                         unsigned long label);

/* The same for any thread that may be resident. */
static INLINE void go_on(struct hart *hart, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5,
                         badge_t badge, unsigned long label)
{
    if (thread_is_resident(hart->current))
        return resident_return_message(WORDS, badge, label);
    trap_return_message(WORDS, badge, label);
}

/* Whether the hart may go on with the thread, which waits, without asking further. One that traces, or is one of several,
 * has more to do before a switch than is worth doing here. */
static INLINE bool ready_for(const struct hart *hart, const struct thread *thread)
{
    return !hart->careful && !thread->attention && !(hart->ready_mask & thread->beaten_by) &&
           (thread_is_resident(thread) || thread->space->asid_generation == hart->asid_generation);
}

/* The hart leaves the kernel as that thread. */
static INLINE void become(struct hart *hart, struct thread *thread)
{
    thread->state = TINE_THREAD_READY;
    thread->hart = hart;
    hart->current = thread;
    kernel_unlock(hart);
    if (thread_is_resident(thread)) { /* who needs no space, and no floating point */
        hart->direct_stays++;
        return;
    }
    if (RESIDENTS && thread->space == hart->space)
        hart->direct_stays++;
    else
        space_enter(hart, thread->space);
    fpu_switch(hart, thread);
}

/* A thread that waits at the endpoint and takes the message; null if that is not usual. */
static INLINE struct thread *usual_receiver(const struct hart *hart, const struct endpoint *endpoint)
{
    struct thread *receiver = TAILQ_FIRST(&endpoint->receivers);

    return receiver && ready_for(hart, receiver) ? receiver : NULL;
}

static INLINE void call(struct hart *hart, struct thread *thread, struct endpoint *endpoint, struct thread *receiver,
                        enum call_kind kind)
{
    TAILQ_REMOVE(&endpoint->receivers, receiver, queue);
    thread->call = kind;
    endpoint_hold(thread, receiver->receive_reply);
    hart->direct_calls++;
    become(hart, receiver);
}

void direct_routed(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5, unsigned long slot,
                   unsigned long nr)
{
    struct hart *hart = hart_self();
    struct thread *thread = hart->current, *receiver;
    struct endpoint *endpoint;

    kernel_lock(hart);
    endpoint = slot ? thread->route->endpoint[slot] : thread->pager;
    receiver = endpoint ? usual_receiver(hart, endpoint) : NULL;
    if (__builtin_expect(!receiver, 0))
        return trap_ecall(hart, thread);

    call(hart, thread, endpoint, receiver, CALL_ROUTED);
    return go_on(hart, WORDS, thread->word[slot], nr);
}

void direct_routed_fetching(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5,
                            unsigned long slot, unsigned long nr)
{
    struct hart *hart = hart_self();
    struct thread *thread = hart->current, *receiver;
    struct endpoint *endpoint;
    const uint64_t *place = NULL;

    kernel_lock(hart);
    endpoint = slot ? thread->route->endpoint[slot] : thread->pager;
    receiver = endpoint ? usual_receiver(hart, endpoint) : NULL;
    if (__builtin_expect(!receiver, 0))
        return trap_ecall(hart, thread);

    if (w1 % sizeof(*place) == 0) /* so that it does not cross a page */
        place = space_lookup(thread->space, w1, TINE_PROT_READ);
    if (place) {
        w4 = *place;
        nr += TINE_ROUTE_FETCHED;
    }
    call(hart, thread, endpoint, receiver, CALL_ROUTED);
    return go_on(hart, WORDS, thread->word[slot], nr);
}

void direct_call(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5, unsigned long index)
{
    struct hart *hart = hart_self();
    struct thread *thread = hart->current, *receiver;
    struct endpoint *endpoint;
    struct cap *cap;

    kernel_lock(hart);
    cap = cap_find(thread->cspace, index);
    if (__builtin_expect(!cap_is(cap, TINE_KIND_ENDPOINT, TINE_WRITE), 0))
        return trap_ecall(hart, thread);
    endpoint = (struct endpoint *)cap->object;
    receiver = usual_receiver(hart, endpoint);
    if (__builtin_expect(!receiver, 0))
        return trap_ecall(hart, thread);

    call(hart, thread, endpoint, receiver, CALL_NATIVE);
    go_on(hart, WORDS, cap->badge, thread->regs.x[REG_T0]);
}

void direct_event(struct hart *hart, struct thread *thread, struct endpoint *endpoint, long label, const uint64_t *w)
{
    struct thread *receiver = usual_receiver(hart, endpoint);

    if (!receiver)
        return;
    call(hart, thread, endpoint, receiver, CALL_FAULT);
    go_on(hart, w[0], w[1], w[2], w[3], w[4], w[5], thread->word[0], (unsigned long)label);
    __builtin_unreachable();
}

/* The endpoint to receive from, if the running thread finds nothing there, and the caller that it answers, who can go on
 * at once. False if that is not so. */
static INLINE bool usual_answer(struct hart *hart, struct thread *thread, unsigned long index,
                                struct endpoint **endpoint, struct thread **caller)
{
    const uint64_t *x = thread->regs.x;
    const struct cspace *cspace = thread->cspace;
    struct reply *reply;

    if (cap_get(cspace, index, TINE_KIND_ENDPOINT, TINE_READ, endpoint) ||
        cap_get(cspace, x[REG_T1], TINE_KIND_REPLY, TINE_READ, &reply) || thread->receive_reply != reply)
        return false;
    *caller = reply->caller;
    return *caller && ready_for(hart, *caller) && endpoint_silent(*endpoint, thread);
}

/* The running thread has answered, and now waits; the hart goes on with the caller. */
static INLINE void answered(struct hart *hart, struct thread *thread, struct endpoint *endpoint, struct thread *caller)
{
    hart->direct_answers++;
    reply_take(thread->receive_reply);
    endpoint_wait(thread, endpoint);
    become(hart, caller);
}

/* An answer that is more than a value, or a value for somebody else than usual; its words are in the registers saved. What
 * fails is tried again, and told, by the long way. */
static OUTLINE void answer_otherwise(struct hart *hart, struct thread *thread, struct endpoint *endpoint,
                                     struct thread *caller)
{
    uint64_t *x = thread->regs.x;
    bool value = x[REG_T2] == TINE_ANSWER_VALUE || x[REG_T2] == TINE_ANSWER_COPY;

    if (thread_is_resident(caller) || (value && caller->call != CALL_ROUTED) ||
        answer_before(thread, thread->receive_reply))
        return trap_ecall(hart, thread);

    answered(hart, thread, endpoint, caller);
    if (value) {
        caller->regs.pc += 4;
        caller->regs.x[REG_A0] = x[REG_A0];
    }
    return trap_return(caller);
}

/* The same with another reply object than last time, to which the thread is tied from now on. */
static OUTLINE void answer_with_another(struct hart *hart, struct thread *thread)
{
    struct endpoint *endpoint;
    struct thread *caller;
    struct reply *reply;

    if (!cap_get(thread->cspace, thread->regs.x[REG_T1], TINE_KIND_REPLY, TINE_READ, &reply) && !reply->receiver &&
        !reply_pair(reply, thread) && usual_answer(hart, thread, thread->regs.x[REG_A6], &endpoint, &caller))
        return answer_otherwise(hart, thread, endpoint, caller);
    trap_ecall(hart, thread);
}

void direct_reply_receive(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5,
                          unsigned long index)
{
    struct hart *hart = hart_self();
    struct thread *thread = hart->current, *caller;
    struct endpoint *endpoint;
    uint64_t *x = thread->regs.x;
    bool usual;

    kernel_lock(hart);
    usual = usual_answer(hart, thread, index, &endpoint, &caller);
    if (usual && x[REG_T2] == TINE_ANSWER_VALUE) {
        if (caller->call == CALL_ROUTED) {
            answered(hart, thread, endpoint, caller);
            caller->regs.pc += 4;
            caller->regs.x[REG_A0] = w0;
            return trap_return(caller);
        }
        if (caller->call == CALL_NATIVE && x[REG_T0] == 0) {
            answered(hart, thread, endpoint, caller);
            return go_on(hart, WORDS, 0, 0);
        }
    }
    x[REG_A0] = w0;
    x[REG_A1] = w1;
    x[REG_A2] = w2;
    x[REG_A3] = w3;
    x[REG_A4] = w4;
    x[REG_A5] = w5;
    return usual ? answer_otherwise(hart, thread, endpoint, caller) : answer_with_another(hart, thread);
}
