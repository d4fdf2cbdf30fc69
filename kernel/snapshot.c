/* Snapshots: clone, and the pages that both sides are going to write at once. The contract is in space.h, how the tree
 * stays right in docs/tree.md. */

#include "range.h"
#include "hart.h"
#include "preempt.h"
#include <riscv/page.h>

/* Copies of all pages that one leaf covers, now; pages that nobody may write stay shared. */
static err_t clone_frames(struct space *space, struct tree_leaf *to, const struct tree_leaf *from, size_t *done)
{
    LEAF_FOREACH (i, from) {
        pte_t pte = from->entry[i];
        paddr_t pa;

        if (!pte_is_device(pte) && pte & PTE_DEVICE) {
            err_t err = pool_take_frame(space->tree.pool, FRAME_PAGE, false, &pa);

            if (err) {
                *done = i - from->first;
                return err;
            }
            page_copy(phys_to_virt(pa), phys_to_virt(pte_paddr(pte)));
            kernel_stat.pages_copied++;
            pte = pte_make(pa, pte & PTE_FLAGS);
        } else if (!pte_is_device(pte)) {
            pte_frame(pte)->refs++;
        }
        tree_set(&space->tree, to, i, pte);
    }
    return 0;
}

/* One leaf table's part of the range. *done: pages that are finished, also on MEMORY. */
static err_t clone_leaf(struct space *space, vaddr_t addr, unsigned granularity, struct tree_leaf *from, bool *changed,
                        size_t *done)
{
    struct tree_leaf to;
    err_t err;

    if (granularity == TINE_CLONE_FRAMES)
        from->end = (unsigned)least(from->end, from->first + PIECE_PAGES);
    *done = 0;
    err = tree_reach(&space->tree, addr, from->end - from->first, &to);
    if (err)
        return err;
    if (to.frame->used)
        tree_clear_range(&space->tree, &to);
    *done = from->end - from->first;
    if (granularity == TINE_CLONE_FRAMES)
        err = clone_frames(space, &to, from, done);
    else
        *changed |= tree_clone_entries(&space->tree, &to, from);
    if (!to.frame->used)
        tree_prune(&space->tree, addr);
    return err;
}

/* One node of npages, shared with the source. `replaces`: something may be mapped here. */
static err_t clone_node(struct space *space, vaddr_t addr, size_t npages, bool open, struct space *source,
                        bool replaces, bool *written)
{
    struct space_range here = { .addr = addr, .npages = npages };
    err_t err = replaces ? space_unmap(space, &here) : 0;

    return err ? err : tree_clone_node(&space->tree, &source->tree, addr, npages, open, written);
}

/* A big page, as one where that is possible. In part, or where each page shall be copied, it becomes small ones first. */
static err_t clone_big(struct space *space, struct space_range *range, unsigned granularity, struct space *source,
                       const struct tree_leaf *from, bool replaces, bool *written)
{
    struct space_range here = { .addr = range->addr, .npages = RUN_FRAMES };
    struct tree_leaf broken;
    err_t err;

    if (granularity == TINE_CLONE_FRAMES || from->end - from->first < RUN_FRAMES)
        return tree_reach(&source->tree, range->addr, 1, &broken);
    err = replaces ? space_unmap(space, &here) : 0;
    if (!err)
        err = tree_clone_big(&space->tree, range->addr, from, written);
    return range_step(range, err ? 0 : RUN_FRAMES, err);
}

