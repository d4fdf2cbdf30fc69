/*
 * Signals, the sending side: dispositions (signals_*), signal_send and its like, stopping and continuing a process.
 * Delivery is in deliver.c, the system calls in sigcalls.c.
 *
 * Invariants: a process with `stopped` set has no thread that executes user instructions: each waits, is parked, or has
 * an attention. A table of actions that several processes have is never written.
 */
#include "servers/proc/signal.h"
#include "servers/proc/cache.h"
#include "servers/proc/clock.h"
#include "servers/proc/cred.h"
#include "servers/proc/deliver.h"
#include "servers/proc/limits.h"
#include "servers/proc/process.h"
#include "servers/proc/session.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/proc.h"
#include "servers/protocol/vfs.h"
#include <string.h>

static struct cache tables = CACHE(struct signal_actions, 4);

/* ---- dispositions -------------------------------------------------------------------------------------------------------- */

static void actions_put(struct signal_actions *actions)
{
    if (actions && --actions->refs == 0)
        cache_give(&tables, actions);
}

void signals_init(struct signals *s)
{
    memset(s, 0, sizeof(*s));
    s->ring = s;
    pending_init(&s->pending);
}

void signals_fork(struct signals *child, struct signals *parent, bool share)
{
    child->ignored = parent->ignored;
    child->caught = parent->caught;
    child->actions = parent->actions;
    if (child->actions)
        child->actions->refs++;
    child->ring = child;
    if (share) {
        child->ring = parent->ring;
        parent->ring = child;
    }
    pending_init(&child->pending);
    child->stopped = child->stop_report = 0;
    child->continue_report = false;
}

/* The others of the ring have what this one has. */
static void ring_follow(struct signals *s)
{
    for (struct signals *other = s->ring; other != s; other = other->ring) {
        actions_put(other->actions);
        other->actions = s->actions;
        if (other->actions)
            other->actions->refs++;
        other->ignored = s->ignored;
        other->caught = s->caught;
    }
}

static void ring_leave(struct signals *s)
{
    struct signals *before = s;

    while (before->ring != s)
        before = before->ring;
    before->ring = s->ring;
    s->ring = s;
}

void signals_clear_handlers(struct signals *s)
{
    s->caught = 0;
    actions_put(s->actions);
    s->actions = NULL;
}

void signals_exec(struct process *process, struct thread *thread)
{
    struct signals *s = &process->signals;

    if (s->ring != s)
        ring_leave(s);
    signals_clear_handlers(s);
    thread->signals.alt_sp = thread->signals.alt_size = 0;
    thread->signals.alt_flags = 0;
}

void signals_free(struct signals *s)
{
    if (s->ring != s)
        ring_leave(s);
    signals_clear_handlers(s);
    pending_drop(&s->pending, ~0UL);
}

