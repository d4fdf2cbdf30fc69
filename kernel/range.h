/* What the operations on ranges of a space have in common: space.c, snapshot.c. For nobody else. Those on the way of a fault are
 * defined `inline`, beside their external definition: without, a copy-on-write costs 20 instructions more. */
#ifndef KERNEL_RANGE_H
#define KERNEL_RANGE_H

#include "space.h"

#define PROT_RIGHTS (TINE_PROT_READ | TINE_PROT_WRITE | TINE_PROT_EXEC)

/* Pages between two preemption points where each may have to be copied or cleared. */
#define PIECE_PAGES 32

/* Likewise where each may replace one that has to be given back. */
#define REPLACED_PAGES 256

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* RANGE, ARG where prot has bits that are not `allowed`, GONE. */
err_t range_check(const struct space *space, const struct space_range *range, unsigned prot, unsigned allowed);

/* npages of it are done. */
void range_advance(struct space_range *range, size_t npages);

/* After npages pages are done, the last of them with `err`: whether to go on with the rest. */
err_t range_step(struct space_range *range, size_t npages, err_t err);

/* The range, as far as it has nothing in the source: takes away what is mapped here, and moves the range on. */
err_t range_replace_gap(struct space *space, struct space_range *range, size_t npages, bool replaces);

/* Rights as hardware knows them, for a page that may be written if `write`. Every right implies reading. Users have none to
 * the pages of a resident server, which all spaces see at the same place. */
pte_t space_rights(const struct space *space, unsigned prot, bool write);

/* After entries from `start` to `end` may have changed. Few pages are flushed one by one, if it is but pages. */
void space_flush(struct space *space, vaddr_t start, vaddr_t end);

/* Likewise, and fresh code may be about to run there. */
void space_flush_code(struct space *space, vaddr_t start, vaddr_t end, unsigned prot);

/* Everything that hardware may remember of the tree. */
void space_flush_links(struct space *space);

/* *entry: the one for addr, in a leaf table that is the space's own now; null if there is no table. MEMORY. */
err_t space_own_entry(struct space *space, vaddr_t addr, pte_t **entry);

/* Makes one mapped page private with these rights. MEMORY: as it was. RIGHTS: a device's, which is nobody's to copy. */
err_t space_copy_entry(struct space *space, pte_t *entry, pte_t flags);

#endif
