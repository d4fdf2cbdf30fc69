/* The TLB: see tlb.h. ASIDs are given out in order; when they run out a new generation begins with an empty TLB. */

#include "../bits.h"
#include <riscv/tlb.h>
#include <sbi/paging.h>
#include <sbi/sbi.h>

static unsigned asid_bits;
static uint64_t asid_last;
static uint64_t generation = 1; /* 0 in a space: it never ran */

void tlb_init(struct hart *hart, bool use_asids)
{
    uint64_t satp = csr_read(satp);
    uint64_t mask;

    csr_write(satp, satp | SATP_ASID_MASK_ALL);
    mask = csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK_ALL >> SATP_ASID_SHIFT;
    csr_write(satp, satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    for (asid_bits = 0; use_asids && mask >> asid_bits; asid_bits++)
        ;
    tlb_init_hart(hart);
}

void tlb_init_hart(struct hart *hart)
{
    hart->flush_on_switch = !asid_bits;
    hart->asid_generation = generation;
}

unsigned tlb_asid_bits(void)
{
    return asid_bits;
}

static unsigned long asid_of(const struct space *space)
{
    return space->satp >> SATP_ASID_SHIFT & SATP_ASID_MASK;
}

static void flush_all(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
    kernel_stat.tlb_flushes_all++;
}

/* Of the harts that ran the space since it was made, without this one: who is in it is told now, the others when they come
 * back. One that still runs it by an ASID of an old generation has entries under that, so all ASIDs are meant. */
static void flush_others(struct space *space, uint64_t start, uint64_t size)
{
    uint32_t others = space->harts & ~(1u << hart_self()->index);

    for (; others; others &= others - 1) {
        const struct hart *other = &harts[lowest_bit(others)];

        if (other->space != space) {
            space->stale |= 1u << other->index;
            continue;
        }
        sbi_remote_sfence_vma(1, other->id, start, size);
        kernel_stat.remote_flushes++;
    }
}

void tlb_come_back(struct hart *hart, struct space *space)
{
    uint32_t bit = 1u << hart->index;

    if (hart->stale_code)
        __asm__ volatile("fence.i" ::: "memory");
    hart->stale_code = false;
    if (space->stale & bit && space->asid_generation == generation)
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid_of(space)) : "memory");
    else if (space->stale & bit)
        flush_all();
    space->stale &= ~bit;
    space->harts |= bit;
}

/* When all ASIDs are used up they are given out anew: each hart empties its TLB before it uses the first of them. */
static void asid_assign(struct space *space)
{
    uint64_t asid = 0;

    if (asid_bits) {
        if (++asid_last >> asid_bits) {
            asid_last = 1;
            generation++;
        }
        asid = asid_last;
    }
    space->asid_generation = generation;
    space->satp = SATP_MODE_SV39 | asid << SATP_ASID_SHIFT | space->tree.root >> TINE_PAGE_SHIFT;
}

bool space_activate_slowly(struct space *space)
{
    struct hart *hart = hart_self();

    if (!space->tree.pool)
        return false;
    if (space->asid_generation != generation)
        asid_assign(space);
    if (hart->asid_generation != generation) {
        hart->asid_generation = generation;
        flush_all();
    }
    return true;
}

/* Whether no hart can have anything of the space. */
static bool never_ran(const struct space *space)
{
    return hart_self()->shared ? !space->harts : space->asid_generation != generation;
}

void tlb_leave(struct space *space)
{
    struct hart *hart = hart_self();

    space->asid_generation = 0;
    space->harts = 0;
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
    if (all) {
        flush_all();
    } else {
        __asm__ volatile("sfence.vma %0" ::"r"(resident_window(space, addr)) : "memory");
        kernel_stat.tlb_flushes_page++;
    }
    if (hart_count > 1)
        sbi_remote_sfence_vma(0, SBI_ALL_HARTS, 0, ~0ul);
}

/* A hart that has seen no space of this generation yet may have entries under an ASID of the last one. */
static bool by_asid(void)
{
    return hart_self()->asid_generation == generation;
}

void tlb_flush_page(struct space *space, uint64_t addr)
{
    if (never_ran(space)) {
        flush_resident(space, addr, false);
        return;
    }
    if (by_asid())
        __asm__ volatile("sfence.vma %0, %1" ::"r"(addr), "r"(asid_of(space)) : "memory");
    else
        __asm__ volatile("sfence.vma %0" ::"r"(addr) : "memory");
    kernel_stat.tlb_flushes_page++;
    flush_others(space, addr, TINE_PAGE_SIZE);
}

void tlb_flush_space(struct space *space)
{
    if (never_ran(space)) {
        flush_resident(space, 0, true);
        return;
    }
    if (by_asid())
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid_of(space)) : "memory");
    else
        __asm__ volatile("sfence.vma" ::: "memory");
    kernel_stat.tlb_flushes_space++;
    flush_others(space, 0, ~0ul);
}

void tlb_fence_code(const struct space *space)
{
    __asm__ volatile("fence.i" ::: "memory");
    for (unsigned i = 0; i < hart_count; i++) {
        if (&harts[i] == hart_self())
            continue;
        if (harts[i].space == space)
            sbi_remote_fence_i(1, harts[i].id);
        else
            harts[i].stale_code = true;
    }
}
