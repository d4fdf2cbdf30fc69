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

/* The next number, in ascending order until it wraps; 0 if there is none, or no memory. It belongs to nobody until
 * pid_set_*; a number that is not set need not be given back. O(1) while few numbers are taken. */
uint32_t pid_reserve(void);

/* Who has the number: a thread that is not its process's first; or a process, and with it its leader. */
void pid_set_thread(uint32_t pid, struct thread *thread);
void pid_set_process(uint32_t pid, struct process *process);

/* Nobody has it any more. */
void pid_free(uint32_t pid);

/* The last number given out: for /proc/loadavg. */
uint32_t pid_last(void);

#endif
