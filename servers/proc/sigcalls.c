/* The system calls about signals: one function each, in the order of linux.def. */
#include "servers/proc/clock.h"
#include "servers/proc/cred.h"
#include "servers/proc/deliver.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/session.h"
#include "servers/proc/sigframe.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/vfs.h"

static bool signal_valid(int sig)
{
    return sig >= 0 && sig <= SIGNALS;
}

static struct signal_info of_sender(const struct thread *self, int sig, int code)
{
    return (struct signal_info){
        .signo = sig, .code = code, .pid = (int32_t)self->process->pid, .uid = self->process->cred->uid
    };
}

/* ---- kill(2), tkill(2), rt_sigqueueinfo(2) ----------------------------------------------------------------------- */

static long kill_process(struct thread *self, struct process *process, const struct signal_info *info)
{
    if (!cred_may_signal(self->process, process, info->signo))
        return -EPERM;
    return info->signo ? signal_send(process, info->signo, info) : 0;
}

/* One success makes the whole a success; otherwise the last error counts. */
static long kill_group(struct thread *self, uint32_t pgrp, const struct signal_info *info)
{
    struct group_walk walk = group_walk(pgrp);
    struct process *process;
    long result = -ESRCH;

    while ((process = group_walk_next(&walk))) {
        long err = kill_process(self, process, info);

        if (result)
            result = err;
    }
    return result;
}

/* Everybody of the caller's pid namespace but its init and the caller. */
static bool kill_all_reaches(const struct process *self, const struct process *process)
{
    return process != self && process_number(self, process) > 1;
}

/* A process that dies may take others with it: then the walk begins anew, past those
 * that it has visited. */
static long kill_all(struct thread *self, const struct signal_info *info)
{
    struct process *process = process_next(NULL), *next;
    unsigned visit = group_walk(0).visit;
    long result = -ESRCH;

    while (process) {
        next = process_next(process);
        if (kill_all_reaches(self->process, process) && process->member.visit != visit) {
            process->member.visit = visit;
            if (!kill_process(self, process, info))
                result = 0;
            else if (result)
                result = -EPERM;
        }
        process = next && next->state == PROCESS_FREE ? process_next(NULL) : next;
    }
    return result;
}

/* Of a negative number; 0, which is no group's, if there is none. */
static uint32_t group_named(const struct thread *self, int number)
{
    return number_global(self->process, -(uint32_t)number);
}

static long kill_number(struct thread *self, int number, const struct signal_info *info)
{
    struct process *process;

    if (number == -1)
        return kill_all(self, info);
    if (number <= 0)
        return kill_group(self, number ? group_named(self, number) : process_pgrp(self->process), info);
    process = process_named(self->process, (uint32_t)number);
    return process ? kill_process(self, process, info) : -ESRCH;
}

long sys_kill(struct thread *self, struct call *call)
{
    int number = (int)call->m.w[0], sig = (int)call->m.w[1];
    struct signal_info info = of_sender(self, sig, SI_USER);

    if (!signal_valid(sig))
        return -EINVAL;
    self->signals.here = true;
    return signal_return(self, call, kill_number(self, number, &info));
}

/* tgid 0: whatever process the thread belongs to. */
static long kill_thread(struct thread *self, struct call *call, uint32_t tgid, uint32_t tid,
                        const struct signal_info *info)
{
    struct thread *thread = thread_named(self->process, tid);
    long result = 0;

    if (!thread || (tgid && process_number(self->process, thread->process) != tgid))
        return -ESRCH;
    if (!cred_may_signal(self->process, thread->process, info->signo))
        return -EPERM;
    self->signals.here = true;
    if (info->signo)
        result = signal_send_thread(thread, info->signo, info);
    return signal_return(self, call, result);
}

long sys_tkill(struct thread *self, struct call *call)
{
    int tid = (int)call->m.w[0], sig = (int)call->m.w[1];
    struct signal_info info = of_sender(self, sig, SI_TKILL);

    if (!signal_valid(sig) || tid <= 0)
        return -EINVAL;
    return kill_thread(self, call, 0, (uint32_t)tid, &info);
}