/* One step of a clone: a gap, a node to share, or the part of a leaf table that the range covers. */
static err_t clone_step(struct space *space, struct space_range *range, unsigned granularity, struct space *source,
                        bool replaces, bool *written)
{
    size_t done = tree_node_pages(&source->tree, range->addr, range->npages, granularity);
    size_t gap = done ? 0 : tree_gap(&source->tree, range->addr, range->npages);
    struct tree_leaf from;
    err_t err;

    if (gap)
        return range_replace_gap(space, range, gap, replaces);
    if (done) {
        err = clone_node(space, range->addr, done, granularity == TINE_CLONE_NODES, source, replaces, written);
        return range_step(range, err ? 0 : done, err);
    }
    tree_find(&source->tree, range->addr, range->npages, &from, &gap);
    if (from.big)
        return clone_big(space, range, granularity, source, &from, replaces, written);
    if (replaces)
        from.end = (unsigned)least(from.end, from.first + REPLACED_PAGES);
    err = clone_leaf(space, range->addr, granularity, &from, written, &done);
    return range_step(range, done, err);
}

err_t space_clone(struct space *space, struct space_range *range, unsigned granularity, struct space *source)
{
    bool replaces, written = false;
    vaddr_t start = range->addr;
    err_t err = range_check(space, range, 0, 0);

    if (!err && granularity > TINE_CLONE_TREE)
        err = TINE_ERR_ARG;
    if (!err && (space_is_resident(space) || space_is_resident(source))) /* rights travel with the entries */
        err = TINE_ERR_ARG;
    if (!err && !source->tree.pool)
        err = TINE_ERR_GONE;
    if (err)
        return err;
    replaces = !tree_is_empty(&space->tree);
    while (!err && range->npages)
        err = clone_step(space, range, granularity, source, replaces, &written);
    if (written || source->tree.relinked)
        space_flush_links(source);
    /* What is shared was fenced when it became code; copies are in other frames. A space that never ran has nothing to flush. */
    space_flush_code(space, start, range->addr, granularity == TINE_CLONE_FRAMES ? TINE_PROT_EXEC : 0);
    return err;
}

uint64_t space_hot(const struct space *source, vaddr_t addr)
{
    uint64_t inside;
    const pte_t *entry = addr < TINE_USER_END ? tree_entry(&source->tree, addr, PTE_V, &inside) : NULL;

    return entry && *entry & PTE_W && !pte_is_device(*entry) ? addr & ~(TINE_PAGE_SIZE - 1ul) : 0;
}

void space_unshare(struct space *space, struct space *source, vaddr_t addr)
{
    pte_t *theirs, *mine, flags;

    if (!addr || addr >= TINE_USER_END) /* it comes from registers that anybody can write */
        return;
    if (!space_own_entry(source, addr, &theirs) && theirs && !space_own_entry(space, addr, &mine) && mine && *mine == *theirs &&
        *mine & PTE_COW && !pte_is_device(*mine)) {
        flags = (*mine & PTE_FLAGS & ~PTE_COW) | PTE_W | PTE_D | PTE_MAY_WRITE;
        if (!space_copy_entry(space, mine, flags)) { /* no memory: both sides fault, as for any other page */
            unsigned prot = flags & PTE_X ? TINE_PROT_EXEC : 0;

            space_copy_entry(source, theirs, flags);
            space_flush_code(source, addr, addr + TINE_PAGE_SIZE, prot);
            space_flush_code(space, addr, addr + TINE_PAGE_SIZE, prot);
        }
    }
    if (source->tree.relinked)
        space_flush_links(source);
}

err_t space_copy_some(struct space *space, vaddr_t addr, uint64_t *bits)
{
    pte_t flags = space_rights(space, TINE_PROT_READ | TINE_PROT_WRITE, true) | PTE_MAY_WRITE;

    while (*bits) {
        vaddr_t page = (addr & ~(TINE_PAGE_SIZE - 1ul)) + ((vaddr_t)lowest_bit(*bits) << TINE_PAGE_SHIFT);
        pte_t *entry;

        if (addr < TINE_USER_END && page < TINE_USER_END && !space_own_entry(space, page, &entry) && entry && *entry) {
            space_copy_entry(space, entry, flags);
            space_flush(space, page, page + 1);
        }
        *bits &= *bits - 1;
        if (*bits && preempt_pending())
            return SPACE_PREEMPTED;
    }
    return 0;
}
