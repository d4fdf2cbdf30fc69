/*
 * Where things are in the kernel's half of every address space (Sv39, one root entry a GiB).
 *
 *   DIRECT_MAP_BASE  every GiB that has RAM or a device of the kernel's, at its physical address plus the base; not
 *                    executable, and read-only where the image's text and constants are
 *   RESIDENTS_BASE   the windows to the spaces of servers that run in the kernel, if there are any (resident.h)
 *   KERNEL_BASE      the image, wherever in RAM it was loaded; text read and execute, constants read, the rest write
 *   STACKS_BASE      one stack per hart, each above an unmapped page
 *
 * The root table is made once (sbi/paging.c) and its entries never change, so a space copies the few that are used.
 */
#ifndef RISCV_LAYOUT_H
#define RISCV_LAYOUT_H

#define DIRECT_MAP_BASE 0xffffffc000000000
#define DIRECT_MAP_END 0xfffffffb00000000
#define PHYSICAL_END 0x3b00000000 /* RAM and devices of the kernel lie below: 236 GiB */
#define RESIDENTS_BASE DIRECT_MAP_END /* libc/mono/windows.h divides it up, by whole GiB */
#define RESIDENTS_END KERNEL_BASE
#define KERNEL_BASE 0xffffffff80000000
#define KERNEL_SPAN 0x800000 /* the most that the image may take, bss included: image.lds asserts it */
#define STACKS_BASE 0xffffffffc0000000

#define HARTS_MAX 8
#define STACK_STRIDE 0x4000
#define STACK_GUARD 0x1000 /* the lowest page of each stride */

#ifndef __ASSEMBLER__
#include <stdint.h>

typedef uint64_t paddr_t;
typedef uint64_t vaddr_t;

/* Any physical address inside RAM or a device that the kernel drives. */
static inline void *phys_to_virt(paddr_t pa)
{
    return (void *)(pa + DIRECT_MAP_BASE);
}

/* Of an address from phys_to_virt, not of a variable of the image: that is what image_to_phys is for. */
static inline paddr_t virt_to_phys(const void *va)
{
    return (paddr_t)va - DIRECT_MAP_BASE;
}

/* Where the image was loaded: entry.S finds it out. */
extern paddr_t image_base;

static inline paddr_t image_to_phys(const void *va)
{
    return (paddr_t)va - KERNEL_BASE + image_base;
}

/* The initial stack pointer of the hart that the kernel counts as `index`. */
static inline vaddr_t stack_top(unsigned index)
{
    return STACKS_BASE + (vaddr_t)(index + 1) * STACK_STRIDE;
}
#endif

#endif
