/*
 * The calls that change a process's memory: brk(2), mmap(2), munmap(2), mprotect(2), mremap(2). Each checks, makes the
 * map of regions its own, and then changes kernel space and map together. Advice and questions are in advice.c.
 */
#include "servers/proc/mm.h"
#include "servers/proc/library.h"
#include "servers/proc/backing.h"
#include "servers/proc/machine.h"
#include "servers/proc/pager.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/warm.h"
#include "servers/protocol/linux.h"
#include <linux/mman.h>

#define PAGE_DOWN(addr) ((addr) & ~(TINE_PAGE_SIZE - 1UL))
#define PAGE_UP(addr) PAGE_DOWN((addr) + TINE_PAGE_SIZE - 1)
#define PAGES(bytes) ((bytes) >> TINE_PAGE_SHIFT)

bool mm_range(uint64_t addr, uint64_t bytes, uint64_t *end)
{
    *end = PAGE_UP(addr + bytes);
    return !(addr % TINE_PAGE_SIZE) && addr < TINE_USER_END && bytes <= TINE_USER_END - addr;
}

bool mm_mapped(const struct space *space, uint64_t start, uint64_t end)
{
    struct region *region = region_find(space->regions, start);

    while (region && region->end < end) {
        struct region *next = region_next(region);

        region = next && next->start == region->end ? next : NULL;
    }
    return region != NULL || start >= end;
}

/* enum tine_prot of PROT_*: the hardware has nothing that can be written but not read. */
static unsigned prot_of(uint64_t prot)
{
    unsigned result = prot & (PROT_READ | PROT_WRITE) ? TINE_PROT_READ : 0;

    if (prot & PROT_WRITE)
        result |= TINE_PROT_WRITE;
    if (prot & PROT_EXEC)
        result |= TINE_PROT_EXEC;
    return result;
}

static bool over_address_space(const struct process *process, uint64_t more)
{
    uint64_t limit = process->limits->limit[RLIMIT_AS].rlim_cur;

    return limit != RLIM64_INFINITY && (process->space->regions->pages << TINE_PAGE_SHIFT) + more > limit;
}

static bool over_data(const struct process *process, uint64_t more)
{
    uint64_t limit = process->limits->limit[RLIMIT_DATA].rlim_cur;

    return limit != RLIM64_INFINITY && (process->space->regions->data_pages << TINE_PAGE_SHIFT) + more > limit;
}

/* More than the machine has could never be used: malloc's caller had better hear of it now. */
static bool over_machine(uint64_t bytes)
{
    uint64_t total, left;

    if (bytes < 1UL << 24)
        return false;
    machine_memory(&total, &left);
    return bytes > total;
}

/* ---- brk --------------------------------------------------------------------------------------------------------- */

/* The heap's region ends at `old`, or there is none yet. */
static bool heap_grow(struct process *process, uint64_t old, uint64_t end)
{
    struct space *space = process->space;
    struct region fresh = { .start = old, .end = end, .prot = TINE_PROT_READ | TINE_PROT_WRITE, .flags = REGION_HEAP };
    struct region *heap;

    if (end > space->layout.mmap_top || !regions_free_range(space->regions, old, end) ||
        over_address_space(process, end - old) || over_data(process, end - old) || over_machine(end - old) ||
        !space_own_regions(space))
        return false;
    heap = region_find(space->regions, old - 1);
    if (heap && (heap->flags & REGION_HEAP) && heap->prot == fresh.prot)
        region_extend(space->regions, heap, heap->start, end);
    else
        region_add(space->regions, &fresh);
    /* Short of memory, it faults. */
    warm_heap(space, old, end, fresh.prot);
    return true;
}

long sys_brk(struct thread *self, struct call *call)
{
    struct space *space = self->process->space;
    uint64_t brk = call->m.w[0], old = PAGE_UP(space->brk), end;

    if (brk < space->brk_start || brk >= TINE_USER_END)
        return (long)space->brk;
    end = PAGE_UP(brk);
    if (end > old && !heap_grow(self->process, old, end))
        return (long)space->brk;
    if (end < old && space_unmap(space, end, old))
        return (long)space->brk;
    space->brk = brk;
    return (long)brk;
}

