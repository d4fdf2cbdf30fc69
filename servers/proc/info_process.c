/* /proc/PID: stat, status, statm, limits and the small ones, in the formats of proc(5). */
#include "servers/proc/info.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/machine.h"
#include "servers/proc/oom.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include <linux/sched.h>
#include <string.h>

#define KIB           1024UL
#define PF_FORKNOEXEC 0x40 /* of the flags in stat: has not called exec since fork */

/* ---- state ------------------------------------------------------------------------------------------------------- */

static char thread_state(const struct thread *thread, const struct thread *reader)
{
    struct tine_values v;

    if (thread == reader)
        return 'R';
    if (thread->signals.parked)
        return 'T';
    if (waiter_waits(&thread->waiter) || tine_thread_info(thread->cap, &v))
        return 'S';
    return v.a1 == TINE_THREAD_READY || v.a1 == TINE_THREAD_CALLING ? 'R' : 'S';
}

/*
 * Whom a text is about: a process as a whole or one of its threads. `thread` is that one, or the one that stands for all:
 * the leader, unless it has ended before the others; NULL: there is none.
 */
struct subject {
    const struct process *process;
    const struct thread *thread;
    bool alone; /* of the thread */
};

static struct subject subject_process(const struct process *process)
{
    return (struct subject){ process, process->leader ? process->leader : LIST_FIRST(&process->threads), false };
}

static char subject_state(const struct subject *subject, const struct thread *reader)
{
    const struct process *process = subject->process;
    const struct thread *thread = subject->thread;

    if (process->state == PROCESS_ZOMBIE || !thread)
        return 'Z';
    if (process->embryo)
        return 'P'; /* which readers know as parked */
    return process->signals.stopped ? 'T' : thread_state(thread, reader);
}

static const char *state_name(char letter)
{
    switch (letter) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'T':
        return "stopped";
    case 'P':
        return "embryo";
    default:
        return "zombie";
    }
}

/* ---- stat -------------------------------------------------------------------------------------------------------- */

static unsigned long clock_ticks(uint64_t ticks)
{
    return clock_ticks_100hz(ticks);
}

static int priority_of(const struct process *process)
{
    return process->attributes.rt_priority ? -1 - process->attributes.rt_priority : 20 + process->nice;
}

static sigmask_t thread_pending(const struct thread *thread)
{
    return thread ? thread->signals.pending.set : 0;
}

static sigmask_t thread_blocked(const struct thread *thread)
{
    return thread ? thread->signals.blocked : 0;
}

static uint32_t subject_number(const struct subject *subject, const struct thread *reader)
{
    return subject->alone ? thread_number(reader->process, subject->thread)
                          : process_number(reader->process, subject->process);
}

static const char *subject_name(const struct subject *subject)
{
    return subject->alone ? subject->thread->comm : subject->process->comm;
}

static uint64_t subject_ticks(const struct subject *subject)
{
    return subject->alone ? usage_thread_ticks(subject->thread) : usage_ticks(subject->process);
}

/* The controlling terminal: its device, 0 none, and its foreground group as the reader counts, -1 none. */
static void terminal_of(const struct process *process, const struct thread *reader, unsigned *device, int *foreground)
{
    long tty = vfs_tty(PROC_VFS, process->pid);
    const struct group *group = tty > 0 ? group_find((uint32_t)tty) : NULL;

    *device = tty > 0 ? (unsigned)(tty >> 32) : 0;
    *foreground = group ? (int)group_number(reader->process, group) : *device ? 0 : -1;
}

/* Fields 1 to 22. Time is not told apart by who used it, program or system: it is all the program's. */
static void stat_first(struct text *text, const struct thread *reader, const struct subject *subject)
{
    const struct process *process = subject->process;
    const struct usage *children = &process->usage_children;
    unsigned device;
    int foreground;

    terminal_of(process, reader, &device, &foreground);
    text_print(text, "%u (%.15s) %c %u %u %u %u %d %u ", subject_number(subject, reader),
               subject_name(subject), subject_state(subject, reader), parent_number(reader->process, process),
               group_number(reader->process, process->member.group),
               session_number(reader->process, process->member.group->session), device, foreground,
               process->member.executed ? 0 : PF_FORKNOEXEC);
    text_print(text, "%lu %lu %lu %lu %lu 0 %lu 0 ", process->usage.minflt, children->minflt, process->usage.majflt,
               children->majflt, clock_ticks(subject_ticks(subject)), clock_ticks(children->ticks));
    text_print(text, "%d %d %u 0 %lu ", priority_of(process), process->nice, process->thread_count,
               clock_ticks(process->start));
}

