/*
 * Range operations on address spaces: see space.h. Each is a loop over the leaf tables that the range meets, with a
 * function for one table inside; the tree does the rest.
 */

#include "range.h"
#include "harts.h"
#include "preempt.h"
#include "print.h"
#include <riscv/page.h>
#include <riscv/tlb.h>

bool space_checks_code;

err_t space_init(struct space *space, struct pool *pool)
{
    space->satp = 0;
    space->asid_generation = 0;
    space->harts = space->stale = 0;
    return tree_init(&space->tree, pool);
}

bool space_teardown(struct space *space)
{
    if (!space->tree.pool)
        return true;
    if (space_is_resident(space))
        panic("a resident server is being destroyed");
    if (hart_self()->shared && !space_is_left(space))
        return false;
    while (tree_dismantle(&space->tree))
        if (preempt_pending())
            return false;
    tlb_leave(space);
    tree_free(&space->tree);
    return true;
}

void space_flush_links(struct space *space)
{
    space->tree.relinked = false;
    tlb_flush_space(space);
}

err_t space_count(const struct space *space, vaddr_t *addr, uint64_t *pages, uint64_t *nodes)
{
    if (!space->tree.pool)
        return TINE_ERR_GONE;
    if (!*addr)
        *nodes += 1; /* the root */
    while (*addr < TINE_USER_END && tree_count(&space->tree, addr, pages, nodes))
        if (preempt_pending())
            return SPACE_PREEMPTED;
    return 0;
}

bool space_open(struct space *space, vaddr_t addr, unsigned prot)
{
    pte_t right = prot & TINE_PROT_WRITE ? PTE_W : prot & TINE_PROT_EXEC ? PTE_X : PTE_R;
    bool opened;

    if (addr >= TINE_USER_END || !tree_stops(&space->tree, addr))
        return false;
    opened = tree_open(&space->tree, addr, right);
    space_flush_links(space);
    return opened;
}

/* ---- ranges ------------------------------------------------------------------------------------------------------ */

static bool range_bad(vaddr_t addr, size_t npages)
{
    return (addr & (TINE_PAGE_SIZE - 1)) || addr >= TINE_USER_END ||
           npages > (TINE_USER_END - addr) >> TINE_PAGE_SHIFT;
}

inline err_t range_check(const struct space *space, const struct space_range *range, unsigned prot, unsigned allowed)
{
    if (range_bad(range->addr, range->npages))
        return TINE_ERR_RANGE;
    if (prot & ~allowed)
        return TINE_ERR_ARG;
    return space->tree.pool ? 0 : TINE_ERR_GONE;
}

inline void range_advance(struct space_range *range, size_t npages)
{
    range->addr += npages << TINE_PAGE_SHIFT;
    range->source_addr += npages << TINE_PAGE_SHIFT;
    range->npages -= npages;
}

err_t range_step(struct space_range *range, size_t npages, err_t err)
{
    range_advance(range, npages);
    if (!err && range->npages && preempt_pending())
        err = SPACE_PREEMPTED;
    return err;
}

/* Moves the range on to the first of its pages that a leaf table holds, and makes that table the space's own. False if there
 * is none, and all of it is done, or on an error. */
static bool find_own(struct space *space, struct space_range *range, struct tree_leaf *leaf, err_t *err)
{
    size_t gap;

    if (*err || !range->npages)
        return false;
    *err = tree_own(&space->tree, range->addr, range->npages, leaf, &gap);
    range_advance(range, gap);
    return !*err && leaf->entry;
}

inline pte_t space_rights(const struct space *space, unsigned prot, bool write)
{
    pte_t pte = space_is_resident(space) ? PTE_G | PTE_A : PTE_U | PTE_A;

    if (prot & PROT_RIGHTS)
        pte |= PTE_V | PTE_R;
    if (prot & TINE_PROT_EXEC)
        pte |= PTE_X;
    if (prot & TINE_PROT_WRITE && write)
        pte |= PTE_W | PTE_D;
    return pte;
}

inline void space_flush(struct space *space, vaddr_t start, vaddr_t end)
{
    if (space->tree.relinked || end - start > 8 * TINE_PAGE_SIZE)
        space_flush_links(space);
    else
        for (; start < end; start += TINE_PAGE_SIZE)
            tlb_flush_page(space, start);
}

