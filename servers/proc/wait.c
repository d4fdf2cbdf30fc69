/*
 * wait4 and waitid: wait_begin, wait_look, wait_report. A zombie is reaped before its status is written: an address
 * that is not there loses it, as in Linux.
 */
#include "servers/proc/wait.h"
#include "servers/proc/exit.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/vfs.h"
#include <linux/wait.h>
#include <string.h>

/* What was found: a child, and which of its states. */
struct found {
    struct process *child; /* NULL: nothing yet */
    int code;              /* CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_STOPPED, CLD_CONTINUED */
    int status;            /* as wait4 reports it */
};

/* ---- looking ----------------------------------------------------------------------------------------------------- */

/* Children that announce their end by another signal than SIGCHLD are waited for only on request: __WCLONE, __WALL. */
static bool waits_for(const struct wait_for *w, const struct process *child)
{
    bool clone = child->exit_signal != SIGCHLD;

    if (child->embryo)
        return false; /* it has not begun to live */
    if (!(w->options & __WALL) && clone != !!(w->options & __WCLONE))
        return false;
    return w->which == WAIT_ANY || (w->which == WAIT_PID ? child->pid == w->id : process_pgrp(child) == w->id);
}

static bool zombie_found(const struct wait_for *w, struct process *child, struct found *found)
{
    if (!(w->options & WEXITED))
        return false;
    found->child = child;
    found->status = child->status;
    found->code = exit_code_of(child->status);
    return true;
}

static bool stop_found(const struct wait_for *w, struct process *child, struct found *found)
{
    const struct signals *s = &child->signals;

    if ((w->options & WUNTRACED) && s->stop_report)
        *found = (struct found){ child, CLD_STOPPED, s->stop_report << 8 | 0x7f };
    else if ((w->options & WCONTINUED) && s->continue_report)
        *found = (struct found){ child, CLD_CONTINUED, 0xffff };
    return found->child != NULL;
}

/* Looks at one child, if there is one to wait for: whether there is. */
static bool look_at(const struct wait_for *w, struct process *child, struct found *found)
{
    if (!waits_for(w, child))
        return false;
    if (child->state == PROCESS_ZOMBIE)
        zombie_found(w, child, found);
    else
        stop_found(w, child, found);
    return true;
}

static bool look_at_pid(const struct process *parent, const struct wait_for *w, struct found *found)
{
    struct process *child = process_by_pid(w->id);

    return child && child->parent == parent && look_at(w, child, found);
}

/* The list up to the first that can be reported, or, if none can for sure, to the first that may some day. */
static bool look_at_list(const struct process_list *list, const struct wait_for *w, bool report, struct found *found)
{
    struct process *child;
    bool any = false;

    TAILQ_FOREACH(child, list, sibling)
    {
        any |= look_at(w, child, found);
        if (found->child || (any && !report))
            break;
    }
    return any;
}

/* 0 if there is a child to wait for, with *found if it has something to report; else -ECHILD. */
static long wait_look(const struct process *parent, const struct wait_for *w, struct found *found)
{
    bool stops = w->options & (WUNTRACED | WCONTINUED), any;

    found->child = NULL;
    if (w->which == WAIT_PID) {
        any = look_at_pid(parent, w, found);
    } else {
        any = look_at_list(&parent->zombies, w, w->options & WEXITED, found);
        if (!found->child && (!any || stops))
            any |= look_at_list(&parent->children, w, stops, found);
    }
    return any ? 0 : -ECHILD;
}

/* ---- reporting --------------------------------------------------------------------------------------------------- */

static int siginfo_status(const struct found *found)
{
    switch (found->code) {
    case CLD_EXITED:
        return found->status >> 8;
    case CLD_STOPPED:
        return found->status >> 8;
    case CLD_CONTINUED:
        return SIGCONT;
    default:
        return found->status & 0x7f;
    }
}

/* The first 48 bytes are all that waitid sets; the C library has cleared the rest. */
static long write_info(struct process *self, uint64_t addr, const struct found *found, uint32_t pid, uint32_t uid)
{
    struct signal_info info = { 0 };

    if (!addr)
        return 0;
    if (pid) {
        info.signo = SIGCHLD;
        info.code = found->code;
        info.pid = (int32_t)pid;
        info.uid = uid;
        info.status = siginfo_status(found);
    }
    return user_write(self, addr, &info, offsetof(struct signal_info, utime));
}

