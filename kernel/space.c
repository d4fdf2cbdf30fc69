/*
 * Range operations on address spaces: see space.h. Each is a loop over leaf tables (next_piece) with a function for one
 * table inside; the tree does the rest.
 */

#include "space.h"
#include "hart.h"
#include "preempt.h"
#include "print.h"
#include <riscv/page.h>
#include <riscv/tlb.h>

#define PROT_RIGHTS (TINE_PROT_READ | TINE_PROT_WRITE | TINE_PROT_EXEC)

err_t space_init(struct space *space, struct pool *pool)
{
    space->satp = 0;
    space->asid_generation = 0;
    return tree_init(&space->tree, pool);
}

bool space_teardown(struct space *space)
{
    if (!space->tree.root)
        return true;
    while (tree_dismantle(&space->tree))
        if (preempt_pending())
            return false;
    tlb_leave(space);
    tree_free(&space->tree);
    return true;
}

void space_count(const struct space *space, uint64_t *pages, uint64_t *nodes)
{
    *pages = space->tree.pages;
    *nodes = space->tree.nodes;
}

static bool range_bad(vaddr_t addr, size_t npages)
{
    return (addr & (TINE_PAGE_SIZE - 1)) || addr >= TINE_USER_END ||
           npages > (TINE_USER_END - addr) >> TINE_PAGE_SHIFT;
}

static err_t range_check(const struct space_range *range, unsigned prot, unsigned allowed)
{
    if (range_bad(range->addr, range->npages))
        return TINE_ERR_RANGE;
    return prot & ~allowed ? TINE_ERR_ARG : 0;
}

static void advance(struct space_range *range, size_t npages)
{
    if (npages > range->npages)
        npages = range->npages;
    range->addr += npages << TINE_PAGE_SHIFT;
    range->source_addr += npages << TINE_PAGE_SHIFT;
    range->npages -= npages;
}

/* Rights as hardware knows them, for a page that may be written if `write`. */
static pte_t rights(unsigned prot, bool write)
{
    pte_t pte = PTE_U | PTE_A;

    if (prot & PROT_RIGHTS)
        pte |= PTE_V | PTE_R;
    if (prot & TINE_PROT_EXEC)
        pte |= PTE_X;
    if (prot & TINE_PROT_WRITE && write)
        pte |= PTE_W | PTE_D;
    return pte;
}

/* After entries of `npages` pages from addr have changed. Few pages are flushed one by one. */
static void flush(struct space *space, vaddr_t addr, size_t npages)
{
    if (npages > 8) {
        tlb_flush_space(space);
        return;
    }
    for (; npages; npages--, addr += TINE_PAGE_SIZE)
        tlb_flush_page(space, addr);
}

/* Fresh code may be about to run. */
static void fence_code(unsigned prot)
{
    if (prot & TINE_PROT_EXEC)
        tlb_fence_code();
}

/* ---- zero ---------------------------------------------------------------------------------------------------------- */

static err_t zero_leaf(struct space *space, struct tree_leaf *leaf, pte_t flags, unsigned *index)
{
    for (; *index < leaf->end; ++*index) {
        paddr_t pa;
        err_t err;

        if (leaf->entry[*index])
            continue;
        err = pool_take_frame(space->tree.pool, FRAME_PAGE, true, &pa);
        if (err)
            return err;
        tree_set(&space->tree, leaf, *index, pte_make(pa, flags));
        kernel_stat.pages_zeroed++;
    }
    return 0;
}

err_t space_zero(struct space *space, struct space_range *range, unsigned prot)
{
    pte_t flags = rights(prot, true) | PTE_MAY_WRITE;
    vaddr_t start = range->addr;
    err_t err = range_check(range, prot, PROT_RIGHTS);

    while (!err && range->npages) {
        /* At most 32 at a time: a page to clear is 530 instructions. */
        struct tree_leaf leaf;
        unsigned index;

        err = tree_reach(&space->tree, range->addr, range->npages < 32 ? range->npages : 32, &leaf);
        if (err)
            break;
        index = leaf.first;
        err = zero_leaf(space, &leaf, flags, &index);
        if (err)
            tree_prune(&space->tree, range->addr);
        advance(range, index - leaf.first);
        if (!err && range->npages && preempt_pending())
            err = SPACE_PREEMPTED;
    }
    flush(space, start, (range->addr - start) >> TINE_PAGE_SHIFT);
    fence_code(prot);
    return err;
}

/* ---- copy ---------------------------------------------------------------------------------------------------------- */

