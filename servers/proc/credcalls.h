/* How calls change credentials: a copy, changed, then installed. For cred.c, capability.c and prctl. */
#ifndef PROC_CREDCALLS_H
#define PROC_CREDCALLS_H

#include "servers/proc/cred.h"

/* A private copy of the process's credentials, or NULL if memory is exhausted. */
struct cred *cred_copy(const struct process *process);

/* *Takes* `fresh` for the process: its threads' words and vfs's copy follow. 0, or an error of vfs: nothing changed. */
long cred_install(struct process *process, struct cred *fresh);

#endif
