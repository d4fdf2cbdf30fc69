/*
 * Signals, the receiving side: signal_attention, signal_return, signal_interrupt. All come to signal_deliver, which
 * takes pending signals one by one until none is left that is not blocked; handlers thus nest, the last one taken runs
 * first, as in Linux.
 */
#include "servers/proc/deliver.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/signalfd.h"
#include "servers/proc/sigframe.h"
#include "servers/protocol/linux.h"

/* Where the thread stands, and so what its handler returns to. */
struct stand {
    enum { AT_INSTRUCTION, AT_RESULT, AT_INTERRUPTION } at;
    long result;                 /* AT_RESULT: of the call that is complete */
    enum waiter_restart restart; /* AT_INTERRUPTION: of the call that is not */
};

enum delivered { DELIVERED_NOTHING, DELIVERED_HANDLER, DELIVERED_DEATH };

/* What the first handler shall return to: behind the call, whose result this is, or null: where the thread stands. */
static const long *stand_result(const struct stand *stand, uint64_t flags)
{
    static const long interrupted = -EINTR;
    bool again = stand->restart == WAITER_SYS && (flags & SA_RESTART);

    if (stand->at == AT_INSTRUCTION || (stand->at == AT_INTERRUPTION && again))
        return NULL;
    return stand->at == AT_RESULT ? &stand->result : &interrupted;
}

int signal_take(struct thread *thread, sigmask_t own, sigmask_t shared, struct signal_info *info)
{
    int sig = pending_take(&thread->signals.pending, own, info);

    if (!sig)
        sig = pending_take(&thread->process->signals.pending, shared, info);
    if (sig && info->code == SI_TIMER)
        posix_timer_taken(thread->process, info);
    return sig;
}

/* No handler: returns false if the signal ended the process. */
static bool default_action(struct process *process, int sig)
{
    sigmask_t mask = SIGMASK(sig);

    if ((mask & SIGMASK_IGNORE) || process_is_init(process))
        return true;
    if (!(mask & SIGMASK_STOP)) {
        process_exit(process, sig);
        return false;
    }
    if (signal_stops(process, sig))
        process_stop(process, sig);
    return true;
}

/* The frame cannot be written: SIGSEGV, to its handler if that may have another stack, else the end. */
static bool frame_failed(struct thread *thread, int sig)
{
    struct process *process = thread->process;
    struct signal_info info = { .signo = SIGSEGV, .code = SI_KERNEL };

    if (sig == SIGSEGV || !(process->signals.caught & ~thread->signals.blocked & SIGMASK(SIGSEGV))) {
        process_exit(process, SIGSEGV);
        return false;
    }
    pending_add(&thread->signals.pending, &info, ~0UL);
    return true;
}

static void mask_for_handler(struct thread *thread, int sig, struct signal_action *action)
{
    struct thread_signals *s = &thread->signals;

    s->restore = false;
    s->blocked |= action->mask;
    if (!(action->flags & SA_NODEFER))
        s->blocked |= SIGMASK(sig);
    s->blocked &= ~SIGMASK_UNBLOCKABLE;
    if (action->flags & SA_RESETHAND) {
        action->handler = (uint64_t)SIG_DFL;
        signals_set_action(&thread->process->signals, sig, action);
    }
}

/* Takes one signal to its handler, or instead makes SIGSEGV pending, or ends the process. */
static enum delivered handle(struct thread *thread, struct signal_action *action, const struct signal_info *info,
                             const long *result)
{
    struct thread_signals *s = &thread->signals;

    if (sigframe_push(thread, action, info, s->restore ? s->saved : s->blocked, result))
        return frame_failed(thread, info->signo) ? DELIVERED_NOTHING : DELIVERED_DEATH;
    mask_for_handler(thread, info->signo, action);
    return DELIVERED_HANDLER;
}

/* Nothing is left to act on: a mask that was for the call alone ends with it. Returns whether there was one. */
static bool mask_restored(struct thread_signals *s)
{
    if (!s->restore)
        return false;
    s->restore = false;
    s->blocked = s->saved;
    return true;
}

