/* Advice about memory, and questions: madvise(2), mincore(2), msync(2), mlock(2) and its family. */
#include "servers/proc/mm.h"
#include "servers/proc/pager.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/mman.h>
#include <string.h>

/* Newer than the headers of Debian 12. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

#define PAGES(bytes) ((bytes) >> TINE_PAGE_SHIFT)

/* The pages go, the regions stay: zero or the file's contents at the next touch. */
static long advice_drop(struct space *space, uint64_t start, uint64_t end)
{
    return tine_space_unmap(space->cap, start, PAGES(end - start)) ? -ENOMEM : 0;
}

static long advice_flag(struct space *space, uint64_t start, uint64_t end, unsigned set, unsigned clear)
{
    if (!space_own_regions(space))
        return -ENOMEM;
    regions_flag(space->regions, start, end, set, clear);
    return 0;
}

/* MADV_WIPEONFORK is for private anonymous memory alone. */
static bool advice_wipes(struct space *space, uint64_t start, uint64_t end)
{
    struct region *region = region_find(space->regions, start);

    for (; region && region->start < end; region = region_next(region))
        if (region->flags & REGION_SHARED || region->backing)
            return false;
    return true;
}

/* The pages go, and an access is a fault until the guard is removed: they are zero then. */
static long advice_guard(struct space *space, uint64_t start, uint64_t end)
{
    long err = advice_flag(space, start, end, REGION_GUARD, 0);

    return err ? err : advice_drop(space, start, end);
}

static long advice_bring(struct space *space, uint64_t start, uint64_t end, unsigned prot)
{
    long err = pager_bring(space, start, end - start, prot);

    return err == -EIO ? -EFAULT : err;
}

long sys_madvise(struct thread *self, struct call *call)
{
    struct space *space = self->process->space;
    uint64_t start = call->m.w[0], end;

    if (!mm_range(start, call->m.w[1], &end))
        return -EINVAL;
    if (start < end && !mm_mapped(space, start, end))
        return -ENOMEM;
    switch ((int)call->m.w[2]) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_DODUMP:
    case MADV_DONTDUMP:
    case MADV_COLD:
    case MADV_PAGEOUT:
        return 0;
    case MADV_DONTNEED:
    case MADV_FREE:
        return advice_drop(space, start, end);
    case MADV_HUGEPAGE:
        return advice_flag(space, start, end, REGION_HUGE, REGION_NO_HUGE);
    case MADV_NOHUGEPAGE:
        return advice_flag(space, start, end, REGION_NO_HUGE, REGION_HUGE);
    case MADV_DONTFORK:
        return advice_flag(space, start, end, REGION_NO_FORK, 0);
    case MADV_DOFORK:
        return advice_flag(space, start, end, 0, REGION_NO_FORK);
    case MADV_WIPEONFORK:
        return advice_wipes(space, start, end) ? advice_flag(space, start, end, REGION_WIPE, 0) : -EINVAL;
    case MADV_KEEPONFORK:
        return advice_flag(space, start, end, 0, REGION_WIPE);
    case MADV_GUARD_INSTALL:
        return advice_guard(space, start, end);
    case MADV_GUARD_REMOVE:
        return advice_flag(space, start, end, 0, REGION_GUARD);
    case MADV_POPULATE_READ:
        return advice_bring(space, start, end, TINE_PROT_READ);
    case MADV_POPULATE_WRITE:
        return advice_bring(space, start, end, TINE_PROT_WRITE);
    default:
        return -EINVAL;
    }
}

long sys_mincore(struct thread *self, struct call *call)
{
    struct space *space = self->process->space;
    uint64_t addr = call->m.w[0], end, to = call->m.w[2];
    uint8_t present[64];
    struct tine_values v;

    if (addr % TINE_PAGE_SIZE)
        return -EINVAL;
    if (!mm_range(addr, call->m.w[1], &end) || !mm_mapped(space, addr, end))
        return -ENOMEM;
    for (; addr < end; addr += v.a2 << TINE_PAGE_SHIFT, to += v.a2) {
        uint64_t most = PAGES(end - addr) < sizeof(present) ? PAGES(end - addr) : sizeof(present);

        if (tine_space_inspect(space->cap, addr, most, &v))
            return -ENOMEM;
        memset(present, (v.a1 & TINE_PAGE_PRESENT) != 0, v.a2);
        if (user_write(self->process, to, present, v.a2))
            return -EFAULT;
    }
    return 0;
}

/* Pages of a file are the file: there is nothing to write anywhere. */
long sys_msync(struct thread *self, struct call *call)
{
    uint64_t flags = call->m.w[2], end;

    if ((flags & ~(uint64_t)(MS_ASYNC | MS_SYNC | MS_INVALIDATE)) ||
        (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
        return -EINVAL;
    if (call->m.w[0] % TINE_PAGE_SIZE)
        return -EINVAL;
    if (!mm_range(call->m.w[0], call->m.w[1], &end) || !mm_mapped(self->process->space, call->m.w[0], end))
        return -ENOMEM;
    return 0;
}

/* Nothing is ever paged out: to be present is to be locked. */
long sys_mlock(struct thread *self, struct call *call)
{
    uint64_t start = call->m.w[0] & ~(TINE_PAGE_SIZE - 1UL), end;
    struct space *space = self->process->space;

    if (!mm_range(start, call->m.w[1] + (call->m.w[0] - start), &end))
        return -EINVAL;
    if (!mm_mapped(space, start, end))
        return -ENOMEM;
    return pager_bring(space, start, end - start, TINE_PROT_READ) ? -ENOMEM : 0;
}

/* mlock2(2): MLOCK_ONFAULT lets pages come when they are touched, and then they stay anyway. */
long sys_mlock2(struct thread *self, struct call *call)
{
    uint64_t flags = call->m.w[2];

    if (flags & ~(uint64_t)MLOCK_ONFAULT)
        return -EINVAL;
    return flags ? sys_munlock(self, call) : sys_mlock(self, call);
}

static bool may_lock(const struct process *process)
{
    return process->limits->limit[RLIMIT_MEMLOCK].rlim_cur || cred_capable(process, CAP_IPC_LOCK);
}

/* mlockall(2) and munlockall(2): what is present stays, and what is not takes no memory from anybody until it is touched. */
long sys_mlockall(struct thread *self, struct call *call)
{
    uint64_t flags = call->m.w[0];

    if (!flags || flags & ~(uint64_t)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
        return -EINVAL;
    return may_lock(self->process) ? 0 : -EPERM;
}

long sys_munlockall(struct thread *self, struct call *call)
{
    (void)self;
    (void)call;
    return 0;
}

long sys_munlock(struct thread *self, struct call *call)
{
    uint64_t start = call->m.w[0] & ~(TINE_PAGE_SIZE - 1UL), end;

    if (!mm_range(start, call->m.w[1] + (call->m.w[0] - start), &end))
        return -EINVAL;
    return mm_mapped(self->process->space, start, end) ? 0 : -ENOMEM;
}
