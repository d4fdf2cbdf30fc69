/*
 * Scheduling wishes: getpriority(2), sched_*(2), ioprio_get(2). They are checked, kept and reported; affinity alone
 * reaches the kernel, for the thread that is named, and is remembered of its process. See attributes.h.
 */
#include "servers/proc/cred.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/session.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <string.h>

enum { NICE_LEAST = -20, NICE_MOST = 19, RT_LEAST = 1, RT_MOST = 99, TIME_SLICE_NS = 10000000 };

/* ---- who is meant ------------------------------------------------------------------------------------------------ */

/* Calls `act` for each process that (which, who) names, as setpriority(2) has it. Returns how many there were. */
static unsigned for_each_named(struct thread *self, int which, uint32_t who,
                               void (*act)(struct thread *self, struct process *process, long *result), long *result)
{
    const struct process *own = self->process;
    uint32_t number = number_global(own, who);
    struct process *process;
    unsigned n = 0;

    for (process = process_next(NULL); process; process = process_next(process)) {
        bool named = which == PRIO_PROCESS ? process->pid == (who ? number : own->pid)
                     : which == PRIO_PGRP  ? process_pgrp(process) == (who ? number : process_pgrp(own))
                                           : process->cred->uid == (who ? uid_meant(own, who) : own->cred->uid);

        if (!named || process_dead(process))
            continue;
        act(self, process, result);
        n++;
    }
    return n;
}

/* The process of a thread number, 0 for the caller's own; sched_*(2) go by thread, Tine keeps them by process. */
static struct process *process_of_tid(struct thread *self, int tid)
{
    struct thread *thread = tid > 0 ? thread_named(self->process, (uint32_t)tid) : tid ? NULL : self;

    return thread ? thread->process : NULL;
}

static bool may_schedule(const struct process *from, const struct process *to)
{
    return from->cred->euid == to->cred->uid || from->cred->euid == to->cred->euid || cred_capable_in(from, to->cred->user, CAP_SYS_NICE);
}

/* ---- nice -------------------------------------------------------------------------------------------------------- */

static void nice_best(struct thread *self, struct process *process, long *result)
{
    long value = NICE_MOST + 1 - process->nice;

    (void)self;
    if (value > *result)
        *result = value;
}

/* The raw call answers 20 - nice, so that no value looks like an error: 1 to 40. */
long sys_getpriority(struct thread *self, struct call *call)
{
    int which = (int)call->m.w[0];
    long result = 0;

    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    return for_each_named(self, which, (uint32_t)call->m.w[1], nice_best, &result) ? result : -ESRCH;
}

static bool may_be_nice(const struct thread *self, const struct process *process, int nice)
{
    uint64_t floor = process->limits->limit[RLIMIT_NICE].rlim_cur;

    return nice >= process->nice || (uint64_t)(NICE_MOST + 1 - nice) <= floor ||
           cred_capable(self->process, CAP_SYS_NICE);
}

static int nice_within(int64_t nice)
{
    return (int)(nice < NICE_LEAST ? NICE_LEAST : nice > NICE_MOST ? NICE_MOST : nice);
}

/* result: in, the wanted value in the low bits of [1]; out, [0] the error. */
static void nice_set(struct thread *self, struct process *process, long *result)
{
    int nice = (int)result[1];

    if (!may_schedule(self->process, process))
        result[0] = -EPERM;
    else if (!may_be_nice(self, process, nice))
        result[0] = -EACCES;
    else
        process->nice = (int8_t)nice;
}

long sys_setpriority(struct thread *self, struct call *call)
{
    int which = (int)call->m.w[0];
    long result[2] = { 0, nice_within((int)call->m.w[2]) };

    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    return for_each_named(self, which, (uint32_t)call->m.w[1], nice_set, result) ? result[0] : -ESRCH;
}

/* ---- input and output -------------------------------------------------------------------------------------------- */

enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_CLASS_SHIFT = 13, IOPRIO_CLASS_IDLE = 3 };

long sys_ioprio_get(struct thread *self, struct call *call)
{
    struct process *process = process_of_tid(self, (int)call->m.w[1]);

    if ((int)call->m.w[0] < IOPRIO_WHO_PROCESS || (int)call->m.w[0] > 3)
        return -EINVAL;
    if ((int)call->m.w[0] != IOPRIO_WHO_PROCESS)
        process = self->process;
    return process ? process->attributes.ioprio : -ESRCH;
}

long sys_ioprio_set(struct thread *self, struct call *call)
{
    struct process *process = process_of_tid(self, (int)call->m.w[1]);
    uint32_t value = (uint32_t)call->m.w[2];

    if ((int)call->m.w[0] < IOPRIO_WHO_PROCESS || (int)call->m.w[0] > 3 ||
        value >> IOPRIO_CLASS_SHIFT > IOPRIO_CLASS_IDLE)
        return -EINVAL;
    if ((int)call->m.w[0] != IOPRIO_WHO_PROCESS)
        process = self->process;
    if (!process)
        return -ESRCH;
    if (!may_schedule(self->process, process))
        return -EPERM;
    process->attributes.ioprio = (uint16_t)value;
    return 0;
}