long sys_tgkill(struct thread *self, struct call *call)
{
    int tgid = (int)call->m.w[0], tid = (int)call->m.w[1], sig = (int)call->m.w[2];
    struct signal_info info = of_sender(self, sig, SI_TKILL);

    if (!signal_valid(sig) || tgid <= 0 || tid <= 0)
        return -EINVAL;
    return kill_thread(self, call, (uint32_t)tgid, (uint32_t)tid, &info);
}

long sys_rt_sigqueueinfo(struct thread *self, struct call *call)
{
    int pid = (int)call->m.w[0], sig = (int)call->m.w[1];
    struct process *process;
    struct signal_info info;

    if (user_read(self->process, call->m.w[2], &info, sizeof(info)))
        return -EFAULT;
    if (!signal_valid(sig))
        return -EINVAL;
    info.signo = sig;
    info.pid = (int32_t)number_global(self->process, (uint32_t)info.pid);
    process = pid > 0 ? process_named(self->process, (uint32_t)pid) : NULL;
    if ((info.code >= 0 || info.code == SI_TKILL) && process != self->process)
        return -EPERM;
    if (!process)
        return -ESRCH;
    self->signals.here = true;
    return signal_return(self, call, kill_process(self, process, &info));
}

/* rt_tgsigqueueinfo(2): process, thread, signal, information. */
long sys_rt_tgsigqueueinfo(struct thread *self, struct call *call)
{
    int tgid = (int)call->m.w[0], tid = (int)call->m.w[1], sig = (int)call->m.w[2];
    struct thread *thread;
    struct signal_info info;

    if (user_read(self->process, call->m.w[3], &info, sizeof(info)))
        return -EFAULT;
    if (!signal_valid(sig) || tgid <= 0 || tid <= 0)
        return -EINVAL;
    thread = thread_named(self->process, (uint32_t)tid);
    if ((info.code >= 0 || info.code == SI_TKILL) && (!thread || thread->process != self->process))
        return -EPERM;
    info.signo = sig;
    info.pid = (int32_t)number_global(self->process, (uint32_t)info.pid);
    return kill_thread(self, call, (uint32_t)tgid, (uint32_t)tid, &info);
}

/* ---- sigaction(2), sigprocmask(2), sigpending(2), sigaltstack(2) ------------------------------------------------- */

/* A signal that became ignored is no longer pending: POSIX. */
static void drop_ignored(struct process *process, int sig)
{
    struct signals *s = &process->signals;
    sigmask_t mask = SIGMASK(sig);
    struct thread *thread;

    if ((s->caught & mask) || !((s->ignored | SIGMASK_IGNORE) & mask))
        return;
    pending_drop(&s->pending, mask);
    LIST_FOREACH(thread, &process->threads, sibling)
        pending_drop(&thread->signals.pending, mask);
}

long sys_rt_sigaction(struct thread *self, struct call *call)
{
    struct process *process = self->process;
    int sig = (int)call->m.w[0];
    uint64_t new_addr = call->m.w[1], old_addr = call->m.w[2];
    static struct signal_action old_action;
    struct signal_action new_action;
    long err;

    if (call->m.w[3] != sizeof(sigmask_t) || !signal_valid(sig) || !sig)
        return -EINVAL;
    if (new_addr && (SIGMASK(sig) & SIGMASK_UNBLOCKABLE))
        return -EINVAL;
    if (new_addr && user_read(process, new_addr, &new_action, sizeof(new_action)))
        return -EFAULT;

    signals_action(&process->signals, sig, &old_action);
    if (new_addr) {
        new_action.mask &= ~SIGMASK_UNBLOCKABLE;
        err = signals_set_action(&process->signals, sig, &new_action);
        if (err)
            return err;
        drop_ignored(process, sig);
    }
    return old_addr ? user_answer(call, old_addr, &old_action, sizeof(old_action)) : 0;
}