/* Makes one mapped page private with these rights. MEMORY: as it was. */
static err_t copy_entry(struct space *space, pte_t *entry, pte_t flags)
{
    paddr_t old = pte_paddr(*entry), fresh;
    struct frame *frame = frame_counted(old);
    err_t err;

    if (!frame)
        return 0; /* a device's registers are nobody's to copy */
    if (frame->refs == 1) {
        *entry = pte_make(old, flags);
        return 0;
    }
    err = pool_take_frame(space->tree.pool, FRAME_PAGE, false, &fresh);
    if (err)
        return err;
    page_copy(phys_to_virt(fresh), phys_to_virt(old));
    *entry = pte_make(fresh, flags);
    frame_put(old);
    kernel_stat.pages_copied++;
    return 0;
}

err_t space_copy(struct space *space, struct space_range *range, unsigned prot)
{
    pte_t flags = rights(prot, true) | PTE_MAY_WRITE;
    err_t err = range_check(range, prot, PROT_RIGHTS);

    while (!err && range->npages) {
        pte_t *entry = tree_entry(&space->tree, range->addr);

        if (!entry) {
            advance(range, (SV39_ENTRIES - sv39_index(range->addr, 0)));
            continue;
        }
        if (*entry) {
            err = copy_entry(space, entry, flags);
            if (err)
                break;
            tlb_flush_page(space, range->addr);
        }
        advance(range, 1);
        if (range->npages && (range->addr >> TINE_PAGE_SHIFT) % 16 == 0 && preempt_pending())
            err = SPACE_PREEMPTED;
    }
    fence_code(prot);
    return err;
}

/* ---- unmap ---------------------------------------------------------------------------------------------------------- */

static void unmap_leaf(struct space *space, struct tree_leaf *leaf)
{
    for (unsigned i = leaf->first; i < leaf->end && leaf->frame->used; i++)
        if (leaf->entry[i])
            tree_clear(&space->tree, leaf, i);
}

/* Pages of the range that lie in the same leaf table as its start. */
static size_t in_leaf(const struct space_range *range)
{
    size_t here = SV39_ENTRIES - sv39_index(range->addr, 0);

    return range->npages < here ? range->npages : here;
}

err_t space_unmap(struct space *space, struct space_range *range)
{
    vaddr_t start = range->addr;
    size_t skip;
    err_t err = range_check(range, 0, 0);

    while (!err && range->npages) {
        struct tree_leaf leaf;
        vaddr_t addr = range->addr;

        tree_find(&space->tree, addr, range->npages, &leaf, &skip);
        if (leaf.entry) {
            unmap_leaf(space, &leaf);
            tree_prune(&space->tree, addr);
        }
        advance(range, skip);
        if (leaf.entry && range->npages && preempt_pending())
            err = SPACE_PREEMPTED;
    }
    flush(space, start, (range->addr - start) >> TINE_PAGE_SHIFT);
    return err;
}

/* Empties the part of a range that one leaf table covers, for a mapping that replaces it. */
static void replace(struct space *space, struct tree_leaf *leaf)
{
    if (!leaf->frame->used)
        return;
    for (unsigned i = leaf->first; i < leaf->end; i++)
        if (leaf->entry[i])
            tree_clear(&space->tree, leaf, i);
}

/* ---- clone ---------------------------------------------------------------------------------------------------------- */

/* Copies of all pages of one leaf table's range, now. */
static err_t clone_frames(struct space *space, struct tree_leaf *to, const struct tree_leaf *from, unsigned *index)
{
    for (; *index < from->end; ++*index) {
        pte_t pte = from->entry[*index];
        paddr_t pa;
        err_t err;

        if (!pte)
            continue;
        if (!(pte & (PTE_W | PTE_MAY_WRITE | PTE_COW)) || !frame_counted(pte_paddr(pte))) {
            if (frame_counted(pte_paddr(pte)))
                frame_of(pte_paddr(pte))->refs++;
            tree_set(&space->tree, to, *index, pte);
            continue;
        }
        err = pool_take_frame(space->tree.pool, FRAME_PAGE, false, &pa);
        if (err)
            return err;
        page_copy(phys_to_virt(pa), phys_to_virt(pte_paddr(pte)));
        kernel_stat.pages_copied++;
        tree_set(&space->tree, to, *index, pte_make(pa, (pte & PTE_FLAGS & ~PTE_COW) | PTE_MAY_WRITE));
    }
    return 0;
}

