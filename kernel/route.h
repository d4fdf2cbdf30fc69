/* Routes: who answers the calls of a personality. The second door. */
#ifndef KERNEL_ROUTE_H
#define KERNEL_ROUTE_H

#include "hart.h"

struct route {
    uint8_t target[TINE_ROUTE_CALLS];            /* trap.S: offset 0 */
    struct endpoint *endpoint[TINE_ROUTE_SLOTS]; /* references; [0] null: the thread's pager */
    struct object head;
};

#define route_of(object) ((struct route *)((char *)(object) - offsetof(struct route, head)))

/* Sends call number `nr` of the thread to where its route says. Constants have been answered in trap.S already, unless
 * the thread had to come here for another reason; then they are answered here. Returns the thread to run next. */
struct thread *route_call(struct hart *hart, struct thread *thread, unsigned long nr);

void route_release(struct route *route);

#endif
