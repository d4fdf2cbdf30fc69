/* How processes end and are buried. process_exit and thread_exit are in process.h. */
#ifndef PROC_EXIT_H
#define PROC_EXIT_H

struct process;
struct thread;

/* The zombie has been waited for, or nobody will: nothing is left of it. */
void process_reap(struct process *process);

/* Ends all threads but one: exec. */
void threads_end_others(struct process *process, struct thread *survivor);

/* CLD_EXITED, CLD_KILLED or CLD_DUMPED, of a status as wait4 reports it. */
int exit_code_of(int status);

#endif