/* ---- mmap -------------------------------------------------------------------------------------------------------- */

struct mapping {
    uint64_t addr, bytes, flags;
    struct region region; /* all but where */
};

static long mapping_check(const struct process *process, struct mapping *m, uint64_t offset)
{
    uint64_t type = m->flags & MAP_TYPE;

    if (!m->bytes || offset % TINE_PAGE_SIZE)
        return -EINVAL;
    if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
        return -EINVAL;
    if (m->flags & MAP_FIXED_NOREPLACE)
        m->flags |= MAP_FIXED;
    if ((m->flags & MAP_FIXED) && m->addr % TINE_PAGE_SIZE)
        return -EINVAL;
    if (m->bytes > TINE_USER_END || (m->flags & MAP_HUGETLB))
        return -ENOMEM;
    m->bytes = PAGE_UP(m->bytes);
    if (offset + m->bytes < offset)
        return -EOVERFLOW;
    if ((m->flags & MAP_FIXED) && m->addr < LAYOUT_LOW)
        return -EPERM;
    if ((m->flags & MAP_FIXED) && (m->addr >= LAYOUT_END || m->bytes > LAYOUT_END - m->addr))
        return -ENOMEM;
    if (over_address_space(process, m->bytes))
        return -ENOMEM;
    return 0;
}

static long map_anonymous(struct mapping *m)
{
    if ((m->flags & MAP_TYPE) != MAP_PRIVATE) {
        m->region.backing = backing_anonymous();
        m->region.flags = REGION_SHARED | REGION_MAY_WRITE;
        return m->region.backing ? 0 : -ENOMEM;
    }
    if (m->flags & MAP_GROWSDOWN)
        m->region.flags = REGION_GROWS;
    return !(m->flags & MAP_NORESERVE) && over_machine(m->bytes) ? -ENOMEM : 0;
}

static long map_file(const struct thread *opener, struct mapping *m, int fd, uint64_t prot, uint64_t offset)
{
    bool shared = (m->flags & MAP_TYPE) != MAP_PRIVATE;
    struct vfs_file file;
    long err = vfs_map(PROC_VFS, opener->client, fd, (unsigned)prot, (unsigned)m->flags, &file);

    if (err)
        return err < -900 ? -ENOMEM : err;
    if (!file.handle)
        return map_anonymous(m);
    m->region.backing = backing_of_file(&file, file.writable);
    if (m->region.backing && !shared && prot & PROT_EXEC)
        library_begin(m->region.backing);
    m->region.offset = offset;
    m->region.flags = (shared ? REGION_SHARED : 0) | (file.writable ? REGION_MAY_WRITE : 0);
    return m->region.backing ? 0 : -ENOMEM;
}

/* Where it goes; what is there goes. 0, -EEXIST, -ENOMEM. */
static long mapping_place(struct space *space, struct mapping *m)
{
    uint64_t end = m->addr + m->bytes;

    if (!(m->flags & MAP_FIXED)) {
        m->addr = space_place(space, m->addr, m->bytes);
        return m->addr ? 0 : -ENOMEM;
    }
    if (regions_free_range(space->regions, m->addr, end))
        return 0;
    return m->flags & MAP_FIXED_NOREPLACE ? -EEXIST : space_unmap(space, m->addr, end);
}

static long mapping_enter(struct process *process, struct mapping *m)
{
    struct space *space = process->space;
    long err = space_own_regions(space) ? mapping_place(space, m) : -ENOMEM;

    if (err || !regions_reserve(1))
        return err ? err : -ENOMEM;
    m->region.start = m->addr;
    m->region.end = m->addr + m->bytes;
    region_add(space->regions, &m->region);
    library_map(space, &m->region);
    if (m->flags & (MAP_POPULATE | MAP_LOCKED))
        pager_bring(space, m->addr, m->bytes, m->region.prot & TINE_PROT_WRITE ? TINE_PROT_WRITE : TINE_PROT_READ);
    return (long)m->addr;
}

