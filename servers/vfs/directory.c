/* Open directories: reading their entries. The offset is a cursor: 0 before ".", 1 before "..", then the file
 * system's. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/syscalls.h"

#define BUFFER 8192
#define CURSOR 2 /* what the file system's list begins with */

/* struct linux_dirent64 of getdents64(2). */
struct dirent64 {
    uint64_t ino;
    int64_t off;
    uint16_t reclen;
    uint8_t type;
    char name[];
};

struct listing {
    size_t size, len;
    char *to;
};

static bool listing_add(void *into, const char *name, size_t len, uint64_t inode, uint32_t mode, uint64_t next)
{
    struct listing *listing = into;
    size_t reclen = (offsetof(struct dirent64, name) + len + 1 + 7) & ~7UL;
    struct dirent64 *d = (struct dirent64 *)(listing->to + listing->len);

    if (reclen > listing->size - listing->len)
        return false;
    d->ino = inode;
    d->off = (int64_t)next;
    d->reclen = (uint16_t)reclen;
    d->type = (uint8_t)(mode >> 12 & 15);
    memcpy(d->name, name, len);
    memset(d->name + len, 0, reclen - offsetof(struct dirent64, name) - len);
    listing->len += reclen;
    return true;
}

static long list_from(struct client *self, struct entry *dir, uint64_t *at, struct listing *listing)
{
    if (*at == 0) {
        if (!listing_add(listing, ".", 1, dir->node->inode, S_IFDIR, 1))
            return 0;
        *at = 1;
    }
    if (*at == 1) {
        if (!listing_add(listing, "..", 2, dir->parent->node->inode, S_IFDIR, CURSOR))
            return 0;
        *at = CURSOR;
    }
    return dir->node->ops->list(self, dir, at, listing_add, listing);
}

/* getdents64(2): descriptor, buffer, size. */
long sys_getdents64(struct client *self, struct call *call)
{
    static char buffer[BUFFER] __attribute__((aligned(8)));
    struct file *file = file_get(self, (unsigned)call->m.w[0]);
    size_t size = (unsigned)call->m.w[2];
    struct listing listing = { .to = buffer, .size = size < BUFFER ? size : BUFFER };
    uint64_t at;
    long err;

    if (!file || file->flags & O_PATH)
        return -EBADF;
    if (file->ops != &directory_ops)
        return -ENOTDIR;
    if (file->place.entry->deleted)
        return -ENOENT;
    at = file->offset;
    err = list_from(self, file->place.entry, &at, &listing);
    if (err)
        return err;
    if (!listing.len)
        return at == file->offset && at <= 1 ? -EINVAL : 0;
    err = copy_out(self, call, call->m.w[1], buffer, listing.len);
    if (err)
        return err;
    file->offset = at;
    return (long)listing.len;
}

static long directory_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    (void)file;
    (void)t;
    (void)offset;
    return -EISDIR;
}

static long directory_seek(struct file *file, int64_t offset, int whence)
{
    if (whence == SEEK_CUR_)
        offset += (int64_t)file->offset;
    else if (whence != SEEK_SET_)
        return -EINVAL;
    if (offset < 0)
        return -EINVAL;
    file->offset = (uint64_t)offset;
    return offset;
}

const struct file_ops directory_ops = {
    .read = directory_read,
    .seek = directory_seek,
    .offset_matters = true,
};