static void mark_fenced(struct space *space, vaddr_t start, vaddr_t end)
{
    struct tree_leaf leaf;
    size_t gap;

    for (; start < end; start += gap << TINE_PAGE_SHIFT) {
        tree_find(&space->tree, start, (end - start) >> TINE_PAGE_SHIFT, &leaf, &gap);
        if (gap)
            continue;
        gap = leaf.end - leaf.first;
        for (unsigned i = leaf.first; i < leaf.end; i++)
            if (leaf.big)
                leaf.frame[i].fenced = true;
            else if (leaf.entry[i] & PTE_X && !pte_is_device(leaf.entry[i]))
                pte_frame(leaf.entry[i])->fenced = true;
    }
}

inline void space_flush_code(struct space *space, vaddr_t start, vaddr_t end, unsigned prot)
{
    space_flush(space, start, end);
    if (!(prot & TINE_PROT_EXEC) || start >= end)
        return;
    tlb_fence_code(space);
    if (space_checks_code)
        mark_fenced(space, start, end);
}

/* ---- zero -------------------------------------------------------------------------------------------------------- */

/* *done: pages of the leaf that are finished. */
static err_t zero_leaf(struct space *space, struct tree_leaf *leaf, pte_t flags, size_t *done)
{
    unsigned i = leaf->first;
    err_t err = 0;
    paddr_t pa;

    for (; i < leaf->end; i++) {
        if (leaf->entry[i])
            continue;
        err = pool_take_frame(space->tree.pool, FRAME_PAGE, true, &pa);
        if (err)
            break;
        tree_set(&space->tree, leaf, i, pte_make(pa, flags));
        kernel_stat.pages_zeroed++;
    }
    *done = i - leaf->first;
    return err;
}

/* A page of 2 MiB. It is cleared piece by piece while it is still free. */
static err_t zero_big(struct space *space, struct space_range *range, pte_t flags)
{
    enum run_state state;
    paddr_t pa;
    err_t err;

    /* A big page is told from a link by U, which the pages of a resident server lack. */
    if (range->npages != RUN_FRAMES || range->addr & (RUN_BYTES - 1) || !(flags & PTE_U))
        return TINE_ERR_ARG;
    if (tree_has(&space->tree, range->addr))
        return TINE_ERR_STATE;
    while ((state = frame_run_prepare()) == RUN_UNFINISHED)
        if (preempt_pending())
            return SPACE_PREEMPTED;
    if (state == RUN_NONE)
        return TINE_ERR_MEMORY;
    err = pool_take_run(space->tree.pool, &pa);
    if (err)
        return err;
    err = tree_set_big(&space->tree, range->addr, pte_make(pa, flags));
    if (err) {
        pool_take_back_run(frame_of(pa));
        return err;
    }
    kernel_stat.pages_big++;
    kernel_stat.pages_zeroed += RUN_FRAMES;
    space_flush_code(space, range->addr, range->addr + RUN_BYTES, flags & PTE_X ? TINE_PROT_EXEC : 0);
    range_advance(range, RUN_FRAMES);
    return 0;
}

err_t space_zero(struct space *space, struct space_range *range, unsigned prot)
{
    pte_t flags = space_rights(space, prot, true) | PTE_MAY_WRITE;
    vaddr_t start = range->addr;
    err_t err = range_check(space, range, prot, PROT_RIGHTS | TINE_PROT_BIG);

    if (!err && prot & TINE_PROT_BIG)
        return zero_big(space, range, flags);
    if (err)
        return err;
    while (!err && range->npages) {
        struct tree_leaf leaf;
        vaddr_t addr = range->addr;
        size_t done;

        err = tree_reach(&space->tree, addr, least(range->npages, PIECE_PAGES), &leaf);
        if (err)
            break;
        err = zero_leaf(space, &leaf, flags, &done);
        if (!leaf.frame->used)
            tree_prune(&space->tree, addr);
        err = range_step(range, done, err);
    }
    space_flush_code(space, start, range->addr, prot);
    return err;
}

/* ---- copy -------------------------------------------------------------------------------------------------------- */

/* Makes a big page private with these rights, if nobody else has it or a part of it. */
static bool copy_big(pte_t *entry, pte_t flags)
{
    if (!big_is_exclusive(*entry))
        return false;
    *entry = (*entry & ~PTE_FLAGS) | flags;
    return true;
}

inline err_t space_copy_entry(struct space *space, pte_t *entry, pte_t flags)
{
    pte_t old = *entry;
    struct frame *frame = pte_frame(old);
    paddr_t fresh;
    err_t err;

    if (pte_is_device(old))
        return TINE_ERR_RIGHTS; /* a device's registers are nobody's to copy */
    if (frame->refs == 1) {
        *entry = (old & ~PTE_FLAGS) | flags;
        return 0;
    }
    err = pool_take_frame(space->tree.pool, FRAME_PAGE, false, &fresh);
    if (err)
        return err;

    page_copy(phys_to_virt(fresh), phys_to_virt(pte_paddr(old)));
    *entry = pte_make(fresh, flags);
    frame->refs--; /* others remain */
    kernel_stat.pages_copied++;
    return 0;
}