long mm_map(struct process *process, const struct thread *opener, const uint64_t w[6])
{
    struct mapping m = { .addr = w[0], .bytes = w[1], .flags = w[3], .region = { .prot = (uint8_t)prot_of(w[2]) } };
    long err = mapping_check(process, &m, w[5]);

    if (!err && (m.region.prot & TINE_PROT_WRITE) && (m.flags & MAP_TYPE) == MAP_PRIVATE && over_data(process, m.bytes))
        err = -ENOMEM;
    if (!err)
        err = m.flags & MAP_ANONYMOUS ? map_anonymous(&m) : map_file(opener, &m, (int)w[4], w[2], w[5]);
    if (!err)
        err = mapping_enter(process, &m);
    backing_put(m.region.backing); /* the region has its own reference */
    return err;
}

long mm_map_shared(struct process *process, struct backing *backing, uint64_t addr, uint64_t bytes, uint64_t prot,
                   uint64_t flags)
{
    struct mapping m = { .addr = addr, .bytes = bytes, .flags = MAP_SHARED | flags };
    long err;

    m.region = (struct region){ .backing = backing, .prot = (uint8_t)prot_of(prot), .flags = REGION_SHARED };
    if (prot & PROT_WRITE)
        m.region.flags |= REGION_MAY_WRITE;
    err = mapping_check(process, &m, 0);
    return err ? err : mapping_enter(process, &m);
}

long sys_mmap(struct thread *self, struct call *call)
{
    return mm_map(self->process, self, call->m.w);
}

long sys_munmap(struct thread *self, struct call *call)
{
    uint64_t end;

    if (!call->m.w[1] || !mm_range(call->m.w[0], call->m.w[1], &end))
        return -EINVAL;
    return space_unmap(self->process->space, call->m.w[0], end);
}

/* ---- mprotect ---------------------------------------------------------------------------------------------------- */

/* Whether all of [start, end) is mapped and may have the rights. */
static long protect_check(const struct space *space, uint64_t start, uint64_t end, unsigned prot)
{
    struct region *region;

    if (!mm_mapped(space, start, end))
        return -ENOMEM;
    if (!(prot & TINE_PROT_WRITE))
        return 0;
    for (region = region_find(space->regions, start); region && region->start < end; region = region_next(region))
        if ((region->flags & (REGION_SHARED | REGION_MAY_WRITE)) == REGION_SHARED)
            return -EACCES;
    return 0;
}

long mm_protect(struct space *space, uint64_t start, uint64_t bytes, uint64_t prot)
{
    struct region *region;
    uint64_t end;
    long err;

    if (start % TINE_PAGE_SIZE || (prot & ~(uint64_t)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN)))
        return -EINVAL;
    if (!mm_range(start, bytes, &end))
        return -ENOMEM;
    if (start == end)
        return 0;
    region = region_find(space->regions, start);
    if (region && (prot & PROT_GROWSDOWN)) {
        if (!(region->flags & REGION_GROWS))
            return -EINVAL;
        start = region->start;
    }
    if (region && region->start <= start && region->end >= end && region->prot == prot_of(prot))
        return 0;
    err = protect_check(space, start, end, prot_of(prot));
    if (err)
        return err;
    if (!space_own_regions(space))
        return -ENOMEM;
    regions_protect(space->regions, start, end, prot_of(prot));
    return tine_space_protect(space->cap, start, PAGES(end - start), prot_of(prot)) ? -ENOMEM : 0;
}

long sys_mprotect(struct thread *self, struct call *call)
{
    return mm_protect(self->process->space, call->m.w[0], call->m.w[1], call->m.w[2]);
}

/* ---- mremap ------------------------------------------------------------------------------------------------------ */

