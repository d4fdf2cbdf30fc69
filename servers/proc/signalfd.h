/* Signals behind descriptors: what the rest of proc must know of signalfd(2). */
#ifndef PROC_SIGNALFD_H
#define PROC_SIGNALFD_H

#include "servers/proc/process.h"

/* vfs is told which signals are pending. */
void signalfd_tell(struct process *process);

/* What is pending for the process has changed. */
static inline void signalfd_changed(struct process *process)
{
    if (__builtin_expect(process->signals.watched, 0))
        signalfd_tell(process);
}

/* PROC_LABEL_SIGNALFD: a read of a signalfd. */
long signalfd_read(struct thread *self, struct call *call);

#endif
