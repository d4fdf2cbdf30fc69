/*
 * Where things lie in a process. Chosen so that a small program needs few page tables, since each costs fork a frame
 * and several hundred instructions: the stack, the vDSO and small mappings share one leaf table near the top; the
 * program and its heap lie in another below. Without randomisation these are as good as can be: the kernel finds what is
 * in a table by groups of 16 entries (kernel/tree.h), so that leaf table is the first of a group, as is the table above
 * it, and who looks for it passes no empty entries.
 *
 * With it (as of /proc/sys/kernel/randomize_va_space, or personality(2)) the two leaf tables lie anywhere, which is
 * chosen once for each frozen image, since that is cloned and not made anew (frozen.h). The stack within its table and the
 * mappings below it are moved for each exec.
 */
#ifndef PROC_LAYOUT_H
#define PROC_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <tine.h>

#define LAYOUT_LOW 0x10000UL /* nothing below: null pointers fault (mmap_min_addr) */
#define LAYOUT_END (TINE_USER_END - TINE_PAGE_SIZE)
#define LAYOUT_STACK_BYTES 0x20000UL   /* of the region at first; it grows down to RLIMIT_STACK */
#define LAYOUT_STACK_MAX 0x40000000UL  /* room kept for the stack to grow, whatever the limit */
#define LAYOUT_SMALL 0x40000UL         /* mappings up to this go between stack and vDSO while there is room */

/* In the leaf table. */
#define LAYOUT_STACK 0x100000UL /* where the stack's region ends: in the middle */
#define LAYOUT_VDSO 0x1fb000UL  /* data page, then code */

struct layout {
    uint64_t program;   /* where position-independent programs are loaded */
    uint64_t leaf;      /* what that leaf table maps begins here */
    uint64_t stack_top; /* where the stack begins, downwards: whole pages, at most leaf + LAYOUT_STACK */
    uint64_t mmap_top;  /* larger mappings go downwards from here */
};

/* /proc/sys/kernel/randomize_va_space: 0 is no randomisation. Linux's 1 and 2 differ in the heap, which Tine leaves behind
 * the program in both. */
extern int layout_randomize;

/* The layout of an image, from a random number or the one without; O(1). */
struct layout layout_choose(uint64_t random);
struct layout layout_fixed(void);

/* Moves stack and mappings for one exec, and gives the bytes by which the first stack pointer lies lower, less than a
 * page and a multiple of 16. O(1). */
uint64_t layout_vary(struct layout *layout, uint32_t random);

static inline uint64_t layout_stack_end(const struct layout *layout)
{
    return layout->leaf + LAYOUT_STACK;
}

static inline uint64_t layout_vdso(const struct layout *layout)
{
    return layout->leaf + LAYOUT_VDSO;
}

#endif