static err_t copy_leaf(struct space *space, const struct tree_leaf *leaf, pte_t flags, size_t *done)
{
    LEAF_FOREACH (i, leaf) {
        err_t err = space_copy_entry(space, &leaf->entry[i], flags);

        if (err) {
            *done = i - leaf->first;
            return err;
        }
    }
    return 0;
}

inline err_t space_own_entry(struct space *space, vaddr_t addr, pte_t **entry)
{
    struct tree_leaf leaf;
    size_t gap;
    err_t err;

    *entry = tree_own_entry(&space->tree, addr);
    if (*entry)
        return 0;
    err = tree_own(&space->tree, addr & ~(TINE_PAGE_SIZE - 1ul), 1, &leaf, &gap);
    if (!err && leaf.entry)
        *entry = &leaf.entry[leaf.first];
    return err;
}

/* A page inside a big one that a snapshot made copy-on-write, that is the space's alone again and has these rights but for W:
 * then all of the big page gets W. */
static bool copy_around(struct space *space, struct space_range *range, pte_t flags)
{
    const pte_t rights = PTE_V | PTE_R | PTE_X;
    vaddr_t addr = range->addr & ~(RUN_BYTES - 1);
    struct tree_leaf leaf;
    size_t gap;

    if (!tree_has_big(&space->tree, addr) || tree_own(&space->tree, addr, RUN_FRAMES, &leaf, &gap) || !leaf.big ||
        !(*leaf.entry & PTE_COW) || (*leaf.entry & rights) != (flags & rights) || !copy_big(leaf.entry, flags))
        return false;
    space_flush(space, addr, addr + RUN_BYTES);
    range_advance(range, least(range->npages, (addr + RUN_BYTES - range->addr) >> TINE_PAGE_SHIFT));
    return true;
}

/* The whole of it for one page, as most faults want it. */
static err_t copy_one(struct space *space, struct space_range *range, unsigned prot, pte_t flags)
{
    vaddr_t addr = range->addr;
    pte_t *entry = tree_own_entry(&space->tree, addr);
    err_t err = 0;

    if (!entry) {
        if (copy_around(space, range, flags))
            return 0;
        err = space_own_entry(space, addr, &entry);
    }
    if (!err && entry && *entry)
        err = space_copy_entry(space, entry, flags);
    else if (!err && prot & TINE_PROT_ZERO)
        return space_zero(space, range, prot & PROT_RIGHTS);
    if (err)
        return err;
    range->addr = addr + TINE_PAGE_SIZE;
    range->npages = 0;
    space_flush_code(space, addr, addr + TINE_PAGE_SIZE, prot);
    return 0;
}

err_t space_copy(struct space *space, struct space_range *range, unsigned prot)
{
    pte_t flags = space_rights(space, prot, true) | PTE_MAY_WRITE;
    vaddr_t start = range->addr;
    struct tree_leaf leaf;
    err_t err = range_check(space, range, prot, PROT_RIGHTS | TINE_PROT_ZERO);

    if (!err && range->npages > 1 && prot & TINE_PROT_ZERO)
        err = TINE_ERR_ARG;
    if (err)
        return err;
    if (range->npages == 1)
        return copy_one(space, range, prot, flags);
    copy_around(space, range, flags);
    while (find_own(space, range, &leaf, &err)) {
        size_t done = least(leaf.end - leaf.first, leaf.big ? RUN_FRAMES : PIECE_PAGES);

        if (leaf.big && !copy_big(leaf.entry, flags)) {
            err = tree_reach(&space->tree, range->addr, 1, &leaf); /* breaks it: once more, page by page */
            continue;
        }
        leaf.end = leaf.first + (unsigned)done;
        if (!leaf.big)
            err = copy_leaf(space, &leaf, flags, &done);
        err = range_step(range, done, err);
    }
    space_flush_code(space, start, range->addr, prot);
    return err;
}

/* ---- unmap ------------------------------------------------------------------------------------------------------- */

/* A gap, a node that others keep, or the part of a leaf table that the range covers. */
static err_t unmap_step(struct space *space, struct space_range *range)
{
    struct tree *tree = &space->tree;
    vaddr_t addr = range->addr;
    struct tree_leaf leaf;
    size_t done;
    err_t err = tree_drop_node(tree, addr, range->npages, &done);

    if (!err && !done)
        done = tree_gap(tree, addr, range->npages);
    if (err || done)
        return range_step(range, done, err);
    err = tree_reach(tree, addr, range->npages, &leaf);
    if (err)
        return err;
    tree_clear_range(tree, &leaf);
    if (!leaf.frame->used)
        tree_prune(tree, addr);
    return range_step(range, leaf.end - leaf.first, 0);
}

