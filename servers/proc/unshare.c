/*
 * The calls that give a process other namespaces: unshare(2), setns(2), and the ioctls of a namespace's descriptor,
 * ioctl_nsfs(2). First every check, then whatever may fail, then the change.
 */
#include "servers/proc/unshare.h"
#include "servers/proc/credcalls.h"
#include "servers/proc/info.h"
#include "servers/proc/ipc_sem.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/nsfs.h>

void change_undo(const struct change *change)
{
    if (change->set)
        namespace_set_put(change->set);
    if (change->cred)
        cred_put(change->cred);
}

/* In the first user namespace no right depends on the set. */
void change_tell(const struct process *process)
{
    namespaces_tell(process);
    if (process->cred->user != &user_first.ns)
        cred_tell(process);
}

/* The process has them from now on. */
static void change_install(struct process *process, const struct change *change)
{
    if (change->set) {
        if (change->set->in[NS_IPC] != process->set->in[NS_IPC])
            sem_undos_end(process);
        namespace_set_put(process->set);
        process->set = change->set;
    }
    if (change->cred) {
        cred_put(process->cred);
        process->cred = change->cred;
    }
    change_tell(process);
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

/* Credentials in a new user namespace, which vfs knows before anyone is in it. */
static long user_reserve(const struct process *process, struct cred **cred)
{
    struct namespace *user;
    long err = namespace_make(NS_USER, process->cred->user, process->cred->user, process, &user);

    if (err)
        return err;
    err = vfs_id_map(PROC_VFS, user->number, false, NULL, 0);
    if (!err)
        *cred = cred_enter(process, user);
    namespace_put(user);
    return err || *cred ? err : -ENOMEM;
}

long namespaces_reserve(const struct process *process, uint64_t flags, struct change *change)
{
    long err = 0;

    *change = (struct change){ NULL, NULL };
    if (flags & CLONE_NEWUSER)
        err = user_reserve(process, &change->cred);
    else if (!cred_capable_own(process, CAP_SYS_ADMIN))
        return -EPERM;
    if (!err && flags & CLONE_NAMESPACES & ~(uint64_t)CLONE_NEWUSER)
        err = namespace_set_copy(process, change->cred ? change->cred : process->cred, flags, &change->set);
    if (err)
        change_undo(change);
    return err;
}

/* ---- unshare ----------------------------------------------------------------------------------------------------- */

#define UNSHARE_FLAGS \
    (CLONE_NAMESPACES | CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_SYSVSEM)

/* What cannot be unshared by one thread of several, unshare(2). */
static long unshare_check(const struct process *process, uint64_t flags)
{
    if (flags & ~(uint64_t)UNSHARE_FLAGS)
        return -EINVAL;
    /* Of a mount namespace Linux would give one to the thread alone; here it is its process's. */
    if (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER | CLONE_NEWNS) &&
        (process->thread_count != 1 || (flags & CLONE_VM && process->space->refs != 1)))
        return -EINVAL;
    return 0;
}

/* One thread of several gets tables of its own, and goes on sharing what it does not give up. */
static long files_unshare(struct thread *self, unsigned which)
{
    long err;

    if (self->process->thread_count == 1 || self->client != self->process->pid)
        return vfs_unshare(PROC_VFS, self->client, which);
    err = vfs_fork(PROC_VFS, self->client, VFS_PART(self->tid), VFS_SHARE_ALL & ~which);
    if (err)
        return err;
    self->client = VFS_PART(self->tid);
    thread_set_words(self);
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
        err = namespaces_reserve(process, flags, &change);
    if (!err && files)
        err = files_unshare(self, files);
    if (!err && flags & CLONE_NAMESPACES)
        change_install(process, &change);
    else if (err)
        change_undo(&change);
    if (!err && flags & CLONE_SYSVSEM)
        sem_undos_end(process);
    return err;
}

/* ---- setns ------------------------------------------------------------------------------------------------------- */

/* Into another user namespace: with all capabilities there. Checks and sets change->cred. */
static long enter_user(const struct process *process, struct namespace *ns, struct change *change)
{
    if (ns == process->cred->user || process->thread_count != 1)
        return -EINVAL;
    if (!cred_capable_in(process, ns, CAP_SYS_ADMIN))
        return -EPERM;
    change->cred = cred_enter(process, ns);
    return change->cred ? 0 : -ENOMEM;
}

