/*
 * Making processes and threads. Read process_fork: check, reserve, commit; each paragraph of `reserve` is a resource.
 *
 * Everything that may fail is done before anything that others can see, vfs last of all; until then undoing means
 * giving back what the child holds. No step depends on how much memory the parent has: pages are cloned by the kernel
 * in one operation, the map of regions is shared until one side changes it.
 */
#include "servers/proc/fork.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/frozen.h"
#include "servers/proc/ipc_sem.h"
#include "servers/proc/pager.h"
#include "servers/proc/pid.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/unshare.h"
#include "servers/proc/vdso.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/sched.h>
#include <string.h>

enum { REG_TP = 3 }; /* in tine_registers.x */

/* What is made, until it is committed. `process` is the parent's own for a thread. */
struct birth {
    struct process *process;
    struct thread *thread;
    struct cgroup *group; /* that has been charged for it; NULL: not yet */
    struct change change; /* its namespaces and credentials, if not the parent's */
    int pidfd;            /* the parent's descriptor of it; -1: none */
};

#define BALANCE_EVERY 16

static uint64_t reserve_frames; /* no fork when fewer are left */
static bool scarce;             /* as it was the last time */

void fork_start(void)
{
    struct tine_values v;

    tine_pool_balance(PROC_USERS, &v);
    reserve_frames = v.a2 / 64;
}

/* ---- check ------------------------------------------------------------------------------------------------------- */

/* Contradictions, as clone(2) lists them. */
static long plan_check(const struct process *self, const struct fork_plan *plan)
{
    uint64_t flags = plan->flags;

    if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
        return -EINVAL;
    if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
        return -EINVAL;
    if ((flags & CLONE_SIGHAND) && (flags & CLONE_CLEAR_SIGHAND))
        return -EINVAL;
    if ((flags & CLONE_THREAD) && self->set->in[NS_PID_CHILDREN] != &process_pid_namespace(self)->ns)
        return -EINVAL;
    if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
        return -EINVAL;
    if ((flags & CLONE_THREAD) && plan->group)
        return -EINVAL;
    if ((flags & CLONE_PARENT) && process_is_init(self))
        return -EINVAL;
    if (plan->exit_signal > SIGNALS)
        return -EINVAL;
    return flags & CLONE_NAMESPACES ? namespaces_check(flags) : 0;
}

static uint64_t processes_of(uint32_t uid)
{
    uint64_t n = 0;

    for (struct process *process = process_next(NULL); process; process = process_next(process))
        if (process->cred->uid == uid)
            n += process->thread_count ? process->thread_count : 1;
    return n;
}

/* RLIMIT_NPROC. Counting is for those who have a limit that may be reached. */
static bool over_limit(const struct process *parent)
{
    uint64_t limit = parent->limits->limit[RLIMIT_NPROC].rlim_cur;

    if (limit > process_count + thread_count || parent->cred->uid == 0)
        return false;
    return processes_of(parent->cred->uid) >= limit && !cred_capable(parent, CAP_SYS_RESOURCE) &&
           !cred_capable(parent, CAP_SYS_ADMIN);
}

static long resources_check(const struct process *parent)
{
    static unsigned since; /* a fork takes a few frames: to look now and then is to look in time */
    struct tine_values v;

    if (over_limit(parent))
        return -EAGAIN;
    if (++since % BALANCE_EVERY && !scarce)
        return 0;
    do
        scarce = tine_pool_balance(PROC_USERS, &v) || v.a2 < reserve_frames;
    while (scarce && frozen_drop_all());
    return scarce ? -ENOMEM : 0;
}

/* ---- reserve: each of these may fail, and changes nothing that anybody sees -------------------------------------- */

static bool reserve_structs(struct birth *child, struct process *parent, const struct fork_plan *plan)
{
    child->process = plan->flags & CLONE_THREAD ? parent : process_new();
    child->thread = thread_new();
    return child->process && child->thread;
}

/* clone3's CLONE_INTO_CGROUP names another one than the parent's, which is charged in any case. */
static long reserve_group(struct birth *child, const struct process *parent, const struct fork_plan *plan)
{
    struct cgroup *group = plan->group ? plan->group : parent->cgroup;
    long err = group == &cgroup_root ? 0 : cgroup_charge(group);

    if (!err)
        child->group = group;
    return err;
}