err_t space_unmap(struct space *space, struct space_range *range)
{
    vaddr_t start = range->addr;
    err_t err = range_check(space, range, 0, 0);

    while (!err && range->npages)
        err = unmap_step(space, range);
    space_flush(space, start, range->addr);
    return err;
}

err_t range_replace_gap(struct space *space, struct space_range *range, size_t npages, bool replaces)
{
    struct space_range gap = { .addr = range->addr, .npages = npages };
    err_t err = replaces ? space_unmap(space, &gap) : 0;

    range_advance(range, err ? npages - gap.npages : npages);
    return err;
}

/* ---- share ------------------------------------------------------------------------------------------------------- */

/* An entry that is not shared like the others: a device's, or one that may not be written though that is asked for. */
static err_t share_device(struct space *space, struct tree_leaf *to, unsigned index, pte_t pte, unsigned prot)
{
    if (!pte_is_device(pte) || (prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE) && !(pte & PTE_W)))
        return TINE_ERR_RIGHTS;

    if (to->entry[index])
        tree_clear(&space->tree, to, index);
    tree_set(&space->tree, to, index, (pte & ~PTE_FLAGS) | space_rights(space, prot, true) | PTE_DEVICE);
    return 0;
}

/* npages pages for which both sides stay in one leaf table. *done: how many of them, also on errors. */
static err_t share_leaf(struct space *space, vaddr_t addr, unsigned prot, const struct tree_leaf *from, size_t npages,
                        size_t *done)
{
    bool write = prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE);
    pte_t flags = space_rights(space, prot, true) | (write ? PTE_MAY_WRITE : 0) | (prot & TINE_PROT_PRIVATE ? PTE_COW : 0);
    struct tree_leaf to;
    err_t err = tree_reach(&space->tree, addr, npages, &to);

    *done = 0;
    if (err)
        return err;
    *done = tree_share_entries(&space->tree, &to, from, npages, flags, write ? PTE_MAY_WRITE : 0);
    if (*done < npages) {
        err = share_device(space, &to, to.first + (unsigned)*done, from->entry[from->first + *done], prot);
        *done += !err;
    }
    tree_prune(&space->tree, addr);
    return err;
}

/* A gap in the source, or the pages behind it for which both sides stay in one leaf table. */
static err_t share_step(struct space *space, struct space_range *range, unsigned prot, struct space *source)
{
    struct tree_leaf from;
    size_t gap, done;
    err_t err;

    tree_find(&source->tree, range->source_addr, range->npages, &from, &gap);
    if (!gap && from.entry && from.big)
        return tree_reach(&source->tree, range->source_addr, 1, &from); /* breaks it: once more, page by page */
    if (gap)
        return range_replace_gap(space, range, gap, !tree_is_empty(&space->tree));
    done = least(from.end - from.first, SV39_ENTRIES - sv39_index(range->addr, 0));
    err = share_leaf(space, range->addr, prot, &from, least(done, REPLACED_PAGES), &done);
    return range_step(range, done, err);
}

err_t space_share(struct space *space, struct space_range *range, unsigned prot, struct space *source)
{
    vaddr_t start = range->addr;
    err_t err = range_check(space, range, prot, PROT_RIGHTS | TINE_PROT_PRIVATE | TINE_PROT_MAY_WRITE);

    if (!err && range_bad(range->source_addr, range->npages))
        err = TINE_ERR_RANGE;
    if (!err && prot & TINE_PROT_PRIVATE && prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE))
        err = TINE_ERR_ARG;
    if (err)
        return err;
    while (!err && range->npages)
        err = share_step(space, range, prot, source);
    space_flush_code(space, start, range->addr, prot);
    return err;
}

/* ---- protect, inspect -------------------------------------------------------------------------------------------- */

static inline void protect_entry(pte_t *entry, pte_t with_write, pte_t without)
{
    bool write = (*entry & PTE_DEVICE) == PTE_MAY_WRITE || *entry & PTE_W;

    *entry = (*entry & (~PTE_FLAGS | PTE_DEVICE)) | (write ? with_write : without);
}

