/* Pages made in advance at exec and fork: see warm.h. */
#include "servers/proc/warm.h"

/* Runs and forks after which pages are learnt anew: those that are not needed any more cost a copy each time. */
enum { RELEARN = 32 };

enum { PROGRAMS = 64 };
static struct program programs[PROGRAMS];

static uint64_t hash(const char *name)
{
    uint64_t h = 0;

    while (*name)
        h = (h + (unsigned char)*name++) * 0x9e3779b97f4a7c15UL;
    return h;
}

/* Nothing is known yet of a program that is new. */
static struct program *program_of(uint64_t version, const char *name)
{
    uint64_t h = hash(name);
    struct program *p = &programs[((h >> 32) ^ version) % PROGRAMS];

    if (p->version != version || p->name != h)
        *p = (struct program){ .version = version, .name = h };
    return p;
}

/* ---- learning ---------------------------------------------------------------------------------------------------- */

static unsigned count_bits(uint64_t bits)
{
    unsigned n = 0;

    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

static void note_stack(const struct space *space, uint64_t page)
{
    uint64_t top = space->layout.stack_top, depth = (top - page) >> TINE_PAGE_SHIFT;
    struct program *program = space->program;

    if (page < top && depth <= WARM_STACK && !space->cloned && depth > program->stack_pages)
        program->stack_pages = (unsigned)depth;
}

bool warm_note(const struct space *space, uint64_t page)
{
    uint64_t index = (page - space->warm_start) >> TINE_PAGE_SHIFT;
    struct program *program = space->program;

    if (!program)
        return false;
    if (index >= WARM_PAGES)
        note_stack(space, page);
    else if (!space->cloned)
        program->run_pages |= 1UL << index;
    else if (space->child && count_bits(program->child_pages) < WARM_CHILD_PAGES)
        program->child_pages |= 1UL << index;
    return index < WARM_PAGES;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

uint64_t warm_run(uint64_t bits, uint64_t *first)
{
    uint64_t n = 0;

    if (*first >= WARM_PAGES)
        return 0;
    for (bits >>= *first; bits && !(bits & 1); bits >>= 1)
        ++*first;
    for (; bits & 1; bits >>= 1)
        n++;
    return n;
}

/* Pages of the run that one region, private and writable, has from addr on. */
static uint64_t region_run(const struct region *region, uint64_t addr, uint64_t n)
{
    uint64_t pages = region ? (region->end - addr) >> TINE_PAGE_SHIFT : 0;

    if (!region || (region->flags & REGION_SHARED) || !(region->prot & TINE_PROT_WRITE))
        return 0;
    return pages < n ? pages : n;
}

/* Makes the first `most` pages with a bit, as far as they are still mapped as data, and counts them in *done. `anew`:
 * what has no file has no pages yet. */
static err_t make_pages(const struct space *space, uint64_t bits, bool anew, unsigned most, unsigned *done)
{
    err_t err = 0;
    uint64_t n;

    for (uint64_t first = 0; first < WARM_PAGES && *done < most && (n = warm_run(bits, &first)); first += n) {
        uint64_t addr = space->warm_start + (first << TINE_PAGE_SHIFT);
        const struct region *region = region_find(space->regions, addr);
        uint64_t pages = region_run(region, addr, n < most - *done ? n : most - *done);

        n = pages ? pages : 1;
        if (pages && anew && !region->backing)
            err = tine_space_zero(space->cap, addr, pages, region->prot);
        else if (pages)
            err = tine_space_copy(space->cap, addr, pages, region->prot);
        if (err)
            break;
        *done += (unsigned)pages;
    }
    return err;
}

err_t warm_begin(struct space *space, uint64_t version, const char *name)
{
    struct program *program = space->program = program_of(version, name);
    unsigned done = 0;

    if (++program->runs % RELEARN == 0)
        program->run_pages = program->stack_pages = 0;
    return make_pages(space, program->run_pages, true, WARM_PAGES, &done);
}

err_t warm_stack(const struct space *space, uint64_t low, uint64_t top, unsigned prot)
{
    uint64_t known = top - ((uint64_t)space->program->stack_pages << TINE_PAGE_SHIFT);

    if (known < low)
        low = known;
    return tine_space_zero(space->cap, low, (top - low) >> TINE_PAGE_SHIFT, prot);
}

void warm_heap(const struct space *space, uint64_t start, uint64_t end, unsigned prot)
{
    uint64_t first = (start - space->warm_start) >> TINE_PAGE_SHIFT, n;
    uint64_t last = (end - space->warm_start) >> TINE_PAGE_SHIFT;

    if (!space->program || start < space->warm_start)
        return;
    for (; first < WARM_PAGES && (n = warm_run(space->program->run_pages, &first)) && first < last; first += n) {
        if (n > last - first)
            n = last - first;
        if (tine_space_zero(space->cap, space->warm_start + (first << TINE_PAGE_SHIFT), n, prot))
            return;
    }
}

uint64_t warm_fork(const struct space *parent, unsigned most)
{
    struct program *program = parent->program;
    uint64_t bits = 0, n;

    if (!program)
        return 0;
    for (uint64_t first = 0; most && (n = warm_run(program->child_pages, &first)); first += n) {
        uint64_t addr = parent->warm_start + (first << TINE_PAGE_SHIFT);
        const struct region *region = region_find(parent->regions, addr);
        uint64_t pages = region_run(region, addr, n < most ? n : most);

        if (pages && !(region->prot & TINE_PROT_EXEC)) {
            bits |= (pages < WARM_PAGES ? (1UL << pages) - 1 : ~0UL) << first;
            most -= (unsigned)pages;
        }
        n = pages ? pages : 1;
    }
    if (++program->forks % RELEARN == 0)
        program->child_pages = 0;
    return bits;
}
