/* open(2): find or make, check, truncate, and an open file by what it is. */
#include "servers/vfs/open.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/memfd.h"
#include "servers/vfs/path.h"
#include "servers/vfs/syscalls.h"

/* Status flags that an open file keeps; the rest say how to open. */
#define FLAGS_KEPT                                                                                                     \
    (O_ACCMODE | O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT | O_SYNC | O_LARGEFILE | O_DIRECTORY | O_PATH)
#define FLAGS_FOR_OPEN (FLAGS_KEPT | O_NOCTTY) /* what the operation of the node's kind sees */

const struct file_ops path_ops = { .read = NULL };

/* ---- the open file ----------------------------------------------------------------------------------------------- */

/* Operations by type of file. */
static long open_node(struct file *file, struct client *self, struct call *call)
{
    struct node *node = file->node;

    if (file->flags & O_PATH)
        return 0;
    if (node->ops->open)
        return node->ops->open(file, self, call);
    switch (node->mode & S_IFMT) {
    case S_IFREG:
        file->ops = &regular_ops;
        if (file_writable(file))
            node->writers++;
        return 0;
    case S_IFDIR:
        file->ops = &directory_ops;
        return 0;
    case S_IFCHR:
        return device_open(file, self, call);
    case S_IFIFO:
        return fifo_open(file, self, call);
    }
    return -ENXIO;
}

