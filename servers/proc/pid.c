/* Numbers: a table of pages, each made when its first number is given out. An entry's lowest bit marks a thread. */
#include "servers/proc/pid.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"
#include <stdlib.h>

enum { PAGE_PIDS = 512, PAGES = PID_MAX / PAGE_PIDS, PID_LOW = 300 };

#define IS_THREAD 1UL

static uintptr_t *page[PAGES];
static uint32_t last;

static uintptr_t *entry(uint32_t pid)
{
    return pid < PID_MAX && page[pid / PAGE_PIDS] ? &page[pid / PAGE_PIDS][pid % PAGE_PIDS] : NULL;
}

static bool page_make(uint32_t pid)
{
    uintptr_t **p = &page[pid / PAGE_PIDS];

    if (!*p)
        *p = calloc(PAGE_PIDS, sizeof(uintptr_t));
    return *p != NULL;
}

long pid_claim(uint32_t wanted, uint32_t *pid)
{
    if (!page_make(wanted))
        return -ENOMEM;
    if (*entry(wanted) || group_find(wanted))
        return -EEXIST;
    *pid = wanted;
    return 0;
}

long pid_reserve(uint32_t *pid)
{
    for (unsigned tries = 0; tries < PID_MAX; tries++) {
        long err;

        last = last + 1 < PID_MAX ? last + 1 : PID_LOW;
        err = pid_claim(last, pid);
        if (err != -EEXIST)
            return err;
    }
    return -EAGAIN;
}

void pid_set_thread(uint32_t pid, struct thread *thread)
{
    *entry(pid) = (uintptr_t)thread | IS_THREAD;
}

void pid_set_process(uint32_t pid, struct process *process)
{
    *entry(pid) = (uintptr_t)process;
}

void pid_free(uint32_t pid)
{
    *entry(pid) = 0;
}

uint32_t pid_last(void)
{
    return last;
}

struct process *process_by_pid(uint32_t pid)
{
    uintptr_t *e = entry(pid);

    return e && !(*e & IS_THREAD) ? (struct process *)*e : NULL;
}

struct thread *thread_by_tid(uint32_t tid)
{
    uintptr_t *e = entry(tid);

    if (!e || !*e)
        return NULL;
    return *e & IS_THREAD ? (struct thread *)(*e & ~IS_THREAD) : ((struct process *)*e)->leader;
}
