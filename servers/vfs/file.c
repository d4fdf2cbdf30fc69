/* Open files and the tables of descriptors that lead to them. */
#include "servers/vfs/file.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/lock.h"
#include "servers/vfs/mount.h"
#include <linux/magic.h>
#include <stdlib.h>

#define FIRST 32 /* descriptors that a table holds by itself */

/* ---- open files -------------------------------------------------------------------------------------------------- */

static struct file *idle_files; /* linked through data */

struct file *file_new(const struct file_ops *ops, uint32_t flags)
{
    struct file *file = idle_files;

    if (file)
        idle_files = file->data;
    else if (!(file = malloc(sizeof(*file))))
        return NULL;
    *file = (struct file){ .ops = ops, .refs = 1, .flags = flags };
    return file;
}

/* What an open file held of its node. The release comes first: it may still look at both. */
static void file_free(struct file *file)
{
    struct node *node = file->node;

    if (file->watched)
        epoll_forget(file);
    if (file->ops->release)
        file->ops->release(file);
    if (node) {
        if (node->locks)
            locks_release(file);
        if (S_ISREG(node->mode) && file_writable(file))
            node->writers--;
        if (file->place.entry)
            place_put(&file->place);
        else
            node_put(node);
    }
    file->data = idle_files;
    idle_files = file;
}

void file_put(struct file *file)
{
    if (--file->refs == 0)
        file_free(file);
}

/* What every file without a path of its own shows to stat. */
static struct filesystem anonfs = { .type = "anon_inodefs", .magic = ANON_INODE_FS_MAGIC, .device = 14 };
static const struct node_ops anonymous_ops;

long anonymous_seek(struct file *file, int64_t offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return 0;
}

static struct node *anonymous_node(void)
{
    static struct node *node;

    if (!node)
        node = node_new(&anonfs, &anonymous_ops, 0600);
    return node;
}

