/* Pages copied in advance at a fork: see prefault.h. */
#include "servers/proc/prefault.h"
#include "servers/proc/cache.h"
#include "servers/proc/warm.h"
#include "user/tine/numbers.h"

#define PAGE_OF(addr) ((addr) & ~(TINE_PAGE_SIZE - 1UL))

enum {
    HOT_PAGES = 2, /* that TINE_SPACE_CLONE copies by itself */
    FORGET = 32,   /* forks after which pages are noted anew: those not written any more cost a copy each time */
    REG_SP = 1,    /* in tine_registers.x */
};

struct recent {
    unsigned next, forks;
    uint64_t page[TINE_FORK_PREFAULT_MOST]; /* 0: none */
};

static struct cache recents = CACHE(struct recent, 4);

/* Without memory nothing is remembered. */
static struct recent *recent_new(void)
{
    struct recent *recent = cache_take(&recents);

    if (recent)
        *recent = (struct recent){ 0 };
    return recent;
}

void recent_note(struct recent *recent, uint64_t addr)
{
    recent->page[recent->next++ % TINE_FORK_PREFAULT_MOST] = PAGE_OF(addr);
}

void recent_free(struct recent *recent)
{
    if (recent)
        cache_give(&recents, recent);
}

/* Its own for each side, if it is private memory that may be written to. False: not such a page, or no memory. */
static bool page_part(const struct space *child, const struct space *parent, uint64_t page)
{
    const struct region *region = region_find(child->regions, page);

    return region && !(region->flags & REGION_SHARED) && (region->prot & TINE_PROT_WRITE) &&
           !tine_space_copy(child->cap, page, 1, region->prot) && !tine_space_copy(parent->cap, page, 1, region->prot);
}

/* The last that were noted, up to `most`. */
static void recent_part(const struct space *child, const struct space *parent, struct recent *recent, unsigned most)
{
    for (unsigned i = 1; i <= TINE_FORK_PREFAULT_MOST && most; i++) {
        uint64_t page = recent->page[(recent->next - i) % TINE_FORK_PREFAULT_MOST];

        if (page && page_part(child, parent, page))
            most--;
    }
    if (++recent->forks % FORGET == 0)
        *recent = (struct recent){ 0 };
}

/* Below are the frames of functions that are called next, above those that are returned to. How many there were. */
static unsigned stack_part(const struct space *child, const struct space *parent, cap_t thread)
{
    struct tine_registers r;
    uint64_t page;

    if (tine_thread_read(thread, &r, NULL))
        return 0;
    page = PAGE_OF(r.x[REG_SP]);
    return (unsigned)page_part(child, parent, page - TINE_PAGE_SIZE) +
           (unsigned)page_part(child, parent, page + TINE_PAGE_SIZE);
}

uint64_t prefault_bits(const struct space *parent, unsigned most)
{
    return most <= HOT_PAGES ? 0 : warm_fork(parent, most - HOT_PAGES);
}

void prefault(struct space *child, struct space *parent, cap_t thread, unsigned most, uint64_t bits)
{
    unsigned done = HOT_PAGES;

    if (most <= HOT_PAGES + WARM_CHILD_PAGES)
        return;
    for (; bits; bits &= bits - 1)
        done++;
    if (!parent->recent)
        parent->recent = recent_new();
    done += stack_part(child, parent, thread);
    if (parent->recent && done < most)
        recent_part(child, parent, parent->recent, most - done);
}
