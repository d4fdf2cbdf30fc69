/* The scheduler: see sched.h. */

#include "sched.h"
#include "bits.h"
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
    struct hart *hart = thread->hart;

    thread->state = TINE_THREAD_READY;
    TAILQ_INSERT_TAIL(&hart->ready[thread->priority], thread, queue);
    hart->ready_mask |= priority_bit(thread->priority);
}

void sched_ready_front(struct thread *thread)
{
    struct hart *hart = thread->hart;

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

struct thread *sched_pick(struct hart *hart)
{
    struct thread *thread;

    if (!hart->ready_mask)
        return NULL;
    thread = TAILQ_FIRST(&hart->ready[TINE_PRIORITIES - 1 - lowest_bit(hart->ready_mask)]);
    sched_remove(thread);
    return thread;
}

static void idle(struct hart *hart)
{
    uint64_t start;

    hart->current = NULL;
    timer_tick_stop(hart);
    start = time_now();
    kernel_unlock(hart);
    wait_for_interrupt();
    kernel_lock(hart);
    hart->idle_time += time_now() - start;
    interrupt_poll(hart);
}

uint64_t sched_idle_time(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < hart_count; i++)
        sum += harts[i].idle_time;
    return sum;
}

struct thread *sched_next(struct hart *hart)
{
    struct thread *thread = sched_pick(hart);

    if (thread)
        return thread;
    do
        idle(hart);
    while (!(thread = sched_pick(hart)));
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