/* W goes to pages that own their frame or share it openly, and stays with a device's that have it. */
static void protect_leaf(const struct space *space, const struct tree_leaf *leaf, unsigned prot)
{
    pte_t with_write = space_rights(space, prot, true);
    pte_t without = space_rights(space, prot, false);

    if (leaf->big)
        protect_entry(leaf->entry, with_write, without);
    else
        LEAF_FOREACH (i, leaf)
            protect_entry(&leaf->entry[i], with_write, without);
}

err_t space_protect(struct space *space, struct space_range *range, unsigned prot)
{
    vaddr_t start = range->addr;
    struct tree_leaf leaf;
    err_t err = range_check(space, range, prot, PROT_RIGHTS);

    if (err)
        return err;
    while (find_own(space, range, &leaf, &err)) {
        protect_leaf(space, &leaf, prot);
        err = range_step(range, leaf.end - leaf.first, 0);
    }
    space_flush_code(space, start, range->addr, prot);
    return err;
}

/* `frame`: of the page. */
static unsigned page_state(pte_t pte, const struct frame *frame, bool shared)
{
    unsigned state = pte ? TINE_PAGE_PRESENT : 0;

    if (pte & PTE_W)
        state |= TINE_PAGE_WRITABLE;
    if (pte & PTE_X)
        state |= TINE_PAGE_EXEC;
    if (pte & PTE_COW)
        state |= TINE_PAGE_COW;
    if (pte & PTE_MAY_WRITE)
        state |= TINE_PAGE_MAY_WRITE;
    if (pte && !shared && !pte_is_device(pte) && frame->refs == 1)
        state |= TINE_PAGE_EXCLUSIVE;
    return state;
}

/* The state of page i of a leaf. */
static unsigned leaf_state(const struct tree_leaf *leaf, unsigned i)
{
    if (leaf->big)
        return page_state(*leaf->entry, leaf->frame + i, leaf->shared || leaf->frame->big > 1);
    return page_state(leaf->entry[i], pte_frame(leaf->entry[i]), leaf->shared);
}

err_t space_inspect(struct space *space, vaddr_t addr, size_t npages, unsigned *state, size_t *run)
{
    struct tree_leaf leaf;
    unsigned i;

    if (range_bad(addr, npages) || !npages)
        return TINE_ERR_RANGE;
    tree_find(&space->tree, addr, npages, &leaf, run);
    *state = *run ? 0 : leaf_state(&leaf, leaf.first);
    if (*run)
        return 0;
    i = leaf.first + 1;
    if (*state)
        while (i < leaf.end && leaf_state(&leaf, i) == *state)
            i++;
    else
        i = leaf_next(&leaf, i);
    *run = least(i, leaf.end) - leaf.first;
    return 0;
}

/* ---- pages that come from elsewhere ------------------------------------------------------------------------------ */

static err_t map_physical(struct space *space, struct space_range *range, pte_t flags, paddr_t pa)
{
    struct tree_leaf leaf;
    err_t err = tree_reach(&space->tree, range->addr, 1, &leaf);

    if (err)
        return err;
    if (leaf.entry[leaf.first])
        tree_clear(&space->tree, &leaf, leaf.first);
    tree_set(&space->tree, &leaf, leaf.first, pte_make(pa, flags));
    return 0;
}

err_t space_device(struct space *space, struct space_range *range, unsigned prot, paddr_t pa)
{
    pte_t flags = space_rights(space, prot, true) | PTE_DEVICE;
    vaddr_t start = range->addr;
    err_t err = range_check(space, range, prot, TINE_PROT_READ | TINE_PROT_WRITE);

    if (!err && frames_overlap(pa, pa + (range->npages << TINE_PAGE_SHIFT)))
        err = TINE_ERR_RANGE;
    if (err)
        return err;
    while (!err && range->npages) {
        err = map_physical(space, range, flags, pa + (range->addr - start));
        if (!err)
            err = range_step(range, 1, 0);
    }
    space_flush(space, start, range->addr);
    return err;
}

err_t space_adopt(struct space *space, struct space_range *range, unsigned prot, paddr_t pa)
{
    paddr_t end = pa + (range->npages << TINE_PAGE_SHIFT);
    err_t err = range_check(space, range, prot, TINE_PROT_READ);

    if (!err && (pa < frame_base || end > frame_base + (frame_table_count << TINE_PAGE_SHIFT)))
        err = TINE_ERR_RANGE;
    if (err)
        return err;
    frames_adopt(pa, end);
    for (paddr_t at = pa; at < end; at += TINE_PAGE_SIZE)
        pool_adopt_frame(space->tree.pool, at);
    for (; !err && range->npages; pa += TINE_PAGE_SIZE) {
        err = map_physical(space, range, space_rights(space, prot, false), pa);
        if (!err)
            range_advance(range, 1);
    }
    return err;
}
