/*
 * What stands behind a mapping that is not private anonymous memory: the pages of a file, which vfs owns, or shared
 * anonymous memory, which proc owns. Either way it is an address space with page n at n * 4096, named by a capability,
 * from which pages are shared into processes. Counted; regions hold the references.
 */
#ifndef PROC_BACKING_H
#define PROC_BACKING_H

#include "libc/kernel.h"
#include "servers/protocol/vfs.h"
#include <stdbool.h>
#include <sys/queue.h>

struct frozen;
struct library;
struct shm_segment;

struct backing {
    LIST_ENTRY(backing) hash;
    unsigned refs;
    bool writable;         /* the capability permits shared writable mappings */
    cap_t cap;             /* the space that holds the pages */
    struct frozen *frozen; /* the image that is kept of it; NULL: none */
    struct library *library; /* what is known of it as a library; NULL: nothing */
    bool attachable;             /* System V shared memory: shmdt unmaps it */
    struct shm_segment *segment; /* its segment, while that exists: ipc_shm.h */
    struct vfs_file file;  /* as it was last described; handle 0: shared anonymous memory */
};

static inline void backing_get(struct backing *backing)
{
    backing->refs++;
}

/* NULL is ignored. The last reference closes the file or frees the memory. */
void backing_put(struct backing *backing);

/*
 * The backing of a file that vfs has just described: *takes* the handle, also when it fails; *gives* a reference. One
 * backing stands for all mappings of a file with the same rights. NULL: memory exhausted.
 */
struct backing *backing_of_file(const struct vfs_file *file, bool writable);

/* New shared anonymous memory. NULL if memory is exhausted. */
struct backing *backing_anonymous(void);

/*
 * Makes sure that the page at `offset` (whole pages) is there. Answers how many pages are from there on, at most
 * npages; 0: beyond the end of the file; or -ENOMEM.
 */
long backing_populate(struct backing *backing, uint64_t offset, size_t npages);

/* A number that is the same for all mappings of the same memory, however they came about: futex keys. */
uint64_t backing_key(const struct backing *backing);

#endif
