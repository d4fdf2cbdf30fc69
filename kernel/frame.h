/*
 * The frame table: an entry for every frame of RAM, and the free frames. RAM that was never used is handed out from
 * watermarks, and its entry is made then, so that booting takes no time for memory that nobody asks for.
 *
 * A frame in use belongs to exactly one pool and counts how many page-table entries (or parents of a node) refer to it.
 * A page table that is taken down is all zero again; such frames are kept apart, so that the next table needs no
 * clearing.
 *
 * A *run* is 2 MiB of frames, aligned, for a big page: one entry of a table above the leaf tables. Its first frame counts
 * such entries; all of them together are one reference to each of its frames, so that a run may be mapped as a whole here
 * and page by page there. Runs are taken from the upper ends of ranges, single frames from the lower.
 */
#ifndef KERNEL_FRAME_H
#define KERNEL_FRAME_H

#include "object.h"
#include <riscv/layout.h>

enum frame_type {
    FRAME_FREE = 1, /* in a free list */
    FRAME_PAGE,     /* mapped by users */
    FRAME_NODE,     /* a page table */
    FRAME_SLAB,     /* small kernel objects */
    FRAME_OBJECT,   /* tables of a capability space */
};

struct frame {
    uint32_t refs; /* entries, or parents, that refer to it; 32 bits hold any number that memory can */
    uint32_t pool; /* its owner: physical address of the struct pool, divided by 64 */
    union {
        uint32_t next;   /* FREE: index of the next in its list, plus 1 */
        uint32_t groups; /* NODE: bit n is set if one of entries 16 n to 16 n + 15 is in use; it may be set in vain */
        uint32_t big;    /* PAGE, first of a run: entries that map all of it; of others 0 */
    };
    uint16_t used; /* NODE: entries in use */
    uint8_t type;  /* enum frame_type */
    union {
        bool frozen; /* NODE: nothing can be written through it: node.h */
        bool fenced; /* PAGE: no hart runs what was in it before. Kept only if space_checks_code */
    };
};

_Static_assert(sizeof(struct frame) == 16, "an entry is found by a shift");

extern struct frame *frame_table;
extern paddr_t frame_base; /* of the first entry */
extern uint64_t frame_table_count;
extern uintptr_t frame_bias; /* where the entry for physical address 0 would be */

/* Bytes of a table for RAM from base to end. */
size_t frames_table_bytes(paddr_t base, paddr_t end);

/* `table` has room for that, its content does not matter. */
void frames_init(paddr_t base, paddr_t end, struct frame *table);

/* Free RAM, whole frames, used by nobody. At most FRAME_RANGES calls of this and of frames_adopt. */
void frames_add(paddr_t start, paddr_t end);
#define FRAME_RANGES 40

/* RAM with content that shall become pages: counted as handed out. Their entries are the caller's to make. */
void frames_adopt(paddr_t start, paddr_t end);

uint64_t frames_total(void);
uint64_t frames_free_count(void);

/* True if [start, end) touches the table's span. */
bool frames_overlap(paddr_t start, paddr_t end);

static inline struct frame *frame_at(uintptr_t bias, uint64_t number)
{
    return (struct frame *)(bias + number * sizeof(struct frame));
}

/* The entry of a frame inside the table's span. */
static inline struct frame *frame_of(paddr_t pa)
{
    return frame_at(frame_bias, pa >> TINE_PAGE_SHIFT);
}

static inline paddr_t frame_paddr(const struct frame *frame)
{
    return frame_base + ((paddr_t)(frame - frame_table) << TINE_PAGE_SHIFT);
}

/*
 * Takes a free frame: refs 1, no owner yet. Only pool.c calls it, after the accounts say that there is one. `zeroed`:
 * it shall be all zero.
 */
paddr_t frame_take(enum frame_type type, bool zeroed);

/* Puts a frame into the free list; nothing refers to it. `zeroed`: it is known to be all zero. */
void frame_release(struct frame *frame, bool zeroed);

#define RUN_FRAMES 512u
#define RUN_BYTES  (RUN_FRAMES * TINE_PAGE_SIZE)

/* Clears a piece of the next run, which stays free meanwhile. Call until it is ready. */
enum run_state { RUN_NONE, RUN_UNFINISHED, RUN_READY } frame_run_prepare(void);

/* Takes the run that is ready, all zero: pages with one reference, mapped as a whole once; no owner yet. Only pool.c calls
 * it. */
paddr_t frame_run_take(void);

/* Puts all frames of a run, to which nothing refers, into the list of free runs. */
void frame_run_release(struct frame *first);

/* Calls `visit` for every entry that was ever made. For check.c. */
void frames_each(void (*visit)(struct frame *frame, paddr_t pa));

#endif
