/*
 * Control groups, version 2: cgroups(7). vfs has the directories and their names (servers/vfs/cgroupfs.c) and calls each
 * by a number; here is what they control, made when it is first asked for.
 *
 * memory: each group has a pool of the kernel, split off its parent's group's, which pays for the memory of processes that
 * fork or execute while they are in it: private pages, page tables, threads. memory.max is the pool's limit. Pages of files are vfs's and not counted. What a process has when it is
 * moved stays where it was charged, as in Linux.
 * pids: counted along the path to the root. cpu: cpu.weight below or above 100 is a priority below or above the others'.
 *
 * The first process's group is the root, cgroup_root, in which nothing is counted.
 */
#ifndef PROC_CGROUP_H
#define PROC_CGROUP_H

#include "libc/server.h"
#include "servers/proc/namespace.h"
#include "servers/protocol/proc.h"

struct process;
struct text;
struct thread;

struct cgroup {
    LIST_ENTRY(cgroup) same_hash;
    uint32_t id;                    /* vfs's number */
    struct cgroup *parent;          /* counted; NULL: the root */
    unsigned refs;                  /* processes, also ended ones, groups below, namespaces; the directory */
    unsigned living;                /* processes in it that have not ended */
    cap_t pool;                     /* its own, 0: its parent's pays */
    uint64_t memory_max;            /* pages; UINT64_MAX: no limit */
    uint64_t oom_kills;             /* processes that died for want of memory */
    uint64_t tasks, tasks_max;      /* threads in it and below */
    uint64_t tasks_refused;         /* forks */
    unsigned weight;                /* cpu.weight */
    unsigned control;               /* enum vfs_controller: what groups below have */
};

extern struct cgroup cgroup_root;

/* The group of that number, counted; NULL: no such directory, or no memory. */
struct cgroup *cgroup_named(uint32_t id);
void cgroup_put(struct cgroup *group);

static inline struct cgroup *cgroup_get(struct cgroup *group)
{
    group->refs++;
    return group;
}

/* The pool that pays for what its processes make. */
static inline cap_t cgroup_pool(const struct cgroup *group)
{
    while (!group->pool)
        group = group->parent;
    return group->pool;
}

/* A new thread is counted, -EAGAIN; one has gone. Only to be asked of groups other than the root. */
long cgroup_charge(struct cgroup *group);
void cgroup_discharge(struct cgroup *group, uint64_t tasks);

/* CLONE_INTO_CGROUP: the group behind a descriptor of the thread, counted, if it may put a child there. -EBADF, -EACCES,
 * -EBUSY, -ENODEV. */
long cgroup_enter(const struct thread *self, uint64_t fd, struct cgroup **group);

/* fork: the process is in the group, which has been charged. It has ended; it is gone. */
void cgroup_begin(struct process *process, struct cgroup *group);
void cgroup_end(struct process *process);
void cgroup_leave(struct process *process);

/* Whether `group` is `above` or lies below it; whether a group right below has one of these controllers in use. */
bool cgroup_within(const struct cgroup *group, const struct cgroup *above);
bool cgroup_passes_on(const struct cgroup *group, unsigned control);

/* The group whose limit keeps the process from memory, or NULL: there is none left at all. */
struct cgroup *cgroup_short(const struct process *process);

/* Kills the largest of its processes for want of memory: it, or NULL. */
struct process *cgroup_out_of_memory(struct cgroup *group);

/* VFS_CGROUP_REMOVED: the directory is gone. */
void cgroup_removed(uint32_t id);

/* The files of a group (PROC_INFO_CG_*): the text as `self` sees it; a write: the count, or -EINVAL, -EPERM, -ESRCH,
 * -EBUSY, -ENOENT (no such group), ... */
bool cgroup_text(struct text *text, enum proc_info info, const struct thread *self, uint32_t id);
long cgroup_write(struct thread *self, struct call *call);

/* /proc/PID/cgroup */
void cgroup_path_text(struct text *text, const struct process *reader, const struct process *process);

/* ---- cgroup namespaces ------------------------------------------------------------------------------------------- */

struct cgroup_namespace {
    struct namespace ns;
    struct cgroup *root; /* counted: what /proc/PID/cgroup is relative to, and mounts show */
};

extern struct cgroup_namespace cgroup_first;

long cgroup_namespace_make(struct namespace *from, const struct process *maker, struct namespace **fresh);
void cgroup_namespace_free(struct namespace *ns);

#endif
