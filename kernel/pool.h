/*
 * Pools: who pays for memory. A pool is an account over the free frames. It owns a reserve, set aside when it was split
 * off; beyond that it draws frame by frame on its parent, up to its limit, and the parent on its own. Every frame in use
 * is charged to one pool, and through it to all above that one.
 *
 * In a pool: used counts its own frames and, for each child, the greater of the child's reserve and the child's used.
 *
 * Destroying a pool destroys its objects. A page that somebody outside still refers to stays: the dead pool remains as a
 * forwarding entry whose charges are its parent's, until its last frame is gone.
 */
#ifndef KERNEL_POOL_H
#define KERNEL_POOL_H

#include "frame.h"
#include "object.h"

LIST_HEAD(object_list, object);

#define POOL_CLASSES 6 /* object sizes 64, 128, 256, 512, 1024, 2048 */

struct pool {
    struct object head;         /* head.pool: the parent, in whose memory this lies; null for the root */
    uint64_t used;              /* frames charged here */
    uint64_t reserve;           /* of those, frames that the parent is charged for in any case */
    uint64_t limit;             /* used never exceeds it */
    struct object_list objects; /* made from it */
    uint32_t slabs[POOL_CLASSES]; /* frames with room for objects of that size: frame index plus 1 */
};

/* All free frames, as the first pool. Its own structure lies in the image. */
struct pool *pool_root_init(void);
struct pool *pool_root(void);

/* Makes `child` (fresh memory of `parent`, head done) a pool with `reserve` frames from the parent now. limit 0: none.
 * MEMORY; ARG if the limit is below the reserve. */
err_t pool_split(struct pool *parent, struct pool *child, uint64_t reserve, uint64_t limit);

/* The pool is destroyed and its objects are gone: forgets its reserve; its memory goes with its last frame. */
void pool_retire(struct pool *pool);

/* Frames used, frames that can still be had, limit (0 for none). O(depth). */
void pool_balance(const struct pool *pool, uint64_t *used, uint64_t *left, uint64_t *limit);

/* Takes a frame with one reference, charged to `pool`. MEMORY. O(depth), and a page cleared if `zeroed`. */
err_t pool_take_frame(struct pool *pool, enum frame_type type, bool zeroed, paddr_t *pa);

/* Charges the pool for an adopted frame whose entry it makes: a page with one reference. Only the root pool can. */
void pool_adopt_frame(struct pool *pool, paddr_t pa);

/* Drops a reference; the last one gives the frame back to its pool. */
void frame_put(paddr_t pa);

/* The last reference of a frame that is all zero, a page table taken down. */
void frame_put_zeroed(paddr_t pa);

/* Memory for a kernel object of at most 2,048 bytes, aligned to 64, not cleared; null if there is none. O(1). */
void *pool_take_object(struct pool *pool, size_t bytes);
void pool_free_object(struct pool *pool, void *object, size_t bytes);

/* The pool that owns a frame. */
static inline struct pool *frame_pool(const struct frame *frame)
{
    extern struct pool *pool_from_id(uint32_t id);

    return pool_from_id(frame->pool);
}

#endif