/* Where the child will live: a thread with its process, a process where its parent's children are to. */
static struct pid_namespace *pid_namespace_of_child(const struct birth *child, const struct process *parent,
                                                    const struct fork_plan *plan)
{
    const struct namespace_set *set = child->change.set ? child->change.set : parent->set;

    return plan->flags & CLONE_THREAD ? process_pid_namespace(parent) : pid_namespace_of(set->in[NS_PID_CHILDREN]);
}

/* Whether the caller may choose the numbers that it asks for. */
static long wishes_check(const struct process *self, struct pid_namespace *ns, const struct fork_plan *plan)
{
    if (plan->set_tid_count > ns->level + 1)
        return -EINVAL;
    for (unsigned i = 0; i < plan->set_tid_count; i++, ns = pid_namespace_of(ns->ns.parent)) {
        if (plan->set_tid[i] - 1 >= PID_MAX - 1 || (plan->set_tid[i] != 1 && ns->level && !ns->init))
            return -EINVAL;
        if (!cred_capable_in(self, ns->ns.owner, CAP_CHECKPOINT_RESTORE) &&
            !cred_capable_in(self, ns->ns.owner, CAP_SYS_ADMIN))
            return -EPERM;
    }
    return 0;
}

/* Whether it will be a thread whose tables are not those of its process. */
static bool has_tables(const struct thread *self, const struct fork_plan *plan)
{
    uint64_t shared = CLONE_FS | CLONE_FILES;

    return plan->flags & CLONE_THREAD && ((plan->flags & shared) != shared || self->client != self->process->pid);
}

/* The process and its first thread have the same ones. */
static long reserve_numbers(struct birth *child, const struct thread *self, const struct fork_plan *plan)
{
    const struct process *parent = self->process;
    struct pid_namespace *ns = pid_namespace_of_child(child, parent, plan);
    struct thread *thread = child->thread;
    bool wished = plan->set_tid_count == ns->level + 1; /* in the first namespace, too */
    long err = plan->set_tid_count ? wishes_check(parent, ns, plan) : 0;

    if (!err)
        err = wished ? pid_claim(plan->set_tid[ns->level], &thread->tid) : pid_reserve(&thread->tid);
    if (!err && ns != &pid_first)
        err = numbers_reserve(ns, thread->tid, plan->set_tid, plan->set_tid_count, &thread->numbers);
    if (err)
        return err;
    if (!(plan->flags & CLONE_THREAD)) {
        child->process->pid = thread->tid;
        child->process->numbers = numbers_get(thread->numbers);
    }
    thread->client = has_tables(self, plan) ? VFS_PART(thread->tid) : child->process->pid;
    return 0;
}

/* Nothing in it but what every program finds: the vDSO, where its maker has it. */
static struct space *space_empty(const struct space *maker, cap_t pool)
{
    struct space *space = space_new(pool);

    if (!space)
        return NULL;
    space->layout = maker->layout;
    space->brk_start = space->brk = LAYOUT_LOW; /* until it is said otherwise */
    if (!vdso_map(space))
        return space;
    space_put(space);
    return NULL;
}

/* What CLONE_SYSVSEM shares. */
static bool reserve_undos(struct process *parent, const struct fork_plan *plan)
{
    return !(plan->flags & CLONE_SYSVSEM) || plan->flags & CLONE_THREAD || sem_undos_begin(parent);
}

static long reserve_namespaces(struct birth *child, const struct process *parent, const struct fork_plan *plan)
{
    return plan->flags & CLONE_NAMESPACES ? namespaces_reserve(parent, plan->flags, &child->change) : 0;
}

/* Memory: empty, shared with CLONE_VM, else a snapshot. */
static bool reserve_memory(struct birth *child, const struct thread *self, const struct fork_plan *plan)
{
    struct process *parent = self->process;
    cap_t pool = cgroup_pool(child->group);
    struct fork_policy policy;

    if (plan->flags & CLONE_THREAD)
        return true;
    if (plan->embryo) {
        child->process->space = space_empty(parent->space, pool);
        return child->process->space != NULL;
    }
    if (plan->flags & CLONE_VM) {
        child->process->space = space_get(parent->space);
        return true;
    }
    policy = policy_of(&parent->attributes.fork, &plan->choice);
    child->process->space = space_fork(parent->space, plan->child_tid, self->cap, &policy, pool);
    return child->process->space != NULL;
}

