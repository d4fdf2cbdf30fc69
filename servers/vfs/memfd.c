/*
 * Files in memory without a name: memfd_create(2) and O_TMPFILE; and the seals of the former, fcntl(2).
 *
 * A memfd lies in a file system of its own, which is mounted nowhere, under an entry that is in no directory: so /proc
 * shows "/memfd:name (deleted)" and it can be opened again from there.
 */
#include "servers/vfs/memfd.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/cache.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/open.h"
#include "servers/vfs/syscalls.h"
#include <linux/magic.h>
#include <linux/memfd.h>

#define NAME_MOST 249U
#define MFD_NOEXEC_SEAL_ 8U
#define MFD_EXEC_ 16U
#define MFD_KNOWN (MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL_ | MFD_EXEC_)
#define F_SEAL_EXEC_ 0x20
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC_)

static struct mount *nowhere(void)
{
    static struct mount mount;
    struct filesystem *fs;

    if (mount.fs)
        return &mount;
    fs = filesystem_new("tmpfs", TMPFS_MAGIC);
    if (!fs || tmpfs_start(fs, 01777))
        return NULL;
    mount = (struct mount){ .fs = fs, .root = entry_ref(fs->root) };
    return &mount;
}

long file_nameless(struct client *self, struct mount *mount, struct entry *dir, const char *name, size_t len,
                   uint32_t mode, struct place *place)
{
    struct node *node = node_new(dir->node->fs, &tmpfs_ops, S_IFREG | mode);
    struct entry *entry = node ? entry_new(dir, name, len, node) : NULL;

    if (!entry) {
        if (node)
            node_put(node);
        return -ENOMEM;
    }
    node->nlink = 0;
    node->uid = self->cred.fsuid;
    node->gid = self->cred.fsgid;
    entry->deleted = true;
    *place = (struct place){ mount, entry };
    return 0;
}

/* memfd_create(2): name, flags. */
long sys_memfd_create(struct client *self, struct call *call)
{
    char name[6 + NAME_MOST + 1] = "memfd:";
    unsigned flags = (unsigned)call->m.w[1];
    struct mount *mount;
    struct place place;
    struct file *file;
    long len = copy_in_string(self, call, name + 6, call->m.w[0], NAME_MOST + 1), err;

    if (len < 0)
        return len == -ENAMETOOLONG ? -EINVAL : len;
    if (flags & ~MFD_KNOWN || (flags & MFD_EXEC_ && flags & MFD_NOEXEC_SEAL_))
        return -EINVAL;
    mount = nowhere();
    if (!mount)
        return -ENOMEM;
    err = file_nameless(self, mount, mount->root, name, 6 + (size_t)len, flags & MFD_NOEXEC_SEAL_ ? 0666 : 0777, &place);
    if (err)
        return err;
    place.entry->node->sealable = flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL_);
    place.entry->node->seals = flags & MFD_NOEXEC_SEAL_ ? F_SEAL_EXEC_ : 0;
    err = open_place(self, call, &place, O_RDWR, &file);
    entry_put(place.entry);
    return err ? err : file_install(self, file, 0, flags & MFD_CLOEXEC);
}

/* ---- seals ------------------------------------------------------------------------------------------------------- */

static bool in_memory(const struct node *node)
{
    return S_ISREG(node->mode) && node->fs->magic == TMPFS_MAGIC;
}

long seals_fcntl(struct file *file, unsigned cmd, uint64_t arg)
{
    struct node *node = file->node;

    if (!node || !in_memory(node))
        return -EINVAL;
    if (cmd == F_GET_SEALS)
        return node->seals | (node->sealable ? 0 : F_SEAL_SEAL);
    if (!file_writable(file))
        return -EPERM;
    if (arg & ~(uint64_t)SEALS)
        return -EINVAL;
    if (!node->sealable)
        return -EPERM;
    /* Whoever could map it for writing may still do so. */
    if (arg & F_SEAL_WRITE && node->pages && pages_mapped_writable(node->pages))
        return -EBUSY;
    node->seals |= (uint8_t)arg;
    if (arg & F_SEAL_SEAL)
        node->sealable = false;
    return 0;
}

long seals_size(const struct node *node, uint64_t size)
{
    if (size < node->size && node->seals & F_SEAL_SHRINK)
        return -EPERM;
    return size > node->size && node->seals & F_SEAL_GROW ? -EPERM : 0;
}

long seals_write(const struct node *node, uint64_t end)
{
    if (node->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return -EPERM;
    return end > node->size && node->seals & F_SEAL_GROW ? -EPERM : 0;
}
