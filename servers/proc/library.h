/*
 * Libraries: what runs touch of a file that is mapped privately to be executed. The pages that a fault brought in are
 * remembered in a space of their own, page n at n * 4096, and those that were written to in a bit each; whoever maps
 * the file next gets them at once, by one operation for the pages and one for each run of copies. What frozen images
 * are for a program and its linker (frozen.h), this is for what the linker maps.
 *
 * Knowledge is of the file's contents, only ever a hint, and given up like the images: at most LIBRARIES_MOST, the
 * least recently mapped goes first, and with the name or the contents of its file.
 */
#ifndef PROC_LIBRARY_H
#define PROC_LIBRARY_H

#include "servers/proc/backing.h"
#include "servers/proc/space.h"

#define LIBRARIES_MOST 64

/* The file, as vfs has just described it, is mapped to be executed: begins to learn of it, or goes on. */
void library_begin(struct backing *backing);

/* The private region has just been mapped, and nothing of it is there: makes what is known of it. Short of memory, it
 * faults. */
void library_map(const struct space *space, const struct region *region);

/* The same for the copies alone, of a region whose pages are there. */
void library_copy(const struct space *space, const struct region *region);

/* A fault has brought npages pages of a private region from addr on; a page of one was written to first. */
void library_learn(const struct region *region, uint64_t addr, uint64_t npages);
void library_wrote(const struct region *region, uint64_t addr);

/* As frozen_stale and frozen_drop_all, which call them. */
void library_stale(uint64_t handle);
unsigned library_drop_all(void);

extern unsigned library_count;

#endif