/* Pages of [from, from + bytes) appear at `to`, too, with their rights. Those that are copy-on-write stay so. */
static err_t pages_pass(struct space *space, uint64_t from, uint64_t to, uint64_t bytes, const struct region *region)
{
    uint64_t end = from + bytes;
    struct tine_values v;
    err_t err = 0;

    for (; from < end && !err; from += v.a2 << TINE_PAGE_SHIFT, to += v.a2 << TINE_PAGE_SHIFT) {
        unsigned prot = region->prot;

        err = tine_space_inspect(space->cap, from, PAGES(end - from), &v);
        if (err || !(v.a1 & TINE_PAGE_PRESENT))
            continue;
        if (v.a1 & TINE_PAGE_COW)
            prot = (prot & ~TINE_PROT_WRITE) | TINE_PROT_PRIVATE;
        else if (v.a1 & TINE_PAGE_MAY_WRITE)
            prot |= TINE_PROT_MAY_WRITE;
        err = tine_space_share(space->cap, to, v.a2, prot, space->cap, from);
    }
    return err;
}

/* Moves `bytes` of a region, longer by `more`, to `to`, where nothing is. */
static long region_move(struct space *space, const struct region *from, uint64_t start, uint64_t bytes, uint64_t to,
                        uint64_t new_bytes)
{
    struct region region = *from;

    if (!space_own_regions(space))
        return -ENOMEM;
    region.offset += start - region.start;
    region.start = to;
    region.end = to + new_bytes;
    if (pages_pass(space, start, to, bytes < new_bytes ? bytes : new_bytes, &region)) {
        tine_space_unmap(space->cap, to, PAGES(new_bytes));
        return -ENOMEM;
    }
    region_add(space->regions, &region);
    return space_unmap(space, start, start + bytes);
}

static long remap_grow(struct process *process, struct region *region, uint64_t start, uint64_t old_bytes,
                       uint64_t new_bytes, bool may_move)
{
    struct space *space = process->space;
    uint64_t end = start + old_bytes, more = new_bytes - old_bytes, to;
    long err;

    if (over_address_space(process, more) || (!region->backing && over_machine(more)))
        return -ENOMEM;
    if (region->end == end && more < LAYOUT_END - end && regions_free_range(space->regions, end, end + more)) {
        if (!space_own_regions(space))
            return -ENOMEM;
        region = region_find(space->regions, start);
        region_extend(space->regions, region, region->start, end + more);
        return (long)start;
    }
    to = may_move ? space_place(space, 0, new_bytes) : 0;
    err = to ? region_move(space, region, start, old_bytes, to, new_bytes) : -ENOMEM;
    return err ? err : (long)to;
}

/* MREMAP_FIXED: to exactly there, whatever is there. */
static long remap_fixed(struct space *space, uint64_t start, uint64_t old_bytes, uint64_t to, uint64_t new_bytes)
{
    struct region *region;
    uint64_t end;
    long err;

    if (!mm_range(to, new_bytes, &end) || to < LAYOUT_LOW || end > LAYOUT_END ||
        (start < end && to < start + old_bytes))
        return -EINVAL;
    err = space_unmap(space, to, end);
    if (!err && !space_own_regions(space))
        err = -ENOMEM;
    region = region_find(space->regions, start);
    if (!err)
        err = region_move(space, region, start, old_bytes, to, new_bytes);
    return err ? err : (long)to;
}

long sys_mremap(struct thread *self, struct call *call)
{
    struct space *space = self->process->space;
    uint64_t start = call->m.w[0], old_bytes = PAGE_UP(call->m.w[1]), new_bytes = PAGE_UP(call->m.w[2]), end;
    uint64_t flags = call->m.w[3];
    struct region *region;

    if ((flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)) ||
        (flags & (MREMAP_FIXED | MREMAP_MAYMOVE)) == MREMAP_FIXED)
        return -EINVAL;
    if (!new_bytes || new_bytes > TINE_USER_END || !old_bytes || !mm_range(start, old_bytes, &end))
        return -EINVAL;
    region = region_find(space->regions, start);
    if (!region || region->end < end || (region->flags & (REGION_VDSO | REGION_VVAR)))
        return -EFAULT;
    if (flags & MREMAP_FIXED)
        return remap_fixed(space, start, old_bytes, call->m.w[4], new_bytes);
    if (new_bytes > old_bytes)
        return remap_grow(self->process, region, start, old_bytes, new_bytes, flags & MREMAP_MAYMOVE);
    if (new_bytes < old_bytes && space_unmap(space, start + new_bytes, end))
        return -ENOMEM;
    return (long)start;
}
