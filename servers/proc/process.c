/* The table of processes: making the struct, finding the next. Threads are in thread.c, ending is in exit.c. */
#include "servers/proc/process.h"
#include "servers/proc/cache.h"
#include "servers/proc/cgroup.h"

unsigned process_count;

static struct cache processes = CACHE(struct process, 8);
static struct process_list all = TAILQ_HEAD_INITIALIZER(all);

struct process *process_new(void)
{
    struct process *process = cache_take(&processes);

    if (!process)
        return NULL;
    process->state = PROCESS_ALIVE;
    process->embryo = false;
    process->parent = NULL;
    process->numbers = NULL;
    process->sem_undos = NULL;
    process->cgroup = &cgroup_root;
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
    process->posix_timers = (struct posix_timers){ .count = 0 };
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
