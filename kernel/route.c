/* The second door: see route.h. */

#include "route.h"
#include "endpoint.h"
#include "fault.h"
#include "sched.h"
#include "trace.h"

/* Calls without a row: to the pager, with a number that stands for all of them. Their own might be negative, or pass for a
 * label of forwarded clients. */
static struct thread *call_beyond(struct hart *hart, struct thread *thread)
{
    if (!thread->pager)
        return fault_unanswered(thread, "call without a pager");
    return endpoint_call(hart, thread, thread->pager, CALL_ROUTED, thread->word[0], TINE_ROUTE_CALLS, NULL);
}

static struct thread *constant(struct thread *thread, unsigned target)
{
    thread->regs.x[REG_A0] = thread->word[target];
    thread->regs.pc += 4;
    return thread;
}

struct thread *route_call(struct hart *hart, struct thread *thread, unsigned long nr)
{
    struct route *route = thread->route;
    struct endpoint *endpoint;
    unsigned target;

    trace_call(hart, thread, nr);
    if (__builtin_expect(!route || nr >= TINE_ROUTE_CALLS, 0))
        return call_beyond(hart, thread);
    target = route->target[nr] & ~(unsigned)TINE_ROUTE_FETCH; /* only the short way fetches */
    if (__builtin_expect(target >= TINE_ROUTE_SLOTS, 0))
        return constant(thread, target);
    endpoint = target ? route->endpoint[target] : thread->pager;
    if (__builtin_expect(!endpoint, 0))
        return fault_unanswered(thread, "call without an endpoint");
    return endpoint_call(hart, thread, endpoint, CALL_ROUTED, thread->word[target], (long)nr, NULL);
}

void route_release(struct route *route)
{
    for (unsigned i = 1; i < TINE_ROUTE_SLOTS; i++)
        if (route->endpoint[i])
            object_unref(&route->endpoint[i]->head);
}
