/* Memory of a process: space_new, space_fork, space_put; and its map of regions as a thing that changes. */
#include "servers/proc/space.h"
#include "libc/server.h"
#include "servers/proc/cache.h"
#include "servers/proc/prefault.h"
#include "servers/proc/process.h"
#include "servers/proc/strategy.h"
#include "servers/protocol/linux.h"

static struct cache spaces = CACHE(struct space, 16);

/* A space with its kernel object and nothing else set. */
static struct space *space_make(cap_t pool)
{
    struct space *space = cache_take(&spaces);
    cap_t cap = space ? cap_take() : 0;

    if (cap && !tine_space_create(pool, cap)) {
        space->refs = 1;
        space->cap = cap;
        return space;
    }
    cap_give(cap);
    cache_give(&spaces, space);
    return NULL;
}

struct space *space_new(cap_t pool)
{
    struct regions *regions = regions_new();
    struct space *space = regions ? space_make(pool) : NULL;

    if (!space) {
        regions_put(regions);
        return NULL;
    }
    *space = (struct space){ .refs = 1, .cap = space->cap, .regions = regions, .layout = layout_fixed() };
    return space;
}

void space_put(struct space *space)
{
    if (!space || --space->refs)
        return;
    cap_destroy(space->cap);
    regions_put(space->regions);
    recent_free(space->recent);
    cache_give(&spaces, space);
}

/* ---- fork -------------------------------------------------------------------------------------------------------- */

/* How pages are cloned, and what both sides are going to write at once: a page, and the stack of a thread. */
struct how {
    enum tine_granularity granularity;
    uint64_t page;
    cap_t thread;
    uint64_t first, bits; /* pages that the child is going to write */
};

static err_t clone_span(struct space *child, struct space *parent, uint64_t start, uint64_t end, const struct how *how)
{
    if (start >= end)
        return 0;
    /* Those pages are asked for when the last of them may be there. */
    return tine_space_clone_copies(child->cap, start, (end - start) >> TINE_PAGE_SHIFT, how->granularity, parent->cap,
                                   how->page, how->thread, how->first, end == TINE_USER_END ? how->bits : 0);
}

static err_t share_region(struct space *child, struct space *parent, const struct region *region)
{
    unsigned prot = region->prot | (region->flags & REGION_MAY_WRITE ? TINE_PROT_MAY_WRITE : 0);

    if (!(region->flags & REGION_SHARED) || region->flags & REGION_NO_FORK)
        return 0;
    return tine_space_share(child->cap, region->start, (region->end - region->start) >> TINE_PAGE_SHIFT, prot,
                            parent->cap, region->start);
}

/* There are regions apart: what lies between them is cloned span by span, of themselves the shared ones are shared. */
static err_t clone_around(struct space *child, struct space *parent, const struct how *how)
{
    struct region *region;
    uint64_t done = 0;
    err_t err = 0;

    for (region = region_first(parent->regions); region && !err; region = region_next(region)) {
        if (!(region->flags & REGION_APART))
            continue;
        err = clone_span(child, parent, done, region->start, how);
        if (!err)
            err = share_region(child, parent, region);
        done = region->end;
    }
    return err ? err : clone_span(child, parent, done, TINE_USER_END, how);
}

static err_t clone_pages(struct space *child, struct space *parent, const struct how *how)
{
    if (parent->regions->apart)
        return clone_around(child, parent, how);
    return clone_span(child, parent, 0, TINE_USER_END, how);
}

/* MADV_DONTFORK: the child has no such regions. Its map is the parent's until here. */
static bool drop_unforked(struct space *child)
{
    struct region *region, *next;

    for (region = region_first(child->regions); region; region = region_next(region))
        if (region->flags & REGION_NO_FORK)
            break;
    if (!region)
        return true;
    if (!space_own_regions(child))
        return false;
    for (region = region_first(child->regions); region; region = next) {
        next = region_next(region);
        if (region->flags & REGION_NO_FORK)
            regions_cut(child->regions, region->start, region->end);
    }
    return true;
}

struct space *space_fork(struct space *parent, uint64_t hot_page, cap_t thread, const struct fork_policy *policy,
                         cap_t pool)
{
    /* The stack's page is the first of those in advance, the other the second. */
    const struct how how = { policy->granularity, policy->prefault > 1 ? hot_page : 0, policy->prefault > 0 ? thread : 0,
                             parent->warm_start, prefault_bits(parent, policy->prefault) };
    struct space *child = space_make(pool);
    cap_t cap;

    if (!child)
        return NULL;
    cap = child->cap;
    *child = *parent;
    child->refs = 1;
    child->cap = cap;
    child->regions = regions_get(parent->regions);
    child->recent = NULL;
    child->cloned = parent->cloned = child->child = true;
    parent->child = false;
    if (clone_pages(child, parent, &how) || (parent->regions->apart && !drop_unforked(child))) {
        space_put(child);
        return NULL;
    }
    prefault(child, parent, thread, policy->prefault, how.bits);
    return child;
}

/* ---- exec -------------------------------------------------------------------------------------------------------- */

struct space *space_thaw(const struct space *frozen, cap_t pool)
{
    struct space *space = space_make(pool);
    cap_t cap;

    if (!space)
        return NULL;
    cap = space->cap;
    *space = *frozen;
    space->refs = 1;
    space->cap = cap;
    space->regions = regions_get(frozen->regions);
    if (tine_space_clone(cap, 0, TINE_USER_END >> TINE_PAGE_SHIFT, TINE_CLONE_AUTO, frozen->cap)) {
        space_put(space);
        return NULL;
    }
    return space;
}

/* ---- the map of regions ------------------------------------------------------------------------------------------ */

bool space_own_regions(struct space *space)
{
    struct regions *own;

    if (space->regions->refs > 1) {
        own = regions_copy(space->regions);
        if (!own)
            return false;
        regions_put(space->regions);
        space->regions = own;
    }
    return regions_reserve(3);
}

static bool place_fits(const struct space *space, uint64_t addr, uint64_t bytes)
{
    return addr >= LAYOUT_LOW && addr < LAYOUT_END && bytes <= LAYOUT_END - addr &&
           regions_free_range(space->regions, addr, addr + bytes);
}

uint64_t space_place(const struct space *space, uint64_t hint, uint64_t bytes)
{
    const struct layout *layout = &space->layout;
    uint64_t place = 0;

    hint &= ~(TINE_PAGE_SIZE - 1UL);
    if (hint && place_fits(space, hint, bytes))
        return hint;
    if (bytes <= LAYOUT_SMALL)
        place = regions_gap(space->regions, layout_stack_end(layout), layout_vdso(layout), bytes);
    if (!place)
        place = regions_gap(space->regions, LAYOUT_LOW, layout->mmap_top, bytes);
    return place;
}

long space_unmap(struct space *space, uint64_t start, uint64_t end)
{
    if (regions_free_range(space->regions, start, end))
        return 0;
    if (!space_own_regions(space))
        return -ENOMEM;
    tine_space_unmap(space->cap, start, (end - start) >> TINE_PAGE_SHIFT);
    regions_cut(space->regions, start, end);
    return 0;
}
