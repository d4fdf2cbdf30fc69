/*
 * Message operations: registers as struct tine_message says. The hot path of the whole system is message_reply_receive
 * and, for native callers, message_call.
 */

#include "invoke_message.h"
#include "cap.h"
#include "copy.h"
#include "endpoint.h"
#include "interrupt.h"
#include "invoke.h"
#include "notification.h"
#include "reply.h"
#include "route.h"
#include "sched.h"
#include "space.h"
#include "trace.h"
#include "transfer.h"

/* Ends a message operation that did nothing. */
static struct thread *refuse(struct thread *thread, err_t err)
{
    thread->regs.x[REG_T0] = (uint64_t)err;
    thread->regs.x[REG_T3] = 0;
    thread->regs.pc += 4;
    return thread;
}

static inline __attribute__((always_inline)) struct thread *message_call(struct hart *hart, struct thread *thread, enum call_kind kind)
{
    uint64_t *x = thread->regs.x;
    struct cap *cap = cap_find(thread->cspace, x[REG_A6]);

    if (__builtin_expect(!cap_is(cap, TINE_KIND_ENDPOINT, TINE_WRITE), 0))
        return refuse(thread, cap->kind == TINE_KIND_ENDPOINT ? TINE_ERR_RIGHTS : TINE_ERR_CAP);
    return endpoint_call(hart, thread, (struct endpoint *)cap->object, kind, cap->badge, (long)x[REG_T0], NULL);
}

struct thread *invoke_call(struct hart *hart, struct thread *thread)
{
    trace_operation(hart, thread, TINE_CALL);
    return message_call(hart, thread, CALL_NATIVE);
}

static inline __attribute__((always_inline)) err_t
receive_arguments(struct thread *thread, struct endpoint **endpoint, struct reply **reply)
{
    err_t err = cap_get(thread->cspace, thread->regs.x[REG_A6], TINE_KIND_ENDPOINT, TINE_READ, endpoint);

    if (!err)
        err = cap_get(thread->cspace, thread->regs.x[REG_T1], TINE_KIND_REPLY, TINE_READ, reply);
    if (!err && thread->receive_reply != *reply)
        err = reply_pair(*reply, thread);
    return err;
}

static struct thread *message_receive(struct thread *thread)
{
    struct hart *hart = hart_self();
    struct endpoint *endpoint;
    struct reply *reply;
    err_t err = receive_arguments(thread, &endpoint, &reply);

    if (err)
        return refuse(thread, err);
    if (reply->caller)
        return refuse(thread, TINE_ERR_STATE);
    return endpoint_receive(thread, endpoint) ? thread : sched_next(hart);
}

/* The operation that rides on an answer: on the space of the caller. */
static err_t answer_item(struct thread *thread, struct reply *reply)
{
    uint64_t *x = thread->regs.x;

    if (reply->caller->space->head.dead)
        return TINE_ERR_GONE;
    return invoke_space_item(thread, reply->caller->space, x[REG_A0], &x[REG_A1], &x[REG_A5], x[REG_A3], x[REG_A4]);
}

/* The copy that rides on an answer, to the memory of the caller. */
static err_t answer_copy(struct thread *thread, struct reply *reply)
{
    uint64_t *x = thread->regs.x;
    struct space *space = reply->caller->space;
    uint64_t fault;
    size_t done;

    if (space->head.dead)
        return TINE_ERR_GONE;
    return copy_between(space, x[REG_A1], thread->space, x[REG_A2], x[REG_A3], &done, &fault);
}

err_t answer_before(struct thread *thread, struct reply *reply)
{
    switch (thread->regs.x[REG_T2]) {
    case TINE_ANSWER_VALUE:
    case TINE_ANSWER_RESTART:
        return 0;
    case TINE_ANSWER_COPY:
        return answer_copy(thread, reply);
    case TINE_ANSWER_ITEM:
        return answer_item(thread, reply);
    default:
        return TINE_ERR_ARG;
    }
}

/* Answers the caller that `reply` holds as the registers say. On 0 *caller is READY and in no queue. */
static inline __attribute__((always_inline)) err_t
answer(struct thread *thread, struct reply *reply, struct thread **caller)
{
    uint64_t *x = thread->regs.x;

    err_t err = x[REG_T2] == TINE_ANSWER_VALUE ? 0 : answer_before(thread, reply);

    if (err)
        return err;
    *caller = reply_answer(reply, x[REG_T2], (long)x[REG_T0], &x[REG_A0]);
    return 0;
}

