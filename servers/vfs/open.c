/* open(2): find or make, check, truncate, and an open file by what it is. */
#include "servers/vfs/open.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/memfd.h"
#include "servers/vfs/path.h"
#include "servers/vfs/syscalls.h"
#include <linux/openat2.h>

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

/* How to open: the arguments of openat2(2), its `resolve` as enum walk_flag. */
struct how {
    uint32_t flags, mode;
    unsigned resolve;
};

static unsigned walk_flags(const struct how *how)
{
    bool follow = !(how->flags & O_NOFOLLOW) && !(how->flags & O_CREAT && how->flags & O_EXCL);

    return how->resolve | (follow ? WALK_FOLLOW : 0) | (how->flags & O_CREAT ? WALK_LAST : 0);
}

/* ---- openat ------------------------------------------------------------------------------------------------------ */

/* The walk has come to an end; open what is there. */
static long open_walked(struct client *self, struct call *call, struct walk *w, const struct how *how, struct file **file)
{
    long err;

    if (!w->at.entry) {
        if ((err = create(self, w, how->mode)))
            return err;
    } else {
        struct node *node = w->at.entry->node;

        if ((err = check_open(self, w, how->flags)))
            return err;
        if (how->flags & O_TRUNC && S_ISREG(node->mode) && node->ops->truncate && !(how->flags & O_PATH) &&
            (err = node->ops->truncate(node, 0)))
            return err;
    }
    return open_place(self, call, &w->at, how->flags, file);
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
static long open_nameless(struct client *self, struct call *call, const struct how *how)
{
    uint32_t flags = how->flags;
    struct place place;
    struct file *file;
    struct walk w;
    long err;

    if ((flags & O_ACCMODE) == O_RDONLY || flags & O_CREAT)
        return -EINVAL;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], how->resolve | WALK_FOLLOW, 0, &w);
    if (err)
        return err;
    if (!S_ISDIR(w.at.entry->node->mode))
        err = -ENOTDIR;
    else if (w.at.entry->node->ops != &tmpfs_ops)
        err = -EOPNOTSUPP;
    else if (!(err = permit_change(self, &w.at)))
        err = file_nameless(self, w.at.mount, w.at.entry, "#", 1, how->mode & 07777 & ~self->fs->umask, &place);
    if (!err) {
        place.entry->node->linkable = !(flags & O_EXCL);
        err = open_place(self, call, &place, flags & ~(uint32_t)(O_TMPFILE | O_EXCL | O_TRUNC), &file);
        entry_put(place.entry);
    }
    walk_end(&w);
    return err ? err : file_install(self, file, 0, flags & O_CLOEXEC);
}

static long open_at(struct client *self, struct call *call, const struct how *how)
{
    struct file *file;
    struct walk w;
    long err;

    if (self->resumed && self->resumed->opening)
        return open_again(self, call, how->flags);
    if ((how->flags & O_TMPFILE) == O_TMPFILE)
        return open_nameless(self, call, how);
    if (how->flags & O_CREAT && how->flags & O_DIRECTORY)
        return -EINVAL;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], walk_flags(how), 0, &w);
    if (err)
        return err;
    err = open_walked(self, call, &w, how, &file);
    walk_end(&w);
    if (err == DEFERRED)
        return open_keep(self, file);
    return err ? err : file_install(self, file, 0, how->flags & O_CLOEXEC);
}

#define PATH_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) /* those that O_PATH leaves a meaning */

/* openat(2): directory, path, flags, mode. */
long sys_openat(struct client *self, struct call *call)
{
    struct how how = { .flags = (uint32_t)call->m.w[2], .mode = (uint32_t)call->m.w[3] };

    if (how.flags & O_PATH)
        how.flags &= PATH_FLAGS;
    return open_at(self, call, &how);
}

/* ---- openat2 ----------------------------------------------------------------------------------------------------- */

/* All that open(2) knows; O_TMPFILE with O_DIRECTORY. */
#define FLAGS_KNOWN                                                                                                    \
    (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_DSYNC | FASYNC | O_DIRECT |         \
     O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_SYNC | O_PATH | O_TMPFILE)

static bool has(uint64_t bits, uint64_t all)
{
    return (bits & all) == all;
}

/* What contradicts itself, of what openat takes without a word. */
static long check_how(const struct open_how *how)
{
    bool makes = how->flags & O_CREAT || has(how->flags, O_TMPFILE);

    if (how->flags & ~(uint64_t)FLAGS_KNOWN || how->mode & ~07777UL || (how->mode && !makes))
        return -EINVAL;
    if (how->flags & O_PATH && how->flags & ~(uint64_t)PATH_FLAGS)
        return -EINVAL;
    if (how->flags & (O_TMPFILE & ~O_DIRECTORY) && !has(how->flags, O_TMPFILE))
        return -EINVAL;
    if (how->resolve & RESOLVE_CACHED && (makes || how->flags & O_TRUNC))
        return -EAGAIN;
    return has(how->resolve, RESOLVE_BENEATH | RESOLVE_IN_ROOT) ? -EINVAL : 0;
}

/* RESOLVE_CACHED asks for nothing: a walk never waits. */
static long resolve_flags(uint64_t resolve, unsigned *flags)
{
    static const struct {
        uint64_t resolve;
        unsigned flag;
    } known[] = {
        { RESOLVE_NO_XDEV, WALK_NO_MOUNTS },      { RESOLVE_NO_SYMLINKS, WALK_NO_LINKS },
        { RESOLVE_NO_MAGICLINKS, WALK_NO_MAGIC }, { RESOLVE_BENEATH, WALK_BENEATH },
        { RESOLVE_IN_ROOT, WALK_IN_ROOT },        { RESOLVE_CACHED, 0 },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (resolve & known[i].resolve) {
            *flags |= known[i].flag;
            resolve &= ~known[i].resolve;
        }
    return resolve ? -EINVAL : 0;
}

/* The structure at `from`, of `bytes` bytes: what a longer one has behind what is known must be zero. */
static long how_fetch(struct client *self, struct call *call, uint64_t from, size_t bytes, struct open_how *how)
{
    static char rest[TINE_PAGE_SIZE];
    long err;

    if (bytes < sizeof(*how))
        return -EINVAL;
    if (bytes > TINE_PAGE_SIZE)
        return -E2BIG;
    err = copy_in(self, call, how, from, sizeof(*how));
    bytes -= sizeof(*how);
    if (!err && bytes)
        err = copy_in(self, call, rest, from + sizeof(*how), bytes);
    while (!err && bytes)
        if (rest[--bytes])
            return -E2BIG;
    return err;
}

/* openat2(2): directory, path, structure, its size. */
long sys_openat2(struct client *self, struct call *call)
{
    struct open_how given;
    struct how how = { 0 };
    long err = how_fetch(self, call, call->m.w[2], call->m.w[3], &given);

    if (!err)
        err = resolve_flags(given.resolve, &how.resolve);
    if (!err)
        err = check_how(&given);
    if (err)
        return err;
    how.flags = (uint32_t)given.flags;
    how.mode = (uint32_t)given.mode;
    return open_at(self, call, &how);
}