/* Fields 23 to 52. */
static void stat_second(struct text *text, const struct subject *subject)
{
    const struct process *process = subject->process;
    static const struct space none;
    const struct space *s = process->space ? process->space : &none;
    const struct signals *signals = &process->signals;
    sigmask_t low = 0x7fffffff;
    struct tine_values v = { 0 };

    if (process->space)
        tine_space_count(process->space->cap, &v);
    text_print(text, "%lu %lu %lu %lu %lu %lu 0 0 ", process->space ? s->regions->pages << TINE_PAGE_SHIFT : 0, v.a2,
               (uint64_t)process->limits->limit[RLIMIT_RSS].rlim_cur, s->code_start, s->code_end, s->stack_start);
    text_print(text, "%lu %lu %lu %lu 0 0 0 %d 0 %u %u 0 0 0 ", thread_pending(subject->thread) & low,
               thread_blocked(subject->thread) & low, signals->ignored & low, signals->caught & low, process->exit_signal,
               process->attributes.rt_priority, process->attributes.policy);
    text_print(text, "%lu %lu %lu %lu %lu %lu %lu %d\n", s->data_start, s->data_end, s->brk_start, s->arg_start,
               s->arg_end, s->env_start, s->env_end, process->status);
}

/* ---- status ------------------------------------------------------------------------------------------------------ */

static void print_kib(struct text *text, const char *name, uint64_t bytes)
{
    text_print(text, "%s:\t%8lu kB\n", name, bytes / KIB);
}

/* From the reader's pid namespace down. */
static void status_numbers(struct text *text, const struct thread *reader, const char *name, uint32_t global,
                           const struct pid_numbers *numbers)
{
    const struct pid_namespace *ns = process_pid_namespace(reader->process);

    text_print(text, "%s:\t%u", name, number_in(ns, global, numbers));
    for (unsigned level = ns->level; numbers && level < numbers->ns->level; level++)
        text_print(text, "\t%u", numbers->number[level]);
    text_print(text, "\n");
}

static void status_who(struct text *text, const struct thread *reader, const struct subject *subject)
{
    const struct process *process = subject->process;
    const struct cred *cred = process->cred;
    const struct group *group = process->member.group;
    const struct process *by = reader->process;
    char letter = subject_state(subject, reader);

    text_print(text, "Name:\t%.15s\nState:\t%c (%s)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n",
               subject_name(subject), letter, state_name(letter), process_number(by, process), subject_number(subject, reader),
               parent_number(by, process));
    text_print(text, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nGroups:\t", uid_seen(by, cred->uid), uid_seen(by, cred->euid),
               uid_seen(by, cred->suid), uid_seen(by, cred->fsuid), gid_seen(by, cred->gid), gid_seen(by, cred->egid),
               gid_seen(by, cred->sgid), gid_seen(by, cred->fsgid));
    for (uint32_t i = 0; i < cred->ngroups; i++)
        text_print(text, "%u ", gid_seen(by, cred->groups[i]));
    text_print(text, "\n");
    status_numbers(text, reader, "NStgid", process->pid, process->numbers);
    status_numbers(text, reader, "NSpid", subject->alone ? subject->thread->tid : process->pid,
                   subject->alone ? subject->thread->numbers : process->numbers);
    status_numbers(text, reader, "NSpgid", group->id, group->numbers);
    status_numbers(text, reader, "NSsid", group->session->id, group->session->numbers);
    text_print(text, "Kthread:\t0\n");
}

static void status_memory(struct text *text, const struct process *process)
{
    struct memory_use use;

    if (!process->space)
        return;
    info_memory(process->space, &use);
    print_kib(text, "VmSize", use.size);
    print_kib(text, "VmLck", 0);
    print_kib(text, "VmPin", 0);
    print_kib(text, "VmRSS", use.resident);
    print_kib(text, "RssAnon", use.resident > use.resident_file ? use.resident - use.resident_file : 0);
    print_kib(text, "RssFile", use.resident_file);
    print_kib(text, "VmData", use.data);
    print_kib(text, "VmStk", use.stack);
    print_kib(text, "VmExe", use.program);
    print_kib(text, "VmLib", use.libraries);
    print_kib(text, "VmPTE", use.tables);
    print_kib(text, "VmSwap", 0);
}

static unsigned signals_queued(const struct process *process)
{
    const struct thread *thread;
    unsigned n = process->signals.pending.count;

    LIST_FOREACH (thread, &process->threads, sibling)
        n += thread->signals.pending.count;
    return n;
}

static void status_rights(struct text *text, const struct subject *subject)
{
    const struct process *process = subject->process;
    const struct signals *signals = &process->signals;
    const struct cred *cred = process->cred;

    text_print(text, "Threads:\t%u\nSigQ:\t%u/%lu\n", process->thread_count, signals_queued(process),
               (uint64_t)process->limits->limit[RLIMIT_SIGPENDING].rlim_cur);
    text_print(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
               thread_pending(subject->thread), signals_pending(signals), thread_blocked(subject->thread), signals->ignored,
               signals->caught);
    text_print(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
               cred->inheritable, cred->permitted, cred->effective, cred->bounding, cred->ambient);
    text_print(text, "NoNewPrivs:\t%d\nSeccomp:\t0\n", cred->no_new_privs);
}

/* The harts it may run on, as Linux prints a list: runs of numbers. */
static void print_hart_list(struct text *text, uint64_t harts)
{
    const char *before = "";

    for (unsigned first = 0, end; first < 64; first = end + 1) {
        for (end = first; end < 64 && harts >> end & 1; end++)
            ;
        if (end == first)
            continue;
        text_print(text, end - first > 1 ? "%s%u-%u" : "%s%u", before, first, end - 1);
        before = ",";
    }
    text_print(text, "\n");
}

