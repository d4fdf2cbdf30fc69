/* Reply objects: see reply.h. */

#include "reply.h"
#include "endpoint.h"
#include "sched.h"

void call_gone(struct thread *caller)
{
    if (caller->call == CALL_ROUTED)
        caller->regs.x[REG_A0] = (uint64_t)TINE_ERR_GONE;
    else if (caller->call != CALL_FAULT)
        caller->regs.x[REG_T0] = (uint64_t)TINE_ERR_GONE;
    if (caller->call != CALL_FAULT)
        caller->regs.pc += 4;
    sched_ready(caller);
}

void reply_unpair(struct thread *thread)
{
    if (thread->receive_reply)
        thread->receive_reply->receiver = NULL;
    thread->receive_reply = NULL;
}

err_t reply_pair(struct reply *reply, struct thread *thread)
{
    if (reply->receiver && reply->receiver->state == TINE_THREAD_RECEIVING)
        return TINE_ERR_STATE;

    if (reply->receiver)
        reply_unpair(reply->receiver);
    reply_unpair(thread);
    thread->receive_reply = reply;
    reply->receiver = thread;
    return 0;
}

void reply_release(struct reply *reply)
{
    struct thread *receiver = reply->receiver;

    if (reply->caller)
        call_gone(reply_take(reply));
    if (!receiver)
        return;
    reply_unpair(receiver);
    if (receiver->state == TINE_THREAD_RECEIVING) {
        endpoint_leave(receiver);
        receiver->regs.x[REG_T0] = TINE_ERR_GONE;
        receiver->regs.pc += 4;
        sched_ready(receiver);
    }
}
