/* Which namespaces a process may be given: what fork.c has in common with unshare(2) and setns(2). */
#ifndef PROC_UNSHARE_H
#define PROC_UNSHARE_H

#include "libc/server.h"
#include "servers/proc/namespace.h"

struct cred;
struct thread;

/* Flags of clone(2) that contradict each other where namespaces are concerned: 0 or -EINVAL. */
long namespaces_check(uint64_t flags);

/* A process's namespaces, and the credentials that go with them, until they are its own. NULL: stays as it is. */
struct change {
    struct namespace_set *set;
    struct cred *cred;
};

/* What CLONE_NEW* in flags say, for a child of the process or itself; *gives* it. 0, -EPERM, -EINVAL, -ENOMEM, -ENOSPC. */
long namespaces_reserve(const struct process *process, uint64_t flags, struct change *change);

/* vfs and the threads of a process that has just got it learn so. */
void change_tell(const struct process *process);

/* Gives up what nobody has got. */
void change_undo(const struct change *change);

/* PROC_LABEL_NS_IOCTL: vfs forwarded the caller. */
long namespace_ioctl(struct thread *self, struct call *call);

#endif
