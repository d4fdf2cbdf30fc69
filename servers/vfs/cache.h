/*
 * The pages of a regular file: an address space with page n at n * 4096, which clients map, and a window to each page
 * in vfs's own space, so that a read is one copy from the page to the client.
 *
 * Windows are chunks of 16 pages; a chunk is made when its first page is. Holes have neither page nor window. File
 * pages and their tables come from the pool ROOT_VFS_USERS, windows from vfs's own.
 */
#ifndef VFS_CACHE_H
#define VFS_CACHE_H

#include "libc/kernel.h"
#include <stdbool.h>
#include <sys/tree.h>

#define CHUNK_PAGES 16

struct chunk {
    RB_ENTRY(chunk) entry;
    uint64_t index;   /* of its first page, / CHUNK_PAGES */
    uint32_t present; /* a bit per page */
    char *window;
};

struct pages {
    cap_t space;          /* all rights */
    cap_t reader, writer; /* made when first wanted: for clients' mappings */
    RB_HEAD(chunks, chunk) chunks;
    struct chunk *last;   /* found last */
    uint64_t count;       /* pages present */
};

/* NULL: no memory. */
struct pages *pages_new(void);

/* Gives everything back. Frames that clients still map live on until they let go. */
void pages_free(struct pages *pages);

/*
 * Where page n is. *run becomes the number of pages from n that are alike (present and contiguous in memory, or
 * absent), at least 1 and at most CHUNK_PAGES. NULL: absent. O(log n), mostly O(1).
 */
char *pages_find(struct pages *pages, uint64_t n, unsigned *run);

/* Makes npages from n present; new ones are zero. 0 or -ENOMEM, -ENOSPC (some may have been made). *made counts them.
 * */
long pages_make(struct pages *pages, uint64_t n, uint64_t npages, uint64_t *made);

/* Drops pages from n to `end` (exclusive; ~0 for all beyond): the number dropped. */
uint64_t pages_drop(struct pages *pages, uint64_t n, uint64_t end);

/* First page >= n that is present (data) or absent. ~0 if no data follows. */
uint64_t pages_seek(struct pages *pages, uint64_t n, bool data);

/* A capability for mappings, READ or READ and WRITE, lent; 0: no memory. */
cap_t pages_cap(struct pages *pages, bool writable);

/* Whether such a capability to write has ever been lent: contents may change unseen. NULL: no pages. */
static inline bool pages_mapped_writable(const struct pages *pages)
{
    return pages && pages->writer;
}

#endif
