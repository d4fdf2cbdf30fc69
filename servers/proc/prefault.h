/*
 * Pages that a fork copies in advance, since parent and child are about to write to them: a fault that is spared costs as
 * much as the copy of a page does. The setting `prefault` (strategy.h) says how many at most; in this order they are
 *
 *   1. the page of the stack pointer, and the page of the child's thread number: TINE_SPACE_CLONE does it for both sides;
 *   2. the pages that children of this program have been seen to write to: warm.h; it does that for the child;
 *   3. the pages next to the stack pointer's, and those that the parent wrote to last: for both sides.
 *
 * After a fork no page of the parent is writable, so the next write to each is a fault: what "wrote to last" means is
 * known exactly, without a D bit. Who asks for no more than 1 and 2 pays nothing for 3: nothing is remembered.
 */
#ifndef PROC_PREFAULT_H
#define PROC_PREFAULT_H

#include "servers/proc/space.h"

/* Pages written to, the last first to be overwritten. */
struct recent;

/* The page at addr was written to for the first time since the space was made or cloned. O(1). */
void recent_note(struct recent *recent, uint64_t addr);

/* NULL is ignored. */
void recent_free(struct recent *recent);

/* Pages of 2, a bit each from the start of the data on, for TINE_SPACE_CLONE to copy; `most` of all kinds. */
uint64_t prefault_bits(const struct space *parent, unsigned most);

/* The space is a fresh clone of its parent, whose thread's stack pointer is in `thread`'s registers: pages of 3, `most` in
 * all, of which those are there. Short of memory, they fault. */
void prefault(struct space *child, struct space *parent, cap_t thread, unsigned most, uint64_t bits);

#endif
