/*
 * Nodes of the tree: page tables as counted frames, that several parents may refer to. The leaf's entries are tree.h's
 * subject; here it is about the entries above them, *links*, and what becomes of a table when it has two owners.
 *
 * A link is one of
 *   V           own: the table below has no other parent
 *   V | SHARED  open: the table may have other parents, and is frozen
 *   SHARED      closed: it may have other parents and need not be frozen; hardware stops here
 *
 * RISC-V has no permission bits in a link, so a table that hardware may walk from two sides must not permit writing by
 * what is in it: it is *frozen*. In a frozen leaf table no entry is writable, and those that may be written are marked
 * copy-on-write; in a frozen table above, every link is open or closed. Freezing is put off by closing the link: a
 * snapshot of any size is one link closed and copied, and each side freezes, one level at a time, what it touches.
 *
 *   reading opens:    the table is frozen if it has other parents (node_open)
 *   changing splits:  whoever changes a table with other parents gets a copy of it (node_own)
 *   the last one out: a table whose other parents are gone is simply taken over, without either
 *
 * A table that lies below one with two parents is itself shared, though it may have one parent only.
 *
 * In the place of a link to a leaf table may stand a big page.
 */
#ifndef KERNEL_NODE_H
#define KERNEL_NODE_H

#include "bits.h"
#include "frame.h"
#include "pool.h"
#include <riscv/sv39.h>

#define LINK_SHARED (1ul << 8)
#define LINK_STATE  (PTE_V | LINK_SHARED)

/* Not a link but a page of 2 MiB: a leaf entry (tree.h) in a table above the leaf tables. */
static inline bool pte_is_big(pte_t pte)
{
    return pte & PTE_U;
}

static inline bool link_is_own(pte_t link)
{
    return (link & LINK_STATE) == PTE_V;
}

static inline bool link_is_closed(pte_t link)
{
    return (link & LINK_STATE) == LINK_SHARED;
}

/* The frame of a table below a link, or of a mapping that is not a device's. */
static inline struct frame *pte_frame(pte_t pte)
{
    return frame_at(frame_bias, pte >> PTE_PPN_SHIFT);
}

/* The table below a link. */
static inline pte_t *link_table(pte_t link)
{
    return phys_to_virt(pte_paddr(link));
}

/* Counts one more used entry of a node. */
static inline void node_use(struct frame *node, unsigned index)
{
    node->used++;
    node->groups |= 1u << index / 16;
}

/* The least index >= `index` that is in use, or `end`. */
static inline unsigned node_next(const pte_t *entry, const struct frame *node, unsigned index, unsigned end)
{
    while (index < end) {
        uint32_t groups = node->groups >> index / 16;
        const pte_t *at, *stop;

        if (!groups)
            break;
        if (!(groups & 1))
            index = (index & ~15u) + lowest_bit(groups) * 16;
        stop = entry + (index | 15) + 1;
        for (at = entry + index; at < stop; at++)
            if (*at)
                return (unsigned)(at - entry) < end ? (unsigned)(at - entry) : end;
        index = (index | 15) + 1;
    }
    return end;
}

/* The used entries of a whole node. Two loops: `break` is not for the body. */
#define NODE_FOREACH(index, entry, node)                                                                               \
    for (uint32_t groups_ = (node)->groups; groups_; groups_ &= groups_ - 1)                                           \
        for (size_t index = lowest_bit(groups_) * 16ul, end_ = index + 16; index < end_; index++)                      \
            if (!(entry)[index])                                                                                       \
                continue;                                                                                              \
            else

/* Leaf entries. PTE_DEVICE: both bits, memory that is not in the frame table. See tree.h. */
#define PTE_DEVICE (PTE_COW | PTE_MAY_WRITE)

static inline bool pte_is_device(pte_t pte)
{
    return (pte & PTE_DEVICE) == PTE_DEVICE;
}

/* A page that may be written, as a snapshot leaves it on both sides. */
static inline pte_t pte_demote(pte_t pte)
{
    return (pte & PTE_DEVICE) == PTE_MAY_WRITE ? (pte & ~(PTE_W | PTE_D | PTE_MAY_WRITE)) | PTE_COW : pte;
}

/*
 * Settles the link to a table, seen by the reader of it: a table whose other parents are gone becomes own. Returns
 * whether others can see it still. `above`: they can see the table that the link is in.
 */
bool node_shared(pte_t *link, bool above);

/* Opens a link to a table that node_shared says is shared; the table is frozen if it was not. `level` is the table's, 0 for
 * a leaf table. */
void node_open(pte_t *link, unsigned level);

/* Makes the table below a link own, by taking over or by a copy that `pool` pays for; the link lies in a table that is own.
 * MEMORY: nothing changed. */
err_t node_own(struct pool *pool, pte_t *link, unsigned level);

/* Takes away a mapping of a big page, whose entry the caller empties. */
void big_put(pte_t pte);

/* Whether a mapping of a big page is the only one, and no page of it is mapped elsewhere. */
bool big_is_exclusive(pte_t pte);

/* Puts a leaf table with the same pages in the place of a big page; the entry lies in a table that is own. MEMORY: nothing
 * changed. */
err_t big_break(struct pool *pool, pte_t *entry);

/* Lets a second link, whose entry is empty, lead to the table. `open`: both shall be open at once, else they are
 * closed unless it is frozen already. Returns true if somebody may have written through the first link until now. */
bool node_share(pte_t *to, pte_t *from, unsigned level, bool open);

#endif
