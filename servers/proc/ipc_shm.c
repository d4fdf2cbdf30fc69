/*
 * System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2). A segment is a backing as shared anonymous memory is
 * (backing.h), with an id by which it is found; to attach it is to map it. Who has it attached nobody writes down: the
 * regions of processes say so (attached), and hold the backing, which tells when its mappings change (shm_unmapped). So
 * fork, exec and exit need not know of it.
 */
#include "servers/proc/ipc_shm.h"
#include "servers/proc/backing.h"
#include "servers/proc/ipc.h"
#include "servers/proc/machine.h"
#include "servers/proc/mm.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/text.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/mman.h>

enum { DEST = 01000, LOCKED = 02000 }; /* in object.mode, as shmctl(2) shows them */

#define PAGES(bytes) (((bytes) >> TINE_PAGE_SHIFT) + ((bytes) % TINE_PAGE_SIZE != 0))

struct shm_segment {
    struct ipc_object object;
    struct backing *backing; /* reference */
    uint64_t bytes;
    int64_t attached, detached; /* times, 0: never */
    struct ipc_actor creator, last;
};

static struct shm_segment *segment_of(const struct thread *self, int id)
{
    return (struct shm_segment *)ipc_find(self->process, IPC_KIND_SHM, id);
}

/* ---- who has it ---------------------------------------------------------------------------------------------------- */

static uint64_t attached_in(const struct regions *regions, const struct backing *backing)
{
    uint64_t n = 0;

    if (!regions->apart)
        return 0;
    for (struct region *region = region_first(regions); region; region = region_next(region))
        n += region->backing == backing;
    return n;
}

/* A space of several processes counts once, with the first of them. */
static bool space_counted(const struct process *process)
{
    const struct process *before = process->space->refs > 1 ? process_next(NULL) : process;

    while (before != process && before->space != process->space)
        before = process_next(before);
    return before != process;
}

/* O(processes + regions of those with shared memory). */
static uint64_t attached(const struct shm_segment *segment)
{
    uint64_t n = 0;

    for (struct process *process = process_next(NULL); process; process = process_next(process))
        if (process->space && !space_counted(process))
            n += attached_in(process->space->regions, segment->backing);
    return n;
}

/* ---- making and removing ------------------------------------------------------------------------------------------- */

/* Larger than the machine could never be used. */
static long bytes_check(const struct ipc_namespace *ipc, uint64_t bytes, int flags)
{
    uint64_t total, left;

    if (bytes < SHMMIN || bytes > ipc->limit[IPC_SHMMAX])
        return -EINVAL;
    if (ipc->shared_pages + PAGES(bytes) > ipc->limit[IPC_SHMALL])
        return -ENOSPC;
    machine_memory(&total, &left);
    return bytes > total || flags & SHM_HUGETLB ? -ENOMEM : 0;
}

static long shm_make(struct thread *self, int32_t key, uint64_t bytes, int flags)
{
    struct ipc_namespace *ipc = process_ipc(self->process);
    struct shm_segment *segment;
    long id = bytes_check(ipc, bytes, flags);

    if (id)
        return id;
    segment = ipc_alloc(sizeof(*segment));
    if (!segment)
        return -ENOMEM;
    segment->bytes = bytes;
    segment->backing = backing_anonymous();
    id = !segment->backing ? -ENOMEM
                           : ipc_insert(self->process, IPC_KIND_SHM, (unsigned)ipc->limit[IPC_SHMMNI], key, flags,
                                        &segment->object);
    if (id < 0) {
        backing_put(segment->backing);
        ipc_release(segment, sizeof(*segment));
        return id;
    }
    segment->backing->attachable = true;
    segment->backing->segment = segment;
    ipc_actor_set(&segment->creator, self->process);
    ipc->shared_pages += PAGES(bytes);
    return id;
}

long sys_shmget(struct thread *self, struct call *call)
{
    int32_t key = (int32_t)call->m.w[0];
    uint64_t bytes = call->m.w[1];
    int flags = (int)call->m.w[2];
    struct ipc_object *found;
    long err = ipc_lookup(self->process, IPC_KIND_SHM, key, flags, &found);

    if (err)
        return err;
    if (!found)
        return shm_make(self, key, bytes, flags);
    if (bytes > ((struct shm_segment *)found)->bytes)
        return -EINVAL;
    err = ipc_permitted(self->process, found, (unsigned)flags);
    return err ? err : found->id;
}

/* The memory stays with those who have it attached. */
void shm_segment_destroy(struct ipc_object *object)
{
    struct shm_segment *segment = (struct shm_segment *)object;

    ipc_remove(object);
    object->in->shared_pages -= PAGES(segment->bytes);
    segment->backing->segment = NULL;
    backing_put(segment->backing);
    ipc_actor_put(&segment->creator);
    ipc_actor_put(&segment->last);
    ipc_release(segment, sizeof(*segment));
}