/* ---- policies ---------------------------------------------------------------------------------------------------- */

static bool policy_real_time(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool policy_known(int policy)
{
    return policy_real_time(policy) || policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE;
}

/* Answered apart from the next receive: the kernel then queues the caller behind its equals, where an answer that goes with
 * the receive lets it go on at once. */
long sys_sched_yield(struct thread *self, struct call *call)
{
    (void)self;
    call->m.w[0] = 0;
    return tine_reply(call->reply, TINE_ANSWER_VALUE, 0, &call->m, NULL) ? 0 : DEFERRED;
}

long sys_sched_getscheduler(struct thread *self, struct call *call)
{
    struct process *process = process_of_tid(self, (int)call->m.w[0]);

    if ((int)call->m.w[0] < 0)
        return -EINVAL;
    return process ? process->attributes.policy : -ESRCH;
}

/* 0, -EINVAL, -EPERM: may it have this policy and priority? */
static long schedule_check(const struct thread *self, const struct process *process, int policy, int64_t priority)
{
    if (!policy_known(policy))
        return -EINVAL;
    if (policy_real_time(policy) ? priority < RT_LEAST || priority > RT_MOST : priority != 0)
        return -EINVAL;
    return !may_schedule(self->process, process) ||
                   (policy_real_time(policy) && !cred_capable(self->process, CAP_SYS_NICE))
               ? -EPERM
               : 0;
}

static long schedule_set(struct thread *self, int tid, int policy, uint64_t param_addr)
{
    struct process *process = process_of_tid(self, tid);
    int32_t priority;
    long err;

    if (tid < 0 || !param_addr)
        return -EINVAL;
    if (user_read(self->process, param_addr, &priority, sizeof(priority)))
        return -EFAULT;
    if (!process)
        return -ESRCH;
    if (policy < 0)
        policy = process->attributes.policy;
    policy &= ~SCHED_RESET_ON_FORK;
    if ((err = schedule_check(self, process, policy, priority)))
        return err;
    process->attributes.policy = (uint8_t)policy;
    process->attributes.rt_priority = (uint8_t)priority;
    return 0;
}

long sys_sched_setscheduler(struct thread *self, struct call *call)
{
    int policy = (int)call->m.w[1];

    return policy < 0 ? -EINVAL : schedule_set(self, (int)call->m.w[0], policy, call->m.w[2]);
}

long sys_sched_setparam(struct thread *self, struct call *call)
{
    return schedule_set(self, (int)call->m.w[0], -1, call->m.w[1]);
}

long sys_sched_getparam(struct thread *self, struct call *call)
{
    struct process *process = process_of_tid(self, (int)call->m.w[0]);
    int32_t priority;

    if ((int)call->m.w[0] < 0 || !call->m.w[1])
        return -EINVAL;
    if (!process)
        return -ESRCH;
    priority = process->attributes.rt_priority;
    return user_write(self->process, call->m.w[1], &priority, sizeof(priority));
}

long sys_sched_get_priority_max(struct thread *self, struct call *call)
{
    int policy = (int)call->m.w[0];

    (void)self;
    return !policy_known(policy) ? -EINVAL : policy_real_time(policy) ? RT_MOST : 0;
}

long sys_sched_get_priority_min(struct thread *self, struct call *call)
{
    int policy = (int)call->m.w[0];

    (void)self;
    return !policy_known(policy) ? -EINVAL : policy_real_time(policy) ? RT_LEAST : 0;
}

/* sched_rr_get_interval(2): how long a thread runs before another of its priority does; for ever, if it is not SCHED_RR. */
long sys_sched_rr_get_interval(struct thread *self, struct call *call)
{
    const struct process *process = process_of_tid(self, (int)call->m.w[0]);
    int64_t slice[2] = { 0, 0 };

    if ((int)call->m.w[0] < 0)
        return -EINVAL;
    if (!process)
        return -ESRCH;
    if (process->attributes.policy != SCHED_FIFO)
        slice[1] = TIME_SLICE_NS;
    return user_write(self->process, call->m.w[1], slice, sizeof(slice));
}

/* ---- sched_setattr ----------------------------------------------------------------------------------------------- */

/* The structure, from one of its size or another version's; -E2BIG, and its size told, if that one says more than is known. */
static long attributes_fetch(struct thread *self, uint64_t from, struct sched_attr *attr)
{
    static char given[TINE_PAGE_SIZE];
    const uint32_t known = sizeof(*attr);
    uint32_t size;

    if (user_read(self->process, from, &size, sizeof(size)))
        return -EFAULT;
    if (!size)
        size = SCHED_ATTR_SIZE_VER0;
    if (size >= SCHED_ATTR_SIZE_VER0 && size <= sizeof(given)) {
        memset(given, 0, known);
        if (user_read(self->process, from, given, size))
            return -EFAULT;
        while (size > known && !given[size - 1])
            size--;
        if (size <= known) {
            memcpy(attr, given, known);
            return 0;
        }
    }
    return user_write(self->process, from, &known, sizeof(known)) ? -EFAULT : -E2BIG;
}

enum { ATTRIBUTE_FLAGS = SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN | SCHED_FLAG_KEEP_ALL };

/* sched_setattr(2): thread, structure, flags. SCHED_DEADLINE is not known, nor are bounds of utilisation. */
long sys_sched_setattr(struct thread *self, struct call *call)
{
    int tid = (int)call->m.w[0], policy, nice;
    struct sched_attr attr;
    struct process *process;
    long err;

    if (!call->m.w[1] || tid < 0 || call->m.w[2])
        return -EINVAL;
    if ((err = attributes_fetch(self, call->m.w[1], &attr)))
        return err;
    if ((int)attr.sched_policy < 0)
        return -EINVAL;
    process = process_of_tid(self, tid);
    if (!process)
        return -ESRCH;
    if (attr.sched_flags & SCHED_FLAG_UTIL_CLAMP)
        return -EOPNOTSUPP;
    if (attr.sched_flags & ~(uint64_t)ATTRIBUTE_FLAGS)
        return -EINVAL;
    policy = attr.sched_flags & SCHED_FLAG_KEEP_POLICY ? process->attributes.policy : (int)attr.sched_policy;
    if (attr.sched_flags & SCHED_FLAG_KEEP_PARAMS) {
        attr.sched_priority = process->attributes.rt_priority;
        attr.sched_nice = process->nice;
    }
    if ((err = schedule_check(self, process, policy, attr.sched_priority)))
        return err;
    nice = policy_real_time(policy) ? process->nice : nice_within(attr.sched_nice);
    if (!may_be_nice(self, process, nice))
        return -EPERM;
    process->attributes.policy = (uint8_t)policy;
    process->attributes.rt_priority = (uint8_t)attr.sched_priority;
    process->nice = (int8_t)nice;
    return 0;
}

/* sched_getattr(2): thread, structure, its size, flags. */
long sys_sched_getattr(struct thread *self, struct call *call)
{
    int tid = (int)call->m.w[0];
    uint32_t size = (uint32_t)call->m.w[2];
    const struct process *process = process_of_tid(self, tid);
    struct sched_attr attr = { .size = sizeof(attr) };

    if (!call->m.w[1] || tid < 0 || size < SCHED_ATTR_SIZE_VER0 || size > TINE_PAGE_SIZE || (uint32_t)call->m.w[3])
        return -EINVAL;
    if (!process)
        return -ESRCH;
    if (size < attr.size)
        attr.size = size;
    attr.sched_policy = process->attributes.policy;
    attr.sched_priority = process->attributes.rt_priority;
    if (!policy_real_time(process->attributes.policy))
        attr.sched_nice = process->nice;
    return user_write(self->process, call->m.w[1], &attr, attr.size);
}

/* ---- affinity ---------------------------------------------------------------------------------------------------- */

static uint64_t all_harts(void)
{
    uint64_t harts = ((const struct root_facts *)ROOT_FACTS_ADDRESS)->harts;

    return harts >= 64 ? ~0UL : (1UL << harts) - 1;
}

long sys_sched_getaffinity(struct thread *self, struct call *call)
{
    struct thread *thread = call->m.w[0] ? thread_named(self->process, (uint32_t)call->m.w[0]) : self;
    uint64_t mask = all_harts();

    if (!thread)
        return -ESRCH;
    if ((uint32_t)call->m.w[1] < sizeof(mask) || call->m.w[1] % sizeof(mask))
        return -EINVAL;
    if (thread->affinity)
        mask = thread->affinity;
    return user_write(self->process, call->m.w[2], &mask, sizeof(mask)) ? -EFAULT : (long)sizeof(mask);
}

long sys_sched_setaffinity(struct thread *self, struct call *call)
{
    struct thread *thread = call->m.w[0] ? thread_named(self->process, (uint32_t)call->m.w[0]) : self;
    size_t bytes = (uint32_t)call->m.w[1];
    uint64_t mask = 0;

    if (user_read(self->process, call->m.w[2], &mask, bytes < sizeof(mask) ? bytes : sizeof(mask)))
        return -EFAULT;
    if (!thread)
        return -ESRCH;
    if (!may_schedule(self->process, thread->process))
        return -EPERM;
    mask &= all_harts();
    if (!mask || tine_thread_set(thread->cap, TINE_FIELD_AFFINITY, mask))
        return -EINVAL;
    thread->affinity = mask;
    return 0;
}

long sys_getcpu(struct thread *self, struct call *call)
{
    uint32_t where[2] = { 0 }; /* CPU and node; of the latter there is one */
    struct tine_values info;

    if (!tine_thread_info(self->cap, &info))
        where[0] = (uint32_t)info.a3;
    for (int i = 0; i < 2; i++)
        if (call->m.w[i] && user_write(self->process, call->m.w[i], &where[i], sizeof(where[i])))
            return -EFAULT;
    return 0;
}
