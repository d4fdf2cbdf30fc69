/*
 * Objects of one size, kept for reuse: O(1), and no allocator in any hot path. Memory comes from malloc in batches and
 * is never given back, so a pointer to an object that was given up may still be looked at.
 */
#ifndef PROC_CACHE_H
#define PROC_CACHE_H

#include <stddef.h>

struct cache {
    size_t size;     /* bytes of an object, at least that of a pointer */
    unsigned batch;  /* objects allocated at a time */
    void *free;      /* list through the first word of each */
    unsigned in_use; /* objects taken and not given back: the leak check counts them */
};

#define CACHE(type, n) \
    { \
        .size = sizeof(type), .batch = (n) \
    }

/* An object with undefined contents, or NULL if memory is exhausted. */
void *cache_take(struct cache *cache);

/* NULL is ignored. */
void cache_give(struct cache *cache, void *object);

#endif
