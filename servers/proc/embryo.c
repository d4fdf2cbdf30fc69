/*
 * Embryos: processes that are made empty and configured from outside, one call a step, and started when they are ready.
 * docs/embryos.md. Reading order: sys_tine_embryo, embryo_create, the steps, embryo_start.
 *
 * An embryo is a process in every respect but one: its thread has not been started. So limits, /proc, signals and exit
 * need no second way, and what Linux lets one set by number (setpgid, prlimit, setpriority, sched_setaffinity) can be
 * set of it, too. It is named by its number, which cannot be anybody else's as long as its parent has not waited for
 * it; and nobody but its parent may name it here. When that ends, it does: exit.c.
 */
#include "servers/proc/cred.h"
#include "servers/proc/credcalls.h"
#include "servers/proc/fork.h"
#include "servers/proc/mm.h"
#include "servers/proc/pager.h"
#include "servers/proc/pid.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <string.h>

/* Most that one call writes: others wait meanwhile. */
#define WRITE_MOST (64 * TINE_PAGE_SIZE)

/* A step: `w` are the words behind the embryo's number. */
typedef long embryo_step(struct thread *self, struct process *embryo, const unsigned long *w);

/* ---- making ------------------------------------------------------------------------------------------------------ */

static long embryo_create(struct thread *self, struct call *call)
{
    struct fork_plan plan = { .flags = call->m.w[1] | CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD, .embryo = true };

    if (call->m.w[1] & ~(uint64_t)CLONE_NAMESPACES)
        return -EINVAL;
    return process_fork(self, call, &plan);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static long embryo_map(struct thread *self, struct process *embryo, const unsigned long *w)
{
    struct tine_embryo_map map;
    uint64_t words[6];

    if (user_read(self->process, w[0], &map, sizeof(map)))
        return -EFAULT;
    _Static_assert(sizeof(map) == sizeof(words), "the words of mmap, in their order");
    memcpy(words, &map, sizeof(words));
    return mm_map(embryo, self, words);
}

static long embryo_protect(struct thread *self, struct process *embryo, const unsigned long *w)
{
    return mm_protect(embryo->space, w[0], w[1], w[2]);
}

/* To pages that are there or can be brought; unlike user_write it tells want of memory from want of a mapping. */
static long page_write(struct space *space, uint64_t addr, const void *from, size_t bytes)
{
    long err;

    if (!tine_space_write(space->cap, addr, from, bytes, NULL))
        return 0;
    err = pager_bring(space, addr, bytes, TINE_PROT_WRITE);
    if (!err && tine_space_write(space->cap, addr, from, bytes, NULL))
        err = -EFAULT;
    return err == -EIO ? -EFAULT : err;
}

static long embryo_write(struct thread *self, struct process *embryo, const unsigned long *w)
{
    static char piece[TINE_PAGE_SIZE];
    size_t bytes = w[2] < WRITE_MOST ? w[2] : WRITE_MOST, done = 0;
    long err = 0;

    if (w[0] >= TINE_USER_END || bytes > TINE_USER_END - w[0])
        return -EFAULT;
    while (done < bytes && !err) {
        size_t n = TINE_PAGE_SIZE - (w[0] + done) % TINE_PAGE_SIZE;

        if (n > bytes - done)
            n = bytes - done;
        err = user_read(self->process, w[1] + done, piece, n);
        if (!err)
            err = page_write(embryo->space, w[0] + done, piece, n);
        if (!err)
            done += n;
    }
    return done ? (long)done : err;
}

/* ---- the rest of a process --------------------------------------------------------------------------------------- */

static long embryo_fd(struct thread *self, struct process *embryo, const unsigned long *w)
{
    long fd = vfs_pass(PROC_VFS, self->client, (int)w[0], embryo->pid, (int)w[1]);

    return fd < -900 ? -ENOMEM : fd;
}

static long embryo_identity(struct thread *self, struct process *embryo, const unsigned long *w)
{
    long err = cred_give(embryo, self->process, (uint32_t)w[0], (uint32_t)w[1]);

    return err < -900 ? -ENOMEM : err;
}

static bool layout_valid(const struct tine_embryo_layout *l)
{
    const unsigned long pair[][2] = { { l->code_start, l->code_end }, { l->data_start, l->data_end },
                                      { l->arg_start, l->arg_end },   { l->env_start, l->env_end },
                                      { l->auxv_start, l->auxv_end }, { LAYOUT_LOW, l->brk } };

    for (unsigned i = 0; i < sizeof(pair) / sizeof(*pair); i++)
        if (pair[i][0] > pair[i][1] || pair[i][1] >= TINE_USER_END)
            return false;
    return l->stack_start < TINE_USER_END;
}

static long embryo_layout(struct thread *self, struct process *embryo, const unsigned long *w)
{
    struct space *space = embryo->space;
    struct tine_embryo_layout l;

    if (user_read(self->process, w[0], &l, sizeof(l)))
        return -EFAULT;
    if (!layout_valid(&l))
        return -EINVAL;
    space->brk_start = space->brk = l.brk;
    space->code_start = l.code_start;
    space->code_end = l.code_end;
    space->data_start = l.data_start;
    space->data_end = l.data_end;
    space->stack_start = l.stack_start;
    space->arg_start = l.arg_start;
    space->arg_end = l.arg_end;
    space->env_start = l.env_start;
    space->env_end = l.env_end;
    space->auxv_start = l.auxv_start;
    space->auxv_end = l.auxv_end;
    return 0;
}

/* Signals that came meanwhile are acted on before its first instruction. */
static long embryo_start(struct thread *self, struct process *embryo, const unsigned long *w)
{
    static const struct tine_fp_registers no_fp;
    struct thread *thread = embryo->leader;
    struct tine_registers r;

    /* struct user_regs_struct is pc and x1 to x31 as well. */
    if (user_read(self->process, w[0], &r, sizeof(r)))
        return -EFAULT;

    embryo->embryo = false;
    embryo->member.executed = true; /* setpgid(2): its parent may not move it any more */
    tine_thread_write(thread->cap, &r, &no_fp);
    if (embryo->signals.stopped || signal_deliverable(thread))
        tine_thread_attention(thread->cap);
    tine_thread_start(thread->cap);
    return 0;
}

/* ---- the door ---------------------------------------------------------------------------------------------------- */

static embryo_step *const steps[TINE_EMBRYO_OPERATIONS] = {
    [TINE_EMBRYO_MAP] = embryo_map,     [TINE_EMBRYO_PROTECT] = embryo_protect,   [TINE_EMBRYO_WRITE] = embryo_write,
    [TINE_EMBRYO_FD] = embryo_fd,       [TINE_EMBRYO_IDENTITY] = embryo_identity, [TINE_EMBRYO_LAYOUT] = embryo_layout,
    [TINE_EMBRYO_START] = embryo_start,
};

/* operation, number of an embryo, arguments */
long sys_tine_embryo(struct thread *self, struct call *call)
{
    const unsigned long *w = call->m.w;
    struct process *process;

    if (w[0] == TINE_EMBRYO_CREATE)
        return embryo_create(self, call);
    if (w[0] >= TINE_EMBRYO_OPERATIONS)
        return -EINVAL;
    process = w[1] <= PID_MAX ? process_named(self->process, (uint32_t)w[1]) : NULL;
    if (!process || process_dead(process) || process->parent != self->process)
        return -ESRCH;
    return process->embryo ? steps[w[0]](self, process, w + 2) : -EBUSY;
}
