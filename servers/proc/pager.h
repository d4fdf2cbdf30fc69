/*
 * The pager: what a missing or refused page of a process becomes. One decision, `plan`, serves a fault of the hardware
 * (the operation rides on the answer), a fault that vfs met on behalf of a caller, and proc's own copies to and from a
 * process (user_read, user_write in process.h).
 */
#ifndef PROC_PAGER_H
#define PROC_PAGER_H

#include "libc/server.h"
#include "servers/proc/space.h"

struct thread;

/* TINE_LABEL_FAULT: from the hardware (pc not 0), or from vfs for w[3] bytes, w[2] being 0. */
long pager_fault(struct thread *self, struct call *call);

/* TINE_LABEL_EXCEPTION: illegal instruction, breakpoint, misaligned or access fault. */
long pager_exception(struct thread *self, struct call *call);

/* The kernel refused the item of an answer: memory is exhausted, and the process dies of it. */
long pager_failed(struct thread *self, struct call *call, err_t err);

/* Makes [addr, addr + bytes) accessible with `prot`, as an access would. 0, -EFAULT, -ENOMEM, or -EIO beyond a file. */
long pager_bring(struct space *space, uint64_t addr, uint64_t bytes, unsigned prot);

#endif
