/* /proc/PID: what a process is and does. proc(5). */
#include "servers/proc/info_texts.h"
#include "servers/proc/machine.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"
#include <linux/prctl.h>
#include <stddef.h>

enum { NICE_ZERO = 20, NS_A_JIFFY = 10000000 };

/* R, S, T or Z. */
static char state(const struct process *process)
{
    const struct thread *thread;
    struct tine_values v;

    if (process->state == PROCESS_ZOMBIE)
        return 'Z';
    if (process->signals.stopped)
        return 'T';
    LIST_FOREACH(thread, &process->threads, sibling)
        if (!tine_thread_info(thread->cap, &v) && v.a1 == TINE_THREAD_READY)
            return 'R';
    return 'S';
}

static const char *state_name(char state)
{
    return state == 'Z' ? "zombie" : state == 'T' ? "stopped" : state == 'R' ? "running" : "sleeping";
}

static uint64_t resident(const struct process *process)
{
    struct tine_values v = { 0 };

    if (process->space)
        tine_space_count(process->space->cap, &v);
    return v.a1;
}

static uint64_t size_pages(const struct process *process)
{
    return process->space ? process->space->regions->pages : 0;
}

static uint32_t ppid(const struct process *process)
{
    return process->parent ? process->parent->pid : 0;
}

static uint64_t blocked(const struct process *process)
{
    return process->leader ? process->leader->signals.blocked : 0;
}

static uint64_t pending_to_thread(const struct process *process)
{
    return process->leader ? process->leader->signals.pending.set : 0;
}

/* The numbers of /proc/PID/stat, from the name on; those that Tine has no meaning for are 0. */
void text_stat(struct text *t, struct process *process)
{
    static const struct space none;
    const struct space *s = process->space ? process->space : &none;
    const struct signals *signals = &process->signals;
    uint64_t page = TINE_PAGE_SIZE;

    text_print(t, "%u (%s) %c %u %u %u 0 -1 0 ", process->pid, process->comm, state(process), ppid(process),
               process_pgrp(process), process_sid(process));
    text_print(t, "%lu %lu %lu %lu %lu 0 %lu 0 ", process->usage.minflt, process->usage_children.minflt,
               process->usage.majflt, process->usage_children.majflt, clock_ticks_100hz(usage_ticks(process)),
               clock_ticks_100hz(process->usage_children.ticks));
    text_print(t, "%d %d %u 0 %lu %lu %lu 18446744073709551615 ", NICE_ZERO + process->nice, process->nice,
               process->thread_count, clock_ticks_100hz(process->start), size_pages(process) * page,
               resident(process));
    text_print(t, "%lu %lu %lu 0 0 %lu %lu %lu %lu ", s->code_start, s->code_end, s->stack_start, signals->pending.set,
               blocked(process), signals->ignored, signals->caught);
    text_print(t, "0 0 0 %u 0 %u %u 0 0 0 ", process->exit_signal, process->attributes.rt_priority,
               process->attributes.policy);
    text_print(t, "%lu %lu %lu %lu %lu %lu %lu %d\n", s->data_start, s->data_end, s->brk_start, s->arg_start, s->arg_end,
               s->env_start, s->env_end, process->status);
}

static void put_ids(struct text *t, const struct cred *c)
{
    text_print(t, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t64\nGroups:\t", c->uid, c->euid, c->suid,
               c->fsuid, c->gid, c->egid, c->sgid, c->fsgid);
    for (unsigned i = 0; i < c->ngroups; i++)
        text_print(t, "%u ", c->groups[i]);
    text_print(t, "\n");
}

static void put_sizes(struct text *t, const struct process *process)
{
    const struct space *s = process->space;
    uint64_t kib = TINE_PAGE_SIZE / 1024, rss = resident(process);

    if (!s)
        return;
    text_print(t, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8u kB\nVmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\n",
               s->regions->pages * kib, s->regions->pages * kib, 0, rss * kib, rss * kib);
    text_print(t, "VmData:\t%8lu kB\nVmExe:\t%8lu kB\nVmSwap:\t%8u kB\n", s->regions->data_pages * kib,
               (s->code_end - s->code_start) / 1024, 0);
}