/* What the kernel takes for "like the parent's". */
static void thread_clear_tp(const struct thread *thread)
{
    struct tine_registers r;

    tine_thread_read(thread->cap, &r, NULL);
    r.x[REG_TP] = 0;
    tine_thread_write(thread->cap, &r, NULL);
}

/* A thread like the parent's, which waits in this call: it stands behind its ecall with 0 as the result. */
static bool reserve_thread(struct birth *child, const struct thread *self, const struct fork_plan *plan)
{
    cap_t cap = cap_take();

    if (!cap || tine_thread_create_at(cgroup_pool(child->group), cap, child->process->space->cap, self->cap, plan->stack,
                                      plan->flags & CLONE_SETTLS ? plan->tls : 0)) {
        cap_give(cap);
        return false;
    }
    child->thread->cap = cap;
    if (plan->flags & CLONE_SETTLS && !plan->tls)
        thread_clear_tp(child->thread);
    return true;
}

/* Descriptors, root and working directory: shared with CLONE_FILES and CLONE_FS, else copied. An embryo has no
 * descriptors. */
static long reserve_files(struct birth *child, const struct thread *self, const struct fork_plan *plan)
{
    unsigned share = (plan->flags & CLONE_FILES ? VFS_SHARE_FILES : 0) | (plan->flags & CLONE_FS ? VFS_SHARE_FS : 0) |
                     (plan->embryo ? VFS_NO_FILES : 0);
    long err;

    if (plan->flags & CLONE_THREAD && child->thread->client == child->process->pid)
        return 0;
    err = vfs_fork(PROC_VFS, self->client, child->thread->client, share);
    if (!err && !(plan->flags & CLONE_THREAD) && child->process->numbers && (err = numbers_tell(child->process)))
        vfs_exit(PROC_VFS, child->process->pid);
    return err < -900 ? -EAGAIN : err;
}

/* Nothing of the child has been seen by anybody but vfs, which `files` tells. */
static void birth_undo(struct birth *child, const struct fork_plan *plan, bool files)
{
    if (files && !(plan->flags & CLONE_THREAD && child->thread->client == child->process->pid))
        vfs_exit(PROC_VFS, child->thread->client);
    change_undo(&child->change);
    if (child->group && child->group != &cgroup_root)
        cgroup_discharge(child->group, 1);
    if (child->thread) {
        cap_destroy(child->thread->cap);
        numbers_put(child->thread->numbers);
        thread_give(child->thread);
    }
    if (child->process && !(plan->flags & CLONE_THREAD)) {
        space_put(child->process->space);
        numbers_put(child->process->numbers);
        process_give(child->process);
    }
}

/* The parent's descriptor of the child. What is behind the address is made writable first, so that it gets its number. */
static long reserve_pidfd(struct birth *child, const struct thread *self, const struct fork_plan *plan)
{
    struct process *parent = self->process;
    long fd;

    if (!(plan->flags & CLONE_PIDFD))
        return 0;
    if (user_bring(parent, plan->pidfd, sizeof(child->pidfd), TINE_PROT_WRITE))
        return -EFAULT;
    fd = vfs_pidfd_open(PROC_VFS, self->client, child->process->pid, 0);
    if (fd < 0)
        return fd < -900 ? -ENOMEM : fd;
    child->pidfd = (int)fd;
    return user_write(parent, plan->pidfd, &child->pidfd, sizeof(child->pidfd));
}

static void vfork_leave(struct thread *thread)
{
    thread->vfork_child->vfork_parent = NULL;
    thread->vfork_child = NULL;
}

static long reserve_wait(struct thread *self, struct call *call, const struct fork_plan *plan)
{
    if (!(plan->flags & CLONE_VFORK))
        return 0;
    return waiter_begin(self, call, WAITER_DEAF, vfork_leave);
}