void shm_unmapped(struct shm_segment *segment)
{
    segment->detached = ipc_now();
    if (segment->object.mode & DEST && segment->backing->refs == 1)
        shm_segment_destroy(&segment->object);
}

/* Who has it attached keeps it, and its id, until it lets go. */
static void shm_remove(struct shm_segment *segment)
{
    segment->object.key = IPC_PRIVATE;
    segment->object.mode |= DEST;
    if (segment->backing->refs == 1)
        shm_segment_destroy(&segment->object);
}

/* ---- attaching ----------------------------------------------------------------------------------------------------- */

/* Where: 0 for anywhere, else whole pages. */
static long address_check(uint64_t *addr, int flags)
{
    if (*addr % TINE_PAGE_SIZE && !(flags & SHM_RND))
        return -EINVAL;
    *addr -= *addr % TINE_PAGE_SIZE;
    return !*addr && flags & SHM_REMAP ? -EINVAL : 0;
}

static long segment_map(struct process *process, struct shm_segment *segment, uint64_t addr, int flags)
{
    uint64_t prot = PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) | (flags & SHM_EXEC ? PROT_EXEC : 0);
    uint64_t how = !addr ? 0 : flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
    long at = mm_map_shared(process, segment->backing, addr, segment->bytes, prot, how);

    if (at == -EEXIST)
        return -EINVAL;
    if (at > 0) {
        segment->attached = ipc_now();
        ipc_actor_set(&segment->last, process);
    }
    return at;
}

long sys_shmat(struct thread *self, struct call *call)
{
    int id = (int)call->m.w[0], flags = (int)call->m.w[2];
    uint64_t addr = call->m.w[1];
    unsigned mode = MAY_READ | (flags & SHM_RDONLY ? 0 : MAY_WRITE) | (flags & SHM_EXEC ? MAY_EXECUTE : 0);
    struct shm_segment *segment;
    long err = address_check(&addr, flags);

    if (err)
        return err;
    segment = segment_of(self, id);
    err = segment ? ipc_permitted(self->process, &segment->object, mode) : -EINVAL;
    return err ? err : segment_map(self->process, segment, addr, flags);
}

/* Whether the region is of an attachment that began at addr. */
static bool attached_at(const struct region *region, uint64_t addr)
{
    return region->backing && region->backing->attachable && region->start - addr == region->offset;
}

/* The first region from `from` on of what is attached at addr, and of `backing` unless that is NULL; or NULL. */
static struct region *attachment(const struct space *space, uint64_t from, uint64_t addr, const struct backing *backing)
{
    struct region *region = region_at_or_above(space->regions, from);

    while (region && !(attached_at(region, addr) && (!backing || region->backing == backing)))
        region = region_next(region);
    return region;
}

/* What has been cut into pieces goes piece by piece. */
static long detach(struct space *space, uint64_t addr, struct backing *backing)
{
    struct region *region = attachment(space, addr, addr, backing);
    long err = 0;

    while (region && !err) {
        uint64_t start = region->start, end = region->end;

        err = space_unmap(space, start, end);
        region = attachment(space, end, addr, backing);
    }
    return err;
}

long sys_shmdt(struct thread *self, struct call *call)
{
    struct space *space = self->process->space;
    uint64_t addr = call->m.w[0];
    struct region *region = addr % TINE_PAGE_SIZE ? NULL : attachment(space, addr, addr, NULL);
    struct backing *backing;
    long err;

    if (!region)
        return -EINVAL;
    backing = region->backing;
    backing_get(backing);
    err = detach(space, addr, backing);
    if (!err && backing->segment)
        ipc_actor_set(&backing->segment->last, self->process);
    backing_put(backing);
    return err;
}

/* ---- shmctl -------------------------------------------------------------------------------------------------------- */

static long shm_limits(struct thread *self, uint64_t to)
{
    const uint64_t *limit = process_ipc(self->process)->limit;
    struct shminfo64 info = { .shmmax = limit[IPC_SHMMAX], .shmmin = SHMMIN, .shmmni = limit[IPC_SHMMNI],
                              .shmseg = limit[IPC_SHMMNI], .shmall = limit[IPC_SHMALL] };

    return user_write(self->process, to, &info, sizeof(info)) ? -EFAULT : ipc_highest(self->process, IPC_KIND_SHM);
}

/* Pages that are there. O(runs of pages). */
static uint64_t resident(const struct shm_segment *segment)
{
    uint64_t pages = PAGES(segment->bytes), n = 0;
    struct tine_values v;

    for (uint64_t page = 0; page < pages; page += v.a2) {
        if (tine_space_inspect(segment->backing->cap, page << TINE_PAGE_SHIFT, pages - page, &v) || !v.a2)
            break;
        if (v.a1 & TINE_PAGE_PRESENT)
            n += v.a2;
    }
    return n;
}

