/* The tree of page tables: see tree.h. */

#include "tree.h"
#include <sbi/paging.h>

static pte_t *table_at(paddr_t pa)
{
    return phys_to_virt(pa);
}

/* Counts one more used entry of a node. */
static inline void node_use(struct frame *node, unsigned index)
{
    node->used++;
    node->groups |= 1u << index / 16;
}

err_t tree_init(struct tree *tree, struct pool *pool)
{
    const pte_t *kernel = table_at(kernel_root);
    pte_t *root;
    err_t err = pool_take_frame(pool, FRAME_NODE, true, &tree->root);

    if (err)
        return err;
    root = table_at(tree->root);
    for (unsigned i = 0; i < kernel_root_count; i++)
        root[kernel_root_used[i]] = kernel[kernel_root_used[i]];
    tree->pool = pool;
    tree->pages = 0;
    tree->nodes = 1;
    return 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What lies below an entry that is in use. */
static pte_t *table_below(pte_t pte)
{
    return table_at(pte_paddr(pte));
}

/* Address of the first leaf table behind addr, which has none itself, or an address not below `end`. */
static vaddr_t seek(const struct tree *tree, vaddr_t addr, vaddr_t end, pte_t *found)
{
    const pte_t *root = table_at(tree->root), *middle;
    unsigned top = sv39_index(addr, 2), index;

    for (;;) {
        index = node_next(root, frame_of(tree->root), top, SV39_USER_ROOT);
        if (index != top)
            addr = (vaddr_t)index << 30;
        if (addr >= end)
            return addr;
        top = index;
        middle = table_below(root[top]);
        index = node_next(middle, pte_frame(root[top]), sv39_index(addr, 1), SV39_ENTRIES);
        if (index < SV39_ENTRIES)
            break;
        addr = (vaddr_t)++top << 30;
    }
    *found = middle[index];
    return (vaddr_t)top << 30 | (vaddr_t)index << 21;
}

/* The leaf table that holds addr, as the entry that points to it, or 0. */
static pte_t leaf_table(const struct tree *tree, vaddr_t addr)
{
    pte_t pte = table_at(tree->root)[sv39_index(addr, 2)];

    return pte ? table_below(pte)[sv39_index(addr, 1)] : 0;
}

void tree_find(const struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf, size_t *gap)
{
    pte_t pte = leaf_table(tree, addr);

    *gap = 0;
    if (!pte) {
        vaddr_t end = addr + (npages << TINE_PAGE_SHIFT);
        vaddr_t at = seek(tree, addr, end, &pte);

        if (at >= end) {
            *gap = npages;
            leaf->entry = NULL;
            return;
        }
        *gap = (at - addr) >> TINE_PAGE_SHIFT;
        addr = at;
    }
    leaf->entry = table_below(pte);
    leaf->frame = pte_frame(pte);
    leaf->first = sv39_index(addr, 0);
    leaf->end = leaf->first + (unsigned)least(npages - *gap, SV39_ENTRIES - leaf->first);
}

/* The table below entry `index` of `table`, made if missing. */
static err_t descend(struct tree *tree, paddr_t table, unsigned index, paddr_t *below)
{
    pte_t *entry = &table_at(table)[index];
    err_t err;

    if (*entry) {
        *below = pte_paddr(*entry);
        return 0;
    }
    err = pool_take_frame(tree->pool, FRAME_NODE, true, below);
    if (err)
        return err;
    *entry = pte_make(*below, PTE_V);
    node_use(frame_of(table), index);
    tree->nodes++;
    return 0;
}

err_t tree_reach(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf)
{
    paddr_t middle, table;
    err_t err = descend(tree, tree->root, sv39_index(addr, 2), &middle);

    if (err)
        return err;
    err = descend(tree, middle, sv39_index(addr, 1), &table);
    if (err) {
        tree_prune(tree, addr);
        return err;
    }
    leaf->entry = table_at(table);
    leaf->frame = frame_of(table);
    leaf->first = sv39_index(addr, 0);
    leaf->end = leaf->first + (unsigned)least(npages, SV39_ENTRIES - leaf->first);
    return 0;
}

void tree_set(struct tree *tree, struct tree_leaf *leaf, unsigned index, pte_t pte)
{
    leaf->entry[index] = pte;
    node_use(leaf->frame, index);
    tree->pages++;
}

/* Drops what a mapping held. */
static inline void page_put(pte_t pte)
{
    struct frame *frame = pte_frame(pte);

    if (!pte_is_device(pte) && --frame->refs == 0)
        pool_take_back(frame, false);
}

void tree_clear(struct tree *tree, struct tree_leaf *leaf, unsigned index)
{
    pte_t pte = leaf->entry[index];

    leaf->entry[index] = 0;
    leaf->frame->used--;
    tree->pages--;
    page_put(pte);
}

static void clear_range(struct tree *tree, struct tree_leaf *leaf, struct pool_batch *batch)
{
    unsigned count = 0;

    LEAF_FOREACH (i, leaf) {
        pte_t pte = leaf->entry[i];
        struct frame *frame = pte_frame(pte);

        leaf->entry[i] = 0;
        count++;
        if (!pte_is_device(pte) && --frame->refs == 0)
            pool_take_back_later(batch, frame, false);
    }
    leaf->frame->used -= count;
    tree->pages -= count;
    if (leaf->first == 0 && leaf->end == SV39_ENTRIES)
        leaf->frame->groups = 0;
}

void tree_clear_range(struct tree *tree, struct tree_leaf *leaf)
{
    struct pool_batch batch = { 0 };

    clear_range(tree, leaf, &batch);
    pool_settle(&batch);
}

/* Gives back the table below entry `index` of `table` if it is empty. */
static void prune(struct tree *tree, paddr_t table, unsigned index, struct pool_batch *batch)
{
    pte_t *entry = &table_at(table)[index];
    struct frame *below = pte_frame(*entry);

    if (!*entry || below->used)
        return;
    *entry = 0;
    frame_of(table)->used--;
    tree->nodes--;
    pool_take_back_later(batch, below, true);
}

void tree_prune(struct tree *tree, vaddr_t addr)
{
    pte_t middle = table_at(tree->root)[sv39_index(addr, 2)];
    struct pool_batch batch = { 0 };

    if (!middle)
        return;
    prune(tree, pte_paddr(middle), sv39_index(addr, 1), &batch);
    prune(tree, tree->root, sv39_index(addr, 2), &batch);
    pool_settle(&batch);
}

bool tree_clone_entries(struct tree *to, const struct tree_leaf *to_leaf, const struct tree_leaf *from)
{
    const uintptr_t bias = frame_bias; /* in a register: the stores below might change it, for all the compiler knows */
    pte_t *source = from->entry, *target = to_leaf->entry;
    unsigned count = 0;
    bool changed = false;

    LEAF_FOREACH (i, from) {
        pte_t pte = source[i];

        if ((pte & PTE_DEVICE) == PTE_MAY_WRITE) {
            pte = (pte & ~(PTE_W | PTE_D | PTE_MAY_WRITE)) | PTE_COW;
            source[i] = pte;
            changed = true;
        }
        if (!pte_is_device(pte))
            frame_at(bias, pte >> PTE_PPN_SHIFT)->refs++;
        target[i] = pte;
        count++;
    }
    to_leaf->frame->groups |= leaf_groups(from);
    to_leaf->frame->used += count;
    to->pages += count;
    return changed;
}

/* The first entry of a node that has one. Forgets groups that are found to be empty. */
static unsigned node_first(const pte_t *entry, struct frame *node)
{
    unsigned index = node_next(entry, node, 0, SV39_ENTRIES);

    node->groups &= ~0u << index / 16;
    return index;
}

size_t tree_share_entries(struct tree *to, struct tree_leaf *to_leaf, const struct tree_leaf *from, size_t npages,
                          pte_t flags, pte_t need)
{
    const uintptr_t bias = frame_bias;
    const pte_t *source = from->entry + from->first;
    pte_t *target = to_leaf->entry + to_leaf->first;
    unsigned count = 0;
    size_t i;

    for (i = 0; i < npages; i++) {
        pte_t pte = source[i];

        if (pte && ((pte & need) != need || pte_is_device(pte)))
            break;
        if (pte)
            frame_at(bias, pte >> PTE_PPN_SHIFT)->refs++; /* first, in case that it replaces itself */
        if (target[i])
            tree_clear(to, to_leaf, to_leaf->first + (unsigned)i);
        if (!pte)
            continue;
        target[i] = (pte & ~PTE_FLAGS) | flags;
        count++;
    }
    if (count)
        to_leaf->frame->groups |= ~0u << to_leaf->first / 16 & ~0u >> (31 - (to_leaf->first + (unsigned)i - 1) / 16);
    to_leaf->frame->used += count;
    to->pages += count;
    return i;
}

bool tree_dismantle(struct tree *tree)
{
    struct frame *root = frame_of(tree->root);
    struct tree_leaf leaf = { .first = 0, .end = SV39_ENTRIES };
    struct pool_batch batch = { 0 };
    unsigned top, index;
    paddr_t middle;
    pte_t pte;

    if (!root->used)
        return false;
    top = node_first(table_at(tree->root), root);
    middle = pte_paddr(table_at(tree->root)[top]);
    index = node_first(table_at(middle), frame_of(middle));
    pte = table_at(middle)[index];
    leaf.entry = table_at(pte_paddr(pte));
    leaf.frame = pte_frame(pte);
    clear_range(tree, &leaf, &batch);
    prune(tree, middle, index, &batch);
    prune(tree, tree->root, top, &batch);
    pool_settle(&batch);
    return true;
}

void tree_free(struct tree *tree)
{
    pte_t *root = table_at(tree->root);
    struct frame *frame = frame_of(tree->root);

    for (unsigned i = 0; i < kernel_root_count; i++)
        root[kernel_root_used[i]] = 0;
    tree->root = kernel_root;
    tree->nodes = 0;
    pool_take_back(frame, true);
}
