/*
 * Pools: who pays for memory. A pool is an account over the free frames. It owns a reserve, set aside when it was split
 * off; beyond that it draws frame by frame on its parent, up to its limit, and the parent on its own. Every frame in
 * use is charged to one pool, and through it to all above that one.
 *
 * In a pool: used counts its own frames and, for each child, the greater of the child's reserve and the child's used.
 *
 * Destroying a pool destroys its objects. A page that somebody outside still refers to stays: the dead pool remains as
 * a forwarding entry whose charges are its parent's, until its last frame is gone.
 */
#ifndef KERNEL_POOL_H
#define KERNEL_POOL_H

#include "frame.h"
#include "object.h"

LIST_HEAD(object_list, object);
LIST_HEAD(slab_list, slab);

#define POOL_DEPTH_MAX 16 /* pools within pools: what recursion and the chain of charges are bounded by */

struct pool {
    struct object head;         /* head.pool: the parent, in whose memory this lies; null for the root */
    uint64_t used;              /* frames charged here */
    uint64_t reserve;           /* frames that the parent is charged for in any case */
    uint64_t limit;             /* used never exceeds it */
    struct object_list objects; /* made from it */
    struct slab_list slabs;     /* frames with room for small objects */
    uint32_t depth;             /* 0: the root */
    bool seen;                  /* check.c */
    uint64_t counted;           /* check.c */
};

/* All free frames, as the first pool. Its own structure lies in the image. */
struct pool *pool_root_init(void);
struct pool *pool_root(void);

/* Makes `child` (fresh memory of `parent`, head done) a pool with `reserve` frames from the parent now. limit 0: none.
 * MEMORY; ARG if the limit is below the reserve; STATE if it would be nested too deeply. */
err_t pool_split(struct pool *parent, struct pool *child, uint64_t reserve, uint64_t limit);

/* The pool is destroyed and its objects are gone: forgets its reserve; its memory goes with its last frame. */
void pool_retire(struct pool *pool);

/* `used` never exceeds `limit` from now on; 0: no limit. STATE if it does already, or for the root pool; ARG if the limit is
 * below the reserve. */
err_t pool_limit(struct pool *pool, uint64_t limit);

/* Frames used, frames that can still be had, limit (0 for none). O(depth). */
void pool_balance(const struct pool *pool, uint64_t *used, uint64_t *left, uint64_t *limit);

/* Takes a frame with one reference, charged to `pool`. MEMORY. O(depth), and a page cleared if `zeroed`. */
err_t pool_take_frame(struct pool *pool, enum frame_type type, bool zeroed, paddr_t *pa);

/* Takes the run that frame_run_prepare has made ready, for a big page: mapped as a whole once, all zero. MEMORY. O(depth). */
err_t pool_take_run(struct pool *pool, paddr_t *pa);

/* Takes the frames of a run, each with one reference left, from their pool. */
void pool_take_back_run(struct frame *first);

/* Charges the pool for an adopted frame whose entry it makes: a page with one reference. Only the root pool can. */
void pool_adopt_frame(struct pool *pool, paddr_t pa);

/* Takes the frame, that nothing refers to any more, from its pool. `zeroed`: it is known to be all zero. O(depth). */
void pool_take_back(struct frame *frame, bool zeroed);

/* The same for many frames: the pools are told when the owner changes and by pool_settle. Begin with all zero. */
struct pool_batch {
    uint32_t pool;
    uint32_t count;
};
void pool_take_back_later(struct pool_batch *batch, struct frame *frame, bool zeroed);
void pool_settle(struct pool_batch *batch);

/* Drops a reference; the last one gives the frame back to its pool. */
static inline void frame_put(paddr_t pa)
{
    struct frame *frame = frame_of(pa);

    if (--frame->refs == 0)
        pool_take_back(frame, false);
}

/* Memory for a kernel object of at most POOL_OBJECT_MAX bytes, aligned to 64, not cleared; null if there is none.
 * O(1). */
void *pool_take_object(struct pool *pool, size_t bytes);
#define POOL_OBJECT_MAX (TINE_PAGE_SIZE - 64)

/* Gives it back; `bytes` is what was asked for. */
void pool_free_object(struct pool *pool, void *object, size_t bytes);

/* The pool that owns a frame in use. */
struct pool *frame_pool(const struct frame *frame);

#endif
