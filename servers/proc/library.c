/* Libraries: see library.h. Reading order: library_begin, library_learn, library_map. */
#include "servers/proc/library.h"
#include "libc/server.h"
#include "servers/proc/cache.h"
#include "servers/proc/process.h"
#include "servers/proc/warm.h"

/* As of images: the fault brings more, but these are worth having each time. */
enum { LEARN_PAGES = 4 };

enum { WRITTEN_PAGES = 64 };

struct library {
    TAILQ_ENTRY(library) use; /* First: what a free list overwrites */
    struct backing *file;     /* a reference */
    uint64_t version;         /* of its contents */
    cap_t touched;            /* the space with the pages; 0: none yet */
    uint64_t data;            /* offset of the first mapping that was written to; from there on, */
    uint64_t written;         /* a bit for each page that was */
};

static struct cache libraries = CACHE(struct library, 8);
static TAILQ_HEAD(library_list, library) by_use = TAILQ_HEAD_INITIALIZER(by_use); /* the last mapped first */

unsigned library_count;

static void library_drop(struct library *library)
{
    TAILQ_REMOVE(&by_use, library, use);
    library_count--;
    library->file->library = NULL;
    cap_destroy(library->touched);
    backing_put(library->file);
    cache_give(&libraries, library);
}

static void library_make(struct backing *backing)
{
    struct library *library = cache_take(&libraries);

    if (!library)
        return;
    if (library_count == LIBRARIES_MOST)
        library_drop(TAILQ_LAST(&by_use, library_list));
    *library = (struct library){ .file = backing, .version = backing->file.version };
    backing_get(backing);
    backing->library = library;
    TAILQ_INSERT_HEAD(&by_use, library, use);
    library_count++;
}

void library_begin(struct backing *backing)
{
    struct library *library = backing->library;

    if (library && library->version == backing->file.version) {
        TAILQ_REMOVE(&by_use, library, use);
        TAILQ_INSERT_HEAD(&by_use, library, use);
        return;
    }
    if (library)
        library_drop(library);
    library_make(backing);
}

void library_stale(uint64_t handle)
{
    struct library *library;

    TAILQ_FOREACH (library, &by_use, use) {
        if (library->file->file.handle == handle) {
            library_drop(library);
            return;
        }
    }
}

unsigned library_drop_all(void)
{
    unsigned n = library_count;

    while (!TAILQ_EMPTY(&by_use))
        library_drop(TAILQ_FIRST(&by_use));
    return n;
}

/* ---- learning ---------------------------------------------------------------------------------------------------- */

/* What is known of the file behind a region, as it is now. */
static struct library *library_of(const struct region *region)
{
    struct library *library = region->backing ? region->backing->library : NULL;

    return library && library->version == library->file->file.version ? library : NULL;
}

static uint64_t offset_of(const struct region *region, uint64_t addr)
{
    return region->offset + (addr - region->start);
}

static bool has_space(struct library *library)
{
    cap_t cap = library->touched ? 0 : cap_take();

    if (cap && tine_space_create(PROC_USERS, cap))
        cap_give(cap);
    else if (cap)
        library->touched = cap;
    return library->touched;
}

void library_learn(const struct region *region, uint64_t addr, uint64_t npages)
{
    struct library *library = library_of(region);
    uint64_t offset = offset_of(region, addr);

    if (library && has_space(library))
        tine_space_share(library->touched, offset, npages < LEARN_PAGES ? npages : LEARN_PAGES, TINE_PROT_READ,
                         region->backing->cap, offset);
}

void library_wrote(const struct region *region, uint64_t addr)
{
    struct library *library = library_of(region);
    uint64_t index;

    if (!library)
        return;
    if (!library->written)
        library->data = region->offset;
    index = (offset_of(region, addr) - library->data) >> TINE_PAGE_SHIFT;
    if (index < WRITTEN_PAGES)
        library->written |= 1UL << index;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

void library_copy(const struct space *space, const struct region *region)
{
    const struct library *library = region ? library_of(region) : NULL;
    uint64_t pages = region ? (region->end - region->start) >> TINE_PAGE_SHIFT : 0, n;

    if (!library || !(region->prot & TINE_PROT_WRITE))
        return;
    for (uint64_t first = 0; first < WRITTEN_PAGES && (n = warm_run(library->written, &first)); first += n) {
        uint64_t page = first + ((library->data - region->offset) >> TINE_PAGE_SHIFT);

        if (page >= pages)
            continue;
        tine_space_copy(space->cap, region->start + (page << TINE_PAGE_SHIFT), n < pages - page ? n : pages - page,
                        region->prot);
    }
}

void library_map(const struct space *space, const struct region *region)
{
    const struct library *library = library_of(region);

    if (!library || !library->touched || region->flags & REGION_SHARED || !region->prot)
        return;
    if (!tine_space_share(space->cap, region->start, (region->end - region->start) >> TINE_PAGE_SHIFT,
                          (region->prot & ~TINE_PROT_WRITE) | TINE_PROT_PRIVATE, library->touched, region->offset))
        library_copy(space, region);
}
