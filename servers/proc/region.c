/* Maps of regions: a red-black tree ordered by address. See region.h; the shapes of change are split, cut and merge. */
#include "servers/proc/region.h"
#include "servers/proc/backing.h"
#include "servers/proc/cache.h"
#include <tine.h>

static struct cache spares = CACHE(struct region, 32);
static struct cache maps = CACHE(struct regions, 16);
static struct region *reserved; /* linked through entry.rbe_left */
static unsigned reserved_count;

unsigned region_count;

static int region_order(const struct region *a, const struct region *b)
{
    return a->start < b->start ? -1 : a->start > b->start;
}

RB_GENERATE_INTERNAL(region_tree, region, entry, region_order, static __attribute__((unused)))

/* ---- memory ------------------------------------------------------------------------------------------------------ */

bool regions_reserve(unsigned n)
{
    while (reserved_count < n) {
        struct region *region = cache_take(&spares);

        if (!region)
            return false;
        RB_LEFT(region, entry) = reserved;
        reserved = region;
        reserved_count++;
    }
    return true;
}

static struct region *region_take(void)
{
    struct region *region = reserved;

    reserved = RB_LEFT(region, entry);
    reserved_count--;
    region_count++;
    return region;
}

static void region_drop(struct region *region)
{
    backing_put(region->backing);
    cache_give(&spares, region);
    region_count--;
}

struct regions *regions_new(void)
{
    struct regions *r = cache_take(&maps);