/* Takes the news from the child, unless WNOWAIT leaves it to be found again. */
static void consume(struct process *parent, const struct wait_for *w, const struct found *found)
{
    struct process *child = found->child;

    if (w->options & WNOWAIT)
        return;
    if (found->code == CLD_STOPPED) {
        child->signals.stop_report = 0;
    } else if (found->code == CLD_CONTINUED) {
        child->signals.continue_report = false;
    } else {
        usage_reap(parent, child);
        process_reap(child);
    }
}

/* What the caller gets for it: the pid, or 0 from waitid; -EFAULT. */
static long wait_report(struct process *self, const struct wait_for *w, const struct found *found)
{
    uint32_t pid = process_number(self, found->child), uid = uid_seen(self, found->child->cred->uid);
    struct rusage rusage;
    long err = 0;

    if (w->rusage)
        usage_report(&found->child->usage, &rusage);
    consume(self, w, found);
    if (w->rusage)
        err = user_write(self, w->rusage, &rusage, sizeof(rusage));
    if (w->info)
        err = write_info(self, w->status, found, pid, uid) ? -EFAULT : err;
    else if (w->status)
        err = user_write(self, w->status, &found->status, sizeof(found->status)) ? -EFAULT : err;
    if (err)
        return err;
    return w->info ? 0 : (long)pid;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void wait_leave(struct thread *thread)
{
    LIST_REMOVE(thread, waiting);
}

void wait_retry(struct process *parent)
{
    struct thread *thread, *next;
    struct found found;
    long err;

    for (thread = LIST_FIRST(&parent->waiting); thread; thread = next) {
        next = LIST_NEXT(thread, waiting);
        err = wait_look(parent, &thread->wait, &found);
        if (err)
            waiter_answer(thread, err);
        else if (found.child)
            waiter_answer(thread, wait_report(parent, &thread->wait, &found));
    }
}

void process_state_changed(struct process *process)
{
    if (process->parent)
        wait_retry(process->parent);
}

static long wait_begin(struct thread *self, struct call *call, const struct wait_for *w)
{
    struct process *process = self->process;
    struct found found;
    long err = wait_look(process, w, &found);

    if (err)
        return err;
    if (found.child)
        return wait_report(process, w, &found);
    if (w->options & WNOHANG)
        return w->info && write_info(process, w->status, &found, 0, 0) ? -EFAULT : 0;
    if (signal_deliverable(self))
        return signal_interrupted(self, call, WAITER_SYS);
    err = waiter_begin(self, call, WAITER_SYS, wait_leave);
    if (err != DEFERRED)
        return err;
    self->wait = *w;
    LIST_INSERT_HEAD(&process->waiting, self, waiting);
    return DEFERRED;
}

#define WAIT4_OPTIONS (WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS (WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)

/* wait4(2) */
long sys_wait4(struct thread *self, struct call *call)
{
    int pid = (int)call->m.w[0], options = (int)call->m.w[2];
    struct wait_for w = { .options = (unsigned)options | WEXITED, .status = call->m.w[1], .rusage = call->m.w[3] };

    if (options & ~WAIT4_OPTIONS)
        return -EINVAL;
    if (pid == INT32_MIN)
        return -ESRCH;
    if (pid > 0) {
        w.which = WAIT_PID;
        w.id = number_global(self->process, (uint32_t)pid);
    } else if (pid != -1) {
        w.which = WAIT_GROUP;
        w.id = pid ? number_global(self->process, (uint32_t)-pid) : process_pgrp(self->process);
    }
    return wait_begin(self, call, &w);
}

/* waitid(2) */
long sys_waitid(struct thread *self, struct call *call)
{
    int id = (int)call->m.w[1];
    unsigned options = (unsigned)call->m.w[3];
    struct wait_for w = { .options = options, .info = true, .status = call->m.w[2], .rusage = call->m.w[4] };

    if ((options & ~(unsigned)WAITID_OPTIONS) || !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    switch ((int)call->m.w[0]) {
    case P_ALL:
        break;
    case P_PID:
        w.which = WAIT_PID;
        if (id <= 0)
            return -EINVAL;
        id = (int)number_global(self->process, (uint32_t)id);
        break;
    case P_PIDFD:
        w.which = WAIT_PID;
        id = (int)vfs_pidfd_number(PROC_VFS, self->client, id, false);
        if (id < 0)
            return id == -ESRCH ? -ECHILD : id;
        break;
    case P_PGID:
        w.which = WAIT_GROUP;
        if (id < 0)
            return -EINVAL;
        id = (int)(id ? number_global(self->process, (uint32_t)id) : process_pgrp(self->process));
        break;
    default:
        return -EINVAL;
    }
    w.id = (uint32_t)id;
    return wait_begin(self, call, &w);
}
