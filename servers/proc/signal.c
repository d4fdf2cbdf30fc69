/*
 * Signals, the sending side: signal_send and its like, stopping and continuing a process. Dispositions are in
 * disposition.c, delivery in deliver.c, the system calls in sigcalls.c.
 *
 * Invariant: a process with `stopped` set has no thread that executes user instructions: each waits, is parked, or has
 * an attention.
 */
#include "servers/proc/signal.h"
#include "servers/proc/clock.h"
#include "servers/proc/cred.h"
#include "servers/proc/deliver.h"
#include "servers/proc/limits.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/session.h"
#include "servers/proc/signalfd.h"
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/proc.h"
#include "servers/protocol/vfs.h"

/* ---- life of threads --------------------------------------------------------------------------------------------- */

void signals_exec(struct process *process, struct thread *thread)
{
    struct signals *s = &process->signals;

    signals_leave_ring(s);
    signals_clear_handlers(s);
    thread->signals.alt_sp = thread->signals.alt_size = 0;
    thread->signals.alt_flags = 0;
}

void thread_signals_init(struct thread_signals *s)
{
    s->blocked = s->saved = s->wanted = 0;
    s->restore = s->here = false;
    s->parked = 0;
    pending_init(&s->pending);
    s->alt_sp = s->alt_size = 0;
    s->alt_flags = 0;
}

void thread_signals_fork(struct thread_signals *child, const struct thread_signals *parent, bool keep_altstack)
{
    thread_signals_init(child);
    child->blocked = parent->blocked;
    if (keep_altstack) {
        child->alt_sp = parent->alt_sp;
        child->alt_size = parent->alt_size;
        child->alt_flags = parent->alt_flags;
    }
}

void thread_signals_free(struct thread_signals *s)
{
    pending_drop(&s->pending, ~0UL);
    reply_give(s->parked);
    s->parked = 0;
    s->here = false;
}

/* ---- reaching a thread ------------------------------------------------------------------------------------------- */

/* Whether a call that waits in vfs may ever run again after a handler: signal(7). */
static bool call_restarts(unsigned long nr)
{
    return nr != __NR_ppoll && nr != __NR_pselect6 && nr != __NR_epoll_pwait && nr != __NR_epoll_pwait2;
}

/* The thread is not here: it may run, or wait in vfs. It comes before its next user instruction. */
static void thread_attend(struct thread *thread, bool restart)
{
    struct tine_values v;
    struct tine_registers r;

    replies_send(); /* it may have been answered just now */
    tine_thread_attention(thread->cap);
    if (tine_thread_info(thread->cap, &v) || (v.a1 != TINE_THREAD_WAITING && v.a1 != TINE_THREAD_CALLING))
        return;
    if (restart && thread->process->signals.caught && !tine_thread_read(thread->cap, &r, NULL))
        restart = thread->process->signals.stopped || call_restarts(r.x[16]);
    vfs_cancel(PROC_VFS, thread_vfs_badge(thread), restart ? PROC_RESULT_RESTART : -EINTR);
}

/* A signal that the thread does not block is pending: it shall act on it, wherever it is. */
static void thread_notify(struct thread *thread, int sig)
{
    struct thread_signals *s = &thread->signals;

    if (s->here || s->parked || thread->process->signals.stopped)
        return;
    if (!waiter_waits(&thread->waiter))
        thread_attend(thread, signals_flags(&thread->process->signals, sig) & SA_RESTART);
    else if (thread->waiter.restart == WAITER_DEAF)
        tine_thread_attention(thread->cap);
    else
        signal_interrupt(thread);
}

/* ---- stop and continue ------------------------------------------------------------------------------------------- */

