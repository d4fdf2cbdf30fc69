/*
 * The end of threads and processes. Read process_exit: everything a process has goes at once, wherever its threads are;
 * what stays is a zombie, a struct with a number and a status. Then its children get another parent, and its own is
 * told.
 */
#include "servers/proc/exit.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/fork.h"
#include "servers/proc/ipc_sem.h"
#include "servers/proc/pid.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/wait.h"
#include "servers/protocol/linux.h"
#include <stdio.h>

int exit_code_of(int status)
{
    return (status & 0x7f) == 0 ? CLD_EXITED : status & 0x80 ? CLD_DUMPED : CLD_KILLED;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* set_tid_address(2): whoever shares the memory may be waiting there, pthread_join above all. */
static void clear_tid(const struct thread *thread)
{
    struct process *process = thread->process;
    uint32_t zero = 0;

    if (!thread->clear_child_tid || (process->thread_count == 1 && process->space->refs == 1))
        return;
    if (!user_write(process, thread->clear_child_tid, &zero, sizeof(zero)))
        futex_wake(process, thread->clear_child_tid, 1);
}

/* Its memory is still there. */
static void thread_end(struct thread *thread)
{
    struct process *process = thread->process;

    if (thread->futex.robust)
        futex_thread_exit(thread);
    clear_tid(thread);
    usage_destroy_thread(thread);
    waiter_drop(thread);
    thread_signals_free(&thread->signals);
    LIST_REMOVE(thread, sibling);
    process->thread_count--;
    if (thread->tid != process->pid)
        pid_free(thread->tid);
    numbers_put(thread->numbers);
    if (process->cgroup != &cgroup_root && process->thread_count)
        cgroup_discharge(process->cgroup, 1); /* the last one counts for the zombie */
    if (thread == process->leader)
        process->leader = NULL;
    thread_give(thread);
}

static void threads_end(struct process *process)
{
    struct thread *thread;

    while ((thread = LIST_FIRST(&process->threads)))
        thread_end(thread);
}

/* Its tables, if they are not its process's, which end with that. */
static void thread_files_end(const struct thread *thread)
{
    if (thread->client != thread->process->pid)
        vfs_exit(PROC_VFS, thread->client);
}

/* The thread may wait in vfs, which keeps a waiter for it until told otherwise. */
static void thread_end_alone(struct thread *thread)
{
    vfs_cancel(PROC_VFS, thread_vfs_badge(thread), -EINTR);
    thread_files_end(thread);
    thread_end(thread);
}

void threads_end_others(struct process *process, struct thread *survivor)
{
    struct thread *thread, *next;

    for (thread = LIST_FIRST(&process->threads); thread; thread = next) {
        next = LIST_NEXT(thread, sibling);
        if (thread != survivor)
            thread_end_alone(thread);
    }
}

void thread_exit(struct thread *thread, int status)
{
    struct process *process = thread->process;

    if (process->thread_count == 1) {
        /* As in Linux, the process ends with the status of its first thread. */
        process_exit(process, process->leader ? status : process->status);
        return;
    }
    if (thread == process->leader)
        process->status = status;
    thread_files_end(thread);
    thread_end(thread);
}

/* ---- family ------------------------------------------------------------------------------------------------------ */

/* Who takes the children in: the nearest ancestor that wants to, or the first process. */
static struct process *reaper_of(const struct process *process)
{
    struct process *ancestor = process->has_subreaper ? process->parent : NULL;

    while (ancestor && !(ancestor->subreaper && !process_dead(ancestor)))
        ancestor = ancestor->parent;
    if (ancestor && process_pid_namespace(ancestor) != process_pid_namespace(process))
        ancestor = NULL;
    return ancestor ? ancestor : pid_namespace_reaper(process);
}

static void child_adopt(struct process *child, struct process *reaper)
{
    struct thread *thread;

    child->parent = reaper;
    child->exit_signal = SIGCHLD;
    TAILQ_INSERT_TAIL(&reaper->children, child, sibling);
    LIST_FOREACH(thread, &child->threads, sibling)
        thread_set_ppid(thread);
    group_reparented(child);
    if (child->death_signal)
        signal_send(child, child->death_signal, NULL);
}

static int siginfo_status_of(int status)
{
    return (status & 0x7f) == 0 ? status >> 8 : status & 0x7f;
}

/*
 * The zombie's parent hears of it, and may reap it. Those who wait come first, so that the signal finds them running:
 * wait4 is not interrupted by its own news. The struct stays readable, its credentials and numbers by a reference.
 */
static void zombie_announce(struct process *zombie)
{
    struct process *parent = zombie->parent;
    int sig = zombie->exit_signal, status = zombie->status;
    struct cred *cred;
    struct pid_numbers *numbers;

    if (process_dead(parent))
        return;
    cred = cred_get(zombie->cred);
    numbers = numbers_get(zombie->numbers);
    if (sig == SIGCHLD && signals_no_zombies(&parent->signals))
        process_reap(zombie);
    if (!LIST_EMPTY(&parent->waiting))
        wait_retry(parent);
    if (sig)
        signal_child(parent, zombie, sig, exit_code_of(status), siginfo_status_of(status));
    cred_put(cred);
    numbers_put(numbers);
}

static void zombie_adopt(struct process *zombie, struct process *reaper)
{
    zombie->parent = reaper;
    zombie->exit_signal = SIGCHLD;
    TAILQ_INSERT_TAIL(&reaper->zombies, zombie, sibling);
    group_reparented(zombie);
    zombie_announce(zombie);
}

/* What nobody can start any more vanishes, and nobody hears of it. */
static void embryos_end(struct process *process)
{
    struct process *child, *next;

    for (child = TAILQ_FIRST(&process->children); child; child = next) {
        next = TAILQ_NEXT(child, sibling);
        if (!child->embryo)
            continue;
        process_exit(child, SIGKILL);
        process_reap(child);
    }
}

static bool was_init(const struct process *process)
{
    return process_number(process, process) == 1;
}

static void children_leave(struct process *process)
{
    struct process *reaper, *child;

    if (TAILQ_EMPTY(&process->children) && TAILQ_EMPTY(&process->zombies))
        return;
    embryos_end(process);
    if (process->numbers && was_init(process)) {
        /* All that is left are those who ended with it. */
        while ((child = TAILQ_FIRST(&process->zombies)))
            process_reap(child);
        return;
    }
    reaper = reaper_of(process);
    while ((child = TAILQ_FIRST(&process->children))) {
        TAILQ_REMOVE(&process->children, child, sibling);
        child_adopt(child, reaper);
    }
    while ((child = TAILQ_FIRST(&process->zombies))) {
        TAILQ_REMOVE(&process->zombies, child, sibling);
        zombie_adopt(child, reaper);
    }
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

/* There is nothing left to run for: the machine goes down with init's status. */
static void init_exit(int status)
{
    int code = (status & 0x7f) ? 128 + (status & 0x7f) : status >> 8;

    if (status & 0x7f)
        printf("proc: init was killed by signal %d\n", status & 0x7f);
    else
        printf("proc: init exited with status %d\n", code);
    tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_OFF, code);
}

/* Everything is closed before the parent hears of the end. While it waits it will reap at once: then the number need
 * not show as a zombie's, which would take a second message. */
static void files_end(struct process *process)
{
    struct process *parent = process->parent;

    process->listed = LIST_EMPTY(&parent->waiting) && !signals_no_zombies(&parent->signals);
    if (process->listed)
        vfs_zombie(PROC_VFS, process->pid);
    else
        vfs_exit(PROC_VFS, process->pid);
}

/* Whoever waited did not wait for this process: it is a zombie after all. */
static void zombie_show(uint32_t pid)
{
    struct process *process = process_by_pid(pid);

    if (!process || !process_dead(process) || process->listed)
        return;
    process->listed = true;
    if (!vfs_zombie(PROC_VFS, pid) && process->numbers)
        numbers_tell(process);
}

void process_exit(struct process *process, int status)
{
    struct space *space = process->space;
    uint32_t pid = process->pid;

    if (process_dead(process))
        return;
    if (process->pid == 1)
        init_exit(status);
    process->state = PROCESS_ZOMBIE;
    process->embryo = false;
    process->status = status;
    itimers_stop(&process->timers);
    posix_timers_end(&process->posix_timers);
    threads_end(process);
    process->space = NULL;
    if (process->vfork_parent)
        vfork_done(process);
    space_put(space);
    if (process->sem_undos)
        sem_undos_end(process);
    files_end(process);
    group_exit(process);
    cgroup_end(process);
    if (process->numbers)
        pid_namespace_end(process);
    children_leave(process);
    signals_free(&process->signals);
    TAILQ_REMOVE(&process->parent->children, process, sibling);
    TAILQ_INSERT_TAIL(&process->parent->zombies, process, sibling);
    zombie_announce(process);
    zombie_show(pid);
}

void process_reap(struct process *process)
{
    if (process->listed)
        vfs_exit(PROC_VFS, process->pid);
    TAILQ_REMOVE(&process->parent->zombies, process, sibling);
    group_leave(process);
    pid_free(process->pid);
    numbers_put(process->numbers);
    cgroup_leave(process);
    cred_put(process->cred);
    limits_put(process->limits);
    namespace_set_put(process->set);
    process_give(process);
}

/* exit_group(2) */
long sys_exit_group(struct thread *self, struct call *call)
{
    process_exit(self->process, (int)(call->m.w[0] & 0xff) << 8);
    return DEFERRED;
}

/* exit(2) of one thread */
long sys_exit(struct thread *self, struct call *call)
{
    thread_exit(self, (int)(call->m.w[0] & 0xff) << 8);
    return DEFERRED;
}
