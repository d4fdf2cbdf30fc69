/* Pools: see pool.h. Reading order: charge_one, pool_take_frame, pool_take_back; then the slabs of small objects. */

#include "pool.h"
#include "bits.h"
#include "hart.h"
#include "print.h"
#include <string.h>

static struct pool root_pool __attribute__((aligned(64)));

_Static_assert(sizeof(struct pool) <= 128, "pools are many");

/* A pool is named in the frame table by its physical address, for which the root, in the image, has a stand-in. */
#define ROOT_ID 1u

static uint32_t pool_id(const struct pool *pool)
{
    return pool == &root_pool ? ROOT_ID : (uint32_t)(virt_to_phys(pool) >> 6);
}

static struct pool *pool_of(uint32_t id)
{
    return id == ROOT_ID ? &root_pool : phys_to_virt((paddr_t)id << 6);
}

struct pool *frame_pool(const struct frame *frame)
{
    return pool_of(frame->pool);
}

struct pool *pool_root(void)
{
    return &root_pool;
}

struct pool *pool_root_init(void)
{
    memset(&root_pool, 0, sizeof(root_pool));
    root_pool.head.kind = TINE_KIND_POOL;
    root_pool.reserve = root_pool.limit = frames_total();
    kernel_stat.objects[TINE_KIND_POOL]++;
    return &root_pool;
}

/* ---- accounts ---------------------------------------------------------------------------------------------------- */

/* Charges a frame to the pool, and to those above it that it draws on: up to the first with a reserve left, which the
 * root has as long as there are free frames. False, and nothing is charged, where a limit is in the way. */
static bool charge_one(struct pool *pool)
{
    struct pool *last = pool;

    while (last->used < last->limit && last->used >= last->reserve)
        last = last->head.pool;
    if (last->used >= last->limit)
        return false;
    for (; pool != last; pool = pool->head.pool)
        pool->used++;
    last->used++;
    return true;
}

/* Whether n more frames can be charged to the pool and to those that it draws on. n is at most all frames. */
static bool affordable(const struct pool *pool, uint64_t n)
{
    for (; n; pool = pool->head.pool) {
        uint64_t after = pool->used + n;
        uint64_t covered = pool->used > pool->reserve ? pool->used : pool->reserve;

        if (after > pool->limit)
            return false;
        n = after > covered ? after - covered : 0;
    }
    return true;
}

static void charge(struct pool *pool, uint64_t n)
{
    for (; n; pool = pool->head.pool) {
        uint64_t covered = pool->used > pool->reserve ? pool->used : pool->reserve;

        pool->used += n;
        n = pool->used > covered ? pool->used - covered : 0;
    }
}

/* The memory of a dead pool that nothing is charged to any more. */
static void pool_forget(struct pool *pool)
{
    pool_free_object(pool->head.pool, pool, sizeof(*pool));
}

static void discharge(struct pool *pool, uint64_t n)
{
    while (n) {
        struct pool *parent = pool->head.pool;
        uint64_t drawn = pool->used > pool->reserve ? pool->used - pool->reserve : 0;

        pool->used -= n;
        if (n > drawn)
            n = drawn;
        if (pool->head.dead && pool->used == 0)
            pool_forget(pool);
        pool = parent;
    }
}

err_t pool_split(struct pool *parent, struct pool *child, uint64_t reserve, uint64_t limit)
{
    LIST_INIT(&child->objects);
    LIST_INIT(&child->slabs);
    child->depth = parent->depth + 1;
    if (child->depth > POOL_DEPTH_MAX)
        return TINE_ERR_STATE;
    if (limit && limit < reserve)
        return TINE_ERR_ARG;
    if (reserve > frames_total() || !affordable(parent, reserve))
        return TINE_ERR_MEMORY;

    charge(parent, reserve);
    child->reserve = reserve;
    child->limit = limit ? limit : UINT64_MAX;
    return 0;
}

void pool_retire(struct pool *pool)
{
    uint64_t unused = pool->reserve > pool->used ? pool->reserve - pool->used : 0;

    pool->reserve = 0;
    discharge(pool->head.pool, unused);
    if (pool->used == 0)
        pool_forget(pool);
}

err_t pool_limit(struct pool *pool, uint64_t limit)
{
    if (limit && limit < pool->reserve)
        return TINE_ERR_ARG;
    if (!pool->head.pool || (limit && limit < pool->used))
        return TINE_ERR_STATE;
    pool->limit = limit ? limit : UINT64_MAX;
    return 0;
}

void pool_balance(const struct pool *pool, uint64_t *used, uint64_t *left, uint64_t *limit)
{
    uint64_t spare = 0; /* reserves below, which the pools above are charged for already */

    *used = pool->used;
    *limit = pool->limit == UINT64_MAX ? 0 : pool->limit;
    *left = UINT64_MAX;
    for (; pool; pool = pool->head.pool) {
        uint64_t here = pool->limit == UINT64_MAX ? UINT64_MAX : pool->limit - pool->used + spare;

        if (here < *left)
            *left = here;
        if (pool->reserve > pool->used)
            spare += pool->reserve - pool->used;
    }
}

