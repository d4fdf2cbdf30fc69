/*
 * Address spaces: a tree of page tables, and the operations on ranges of it. Every operation takes its range by pointer
 * and moves it on as it goes: when it returns SPACE_PREEMPTED, or an error, what is done is done and the range is what
 * remains. Each stops at a preemption point after a leaf table at the latest.
 *
 * prot is enum tine_prot; addresses and sizes have been fetched from registers but not checked: that happens here.
 * Common errors: RANGE (unaligned, wraps, beyond user addresses), ARG (prot), MEMORY, GONE (the space was destroyed).
 *
 * When an operation returns, this hart's TLB agrees with the tables for the whole range, so a fault that it answers
 * does not come again. Other harts are told of what was taken away; what they gain they may learn by one fault more.
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include "resident.h"
#include "tree.h"

#define SPACE_PREEMPTED 1

struct space {
    struct object head;
    struct tree tree;
    uint64_t satp;            /* as it was last activated, with its ASID */
    uint64_t asid_generation; /* in which that ASID is valid: riscv/tlb.c */
    uint32_t harts;           /* that may have something of it in their TLB, if there are several: bits of indices; */
    uint32_t stale;           /* those of them that have left, and whose TLB is behind the tables */
};

static inline bool space_is_resident(const struct space *space)
{
    return RESIDENTS && space->head.resident;
}

struct space_range {
    vaddr_t addr;
    size_t npages;
    vaddr_t source_addr; /* share */
};

struct device {
    struct object head;
    paddr_t base;
    uint64_t bytes;
};

/* Set once, at boot: whether the walker (check.h) is to find pages that became executable without a fence. */
extern bool space_checks_code;

/* An empty space in fresh memory of `pool`, which pays for its tables and pages; its head is not made. MEMORY. */
err_t space_init(struct space *space, struct pool *pool);

/* Unmaps everything and gives the root back; false when stopped at a preemption point: call again. */
bool space_teardown(struct space *space);

/* The same frames in both. Absent source pages are skipped; what was mapped in the range is replaced. RIGHTS: W or
 * MAY_WRITE asked for and the source mapping has neither W nor MAY_WRITE, or is a private page under COW. */
err_t space_share(struct space *space, struct space_range *range, unsigned prot, struct space *source);

/* Fresh zero pages where none is. With BIG, one page of 2 MiB: the range is just that, aligned (ARG) and empty (STATE). MEMORY
 * also if there is no run of frames for it. */
err_t space_zero(struct space *space, struct space_range *range, unsigned prot);

/* What is mapped becomes private, with the rights of prot. A frame that nobody else refers to stays. */
err_t space_copy(struct space *space, struct space_range *range, unsigned prot);

/* A snapshot: what is mapped in the source is mapped here at the same addresses; private pages lose W on both sides
 * until COPY. What was mapped here in the range is replaced. */
err_t space_clone(struct space *space, struct space_range *range, unsigned granularity, struct space *source);

/* A page that both sides are going to write at once. space_hot, before the clone: its address, if the source has it
 * writable, else 0. space_unshare, after it: gives each side its own; where there is no memory for that, nothing happens. */
uint64_t space_hot(const struct space *source, vaddr_t addr);
void space_unshare(struct space *space, struct space *source, vaddr_t addr);

/* Pages from addr on, those that have a bit, become the space's own, readable and writable; where there is no memory for that,
 * nothing happens. *bits: those that are still to be done. */
err_t space_copy_some(struct space *space, vaddr_t addr, uint64_t *bits);

/* Changes rights of what is mapped. W is withheld where the mapping may not have it without COPY. */
err_t space_protect(struct space *space, struct space_range *range, unsigned prot);

err_t space_unmap(struct space *space, struct space_range *range);

/* enum tine_page bits of the first page, and how many pages from there on are alike, up to npages. Looks at one leaf
 * table or one gap at most. */
err_t space_inspect(struct space *space, vaddr_t addr, size_t npages, unsigned *state, size_t *run);

/* Registers of a device at physical `pa`: uncounted pages. RANGE: they would lie in RAM. */
err_t space_device(struct space *space, struct space_range *range, unsigned prot, paddr_t pa);

/* Pages from RAM that holds something already and belongs to nobody, at physical `pa`; charged to the root pool, which
 * `space` must be of. Used once, at boot: has no preemption point. */
err_t space_adopt(struct space *space, struct space_range *range, unsigned prot, paddr_t pa);

/* Adds up pages mapped and table frames, those that others share included. *addr, 0 at first, is how far it has come when it
 * was preempted. GONE. */
err_t space_count(const struct space *space, vaddr_t *addr, uint64_t *pages, uint64_t *nodes);

/* The hardware stopped at addr, which it wanted to access (READ, WRITE or EXEC): whether that was for a link that this has
 * opened, so that the access will succeed now. Nobody needs to be asked: it is structure, and no policy. */
bool space_open(struct space *space, vaddr_t addr, unsigned prot);

/* Where the kernel finds the byte at a user address, or null if it is absent, does not permit `prot` (READ or
 * WRITE), or is a device's. */
static inline __attribute__((always_inline)) void *space_lookup(const struct space *space, vaddr_t addr, unsigned prot)
{
    pte_t need = prot & TINE_PROT_WRITE ? PTE_V | PTE_W : PTE_V | PTE_R;
    uint64_t inside = TINE_PAGE_SIZE - 1;
    const pte_t *entry;

    if (addr >= TINE_USER_END)
        return space_is_resident(space) ? resident_lookup(space, addr, prot) : NULL;
    entry = tree_entry(&space->tree, addr, prot & TINE_PROT_WRITE ? PTE_V : 0, &inside);
    if (!entry || (*entry & need) != need || pte_is_device(*entry))
        return NULL;
    return (char *)phys_to_virt(pte_paddr(*entry)) + (addr & inside);
}

#endif
