/* A red-black tree of timeouts by instant, and one kernel timer that fires no later than the earliest of them. */
#include "libc/timeout.h"
#include "libc/server.h"

static int timeout_compare(const struct timeout *a, const struct timeout *b)
{
    if (a->when != b->when)
        return a->when < b->when ? -1 : 1;
    return (a > b) - (a < b);
}

static RB_HEAD(timeout_tree, timeout) tree = RB_INITIALIZER(&tree);
RB_GENERATE_INTERNAL(timeout_tree, timeout, entry, timeout_compare, static __attribute__((unused)))

static cap_t timer;
static uint64_t armed = UINT64_MAX; /* when the timer fires: no later than any in the tree; UINT64_MAX: it does not */

err_t timeouts_start(cap_t pool, cap_t notification, uint64_t bits, uint64_t timebase_hz)
{
    cap_t slot = cap_take();
    err_t err = slot ? tine_timer_create(pool, slot, notification, bits) : TINE_ERR_MEMORY;

    ticks_rate(timebase_hz);
    if (err)
        cap_give(slot);
    else
        timer = slot;
    return err;
}

static void arm(uint64_t when)
{
    if (when < armed) {
        armed = when;
        tine_timer_arm(timer, when);
    }
}

void timeout_add(struct timeout *t, uint64_t when, void (*expired)(struct timeout *t))
{
    timeout_remove(t);
    t->when = when ? when : 1;
    t->expired = expired;
    RB_INSERT(timeout_tree, &tree, t);
    arm(t->when);
}

void timeout_remove(struct timeout *t)
{
    if (!timeout_armed(t))
        return;
    RB_REMOVE(timeout_tree, &tree, t);
    t->when = 0;
}

void timeouts_run(void)
{
    uint64_t now = tine_time();
    struct timeout *t;

    armed = 0; /* so that nothing is armed from within */
    while ((t = RB_MIN(timeout_tree, &tree)) && t->when <= now) {
        timeout_remove(t);
        t->expired(t);
    }
    armed = UINT64_MAX;
    if (t)
        arm(t->when);
}