static err_t clone_leaf(struct space *space, struct space_range *range, unsigned granularity, struct tree_leaf *from,
                        size_t skip)
{
    struct tree_leaf to;
    unsigned index = from->first;
    err_t err = tree_reach(&space->tree, range->addr, range->npages, &to);

    if (err)
        return err;
    replace(space, &to);
    if (granularity != TINE_CLONE_FRAMES)
        tree_clone_entries(&space->tree, &to, from);
    else
        err = clone_frames(space, &to, from, &index);
    if (!to.frame->used)
        tree_prune(&space->tree, range->addr);
    if (!err)
        advance(range, skip);
    else if (index > sv39_index(range->addr, 0))
        advance(range, index - sv39_index(range->addr, 0));
    return err;
}

err_t space_clone(struct space *space, struct space_range *range, unsigned granularity, struct space *source)
{
    bool replaces = space->tree.pages != 0;
    err_t err = range_check(range, 0, 0);
    size_t skip;

    if (!err && granularity > TINE_CLONE_ENTRIES) /* shared nodes: not in this version */
        err = TINE_ERR_ARG;
    while (!err && range->npages) {
        struct tree_leaf from;

        tree_find(&source->tree, range->addr, range->npages, &from, &skip);
        if (!from.entry || from.first >= from.end) {
            struct space_range gap = { .addr = range->addr, .npages = skip < range->npages ? skip : range->npages };

            if (replaces)
                space_unmap(space, &gap);
            advance(range, skip);
            continue;
        }
        err = clone_leaf(space, range, granularity, &from, skip);
        if (!err && range->npages && preempt_pending())
            err = SPACE_PREEMPTED;
    }
    tlb_flush_space(source);
    tlb_flush_space(space); /* costs nothing for one that never ran */
    return err;
}

/* ---- share ---------------------------------------------------------------------------------------------------------- */

/* The entry that shares `pte` with prot; 0 if the source does not permit it. */
static pte_t shared_entry(pte_t pte, unsigned prot)
{
    bool writable = (pte & (PTE_W | PTE_MAY_WRITE)) && !(pte & PTE_COW);
    pte_t flags;

    if (prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE) && !writable)
        return 0;
    flags = rights(prot, true);
    if (prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE))
        flags |= PTE_MAY_WRITE;
    if (prot & TINE_PROT_PRIVATE)
        flags |= PTE_COW;
    return (pte & ~PTE_FLAGS) | flags;
}

static err_t share_page(struct space *space, struct tree_leaf *to, unsigned index, pte_t pte, unsigned prot)
{
    struct frame *frame = frame_counted(pte_paddr(pte));
    pte_t entry = shared_entry(pte, prot);

    if (!entry)
        return TINE_ERR_RIGHTS;
    if (frame)
        frame->refs++; /* first, in case that it replaces itself */
    if (to->entry[index])
        tree_clear(&space->tree, to, index);
    tree_set(&space->tree, to, index, entry);
    return 0;
}

/* The pages of the range for which both sides stay in one leaf table. */
static err_t share_leaf(struct space *space, struct space_range *range, unsigned prot, const struct tree_leaf *from,
                        size_t npages)
{
    struct tree_leaf to;
    unsigned source = sv39_index(range->source_addr, 0);
    err_t err = tree_reach(&space->tree, range->addr, npages, &to);

    for (size_t i = 0; !err && i < npages; i++) {
        pte_t pte = from->entry[source + i];

        if (pte)
            err = share_page(space, &to, to.first + i, pte, prot);
        else if (to.entry[to.first + i])
            tree_clear(&space->tree, &to, to.first + i);
        if (!err)
            advance(range, 1);
    }
    return err;
}

err_t space_share(struct space *space, struct space_range *range, unsigned prot, struct space *source)
{
    vaddr_t start = range->addr;
    err_t err = range_check(range, prot, PROT_RIGHTS | TINE_PROT_PRIVATE | TINE_PROT_MAY_WRITE);
    size_t skip;

    if (!err && range_bad(range->source_addr, range->npages))
        err = TINE_ERR_RANGE;
    if (!err && prot & TINE_PROT_PRIVATE && prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE))
        err = TINE_ERR_ARG;
    while (!err && range->npages) {
        struct tree_leaf from;
        size_t npages = in_leaf(range);
        size_t there = SV39_ENTRIES - sv39_index(range->source_addr, 0);

        if (npages > there)
            npages = there;
        tree_find(&source->tree, range->source_addr, npages, &from, &skip);
        if (from.entry) {
            vaddr_t addr = range->addr;

            err = share_leaf(space, range, prot, &from, npages);
            tree_prune(&space->tree, addr);
        } else {
            struct space_range gap = { .addr = range->addr, .npages = npages };

            space_unmap(space, &gap);
            advance(range, npages);
        }
        if (!err && range->npages && preempt_pending())
            err = SPACE_PREEMPTED;
    }
    flush(space, start, (range->addr - start) >> TINE_PAGE_SHIFT);
    fence_code(prot);
    return err;
}