/* `change` NULL: the mask stays. */
static long mask_change(struct thread *self, struct call *call, const sigmask_t *change)
{
    uint64_t old_addr = call->m.w[2];
    struct thread_signals *s = &self->signals;
    static sigmask_t old_mask;
    sigmask_t mask;

    old_mask = s->blocked;
    if (change) {
        mask = *change;
        switch ((int)call->m.w[0]) {
        case SIG_BLOCK:
            mask = old_mask | mask;
            break;
        case SIG_UNBLOCK:
            mask = old_mask & ~mask;
            break;
        case SIG_SETMASK:
            break;
        default:
            return -EINVAL;
        }
        s->blocked = mask & ~SIGMASK_UNBLOCKABLE;
    }
    if (!old_addr)
        return signal_return(self, call, 0);
    if (!signal_deliverable(self))
        return user_answer(call, old_addr, &old_mask, sizeof(old_mask));
    return signal_return(self, call, user_write(self->process, old_addr, &old_mask, sizeof(old_mask)));
}

long sys_rt_sigprocmask(struct thread *self, struct call *call)
{
    uint64_t addr = call->m.w[1];
    sigmask_t mask;

    if (call->m.w[3] != sizeof(mask))
        return -EINVAL;
    if (addr && user_read(self->process, addr, &mask, sizeof(mask)))
        return -EFAULT;
    return mask_change(self, call, addr ? &mask : NULL);
}

long sigprocmask_fetched(struct thread *self, struct call *call)
{
    return call->m.w[3] == sizeof(sigmask_t) ? mask_change(self, call, &call->m.w[4]) : -EINVAL;
}

long sys_rt_sigpending(struct thread *self, struct call *call)
{
    sigmask_t set = (self->signals.pending.set | self->process->signals.pending.set) & self->signals.blocked;

    if (call->m.w[1] > sizeof(set))
        return -EINVAL;
    return user_write(self->process, call->m.w[0], &set, call->m.w[1]);
}

/* stack_t of the UAPI, with its padding named. */
struct altstack {
    uint64_t sp;
    int32_t flags;
    uint32_t pad;
    uint64_t size;
};
_Static_assert(sizeof(struct altstack) == sizeof(stack_t), "as Linux has it");

static struct altstack altstack_now(const struct thread_signals *s, bool on)
{
    int flags = (int)(s->alt_flags & SS_AUTODISARM);

    if (!s->alt_size)
        flags |= SS_DISABLE;
    else if (on)
        flags |= SS_ONSTACK;
    return (struct altstack){ .sp = s->alt_sp, .flags = flags, .size = s->alt_size };
}

static long altstack_set(struct thread_signals *s, const struct altstack *new_stack, bool on)
{
    unsigned mode = (unsigned)new_stack->flags & ~SS_AUTODISARM;

    if (on)
        return -EPERM;
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
        return -EINVAL;
    if (mode != SS_DISABLE && new_stack->size < MINSIGSTKSZ)
        return -ENOMEM;
    s->alt_sp = mode == SS_DISABLE ? 0 : new_stack->sp;
    s->alt_size = mode == SS_DISABLE ? 0 : new_stack->size;
    s->alt_flags = (uint32_t)new_stack->flags & SS_AUTODISARM;
    return 0;
}

long sys_sigaltstack(struct thread *self, struct call *call)
{
    uint64_t new_addr = call->m.w[0], old_addr = call->m.w[1];
    struct thread_signals *s = &self->signals;
    struct altstack new_stack, old_stack;
    struct tine_registers r;
    bool on;
    long err;

    if (new_addr && user_read(self->process, new_addr, &new_stack, sizeof(new_stack)))
        return -EFAULT;
    tine_thread_read(self->cap, &r, NULL);
    on = s->alt_size && !(s->alt_flags & SS_AUTODISARM) && sigframe_on_altstack(s, r.x[1]);
    old_stack = altstack_now(s, on);
    if (new_addr) {
        err = altstack_set(s, &new_stack, on);
        if (err)
            return err;
    }
    return old_addr ? user_write(self->process, old_addr, &old_stack, sizeof(old_stack)) : 0;
}

/* ---- waiting: sigsuspend(2), sigtimedwait(2) --------------------------------------------------------------------- */

