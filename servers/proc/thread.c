/* Threads: making the struct, joining a process, the words of the route. Their end is in exit.c. */
#include "servers/proc/cache.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <string.h>

unsigned thread_count;

static struct cache threads = CACHE(struct thread, 8);

struct thread *thread_new(void)
{
    struct thread *thread = cache_take(&threads);

    if (!thread)
        return NULL;
    thread->process = NULL;
    thread->cap = 0;
    thread->numbers = NULL;
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

struct words {
    uint64_t w[7];
};

static struct words words_of(const struct thread *thread)
{
    const struct process *process = thread->process;

    _Static_assert(LINUX_WORD_VFS_BADGE == 1 && LINUX_WORD_PID == 4 && LINUX_WORD_TID == 5 && LINUX_WORD_PPID == 6,
                   "one call sets them");
    return (struct words){ { (uint64_t)thread, thread_vfs_badge(thread), 0, 0, process_number(process, process),
                             thread_number(process, thread), parent_number(process, process) } };
}

void thread_set_words(const struct thread *thread)
{
    struct words words = words_of(thread);

    tine_thread_words(thread->cap, LINUX_WORD_PROC_BADGE, 7, words.w);
}

void thread_start(const struct thread *thread)
{
    struct words words = words_of(thread);

    tine_thread_start_with(thread->cap, LINUX_WORD_PROC_BADGE, 7, words.w);
}

void thread_set_ppid(const struct thread *thread)
{
    uint64_t ppid = parent_number(thread->process, thread->process);

    tine_thread_words(thread->cap, LINUX_WORD_PPID, 1, &ppid);
}

void thread_rename(struct thread *thread, const char name[COMM_BYTES])
{
    memcpy(thread->comm, name, COMM_BYTES);
    if (thread == thread->process->leader)
        memcpy(thread->process->comm, name, COMM_BYTES);
}

/* set_tid_address(2) */
long sys_set_tid_address(struct thread *self, struct call *call)
{
    self->clear_child_tid = call->m.w[0];
    return thread_number(self->process, self);
}