long open_place(struct client *self, struct call *call, const struct place *place, uint32_t flags, struct file **opened)
{
    struct file *file = file_new(&path_ops, (flags & FLAGS_FOR_OPEN) | (flags & O_PATH ? 0 : O_LARGEFILE));
    long err;

    *opened = file;
    if (!file)
        return -ENOMEM;
    file->place = *place;
    file->node = place->entry->node;
    place_ref(&file->place);
    err = open_node(file, self, call);
    file->flags &= ~(uint32_t)O_NOCTTY;
    if (err && err != DEFERRED) {
        /* Nothing was opened: nothing of its kind is to be undone. */
        file->ops = &path_ops;
        file->flags = O_PATH;
        file_put(file);
    }
    return err;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static unsigned may_of(uint32_t flags)
{
    static const unsigned may[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE };

    return may[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static long check_writing(const struct place *place, const struct node *node)
{
    if (S_ISDIR(node->mode))
        return -EISDIR;
    if (S_ISREG(node->mode) && place->mount->flags & MOUNT_RDONLY)
        return -EROFS;
    return S_ISREG(node->mode) && node->executing ? -ETXTBSY : 0;
}

/* May an existing file be opened so? */
static long check_open(struct client *self, const struct walk *w, uint32_t flags)
{
    const struct node *node = w->at.entry->node;
    unsigned may = may_of(flags);
    long err;

    if (flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (S_ISLNK(node->mode) && !(flags & O_PATH))
        return -ELOOP;
    if (flags & O_DIRECTORY && !S_ISDIR(node->mode))
        return -ENOTDIR;
    if (flags & O_PATH)
        return 0;
    if (flags & O_CREAT && S_ISDIR(node->mode))
        return -EISDIR;
    if (may & MAY_WRITE && (err = check_writing(&w->at, node)))
        return err;
    if (S_ISCHR(node->mode) && w->at.mount->flags & MOUNT_NODEV)
        return -EACCES;
    if (flags & O_NOATIME && !owns(self, node))
        return -EPERM;
    return permit(self, node, may);
}

/* Makes the missing file in the walk's directory: the walk then is at it. */
static long create(struct client *self, struct walk *w, uint32_t mode)
{
    const struct node_ops *ops = w->dir.entry->node->ops;
    struct entry *made;
    long err;

    if (w->slash)
        return -EISDIR;
    if (w->dir.entry->deleted)
        return -ENOENT;
    if ((err = permit_change(self, &w->dir)))
        return err;
    if (!ops->make)
        return -EACCES;
    err = ops->make(self, w->dir.entry, w->name, w->len, S_IFREG | (mode & 07777 & ~self->fs->umask), 0, NULL, &made);
    if (!err)
        w->at = (struct place){ w->dir.mount, made };
    return err;
}

static unsigned walk_flags(uint32_t flags)
{
    bool follow = !(flags & O_NOFOLLOW) && !(flags & O_CREAT && flags & O_EXCL);

    return (follow ? WALK_FOLLOW : 0) | (flags & O_CREAT ? WALK_LAST : 0);
}

/* ---- openat ------------------------------------------------------------------------------------------------------ */

/* The walk has come to an end; open what is there. */
static long open_walked(struct client *self, struct call *call, struct walk *w, uint32_t flags, uint32_t mode,
                        struct file **file)
{
    long err;

    if (!w->at.entry) {
        if ((err = create(self, w, mode)))
            return err;
    } else {
        struct node *node = w->at.entry->node;

        if ((err = check_open(self, w, flags)))
            return err;
        if (flags & O_TRUNC && S_ISREG(node->mode) && node->ops->truncate && !(flags & O_PATH) &&
            (err = node->ops->truncate(node, 0)))
            return err;
    }
    return open_place(self, call, &w->at, flags, file);
}

/* A fifo's other end has not come yet: the half-open file waits with the caller. */
static long open_keep(struct client *self, struct file *file)
{
    struct waiter *w = self->resumed ? self->resumed : LIST_FIRST(&self->waiters);

    w->opening = file;
    return DEFERRED;
}

/* The waiter of an open runs again: the same file, no second walk. */
static long open_again(struct client *self, struct call *call, uint32_t flags)
{
    struct file *file = self->resumed->opening;
    long err = fifo_open(file, self, call);

    if (err == DEFERRED)
        return DEFERRED;
    self->resumed->opening = NULL;
    if (!err)
        return file_install(self, file, 0, flags & O_CLOEXEC);
    file_put(file);
    return err;
}

/* O_TMPFILE: a file without a name in that directory's file system; linkat gives it one, unless O_EXCL says that it shall
 * never have any. */
static long open_nameless(struct client *self, struct call *call, uint32_t flags, uint32_t mode)
{
    struct place place;
    struct file *file;
    struct walk w;
    long err;

    if ((flags & O_ACCMODE) == O_RDONLY || flags & O_CREAT)
        return -EINVAL;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], WALK_FOLLOW, 0, &w);
    if (err)
        return err;
    if (!S_ISDIR(w.at.entry->node->mode))
        err = -ENOTDIR;
    else if (w.at.entry->node->ops != &tmpfs_ops)
        err = -EOPNOTSUPP;
    else if (!(err = permit_change(self, &w.at)))
        err = file_nameless(self, w.at.mount, w.at.entry, "#", 1, mode & 07777 & ~self->fs->umask, &place);
    if (!err) {
        place.entry->node->linkable = !(flags & O_EXCL);
        err = open_place(self, call, &place, flags & ~(uint32_t)(O_TMPFILE | O_EXCL | O_TRUNC), &file);
        entry_put(place.entry);
    }
    walk_end(&w);
    return err ? err : file_install(self, file, 0, flags & O_CLOEXEC);
}

/* openat(2): directory, path, flags, mode. */
long sys_openat(struct client *self, struct call *call)
{
    uint32_t flags = (uint32_t)call->m.w[2];
    struct file *file;
    struct walk w;
    long err;

    if (self->resumed && self->resumed->opening)
        return open_again(self, call, flags);
    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return open_nameless(self, call, flags, (uint32_t)call->m.w[3]);
    if (flags & O_CREAT && flags & O_DIRECTORY)
        return -EINVAL;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], walk_flags(flags), 0, &w);
    if (err)
        return err;
    err = open_walked(self, call, &w, flags, (uint32_t)call->m.w[3], &file);
    walk_end(&w);
    if (err == DEFERRED)
        return open_keep(self, file);
    return err ? err : file_install(self, file, 0, flags & O_CLOEXEC);
}
