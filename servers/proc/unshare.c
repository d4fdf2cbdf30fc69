/*
 * The calls that give a process other namespaces: unshare(2), setns(2), and the ioctls of a namespace's descriptor,
 * ioctl_nsfs(2). First every check, then whatever may fail, then the change.
 */
#include "servers/proc/unshare.h"
#include "servers/proc/credcalls.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/nsfs.h>

/* A process's namespaces, and the credentials that go with them, until they are its own. NULL: stays as it is. */
struct change {
    struct namespace_set *set;
    struct cred *cred;
};

static void change_undo(const struct change *change)
{
    if (change->set)
        namespace_set_put(change->set);
    if (change->cred)
        cred_put(change->cred);
}

/* 0, or an error of cred_install: undone. */
static long change_install(struct process *process, const struct change *change)
{
    struct namespace_set *old = process->set;
    long err = change->cred ? cred_install(process, change->cred) : 0;

    if (err) {
        if (change->set)
            namespace_set_put(change->set);
        return err;
    }
    if (change->set) {
        process->set = change->set;
        namespace_set_put(old);
    }
    namespaces_tell(process);
    return 0;
}

long namespaces_check(uint64_t flags)
{
    if ((flags & CLONE_FS) && (flags & (CLONE_NEWNS | CLONE_NEWUSER)))
        return -EINVAL;
    if ((flags & CLONE_THREAD) && (flags & (CLONE_NAMESPACES)))
        return -EINVAL;
    if ((flags & CLONE_PARENT) && (flags & (CLONE_NEWUSER | CLONE_NEWPID)))
        return -EINVAL;
    return (flags & CLONE_SYSVSEM) && (flags & CLONE_NEWIPC) ? -EINVAL : 0;
}

long namespaces_reserve(const struct process *process, uint64_t flags, struct namespace_set **set)
{
    if (!cred_capable_in(process, process->cred->user, CAP_SYS_ADMIN))
        return -EPERM;
    return namespace_set_copy(process, process->cred, flags, set);
}

/* ---- unshare ----------------------------------------------------------------------------------------------------- */

#define UNSHARE_FLAGS \
    (CLONE_NAMESPACES | CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_SYSVSEM)

/* What cannot be unshared by one thread of several, unshare(2). */
static long unshare_check(const struct process *process, uint64_t flags)
{
    if (flags & ~(uint64_t)UNSHARE_FLAGS)
        return -EINVAL;
    if (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER) &&
        (process->thread_count != 1 || (flags & CLONE_VM && process->space->refs != 1)))
        return -EINVAL;
    return 0;
}

long sys_unshare(struct thread *self, struct call *call)
{
    uint64_t flags = call->m.w[0];
    struct process *process = self->process;
    unsigned files = (flags & CLONE_FILES ? VFS_SHARE_FILES : 0) |
                     (flags & (CLONE_FS | CLONE_NEWNS | CLONE_NEWUSER) ? VFS_SHARE_FS : 0);
    struct change change = { 0 };
    long err = unshare_check(process, flags);

    if (!err && flags & CLONE_NAMESPACES)
        err = namespaces_reserve(process, flags, &change.set);
    if (!err && files)
        err = vfs_unshare(PROC_VFS, process->pid, files);
    if (!err && flags & CLONE_NAMESPACES)
        return change_install(process, &change);
    if (err)
        change_undo(&change);
    return err;
}

/* ---- setns ------------------------------------------------------------------------------------------------------- */

/* Whether the process may enter it: setns(2). */
static long enter_check(const struct process *process, const struct namespace *ns)
{
    if (!cred_capable_in(process, ns->owner, CAP_SYS_ADMIN) ||
        !cred_capable_in(process, process->cred->user, CAP_SYS_ADMIN))
        return -EPERM;
    if (!namespace_types[ns->kind].make)
        return -EINVAL;
    if (ns->kind == NS_PID && !pid_namespace_within(pid_namespace_of((struct namespace *)ns), process_pid_namespace(process)))
        return -EINVAL;
    return 0;
}

static long enter(struct process *process, struct namespace *ns)
{
    struct change change = { 0 };
    long err = enter_check(process, ns);

    if (!err)
        err = namespace_set_copy(process, process->cred, 0, &change.set);
    if (err)
        return err;
    namespace_set_replace(change.set, namespace_link_of(ns->kind), ns);
    return change_install(process, &change);
}

long sys_setns(struct thread *self, struct call *call)
{
    int fd = (int)call->m.w[0];
    uint32_t type = (uint32_t)call->m.w[1];
    long number = vfs_ns_number(PROC_VFS, self->process->pid, fd);
    struct namespace *ns = number > 0 ? namespace_find((uint32_t)number) : NULL;

    if (!ns)
        return number < 0 ? number : -EINVAL;
    return type && type != namespace_flag(ns->kind) ? -EINVAL : enter(self->process, ns);
}

/* ---- ioctl ------------------------------------------------------------------------------------------------------- */

static long open_namespace(const struct thread *self, const struct namespace *ns)
{
    return vfs_ns_open(PROC_VFS, self->process->pid, ns->kind, ns->number);
}

long namespace_ioctl(struct thread *self, struct call *call)
{
    struct namespace *ns = namespace_find((uint32_t)call->m.w[0]);

    if (!ns)
        return -ENOTTY;
    switch ((uint32_t)call->m.w[1]) {
    case NS_GET_USERNS:
        return ns->owner ? open_namespace(self, ns->owner) : -EPERM;
    case NS_GET_PARENT:
        if (ns->kind != NS_PID && ns->kind != NS_USER)
            return -EINVAL;
        return ns->parent ? open_namespace(self, ns->parent) : -EPERM;
    case NS_GET_NSTYPE:
        return (long)namespace_flag(ns->kind);
    default:
        return -ENOTTY;
    }
}
