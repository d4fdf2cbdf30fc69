/* Reply objects: see reply.h. */

#include "reply.h"
#include "sched.h"

struct thread *reply_take(struct reply *reply)
{
    struct thread *caller = reply->caller;

    reply->caller = NULL;
    caller->held = NULL;
    return caller;
}

struct thread *reply_answer(struct reply *reply, enum tine_answer answer, long status, const uint64_t *words)
{
    struct thread *caller = reply_take(reply);
    uint64_t *x = caller->regs.x;

    caller->state = TINE_THREAD_READY;
    if (answer != TINE_ANSWER_VALUE || caller->call == CALL_FAULT)
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

void call_gone(struct thread *caller)
{
    if (caller->call == CALL_NATIVE)
        caller->regs.x[REG_T0] = TINE_ERR_GONE;
    else if (caller->call != CALL_FAULT)
        caller->regs.x[REG_A0] = TINE_ERR_GONE;
    if (caller->call != CALL_FAULT)
        caller->regs.pc += 4;
    sched_ready(caller);
}

void reply_release(struct reply *reply)
{
    if (reply->caller)
        call_gone(reply_take(reply));
}
