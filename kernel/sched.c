/* The scheduler: see sched.h. */

#include "sched.h"
#include "bits.h"
#include "harts.h"
#include "interrupt.h"
#include "timer.h"
#include <riscv/csr.h>

static uint32_t priority_bit(unsigned priority)
{
    return 1u << (TINE_PRIORITIES - 1 - priority);
}

void sched_init(struct hart *hart)
{
    for (unsigned i = 0; i < TINE_PRIORITIES; i++)
        TAILQ_INIT(&hart->ready[i]);
}

void sched_ready(struct thread *thread)
{
    bool shared = hart_self()->shared;
    struct hart *hart = __builtin_expect(shared, 0) ? hart_for(thread) : thread->hart;

    thread->state = TINE_THREAD_READY;
    TAILQ_INSERT_TAIL(&hart->ready[thread->priority], thread, queue);
    hart->ready_mask |= priority_bit(thread->priority);
    if (__builtin_expect(shared, 0))
        hart_tell(hart, thread);
}

void sched_ready_front(struct hart *hart, struct thread *thread)
{
    thread_move(thread, hart);
    thread->state = TINE_THREAD_READY;
    TAILQ_INSERT_HEAD(&hart->ready[thread->priority], thread, queue);
    hart->ready_mask |= priority_bit(thread->priority);
}

void sched_remove(struct thread *thread)
{
    struct hart *hart = thread->hart;
    struct thread_queue *queue = &hart->ready[thread->priority];

    TAILQ_REMOVE(queue, thread, queue);
    if (TAILQ_EMPTY(queue))
        hart->ready_mask &= ~priority_bit(thread->priority);
}

struct thread *sched_first(struct hart *hart)
{
    if (!hart->ready_mask)
        return NULL;
    return TAILQ_FIRST(&hart->ready[TINE_PRIORITIES - 1 - lowest_bit(hart->ready_mask)]);
}

struct thread *sched_pick(struct hart *hart)
{
    struct thread *thread = sched_first(hart);

    if (thread)
        sched_remove(thread);
    return thread;
}

static void idle(struct hart *hart)
{
    if (hart->shared)
        hart_before_idle(hart);
    hart->current = NULL;
    hart->idle = true;
    timer_tick_stop(hart);
    hart->idle_since = time_now();
    kernel_unlock(hart);
    wait_for_interrupt();
    kernel_lock(hart);
    hart->idle_time += time_now() - hart->idle_since;
    hart->idle_since = 0;
    hart->idle = false;
    interrupt_poll(hart);
}

uint64_t sched_idle_time(void)
{
    uint64_t sum = 0, now = time_now();

    for (unsigned i = 0; i < hart_count; i++)
        sum += harts[i].idle_time + (harts[i].idle_since ? now - harts[i].idle_since : 0);
    return sum;
}

/* A thread of the hart's own, or else one that another hart has no time for. */
static struct thread *pick_or_steal(struct hart *hart)
{
    struct thread *thread = sched_pick(hart);

    return thread || !hart->shared ? thread : hart_steal(hart);
}

struct thread *sched_next(struct hart *hart)
{
    struct thread *thread = pick_or_steal(hart);

    if (thread)
        return thread;
    do
        idle(hart);
    while (!(thread = pick_or_steal(hart)));
    timer_tick_start(hart);
    return thread;
}

void sched_tick(struct hart *hart)
{
    struct thread *thread = hart->current;

    kernel_stat.ticks++;
    if (thread)
        thread->ticks++;
}
