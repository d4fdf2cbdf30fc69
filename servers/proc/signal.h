/*
 * Signals: dispositions, masks, what is pending, and how a signal reaches its thread. See signal(7).
 *
 * A signal is sent (signal_send_*): ignored signals are dropped, fatal ones end the process on the spot, others are
 * queued and a thread is picked that does not block them. If that thread waits in proc, its wait ends and the signal is
 * delivered at once; otherwise proc sets the thread's *attention* and ends its wait in vfs, if any, and the kernel
 * brings it to signal_attention() before its next user instruction. Delivery (signal_deliver) acts on the default or
 * builds the handler's frame (sigframe.h).
 *
 * A stopped process keeps running in the kernel's eyes: its threads come with an attention and are kept here (parked)
 * until SIGCONT.
 *
 * Dispositions: `ignored` and `caught` answer every question that is asked often. The table of actions exists only if
 * an action is neither plain SIG_DFL nor plain SIG_IGN, and is shared copy-on-write, so that fork copies three words.
 */
#ifndef PROC_SIGNAL_H
#define PROC_SIGNAL_H

#include "servers/proc/signal_queue.h"
#include "servers/proc/waiter.h"

struct process;
struct thread;

/* struct sigaction as the kernel ABI of riscv64 has it: no restorer. */
struct signal_action {
    uint64_t handler;
    uint64_t flags;
    sigmask_t mask;
};

struct signal_actions {
    unsigned refs; /* processes that have this table, copy-on-write */
    struct signal_action action[SIGNALS];
};

/* Of a process; struct process embeds it as `signals`. */
struct signals {
    sigmask_t ignored;              /* SIG_IGN was set */
    sigmask_t caught;               /* has a handler */
    struct signal_actions *actions; /* NULL: all are plain SIG_DFL or SIG_IGN */
    struct signals *ring;           /* processes that share dispositions for good (CLONE_SIGHAND), or itself */
    struct signal_pending pending;  /* to the process */
    uint8_t stopped;                /* the signal that stopped it, 0: runs */
    uint8_t stop_report;            /* a stop that wait4(WUNTRACED) has not seen yet: its signal */
    bool watched;                   /* may have a signalfd: signalfd.h */
    bool continue_report;           /* a continuation that wait4(WCONTINUED) has not seen yet */
};

/* Of a thread; struct thread embeds it as `signals`. */
struct thread_signals {
    sigmask_t blocked;
    sigmask_t saved;  /* put back when the call ends, if `restore` */
    sigmask_t wanted; /* sigtimedwait: accepted from there; 0 otherwise */
    bool restore;
    bool here;                     /* held by the call that is being dispatched, which ends with signal_return */
    cap_t parked;                  /* stopped: the reply object that holds it before a user instruction */
    struct signal_pending pending; /* to the thread alone */
    uint64_t alt_sp, alt_size;     /* sigaltstack */
    uint32_t alt_flags;            /* SS_DISABLE, SS_AUTODISARM */
};

/* ---- life of processes and threads ------------------------------------------------------------------------------- */

/* A fresh process: everything default, nothing pending. */
void signals_init(struct signals *s);

/* fork: the child inherits dispositions, nothing pending. `share`: CLONE_SIGHAND. O(1). */
void signals_fork(struct signals *child, struct signals *parent, bool share);

/* CLONE_CLEAR_SIGHAND, and part of exec: caught signals become default; the table goes. */
void signals_clear_handlers(struct signals *s);

/* exec: handlers to default, out of a CLONE_SIGHAND ring, alternate stack of the one thread off. Pending ones stay. */
void signals_exec(struct process *process, struct thread *thread);

/* Gives up everything the process or thread has queued. O(pending). */
void signals_free(struct signals *s);
void thread_signals_init(struct thread_signals *s);
void thread_signals_fork(struct thread_signals *child, const struct thread_signals *parent, bool keep_altstack);
void thread_signals_free(struct thread_signals *s);

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/*
 * To the process (any thread that does not block it), or to one thread. `info` may be NULL for a signal of the kernel
 * (SI_KERNEL). Never fails; a real-time signal beyond RLIMIT_SIGPENDING with SI_QUEUE gives -EAGAIN, and nothing was
 * sent. The target may be dead upon return, also when it is the caller: see process_dead().
 */
long signal_send(struct process *process, int sig, const struct signal_info *info);
long signal_send_thread(struct thread *thread, int sig, const struct signal_info *info);

/* To every process of the group; 0 if there was one, else -ESRCH. No check of permission. */
long signal_send_group(uint32_t pgrp, int sig, const struct signal_info *info);

/*
 * A fault of the thread's own making, held by call: SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP. Blocked or ignored means
 * death. Delivers at once and returns what dispatch shall return.
 */
long signal_fault(struct thread *self, struct call *call, int sig, int code, uint64_t addr);

/*
 * A child ended, stopped or went on: `sig` (SIGCHLD; 0: none) to its parent, with all of its siginfo. code: CLD_*. To
 * be called after a wait4 of the parent that this ends has been answered: such a wait is not interrupted by the signal.
 */
void signal_child(struct process *parent, struct process *child, int sig, int code, int status);

/* Nothing is to be kept of an ended child: SIGCHLD is ignored, or has SA_NOCLDWAIT. */
bool signals_no_zombies(const struct signals *s);

/* ---- delivery ---------------------------------------------------------------------------------------------------- */

/* Takes a signal that is pending to the thread, of the set `own`, or to its process, of the set `shared`, with what is
 * known of it: its number, 0: none. */
int signal_take(struct thread *thread, sigmask_t own, sigmask_t shared, struct signal_info *info);

/* The thread is held by call before a user instruction (label ATTENTION). */
long signal_attention(struct thread *self, struct call *call);

/*
 * The answer of a call that may have made a signal deliverable: delivers it with `value` as the call's result, or just
 * returns value. If the thread died, DEFERRED.
 */
long signal_return(struct thread *self, struct call *call, long value);

/* The call to answer a wait that found signal_deliverable() before it began: as if interrupted at once. */
long signal_interrupted(struct thread *self, struct call *call, enum waiter_restart restart);

/* rt_sigprocmask whose new mask the kernel has put into word 4 (TINE_ROUTE_FETCH). */
long sigprocmask_fetched(struct thread *self, struct call *call);

/* PROC_LABEL_PPOLL: the mask of a ppoll or pselect6 comes in force, and the client goes back to vfs. */
long signal_poll_mask(struct thread *self, struct call *call);

/* Of the process, for /proc/PID/status: signals pending to it. */
static inline sigmask_t signals_pending(const struct signals *s)
{
    return s->pending.set;
}

#endif
