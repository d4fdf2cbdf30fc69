/* Time: see timer.h. */

#include "timer.h"
#include "notification.h"
#include "sched.h"
#include <riscv/csr.h>
#include <sbi/early.h>

static int earlier(const struct timer *a, const struct timer *b)
{
    if (a->deadline != b->deadline)
        return a->deadline < b->deadline ? -1 : 1;
    return (a > b) - (a < b);
}

RB_HEAD(timer_tree, timer);
RB_PROTOTYPE_STATIC(timer_tree, timer, node, earlier)
RB_GENERATE_STATIC(timer_tree, timer, node, earlier)

static struct timer_tree armed = RB_INITIALIZER(&armed);
static uint64_t first_deadline = UINT64_MAX; /* of the tree, so that an interrupt need not walk it */
static uint64_t tick_period;

void timer_start(uint64_t timebase_hz)
{
    tick_period = timebase_hz / TICK_HZ;
}

uint64_t timer_idle_ticks(uint64_t idle_time)
{
    return idle_time / tick_period;
}

/* For this hart: its own tick, and the first deadline. Whoever made that the first has been programmed for it, and nobody is
 * programmed for later, so some hart will come in time; others that come as well find nothing to do. */
static void program(struct hart *hart)
{
    uint64_t when = hart->ticking ? hart->next_tick : UINT64_MAX;

    timer_set(first_deadline < when ? first_deadline : when);
}

static void first_changed(void)
{
    struct timer *first = RB_MIN(timer_tree, &armed);

    first_deadline = first ? first->deadline : UINT64_MAX;
    program(hart_self());
}

static void disarm(struct timer *timer)
{
    if (timer->deadline)
        RB_REMOVE(timer_tree, &armed, timer);
    timer->deadline = 0;
}

void timer_arm(struct timer *timer, uint64_t deadline)
{
    disarm(timer);
    if (deadline) {
        timer->deadline = deadline;
        RB_INSERT(timer_tree, &armed, timer);
    }
    first_changed();
}

void timer_release(struct timer *timer)
{
    timer_arm(timer, 0);
    object_unref(&timer->notification->head);
}

void timer_tick_start(struct hart *hart)
{
    hart->ticking = true;
    hart->next_tick = time_now() + tick_period;
    program(hart);
}

void timer_tick_stop(struct hart *hart)
{
    if (!hart->ticking)
        return;
    hart->ticking = false;
    program(hart);
}

static void fire(uint64_t now)
{
    struct timer *timer;

    while ((timer = RB_MIN(timer_tree, &armed)) && timer->deadline <= now) {
        disarm(timer);
        notification_signal(timer->notification, timer->bits);
    }
    first_deadline = timer ? timer->deadline : UINT64_MAX;
}

bool timer_interrupt(struct hart *hart)
{
    uint64_t now = time_now();
    bool slice = hart->ticking && hart->next_tick <= now;

    if (first_deadline <= now)
        fire(now);
    if (slice) {
        sched_tick(hart);
        hart->next_tick = now + tick_period;
    }
    program(hart);
    return slice;
}