/* Returns 0 or DEFERRED, which is what the parent's call shall return if not a number; else an error, all undone. */
static long birth_reserve(struct birth *child, struct thread *self, struct call *call, const struct fork_plan *plan)
{
    struct process *parent = self->process;
    bool files = false;
    long err = -ENOMEM;

    if (!reserve_structs(child, parent, plan) || !reserve_undos(parent, plan))
        goto fail;
    err = reserve_group(child, parent, plan);
    if (!err)
        err = reserve_namespaces(child, parent, plan);
    if (!err)
        err = reserve_numbers(child, self, plan);
    if (err)
        goto fail;
    err = -ENOMEM;
    if (!reserve_memory(child, self, plan) || !reserve_thread(child, self, plan))
        goto fail;
    err = reserve_files(child, self, plan);
    if (err)
        goto fail;
    files = true;
    err = reserve_pidfd(child, self, plan);
    if (!err)
        err = reserve_wait(self, call, plan);
    if (!err || err == DEFERRED)
        return err;
    if (child->pidfd >= 0)
        vfs_close(PROC_VFS, self->client, child->pidfd);
fail:
    birth_undo(child, plan, files);
    return err;
}

/* ---- commit: none of these can fail ------------------------------------------------------------------------------ */

/* Family, session, signals, credentials, limits: what a process has beside its threads. */
static void process_inherit(struct process *child, struct process *self, const struct fork_plan *plan,
                            const struct change *change)
{
    struct process *parent = plan->flags & CLONE_PARENT && self->parent ? self->parent : self;

    child->parent = parent;
    child->embryo = plan->embryo;
    child->exit_signal = plan->flags & CLONE_PARENT ? self->exit_signal : (uint8_t)plan->exit_signal;
    child->has_subreaper = parent->has_subreaper || parent->subreaper;
    TAILQ_INSERT_TAIL(&parent->children, child, sibling);
    group_join(child, self->member.group);
    signals_fork(&child->signals, &self->signals, plan->flags & CLONE_SIGHAND);
    if (plan->flags & CLONE_CLEAR_SIGHAND)
        signals_clear_handlers(&child->signals);
    child->cred = change->cred ? change->cred : cred_get(self->cred);
    child->set = change->set ? change->set : namespace_set_get(self->set);
    if (plan->flags & CLONE_SYSVSEM)
        sem_undos_share(child, self);
    child->limits = limits_get(self->limits);
    child->start = tine_time();
    child->nice = self->nice;
    child->attributes = self->attributes;
    child->not_dumpable = self->not_dumpable;
    child->keep_capabilities = self->keep_capabilities;
    memcpy(child->comm, self->comm, COMM_BYTES);
}

static void thread_inherit(struct thread *thread, const struct thread *self, const struct fork_plan *plan)
{
    bool same_stack = !plan->embryo && (!(plan->flags & CLONE_VM) || (plan->flags & CLONE_VFORK));

    thread_signals_fork(&thread->signals, &self->signals, same_stack);
    memcpy(thread->comm, self->comm, COMM_BYTES);
    thread->affinity = self->affinity;
    if (plan->flags & CLONE_CHILD_CLEARTID)
        thread->clear_child_tid = plan->child_tid;
}

/* Where libc asked for them. An address that is not there is no error, as in Linux. */
static void thread_numbers(struct thread *self, struct thread *thread, const struct fork_plan *plan)
{
    int tid = (int)thread_number(self->process, thread);

    if (plan->flags & CLONE_PARENT_SETTID)
        user_write(self->process, plan->parent_tid, &tid, sizeof(tid));
    if (!(plan->flags & CLONE_CHILD_SETTID))
        return;
    tid = (int)thread_number(thread->process, thread);
    user_write(thread->process, plan->child_tid, &tid, sizeof(tid));
}

static void birth_commit(struct birth *child, struct thread *self, const struct fork_plan *plan)
{
    struct thread *thread = child->thread;

    if (!(plan->flags & CLONE_THREAD)) {
        process_inherit(child->process, self->process, plan, &child->change);
        cgroup_begin(child->process, child->group);
        pid_set_process(thread->tid, child->process);
        child->process->leader = thread;
        if (thread->numbers)
            pid_namespace_begin(child->process);
    } else {
        pid_set_thread(thread->tid, thread);
    }
    thread_inherit(thread, self, plan);
    thread_join(thread, child->process);
    thread_numbers(self, thread, plan);
    if (child->change.set || child->change.cred)
        change_tell(child->process);
    if (plan->flags & CLONE_VFORK) {
        self->vfork_child = child->process;
        child->process->vfork_parent = self;
    }
    if (plan->embryo) {
        thread_set_words(thread);
        return;
    }
    if (child->process->signals.stopped)
        tine_thread_attention(thread->cap);
    thread_start(thread);
}

