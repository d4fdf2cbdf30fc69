/* Character devices: the memory devices here, terminals in console.c and pty.c; and their names in /dev. Numbers: Linux devices.txt.
 * */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/path.h"
#include "servers/vfs/random.h"
#include "servers/vfs/tty.h"

#define DEVICE(major, minor) ((major) << 8 | (minor))

static const char zeros[16 * TINE_PAGE_SIZE];

/* ---- null, zero, full, random ------------------------------------------------------------------------------------ */

static long null_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    return 0;
}

static long null_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    return (long)t->left;
}

static long zero_read_long(struct transfer *t)
{
    size_t left = t->left;

    while (t->left) {
        long err = transfer_out(t, zeros, t->left < sizeof(zeros) ? t->left : sizeof(zeros));

        if (err)
            return err;
    }
    return (long)left;
}

static long zero_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    return t->left > sizeof(zeros) ? zero_read_long(t) : transfer_answer(t, zeros, t->left, NULL);
}

static long full_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    return -ENOSPC;
}

/* A restart after a fault gives other bytes, which nobody minds. */
static long random_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    char bytes[1024];
    size_t left = t->left;

    while (t->left) {
        size_t piece = t->left < sizeof(bytes) ? t->left : sizeof(bytes);
        long err;

        random_bytes(bytes, piece);
        err = transfer_out(t, bytes, piece);
        if (err)
            return err;
    }
    return (long)left;
}

static long random_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    uint64_t entropy[8] = { 0 };
    long err, left = (long)t->left;

    err = transfer_in(t, entropy, t->left < sizeof(entropy) ? t->left : sizeof(entropy));
    if (err)
        return err;
    for (unsigned i = 0; i < 8; i++)
        random_seed(entropy[i]);
    return left;
}

/* lseek of these devices succeeds and means nothing. */
static long memory_seek(struct file *file, int64_t offset, int whence)
{
    (void)offset;
    (void)whence;
    file->offset = 0;
    return 0;
}

static const struct file_ops null_ops = { null_read, null_write, .seek = memory_seek, .offset_matters = true };
static const struct file_ops zero_ops = { zero_read, null_write, .seek = memory_seek, .offset_matters = true };
static const struct file_ops full_ops = { zero_read, full_write, .seek = memory_seek, .offset_matters = true };
static const struct file_ops random_ops = { random_read, random_write, .seek = memory_seek, .offset_matters = true };

/* ---- by number --------------------------------------------------------------------------------------------------- */

long device_open(struct file *file, struct client *self, struct call *call)
{
    (void)call;
    switch (file->node->rdev) {
    case DEVICE(1, 3):
        file->ops = &null_ops;
        return 0;
    case DEVICE(1, 5):
        file->ops = &zero_ops;
        return 0;
    case DEVICE(1, 7):
        file->ops = &full_ops;
        return 0;
    case DEVICE(1, 8):
    case DEVICE(1, 9):
        file->ops = &random_ops;
        return 0;
    case DEVICE(5, 0):
        return tty_open_controlling(file, self);
    case DEVICE(5, 1):
    case DEVICE(4, 64):
        return console_open(file, self);
    case DEVICE(5, 2):
        return pty_open_master(file, self);
    }
    return file->node->rdev >> 8 == 136 ? pty_open_slave(file, self, file->node->rdev & 0xff) : -ENXIO;
}

/* Whether mapping the device gives anonymous memory. */
bool device_is_zero(const struct node *node)
{
    return S_ISCHR(node->mode) && node->rdev == DEVICE(1, 5);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const struct device_name {
    const char *name;
    uint32_t mode;
    uint32_t rdev;
    const char *target;
} names[] = {
    { "console", S_IFCHR | 0600, DEVICE(5, 1), NULL },
    { "full", S_IFCHR | 0666, DEVICE(1, 7), NULL },
    { "null", S_IFCHR | 0666, DEVICE(1, 3), NULL },
    { "ptmx", S_IFCHR | 0666, DEVICE(5, 2), NULL },
    { "random", S_IFCHR | 0666, DEVICE(1, 8), NULL },
    { "tty", S_IFCHR | 0666, DEVICE(5, 0), NULL },
    { "ttyS0", S_IFCHR | 0600, DEVICE(4, 64), NULL },
    { "urandom", S_IFCHR | 0666, DEVICE(1, 9), NULL },
    { "zero", S_IFCHR | 0666, DEVICE(1, 5), NULL },
    { "fd", S_IFLNK | 0777, 0, "/proc/self/fd" },
    { "stdin", S_IFLNK | 0777, 0, "/proc/self/fd/0" },
    { "stdout", S_IFLNK | 0777, 0, "/proc/self/fd/1" },
    { "stderr", S_IFLNK | 0777, 0, "/proc/self/fd/2" },
};

static bool exists(const char *path)
{
    struct walk w;

    if (walk(&client_boot, AT_FDCWD, path, 0, &w))
        return false;
    walk_end(&w);
    return true;
}

long devfs_fill(const char *dir)
{
    char path[PATH_LONGEST + 16];
    size_t len = strlen(dir);
    long err = 0;

    if (len >= PATH_LONGEST)
        return -ENAMETOOLONG;
    memcpy(path, dir, len);
    path[len] = '/';
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]) && !err; i++) {
        strcpy(path + len + 1, names[i].name);
        if (!exists(path))
            err = boot_make(path, names[i].mode, 0, 0, names[i].rdev, names[i].target, now_ns(), NULL);
    }
    return err;
}
