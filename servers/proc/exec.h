/*
 * exec: a new program in an old process. Everything is built beside what there is, in a space of its own; only then
 * does the process change over, which cannot fail.
 */
#ifndef PROC_EXEC_H
#define PROC_EXEC_H

#include "libc/server.h"
#include "servers/proc/arguments.h"
#include <stdbool.h>
#include <stdint.h>

struct process;
struct thread;

/* A program that is ready to run. */
struct built {
    struct space *space; /* *gives* a reference */
    uint64_t pc, sp;     /* where its first thread begins */
    uint64_t handle;     /* of its file, at vfs; lives as long as the space */
    bool secure;         /* credentials changed: AT_SECURE */
};

/* Opens the program that `path` names for the thread (execveat(2)). 0 or a negative errno. If 0, exec_build or exec_close follows. */
long exec_open(const struct thread *self, int dirfd, const char *path, int flags);

/*
 * Builds the program that was opened, with `#!` lines followed and `a` changed accordingly; `path` is what a script's
 * interpreter finds it by, and what AT_EXECFN shows. The process's credentials have changed upon success, nothing else
 * has. 0 or a negative errno.
 */
long exec_build(const struct thread *self, const char *path, struct arguments *a, struct built *built);

void exec_close(void);

/* The process's only thread begins the built program; what it had is given up. Cannot fail. */
void exec_commit(struct thread *self, const struct built *built, const char *name);

/* Most bytes of arguments and environment. */
size_t exec_limit(const struct process *process);

#endif