    if (r)
        *r = (struct regions){ .refs = 1, .tree = RB_INITIALIZER(&r->tree) };
    return r;
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

static uint64_t region_pages(const struct region *region)
{
    return (region->end - region->start) >> TINE_PAGE_SHIFT;
}

static bool region_is_data(const struct region *region)
{
    return (region->prot & TINE_PROT_WRITE) && !(region->flags & (REGION_SHARED | REGION_STACK));
}

static bool region_apart(const struct region *region)
{
    return region->flags & REGION_APART;
}

static void count_in(struct regions *r, const struct region *region)
{
    uint64_t pages = region_pages(region);

    r->count++;
    r->pages += pages;
    r->apart += region_apart(region);
    if (region_is_data(region))
        r->data_pages += pages;
}

static void count_out(struct regions *r, const struct region *region)
{
    uint64_t pages = region_pages(region);

    r->count--;
    r->pages -= pages;
    r->apart -= region_apart(region);
    if (region_is_data(region))
        r->data_pages -= pages;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

struct region *region_at_or_above(const struct regions *r, uint64_t addr)
{
    struct region *region = RB_ROOT(&r->tree), *best = NULL;

    while (region) {
        if (addr < region->end) {
            best = region;
            if (addr >= region->start)
                return region;
            region = RB_LEFT(region, entry);
        } else {
            region = RB_RIGHT(region, entry);
        }
    }
    return best;
}

struct region *region_find(const struct regions *r, uint64_t addr)
{
    struct region *region = region_at_or_above(r, addr);

    return region && region->start <= addr ? region : NULL;
}

struct region *region_first(const struct regions *r)
{
    return RB_MIN(region_tree, (struct region_tree *)&r->tree);
}

struct region *region_next(struct region *region)
{
    return RB_NEXT(region_tree, NULL, region);
}

bool regions_free_range(const struct regions *r, uint64_t start, uint64_t end)
{
    struct region *region = region_at_or_above(r, start);

    return !region || region->start >= end;
}

uint64_t regions_gap(const struct regions *r, uint64_t low, uint64_t high, uint64_t bytes)
{
    struct region *region = region_at_or_above(r, high - 1);
    uint64_t top = high;

    if (!region)
        region = RB_MAX(region_tree, (struct region_tree *)&r->tree);
    for (; region; region = RB_PREV(region_tree, NULL, region)) {
        if (region->start >= top)
            continue;
        if (region->end < top && top - region->end >= bytes)
            break;
        top = region->start;
    }
    return top >= bytes && top - bytes >= low ? top - bytes : 0;
}

/* ---- changing ---------------------------------------------------------------------------------------------------- */

static void insert(struct regions *r, struct region *region)
{
    RB_INSERT(region_tree, &r->tree, region);
    count_in(r, region);
}

static void region_remove(struct regions *r, struct region *region)
{
    RB_REMOVE(region_tree, &r->tree, region);
    count_out(r, region);
    region_drop(region);
}

static bool region_continues(const struct region *low, const struct region *high)
{
    return low->end == high->start && low->backing == high->backing && low->prot == high->prot &&
           low->flags == high->flags && !(low->flags & REGION_GROWS) &&
           (!low->backing || low->offset + (low->end - low->start) == high->offset);
}

/* Makes one of a region and the next, if they continue each other. */
static void merge_next(struct regions *r, struct region *region)
{
    struct region *next = region_next(region);

    if (!next || !region_continues(region, next))
        return;
    count_out(r, region);
    region->end = next->end;
    region_remove(r, next);
    count_in(r, region);
}

static void merge_around(struct regions *r, struct region *region)
{
    struct region *before = RB_PREV(region_tree, NULL, region);

    merge_next(r, region);
    if (before)
        merge_next(r, before);
}

void region_add(struct regions *r, const struct region *model)
{
    struct region *region = region_take();

    *region = *model;
    if (region->backing)
        backing_get(region->backing);
    else
        region->offset = 0;
    insert(r, region);
    merge_around(r, region);
}

/* A border at addr: the region that contains it, if any, becomes two. Returns the region from addr on or above it. */
static struct region *split(struct regions *r, uint64_t addr)
{
    struct region *region = region_at_or_above(r, addr), *high;

    if (!region || region->start >= addr)
        return region;
    high = region_take();
    *high = *region;
    high->start = addr;
    if (high->backing) {
        backing_get(high->backing);
        high->offset += addr - region->start;
    }
    count_out(r, region);
    region->end = addr;
    count_in(r, region);
    insert(r, high);
    return high;
}

void regions_cut(struct regions *r, uint64_t start, uint64_t end)
{
    struct region *region = split(r, start), *next;

    split(r, end);
    for (; region && region->start < end; region = next) {
        next = region_next(region);
        region_remove(r, region);
    }
}

/* Merges what may have become alike in [start, end], from the region before it on. */
static void merge_range(struct regions *r, uint64_t start, uint64_t end)
{
    struct region *region = region_at_or_above(r, start ? start - 1 : 0), *next;

    for (; region && region->start < end; region = next) {
        next = region_next(region);
        if (next && region_continues(region, next)) {
            merge_next(r, region);
            next = region;
        }
    }
}

void regions_protect(struct regions *r, uint64_t start, uint64_t end, unsigned prot)
{
    struct region *region = split(r, start);

    split(r, end);
    for (; region && region->start < end; region = region_next(region)) {
        count_out(r, region);
        region->prot = (uint8_t)prot;
        count_in(r, region);
    }
    merge_range(r, start, end);
}

void regions_flag(struct regions *r, uint64_t start, uint64_t end, unsigned set, unsigned clear)
{
    struct region *region = split(r, start);

    split(r, end);
    for (; region && region->start < end; region = region_next(region)) {
        count_out(r, region);
        region->flags = (uint16_t)((region->flags | set) & ~clear);
        count_in(r, region);
    }
    merge_range(r, start, end);
}

void region_extend(struct regions *r, struct region *region, uint64_t start, uint64_t end)
{
    count_out(r, region);
    region->start = start;
    region->end = end;
    count_in(r, region);
}

/* ---- whole maps -------------------------------------------------------------------------------------------------- */

void regions_put(struct regions *r)
{
    struct region *region;

    if (!r || --r->refs)
        return;
    while ((region = RB_ROOT(&r->tree)))
        region_remove(r, region);
    cache_give(&maps, r);
}

struct regions *regions_copy(const struct regions *r)
{
    struct regions *copy;
    struct region *region;

    if (!regions_reserve(r->count))
        return NULL;
    copy = regions_new();
    if (!copy)
        return NULL;
    for (region = region_first(r); region; region = region_next(region)) {
        struct region *like = region_take();

        *like = *region;
        if (like->backing)
            backing_get(like->backing);
        insert(copy, like);
    }
    return copy;
}
