/* Tables with several parents: see node.h. */

#include "node.h"
#include "hart.h"

static void freeze_leaf(struct frame *node, pte_t *entry)
{
    NODE_FOREACH (i, entry, node)
        if (entry[i] & PTE_MAY_WRITE)
            entry[i] = pte_demote(entry[i]);
}

static void freeze_links(struct frame *node, pte_t *link)
{
    NODE_FOREACH (i, link, node)
        if (pte_is_big(link[i]))
            link[i] = pte_demote(link[i]);
        else if (link_is_own(link[i]))
            link[i] = (link[i] & ~LINK_STATE) | LINK_SHARED;
}

static void freeze(struct frame *node, pte_t *entry, unsigned level)
{
    if (node->frozen)
        return;
    if (level)
        freeze_links(node, entry);
    else
        freeze_leaf(node, entry);
    node->frozen = true;
    kernel_stat.tables_frozen++;
}

static void take_over(pte_t *link, struct frame *node)
{
    node->frozen = false;
    *link = (*link & ~LINK_STATE) | PTE_V;
}

bool node_shared(pte_t *link, bool above)
{
    struct frame *node = pte_frame(*link);

    if (above || (*link & LINK_SHARED && node->refs > 1))
        return true;
    if (*link & LINK_SHARED)
        take_over(link, node);
    return false;
}

void node_open(pte_t *link, unsigned level)
{
    freeze(pte_frame(*link), link_table(*link), level);
    *link |= LINK_STATE;
}

/* ---- splitting --------------------------------------------------------------------------------------------------- */

/* Both tables lead to the same tables below from now on. */
static void split_links(const struct frame *node, pte_t *link, pte_t *copy)
{
    const uintptr_t bias = frame_bias; /* in a register: the stores below might change it, for all the compiler knows */

    NODE_FOREACH (i, link, node) {
        pte_t pte = link[i];
        struct frame *below = frame_at(bias, pte >> PTE_PPN_SHIFT);

        if (pte_is_big(pte)) {
            pte = pte_demote(pte);
            below->big++;
        } else {
            if (link_is_own(pte))
                pte = (pte & ~LINK_STATE) | LINK_SHARED;
            below->refs++;
        }
        link[i] = pte;
        copy[i] = pte;
    }
}

/* Both map the same pages from now on. */
static void split_leaf(const struct frame *node, pte_t *entry, pte_t *copy)
{
    const uintptr_t bias = frame_bias;

    NODE_FOREACH (i, entry, node) {
        pte_t pte = entry[i];

        if (pte & PTE_MAY_WRITE) {
            pte = pte_demote(pte);
            entry[i] = pte;
        }
        copy[i] = pte;
        if (!pte_is_device(pte))
            frame_at(bias, pte >> PTE_PPN_SHIFT)->refs++;
    }
}

static err_t split(struct pool *pool, pte_t *link, unsigned level)
{
    struct frame *node = pte_frame(*link), *fresh;
    paddr_t pa;
    err_t err = pool_take_frame(pool, FRAME_NODE, true, &pa);

    if (err)
        return err;
    fresh = frame_of(pa);
    fresh->groups = node->groups;
    fresh->used = node->used;
    if (level)
        split_links(node, link_table(*link), phys_to_virt(pa));
    else
        split_leaf(node, link_table(*link), phys_to_virt(pa));
    node->frozen = true;
    node->refs--; /* others remain */
    *link = pte_make(pa, PTE_V);
    kernel_stat.tables_split++;
    return 0;
}

err_t node_own(struct pool *pool, pte_t *link, unsigned level)
{
    struct frame *node = pte_frame(*link);

    if (node->refs > 1)
        return split(pool, link, level);
    take_over(link, node);
    return 0;
}

/* ---- sharing ----------------------------------------------------------------------------------------------------- */

bool node_share(pte_t *to, pte_t *from, unsigned level, bool open)
{
    struct frame *node = pte_frame(*from);
    bool written = link_is_own(*from);

    if (open || node->frozen)
        node_open(from, level);
    else
        *from = (*from & ~LINK_STATE) | LINK_SHARED;
    node->refs++;
    *to = *from;
    kernel_stat.tables_shared++;
    return written;
}

/* ---- big pages --------------------------------------------------------------------------------------------------- */

bool big_is_exclusive(pte_t pte)
{
    const struct frame *first = pte_frame(pte);

    if (first->big > 1)
        return false;
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        if (first[i].refs > 1)
            return false;
    return true;
}

void big_put(pte_t pte)
{
    struct frame *first = pte_frame(pte);
    struct pool_batch batch = { 0 };

    if (big_is_exclusive(pte)) {
        pool_take_back_run(first);
        return;
    }
    if (--first->big)
        return;
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        if (--first[i].refs == 0)
            pool_take_back_later(&batch, &first[i], false);
    pool_settle(&batch);
}

err_t big_break(struct pool *pool, pte_t *entry)
{
    struct frame *first = pte_frame(*entry), *node;
    bool last = first->big == 1;
    pte_t *table;
    paddr_t pa;
    err_t err = pool_take_frame(pool, FRAME_NODE, false, &pa);

    if (err)
        return err;
    node = frame_of(pa);
    node->used = SV39_ENTRIES;
    node->groups = ~0u;
    table = phys_to_virt(pa);
    for (unsigned i = 0; i < SV39_ENTRIES; i++) {
        table[i] = *entry + ((pte_t)i << PTE_PPN_SHIFT);
        first[i].refs += !last; /* else the reference that all had by the big page is this one's now */
    }
    first->big--;
    *entry = pte_make(pa, PTE_V);
    kernel_stat.pages_broken++;
    return 0;
}