void process_stop(struct process *process, int sig)
{
    struct thread *thread;

    process->signals.stopped = (uint8_t)sig;
    process->signals.stop_report = (uint8_t)sig;
    process->signals.continue_report = false;
    LIST_FOREACH(thread, &process->threads, sibling)
    {
        if (thread->signals.here || waiter_waits(&thread->waiter))
            tine_thread_attention(thread->cap);
        else if (!thread->signals.parked)
            thread_attend(thread, true);
    }
    process_state_changed(process);
    signal_child(process->parent, process, SIGCHLD, CLD_STOPPED, sig);
}

/* Threads that were kept go on; those that wait and have a signal to act on do so now. */
static void process_unpark(struct process *process)
{
    struct thread *thread, *next;

    for (thread = LIST_FIRST(&process->threads); thread && !process->signals.stopped; thread = next) {
        next = LIST_NEXT(thread, sibling);
        if (thread->signals.parked)
            signal_unpark(thread);
        else if (signal_deliverable(thread))
            thread_notify(thread, 0);
        if (process_dead(process))
            return;
    }
}

static void process_continue(struct process *process)
{
    struct signals *s = &process->signals;

    if (!s->stopped)
        return;
    s->stopped = s->stop_report = 0;
    s->continue_report = true;
    process_unpark(process);
    if (process_dead(process))
        return;
    process_state_changed(process);
    signal_child(process->parent, process, SIGCHLD, CLD_CONTINUED, SIGCONT);
}

