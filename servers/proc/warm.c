/* Pages made in advance at exec and fork: see warm.h. */
#include "servers/proc/warm.h"

/* Forks after which the pages are learnt anew: those that children do not need any more cost a copy each time. */
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

struct program *program_of(const struct vfs_file *file, const char *name)
{
    uint64_t h = hash(name);
    struct program *p = &programs[((h >> 32) ^ file->inode ^ file->device) % PROGRAMS];

    if (p->inode != file->inode || p->device != file->device || p->version != file->version || p->name != h)
        *p = (struct program){ .inode = file->inode, .device = file->device, .name = h, .version = file->version };
    return p;
}

void warm_begin(struct space *space, struct program *program, uint64_t data)
{
    space->program = program;
    space->warm_start = data;
}

static unsigned count_bits(uint64_t bits)
{
    unsigned n = 0;

    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

void warm_note(const struct space *space, uint64_t page)
{
    uint64_t index = (page - space->warm_start) >> TINE_PAGE_SHIFT;
    struct program *program = space->program;

    if (!program || index >= WARM_PAGES)
        return;
    if (!space->cloned)
        program->run_pages |= 1UL << index;
    else if (space->child && count_bits(program->child_pages) < WARM_CHILD_PAGES)
        program->child_pages |= 1UL << index;
}

/* The next run of set bits from *first on, which is moved there; its length, 0: none. */
static uint64_t next_run(uint64_t bits, uint64_t *first)
{
    uint64_t n = 0;

    for (bits >>= *first; bits && !(bits & 1); bits >>= 1)
        ++*first;
    for (; bits & 1; bits >>= 1)
        n++;
    return n;
}

err_t warm_bring(const struct space *space, uint64_t start, uint64_t end, unsigned prot, enum warm_how how)
{
    uint64_t first = (start - space->warm_start) >> TINE_PAGE_SHIFT, n;
    uint64_t last = (end - space->warm_start) >> TINE_PAGE_SHIFT;
    err_t err = 0;

    if (!space->program || start < space->warm_start)
        return 0;
    for (; first < WARM_PAGES && !err && (n = next_run(space->program->run_pages, &first)) && first < last;
         first += n) {
        uint64_t addr = space->warm_start + (first << TINE_PAGE_SHIFT);

        if (n > last - first)
            n = last - first;
        err =
            how == WARM_COPY ? tine_space_copy(space->cap, addr, n, prot) : tine_space_zero(space->cap, addr, n, prot);
    }
    return err;
}

/* Pages of the run that one region, private and writable, has from its first page on. */
static uint64_t region_run(const struct region *region, uint64_t addr, uint64_t n)
{
    uint64_t pages = region ? (region->end - addr) >> TINE_PAGE_SHIFT : 0;

    if (!region || (region->flags & REGION_SHARED) || !(region->prot & TINE_PROT_WRITE))
        return 0;
    return pages < n ? pages : n;
}

unsigned warm_fork(const struct space *child, unsigned most)
{
    struct program *program = child->program;
    unsigned done = 0;
    uint64_t n;

    if (!program)
        return 0;
    for (uint64_t first = 0; done < most && (n = next_run(program->child_pages, &first)); first += n) {
        uint64_t addr = child->warm_start + (first << TINE_PAGE_SHIFT);
        const struct region *region = region_find(child->regions, addr);
        uint64_t pages = region_run(region, addr, n < most - done ? n : most - done);

        n = pages ? pages : 1;
        if (pages && tine_space_copy(child->cap, addr, pages, region->prot))
            break;
        done += (unsigned)pages;
    }
    if (++program->forks % RELEARN == 0)
        program->child_pages = 0;
    return done;
}