void thread_signals_init(struct thread_signals *s)
{
    memset(s, 0, sizeof(*s));
    pending_init(&s->pending);
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

static uint64_t plain_handler(const struct signals *s, int sig)
{
    return s->ignored & SIGMASK(sig) ? (uint64_t)SIG_IGN : (uint64_t)SIG_DFL;
}

void signals_action(const struct signals *s, int sig, struct signal_action *action)
{
    if (s->actions)
        *action = s->actions->action[sig - 1];
    else
        *action = (struct signal_action){ .handler = plain_handler(s, sig) };
}

/* The table, there and this process's alone (or its ring's); NULL if memory is exhausted. */
static struct signal_actions *actions_own(struct signals *s)
{
    struct signal_actions *own;

    if (s->actions && s->actions->refs == 1)
        return s->actions;
    own = cache_take(&tables);
    if (!own)
        return NULL;
    if (s->actions) {
        *own = *s->actions;
        actions_put(s->actions);
    } else {
        memset(own, 0, sizeof(*own));
        for (int sig = 1; sig <= SIGNALS; sig++)
            own->action[sig - 1].handler = plain_handler(s, sig);
    }
    own->refs = 1;
    s->actions = own;
    return own;
}

long signals_set_action(struct signals *s, int sig, const struct signal_action *action)
{
    bool plain = action->handler <= (uint64_t)SIG_IGN && !action->flags && !action->mask;
    sigmask_t mask = SIGMASK(sig);

    if (s->actions || !plain) {
        struct signal_actions *own = actions_own(s);

        if (!own)
            return -ENOMEM;
        own->action[sig - 1] = *action;
    }
    s->ignored &= ~mask;
    s->caught &= ~mask;
    if (action->handler == (uint64_t)SIG_IGN)
        s->ignored |= mask;
    else if (action->handler != (uint64_t)SIG_DFL)
        s->caught |= mask;
    ring_follow(s);
    return 0;
}

static uint64_t action_flags(const struct signals *s, int sig)
{
    return s->actions ? s->actions->action[sig - 1].flags : 0;
}

bool signals_no_zombies(const struct signals *s)
{
    return (s->ignored & SIGMASK(SIGCHLD)) || (action_flags(s, SIGCHLD) & SA_NOCLDWAIT);
}

/* ---- reaching a thread ----------------------------------------------------------------------------------------------------- */

bool signal_deliverable(const struct thread *thread)
{
    const struct thread_signals *s = &thread->signals;

    return ((s->pending.set | thread->process->signals.pending.set) & ~s->blocked) != 0;
}

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
        thread_attend(thread, action_flags(&thread->process->signals, sig) & SA_RESTART);
    else if (thread->waiter.restart == WAITER_DEAF)
        tine_thread_attention(thread->cap);
    else
        signal_interrupt(thread);
}

/* ---- stop and continue ------------------------------------------------------------------------------------------------------- */

void process_stop(struct process *process, int sig)
{
    struct thread *thread;

    process->signals.stopped = (uint8_t)sig;
    process->signals.stop_report = (uint8_t)sig;
    process->signals.continue_report = false;
    LIST_FOREACH(thread, &process->threads, sibling) {
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

/* ---- sending ------------------------------------------------------------------------------------------------------------------ */

static bool process_is_init(const struct process *process)
{
    return process->pid == 1;
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

/* A thread that will act on the signal, or NULL: all block it. */
static struct thread *signal_taker(struct process *process, sigmask_t mask)
{
    struct thread *thread;

    LIST_FOREACH(thread, &process->threads, sibling)
        if (!(thread->signals.blocked & mask) || (thread->signals.wanted & mask))
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

/* target NULL: the process. */
static long signal_put(struct process *process, struct thread *target, const struct signal_info *info)
{
    int sig = info->signo;
    sigmask_t mask = SIGMASK(sig);
    struct thread *taker, *first = target ? target : LIST_FIRST(&process->threads);
    bool here;
    long err;

    if (process_dead(process) || !first)
        return 0;
    drop_opposite(process, sig);
    if (signal_dropped(process, first, mask)) {
        if (sig == SIGCONT)
            process_continue(process);
        return 0;
    }
    taker = target ? target : signal_taker(process, mask);
    here = taker && (!(taker->signals.blocked & mask) || (taker->signals.wanted & mask));
    if (here && !(taker->signals.wanted & mask) && signal_default(process, sig))
        return 0;

    err = signal_queue(process, target ? &target->signals.pending : &process->signals.pending, info);
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
    struct group *group = group_find(pgrp);
    struct group_member *member, *next;

    if (!group)
        return -ESRCH;
    for (member = LIST_FIRST(&group->members); member; member = next) {
        next = LIST_NEXT(member, entry);
        signal_send(member_process(member), sig, info);
    }
    return 0;
}

void signal_child(struct process *parent, struct process *child, int sig, int code, int status)
{
    bool ended = code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED;
    struct signal_info info = { .signo = sig, .code = code };

    if (!parent || !sig || process_dead(parent) || !LIST_FIRST(&parent->threads))
        return;
    if (!ended && (action_flags(&parent->signals, SIGCHLD) & SA_NOCLDSTOP))
        return;
    if (signal_dropped(parent, LIST_FIRST(&parent->threads), SIGMASK(sig)))
        return;
    info.pid = (int32_t)child->pid;
    info.uid = child->cred->uid;
    info.status = status;
    info.utime = (int64_t)clock_ticks_100hz(usage_ticks(child));
    signal_send(parent, sig, &info);
}