/* ---- protect, inspect ------------------------------------------------------------------------------------------------- */

static void protect_leaf(struct tree_leaf *leaf, unsigned prot)
{
    pte_t with_write = rights(prot, true);
    pte_t without = rights(prot, false);

    for (unsigned i = leaf->first; i < leaf->end; i++) {
        pte_t pte = leaf->entry[i];
        pte_t keep = pte & (~PTE_FLAGS | PTE_MAY_WRITE | PTE_COW);

        if (pte)
            leaf->entry[i] = keep | ((pte & (PTE_MAY_WRITE | PTE_COW)) == PTE_MAY_WRITE ? with_write : without);
    }
}

err_t space_protect(struct space *space, struct space_range *range, unsigned prot)
{
    vaddr_t start = range->addr;
    err_t err = range_check(range, prot, PROT_RIGHTS);
    size_t skip;

    while (!err && range->npages) {
        struct tree_leaf leaf;

        tree_find(&space->tree, range->addr, range->npages, &leaf, &skip);
        if (leaf.entry)
            protect_leaf(&leaf, prot);
        advance(range, skip);
        if (leaf.entry && range->npages && preempt_pending())
            err = SPACE_PREEMPTED;
    }
    flush(space, start, (range->addr - start) >> TINE_PAGE_SHIFT);
    fence_code(prot);
    return err;
}

static unsigned page_state(pte_t pte)
{
    const struct frame *frame = pte ? frame_counted(pte_paddr(pte)) : NULL;
    unsigned state = pte ? TINE_PAGE_PRESENT : 0;

    if (pte & PTE_W)
        state |= TINE_PAGE_WRITABLE;
    if (pte & PTE_X)
        state |= TINE_PAGE_EXEC;
    if (pte & PTE_COW)
        state |= TINE_PAGE_COW;
    if (pte & PTE_MAY_WRITE)
        state |= TINE_PAGE_MAY_WRITE;
    if (frame && frame->refs == 1)
        state |= TINE_PAGE_EXCLUSIVE;
    return state;
}

err_t space_inspect(struct space *space, vaddr_t addr, size_t npages, unsigned *state, size_t *run)
{
    struct tree_leaf leaf;
    unsigned index = sv39_index(addr, 0), end;
    size_t skip;

    if (range_bad(addr, npages) || !npages)
        return TINE_ERR_RANGE;
    tree_find(&space->tree, addr, npages, &leaf, &skip);
    *state = leaf.entry ? page_state(leaf.entry[index]) : 0;
    *run = skip < npages ? skip : npages;
    if (!leaf.entry)
        return 0;
    end = index + *run;
    for (unsigned i = index + 1; i < end; i++)
        if (page_state(leaf.entry[i]) != *state) {
            *run = i - index;
            break;
        }
    return 0;
}

/* ---- pages that come from elsewhere ------------------------------------------------------------------------------------- */

static err_t map_physical(struct space *space, struct space_range *range, pte_t flags, paddr_t pa, bool adopt)
{
    vaddr_t start = range->addr;

    while (range->npages) {
        struct tree_leaf leaf;
        err_t err = tree_reach(&space->tree, range->addr, 1, &leaf);

        if (err)
            return err;
        if (leaf.entry[leaf.first])
            tree_clear(&space->tree, &leaf, leaf.first);
        if (adopt)
            pool_adopt_frame(space->tree.pool, pa);
        tree_set(&space->tree, &leaf, leaf.first, pte_make(pa, flags));
        pa += TINE_PAGE_SIZE;
        advance(range, 1);
        if (range->npages && (range->addr >> TINE_PAGE_SHIFT) % 64 == 0 && preempt_pending())
            return SPACE_PREEMPTED;
    }
    flush(space, start, (range->addr - start) >> TINE_PAGE_SHIFT);
    return 0;
}

err_t space_device(struct space *space, struct space_range *range, unsigned prot, paddr_t pa)
{
    err_t err = range_check(range, prot, TINE_PROT_READ | TINE_PROT_WRITE);

    return err ? err : map_physical(space, range, rights(prot, true), pa, false);
}

err_t space_adopt(struct space *space, struct space_range *range, unsigned prot, paddr_t pa)
{
    err_t err = range_check(range, prot, TINE_PROT_READ);

    if (!err && !frames_overlap(pa, pa + (range->npages << TINE_PAGE_SHIFT)))
        err = TINE_ERR_RANGE;
    return err ? err : map_physical(space, range, rights(prot, false), pa, true);
}