/* Whether a process with these credentials may enter it: setns(2). */
static long enter_check(const struct process *process, const struct cred *cred, struct namespace *ns)
{
    if (!cred_has_in(cred, ns->owner, CAP_SYS_ADMIN) || !cred_has_in(cred, cred->user, CAP_SYS_ADMIN))
        return -EPERM;
    if (ns->kind == NS_MNT && !cred_has_in(cred, cred->user, CAP_SYS_CHROOT))
        return -EPERM;
    if (ns->kind == NS_TIME && process->thread_count != 1)
        return -EUSERS;
    if (ns->kind == NS_MNT && process->thread_count != 1)
        return -EINVAL;
    if (ns->kind == NS_PID && !pid_namespace_within(pid_namespace_of(ns), process_pid_namespace(process)))
        return -EINVAL;
    return namespace_types[ns->kind].make ? 0 : -EINVAL;
}

/* Adds ns to what change holds, which nobody has got yet. */
static long enter(const struct process *process, struct namespace *ns, struct change *change)
{
    long err;

    if (ns->kind == NS_USER)
        return enter_user(process, ns, change);
    err = enter_check(process, change->cred ? change->cred : process->cred, ns);
    if (!err && !change->set)
        err = namespace_set_copy(process, process->cred, 0, &change->set);
    if (err)
        return err;
    namespace_set_replace(change->set, namespace_link_of(ns->kind), ns);
    if (ns->kind == NS_TIME)
        namespace_set_replace(change->set, NS_TIME, ns);
    return 0;
}

static long enter_descriptor(const struct process *process, struct namespace *ns, uint32_t type, struct change *change)
{
    return type && type != namespace_flag(ns->kind) ? -EINVAL : enter(process, ns, change);
}

/* Those of another process that `flags` name; its user namespace comes first, for it gives the rights to the others. */
static long enter_process(const struct process *process, long pid, uint64_t flags, struct change *change)
{
    static const enum ns_link order[] = { NS_USER, NS_MNT, NS_UTS, NS_IPC, NS_PID, NS_NET, NS_CGROUP, NS_TIME };
    const struct process *target = pid > 0 ? process_by_pid((uint32_t)pid) : NULL;
    long err = 0;

    if (!flags || flags & ~(uint64_t)CLONE_NAMESPACES)
        return -EINVAL;
    if (!target || process_dead(target))
        return -ESRCH;
    if (!may_inspect(process, target))
        return -EPERM;
    for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]) && !err; i++)
        if (flags & namespace_flag(order[i]))
            err = enter(process, process_namespace(target, order[i]), change);
    return err;
}

long sys_setns(struct thread *self, struct call *call)
{
    struct process *process = self->process;
    int fd = (int)call->m.w[0];
    uint32_t type = (uint32_t)call->m.w[1];
    long number = vfs_ns_number(PROC_VFS, self->client, fd), pid, err;
    struct namespace *ns = number > 0 ? namespace_find((uint32_t)number) : NULL;
    struct change change = { 0 };

    if (number == -EINVAL && (pid = vfs_pidfd_number(PROC_VFS, self->client, fd, false)) != -EBADF)
        err = enter_process(process, pid, type, &change);
    else
        err = ns ? enter_descriptor(process, ns, type, &change) : number < 0 ? number : -EINVAL;
    if (!err && (change.cred || (change.set && change.set->in[NS_MNT] != process->set->in[NS_MNT])))
        err = vfs_unshare(PROC_VFS, self->client, VFS_SHARE_FS);
    if (err) {
        change_undo(&change);
        return err;
    }
    change_install(process, &change);
    return 0;
}

/* ---- ioctl ------------------------------------------------------------------------------------------------------- */

static long open_namespace(const struct thread *self, const struct namespace *ns)
{
    return vfs_ns_open(PROC_VFS, self->client, ns->kind, ns->number);
}

/* One that is the reader's own or lies below it: what is above is nothing that it can name. */
static long open_visible(const struct thread *self, const struct namespace *ns, const struct namespace *own)
{
    for (const struct namespace *at = ns; at; at = at->parent)
        if (at == own)
            return open_namespace(self, ns);
    return -EPERM;
}

long namespace_ioctl(struct thread *self, struct call *call)
{
    struct namespace *ns = namespace_find((uint32_t)call->m.w[0]);
    uint32_t owner;

    if (!ns)
        return -ENOTTY;
    switch ((uint32_t)call->m.w[1]) {
    case NS_GET_USERNS:
        return open_visible(self, ns->owner, self->process->cred->user);
    case NS_GET_PARENT:
        if (ns->kind != NS_PID && ns->kind != NS_USER)
            return -EINVAL;
        return open_visible(self, ns->parent,
                            ns->kind == NS_PID ? &process_pid_namespace(self->process)->ns : self->process->cred->user);
    case NS_GET_NSTYPE:
        return (long)namespace_flag(ns->kind);
    case NS_GET_OWNER_UID:
        if (ns->kind != NS_USER)
            return -EINVAL;
        owner = uid_seen(self->process, user_namespace_of(ns)->owner);
        return user_write(self->process, call->m.w[2], &owner, sizeof(owner));
    default:
        return -ENOTTY;
    }
}