static enum delivered deliver_all(struct thread *thread, const struct stand *stand)
{
    struct process *process = thread->process;
    struct signal_info info;
    struct signal_action action;
    enum delivered delivered = DELIVERED_NOTHING, last;
    int sig;

    while (!process->signals.stopped) {
        if (!signal_deliverable(thread)) {
            if (mask_restored(&thread->signals))
                continue;
            break;
        }
        sig = signal_take(thread, ~thread->signals.blocked, signal_share(thread), &info);
        signalfd_changed(process);
        signals_action(&process->signals, sig, &action);
        if (action.handler == (uint64_t)SIG_IGN)
            continue;
        if (action.handler == (uint64_t)SIG_DFL) {
            if (!default_action(process, sig))
                return DELIVERED_DEATH;
            continue;
        }
        last = handle(thread, &action, &info, delivered ? NULL : stand_result(stand, action.flags));
        if (last == DELIVERED_DEATH)
            return last;
        if (last == DELIVERED_HANDLER)
            delivered = last;
    }
    return delivered;
}

/* The thread is held by proc; nobody else shall go looking for it meanwhile. */
static enum delivered signal_deliver(struct thread *thread, const struct stand *stand)
{
    enum delivered delivered;

    thread->signals.here = true;
    delivered = deliver_all(thread, stand);
    thread->signals.here = false;
    return delivered;
}

/* ---- where threads come from ------------------------------------------------------------------------------------- */

/* Keeps a thread of a stopped process before its next user instruction. */
static long signal_park(struct thread *self, struct call *call)
{
    cap_t reply = call_keep(call);

    if (!reply) {
        /* It comes again: slow, but it does not run. */
        tine_thread_attention(self->cap);
        return RESTARTED;
    }
    self->signals.parked = reply;
    return DEFERRED;
}

long signal_attention(struct thread *self, struct call *call)
{
    static const struct stand before = { .at = AT_INSTRUCTION };
    struct process *process = self->process;

    if (signal_deliver(self, &before) == DELIVERED_DEATH)
        return DEFERRED;
    return process->signals.stopped ? signal_park(self, call) : RESTARTED;
}

long signal_return(struct thread *self, struct call *call, long value)
{
    struct stand stand = { .at = AT_RESULT, .result = value };

    (void)call;
    self->signals.here = false;
    if (thread_dead(self))
        return DEFERRED;
    if (!signal_deliverable(self))
        return value;
    switch (signal_deliver(self, &stand)) {
    case DELIVERED_DEATH:
        return DEFERRED;
    case DELIVERED_HANDLER:
        return RESTARTED;
    default:
        return value;
    }
}

long signal_interrupted(struct thread *self, struct call *call, enum waiter_restart restart)
{
    struct stand stand = { .at = AT_INTERRUPTION, .restart = restart };

    (void)call;
    return signal_deliver(self, &stand) == DELIVERED_DEATH ? DEFERRED : RESTARTED;
}

void signal_interrupt(struct thread *thread)
{
    struct stand stand = { .at = AT_INTERRUPTION, .restart = thread->waiter.restart };
    cap_t reply = waiter_take(thread);

    if (signal_deliver(thread, &stand) == DELIVERED_DEATH)
        reply_give(reply);
    else
        reply_restart(reply);
}

void signal_unpark(struct thread *thread)
{
    static const struct stand before = { .at = AT_INSTRUCTION };
    cap_t reply = thread->signals.parked;

    thread->signals.parked = 0;
    if (signal_deliver(thread, &before) == DELIVERED_DEATH) {
        reply_give(reply);
    } else if (thread->process->signals.stopped) {
        thread->signals.parked = reply;
    } else {
        reply_restart(reply);
    }
}

long signal_fault(struct thread *self, struct call *call, int sig, int code, uint64_t addr)
{
    struct signals *s = &self->process->signals;
    struct signal_info info = { .signo = sig, .code = code, .addr = addr };

    if (!(s->caught & ~self->signals.blocked & SIGMASK(sig))) {
        process_exit(self->process, sig);
        return DEFERRED;
    }
    pending_add(&self->signals.pending, &info, ~0UL);
    return signal_attention(self, call);
}
