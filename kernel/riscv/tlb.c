/* The TLB: see tlb.h. ASIDs are given out in order; when they run out a new generation begins with an empty TLB. */

#include <riscv/tlb.h>
#include <sbi/paging.h>
#include <sbi/sbi.h>

static unsigned asid_bits;
static uint64_t asid_last;
static uint64_t generation = 1; /* 0 in a space: it never ran */

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
    hart_self()->flush_on_switch = !asid_bits;
    hart_self()->asid_generation = generation;
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
            for (unsigned i = 0; i < hart_count; i++)
                harts[i].asid_generation = generation;
            flush_all();
        }
        asid = asid_last;
    }
    space->asid_generation = generation;
    space->satp = SATP_MODE_SV39 | asid << SATP_ASID_SHIFT | space->tree.root >> TINE_PAGE_SHIFT;
}

bool space_activate_slowly(struct space *space)
{
    if (!space->tree.pool)
        return false;
    asid_assign(space);
    return true;
}

void tlb_leave(struct space *space)
{
    struct hart *hart = hart_self();

    space->asid_generation = 0;
    if (hart->space == space) {
        hart->space = NULL;
        hart->current = NULL; /* whoever runs next is switched to anew */
        csr_write(satp, kernel_satp);
        if (!asid_bits)
            flush_all();
    }
}

/* A resident's pages are seen in all spaces, and its own is never activated: what was changed is flushed for all ASIDs. */
static void flush_resident(const struct space *space, uint64_t addr, bool all)
{
    if (!space_is_resident(space))
        return;
    if (all)
        __asm__ volatile("sfence.vma" ::: "memory");
    else
        __asm__ volatile("sfence.vma %0" ::"r"(resident_window(space, addr)) : "memory");
    kernel_stat.tlb_flushes++;
    flush_others(0, ~0ul);
}

void tlb_flush_page(struct space *space, uint64_t addr)
{
    if (space->asid_generation != generation) {
        flush_resident(space, addr, false);
        return;
    }
    __asm__ volatile("sfence.vma %0, %1" ::"r"(addr), "r"(space->satp >> SATP_ASID_SHIFT & SATP_ASID_MASK) : "memory");
    kernel_stat.tlb_flushes++;
    flush_others(addr, TINE_PAGE_SIZE);
}

void tlb_flush_space(struct space *space)
{
    if (space->asid_generation != generation) {
        flush_resident(space, 0, true);
        return;
    }
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
