/* Pools: see pool.h. Reading order: charge, pool_take_frame, frame_put; then the slabs of small objects. */

#include "pool.h"
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

struct pool *pool_from_id(uint32_t id);
struct pool *pool_from_id(uint32_t id)
{
    return id == ROOT_ID ? &root_pool : phys_to_virt((paddr_t)id << 6);
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
    LIST_INIT(&root_pool.objects);
    kernel_stat.objects[TINE_KIND_POOL]++;
    return &root_pool;
}

/* Whether n more frames can be charged to the pool and to those that it draws on. */
static bool affordable(const struct pool *pool, uint64_t n)
{
    for (;;) {
        uint64_t after = pool->used + n;

        if (after > pool->limit)
            return false;
        if (after <= pool->reserve)
            return true;
        if (pool->used < pool->reserve)
            n = after - pool->reserve; /* the rest of the reserve serves first */
        pool = pool->head.pool;
        if (!pool)
            return false;
    }
}

static void charge(struct pool *pool, uint64_t n)
{
    while (pool && n) {
        uint64_t before = pool->used;

        pool->used = before + n;
        if (pool->used <= pool->reserve)
            return;
        if (before < pool->reserve)
            n = pool->used - pool->reserve;
        pool = pool->head.pool;
    }
}

static void pool_forget(struct pool *pool)
{
    pool_free_object(pool->head.pool, pool, sizeof(*pool));
}

static void discharge(struct pool *pool, uint64_t n)
{
    while (pool && n) {
        struct pool *parent = pool->head.pool;
        uint64_t above = pool->used > pool->reserve ? pool->used - pool->reserve : 0;

        pool->used -= n;
        if (pool->head.dead && pool->used == 0)
            pool_forget(pool);
        n = above < n ? above : n; /* the reserve keeps what it can hold */
        pool = parent;
    }
}

err_t pool_split(struct pool *parent, struct pool *child, uint64_t reserve, uint64_t limit)
{
    LIST_INIT(&child->objects);
    if (limit && limit < reserve)
        return TINE_ERR_ARG;
    if (reserve > parent->limit || !affordable(parent, reserve))
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

void pool_balance(const struct pool *pool, uint64_t *used, uint64_t *left, uint64_t *limit)
{
    uint64_t most = UINT64_MAX, spare = 0; /* spare: reserves below, which the pools above are charged for already */

    *used = pool->used;
    *limit = pool->limit == UINT64_MAX ? 0 : pool->limit;
    for (; pool; pool = pool->head.pool) {
        uint64_t here = pool->limit - pool->used;

        if (here != UINT64_MAX - pool->used && here + spare < most)
            most = here + spare;
        if (pool->reserve > pool->used)
            spare += pool->reserve - pool->used;
    }
    *left = most;
}

err_t pool_take_frame(struct pool *pool, enum frame_type type, bool zeroed, paddr_t *pa)
{
    if (!affordable(pool, 1))
        return TINE_ERR_MEMORY;

    charge(pool, 1);
    *pa = frame_take(type, zeroed);
    frame_of(*pa)->pool = pool_id(pool);
    return 0;
}

void pool_adopt_frame(struct pool *pool, paddr_t pa)
{
    kassert(pool == &root_pool);
    pool->reserve++;
    pool->limit++;
    pool->used++;
    *frame_of(pa) = (struct frame){ .refs = 1, .type = FRAME_PAGE, .pool = ROOT_ID };
}

void frame_put(paddr_t pa)
{
    struct frame *frame = frame_of(pa);
    uint32_t id = frame->pool;

    if (--frame->refs)
        return;
    frame_release(pa, false);
    discharge(pool_from_id(id), 1);
}

void frame_put_zeroed(paddr_t pa)
{
    uint32_t id = frame_of(pa)->pool;

    frame_release(pa, true);
    discharge(pool_from_id(id), 1);
}

/* ---- small objects: frames cut into equal pieces, those with room in a list per size ---------------------------------- */

#define SLAB_FULL 0xffff /* `first`: no free object */

static unsigned class_of(size_t bytes)
{
    unsigned class = 0;

    while ((64u << class) < bytes)
        class++;
    return class;
}

static void slab_link(struct pool *pool, unsigned class, struct frame *frame)
{
    uint32_t index = (uint32_t)(frame - frame_table) + 1;

    frame->prev = 0;
    frame->next = pool->slabs[class];
    if (frame->next)
        frame_table[frame->next - 1].prev = index;
    pool->slabs[class] = index;
}

static void slab_unlink(struct pool *pool, unsigned class, struct frame *frame)
{
    if (frame->prev)
        frame_table[frame->prev - 1].next = frame->next;
    else
        pool->slabs[class] = frame->next;
    if (frame->next)
        frame_table[frame->next - 1].prev = frame->prev;
}

/* The first two bytes of a free object say where the next one is, in units of 64 bytes. */
static struct frame *slab_make(struct pool *pool, unsigned class)
{
    struct frame *frame;
    unsigned step = 1u << class;
    char *memory;
    paddr_t pa;

    if (pool_take_frame(pool, FRAME_SLAB, false, &pa))
        return NULL;
    memory = phys_to_virt(pa);
    for (unsigned at = 0; at < TINE_PAGE_SIZE / 64; at += step)
        *(uint16_t *)(memory + at * 64) = at + step < TINE_PAGE_SIZE / 64 ? at + step : SLAB_FULL;
    frame = frame_of(pa);
    frame->first = 0;
    slab_link(pool, class, frame);
    return frame;
}

void *pool_take_object(struct pool *pool, size_t bytes)
{
    unsigned class = class_of(bytes);
    struct frame *frame = pool->slabs[class] ? &frame_table[pool->slabs[class] - 1] : slab_make(pool, class);
    char *object;

    if (!frame)
        return NULL;
    object = (char *)phys_to_virt(frame_paddr(frame)) + frame->first * 64;
    frame->first = *(uint16_t *)object;
    frame->used++;
    if (frame->first == SLAB_FULL)
        slab_unlink(pool, class, frame);
    return object;
}

void pool_free_object(struct pool *pool, void *object, size_t bytes)
{
    unsigned class = class_of(bytes);
    paddr_t pa = virt_to_phys(object);
    struct frame *frame = frame_of(pa);

    if (frame->first == SLAB_FULL)
        slab_link(pool, class, frame);
    *(uint16_t *)object = frame->first;
    frame->first = (pa & (TINE_PAGE_SIZE - 1)) / 64;
    if (--frame->used == 0) {
        slab_unlink(pool, class, frame);
        frame_put(pa & ~(paddr_t)(TINE_PAGE_SIZE - 1));
    }
}
