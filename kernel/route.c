/* The second door: see route.h. */

#include "route.h"
#include "endpoint.h"
#include "fault.h"
#include "sched.h"
#include "trace.h"

struct thread *route_call(struct hart *hart, struct thread *thread, unsigned long nr)
{
    struct route *route = thread->route;
    unsigned target = route && nr < TINE_ROUTE_CALLS ? route->target[nr] : 0;
    struct endpoint *endpoint;

    trace_call(hart, thread, nr);
    if (target >= TINE_ROUTE_SLOTS) {
        thread->regs.x[REG_A0] = thread->word[target];
        thread->regs.pc += 4;
        return thread;
    }
    endpoint = target ? route->endpoint[target] : thread->pager;
    if (__builtin_expect(!endpoint || endpoint->head.dead, 0))
        return fault_unanswered(thread, "call without an endpoint");
    /* Greater and negative numbers would pass for labels of the kernel and of forwarded clients. */
    if (__builtin_expect(nr > TINE_ROUTE_CALLS, 0))
        nr = TINE_ROUTE_CALLS;
    return endpoint_call(hart, thread, endpoint, CALL_ROUTED, thread->word[target], (long)nr, NULL);
}

void route_release(struct route *route)
{
    for (unsigned i = 1; i < TINE_ROUTE_SLOTS; i++)
        if (route->endpoint[i])
            object_unref(&route->endpoint[i]->head);
}
