/* Limits and use of resources: limits_default, usage_*, then getrlimit(2), prlimit(2), getrusage(2), times(2). */
#include "servers/proc/limits.h"
#include "servers/proc/cache.h"
#include "servers/proc/clock.h"
#include "servers/proc/cred.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/vfs.h"
#include <linux/capability.h>
#include <linux/times.h>
#include <string.h>

#define NS_PER_US 1000UL
#define NS_PER_S 1000000000UL
#define NOFILE_DEFAULT 1024
#define NOFILE_MAX 1048576 /* what Linux calls nr_open */

static struct cache tables = CACHE(struct limits, 4);

static void limit_set(struct limits *limits, unsigned resource, uint64_t soft, uint64_t hard)
{
    limits->limit[resource] = (struct rlimit64){ .rlim_cur = soft, .rlim_max = hard };
}

struct limits *limits_default(uint64_t nproc)
{
    struct limits *limits = cache_take(&tables);

    if (!limits)
        return NULL;
    limits->refs = 1;
    for (unsigned i = 0; i < RLIM_NLIMITS; i++)
        limit_set(limits, i, RLIM64_INFINITY, RLIM64_INFINITY);
    limit_set(limits, RLIMIT_STACK, 8UL << 20, RLIM64_INFINITY);
    limit_set(limits, RLIMIT_CORE, 0, RLIM64_INFINITY);
    limit_set(limits, RLIMIT_NOFILE, NOFILE_DEFAULT, 4096);
    limit_set(limits, RLIMIT_MEMLOCK, 8UL << 20, 8UL << 20);
    limit_set(limits, RLIMIT_NPROC, nproc, nproc);
    limit_set(limits, RLIMIT_SIGPENDING, nproc, nproc);
    limit_set(limits, RLIMIT_MSGQUEUE, 819200, 819200);
    limit_set(limits, RLIMIT_NICE, 0, 0);
    limit_set(limits, RLIMIT_RTPRIO, 0, 0);
    return limits;
}

void limits_put(struct limits *limits)
{
    if (--limits->refs == 0)
        cache_give(&tables, limits);
}

/* The process's own table, or NULL if memory is exhausted. */
static struct limits *limits_own(struct process *process)
{
    struct limits *own = process->limits;

    if (own->refs == 1)
        return own;
    own = cache_take(&tables);
    if (!own)
        return NULL;
    *own = *process->limits;
    own->refs = 1;
    limits_put(process->limits);
    process->limits = own;
    return own;
}

static long limit_check(const struct thread *self, unsigned resource, const struct rlimit64 *old,
                        const struct rlimit64 *wanted)
{
    if (wanted->rlim_cur > wanted->rlim_max)
        return -EINVAL;
    if (wanted->rlim_max > old->rlim_max && !cred_capable(self->process, CAP_SYS_RESOURCE))
        return -EPERM;
    return resource == RLIMIT_NOFILE && wanted->rlim_max > NOFILE_MAX ? -EPERM : 0;
}

static long limit_change(struct process *process, unsigned resource, const struct rlimit64 *wanted)
{
    struct limits *own = limits_own(process);

    if (!own)
        return -ENOMEM;
    own->limit[resource] = *wanted;
    if (resource != RLIMIT_NOFILE && resource != RLIMIT_FSIZE)
        return 0;
    return vfs_limit(PROC_VFS, process->pid, own->limit[RLIMIT_NOFILE].rlim_cur, own->limit[RLIMIT_FSIZE].rlim_cur);
}

/* All of the caller's real ids are all of the target's, or CAP_SYS_RESOURCE: prlimit(2). */
static bool may_limit(const struct process *from, const struct process *to)
{
    const struct cred *f = from->cred, *t = to->cred;

    if (f == t || cred_capable_in(from, t->user, CAP_SYS_RESOURCE))
        return true;
    return f->uid == t->uid && f->uid == t->euid && f->uid == t->suid && f->gid == t->gid && f->gid == t->egid &&
           f->gid == t->sgid;
}

static long limit_call(struct thread *self, struct process *process, unsigned resource, uint64_t new_addr,
                       uint64_t old_addr)
{
    struct rlimit64 old, wanted;
    long err = 0;

    if (resource >= RLIM_NLIMITS)
        return -EINVAL;
    if (new_addr && user_read(self->process, new_addr, &wanted, sizeof(wanted)))
        return -EFAULT;
    old = process->limits->limit[resource];
    if (new_addr)
        err = limit_check(self, resource, &old, &wanted);
    if (!err && new_addr)
        err = limit_change(process, resource, &wanted);
    if (!err && old_addr)
        err = user_write(self->process, old_addr, &old, sizeof(old));
    return err;
}

