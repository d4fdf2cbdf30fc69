/*
 * The memory of a process: a kernel space, the map of its regions, and the addresses that the kernel would keep in its
 * mm. Counted: vfork and CLONE_VM share one among processes.
 */
#ifndef PROC_SPACE_H
#define PROC_SPACE_H

#include "libc/kernel.h"
#include "servers/proc/layout.h"
#include "servers/proc/region.h"
#include <stdbool.h>

struct frozen;
struct program;
struct recent;
struct fork_policy;

struct space {
    unsigned refs;                  /* processes that live in it */
    cap_t cap;                      /* the kernel's space */
    bool cloned;                    /* has been part of a fork: anonymous pages may be copy-on-write */
    bool child;                     /* made by fork, and has not forked since */
    uint64_t fault_low, fault_high; /* the last pages that were made for a fault, and */
    uint64_t huge_tried;            /* where the last big page was asked for, or could not be had */
    unsigned fault_pages;           /* how many: a neighbour is taken for the next of a sequence */
    struct program *program;        /* what is known of it; NULL: none yet. warm.h */
    struct frozen *image;           /* what it is a clone of, if that is still the one with */
    uint64_t image_serial;          /* this number: frozen.h */
    uint64_t warm_start;            /* address of its data; 0: there is none */
    struct recent *recent;          /* pages written to last: prefault.h; NULL: not noted */
    struct regions *regions;        /* a reference; shared with the other side of a fork until either changes it */
    uint64_t brk_start, brk;        /* brk(2) */
    struct layout layout;
    uint64_t arg_start, arg_end;    /* for /proc: the strings of argv, */
    uint64_t env_start, env_end;    /* of the environment, */
    uint64_t auxv_start, auxv_end;  /* and the auxiliary vector, in this memory */
    uint64_t code_start, code_end, data_start, data_end, stack_start;
};

/* An empty space with one reference, for which `pool` pays: NULL if memory is exhausted. */
struct space *space_new(cap_t pool);

static inline struct space *space_get(struct space *space)
{
    space->refs++;
    return space;
}

/* A snapshot of a space that nobody runs in, for a program to begin in. NULL: memory is exhausted. */
struct space *space_thaw(const struct space *frozen, cap_t pool);

/* Drops a reference; the last destroys pages and regions. NULL is ignored. */
void space_put(struct space *space);

/*
 * A snapshot for fork: pages as strategy.h says, regions by reference. NULL: memory is exhausted, and `parent` is as it
 * was (though its pages may have become copy-on-write). O(1) in proc, see TINE_SPACE_CLONE for the kernel's share.
 * The writable pages at hot_page (0: none) and at the stack pointer of `thread` are about to be written by both sides, so
 * each gets its own now, and so do others: as many as the policy permits, prefault.h.
 */
struct space *space_fork(struct space *parent, uint64_t hot_page, cap_t thread, const struct fork_policy *policy,
                         cap_t pool);

/* Makes the map of regions the space's own, to be changed, and reserves for one change. False: memory is exhausted. */
bool space_own_regions(struct space *space);

/* Where `bytes` can be mapped: near `hint` if that is not 0 and free. 0: nowhere. */
uint64_t space_place(const struct space *space, uint64_t hint, uint64_t bytes);

/* Unmaps pages and regions. 0 or -ENOMEM. Addresses are whole pages. */
long space_unmap(struct space *space, uint64_t start, uint64_t end);

#endif
