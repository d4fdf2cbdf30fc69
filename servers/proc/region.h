/*
 * Regions: what the addresses of a process are for, as mmap(2) and its like made them; pages themselves are the
 * kernel's. Pure: no IPC, no thread.
 *
 * A map of regions may be had by several spaces at once, for fork takes a reference and copies nothing. Whoever wants
 * to change a map makes sure that it is its own first (space_own_regions); the functions below that change one assume
 * it.
 *
 * Regions never overlap, are whole pages, and lie below TINE_USER_END. Neighbours that continue each other are one.
 */
#ifndef PROC_REGION_H
#define PROC_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/tree.h>

struct backing;

enum region_flag {
    REGION_SHARED = 1,    /* MAP_SHARED: writes reach the backing; fork shares the pages */
    REGION_GROWS = 2,     /* MAP_GROWSDOWN: extends downwards when touched below (the stack) */
    REGION_MAY_WRITE = 4, /* shared, of a file open for writing: mprotect may add PROT_WRITE */
    REGION_NO_FORK = 8,   /* madvise(MADV_DONTFORK) */
    REGION_HEAP = 16,     /* the labels of /proc/PID/maps */
    REGION_STACK = 32,
    REGION_VVAR = 64,
    REGION_VDSO = 128,
    REGION_HUGE = 256,    /* madvise(MADV_HUGEPAGE) */
    REGION_NO_HUGE = 512, /* madvise(MADV_NOHUGEPAGE) */
    REGION_WIPE = 1024,   /* madvise(MADV_WIPEONFORK): zeroes in the child */
    REGION_GUARD = 2048,  /* madvise(MADV_GUARD_INSTALL): no access, whatever the protection */
};

#define REGION_APART (REGION_SHARED | REGION_NO_FORK | REGION_WIPE)

struct region {
    RB_ENTRY(region) entry;
    uint64_t start, end;     /* addresses */
    struct backing *backing; /* a file or shared memory; NULL: anonymous. A reference */
    uint64_t offset;         /* in the backing, of `start`; 0 without one */
    uint8_t prot;            /* enum tine_prot: READ, WRITE, EXEC */
    uint16_t flags;          /* enum region_flag */
};

RB_HEAD(region_tree, region);

struct regions {
    unsigned refs; /* spaces that have this map */
    unsigned count;
    unsigned apart;      /* regions that fork must not simply clone: REGION_APART */
    uint64_t pages;      /* of all regions together */
    uint64_t data_pages; /* of the private writable ones: RLIMIT_DATA */
    struct region_tree tree;
};

/* An empty map with one reference; NULL if memory is exhausted. */
struct regions *regions_new(void);

/* A copy of its own, with one reference. NULL if memory is exhausted. O(regions). */
struct regions *regions_copy(const struct regions *r);

static inline struct regions *regions_get(struct regions *r)
{
    r->refs++;
    return r;
}

/* Drops a reference; the last takes all regions along. NULL is ignored. */
void regions_put(struct regions *r);

/* Makes sure that the next `n` new regions can be had. False if memory is exhausted. Any change that is refused for
 * want of memory is refused here, before anything changed: adding needs 1, a cut or a change of rights at most 2. */
bool regions_reserve(unsigned n);

/* The region that contains addr, else the first above it, else NULL. O(log n). */
struct region *region_at_or_above(const struct regions *r, uint64_t addr);

/* The region that contains addr, or NULL. O(log n). */
struct region *region_find(const struct regions *r, uint64_t addr);

struct region *region_first(const struct regions *r);
struct region *region_next(struct region *region);

/* Adds a region like *model, which lies where no other is; takes its own reference to the backing. Merges with its
 * neighbours. Needs 1 in reserve. O(log n). */
void region_add(struct regions *r, const struct region *model);

/* Nothing is mapped in [start, end) any more. Needs 2 in reserve. O(log n + regions removed). */
void regions_cut(struct regions *r, uint64_t start, uint64_t end);

/* Gives what lies in [start, end) these rights. Needs 2 in reserve. O(log n + regions changed). */
void regions_protect(struct regions *r, uint64_t start, uint64_t end, unsigned prot);

/* Sets and clears flags of what lies in [start, end). As above. */
void regions_flag(struct regions *r, uint64_t start, uint64_t end, unsigned set, unsigned clear);

/* Moves the start of a region down (the stack grows) or its end up (the heap does); nothing is in the way. O(1). */
void region_extend(struct regions *r, struct region *region, uint64_t start, uint64_t end);

/* Whether [start, end) is free of regions. */
bool regions_free_range(const struct regions *r, uint64_t start, uint64_t end);

/* The highest address at which `bytes` fit below `high` and not below `low`; 0 if nowhere. O(regions above it). */
uint64_t regions_gap(const struct regions *r, uint64_t low, uint64_t high, uint64_t bytes);

/* Regions alive, of all maps: for the leak check. */
extern unsigned region_count;

#endif
