/*
 * What a process asked for: how fork shall copy it, whether it dies first for memory; and what proc only remembers: scheduling wishes, personality(2),
 * timer slack. All zero is the default. Tine schedules user threads round robin at one priority: nice and policies are kept and reported.
 */
#ifndef PROC_ATTRIBUTES_H
#define PROC_ATTRIBUTES_H

#include "servers/proc/strategy.h"
#include <stdint.h>

/* Of a process; struct process embeds it as `attributes`. fork copies it. */
struct attributes {
    uint8_t policy;      /* SCHED_OTHER and its like */
    uint8_t rt_priority; /* 1 to 99 with SCHED_FIFO and SCHED_RR, else 0 */
    uint16_t ioprio;
    uint32_t personality;
    uint32_t timerslack_ns; /* 0: the default, 50,000 */
    int16_t oom_adjust, oom_adjust_least; /* oom.h; how low the privileged last set it */
    struct fork_choice fork;
};

#endif
