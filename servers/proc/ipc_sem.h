/*
 * What a process's end gives back of System V semaphores: semop(2), SEM_UNDO. A list of adjustments, one for each set that
 * was changed so; of a process, or of several that were made with CLONE_SYSVSEM. Threads of a process share theirs.
 */
#ifndef PROC_IPC_SEM_H
#define PROC_IPC_SEM_H

#include <stdbool.h>

struct process;
struct sem_undos;

/* The process has a list from now on. False: no memory. */
bool sem_undos_begin(struct process *process);

/* CLONE_SYSVSEM: the child shares the list that the parent has. */
void sem_undos_share(struct process *child, const struct process *parent);

/* The process ends or enters another namespace: with the last that shares the list, adjustments are made. */
void sem_undos_end(struct process *process);

#endif
