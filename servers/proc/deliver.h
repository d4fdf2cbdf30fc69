/*
 * What disposition.c, signal.c, deliver.c and sigcalls.c share: a signal's way from pending to the default action or
 * the handler.
 */
#ifndef PROC_DELIVER_H
#define PROC_DELIVER_H

#include "servers/proc/signal.h"

/* The action of a signal. O(1). */
void signals_action(const struct signals *s, int sig, struct signal_action *action);

/* Its flags alone: SA_*. */
uint64_t signals_flags(const struct signals *s, int sig);

/* Sets it. 0 or -ENOMEM: nothing changed. O(1), and the others of a CLONE_SIGHAND ring follow. */
long signals_set_action(struct signals *s, int sig, const struct signal_action *action);

/* From now on the process's dispositions are its own. O(ring). */
void signals_leave_ring(struct signals *s);

/* A stop signal with the default action stops the process: SIGSTOP always, others unless its group is orphaned. */
bool signal_stops(const struct process *process, int sig);

/* Stops the process and tells its parent. Its threads may be anywhere. O(threads). */
void process_stop(struct process *process, int sig);

/* The thread waits in proc and has a signal to act on: its wait ends. The process may be dead upon return. */
void signal_interrupt(struct thread *thread);

/* The thread is parked and its process no longer stopped: it goes on. The process may be dead upon return. */
void signal_unpark(struct thread *thread);

#endif
