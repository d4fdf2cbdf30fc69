/* Backings: backing_of_file, backing_anonymous, backing_populate, backing_put. */
#include "servers/proc/backing.h"
#include "libc/server.h"
#include "servers/proc/cache.h"
#include "servers/proc/ipc_shm.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"

enum { BUCKETS = 64 };

static struct cache backings = CACHE(struct backing, 8);
static LIST_HEAD(, backing) table[BUCKETS];

static unsigned bucket(uint64_t handle)
{
    return (unsigned)((handle ^ handle >> 6 ^ handle >> 12) % BUCKETS);
}

static struct backing *backing_find(uint64_t handle, bool writable)
{
    struct backing *backing;

    LIST_FOREACH (backing, &table[bucket(handle)], hash)
        if (backing->file.handle == handle && backing->writable == writable)
            return backing;
    return NULL;
}

/* A new one, which counts the handle. */
static struct backing *backing_make(const struct vfs_file *file, bool writable)
{
    struct backing *backing = cache_take(&backings);
    cap_t cap = backing ? cap_take() : 0;

    if (!cap || vfs_pages(PROC_VFS, file->handle, writable, cap)) {
        cap_give(cap);
        cache_give(&backings, backing);
        return NULL;
    }
    *backing = (struct backing){ .refs = 1, .writable = writable, .cap = cap, .file = *file };
    LIST_INSERT_HEAD(&table[bucket(file->handle)], backing, hash);
    return backing;
}

/* There is no memory for a backing: the handle goes unless another one has it. */
static void handle_unused(uint64_t handle)
{
    if (!backing_find(handle, false) && !backing_find(handle, true))
        vfs_release(PROC_VFS, handle);
}

struct backing *backing_of_file(const struct vfs_file *file, bool writable)
{
    struct backing *backing = backing_find(file->handle, writable);

    if (backing) {
        backing->refs++;
        backing->file = *file;
        return backing;
    }
    backing = backing_make(file, writable);
    if (!backing)
        handle_unused(file->handle);
    return backing;
}

struct backing *backing_anonymous(void)
{
    struct backing *backing = cache_take(&backings);
    cap_t cap = backing ? cap_take() : 0;

    if (!cap || tine_space_create(PROC_USERS, cap)) {
        cap_give(cap);
        cache_give(&backings, backing);
        return NULL;
    }
    *backing = (struct backing){ .refs = 1, .writable = true, .cap = cap };
    return backing;
}

void backing_put(struct backing *backing)
{
    if (!backing)
        return;
    if (--backing->refs) {
        if (backing->segment)
            shm_unmapped(backing->segment);
        return;
    }
    if (backing->file.handle) {
        LIST_REMOVE(backing, hash);
        cap_drop(backing->cap);
        vfs_release(PROC_VFS, backing->file.handle);
    } else {
        cap_destroy(backing->cap);
    }
    cache_give(&backings, backing);
}

long backing_populate(struct backing *backing, uint64_t offset, size_t npages)
{
    struct tine_values v;

    if (!tine_space_inspect(backing->cap, offset, npages, &v) && (v.a1 & TINE_PAGE_PRESENT))
        return (long)v.a2;
    if (backing->file.handle)
        return vfs_populate(PROC_VFS, backing->file.handle, offset >> TINE_PAGE_SHIFT, npages);
    return tine_space_zero(backing->cap, offset, 1, TINE_PROT_READ | TINE_PROT_WRITE) ? -ENOMEM : 1;
}

uint64_t backing_key(const struct backing *backing)
{
    const struct vfs_file *file = &backing->file;

    /* Of a file itself, not of a name of it, as its handle is. No address has the highest bit. */
    return file->handle ? 1UL << 63 | ((uint64_t)file->device << 40 ^ file->inode) : (uint64_t)backing;
}
