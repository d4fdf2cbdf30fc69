/* Making, removing and moving names: mkdir, mknod, symlink, link, unlink, rename, readlink. */
#include "servers/vfs/abi.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/path.h"
#include "servers/vfs/syscalls.h"

#define RENAME_NOREPLACE_ 1U
#define RENAME_EXCHANGE_ 2U

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* Is the walk at a name that can be made? A slash at the end is for directories only. */
static long check_make(struct client *self, const struct walk *w, bool directory)
{
    if (w->at.entry || w->last != LAST_NAME)
        return -EEXIST;
    if (w->slash && !directory)
        return -ENOENT;
    if (w->dir.entry->deleted)
        return -ENOENT;
    return permit_change(self, &w->dir);
}

static long make(struct client *self, struct walk *w, uint32_t mode, uint64_t rdev, const char *target)
{
    struct entry *made;
    long err = check_make(self, w, S_ISDIR(mode));

    if (err)
        return err;
    if (!w->dir.entry->node->ops->make)
        return -EPERM;
    err = w->dir.entry->node->ops->make(self, w->dir.entry, w->name, w->len, mode, rdev, target, &made);
    if (!err)
        entry_put(made);
    return err;
}

/* mkdirat(2): directory, path, mode. */
long sys_mkdirat(struct client *self, struct call *call)
{
    uint32_t mode = S_IFDIR | ((uint32_t)call->m.w[2] & 01777 & ~self->fs->umask);
    struct walk w;
    long err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], WALK_LAST, 0, &w);

    if (err)
        return err;
    err = make(self, &w, mode, 0, NULL);
    walk_end(&w);
    return err;
}

/* mknodat(2): directory, path, mode, device. */
long sys_mknodat(struct client *self, struct call *call)
{
    uint32_t mode = (uint32_t)call->m.w[2];
    bool device = S_ISCHR(mode) || S_ISBLK(mode);
    struct walk w;
    long err;

    if (!(mode & S_IFMT))
        mode |= S_IFREG;
    if (S_ISDIR(mode))
        return -EPERM;
    if (!device && !S_ISREG(mode) && !S_ISFIFO(mode) && !S_ISSOCK(mode))
        return -EINVAL;
    if (device && !(self->cred.rights & VFS_MAY_ALL))
        return -EPERM;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], WALK_LAST, 0, &w);
    if (err)
        return err;
    mode = (mode & S_IFMT) | (mode & 07777 & ~self->fs->umask);
    err = make(self, &w, mode, device ? (uint32_t)call->m.w[3] : 0, NULL);
    walk_end(&w);
    return err;
}

/* symlinkat(2): target, directory, path. */
long sys_symlinkat(struct client *self, struct call *call)
{
    const char *target;
    struct walk w;
    long len = path_fetch(self, call, call->m.w[0], 1, &target), err;

    if (len <= 0)
        return len ? len : -ENOENT;
    err = walk_client(self, call, (int)call->m.w[1], call->m.w[2], WALK_LAST, 0, &w);
    if (err)
        return err;
    err = make(self, &w, S_IFLNK | 0777, 0, target);
    walk_end(&w);
    return err;
}

static long link_to(struct client *self, const struct place *from, struct walk *w)
{
    struct node *node = from->entry->node;
    long err = check_make(self, w, false);

    if (err)
        return err;
    if (S_ISDIR(node->mode))
        return -EPERM;
    if (from->mount != w->dir.mount)
        return -EXDEV;
    if (!w->dir.entry->node->ops->link)
        return -EPERM;
    if (!node->nlink && !node->linkable)
        return -ENOENT;
    return w->dir.entry->node->ops->link(w->dir.entry, w->name, w->len, node);
}

/* linkat(2): directory, path, directory, path, flags. */
long sys_linkat(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[4];
    unsigned how = (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
    struct walk from, to;
    long err;

    if (flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], how, 1, &from);
    if (err)
        return err;
    err = walk_client(self, call, (int)call->m.w[2], call->m.w[3], WALK_LAST, 0, &to);
    if (!err) {
        err = link_to(self, &from.at, &to);
        walk_end(&to);
    }
    walk_end(&from);
    return err;
}

/* readlinkat(2): directory, path, buffer, size. */
long sys_readlinkat(struct client *self, struct call *call)
{
    static char text[PATH_LONGEST * 2];
    int size = (int)call->m.w[3];
    struct walk w;
    long len;

    if (size <= 0)
        return -EINVAL;
    len = walk_client(self, call, (int)call->m.w[0], call->m.w[1], WALK_EMPTY, 0, &w);
    if (len)
        return len;
    if (!S_ISLNK(w.at.entry->node->mode))
        len = -EINVAL;
    else
        len = w.at.entry->node->ops->readlink(self, w.at.entry, text);
    walk_end(&w);
    if (len <= 0)
        return len;
    if (len > size)
        len = size;
    long err = copy_out(self, call, call->m.w[2], text, (size_t)len);
    return err ? err : len;
}

/* ---- removing and moving ----------------------------------------------------------------------------------------- */

/* In a sticky directory only its owner and the file's may remove or rename. */
static long check_sticky(struct client *self, const struct node *dir, const struct node *node)
{
    return dir->mode & S_ISVTX && !owns(self, dir) && !owns(self, node) ? -EPERM : 0;
}

/* May the name be taken away? */
static long check_remove(struct client *self, const struct walk *w)
{
    long err = permit_change(self, &w->dir);

    if (err)
        return err;
    if (w->at.entry->mounted || w->at.entry == w->at.mount->root)
        return -EBUSY;
    return check_sticky(self, w->dir.entry->node, w->at.entry->node);
}

