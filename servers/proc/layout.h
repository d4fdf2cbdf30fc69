/*
 * Where things lie in a process. Chosen so that a small program needs few page tables, since each costs fork a frame
 * and several hundred instructions: the stack, the vDSO and small mappings share one leaf table at the top; the program
 * and its heap lie in another at the bottom.
 *
 * No randomisation yet: whoever adds it changes LAYOUT_* into fields of struct space, chosen in exec.
 */
#ifndef PROC_LAYOUT_H
#define PROC_LAYOUT_H

#include <tine.h>

#define LAYOUT_LOW 0x10000UL     /* nothing below: null pointers fault (mmap_min_addr) */
#define LAYOUT_PROGRAM 0x10000UL /* where position-independent programs are loaded */
#define LAYOUT_END (TINE_USER_END - TINE_PAGE_SIZE)
#define LAYOUT_VDSO (LAYOUT_END - 0x4000UL) /* data page, then code */
#define LAYOUT_STACK_TOP 0x3ffff00000UL     /* the middle of the topmost leaf table */
#define LAYOUT_STACK_BYTES 0x20000UL        /* of the region at first; it grows down to RLIMIT_STACK */
#define LAYOUT_STACK_MAX 0x40000000UL       /* room kept for the stack to grow, whatever the limit */
#define LAYOUT_SMALL 0x40000UL              /* mappings up to this go between stack and vDSO while there is room */
#define LAYOUT_MMAP_TOP (LAYOUT_STACK_TOP - LAYOUT_STACK_MAX) /* the others, downwards from here */

#endif
