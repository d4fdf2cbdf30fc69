/* Making files without a client: the initial file system and /dev. */
#include "servers/vfs/abi.h"
#include "servers/vfs/path.h"
#include "servers/vfs/regular.h"

/* The directory that `path` shall be in. */
static long make_parent(const char *path)
{
    char parent[PATH_LONGEST];
    const char *slash = strrchr(path, '/');

    if (!slash || slash == path || (size_t)(slash - path) >= sizeof(parent))
        return -ENOENT;
    memcpy(parent, path, (size_t)(slash - path));
    parent[slash - path] = 0;
    return boot_make(parent, S_IFDIR | 0755, 0, 0, 0, NULL, now_ns(), NULL);
}

static long walk_making(const char *path, struct walk *w)
{
    long err = walk(&client_boot, AT_FDCWD, path, WALK_LAST, w);

    if (err != -ENOENT || (err = make_parent(path)))
        return err;
    return walk(&client_boot, AT_FDCWD, path, WALK_LAST, w);
}

/* What is at the walk's name gives way to a file of `mode`; a directory stays one. 0: make it, 1: it is there. */
static long give_way(struct walk *w, uint32_t mode)
{
    struct node *node = w->at.entry ? w->at.entry->node : NULL;
    long err;

    if (!node)
        return 0;
    if (S_ISDIR(node->mode) || S_ISDIR(mode))
        return S_ISDIR(node->mode) && S_ISDIR(mode) ? 1 : -EEXIST;
    if (!node->ops->unlink)
        return -EPERM;
    err = node->ops->unlink(w->at.entry);
    entry_put(w->at.entry);
    w->at.entry = NULL;
    return err;
}

static long make_walked(struct walk *w, uint32_t mode, uint64_t rdev, const char *target)
{
    const struct node_ops *ops = w->dir.entry ? w->dir.entry->node->ops : NULL;
    long err = give_way(w, mode);

    if (err)
        return err > 0 ? 0 : err;
    if (w->last != LAST_NAME || !ops || !ops->make)
        return -EINVAL;
    w->at.mount = w->dir.mount;
    return ops->make(&client_boot, w->dir.entry, w->name, w->len, mode, rdev, target, &w->at.entry);
}

long boot_make(const char *path, uint32_t mode, uint32_t uid, uint32_t gid, uint64_t rdev, const char *target,
               int64_t mtime_ns, struct node **made)
{
    struct node *node;
    struct walk w;
    long err = walk_making(path, &w);

    if (err)
        return err;
    err = make_walked(&w, mode, rdev, target);
    if (!err) {
        node = w.at.entry->node;
        node->mode = (node->mode & S_IFMT) | (mode & 07777);
        node->uid = uid;
        node->gid = gid;
        node->mtime = mtime_ns;
        if (made)
            *made = node;
    }
    walk_end(&w);
    return err;
}

long boot_link(const char *old, const char *path)
{
    struct walk from, to;
    long err = walk(&client_boot, AT_FDCWD, old, 0, &from);

    if (err)
        return err;
    err = walk_making(path, &to);
    if (!err) {
        err = give_way(&to, from.at.entry->node->mode);
        if (!err && (to.last != LAST_NAME || !to.dir.entry->node->ops->link))
            err = -EINVAL;
        if (!err)
            err = to.dir.entry->node->ops->link(to.dir.entry, to.name, to.len, from.at.entry->node);
        walk_end(&to);
    }
    walk_end(&from);
    return err > 0 ? -EEXIST : err;
}

long boot_write(struct node *node, uint64_t offset, const void *bytes, size_t len)
{
    struct transfer t = { .client = &client_boot, .local = (char *)bytes, .left = len, .fd = -1 };
    long n = len ? regular_write_node(node, &t, &offset) : 0;

    return n < 0 ? n : (size_t)n == len ? 0 : -ENOSPC;
}

long boot_find(const char *path, struct node **node)
{
    struct walk w;
    long err = walk(&client_boot, AT_FDCWD, path, 0, &w);

    if (err)
        return err;
    *node = w.at.entry->node;
    walk_end(&w);
    return 0;
}
