/* The TLB: see tlb.h. ASIDs are given out in order; when they run out a new generation begins with an empty TLB. */

#include "../hart.h"
#include "../space.h"
#include <riscv/csr.h>
#include <riscv/tlb.h>
#include <sbi/paging.h>
#include <sbi/sbi.h>

static unsigned asid_bits;
static uint64_t asid_last;
static uint64_t generation = 1; /* 0 in a space: it never ran */
static uint64_t active_satp;    /* of this hart */

void tlb_init(void)
{
    uint64_t satp = csr_read(satp);
    uint64_t mask;

    csr_write(satp, satp | SATP_ASID_MASK_ALL);
    mask = csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK_ALL >> SATP_ASID_SHIFT;
    csr_write(satp, satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    for (asid_bits = 0; mask >> asid_bits; asid_bits++)
        ;
    active_satp = satp;
}

unsigned tlb_asid_bits(void)
{
    return asid_bits;
}

static void flush_all(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
    kernel_stat.tlb_flushes++;
}

/* The others may hold entries of any space that runs on several harts. */
static void flush_others(uint64_t start, uint64_t size)
{
    if (hart_count > 1)
        sbi_remote_sfence_vma(0, SBI_ALL_HARTS, start, size);
}

static void asid_assign(struct space *space)
{
    uint64_t asid = 0;

    if (asid_bits) {
        if (++asid_last >> asid_bits) {
            asid_last = 1;
            generation++;
            flush_all();
        }
        asid = asid_last;
    }
    space->asid_generation = generation;
    space->satp = SATP_MODE_SV39 | asid << SATP_ASID_SHIFT | space->tree.root >> TINE_PAGE_SHIFT;
}

void space_activate(struct space *space)
{
    if (space->asid_generation != generation)
        asid_assign(space);
    if (space->satp == active_satp)
        return;
    active_satp = space->satp;
    csr_write(satp, space->satp);
    kernel_stat.space_switches++;
    if (!asid_bits)
        flush_all();
}

void tlb_leave(struct space *space)
{
    if (space->asid_generation && space->satp == active_satp) {
        active_satp = kernel_satp;
        csr_write(satp, kernel_satp);
        hart_self()->current = NULL; /* whoever ran there is switched to anew, if ever */
    }
    if (!asid_bits)
        flush_all();
}

void tlb_flush_page(struct space *space, uint64_t addr)
{
    if (space->asid_generation != generation)
        return;
    __asm__ volatile("sfence.vma %0, %1" ::"r"(addr), "r"(space->satp >> SATP_ASID_SHIFT & SATP_ASID_MASK) : "memory");
    kernel_stat.tlb_flushes++;
    flush_others(addr, TINE_PAGE_SIZE);
}

void tlb_flush_space(struct space *space)
{
    if (space->asid_generation != generation)
        return;
    __asm__ volatile("sfence.vma zero, %0" ::"r"(space->satp >> SATP_ASID_SHIFT & SATP_ASID_MASK) : "memory");
    kernel_stat.tlb_flushes++;
    flush_others(0, ~0ul);
}

void tlb_fence_code(void)
{
    __asm__ volatile("fence.i" ::: "memory");
    if (hart_count > 1)
        sbi_remote_fence_i(0, SBI_ALL_HARTS);
}