long file_anonymous(struct client *self, const struct file_ops *ops, void *data, uint32_t flags, bool cloexec)
{
    struct file *file = file_new(ops, flags);
    struct node *node = anonymous_node();

    if (!file || !node) {
        struct file nothing = { .ops = ops, .data = data };

        if (ops->release)
            ops->release(&nothing);
        if (file) {
            file->ops = &path_ops;
            file_put(file);
        }
        return -ENOMEM;
    }
    file->data = data;
    file->node = node_ref(node);
    return file_install(self, file, 0, cloexec);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static struct files *idle_tables; /* linked through slot */

struct files *files_new(void)
{
    struct files *files = idle_tables;

    if (files)
        idle_tables = (struct files *)files->slot;
    else if (!(files = malloc(sizeof(*files))))
        return NULL;
    files->refs = 1;
    files->size = FIRST;
    files->lowest = 0;
    files->top = 0;
    files->slot = files->first;
    files->cloexec = &files->first_cloexec;
    files->first_cloexec = 0;
    return files;
}

static void files_free(struct files *files)
{
    if (files->slot != files->first) {
        free(files->slot);
        free(files->cloexec);
    }
    files->slot = (struct file **)idle_tables;
    idle_tables = files;
}

/* Room for descriptor `fd`. Slots at and above top are not read, so need no clearing. */
static bool files_grow(struct files *files, unsigned fd)
{
    uint32_t size = files->size;
    struct file **slot;
    uint64_t *cloexec;

    while (size <= fd)
        size *= 2;
    slot = malloc(size * sizeof(*slot));
    cloexec = calloc((size + 63) / 64, sizeof(*cloexec));
    if (!slot || !cloexec) {
        free(slot);
        free(cloexec);
        return false;
    }
    memcpy(slot, files->slot, files->top * sizeof(*slot));
    memcpy(cloexec, files->cloexec, (files->size + 63) / 64 * sizeof(*cloexec));
    if (files->slot != files->first) {
        free(files->slot);
        free(files->cloexec);
    }
    files->slot = slot;
    files->cloexec = cloexec;
    files->size = size;
    return true;
}

struct files *files_copy(struct files *from)
{
    struct files *files = files_new();

    if (!files)
        return NULL;
    if (from->top > FIRST && !files_grow(files, from->top - 1)) {
        files_free(files);
        return NULL;
    }
    files->lowest = from->lowest;
    files->top = from->top;
    for (uint32_t fd = 0; fd < from->top; fd++) {
        struct file *file = from->slot[fd];

        files->slot[fd] = file;
        if (file)
            file->refs++;
    }
    if (from->top > FIRST)
        memcpy(files->cloexec, from->cloexec, (from->top + 63) / 64 * sizeof(*files->cloexec));
    else
        files->first_cloexec = *from->cloexec;
    return files;
}

struct files *files_share(struct files *files)
{
    files->refs++;
    return files;
}

static bool cloexec_get(const struct files *files, unsigned fd)
{
    return files->cloexec[fd / 64] >> fd % 64 & 1;
}

static void cloexec_set(struct files *files, unsigned fd, bool on)
{
    uint64_t bit = 1UL << fd % 64;

    if (on)
        files->cloexec[fd / 64] |= bit;
    else
        files->cloexec[fd / 64] &= ~bit;
}

/* Takes descriptor fd, which is in use, out of the table: its file, with the table's reference. */
static struct file *slot_clear(struct files *files, unsigned fd)
{
    struct file *file = files->slot[fd];

    files->slot[fd] = NULL;
    cloexec_set(files, fd, false);
    if (fd < files->lowest)
        files->lowest = fd;
    if (fd + 1 == files->top)
        while (files->top && !files->slot[files->top - 1])
            files->top--;
    return file;
}

static void slot_set(struct files *files, unsigned fd, struct file *file, bool cloexec)
{
    while (files->top <= fd)
        files->slot[files->top++] = NULL;
    files->slot[fd] = file;
    cloexec_set(files, fd, cloexec);
}

/* One table's use of a file ends. */
static void file_drop(struct files *files, struct file *file)
{
    if (file->node && file->node->locks)
        locks_drop(file->node, files);
    file_put(file);
}

void files_put(struct files *files, struct client *client)
{
    (void)client;
    if (--files->refs)
        return;
    for (uint32_t fd = 0; fd < files->top; fd++)
        if (files->slot[fd])
            file_drop(files, files->slot[fd]);
    files_free(files);
}

void files_close_on_exec(struct client *client)
{
    struct files *files = client->files;

    for (uint32_t word = 0; word * 64 < files->top; word++) {
        while (files->cloexec[word]) {
            unsigned fd = word * 64 + (unsigned)__builtin_ctzl(files->cloexec[word]);

            file_drop(files, slot_clear(files, fd));
            if (word * 64 >= files->top)
                break;
        }
    }
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

static unsigned lowest_free(const struct files *files, unsigned from)
{
    unsigned fd = from > files->lowest ? from : files->lowest;

    while (fd < files->top && files->slot[fd])
        fd++;
    return fd;
}

long file_install(struct client *self, struct file *file, unsigned from, bool cloexec)
{
    struct files *files = self->files;
    unsigned fd = lowest_free(files, from);
    long err = fd >= self->nofile ? -EMFILE : fd >= files->size && !files_grow(files, fd) ? -ENOMEM : 0;

    if (err) {
        file_put(file);
        return err;
    }
    slot_set(files, fd, file, cloexec);
    if (from <= files->lowest)
        files->lowest = fd + 1;
    return fd;
}

long file_install_at(struct client *self, struct file *file, unsigned fd, bool cloexec)
{
    struct files *files = self->files;

    if (fd >= files->size && !files_grow(files, fd)) {
        file_put(file);
        return -ENOMEM;
    }
    if (fd < files->top && files->slot[fd])
        file_drop(files, slot_clear(files, fd));
    slot_set(files, fd, file, cloexec);
    return fd;
}

long file_close(struct client *self, unsigned long fd)
{
    struct files *files = self->files;

    if (fd >= files->top || !files->slot[fd])
        return -EBADF;
    file_drop(files, slot_clear(files, (unsigned)fd));
    return 0;
}

long file_tell_pair(struct client *self, struct call *call, uint64_t to, const int fd[2])
{
    long err = fd[1] < 0 ? fd[1] : copy_out(self, call, to, fd, 2 * sizeof(fd[0]));

    if (!err)
        return 0;
    file_close(self, (unsigned)fd[0]);
    if (fd[1] >= 0)
        file_close(self, (unsigned)fd[1]);
    return err;
}

bool file_cloexec(const struct client *self, unsigned fd)
{
    return cloexec_get(self->files, fd);
}

void file_set_cloexec(struct client *self, unsigned fd, bool on)
{
    cloexec_set(self->files, fd, on);
}