static long remove_directory(struct client *self, struct walk *w)
{
    const struct node *node = w->at.entry ? w->at.entry->node : NULL;
    long err;

    if (w->last != LAST_NAME)
        return w->last == LAST_DOT ? -EINVAL : w->last == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
    if (!node)
        return -ENOENT;
    if ((err = check_remove(self, w)))
        return err;
    if (!S_ISDIR(node->mode))
        return -ENOTDIR;
    if (!node->ops->unlink)
        return -EPERM;
    return node->ops->empty(w->at.entry) ? node->ops->unlink(w->at.entry) : -ENOTEMPTY;
}

static long remove_file(struct client *self, struct walk *w)
{
    const struct node *node = w->at.entry ? w->at.entry->node : NULL;
    long err;

    if (w->last != LAST_NAME)
        return -EISDIR;
    if (!node)
        return -ENOENT;
    if ((err = check_remove(self, w)))
        return err;
    if (S_ISDIR(node->mode))
        return -EISDIR;
    return node->ops->unlink ? node->ops->unlink(w->at.entry) : -EPERM;
}

/* unlinkat(2): directory, path, flags. */
long sys_unlinkat(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[2];
    struct walk w;
    long err;

    if (flags & ~(unsigned)AT_REMOVEDIR)
        return -EINVAL;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], WALK_LAST, 0, &w);
    if (err)
        return err;
    err = flags & AT_REMOVEDIR ? remove_directory(self, &w) : remove_file(self, &w);
    walk_end(&w);
    return err;
}

/* Is `below` inside `dir` or the same? */
static bool is_inside(const struct entry *below, const struct entry *dir)
{
    for (;;) {
        if (below == dir)
            return true;
        if (below->parent == below)
            return false;
        below = below->parent;
    }
}

/* May what is at the new name be replaced? */
static long check_replace(struct client *self, const struct node *node, const struct walk *to)
{
    const struct node *over = to->at.entry->node;
    long err = check_remove(self, to);

    if (err)
        return err;
    if (S_ISDIR(node->mode) != S_ISDIR(over->mode))
        return S_ISDIR(over->mode) ? -EISDIR : -ENOTDIR;
    return S_ISDIR(over->mode) && !over->ops->empty(to->at.entry) ? -ENOTEMPTY : 0;
}

static long rename_walked(struct client *self, struct walk *from, struct walk *to, unsigned flags)
{
    struct node *node = from->at.entry ? from->at.entry->node : NULL;
    long err;

    if (from->last != LAST_NAME || to->last != LAST_NAME)
        return -EBUSY;
    if (!node)
        return -ENOENT;
    if (from->dir.mount != to->dir.mount)
        return -EXDEV;
    if (flags & RENAME_NOREPLACE_ && to->at.entry)
        return -EEXIST;
    if ((from->slash || to->slash) && !S_ISDIR(node->mode))
        return -ENOTDIR;
    if ((err = check_remove(self, from)) || (err = permit_change(self, &to->dir)))
        return err;
    if (S_ISDIR(node->mode) && is_inside(to->dir.entry, from->at.entry))
        return -EINVAL;
    if (to->at.entry && is_inside(from->dir.entry, to->at.entry))
        return -ENOTEMPTY;
    if (to->dir.entry->deleted)
        return -ENOENT;
    if (!node->ops->rename)
        return -EPERM;
    if (to->at.entry && to->at.entry->node == node)
        return 0;
    if (to->at.entry && (err = check_replace(self, node, to)))
        return err;
    return node->ops->rename(from->at.entry, to->dir.entry, to->name, to->len, to->at.entry);
}

/* RENAME_EXCHANGE: both names stay, each with the other's file. */
static long exchange_walked(struct client *self, struct walk *from, struct walk *to)
{
    long err;

    if (from->last != LAST_NAME || to->last != LAST_NAME)
        return -EBUSY;
    if (!from->at.entry || !to->at.entry)
        return -ENOENT;
    if (from->dir.mount != to->dir.mount)
        return -EXDEV;
    if ((from->slash && !S_ISDIR(from->at.entry->node->mode)) || (to->slash && !S_ISDIR(to->at.entry->node->mode)))
        return -ENOTDIR;
    if ((err = check_remove(self, from)) || (err = check_remove(self, to)))
        return err;
    if (is_inside(to->dir.entry, from->at.entry) || is_inside(from->dir.entry, to->at.entry))
        return -EINVAL;
    if (from->at.entry->node->ops != &tmpfs_ops || to->at.entry->node->ops != &tmpfs_ops)
        return -EINVAL;
    if (from->at.entry->node != to->at.entry->node)
        tmpfs_exchange(from->at.entry, to->at.entry);
    return 0;
}

/* renameat2(2): directory, path, directory, path, flags. */
long sys_renameat2(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[4];
    struct walk from, to;
    long err;

    if (flags & ~(RENAME_NOREPLACE_ | RENAME_EXCHANGE_) || flags == (RENAME_NOREPLACE_ | RENAME_EXCHANGE_))
        return -EINVAL;
    err = walk_client(self, call, (int)call->m.w[0], call->m.w[1], WALK_LAST, 0, &from);
    if (err)
        return err;
    err = walk_client(self, call, (int)call->m.w[2], call->m.w[3], WALK_LAST, 1, &to);
    if (!err) {
        err = flags & RENAME_EXCHANGE_ ? exchange_walked(self, &from, &to) : rename_walked(self, &from, &to, flags);
        walk_end(&to);
    }
    walk_end(&from);
    return err;
}
