/* Waiting threads: waiter_begin, then one of waiter_answer, waiter_restart, waiter_take, waiter_drop. */
#include "servers/proc/waiter.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"

long waiter_begin(struct thread *thread, struct call *call, enum waiter_restart restart,
                  void (*leave)(struct thread *thread))
{
    struct waiter *w = &thread->waiter;
    cap_t reply = call_keep(call);

    if (!reply)
        return -ENOMEM;
    w->reply = reply;
    w->restart = restart;
    w->leave = leave;
    return DEFERRED;
}

cap_t waiter_take(struct thread *thread)
{
    struct waiter *w = &thread->waiter;
    cap_t reply = w->reply;

    if (!reply)
        return 0;
    w->reply = 0;
    if (w->leave)
        w->leave(thread);
    if (timeout_armed(&w->timeout))
        timeout_remove(&w->timeout);
    return reply;
}

void waiter_answer(struct thread *thread, long value)
{
    cap_t reply = waiter_take(thread);

    if (reply)
        reply_value(reply, value);
}

void waiter_restart(struct thread *thread)
{
    cap_t reply = waiter_take(thread);

    if (reply)
        reply_restart(reply);
}

void waiter_drop(struct thread *thread)
{
    reply_give(waiter_take(thread));
}
