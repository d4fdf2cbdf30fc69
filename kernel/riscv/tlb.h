/*
 * Which space a hart runs, and what its TLB may remember of it. With ASIDs a switch of space flushes nothing and a change
 * flushes by ASID; a hart without them (the JH7110 has none) flushes everything at each switch.
 *
 * An entry that only gains rights, or becomes present, is flushed too where that is one instruction: the architecture
 * permits a hart to remember that there was nothing.
 */
#ifndef RISCV_TLB_H
#define RISCV_TLB_H

#include "../hart.h"
#include "../space.h"
#include <riscv/csr.h>

/* Finds out how many ASID bits this hart, the first, has; the others are taken to have as many. Or does as if it had none. */
void tlb_init(struct hart *hart, bool use_asids);
void tlb_init_hart(struct hart *hart);
unsigned tlb_asid_bits(void);

/* Gives the space an ASID of the present generation. False if the space is gone. */
bool space_activate_slowly(struct space *space);

/* Makes this hart run in the space, whose ASID is of the present generation. */
static inline void space_enter(struct hart *hart, struct space *space)
{
    hart->space = space;
    csr_write(satp, space->satp);
    if (__builtin_expect(hart->flush_on_switch, 0)) {
        __asm__ volatile("sfence.vma" ::: "memory");
        kernel_stat.tlb_flushes_all++;
    }
}

/* Makes this hart run in the space, another one than now. False if it is gone. */
static inline bool space_activate(struct hart *hart, struct space *space)
{
    if (__builtin_expect(space->asid_generation != hart->asid_generation, 0) && !space_activate_slowly(space))
        return false;
    hart->space_switches++;
    space_enter(hart, space);
    return true;
}

/* No hart may stay in this space: its root is about to go. */
void tlb_leave(struct space *space);

/* One of several harts is about to go over to the space: forgets what has changed there since it left. */
void tlb_come_back(struct hart *hart, struct space *space);

void tlb_flush_page(struct space *space, uint64_t addr);
void tlb_flush_space(struct space *space);

/* Instructions were written that are mapped in this space: no hart may run old ones; who is not in it fences when it comes. */
void tlb_fence_code(const struct space *space);

#endif
