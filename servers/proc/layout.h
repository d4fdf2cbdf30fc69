/*
 * Where things lie in a process. Chosen so that a small program needs few page tables, since each costs fork a frame
 * and several hundred instructions: the stack, the vDSO and small mappings share one leaf table near the top; the
 * program and its heap lie in another at the bottom. The kernel finds what is in a table by groups of 16 entries
 * (kernel/tree.h), so the one near the top is the first of a group, as is the table above it: who looks for it passes no
 * empty entries.
 *
 * No randomisation yet: whoever adds it changes LAYOUT_* into fields of struct space, chosen in exec.
 */
#ifndef PROC_LAYOUT_H
#define PROC_LAYOUT_H

#include <tine.h>

#define LAYOUT_LOW 0x10000UL     /* nothing below: null pointers fault (mmap_min_addr) */
#define LAYOUT_PROGRAM 0x10000UL /* where position-independent programs are loaded */
#define LAYOUT_END (TINE_USER_END - TINE_PAGE_SIZE)
#define LAYOUT_TOP ((240UL << 30) + (496UL << 21)) /* of that leaf table: entry 240 of 256, then 496 of 512 */
#define LAYOUT_VDSO (LAYOUT_TOP + 0x1fb000UL)      /* data page, then code */
#define LAYOUT_STACK_TOP (LAYOUT_TOP + 0x100000UL) /* the middle of it */
#define LAYOUT_STACK_BYTES 0x20000UL        /* of the region at first; it grows down to RLIMIT_STACK */
#define LAYOUT_STACK_MAX 0x40000000UL       /* room kept for the stack to grow, whatever the limit */
#define LAYOUT_SMALL 0x40000UL              /* mappings up to this go between stack and vDSO while there is room */
#define LAYOUT_MMAP_TOP (LAYOUT_STACK_TOP - LAYOUT_STACK_MAX) /* the others, downwards from here */

#endif