static struct thread *message_reply(struct thread *thread)
{
    struct hart *hart = hart_self();
    struct reply *reply;
    struct thread *caller;
    err_t err = cap_get(thread->cspace, thread->regs.x[REG_T1], TINE_KIND_REPLY, TINE_WRITE, &reply);

    if (!err && !reply->caller)
        err = TINE_ERR_STATE;
    if (!err && reply->caller->call == CALL_PASSING && thread->regs.x[REG_T2] == TINE_ANSWER_VALUE)
        transfer_cap(thread, reply->caller);
    if (!err)
        err = answer(thread, reply, &caller);
    if (err == INVOKE_AGAIN)
        return invoke_again(thread);
    if (!err)
        sched_ready(caller);
    return sched_prefer(hart, refuse(thread, err));
}

struct thread *invoke_reply_receive(struct hart *hart, struct thread *thread)
{
    struct endpoint *endpoint;
    struct reply *reply;
    struct thread *caller = NULL;
    err_t err;

    trace_operation(hart, thread, TINE_REPLY_RECEIVE);
    err = receive_arguments(thread, &endpoint, &reply);

    if (!err && reply->caller)
        err = answer(thread, reply, &caller);
    if (__builtin_expect(err, 0))
        return err == INVOKE_AGAIN ? invoke_again(thread) : refuse(thread, err);
    if (endpoint_receive(thread, endpoint)) {
        if (caller)
            sched_ready(caller);
        return sched_prefer(hart, thread);
    }
    return caller ? sched_prefer(hart, caller) : sched_next(hart);
}

/* A forwarded caller bears the badge of the capability or, without one, its own word for the route slot that leads to
 * the same endpoint. */
static badge_t forward_badge(const struct thread *caller, const struct cap *cap)
{
    const struct endpoint *endpoint = (const struct endpoint *)cap->object;

    if (!cap->badge && caller->route)
        for (unsigned i = 1; i < TINE_ROUTE_SLOTS; i++)
            if (caller->route->endpoint[i] == endpoint)
                return caller->word[i];
    return cap->badge;
}

static struct thread *message_forward(struct thread *thread)
{
    struct hart *hart = hart_self();
    uint64_t *x = thread->regs.x;
    struct endpoint *endpoint;
    struct reply *reply;
    struct cap *cap = NULL;
    badge_t badge;
    err_t err = cap_get(thread->cspace, x[REG_T1], TINE_KIND_REPLY, TINE_WRITE, &reply);

    if (!err && !reply->caller)
        err = TINE_ERR_STATE;
    if (!err && x[REG_A6]) {
        cap = cap_at(thread->cspace, x[REG_A6]);
        if (!cap || cap->kind != TINE_KIND_ENDPOINT)
            err = TINE_ERR_CAP;
        else if (!(cap->rights & TINE_WRITE))
            err = TINE_ERR_RIGHTS;
    }
    if (err)
        return refuse(thread, err);
    endpoint = cap ? (struct endpoint *)cap->object : reply->caller->pager;
    badge = cap ? forward_badge(reply->caller, cap) : reply->caller->word[0];
    if (!endpoint || endpoint->head.dead)
        return refuse(thread, TINE_ERR_GONE);

    endpoint_queue(reply_take(reply), endpoint, badge, (long)x[REG_T0], &x[REG_A0]);
    return sched_prefer(hart, refuse(thread, 0));
}

struct thread *invoke_message(struct hart *hart, struct thread *thread, unsigned long op)
{
    trace_operation(hart, thread, op);
    switch (op) {
    case TINE_RECEIVE:
        return message_receive(thread);
    case TINE_REPLY:
        return message_reply(thread);
    case TINE_FORWARD:
        return message_forward(thread);
    case TINE_SEND:
        return message_call(hart, thread, CALL_SEND);
    default: /* TINE_CALL_CAP */
        return message_call(hart, thread, CALL_PASSING);
    }
}

static struct thread *wait(struct thread *thread)
{
    uint64_t *x = &thread->regs.x[REG_A0];
    struct notification *notification;
    err_t err = cap_get(thread->cspace, x[0], TINE_KIND_NOTIFICATION, TINE_READ, &notification);

    if (!err && notification_wait(notification, thread, &x[1]))
        return sched_next(hart_self());
    x[0] = (uint64_t)err;
    thread->regs.pc += 4;
    return thread;
}

struct thread *invoke_wait(struct thread *thread, unsigned long op)
{
    struct hart *hart = hart_self();

    trace_operation(hart, thread, op);
    if (op == TINE_WAIT)
        return wait(thread);
    thread->regs.x[REG_A0] = 0;
    thread->regs.pc += 4;
    sched_ready(thread);
    return sched_next(hart);
}
