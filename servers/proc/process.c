/* The tables of processes and threads: making the structs, joining, finding the next. Ending is in exit.c. */
#include "servers/proc/process.h"
#include "servers/proc/cache.h"
#include "servers/protocol/linux.h"

unsigned process_count, thread_count;

static struct cache processes = CACHE(struct process, 8);
static struct cache threads = CACHE(struct thread, 8);
static struct process_list all = TAILQ_HEAD_INITIALIZER(all);

struct process *process_new(void)
{
    struct process *process = cache_take(&processes);

    if (!process)
        return NULL;
    process->state = PROCESS_ALIVE;
    process->parent = NULL;
    TAILQ_INIT(&process->children);
    TAILQ_INIT(&process->zombies);
    LIST_INIT(&process->waiting);
    LIST_INIT(&process->threads);
    process->thread_count = 0;
    process->leader = NULL;
    process->space = NULL;
    process->vfork_parent = NULL;
    process->status = 0;
    process->member = (struct group_member){ .group = NULL };
    process->timers = (struct itimers){ 0 };
    process->usage = process->usage_children = (struct usage){ 0 };
    process->death_signal = 0;
    process->subreaper = false;
    TAILQ_INSERT_TAIL(&all, process, all);
    process_count++;
    return process;
}

void process_give(struct process *process)
{
    process->state = PROCESS_FREE;
    TAILQ_REMOVE(&all, process, all);
    process_count--;
    cache_give(&processes, process);
}

struct process *process_next(const struct process *process)
{
    return process ? TAILQ_NEXT(process, all) : TAILQ_FIRST(&all);
}

struct thread *thread_new(void)
{
    struct thread *thread = cache_take(&threads);

    if (!thread)
        return NULL;
    thread->process = NULL;
    thread->cap = 0;
    thread->last_fault = 0;
    thread->waiter = (struct waiter){ .reply = 0 };
    thread->futex.queued = false;
    thread->futex.robust = 0;
    thread->vfork_child = NULL;
    thread->clear_child_tid = 0;
    thread_count++;
    return thread;
}

void thread_give(struct thread *thread)
{
    thread->process = NULL;
    thread_count--;
    cache_give(&threads, thread);
}

void thread_join(struct thread *thread, struct process *process)
{
    thread->process = process;
    LIST_INSERT_HEAD(&process->threads, thread, sibling);
    process->thread_count++;
}

void thread_set_words(const struct thread *thread)
{
    uint64_t w[6] = { (uint64_t)thread, thread_vfs_badge(thread), 0, 0, thread->process->pid, thread->tid };

    _Static_assert(LINUX_WORD_VFS_BADGE == 1 && LINUX_WORD_PID == 4 && LINUX_WORD_TID == 5, "one call sets them");
    tine_thread_words(thread->cap, LINUX_WORD_PROC_BADGE, 6, w);
}

void thread_set_ppid(const struct thread *thread)
{
    uint64_t ppid = thread->process->parent ? thread->process->parent->pid : 0;

    tine_thread_words(thread->cap, LINUX_WORD_PPID, 1, &ppid);
}
