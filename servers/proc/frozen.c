/* Frozen images: see frozen.h. An image is found through the backing of its file. */
#include "servers/proc/frozen.h"
#include "servers/proc/cache.h"
#include "servers/proc/library.h"

static struct cache images = CACHE(struct frozen, 8);
static TAILQ_HEAD(frozen_list, frozen) by_use = TAILQ_HEAD_INITIALIZER(by_use); /* the last used first */

/* Of the pages that a fault brings in, these many are worth having each time: a page costs each run some 20
 * instructions, be it touched or not. The others come when they are touched in some later run. */
enum { LEARN_PAGES = 4 };

static uint64_t serials; /* given away so far */

unsigned frozen_count;

static void references_put(const struct frozen *frozen)
{
    space_put(frozen->space);
    backing_put(frozen->linker);
    backing_put(frozen->file);
}

void frozen_drop(struct frozen *frozen)
{
    TAILQ_REMOVE(&by_use, frozen, use);
    frozen_count--;
    frozen->serial = 0;
    frozen->file->frozen = NULL;
    references_put(frozen);
    cache_give(&images, frozen);
}

struct frozen *frozen_find(const struct executable *x)
{
    struct frozen *frozen = x->backing->frozen;

    if (!frozen)
        return NULL;
    if (frozen->version != x->file.version) {
        frozen_drop(frozen);
        return NULL;
    }
    TAILQ_REMOVE(&by_use, frozen, use);
    TAILQ_INSERT_HEAD(&by_use, frozen, use);
    return frozen;
}

bool frozen_has_linker(const struct frozen *frozen, const struct executable *linker)
{
    return frozen->linker == linker->backing && frozen->linker_version == linker->file.version;
}

struct frozen *frozen_keep(const struct frozen *model)
{
    struct frozen *frozen = cache_take(&images);

    if (!frozen) {
        references_put(model);
        return NULL;
    }
    if (frozen_count == IMAGES_MOST)
        frozen_drop(TAILQ_LAST(&by_use, frozen_list));
    *frozen = *model;
    frozen->serial = ++serials;
    frozen->file->frozen = frozen;
    TAILQ_INSERT_HEAD(&by_use, frozen, use);
    frozen_count++;
    return frozen;
}

struct space *frozen_thaw(struct frozen *frozen, cap_t pool)
{
    struct space *space = space_thaw(frozen->space, pool);

    if (!space)
        return NULL;
    space->image = frozen;
    space->image_serial = frozen->serial;
    if (frozen->linker_data)
        library_copy(space, region_find(space->regions, frozen->linker_data));
    return space;
}

/* What the image has mapped already may be its own by now, as the cleared end of the data is: it stays. */
bool frozen_learn(const struct space *space, const struct region *region, uint64_t addr, uint64_t npages)
{
    const struct frozen *image = space->image;
    const struct region *same;
    struct tine_values v;
    uint64_t most;

    if (!image || image->serial != space->image_serial)
        return false;
    same = region_find(image->space->regions, addr);
    if (!same || same->backing != region->backing || same->offset - same->start != region->offset - region->start)
        return false;
    most = (same->end - addr) >> TINE_PAGE_SHIFT;
    if (most > LEARN_PAGES)
        most = LEARN_PAGES;
    if (npages > most)
        npages = most;
    if (tine_space_inspect(image->space->cap, addr, npages, &v) || v.a1 & TINE_PAGE_PRESENT)
        return true;
    tine_space_share(image->space->cap, addr, v.a2 < npages ? v.a2 : npages,
                     (same->prot & ~TINE_PROT_WRITE) | TINE_PROT_PRIVATE, same->backing->cap,
                     same->offset + (addr - same->start));
    return true;
}

void frozen_stale(uint64_t handle)
{
    struct frozen *frozen, *next;

    for (frozen = TAILQ_FIRST(&by_use); frozen; frozen = next) {
        next = TAILQ_NEXT(frozen, use);
        if (frozen->file->file.handle == handle || (frozen->linker && frozen->linker->file.handle == handle))
            frozen_drop(frozen);
    }
    library_stale(handle);
}

unsigned frozen_drop_all(void)
{
    unsigned n = frozen_count + library_drop_all();

    while (!TAILQ_EMPTY(&by_use))
        frozen_drop(TAILQ_FIRST(&by_use));
    return n;
}

uint64_t frozen_tables(void)
{
    struct frozen *frozen;
    struct tine_values v;
    uint64_t tables = 0;

    TAILQ_FOREACH (frozen, &by_use, use)
        if (frozen->space && !tine_space_count(frozen->space->cap, &v))
            tables += v.a2;
    return tables;
}