static long shm_usage(struct thread *self, uint64_t to)
{
    const struct ipc_namespace *ipc = process_ipc(self->process);
    const struct ipc_table *table = &ipc->table[IPC_KIND_SHM];
    struct shm_info info = { .used_ids = (int)table->count, .shm_tot = ipc->shared_pages };

    for (unsigned i = 0; i < table->size; i++)
        if (table->at[i])
            info.shm_rss += resident((struct shm_segment *)table->at[i]);
    return user_write(self->process, to, &info, sizeof(info)) ? -EFAULT : ipc_highest(self->process, IPC_KIND_SHM);
}

static void segment_describe(const struct process *reader, const struct shm_segment *segment, struct shmid64_ds *ds)
{
    ipc_perm_fill(reader, &segment->object, &ds->shm_perm);
    ds->shm_segsz = segment->bytes;
    ds->shm_atime = segment->attached;
    ds->shm_dtime = segment->detached;
    ds->shm_ctime = segment->object.changed;
    ds->shm_cpid = ipc_actor_seen(reader, &segment->creator);
    ds->shm_lpid = ipc_actor_seen(reader, &segment->last);
    ds->shm_nattch = attached(segment);
}

void shm_segment_print(struct text *text, const struct process *reader, const struct ipc_object *object)
{
    const struct shm_segment *segment = (const struct shm_segment *)object;
    struct shmid64_ds ds = { 0 };
    const struct ipc64_perm *perm = &ds.shm_perm;

    segment_describe(reader, segment, &ds);
    text_print(text, "%10d %10d  %4o %21lu %5d %5d  %5lu ", perm->key, object->id, perm->mode, ds.shm_segsz, ds.shm_cpid,
               ds.shm_lpid, ds.shm_nattch);
    text_print(text, "%5u %5u %5u %5u %10ld %10ld %10ld %21lu %21lu\n", perm->uid, perm->gid, perm->cuid, perm->cgid,
               ds.shm_atime, ds.shm_dtime, ds.shm_ctime, resident(segment) << TINE_PAGE_SHIFT, 0UL);
}

static long shm_stat(struct thread *self, int id, int command, uint64_t to)
{
    struct ipc_object *object;
    struct shmid64_ds ds = { 0 };
    long err = ipc_stat_find(self->process, IPC_KIND_SHM, id, command == IPC_STAT, command == SHM_STAT_ANY, &object);

    if (err)
        return err;
    segment_describe(self->process, (const struct shm_segment *)object, &ds);
    if (user_write(self->process, to, &ds, sizeof(ds)))
        return -EFAULT;
    return command == IPC_STAT ? 0 : object->id;
}

static long shm_change(struct thread *self, int id, int command, uint64_t from)
{
    struct shm_segment *segment;
    struct shmid64_ds ds;
    long err;

    if (command == IPC_SET && user_read(self->process, from, &ds, sizeof(ds)))
        return -EFAULT;
    segment = segment_of(self, id);
    err = segment ? ipc_may_change(self->process, &segment->object) : -EINVAL;
    if (err)
        return err;
    if (command == IPC_SET)
        return ipc_perm_set(self->process, &segment->object, &ds.shm_perm);
    shm_remove(segment);
    return 0;
}

/* There is nothing to lock it against. */
static long shm_lock(struct thread *self, int id, bool lock)
{
    struct shm_segment *segment = segment_of(self, id);
    const struct process *process = self->process;

    if (!segment)
        return -EINVAL;
    if (!cred_capable_in(process, segment->object.in->ns.owner, CAP_IPC_LOCK) &&
        (ipc_may_change(process, &segment->object) || !process->limits->limit[RLIMIT_MEMLOCK].rlim_cur))
        return -EPERM;
    segment->object.mode = (segment->object.mode & ~(uint32_t)LOCKED) | (lock ? LOCKED : 0);
    return 0;
}

long sys_shmctl(struct thread *self, struct call *call)
{
    int id = (int)call->m.w[0], command = (int)call->m.w[1];
    uint64_t argument = call->m.w[2];

    if (id < 0)
        return -EINVAL;
    switch (command) {
    case IPC_INFO:
        return shm_limits(self, argument);
    case SHM_INFO:
        return shm_usage(self, argument);
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY:
        return shm_stat(self, id, command, argument);
    case IPC_SET:
    case IPC_RMID:
        return shm_change(self, id, command, argument);
    case SHM_LOCK:
    case SHM_UNLOCK:
        return shm_lock(self, id, command == SHM_LOCK);
    default:
        return -EINVAL;
    }
}
