/*
 * Numbers of processes and threads: one set for both, as in Linux. A number is free again when neither thread nor
 * process, group nor session has it.
 */
#ifndef PROC_PID_H
#define PROC_PID_H

#include <stdint.h>

struct process;
struct thread;

#define PID_MAX 32768

/* The next number, in ascending order until it wraps. It belongs to nobody until pid_set_*; a number that is not set need
 * not be given back. 0, -EAGAIN: there is none; -ENOMEM. O(1) while few numbers are taken. */
long pid_reserve(uint32_t *pid);

/* The same for this number, 1 to PID_MAX - 1: 0, -EEXIST, -ENOMEM. */
long pid_claim(uint32_t wanted, uint32_t *pid);

/* Who has the number: a thread that is not its process's first; or a process, and with it its leader. */
void pid_set_thread(uint32_t pid, struct thread *thread);
void pid_set_process(uint32_t pid, struct process *process);

/* Nobody has it any more. */
void pid_free(uint32_t pid);

/* The last number given out: for /proc/loadavg. */
uint32_t pid_last(void);

#endif
