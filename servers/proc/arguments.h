/*
 * Arguments and environment of a program: collected from a process (or given by proc itself), changed by `#!` lines,
 * and laid out on a new stack as the ABI wants them. One set at a time: exec is never interrupted.
 */
#ifndef PROC_ARGUMENTS_H
#define PROC_ARGUMENTS_H

#include "servers/proc/space.h"
#include <stddef.h>

struct process;

struct arguments {
    char *bytes; /* strings, each with its zero: arguments, then environment, then the file's name */
    size_t capacity;
    size_t start, end; /* in bytes[] */
    size_t env;        /* where the environment starts */
    size_t file;       /* where the name starts; set by arguments_name */
    unsigned argc, envc;
    size_t limit;        /* most bytes of strings and pointers: E2BIG */
    size_t ahead;        /* bytes behind `end` that have been read already, */
    uint64_t ahead_from; /* from this address of the process */
};

/* An empty set. `limit` as above. 0 or -ENOMEM. */
long arguments_begin(struct arguments *a, size_t limit);

/* Adds the strings that the null-terminated arrays at these addresses of a process point to; address 0: none. 0,
 * -EFAULT, -E2BIG, -ENOMEM. */
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

#define STACK_RANDOM_BYTES 16 /* that AT_RANDOM points to */

/* A stack whose pages are there, and whose contents are not yet. */
struct stack {
    uint64_t sp;      /* the program's first stack pointer, where argc is */
    uint64_t random;  /* addresses of the random bytes, */
    uint64_t strings; /* and of the arguments' strings */
    unsigned entries; /* of the auxiliary vector, without AT_NULL */
    uint64_t *block;  /* of everything below the strings, to be filled; lies in front of these in the arguments */
};

/*
 * Makes the stack's pages, from where the space's layout has it begin, and `down` bytes lower (less than a page, a multiple
 * of 16), for these arguments, which are complete, and an auxiliary vector of `entries` entries. 0 or -ENOMEM.
 */
long stack_make(struct stack *stack, struct arguments *a, struct space *space, uint64_t down, unsigned entries);

/* Writes the contents. auxv: AT_RANDOM, for these bytes, and AT_EXECFN get their values here. Cannot fail. */
void stack_fill(const struct stack *stack, const struct arguments *a, struct space *space, struct auxiliary *auxv,
                const char random[STACK_RANDOM_BYTES]);

#endif
