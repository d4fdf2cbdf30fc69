/*
 * The copy-on-write tree: page tables over counted frames. A data structure that knows no object and no hart; space.c
 * adds arguments, TLB and preemption.
 *
 * Leaf entries. A page that is mapped has PTE_U and, if any access is allowed, PTE_V. Without PTE_V it is there, but
 * nobody may touch it (PROTECT with no rights). A is set in advance, D with W, since hardware may trap for either.
 *   PTE_W          may be written now
 *   PTE_MAY_WRITE  PROTECT may set W on this very frame; set wherever W is
 *   PTE_COW        a private view of a frame that others may hold: no W; COPY makes it exclusive, then W
 *   PTE_DEVICE     both of these: memory that is not in the frame table and not counted; W is never raised
 *
 * Nodes. A page table is a frame with a count of its used entries and a bit for each group of 16 that may hold one, so
 * that sparse tables are cheap to search, to clone and to take down. A node that is empty is given back at once. A node
 * may be part of several trees: node.h.
 *
 * There are three ways down. tree_find is for reading: what other trees share it makes safe to look at. tree_own is for
 * changing what is there, and tree_reach for adding: what other trees share they copy.
 */
#ifndef KERNEL_TREE_H
#define KERNEL_TREE_H

#include "node.h"

struct tree {
    paddr_t root;
    struct pool *pool; /* pays for nodes and pages; borrowed; null: the tree is gone and `root` is the kernel's own */
    bool relinked;     /* links have changed since this was last false: what hardware knows of them must be flushed */
};

/* A leaf table and the part of it that a range covers. */
struct tree_leaf {
    pte_t *entry;        /* of index 0 */
    struct frame *frame; /* of the table */
    unsigned first, end; /* indices that the range covers */
    bool shared;         /* other trees hold it, too: it is frozen, and only to be read */
    bool big;            /* no table but a big page, whose entry *entry is; `frame` is the first of its frames */
};

/* Makes an empty tree: takes its root. MEMORY. */
err_t tree_init(struct tree *tree, struct pool *pool);

/* The first leaf table with a page in [addr, addr + npages): *gap pages lie before it. leaf->entry is null, and *gap is
 * npages, if there is none. Bounded: what the tables on the way may hold is known by groups. */
void tree_find(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf, size_t *gap);

/* The same, and the leaf table belongs to this tree alone; a big page that the range covers in part is broken. MEMORY:
 * nothing changed. */
err_t tree_own(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf, size_t *gap);

/* The leaf table that holds addr, made if it is missing, and up to npages pages of it; it belongs to this tree alone.
 * MEMORY: nothing changed. */
err_t tree_reach(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf);

/* For hardware that tree_stops: opens those on the way to addr as far as reading needs, or own ones. Returns
 * whether an access with these rights (PTE_R, PTE_W or PTE_X) will succeed now that did not. */
bool tree_open(struct tree *tree, vaddr_t addr, pte_t right);

/* Puts a mapping into an empty entry. The reference to the frame is the caller's to give. */
void tree_set(struct tree *tree, struct tree_leaf *leaf, unsigned index, pte_t pte);

/* Empties a used entry and drops its frame. The table itself stays: tree_prune when done with it. */
void tree_clear(struct tree *tree, struct tree_leaf *leaf, unsigned index);

/* Empties all entries that the leaf covers, likewise. */
void tree_clear_range(struct tree *tree, struct tree_leaf *leaf);

/* Gives back the tables on the way to addr that are empty now. */
void tree_prune(struct tree *tree, vaddr_t addr);

/* Maps a big page where nothing is, at an aligned address. MEMORY: nothing changed. */
err_t tree_set_big(struct tree *tree, vaddr_t addr, pte_t pte);

/* Whether anything is mapped in the 2 MiB at addr; whether it is a big page. */
bool tree_has(const struct tree *tree, vaddr_t addr);
bool tree_has_big(const struct tree *tree, vaddr_t addr);

/* Snapshot of a big page, likewise. MEMORY: nothing changed. */
err_t tree_clone_big(struct tree *to, vaddr_t addr, const struct tree_leaf *from, bool *written);

/* Snapshot of one leaf table's range into `to`, whose entries there are empty. Pages that can be written lose that on
 * both sides and become COW. Returns whether any did. */
bool tree_clone_entries(struct tree *to, const struct tree_leaf *to_leaf, const struct tree_leaf *from);

/* Shares up to npages entries of `from`, from its first on, with those of `to`: the same frames with `flags` in place of the
 * source's; where the source has none the target has none afterwards. Stops before an entry of a device, or one that lacks
 * the bits `need`. Returns how many entries are done. */
size_t tree_share_entries(struct tree *to, struct tree_leaf *to_leaf, const struct tree_leaf *from, size_t npages,
                          pte_t flags, pte_t need);

/* ---- whole nodes, one at a time: the largest that begins at addr and spans at most npages ---- */

/* Pages from addr on, at most npages, that lie below no leaf table. Ends at the next GiB that has a table, be that leaf table
 * further inside. */