err_t pool_take_frame(struct pool *pool, enum frame_type type, bool zeroed, paddr_t *pa)
{
    if (!charge_one(pool))
        return TINE_ERR_MEMORY;

    *pa = frame_take(type, zeroed);
    frame_of(*pa)->pool = pool_id(pool);
    return 0;
}

void pool_take_back(struct frame *frame, bool zeroed)
{
    struct pool *pool = frame_pool(frame);

    frame_release(frame, zeroed);
    discharge(pool, 1);
}

void pool_settle(struct pool_batch *batch)
{
    if (batch->count)
        discharge(pool_of(batch->pool), batch->count);
    batch->count = 0;
}

void pool_take_back_later(struct pool_batch *batch, struct frame *frame, bool zeroed)
{
    if (frame->pool != batch->pool) {
        pool_settle(batch);
        batch->pool = frame->pool;
    }
    batch->count++;
    frame_release(frame, zeroed);
}

err_t pool_take_run(struct pool *pool, paddr_t *pa)
{
    struct frame *first;

    if (!affordable(pool, RUN_FRAMES))
        return TINE_ERR_MEMORY;
    charge(pool, RUN_FRAMES);
    *pa = frame_run_take();
    first = frame_of(*pa);
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        first[i].pool = pool_id(pool);
    return 0;
}

void pool_take_back_run(struct frame *first)
{
    struct pool *pool = frame_pool(first);

    frame_run_release(first);
    discharge(pool, RUN_FRAMES);
}

void pool_adopt_frame(struct pool *pool, paddr_t pa)
{
    kassert(pool == &root_pool);
    pool->reserve++;
    pool->limit++;
    pool->used++;
    *frame_of(pa) = (struct frame){ .refs = 1, .type = FRAME_PAGE, .pool = ROOT_ID };
}

/* ---- small objects: frames cut into units of 64 bytes, with a bit for each --------------------------------------- */

#define UNIT_SHIFT  6
#define SLAB_EMPTY  (~1ul) /* unit 0 is the head */
#define SLABS_TRIED 4      /* then a new one is begun: the bound */

struct slab {
    uint64_t free;          /* bit n: unit n is free */
    LIST_ENTRY(slab) list;  /* in pool->slabs unless full */
};

static unsigned units(size_t bytes)
{
    return (bytes + (1u << UNIT_SHIFT) - 1) >> UNIT_SHIFT;
}

/* Those bits that begin a run of n set bits. */
static uint64_t runs(uint64_t bits, unsigned n)
{
    for (unsigned have = 1, step; have < n; have += step) {
        step = n - have < have ? n - have : have;
        bits &= bits >> step;
    }
    return bits;
}

static struct slab *slab_make(struct pool *pool)
{
    struct slab *slab;
    paddr_t pa;

    if (pool_take_frame(pool, FRAME_SLAB, false, &pa))
        return NULL;
    slab = phys_to_virt(pa);
    slab->free = SLAB_EMPTY;
    LIST_INSERT_HEAD(&pool->slabs, slab, list);
    return slab;
}

/* Units for an object: bits of `mask` at the slab's `at`. */
static uint64_t unit_mask(unsigned n, unsigned at)
{
    return ((1ul << n) - 1) << at;
}

void *pool_take_object(struct pool *pool, size_t bytes)
{
    unsigned n = units(bytes), tried = 0, at;
    struct slab *slab;

    kassert(bytes <= POOL_OBJECT_MAX);
    LIST_FOREACH(slab, &pool->slabs, list)
        if (runs(slab->free, n) || ++tried == SLABS_TRIED)
            break;
    if (!slab || !runs(slab->free, n))
        slab = slab_make(pool);
    if (!slab)
        return NULL;
    at = lowest_bit(runs(slab->free, n));
    slab->free &= ~unit_mask(n, at);
    if (!slab->free)
        LIST_REMOVE(slab, list);
    return (char *)slab + ((size_t)at << UNIT_SHIFT);
}

void pool_free_object(struct pool *pool, void *object, size_t bytes)
{
    size_t offset = (uintptr_t)object & (TINE_PAGE_SIZE - 1);
    struct slab *slab = (struct slab *)((char *)object - offset);

    if (!slab->free)
        LIST_INSERT_HEAD(&pool->slabs, slab, list);
    slab->free |= unit_mask(units(bytes), offset >> UNIT_SHIFT);
    if (slab->free == SLAB_EMPTY) {
        LIST_REMOVE(slab, list);
        frame_put(virt_to_phys(slab));
    }
}
