/*
 * Time: one-shot timers of user space, and the preemption tick of a hart, both from the hart's one timer interrupt. The
 * tick runs only while a thread runs; switching threads never touches the clock.
 */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include "hart.h"
#include <sys/tree.h>

struct notification;

struct timer {
    struct object head;
    struct notification *notification; /* a reference */
    uint64_t bits;
    uint64_t deadline; /* in ticks of the timebase; 0: not armed */
    RB_ENTRY(timer) node;
};

#define TICK_HZ 100

void timer_start(uint64_t timebase_hz);

/* Arms for the absolute time `deadline`, or disarms with 0. One in the past fires at once. */
void timer_arm(struct timer *timer, uint64_t deadline);

void timer_release(struct timer *timer);

/* The hart leaves or enters idleness. */
void timer_tick_start(struct hart *hart);
void timer_tick_stop(struct hart *hart);

/* The timer interrupt came. Returns true if the time slice of the running thread is over. */
bool timer_interrupt(struct hart *hart);

/* How long a hart was idle, in preemption ticks: for struct tine_stat. */
uint64_t timer_idle_ticks(uint64_t idle_time);

#endif
