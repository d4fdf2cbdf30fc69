/* How calls change credentials: a copy, changed, then installed. For cred.c, capability.c and prctl. */
#ifndef PROC_CREDCALLS_H
#define PROC_CREDCALLS_H

#include "servers/proc/cred.h"

struct namespace;

/* A private copy of the process's credentials, or NULL if memory is exhausted. */
struct cred *cred_copy(const struct process *process);

/* The process's, in that user namespace and with every capability there. *Gives* a reference; NULL: no memory. */
struct cred *cred_enter(const struct process *process, struct namespace *user);

/* *Takes* `fresh` for the process: its threads' words and vfs's copy follow. 0, or an error of vfs: nothing changed. */
long cred_install(struct process *process, struct cred *fresh);

/*
 * Gives the process these ids, real, effective, saved and for files, as setresuid and setresgid of `giver` would; -1
 * leaves one as it is. With a gid from a giver who may set any, supplementary groups go. 0, -EPERM, -ENOMEM.
 */
long cred_give(struct process *process, const struct process *giver, uint32_t uid, uint32_t gid);

#endif
