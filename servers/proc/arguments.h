/*
 * Arguments and environment of a program: collected from a process (or given by proc itself), changed by `#!` lines, and
 * laid out on a new stack as the ABI wants them. One set at a time: exec is never interrupted.
 */
#ifndef PROC_ARGUMENTS_H
#define PROC_ARGUMENTS_H

#include "servers/proc/space.h"
#include <stddef.h>

struct process;

struct arguments {
    char *bytes;          /* strings, each with its zero: arguments, then environment, then the file's name */
    size_t capacity;
    size_t start, end;    /* in bytes[] */
    size_t env;           /* where the environment starts */
    size_t file;          /* where the name starts; set by arguments_name */
    unsigned argc, envc;
    size_t limit;         /* most bytes of strings and pointers: E2BIG */
};

/* An empty set. `limit` as above. 0 or -ENOMEM. */
long arguments_begin(struct arguments *a, size_t limit);

/* Adds the strings that the null-terminated arrays at these addresses of a process point to; address 0: none. 0, -EFAULT,
 * -E2BIG, -ENOMEM. */
long arguments_from(struct arguments *a, struct process *process, uint64_t argv, uint64_t envp);

/* Adds one string: arguments first, then (environment true) the environment. 0, -E2BIG, -ENOMEM. */
long arguments_add(struct arguments *a, const char *string, bool environment);

/* The name that AT_EXECFN shows; after everything else was added. 0, -E2BIG, -ENOMEM. */
long arguments_name(struct arguments *a, const char *name);

/* Puts a string before the arguments. False: no room (more than five levels of scripts have). */
bool arguments_prepend(struct arguments *a, const char *string);

/* Takes the first argument off, if there is one. */
void arguments_shift(struct arguments *a);

/* A pair of the auxiliary vector. */
struct auxiliary {
    uint64_t type, value;
};

/* What the stack needs besides strings and auxv. */
#define STACK_RANDOM_BYTES 16

/*
 * Lays everything out below `top` in the space, whose stack region and its pages are made here; `count` entries of auxv,
 * of which AT_RANDOM and AT_EXECFN get their values here, and AT_NULL. Returns the stack pointer, or 0: no memory.
 */
uint64_t arguments_stack(const struct arguments *a, struct space *space, uint64_t top, struct auxiliary *auxv,
                         unsigned count, bool executable);

#endif
