/*
 * Sv39 page tables: RISC-V privileged specification, "Sv39: Page-Based 39-bit Virtual-Memory System". Constants only, so
 * that the rest of the kernel compiles for the host as it is.
 */
#ifndef RISCV_SV39_H
#define RISCV_SV39_H

#include <stdint.h>

typedef uint64_t pte_t;

#define PTE_V (1ul << 0)
#define PTE_R (1ul << 1)
#define PTE_W (1ul << 2)
#define PTE_X (1ul << 3)
#define PTE_U (1ul << 4) /* in every leaf of ours, also in one without V: there is a page, but no access to it */
#define PTE_G (1ul << 5)
#define PTE_A (1ul << 6)
#define PTE_D (1ul << 7)
/* The two bits left to software: tree.h says what they mean. */
#define PTE_MAY_WRITE (1ul << 8)
#define PTE_COW       (1ul << 9)

#define PTE_PPN_SHIFT 10
#define PTE_FLAGS     0x3fful

#define SV39_LEVELS     3
#define SV39_ENTRIES    512
#define SV39_USER_ROOT  256 /* entries of the root that are for user addresses */
#define SATP_MODE_SV39  (8ul << 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK  0xfffful
#define SATP_ASID_MASK_ALL (SATP_ASID_MASK << SATP_ASID_SHIFT)

/* Index into the table of `level` (2: the root, 0: the leaf table). */
static inline unsigned sv39_index(uint64_t va, unsigned level)
{
    return (va >> (12 + 9 * level)) & (SV39_ENTRIES - 1);
}

/* Bytes that an entry of `level` spans. */
static inline uint64_t sv39_span(unsigned level)
{
    return 1ul << (12 + 9 * level);
}

static inline uint64_t pte_paddr(pte_t pte)
{
    return pte >> PTE_PPN_SHIFT << 12;
}

static inline pte_t pte_make(uint64_t pa, uint64_t flags)
{
    return pa >> 12 << PTE_PPN_SHIFT | flags;
}

#endif
