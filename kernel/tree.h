/*
 * The copy-on-write tree: page tables over counted frames. A data structure that knows no object and no hart; space.c
 * adds arguments, TLB and preemption.
 *
 * Leaf entries. A page that is mapped has PTE_U and, if any access is allowed, PTE_V. Without PTE_V it is there, but
 * nobody may touch it (PROTECT with no rights). A is set in advance, D with W, since hardware may trap for either.
 *   PTE_W          may be written now
 *   PTE_MAY_WRITE  PROTECT may set W on this very frame
 *   PTE_COW        a private view of a frame that others may hold: no W; COPY makes it exclusive, then W
 * W and COW exclude each other.
 *
 * Nodes. A page table is a frame with a count of its used entries and bounds for where they are, so that sparse tables
 * are cheap to clone and to take down. A node that is empty is given back at once. Entries of upper levels are plain
 * pointers; V = 0 with other bits set is reserved for subtrees that are shared and frozen lazily.
 *
 * There are two ways down: tree_find for reading, and tree_reach for changing, which makes nodes that are missing (and is
 * where a shared node will be split).
 */
#ifndef KERNEL_TREE_H
#define KERNEL_TREE_H

#include "frame.h"
#include "pool.h"
#include <riscv/sv39.h>

struct tree {
    paddr_t root;
    struct pool *pool;  /* pays for nodes and pages; borrowed */
    uint64_t pages;     /* mapped leaf entries */
    uint64_t nodes;     /* page tables, the root included */
};

/* A leaf table and the part of it that a range covers. */
struct tree_leaf {
    pte_t *entry;        /* of index 0 */
    struct frame *frame;
    unsigned first, end; /* indices: covered by the range, and not known to be empty (tree_find) */
};

/* Makes an empty tree: takes its root. MEMORY. */
err_t tree_init(struct tree *tree, struct pool *pool);

/* The leaf table that holds addr, up to npages pages of it: leaf->entry is null if there is none, and then *skip is the
 * number of pages to the next place where there may be one. */
void tree_find(const struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf, size_t *skip);

/* As tree_find, but the table is made if it is missing. Only the range bounds first and end. MEMORY: nothing changed. */
err_t tree_reach(struct tree *tree, vaddr_t addr, size_t npages, struct tree_leaf *leaf);

/* Puts a mapping into an empty entry. The reference to the frame is the caller's to give. */
void tree_set(struct tree *tree, struct tree_leaf *leaf, unsigned index, pte_t pte);

/* Empties a used entry and drops its frame. The table itself stays: tree_prune when done with it. */
void tree_clear(struct tree *tree, struct tree_leaf *leaf, unsigned index);

/* Gives back the tables on the way to addr that are empty now. */
void tree_prune(struct tree *tree, vaddr_t addr);

/* Snapshot of one leaf table's range into `to`, whose entries are empty. Entries of private pages lose W on both sides. */
void tree_clone_entries(struct tree *to, struct tree_leaf *to_leaf, struct tree_leaf *from);

/* Takes away one leaf table, wherever the first one is. False when none is left: then only the root is there. */
bool tree_dismantle(struct tree *tree);

/* Gives back the root of an empty tree. */
void tree_free(struct tree *tree);

/* The entry for addr, or null. */
static inline pte_t *tree_entry(const struct tree *tree, vaddr_t addr)
{
    pte_t *table = phys_to_virt(tree->root);
    pte_t pte = table[sv39_index(addr, 2)];

    if (!pte)
        return NULL;
    table = phys_to_virt(pte_paddr(pte));
    pte = table[sv39_index(addr, 1)];
    if (!pte)
        return NULL;
    table = phys_to_virt(pte_paddr(pte));
    return &table[sv39_index(addr, 0)];
}

#endif