/* What sending a stop or continue signal undoes, whatever its disposition. */
static void drop_opposite(struct process *process, int sig)
{
    sigmask_t opposite = sig == SIGCONT ? SIGMASK_STOP : SIGMASK_STOP & SIGMASK(sig) ? SIGMASK(SIGCONT) : 0;
    struct thread *thread;

    if (!opposite)
        return;
    pending_drop(&process->signals.pending, opposite);
    LIST_FOREACH(thread, &process->threads, sibling)
        pending_drop(&thread->signals.pending, opposite);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/* Whose mask counts for a signal to the process; NULL: it has no thread yet. */
static struct thread *first_thread(const struct process *process)
{
    return process->leader ? process->leader : LIST_FIRST(&process->threads);
}

/* SIGKILL and SIGSTOP reach the init of a namespace only from outside of it, the first one's not at all. */
static bool signal_forced(const struct process *process, const struct signal_info *info)
{
    return process->numbers && (SIGMASK(info->signo) & SIGMASK_UNBLOCKABLE) && !info->pid;
}

/* The signal would do nothing and is not kept: ignored and not blocked. Defaults do not touch init. */
static bool signal_dropped(const struct process *process, const struct thread *thread, sigmask_t mask)
{
    const struct signals *s = &process->signals;

    if (thread->signals.blocked & mask)
        return false;
    if (s->ignored & mask)
        return true;
    return !(s->caught & mask) && ((mask & SIGMASK_IGNORE) || process_is_init(process));
}

static bool signal_takes(const struct thread *thread, sigmask_t mask)
{
    return !(thread->signals.blocked & mask) || (thread->signals.wanted & mask);
}

/* A thread that will act on the signal, the first one of the process if it does; or NULL: all block it. */
static struct thread *signal_taker(struct process *process, sigmask_t mask)
{
    struct thread *thread;

    if (process->leader && signal_takes(process->leader, mask))
        return process->leader;
    LIST_FOREACH(thread, &process->threads, sibling)
        if (signal_takes(thread, mask))
            return thread;
    return NULL;
}

bool signal_stops(const struct process *process, int sig)
{
    return sig == SIGSTOP || !group_orphaned(process->member.group);
}

/*
 * The default action, done at once where it is certain: the signal is not caught, not ignored, and a thread takes it.
 * Returns whether it was.
 */
static bool signal_default(struct process *process, int sig)
{
    sigmask_t mask = SIGMASK(sig);

    if ((process->signals.caught | SIGMASK_IGNORE) & mask)
        return false;
    if (process->signals.stopped && sig != SIGKILL)
        return (mask & SIGMASK_STOP) != 0;
    if (!(mask & SIGMASK_STOP))
        process_exit(process, sig);
    else if (signal_stops(process, sig))
        process_stop(process, sig);
    return true;
}

static long signal_queue(struct process *process, struct signal_pending *pending, const struct signal_info *info)
{
    uint64_t limit = process->limits->limit[RLIMIT_SIGPENDING].rlim_cur;

    if (!pending_add(pending, info, limit) && info->signo >= SIGRTMIN && info->code < 0)
        return -EAGAIN;
    return 0;
}

static void signal_act(struct process *process, struct thread *taker, int sig)
{
    if (taker && (taker->signals.wanted & SIGMASK(sig)))
        waiter_restart(taker);
    else if (taker)
        thread_notify(taker, sig);
    if (sig == SIGCONT)
        process_continue(process);
}

/* As the process sees the sender, whose number and user are those in the first namespaces. */
static const struct signal_info *info_translate(const struct process *process, const struct signal_info *info,
                                                struct signal_info *seen)
{
    const struct process *sender = info->code <= 0 ? process_by_pid((uint32_t)info->pid) : NULL;

    *seen = *info;
    if (info->code <= 0 && info->code != SI_TIMER) {
        seen->pid = sender ? (int32_t)process_number(process, sender) : 0;
        seen->uid = uid_seen(process, info->uid);
    }
    return seen;
}

/* target NULL: the process. */
static long signal_put(struct process *process, struct thread *target, const struct signal_info *info)
{
    int sig = info->signo;
    sigmask_t mask = SIGMASK(sig);
    struct thread *taker, *first = target ? target : first_thread(process);
    struct signal_info seen;
    bool here;
    long err;

    if (process_dead(process) || !first)
        return 0;
    if (process->numbers || process->cred->user != &user_first.ns)
        info = info_translate(process, info, &seen);
    drop_opposite(process, sig);
    if (signal_dropped(process, first, mask) && !signal_forced(process, info)) {
        if (sig == SIGCONT)
            process_continue(process);
        return 0;
    }
    taker = target ? target : signal_taker(process, mask);
    here = taker && signal_takes(taker, mask);
    if (here && !(taker->signals.wanted & mask) && signal_default(process, sig))
        return 0;

    err = signal_queue(process, target ? &target->signals.pending : &process->signals.pending, info);
    signalfd_changed(process);
    if (!err)
        signal_act(process, here ? taker : NULL, sig);
    return err;
}

static struct signal_info of_kernel(int sig)
{
    return (struct signal_info){ .signo = sig, .code = SI_KERNEL };
}

long signal_send(struct process *process, int sig, const struct signal_info *info)
{
    struct signal_info kernel = of_kernel(sig);

    return signal_put(process, NULL, info ? info : &kernel);
}

long signal_send_thread(struct thread *thread, int sig, const struct signal_info *info)
{
    struct signal_info kernel = of_kernel(sig);

    return signal_put(thread->process, thread, info ? info : &kernel);
}

long signal_send_group(uint32_t pgrp, int sig, const struct signal_info *info)
{
    struct group_walk walk = group_walk(pgrp);
    struct process *process;
    long result = -ESRCH;

    while ((process = group_walk_next(&walk))) {
        signal_send(process, sig, info);
        result = 0;
    }
    return result;
}

void signal_child(struct process *parent, struct process *child, int sig, int code, int status)
{
    bool ended = code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED;
    struct signal_info info = { .signo = sig, .code = code };

    if (!parent || !sig || process_dead(parent) || !first_thread(parent))
        return;
    if (!ended && (signals_flags(&parent->signals, SIGCHLD) & SA_NOCLDSTOP))
        return;
    if (signal_dropped(parent, first_thread(parent), SIGMASK(sig)))
        return;
    info.pid = (int32_t)process_number(parent, child);
    info.uid = uid_seen(parent, child->cred->uid);
    info.status = status;
    info.utime = (int64_t)clock_ticks_100hz(usage_ticks(child));
    signal_send(parent, sig, &info);
}