long sys_prlimit64(struct thread *self, struct call *call)
{
    int pid = (int)call->m.w[0];
    struct process *process = self->process;

    if (pid)
        process = pid > 0 ? process_named(self->process, (uint32_t)pid) : NULL;
    if (!process || process_dead(process))
        return -ESRCH;
    if (!may_limit(self->process, process))
        return -EPERM;
    return limit_call(self, process, (unsigned)call->m.w[1], call->m.w[2], call->m.w[3]);
}

long sys_getrlimit(struct thread *self, struct call *call)
{
    return call->m.w[1] ? limit_call(self, self->process, (unsigned)call->m.w[0], 0, call->m.w[1]) : -EFAULT;
}

long sys_setrlimit(struct thread *self, struct call *call)
{
    return call->m.w[1] ? limit_call(self, self->process, (unsigned)call->m.w[0], call->m.w[1], 0) : -EFAULT;
}

/* ---- use of resources -------------------------------------------------------------------------------------------- */

/* Ticks of the timebase in one tick of the kernel's preemption timer, by which it counts who runs. */
static uint64_t tick_length(void)
{
    static uint64_t length;
    struct tine_stat stat;

    if (!length && !tine_control_stat(TINE_SLOT_CONTROL, &stat) && stat.tick_hz)
        length = stat.timebase_hz / stat.tick_hz;
    return length;
}

uint64_t usage_thread_ticks(const struct thread *thread)
{
    struct tine_values v;

    return tine_thread_info(thread->cap, &v) ? 0 : v.a2 * tick_length();
}

void usage_destroy_thread(struct thread *thread)
{
    uint64_t ticks = 0;

    tine_destroy_thread(thread->cap, &ticks);
    cap_give(thread->cap);
    if (ticks)
        thread->process->usage.ticks += ticks * tick_length();
}

uint64_t usage_ticks(const struct process *process)
{
    uint64_t ticks = process->usage.ticks;
    const struct thread *thread;

    LIST_FOREACH(thread, &process->threads, sibling)
        ticks += usage_thread_ticks(thread);
    return ticks;
}

void usage_reap(struct process *parent, const struct process *child)
{
    struct usage *to = &parent->usage_children;

    to->ticks += child->usage.ticks + child->usage_children.ticks;
    to->minflt += child->usage.minflt + child->usage_children.minflt;
    to->majflt += child->usage.majflt + child->usage_children.majflt;
    to->switches += child->usage.switches + child->usage_children.switches;
}

void usage_report(const struct usage *usage, struct rusage *out)
{
    uint64_t ns = ns_from_ticks(usage->ticks);

    memset(out, 0, sizeof(*out));
    out->ru_utime.tv_sec = (long)(ns / NS_PER_S);
    out->ru_utime.tv_usec = (long)(ns % NS_PER_S / NS_PER_US);
    out->ru_minflt = (long)usage->minflt;
    out->ru_majflt = (long)usage->majflt;
    out->ru_nvcsw = (long)usage->switches;
}

/* Own use as of now: ended threads and live ones. */
static struct usage usage_now(const struct process *process)
{
    struct usage usage = process->usage;

    usage.ticks = usage_ticks(process);
    return usage;
}

long sys_getrusage(struct thread *self, struct call *call)
{
    struct usage usage;
    struct rusage out;

    switch ((int)call->m.w[0]) {
    case RUSAGE_SELF:
        usage = usage_now(self->process);
        break;
    case RUSAGE_CHILDREN:
        usage = self->process->usage_children;
        break;
    case RUSAGE_THREAD:
        usage = (struct usage){ .ticks = usage_thread_ticks(self) };
        break;
    default:
        return -EINVAL;
    }
    usage_report(&usage, &out);
    return user_write(self->process, call->m.w[1], &out, sizeof(out));
}

long sys_times(struct thread *self, struct call *call)
{
    struct process *process = self->process;
    struct tms out = { .tms_utime = (long)clock_ticks_100hz(usage_ticks(process)),
                       .tms_cutime = (long)clock_ticks_100hz(process->usage_children.ticks) };

    if (call->m.w[0] && user_write(process, call->m.w[0], &out, sizeof(out)))
        return -EFAULT;
    return (long)clock_ticks_100hz(tine_time());
}