static void status_harts(struct text *text, const struct thread *thread)
{
    uint64_t count = info_harts(), all = count >= 64 ? ~0UL : (1UL << count) - 1;
    uint64_t harts = thread && thread->affinity ? thread->affinity & all : all;

    text_print(text, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", harts);
    print_hart_list(text, harts);
    text_print(text, "Mems_allowed:\t1\nMems_allowed_list:\t0\n");
}

static void status(struct text *text, const struct thread *reader, const struct subject *subject)
{
    status_who(text, reader, subject);
    status_memory(text, subject->process);
    status_rights(text, subject);
    status_harts(text, subject->thread);
}

/* ---- statm, limits ----------------------------------------------------------------------------------------------- */

static void statm(struct text *text, const struct process *process)
{
    struct memory_use use;

    info_memory(process->space, &use);
    text_print(text, "%lu %lu %lu %lu 0 %lu 0\n", use.size >> TINE_PAGE_SHIFT, use.resident >> TINE_PAGE_SHIFT,
               use.resident_file >> TINE_PAGE_SHIFT, use.program >> TINE_PAGE_SHIFT,
               (use.data + use.stack) >> TINE_PAGE_SHIFT);
}

static void print_limit(struct text *text, uint64_t value)
{
    if (value == RLIM64_INFINITY)
        text_print(text, "%-20s ", "unlimited");
    else
        text_print(text, "%-20lu ", value);
}

static void limits(struct text *text, const struct process *process)
{
    static const struct {
        const char *name, *unit;
    } names[RLIM_NLIMITS] = {
        [RLIMIT_CPU] = { "Max cpu time", "seconds" },
        [RLIMIT_FSIZE] = { "Max file size", "bytes" },
        [RLIMIT_DATA] = { "Max data size", "bytes" },
        [RLIMIT_STACK] = { "Max stack size", "bytes" },
        [RLIMIT_CORE] = { "Max core file size", "bytes" },
        [RLIMIT_RSS] = { "Max resident set", "bytes" },
        [RLIMIT_NPROC] = { "Max processes", "processes" },
        [RLIMIT_NOFILE] = { "Max open files", "files" },
        [RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
        [RLIMIT_AS] = { "Max address space", "bytes" },
        [RLIMIT_LOCKS] = { "Max file locks", "locks" },
        [RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
        [RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
        [RLIMIT_NICE] = { "Max nice priority", "" },
        [RLIMIT_RTPRIO] = { "Max realtime priority", "" },
        [RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
    };

    text_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
        text_print(text, "%-25s ", names[i].name);
        print_limit(text, process->limits->limit[i].rlim_cur);
        print_limit(text, process->limits->limit[i].rlim_max);
        text_print(text, "%-10s\n", names[i].unit);
    }
}

/* What a process has and each of its threads, too. */
static bool info_subject(struct text *text, enum proc_info info, const struct thread *reader,
                         const struct subject *subject)
{
    switch (info) {
    case PROC_INFO_STAT:
        stat_first(text, reader, subject);
        stat_second(text, subject);
        return true;
    case PROC_INFO_STATUS:
        status(text, reader, subject);
        return true;
    case PROC_INFO_COMM:
        text_print(text, "%.15s\n", subject_name(subject));
        return true;
    case PROC_INFO_WCHAN:
        text_print(text, "0");
        return true;
    default:
        return false;
    }
}

bool info_thread(struct text *text, enum proc_info info, const struct thread *reader, const struct thread *thread)
{
    const struct subject subject = { thread->process, thread, true };

    return info_subject(text, info, reader, &subject);
}

bool info_process(struct text *text, enum proc_info info, const struct thread *reader, const struct process *process)
{
    const struct subject subject = subject_process(process);

    if (info_subject(text, info, reader, &subject))
        return true;
    switch (info) {
    case PROC_INFO_STATM:
        statm(text, process);
        return true;
    case PROC_INFO_MAPS:
    case PROC_INFO_SMAPS:
        info_maps(text, process->space, reader->client, info == PROC_INFO_SMAPS);
        return true;
    case PROC_INFO_UID_MAP:
    case PROC_INFO_GID_MAP:
        user_map_text(text, reader->process, process, info == PROC_INFO_GID_MAP);
        return true;
    case PROC_INFO_SETGROUPS:
        text_print(text, user_namespace_of(process->cred->user)->setgroups_denied ? "deny\n" : "allow\n");
        return true;
    case PROC_INFO_OOM_SCORE:
        text_print(text, "%u\n", oom_score(process));
        return true;
    case PROC_INFO_OOM_ADJUST:
        text_print(text, "%d\n", process->attributes.oom_adjust);
        return true;
    case PROC_INFO_LIMITS:
        limits(text, process);
        return true;
    case PROC_INFO_CGROUP:
        cgroup_path_text(text, reader->process, process);
        return true;
    default:
        return info_choice(text, info, &process->attributes.fork);
    }
}