size_t tree_gap(const struct tree *tree, vaddr_t addr, size_t npages);

/* Lets go of a node that others share, or of a big page: *done pages of it, or 0. MEMORY, if that needs a table above it to be copied:
 * nothing changed. */
err_t tree_drop_node(struct tree *tree, vaddr_t addr, size_t npages, size_t *done);

/* Pages of the node at addr that a snapshot of this granularity (enum tine_granularity) shares, or 0. */
size_t tree_node_pages(const struct tree *tree, vaddr_t addr, size_t npages, unsigned granularity);

/* Shares that node of npages with `to`, which has nothing there. `open`: it is frozen now, else when somebody touches it.
 * Sets *written if `from` may have been written through it until now. MEMORY: nothing changed. */
err_t tree_clone_node(struct tree *to, struct tree *from, vaddr_t addr, size_t npages, bool open, bool *written);

/* Counts pages and tables of the next GiB that has any, and moves *addr behind it. False: there was none. */
bool tree_count(const struct tree *tree, vaddr_t *addr, uint64_t *pages, uint64_t *nodes);

/* Takes away one leaf table, or what is shared with others, wherever the first one is. False when none is left: then
 * only the root is there. */
bool tree_dismantle(struct tree *tree);

/* Gives back the root of a tree that tree_dismantle has emptied. */
void tree_free(struct tree *tree);

static inline bool tree_is_empty(const struct tree *tree)
{
    return !frame_of(tree->root)->used;
}

static inline unsigned leaf_next(const struct tree_leaf *leaf, unsigned index)
{
    return node_next(leaf->entry, leaf->frame, index, leaf->end);
}

/* Groups that the leaf covers in whole or in part, and that may hold something. It covers at least one entry. */
static inline uint32_t leaf_groups(const struct tree_leaf *leaf)
{
    return leaf->frame->groups & ~0u << leaf->first / 16 & ~0u >> (31 - (leaf->end - 1) / 16);
}

/* What the leaf covers of its lowest group. */
static inline size_t group_first(const struct tree_leaf *leaf, uint32_t groups)
{
    size_t first = lowest_bit(groups) * 16ul;

    return first > leaf->first ? first : leaf->first;
}

static inline size_t group_end(const struct tree_leaf *leaf, size_t first)
{
    size_t end = (first | 15) + 1;

    return end < leaf->end ? end : leaf->end;
}

/* The used entries among those that a leaf covers. Two loops: `break` is not for the body. */
#define LEAF_FOREACH(index, leaf)                                                                                      \
    for (uint32_t groups_ = leaf_groups(leaf); groups_; groups_ &= groups_ - 1)                                        \
        for (size_t index = group_first(leaf, groups_), end_ = group_end(leaf, index); index < end_; index++)          \
            if (!(leaf)->entry[index])                                                                                 \
                continue;                                                                                              \
            else

/*
 * The entry for addr, of a page or a big page, or null. To be read only, whether or not others share its table; and if `need` is PTE_V, null also
 * where a link is closed: then an entry with W is this tree's alone. *inside: set, for a big page, to the bits of an
 * address that lead into it.
 */
static inline __attribute__((always_inline)) pte_t *tree_entry(const struct tree *tree, vaddr_t addr, pte_t need, uint64_t *inside)
{
    const pte_t any = need ? need : ~0ul;
    pte_t *table = phys_to_virt(tree->root);
    pte_t pte = table[sv39_index(addr, 2)];

    if (!(pte & any))
        return NULL;
    table = phys_to_virt(pte_paddr(pte));
    pte = table[sv39_index(addr, 1)];
    if (!(pte & any))
        return NULL;
    if (pte_is_big(pte)) {
        *inside = RUN_BYTES - 1;
        return &table[sv39_index(addr, 1)];
    }
    table = phys_to_virt(pte_paddr(pte));
    return &table[sv39_index(addr, 0)];
}

/* Whether hardware stops at a closed link on the way to addr. */
static inline bool tree_stops(const struct tree *tree, vaddr_t addr)
{
    const pte_t *table = phys_to_virt(tree->root);
    pte_t pte = table[sv39_index(addr, 2)];

    if (!(pte & PTE_V))
        return pte;
    table = phys_to_virt(pte_paddr(pte));
    pte = table[sv39_index(addr, 1)];
    return link_is_closed(pte) && !pte_is_big(pte);
}

/* The entry for addr if its table belongs to this tree alone already, or null. */
static inline pte_t *tree_own_entry(const struct tree *tree, vaddr_t addr)
{
    pte_t *table = phys_to_virt(tree->root);
    pte_t pte = table[sv39_index(addr, 2)];

    if (!link_is_own(pte))
        return NULL;
    table = phys_to_virt(pte_paddr(pte));
    pte = table[sv39_index(addr, 1)];
    if (!link_is_own(pte) || pte_is_big(pte))
        return NULL;
    table = phys_to_virt(pte_paddr(pte));
    return &table[sv39_index(addr, 0)];
}

#endif