static void put_signals(struct text *t, const struct process *process)
{
    const struct signals *s = &process->signals;

    text_print(t, "SigQ:\t%u/%lu\nSigPnd:\t%016lx\nShdPnd:\t%016lx\n", s->pending.count,
               process->limits->limit[RLIMIT_SIGPENDING].rlim_cur, pending_to_thread(process), s->pending.set);
    text_print(t, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n", blocked(process), s->ignored, s->caught);
}

static void put_capabilities(struct text *t, const struct cred *c)
{
    text_print(t, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n", c->inheritable, c->permitted, c->effective);
    text_print(t, "CapBnd:\t%016lx\nCapAmb:\t%016lx\nNoNewPrivs:\t%d\nSeccomp:\t0\n", c->bounding, c->ambient,
               c->no_new_privs);
}

void text_status(struct text *t, struct process *process)
{
    char s = state(process);

    text_print(t, "Name:\t%s\nState:\t%c (%s)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n", process->comm,
               s, state_name(s), process->pid, process->pid, ppid(process));
    put_ids(t, process->cred);
    text_print(t, "NStgid:\t%u\nNSpid:\t%u\nNSpgid:\t%u\nNSsid:\t%u\n", process->pid, process->pid,
               process_pgrp(process), process_sid(process));
    put_sizes(t, process);
    text_print(t, "Threads:\t%u\n", process->thread_count ? process->thread_count : 1);
    put_signals(t, process);
    put_capabilities(t, process->cred);
    text_print(t, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\nvoluntary_ctxt_switches:\t%lu\n"
                  "nonvoluntary_ctxt_switches:\t0\n", process->usage.switches);
}

void text_statm(struct text *t, struct process *process)
{
    const struct space *s = process->space;
    uint64_t code = s ? (s->code_end - s->code_start + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE : 0;

    text_print(t, "%lu %lu 0 %lu 0 %lu 0\n", size_pages(process), resident(process), code,
               s ? s->regions->data_pages : 0);
}

void text_comm(struct text *t, struct process *process)
{
    text_print(t, "%s\n", process->comm);
}

static void put_limit(struct text *t, uint64_t value)
{
    if (value == RLIM64_INFINITY)
        text_print(t, "%-20s ", "unlimited");
    else
        text_print(t, "%-20lu ", value);
}

void text_limits(struct text *t, struct process *process)
{
    static const struct {
        int which;
        const char *name, *unit;
    } row[] = {
        { RLIMIT_CPU, "Max cpu time", "seconds" },
        { RLIMIT_FSIZE, "Max file size", "bytes" },
        { RLIMIT_DATA, "Max data size", "bytes" },
        { RLIMIT_STACK, "Max stack size", "bytes" },
        { RLIMIT_CORE, "Max core file size", "bytes" },
        { RLIMIT_RSS, "Max resident set", "bytes" },
        { RLIMIT_NPROC, "Max processes", "processes" },
        { RLIMIT_NOFILE, "Max open files", "files" },
        { RLIMIT_MEMLOCK, "Max locked memory", "bytes" },
        { RLIMIT_AS, "Max address space", "bytes" },
        { RLIMIT_LOCKS, "Max file locks", "locks" },
        { RLIMIT_SIGPENDING, "Max pending signals", "signals" },
        { RLIMIT_MSGQUEUE, "Max msgqueue size", "bytes" },
        { RLIMIT_NICE, "Max nice priority", "" },
        { RLIMIT_RTPRIO, "Max realtime priority", "" },
        { RLIMIT_RTTIME, "Max realtime timeout", "us" },
    };

    text_print(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const struct rlimit64 *limit = &process->limits->limit[row[i].which];

        text_print(t, "%-25s ", row[i].name);
        put_limit(t, limit->rlim_cur);
        put_limit(t, limit->rlim_max);
        text_print(t, "%-10s\n", row[i].unit);
    }
}

void text_wchan(struct text *t, struct process *process)
{
    (void)process;
    text_print(t, "0");
}

void text_cgroup(struct text *t, struct process *process)
{
    (void)process;
    text_print(t, "0::/\n");
}
