/*
 * Timers that a process makes: timer_create(2) and its family. A timer has at most one signal pending; what expires
 * meanwhile is counted when that is taken, as the overrun that comes along.
 */
#ifndef PROC_POSIX_TIMER_H
#define PROC_POSIX_TIMER_H

#include <stdint.h>
#include <sys/queue.h>

struct posix_timer;
struct process;
struct signal_info;

/* Of a process; struct process embeds it. All zero: none. fork does not copy them. */
struct posix_timers {
    LIST_HEAD(, posix_timer) list;
    unsigned count;
    uint32_t next; /* number of the next one */
};

/* The process ends or executes: it has no timers any more. O(timers). */
void posix_timers_end(struct posix_timers *timers);

/* A signal with SI_TIMER is taken: its information gets the overrun, and its timer goes on. O(timers). */
void posix_timer_taken(struct process *process, struct signal_info *info);

#endif
