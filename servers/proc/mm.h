/* Ranges of a process's memory, as the calls about it take them. */
#ifndef PROC_MM_H
#define PROC_MM_H

#include "servers/proc/space.h"

struct process;
struct thread;

/* Whether [addr, addr + bytes) begins at a page and lies below user addresses' end; *end: its end, rounded up. */
bool mm_range(uint64_t addr, uint64_t bytes, uint64_t *end);

/* Whether regions cover [start, end) without a gap. */
bool mm_mapped(const struct space *space, uint64_t start, uint64_t end);

/* mmap(2) into the memory of `process`, within its limits; w[4] is a descriptor of `opener`. The address or an errno. */
long mm_map(struct process *process, const struct thread *opener, const uint64_t w[6]);

/* The same of memory that is at hand, from its beginning; without PROT_WRITE for good. flags: MAP_FIXED and its
 * like. */
long mm_map_shared(struct process *process, struct backing *backing, uint64_t addr, uint64_t bytes, uint64_t prot,
                   uint64_t flags);

/* mprotect(2). */
long mm_protect(struct space *space, uint64_t start, uint64_t bytes, uint64_t prot);

#endif
