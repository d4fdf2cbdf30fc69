/* The tree of page tables: see tree.h. */

#include "tree.h"
#include <sbi/paging.h>

#define GIB_PAGES   (sv39_span(2) >> TINE_PAGE_SHIFT)
#define TABLE_PAGES SV39_ENTRIES

/* A snapshot shares a node rather than copying what is in it from so many used entries on. A leaf table below this is soon
 * copied anyway, since both sides write to their data and stack, and a copy costs some 600 instructions more when it comes by a
 * fault; one that nobody writes to would have cost 35 an entry in vain. */
#ifndef DENSE_LEAF
#define DENSE_LEAF  64
#define DENSE_TABLE 2
#endif

static pte_t *table_at(paddr_t pa)
{
    return phys_to_virt(pa);
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
    tree->relinked = false;
    return 0;
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t pages_between(vaddr_t start, vaddr_t end)
{
    return (end - start) >> TINE_PAGE_SHIFT;
}

/* ---- ways down --------------------------------------------------------------------------------------------------- */

/* The links to the tables of an address. */
static inline pte_t *top_link(const struct tree *tree, vaddr_t addr)
{
    return &table_at(tree->root)[sv39_index(addr, 2)];
}

static inline pte_t *leaf_link(const pte_t *top, vaddr_t addr)
{
    return &link_table(*top)[sv39_index(addr, 1)];
}

/* Address of the first leaf table at or behind addr, or an address not below `end`. */
static vaddr_t seek(const struct tree *tree, vaddr_t addr, vaddr_t end)
{
    const pte_t *root = table_at(tree->root);
    unsigned top = sv39_index(addr, 2), index;

    for (;;) {
        index = node_next(root, frame_of(tree->root), top, SV39_USER_ROOT);
        if (index != top)
            addr = (vaddr_t)index << 30;
        if (addr >= end)
            return addr;
        top = index;
        index = node_next(link_table(root[top]), pte_frame(root[top]), sv39_index(addr, 1), SV39_ENTRIES);
        if (index < SV39_ENTRIES)
            break;
        addr = (vaddr_t)++top << 30;
    }
    if (index != sv39_index(addr, 1))
        addr = (vaddr_t)top << 30 | (vaddr_t)index << 21;
    return addr;
}

static void leaf_at(struct tree_leaf *leaf, pte_t *link, vaddr_t addr, size_t npages, bool shared)
{
    leaf->big = pte_is_big(*link);
    leaf->entry = leaf->big ? link : link_table(*link);
    leaf->frame = pte_frame(*link);
    leaf->first = sv39_index(addr, 0);
    leaf->end = leaf->first + (unsigned)least(npages, SV39_ENTRIES - leaf->first);
    leaf->shared = shared;
}

/* Moves on to the first leaf table in the range. False: there is none. */
static bool find(const struct tree *tree, vaddr_t *addr, size_t npages, struct tree_leaf *leaf, size_t *gap)
{
    pte_t *top = top_link(tree, *addr);
    vaddr_t end, at;

    *gap = 0;
    if (*top && *leaf_link(top, *addr))
        return true;
    end = *addr + (npages << TINE_PAGE_SHIFT);
    at = seek(tree, *addr, end);
    if (at < end) {
        *gap = pages_between(*addr, at);
        *addr = at;
        return true;
    }
    *gap = npages;
    leaf->entry = NULL;
    return false;
}

void tree_find(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf, size_t *gap)
{
    pte_t *top, *link;
    bool shared;

    if (!find(tree, &addr, npages, leaf, gap))
        return;
    top = top_link(tree, addr);
    link = leaf_link(top, addr);
    shared = node_shared(top, false);
    if (pte_is_big(*link)) {
        if (shared)
            *link = pte_demote(*link);
    } else {
        shared = node_shared(link, shared);
        if (shared)
            node_open(link, 0);
    }
    leaf_at(leaf, link, addr, npages - *gap, shared);
}

/* Makes the table below a link this tree's own; a big page gives way to one. */
static inline err_t own(struct tree *tree, pte_t *link, unsigned level)
{
    if (link_is_own(*link) && !pte_is_big(*link))
        return 0;
    tree->relinked = true;
    return pte_is_big(*link) ? big_break(tree->pool, link) : node_own(tree->pool, link, level);
}

/* Whether a node of `level` that begins at addr lies inside. */
static inline bool spans(vaddr_t addr, size_t npages, unsigned level)
{
    return !(addr & (sv39_span(level + 1) - 1)) && npages >= sv39_span(level + 1) >> TINE_PAGE_SHIFT;
}

err_t tree_own(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf, size_t *gap)
{
    pte_t *top, *link;
    err_t err;

    if (!find(tree, &addr, npages, leaf, gap))
        return 0;
    top = top_link(tree, addr);
    err = own(tree, top, 1);
    if (err)
        return err;
    link = leaf_link(top, addr);
    if (!pte_is_big(*link) || !spans(addr, npages - *gap, 0))
        err = own(tree, link, 0);
    if (!err)
        leaf_at(leaf, link, addr, npages - *gap, false);
    return err;
}

/* The table below entry `index` of `table`, made if missing, owned if shared. `level` is the one below. */
static err_t descend(struct tree *tree, paddr_t table, unsigned index, unsigned level, pte_t **link)
{
    pte_t *entry = &table_at(table)[index];
    paddr_t below;
    err_t err;

    *link = entry;
    if (*entry)
        return own(tree, entry, level);
    err = pool_take_frame(tree->pool, FRAME_NODE, true, &below);
    if (err)
        return err;
    *entry = pte_make(below, PTE_V);
    node_use(frame_of(table), index);
    return 0;
}

err_t tree_reach(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf)
{
    pte_t *top, *link;
    err_t err = descend(tree, tree->root, sv39_index(addr, 2), 1, &top);

    if (err)
        return err;
    err = descend(tree, pte_paddr(*top), sv39_index(addr, 1), 0, &link);
    if (err) {
        tree_prune(tree, addr);
        return err;
    }
    leaf_at(leaf, link, addr, npages, false);
    return 0;
}

bool tree_open(struct tree *tree, vaddr_t addr, pte_t right)
{
    pte_t *top = top_link(tree, addr), *link;
    bool shared;

    tree->relinked = true;
    shared = node_shared(top, false);
    link = leaf_link(top, addr);
    /* A write splits: others decide about that. */
    if (!*link || (right & PTE_W && (shared || (!pte_is_big(*link) && node_shared(link, false)))))
        return false;
    if (shared)
        node_open(top, 1);
    if (pte_is_big(*link))
        return (*link & (PTE_V | right)) == (PTE_V | right);
    if (node_shared(link, shared))
        node_open(link, 0);
    return (link_table(*link)[sv39_index(addr, 0)] & (PTE_V | right)) == (PTE_V | right);
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

void tree_set(struct tree *tree, struct tree_leaf *leaf, unsigned index, pte_t pte)
{
    leaf->entry[index] = pte;
    node_use(leaf->frame, index);
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
    page_put(pte);
}

/*
 * What is done to each entry of a leaf table is the greater part of a small fork and exit. So it goes by groups, and that of a
 * whole group is unrolled: a function of its own, for otherwise the compiler keeps the table's address, not the group's.
 */
#define GROUP 16
#define WHOLE_GROUP _Pragma("GCC unroll 16") for (size_t i = 0; i < GROUP; i++)
#define ENTRY static inline __attribute__((always_inline))
#define UNROLLED static __attribute__((noinline))

static bool covers_all(const struct tree_leaf *leaf)
{
    return leaf->first == 0 && leaf->end == SV39_ENTRIES;
}

ENTRY void clear_entry(pte_t *entry, uintptr_t bias, struct pool_batch *batch)
{
    pte_t pte = *entry;
    struct frame *frame;

    if (!pte)
        return;
    *entry = 0;
    if (__builtin_expect(pte_is_device(pte), 0))
        return;
    frame = frame_at(bias, pte >> PTE_PPN_SHIFT);
    if (__builtin_expect(--frame->refs == 0, 0))
        pool_take_back_later(batch, frame, false);
}

UNROLLED void clear_group(pte_t *entry, uintptr_t bias, struct pool_batch *batch)
{
    WHOLE_GROUP
        clear_entry(entry + i, bias, batch);
}

static void clear_range(struct tree_leaf *leaf, struct pool_batch *batch)
{
    const uintptr_t bias = frame_bias;
    struct frame *node = leaf->frame;

    if (!covers_all(leaf)) {
        LEAF_FOREACH (i, leaf) {
            clear_entry(&leaf->entry[i], bias, batch);
            node->used--;
        }
        return;
    }
    for (uint32_t groups = node->groups; groups; groups &= groups - 1)
        clear_group(leaf->entry + lowest_bit(groups) * GROUP, bias, batch);
    node->groups = 0;
    node->used = 0;
}

void tree_clear_range(struct tree *tree, struct tree_leaf *leaf)
{
    struct pool_batch batch = { 0 };

    clear_range(leaf, &batch);
    pool_settle(&batch);
}

/* Gives back the table below entry `index` of `table` if it is empty. */
static void prune(paddr_t table, unsigned index, struct pool_batch *batch)
{
    pte_t *entry = &table_at(table)[index];
    struct frame *below = pte_frame(*entry);

    if (!*entry || pte_is_big(*entry) || below->used)
        return;
    *entry = 0;
    frame_of(table)->used--;
    pool_take_back_later(batch, below, true);
}

void tree_prune(struct tree *tree, vaddr_t addr)
{
    pte_t middle = table_at(tree->root)[sv39_index(addr, 2)];
    struct pool_batch batch = { 0 };

    if (!middle)
        return;
    prune(pte_paddr(middle), sv39_index(addr, 1), &batch);
    prune(tree->root, sv39_index(addr, 2), &batch);
    pool_settle(&batch);
}

/* The entry, empty, for a big page at addr. */
static err_t big_place(struct tree *tree, vaddr_t addr, pte_t **entry)
{
    pte_t *top;
    err_t err = descend(tree, tree->root, sv39_index(addr, 2), 1, &top);

    if (err)
        return err;
    *entry = leaf_link(top, addr);
    node_use(pte_frame(*top), sv39_index(addr, 1));
    return 0;
}

err_t tree_set_big(struct tree *tree, vaddr_t addr, pte_t pte)
{
    pte_t *entry;
    err_t err = big_place(tree, addr, &entry);

    if (!err)
        *entry = pte;
    return err;
}

bool tree_has(const struct tree *tree, vaddr_t addr)
{
    pte_t *top = top_link(tree, addr);

    return *top && *leaf_link(top, addr);
}

bool tree_has_big(const struct tree *tree, vaddr_t addr)
{
    pte_t *top = top_link(tree, addr);

    return *top && pte_is_big(*leaf_link(top, addr));
}

err_t tree_clone_big(struct tree *to, vaddr_t addr, const struct tree_leaf *from, bool *written)
{
    pte_t *entry;
    err_t err = big_place(to, addr, &entry);

    if (err)
        return err;
    *written |= *from->entry & PTE_W;
    *from->entry = pte_demote(*from->entry);
    from->frame->big++;
    *entry = *from->entry;
    return 0;
}

ENTRY void clone_entry(pte_t *source, pte_t *target, uintptr_t bias, bool *changed)
{
    pte_t pte = *source;

    if (!pte)
        return;
    if (__builtin_expect(pte & PTE_MAY_WRITE, 0)) {
        if (pte_is_device(pte)) {
            *target = pte;
            return;
        }
        pte = pte_demote(pte);
        *source = pte;
        *changed = true;
    }
    frame_at(bias, pte >> PTE_PPN_SHIFT)->refs++;
    *target = pte;
}

UNROLLED void clone_group(pte_t *source, pte_t *target, uintptr_t bias, bool *changed)
{
    WHOLE_GROUP
        clone_entry(source + i, target + i, bias, changed);
}

bool tree_clone_entries(struct tree *to, const struct tree_leaf *to_leaf, const struct tree_leaf *from)
{
    const uintptr_t bias = frame_bias;
    bool changed = false;

    to_leaf->frame->groups |= leaf_groups(from);
    if (!covers_all(from)) {
        LEAF_FOREACH (i, from) {
            clone_entry(&from->entry[i], &to_leaf->entry[i], bias, &changed);
            to_leaf->frame->used++;
        }
        return changed;
    }
    for (uint32_t groups = from->frame->groups; groups; groups &= groups - 1) {
        size_t first = lowest_bit(groups) * GROUP;

        clone_group(from->entry + first, to_leaf->entry + first, bias, &changed);
    }
    to_leaf->frame->used += from->frame->used;
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
    return i;
}

/* ---- whole nodes ------------------------------------------------------------------------------------------------- */

size_t tree_gap(const struct tree *tree, vaddr_t addr, size_t npages)
{
    const pte_t *root = table_at(tree->root);
    unsigned top = sv39_index(addr, 2), index = sv39_index(addr, 1);
    vaddr_t at;

    if (root[top]) {
        if (link_table(root[top])[index])
            return 0;
        index = node_next(link_table(root[top]), pte_frame(root[top]), index, SV39_ENTRIES);
        if (index < SV39_ENTRIES)
            return least(npages, pages_between(addr, (vaddr_t)top << 30 | (vaddr_t)index << 21));
        top++;
    }
    at = (vaddr_t)node_next(root, frame_of(tree->root), top, SV39_USER_ROOT) << 30;
    return least(npages, pages_between(addr, at));
}

/* Whether others hold the table below a link. */
static bool has_others(pte_t link)
{
    return link & LINK_SHARED && pte_frame(link)->refs > 1;
}

/* Takes a link to a table that others keep, or a big page, out of a table that is own. */
static void let_go(struct tree *tree, pte_t *link, struct frame *in)
{
    if (pte_is_big(*link))
        big_put(*link);
    else
        pte_frame(*link)->refs--;
    *link = 0;
    in->used--;
    tree->relinked = true;
}

err_t tree_drop_node(struct tree *tree, vaddr_t addr, size_t npages, size_t *done)
{
    pte_t *top = top_link(tree, addr), *link;
    err_t err;

    *done = 0;
    if (!*top)
        return 0;
    if (spans(addr, npages, 1) && has_others(*top)) {
        let_go(tree, top, frame_of(tree->root));
        *done = GIB_PAGES;
        return 0;
    }
    if (!spans(addr, npages, 0) || !*leaf_link(top, addr))
        return 0;
    err = own(tree, top, 1);
    link = leaf_link(top, addr);
    if (err || (!pte_is_big(*link) && !has_others(*link)))
        return err;
    let_go(tree, link, pte_frame(*top));
    tree_prune(tree, addr);
    *done = TABLE_PAGES;
    return 0;
}

/* Whether a snapshot shares the table below a link. */
static bool worth_sharing(pte_t link, unsigned level, unsigned granularity)
{
    const struct frame *node = pte_frame(link);

    if (granularity == TINE_CLONE_AUTO)
        return node->used >= (level ? DENSE_TABLE : DENSE_LEAF) || node->frozen;
    return granularity == TINE_CLONE_TREE || (granularity == TINE_CLONE_NODES && level == 0);
}

size_t tree_node_pages(const struct tree *tree, vaddr_t addr, size_t npages, unsigned granularity)
{
    const pte_t *top = top_link(tree, addr), *link;

    if (granularity == TINE_CLONE_FRAMES || granularity == TINE_CLONE_ENTRIES || !*top)
        return 0;
    if (spans(addr, npages, 1) && worth_sharing(*top, 1, granularity))
        return GIB_PAGES;
    link = leaf_link(top, addr);
    if (!spans(addr, npages, 0) || !*link || pte_is_big(*link))
        return 0;
    return worth_sharing(*link, 0, granularity) ? TABLE_PAGES : 0;
}

err_t tree_clone_node(struct tree *to, struct tree *from, vaddr_t addr, size_t npages, bool open, bool *written)
{
    pte_t *top = top_link(from, addr), *link;
    unsigned index = sv39_index(addr, 1);
    err_t err;

    if (npages == GIB_PAGES) {
        *written |= node_share(top_link(to, addr), top, 1, open);
        node_use(frame_of(to->root), sv39_index(addr, 2));
        return 0;
    }
    err = descend(to, to->root, sv39_index(addr, 2), 1, &link);
    if (err)
        return err;
    *written |= node_share(&link_table(*link)[index], leaf_link(top, addr), 0, open);
    node_use(pte_frame(*link), index);
    return 0;
}

bool tree_count(const struct tree *tree, vaddr_t *addr, uint64_t *pages, uint64_t *nodes)
{
    const pte_t *root = table_at(tree->root), *middle;
    unsigned top = node_next(root, frame_of(tree->root), sv39_index(*addr, 2), SV39_USER_ROOT);
    struct frame *node;

    if (top == SV39_USER_ROOT)
        return false;
    middle = link_table(root[top]);
    node = pte_frame(root[top]);
    *nodes += 1u + node->used;
    NODE_FOREACH (i, middle, node) {
        *pages += pte_is_big(middle[i]) ? RUN_FRAMES : pte_frame(middle[i])->used;
        *nodes -= pte_is_big(middle[i]);
    }
    *addr = (vaddr_t)(top + 1) << 30;
    return true;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

bool tree_dismantle(struct tree *tree)
{
    struct frame *root = frame_of(tree->root);
    struct tree_leaf leaf = { .first = 0, .end = SV39_ENTRIES };
    struct pool_batch batch = { 0 };
    pte_t *top, *link;
    vaddr_t addr;

    if (!root->used)
        return false;
    addr = (vaddr_t)node_first(table_at(tree->root), root) << 30;
    top = top_link(tree, addr);
    if (node_shared(top, false)) {
        let_go(tree, top, root);
        return true;
    }
    addr |= (vaddr_t)node_first(link_table(*top), pte_frame(*top)) << 21;
    link = leaf_link(top, addr);
    if (pte_is_big(*link) || node_shared(link, false)) {
        let_go(tree, link, pte_frame(*top));
    } else {
        leaf.entry = link_table(*link);
        leaf.frame = pte_frame(*link);
        clear_range(&leaf, &batch);
        prune(pte_paddr(*top), sv39_index(addr, 1), &batch);
    }
    prune(tree->root, sv39_index(addr, 2), &batch);
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
    tree->pool = NULL;
    pool_take_back(frame, true);
}
