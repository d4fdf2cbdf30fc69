/*
 * fork, vfork, clone, clone3 and the making of embryos: five doors to one room. A call becomes a plan, which says of each resource whether the
 * child has its own, a copy or the parent's; the plan is checked as a whole, and carried out from top to bottom.
 */
#ifndef PROC_FORK_H
#define PROC_FORK_H

#include "libc/server.h"
#include "servers/proc/strategy.h"
#include <linux/sched.h>
#include <stdbool.h>
#include <stdint.h>

struct cgroup;
struct process;
struct thread;

struct fork_plan {
    uint64_t flags;       /* CLONE_* */
    uint64_t exit_signal; /* to the parent when the child ends; 0: none */
    uint64_t stack;       /* stack pointer of the child; 0: as the parent's */
    uint64_t tls;         /* CLONE_SETTLS */
    uint64_t parent_tid;  /* CLONE_PARENT_SETTID: address in the parent's memory */
    uint64_t pidfd;       /* CLONE_PIDFD: the same */
    uint64_t child_tid;   /* CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID: address in the child's memory */
    const uint32_t *set_tid;   /* numbers that the child shall have, its own namespace's first, then outwards */
    unsigned set_tid_count;    /* how many; it gets others further out */
    struct fork_choice choice; /* of this call: how memory is copied */
    struct cgroup *group;      /* CLONE_INTO_CGROUP; NULL: the parent's */
    bool embryo;               /* empty memory, no descriptors, and it does not run yet: embryo.c */
};

/* Carries the plan out for the thread held by call: the number of the new process or thread, DEFERRED (vfork), or
 * an
 * error of clone(2): then nothing has changed. */
long process_fork(struct thread *self, struct call *call, const struct fork_plan *plan);

/* Of the frames there are now, some are kept from new processes, so that those that exist can go on. */
void fork_start(void);

/* The child of a vfork executes or ends: its parent goes on. */
void vfork_done(struct process *child);

#endif
