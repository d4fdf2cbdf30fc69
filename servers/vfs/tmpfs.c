/*
 * The file system in memory: every entry and node stays until it is removed. Permissions, names and read-only mounts
 * have been checked by who calls (names.c, open.c, attr.c).
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/cache.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/regular.h"
#include <stdlib.h>

static void touch(struct node *node)
{
    node->mtime = node->ctime = now_ns();
}

long tmpfs_lookup(struct client *self, struct entry *dir, const char *name, size_t len, struct entry **found)
{
    struct entry *entry = entry_find(dir, name, len);

    (void)self;
    if (!entry)
        return -ENOENT;
    *found = entry_ref(entry);
    return 0;
}

/* Owner and group of what is made in a directory: with set-group-ID it goes to the directory's group. */
static void own(struct client *self, struct node *node, const struct node *dir)
{
    node->uid = self->cred.fsuid;
    node->gid = self->cred.fsgid;
    if (!(dir->mode & S_ISGID))
        return;
    node->gid = dir->gid;
    if (S_ISDIR(node->mode))
        node->mode |= S_ISGID;
}

static long tmpfs_make(struct client *self, struct entry *dir, const char *name, size_t len, uint32_t mode,
                       uint64_t rdev, const char *target, struct entry **made)
{
    struct node *node = node_new(dir->node->fs, &tmpfs_ops, mode);
    struct entry *entry;

    if (!node)
        return -ENOSPC;
    node->rdev = rdev;
    own(self, node, dir->node);
    if (target) {
        node->size = strlen(target);
        node->target = malloc(node->size + 1);
        if (node->target)
            memcpy(node->target, target, node->size + 1);
    }
    entry = target && !node->target ? NULL : entry_new(dir, name, len, node);
    if (!entry) {
        node_put(node);
        return -ENOSPC;
    }

    entry_attach(entry);
    if (S_ISDIR(mode)) {
        node->nlink = 2;
        dir->node->nlink++;
    }
    touch(dir->node);
    *made = entry;
    return 0;
}

static long tmpfs_link(struct entry *dir, const char *name, size_t len, struct node *node)
{
    struct entry *entry = entry_new(dir, name, len, node);

    if (!entry)
        return -ENOSPC;
    node_ref(node);
    node->nlink++;
    node->ctime = now_ns();
    entry_attach(entry);
    entry_put(entry);
    touch(dir->node);
    return 0;
}

static bool tmpfs_empty(struct entry *dir)
{
    return TAILQ_EMPTY(&dir->children);
}

static long tmpfs_unlink(struct entry *entry)
{
    struct node *node = entry->node;
    struct entry *dir = entry->parent;

    node->nlink--;
    if (S_ISDIR(node->mode)) {
        node->nlink--;
        dir->node->nlink--;
    }
    node->ctime = now_ns();
    touch(dir->node);
    entry_detach(entry);
    return 0;
}

static long tmpfs_rename(struct entry *entry, struct entry *dir, const char *name, size_t len, struct entry *over)
{
    struct entry *old = entry_ref(entry->parent);
    long err;

    if (over)
        entry_ref(over);
    err = entry_rename(entry, dir, name, len);
    if (!err) {
        if (over)
            tmpfs_unlink(over);
        if (S_ISDIR(entry->node->mode)) {
            old->node->nlink--;
            dir->node->nlink++;
        }
        entry->node->ctime = now_ns();
        touch(old->node);
        touch(dir->node);
    }
    if (over)
        entry_put(over);
    entry_put(old);
    return err;
}

void tmpfs_exchange(struct entry *a, struct entry *b)
{
    struct node *da = a->parent->node, *db = b->parent->node;
    bool a_is_dir = S_ISDIR(a->node->mode), b_is_dir = S_ISDIR(b->node->mode);

    entry_exchange(a, b);
    da->nlink += (uint32_t)b_is_dir - (uint32_t)a_is_dir;
    db->nlink += (uint32_t)a_is_dir - (uint32_t)b_is_dir;
    a->node->ctime = b->node->ctime = now_ns();
    touch(da);
    touch(db);
}

long tmpfs_list(struct client *self, struct entry *dir, uint64_t *at,
                bool (*emit)(void *into, const char *name, size_t len, uint64_t inode, uint32_t type, uint64_t next),
                void *into)
{
    struct entry *entry;

    (void)self;
    TAILQ_FOREACH(entry, &dir->children, sibling) {
        if (entry->cookie < *at)
            continue;
        if (!emit(into, entry->name, entry->len, entry->node->inode, entry->node->mode, entry->cookie + 1))
            return 0;
        *at = entry->cookie + 1;
    }
    return 0;
}

static long tmpfs_readlink(struct client *self, struct entry *link, char *to)
{
    (void)self;
    memcpy(to, link->node->target, link->node->size + 1);
    return (long)link->node->size;
}

static void tmpfs_free(struct node *node)
{
    if (S_ISLNK(node->mode))
        free(node->target);
    else if (S_ISREG(node->mode))
        regular_free(node);
}

const struct node_ops tmpfs_ops = {
    .lookup = tmpfs_lookup,
    .make = tmpfs_make,
    .link = tmpfs_link,
    .unlink = tmpfs_unlink,
    .rename = tmpfs_rename,
    .list = tmpfs_list,
    .empty = tmpfs_empty,
    .readlink = tmpfs_readlink,
    .truncate = regular_truncate,
    .free = tmpfs_free,
};

long tmpfs_start(struct filesystem *fs, uint32_t mode)
{
    struct node *node = node_new(fs, &tmpfs_ops, S_IFDIR | mode);

    if (!node)
        return -ENOMEM;
    node->nlink = 2;
    fs->root = entry_new(NULL, "/", 1, node);
    if (fs->root)
        return 0;
    node_put(node);
    return -ENOMEM;
}

/* Depth first without recursion: the deepest first child goes, then its parent is looked at again. */
void tmpfs_end(struct filesystem *fs)
{
    struct entry *entry = fs->root;

    for (;;) {
        struct entry *child = TAILQ_FIRST(&entry->children), *parent = entry->parent;

        if (child) {
            entry = child;
        } else if (entry == fs->root) {
            break;
        } else {
            tmpfs_unlink(entry);
            entry = parent;
        }
    }
    entry_put(fs->root);
}
