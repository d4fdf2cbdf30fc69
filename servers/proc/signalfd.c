/*
 * Signals and processes behind descriptors: signalfd(2), pidfd_open(2), pidfd_send_signal(2). The descriptors are vfs's
 * files; what is pending is here, and a read of a signalfd comes by PROC_LABEL_SIGNALFD. A process that may have a
 * signalfd is `watched`: vfs is told whenever what is pending for it changes.
 */
#include "servers/proc/signalfd.h"
#include "servers/proc/cred.h"
#include "servers/proc/deliver.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/vfs.h"
#include <asm/fcntl.h>
#include <linux/signalfd.h>
#include <string.h>

void signalfd_tell(struct process *process)
{
    sigmask_t set = process->signals.pending.set;
    struct thread *thread;

    LIST_FOREACH(thread, &process->threads, sibling)
        set |= thread->signals.pending.set;
    vfs_pending(PROC_VFS, process->pid, set);
}

/* signalfd4(2): descriptor or -1, mask, its size, flags. */
long sys_signalfd4(struct thread *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[3];
    sigmask_t mask;
    long fd;

    if (call->m.w[2] != sizeof(mask) || flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    if (user_read(self->process, call->m.w[1], &mask, sizeof(mask)))
        return -EFAULT;
    fd = vfs_signalfd(PROC_VFS, self->client, (int)call->m.w[0], mask & ~SIGMASK_UNBLOCKABLE, flags);
    if (fd >= 0) {
        self->process->signals.watched = true;
        signalfd_tell(self->process);
    }
    return fd;
}

/* Which of siginfo's fields count depends on where the signal comes from. */
static struct signalfd_siginfo info_of(const struct signal_info *info)
{
    struct signalfd_siginfo s = { .ssi_signo = (uint32_t)info->signo, .ssi_errno = info->error, .ssi_code = info->code };

    if (info->code > 0 && SIGMASK(info->signo) & (SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGILL) | SIGMASK(SIGFPE) |
                                                  SIGMASK(SIGTRAP)) && info->code != SI_KERNEL) {
        s.ssi_addr = info->addr;
        return s;
    }
    if (info->code == SI_TIMER) {
        s.ssi_tid = (uint32_t)info->pid;
        s.ssi_overrun = info->uid;
    } else {
        s.ssi_pid = (uint32_t)info->pid;
        s.ssi_uid = info->uid;
    }
    if (info->signo == SIGCHLD && info->code > 0) {
        s.ssi_status = info->status;
        s.ssi_utime = (uint64_t)info->utime;
        s.ssi_stime = (uint64_t)info->stime;
    } else {
        s.ssi_ptr = info->value;
        s.ssi_int = (int32_t)info->value;
    }
    return s;
}

static void wait_unwanted(struct thread *thread)
{
    thread->signals.wanted = 0;
}

/* Nothing is pending: waits as sigtimedwait does, and the read runs again from its ecall. */
static long read_wait(struct thread *self, struct call *call, sigmask_t mask)
{
    long err;

    if (call->m.w[3])
        return -EAGAIN;
    if (signal_deliverable(self))
        return signal_interrupted(self, call, WAITER_SYS);
    err = waiter_begin(self, call, WAITER_SYS, wait_unwanted);
    if (err == DEFERRED)
        self->signals.wanted = mask;
    return err;
}

long signalfd_read(struct thread *self, struct call *call)
{
    sigmask_t mask = call->m.w[0];
    uint64_t to = call->m.w[1], room = call->m.w[2];
    struct signal_info info;
    uint64_t done = 0;

    while (room - done >= sizeof(struct signalfd_siginfo) && signal_take(self, mask, mask, &info)) {
        struct signalfd_siginfo s = info_of(&info);

        if (user_write(self->process, to + done, &s, sizeof(s)))
            return -EFAULT;
        done += sizeof(s);
    }
    if (!done)
        return read_wait(self, call, mask);
    signalfd_tell(self->process);
    return (long)done;
}

/* ---- pidfd ------------------------------------------------------------------------------------------------------- */

/* pidfd_open(2): process, flags. */
long sys_pidfd_open(struct thread *self, struct call *call)
{
    int pid = (int)call->m.w[0];
    unsigned flags = (unsigned)call->m.w[1];
    const struct process *process;

    if (pid <= 0 || flags & ~(unsigned)O_NONBLOCK)
        return -EINVAL;
    process = process_named(self->process, (uint32_t)pid);
    if (!process)
        return thread_named(self->process, (uint32_t)pid) ? -EINVAL : -ESRCH;
    return vfs_pidfd_open(PROC_VFS, self->client, process->pid, flags);
}

/* pidfd_send_signal(2): descriptor, signal, information or 0, flags. */
long sys_pidfd_send_signal(struct thread *self, struct call *call)
{
    struct signal_info info = { .signo = (int)call->m.w[1], .code = SI_USER, .pid = (int32_t)self->process->pid,
                                .uid = self->process->cred->uid };
    struct process *process;
    long pid = vfs_pidfd_number(PROC_VFS, self->client, (int)call->m.w[0], true);

    if (call->m.w[3] || info.signo < 0 || info.signo > SIGNALS)
        return -EINVAL;
    if (pid < 0)
        return pid;
    if (call->m.w[2]) {
        if (user_read(self->process, call->m.w[2], &info, sizeof(info)))
            return -EFAULT;
        info.pid = (int32_t)number_global(self->process, (uint32_t)info.pid);
        if (info.signo != (int)call->m.w[1])
            return -EINVAL;
        if ((info.code >= 0 || info.code == SI_TKILL) && (uint32_t)pid != self->process->pid)
            return -EPERM;
    }
    process = process_by_pid((uint32_t)pid);
    if (!process)
        return -ESRCH;
    if (!cred_may_signal(self->process, process, info.signo))
        return -EPERM;
    self->signals.here = true;
    return signal_return(self, call, info.signo ? signal_send(process, info.signo, &info) : 0);
}