void vfork_done(struct process *child)
{
    struct thread *parent = child->vfork_parent;

    if (parent)
        waiter_answer(parent, process_number(parent->process, child));
}

/* ---- the four doors ---------------------------------------------------------------------------------------------- */

long process_fork(struct thread *self, struct call *call, const struct fork_plan *plan)
{
    struct birth child = { .pidfd = -1 };
    long err = plan_check(self->process, plan);

    if (!err)
        err = resources_check(self->process);
    if (!err)
        err = birth_reserve(&child, self, call, plan);
    if (err && err != DEFERRED)
        return err;

    birth_commit(&child, self, plan);
    return err ? err : thread_number(self->process, child.thread);
}

/* clone(2); fork and vfork are this, too. The order of arguments is that of riscv64. */
long sys_clone(struct thread *self, struct call *call)
{
    const unsigned long *w = call->m.w;
    struct fork_plan plan = {
        .flags = w[0], .exit_signal = w[0] & CSIGNAL, .stack = w[1], .parent_tid = w[2], .tls = w[3], .child_tid = w[4]
    };
    long err = choice_of_call(&plan.flags, &plan.choice);

    plan.flags &= UINT32_MAX & ~(uint64_t)CSIGNAL;
    if (plan.exit_signal > SIGNALS)
        plan.exit_signal = 0; /* there is none with such a number */
    if (plan.flags & CLONE_PIDFD) {
        if (plan.flags & CLONE_PARENT_SETTID)
            return -EINVAL; /* one address for both */
        plan.pidfd = plan.parent_tid;
    }
    return err ? err : process_fork(self, call, &plan);
}

static long clone_args_read(struct thread *self, uint64_t addr, uint64_t bytes, struct clone_args *args)
{
    uint64_t rest;

    if (bytes < CLONE_ARGS_SIZE_VER0)
        return -EINVAL;
    if (bytes > TINE_PAGE_SIZE)
        return -E2BIG;
    memset(args, 0, sizeof(*args));
    if (user_read(self->process, addr, args, bytes < sizeof(*args) ? bytes : sizeof(*args)))
        return -EFAULT;
    /* Newer fields than ours must be zero. */
    for (uint64_t i = sizeof(*args); i < bytes; i += sizeof(rest)) {
        rest = 0;
        if (user_read(self->process, addr + i, &rest, bytes - i < sizeof(rest) ? bytes - i : sizeof(rest)))
            return -EFAULT;
        if (rest)
            return -E2BIG;
    }
    return 0;
}

static long clone_args_check(const struct clone_args *args)
{
    if (args->flags & (CSIGNAL | CLONE_DETACHED) || args->exit_signal & ~(uint64_t)CSIGNAL)
        return -EINVAL;
    if ((args->flags & (CLONE_THREAD | CLONE_PARENT)) && args->exit_signal)
        return -EINVAL;
    if (!args->stack != !args->stack_size || !args->set_tid != !args->set_tid_size || args->set_tid_size > PID_LEVELS)
        return -EINVAL;
    return 0;
}

/* clone3(2) */
long sys_clone3(struct thread *self, struct call *call)
{
    static uint32_t set_tid[PID_LEVELS];
    struct clone_args args;
    struct fork_choice choice;
    struct fork_plan plan;
    long err = clone_args_read(self, call->m.w[0], call->m.w[1], &args);

    if (!err)
        err = choice_of_call((uint64_t *)&args.flags, &choice);
    if (!err)
        err = clone_args_check(&args);
    if (!err && args.set_tid_size)
        err = user_read(self->process, args.set_tid, set_tid, args.set_tid_size * sizeof(*set_tid));
    if (err)
        return err;
    plan = (struct fork_plan){ .flags = args.flags,
                               .exit_signal = args.exit_signal,
                               .stack = args.stack + args.stack_size,
                               .tls = args.tls,
                               .parent_tid = args.parent_tid,
                               .pidfd = args.pidfd,
                               .set_tid = set_tid,
                               .set_tid_count = (unsigned)args.set_tid_size,
                               .child_tid = args.child_tid,
                               .choice = choice };
    if (!(args.flags & CLONE_INTO_CGROUP))
        return process_fork(self, call, &plan);
    err = cgroup_enter(self, args.cgroup, &plan.group);
    if (err)
        return err;
    err = process_fork(self, call, &plan);
    cgroup_put(plan.group);
    return err;
}