long sys_rt_sigsuspend(struct thread *self, struct call *call)
{
    struct thread_signals *s = &self->signals;
    sigmask_t mask;
    long err;

    if (call->m.w[1] != sizeof(mask))
        return -EINVAL;
    if (user_read(self->process, call->m.w[0], &mask, sizeof(mask)))
        return -EFAULT;
    s->saved = s->blocked;
    s->restore = true;
    s->blocked = mask & ~SIGMASK_UNBLOCKABLE;
    if (signal_deliverable(self))
        return signal_interrupted(self, call, WAITER_EINTR);
    err = waiter_begin(self, call, WAITER_EINTR, NULL);
    if (err != DEFERRED) {
        s->restore = false;
        s->blocked = s->saved;
    }
    return err;
}

static void wait_unwanted(struct thread *thread)
{
    thread->signals.wanted = 0;
}

static void wait_timed_out(struct timeout *timeout)
{
    waiter_answer(thread_of_timeout(timeout), -EAGAIN);
}

static long report_info(struct thread *self, uint64_t addr, const struct signal_info *info)
{
    struct {
        struct signal_info used;
        char rest[sizeof(siginfo_t) - sizeof(struct signal_info)];
    } all = { .used = *info };

    return addr ? user_write(self->process, addr, &all, sizeof(all)) : 0;
}

long sys_rt_sigtimedwait(struct thread *self, struct call *call)
{
    struct signal_info info;
    sigmask_t wanted;
    uint64_t when;
    long err;
    int sig;

    if (call->m.w[3] != sizeof(wanted))
        return -EINVAL;
    if (user_read(self->process, call->m.w[0], &wanted, sizeof(wanted)))
        return -EFAULT;
    err = clock_deadline(self, call->m.w[2], CLOCK_MONOTONIC, false, &when);
    if (err)
        return err;
    wanted &= ~SIGMASK_UNBLOCKABLE;
    sig = signal_take(self, wanted, wanted, &info);
    if (sig)
        return report_info(self, call->m.w[1], &info) ? -EFAULT : sig;
    if (when && when <= tine_time())
        return -EAGAIN;
    if (signal_deliverable(self))
        return signal_interrupted(self, call, WAITER_EINTR);
    err = waiter_begin(self, call, WAITER_EINTR, wait_unwanted);
    if (err != DEFERRED)
        return err;
    self->signals.wanted = wanted;
    if (when)
        timeout_add(&self->waiter.timeout, when, wait_timed_out);
    return DEFERRED;
}

/* The number is in the low bits of w[5], above it the address of pselect6's mask; the others' is an argument of its own.
 * */
enum { POLL_NUMBER_BITS = 16, POLL_NUMBER_MASK = (1 << POLL_NUMBER_BITS) - 1 };

long signal_poll_mask(struct thread *self, struct call *call)
{
    uint64_t number = call->m.w[5] & POLL_NUMBER_MASK;
    uint64_t addr = number == __NR_ppoll      ? call->m.w[3]
                    : number == __NR_pselect6 ? call->m.w[5] >> POLL_NUMBER_BITS
                                              : call->m.w[4];
    struct thread_signals *s = &self->signals;
    sigmask_t mask;

    if (number == __NR_ppoll && call->m.w[4] != sizeof(mask))
        return -EINVAL;
    if (user_read(self->process, addr, &mask, sizeof(mask)))
        return -EFAULT;
    if (!s->restore)
        s->saved = s->blocked;
    s->restore = true;
    s->blocked = mask & ~SIGMASK_UNBLOCKABLE;
    if (signal_deliverable(self))
        return signal_interrupted(self, call, WAITER_EINTR);
    /* It comes back when the call has ended, to have its mask restored. */
    tine_thread_attention(self->cap);
    return call_forward(call, ROOT_PROC_VFS_ROUTE, VFS_LABEL_MASKED);
}

/* ---- returning --------------------------------------------------------------------------------------------------- */

long sys_rt_sigreturn(struct thread *self, struct call *call)
{
    sigmask_t mask;

    if (sigframe_pop(self, &mask))
        return signal_fault(self, call, SIGSEGV, SI_KERNEL, 0);
    self->signals.blocked = mask & ~SIGMASK_UNBLOCKABLE;
    return signal_deliverable(self) ? signal_attention(self, call) : RESTARTED;
}

/* No call of Tine's leaves something for it to go on with: signal.h, enum waiter_restart. */
long sys_restart_syscall(struct thread *self, struct call *call)
{
    (void)self;
    (void)call;
    return -EINTR;
}
