/* File systems by type: tmpfs and its like are made here, with their options; others in files of their own. */
#include "servers/vfs/abi.h"
#include "servers/vfs/cgroupfs.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/tty.h"
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

static uint32_t next_device = 20;
static struct filesystem *dev_fs;

struct filesystem *filesystem_new(const char *type, uint32_t magic)
{
    struct filesystem *fs = calloc(1, sizeof(*fs));

    if (!fs)
        return NULL;
    fs->type = type;
    fs->magic = magic;
    fs->device = next_device++;
    return fs;
}

void filesystem_put(struct filesystem *fs)
{
    if (--fs->refs)
        return;
    tmpfs_end(fs);
    free(fs);
}

/* size= of tmpfs: bytes with k, m, g, or percent of nothing in particular. 0: no limit. */
static uint64_t size_option(const char *data)
{
    const char *size = strstr(data, "size=");
    uint64_t bytes;
    char *end;

    if (!size)
        return 0;
    bytes = strtoul(size + 5, &end, 10);
    switch (*end) {
    case 'g':
    case 'G':
        bytes <<= 10;
        /* fall through */
    case 'm':
    case 'M':
        bytes <<= 10;
        /* fall through */
    case 'k':
    case 'K':
        bytes <<= 10;
        break;
    case '%':
        return 0;
    }
    return (bytes + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;
}

/* mode= of tmpfs, in octal. */
static uint32_t mode_option(const char *data)
{
    const char *mode = strstr(data, "mode=");

    return mode ? strtoul(mode + 5, NULL, 8) & 07777 : 01777;
}

static struct filesystem *tmpfs_new(const char *type, uint32_t magic, const char *data, uint32_t mode)
{
    struct filesystem *fs = filesystem_new(type, magic);

    if (fs && tmpfs_start(fs, mode)) {
        free(fs);
        return NULL;
    }
    if (fs)
        fs->limit_pages = size_option(data);
    return fs;
}

/* There is one devtmpfs, as in Linux: all its mounts show the same, and it stays. */
struct filesystem *devfs(void)
{
    if (dev_fs)
        return dev_fs;
    dev_fs = tmpfs_new("devtmpfs", TMPFS_MAGIC, "", 0755);
    if (dev_fs)
        dev_fs->refs++;
    return dev_fs;
}

long filesystem_make(const struct client *self, const char *type, const char *data, struct filesystem **made)
{
    long err = 0;

    *made = NULL;
    if (!strcmp(type, "tmpfs")) {
        *made = tmpfs_new("tmpfs", TMPFS_MAGIC, data, mode_option(data));
        if (*made) {
            (*made)->root->node->uid = self->cred.fsuid;
            (*made)->root->node->gid = self->cred.fsgid;
        }
    } else if (!strcmp(type, "ramfs")) {
        *made = tmpfs_new("ramfs", RAMFS_MAGIC, "", 0755);
    } else if (!strcmp(type, "sysfs")) {
        *made = tmpfs_new("sysfs", SYSFS_MAGIC, "", 0555);
    } else if (!strcmp(type, "devtmpfs")) {
        if (!(self->cred.rights & VFS_MAY_ALL))
            return -EPERM; /* it is the whole system's */
        *made = devfs();
    } else if (!strcmp(type, "devpts")) {
        *made = devpts();
    } else if (!strcmp(type, "cgroup2")) {
        *made = cgroupfs();
    } else if (!strcmp(type, "proc")) {
        *made = filesystem_new("proc", PROC_SUPER_MAGIC);
        if (*made && (err = procfs_start(*made, client_space(self)))) {
            free(*made);
            *made = NULL;
        }
    } else {
        return -ENODEV;
    }
    return *made ? 0 : -ENOMEM;
}
