/*
 * Clocks, sleeping and interval timers: clock_gettime(2), nanosleep(2), setitimer(2). Instants are absolute; inside
 * proc they are ticks of the timebase, at the border nanoseconds.
 */
#ifndef PROC_CLOCK_H
#define PROC_CLOCK_H

#include "libc/timeout.h"
#include <stdbool.h>
#include <stdint.h>

struct process;
struct thread;

/* Of a process; struct process embeds it as `timers`. All zero: none armed. */
struct itimers {
    struct itimer {
        struct timeout timeout;
        uint64_t interval; /* ticks, 0: once */
        uint64_t due;      /* REAL: instant; VIRTUAL, PROF: time that the process shall have run. 0: not armed */
    } timer[3];            /* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */
};

/* realtime_ns: the time since 1970 at tine_time() == 0. */
void clock_start(uint64_t realtime_ns);

/* Nanoseconds since 1970 at tine_time() == 0, as clock_settime may have moved it; the vDSO's data page holds it. */
uint64_t clock_realtime_offset_ns(void);

/* Called with the new offset after clock_settime, if set: by whoever owns the vDSO's data page. */
extern void (*clock_realtime_changed)(uint64_t offset_ns);

/* Ticks of the timebase in units of 1/100 s, as times(2) and /proc count them. */
uint64_t clock_ticks_100hz(uint64_t ticks);

/* What clock_gettime shows the thread of this clock. 0 or -EINVAL. */
long clock_read(const struct thread *self, int id, uint64_t *ns);

uint64_t clock_realtime_ns(void);
uint64_t clock_monotonic_ns(void);

/* The instant, in ticks, of a timespec at `addr` of the thread's memory: absolute on clock_id, or from now on. Returns
 * 0, -EFAULT or -EINVAL. A null address: *when = 0, for ever; otherwise *when is at least 1. */
long clock_deadline(struct thread *self, uint64_t addr, int clock_id, bool absolute, uint64_t *when);

/* The process ends: its timers are disarmed. O(log n) for each that is armed. */
void itimers_stop(struct itimers *timers);

#endif
