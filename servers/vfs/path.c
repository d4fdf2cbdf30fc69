/* Walking paths. Read walk() first, then step(), then the links. */
#include "servers/vfs/path.h"
#include "servers/vfs/file.h"
#include "servers/vfs/users.h"
#include <stdlib.h>
#include <string.h>

#define LINKS_MOST 40

/* ---- file-system contexts ---------------------------------------------------------------------------------------- */

static struct fs_context *idle; /* linked through root.mount */

struct fs_context *fs_context_share(struct fs_context *fs)
{
    fs->refs++;
    return fs;
}

struct fs_context *fs_context_copy(struct fs_context *from)
{
    struct fs_context *fs = idle;

    if (fs)
        idle = (struct fs_context *)fs->root.mount;
    else if (!(fs = malloc(sizeof(*fs))))
        return NULL;
    *fs = *from;
    fs->refs = 1;
    place_ref(&fs->root);
    place_ref(&fs->cwd);
    return fs;
}

void fs_context_put(struct fs_context *fs)
{
    if (--fs->refs)
        return;
    place_put(&fs->root);
    place_put(&fs->cwd);
    fs->root.mount = (struct mount *)idle;
    idle = fs;
}

/* ---- permissions ------------------------------------------------------------------------------------------------- */

static bool in_group(const struct vfs_cred *cred, uint32_t gid)
{
    if (cred->fsgid == gid)
        return true;
    for (uint32_t i = 0; i < cred->ngroups; i++)
        if (cred->groups[i] == gid)
            return true;
    return false;
}

bool owns(const struct client *self, const struct node *node)
{
    return self->cred.fsuid == node->uid || overrides(self, node);
}

long permit(const struct client *self, const struct node *node, unsigned may)
{
    const struct vfs_cred *cred = &self->cred;
    uint32_t mode = node->mode;

    if (cred->override && overrides(self, node))
        return !(may & MAY_EXEC) || S_ISDIR(mode) || mode & 0111 ? 0 : -EACCES;
    if (cred->fsuid == node->uid)
        mode >>= 6;
    else if (in_group(cred, node->gid))
        mode >>= 3;
    return (mode & may) == may ? 0 : -EACCES;
}

long permit_change(const struct client *self, const struct place *dir)
{
    if (dir->mount->flags & MOUNT_RDONLY)
        return -EROFS;
    return permit(self, dir->entry->node, MAY_WRITE | MAY_EXEC);
}

/* ---- walking ----------------------------------------------------------------------------------------------------- */

/* A walk under way: the place reached (counted entry), what is left of the path, links followed. */
struct progress {
    struct client *self;
    struct walk *w;
    struct place at;
    const struct place *root; /* ".." stops here, and absolute links begin here */
    const char *rest;
    unsigned flags;
    unsigned links;
    unsigned buffer; /* which of `expanded` holds rest, when it is one of them */
};

static char fetched[2][PATH_LONGEST + 8] __attribute__((aligned(8)));
static char expanded[2][PATH_LONGEST * 2];

static void at_set(struct progress *p, struct mount *mount, struct entry *entry)
{
    entry_ref(entry);
    entry_put(p->at.entry);
    p->at.mount = mount;
    p->at.entry = entry;
}

void mount_cross(struct place *place)
{
    struct mount *mount;

    while (place->entry->mounted) {
        TAILQ_FOREACH(mount, &place->mount->children, sibling)
            if (mount->point == place->entry)
                break;
        if (!mount)
            return;
        entry_ref(mount->root);
        entry_put(place->entry);
        *place = (struct place){ mount, mount->root };
    }
}

/* Whether the walk, which was in `mount` before, may be where it is. */
static long check_mount(const struct progress *p, const struct mount *before)
{
    return p->flags & WALK_NO_MOUNTS && p->at.mount != before ? -EXDEV : 0;
}

static bool at_root(const struct progress *p)
{
    return p->at.entry == p->root->entry && p->at.mount == p->root->mount;
}

/* "..": stops at the root, and leaves a mount by its mount point. */
static long step_up(struct progress *p)
{
    const struct mount *before = p->at.mount;

    if (p->flags & WALK_BENEATH && at_root(p))
        return -EXDEV;
    while (p->at.entry == p->at.mount->root) {
        if (at_root(p) || !p->at.mount->parent)
            return 0;
        at_set(p, p->at.mount->parent, p->at.mount->point);
    }
    if (!at_root(p))
        at_set(p, p->at.mount, p->at.entry->parent);
    mount_cross(&p->at);
    return check_mount(p, before);
}

/* An absolute path begins. */
static long to_root(struct progress *p)
{
    const struct mount *before = p->at.mount;

    if (p->flags & WALK_BENEATH)
        return -EXDEV;
    at_set(p, p->root->mount, p->root->entry);
    return check_mount(p, before);
}

/* The link's text and what is left of the path become the path. */
static long link_expand(struct progress *p, struct entry *link)
{
    unsigned other = !p->buffer;
    char *to = expanded[other];
    long len = link->node->ops->readlink(p->self, link, to);
    size_t rest = strlen(p->rest);

    if (len < 0)
        return len;
    if (!len)
        return -ENOENT;
    if ((size_t)len + 1 + rest >= sizeof(expanded[0]))
        return -ENAMETOOLONG;
    if (*p->rest) {
        to[len] = '/';
        memcpy(to + len + 1, p->rest, rest + 1);
    } else {
        memcpy(to + len, p->w->slash ? "/" : "", p->w->slash ? 2 : 1);
    }
    p->rest = to;
    p->buffer = other;
    return *to == '/' ? to_root(p) : 0;
}

/* Goes to `to`, where a link of /proc leads; takes its count. */
static long link_jump(struct progress *p, struct place *to)
{
    const struct mount *before = p->at.mount;

    entry_put(p->at.entry);
    p->at = *to;
    if (p->flags & WALK_NO_MAGIC)
        return -ELOOP;
    return p->flags & (WALK_BENEATH | WALK_IN_ROOT) ? -EXDEV : check_mount(p, before);
}

/* Goes where the symbolic link leads; takes its count. */
static long link_follow(struct progress *p, struct entry *link)
{
    const struct node_ops *ops = link->node->ops;
    bool refused = ++p->links > LINKS_MOST || p->flags & WALK_NO_LINKS;
    struct place to;
    long err = refused ? -ELOOP : ops->follow ? ops->follow(p->self, link, &to) : -EXDEV;

    if (err == -EXDEV)
        err = link_expand(p, link);
    else if (!err)
        err = link_jump(p, &to);
    entry_put(link);
    return err;
}

/* Cuts the next component off. Returns its start; `last` says that none follows. */
static const char *component(struct progress *p, size_t *len, bool *last)
{
    const char *name = p->rest, *end = name;

    while (*end && *end != '/')
        end++;
    *len = (size_t)(end - name);
    p->w->slash = *end == '/';
    while (*end == '/')
        end++;
    p->rest = end;
    *last = !*end;
    return name;
}

/* Notes directory and name of the last component. */
static void last_note(struct progress *p, const char *name, size_t len)
{
    struct walk *w = p->w;

    if (w->dir.entry)
        entry_put(w->dir.entry);
    w->dir = p->at;
    entry_ref(p->at.entry);
    w->last = len == 1 && name[0] == '.'                     ? LAST_DOT
              : len == 2 && name[0] == '.' && name[1] == '.' ? LAST_DOTDOT
                                                             : LAST_NAME;
    w->len = len;
    memcpy(w->name, name, len);
    w->name[len] = 0;
}

/* Follow a link here? In the middle always; at the end when asked to, or when a slash demands a directory. */
static bool follows(const struct progress *p, bool last)
{
    return !last || p->flags & WALK_FOLLOW || (p->w->slash && !(p->flags & WALK_LAST));
}

/* One component: 0, an error, or 1: the last one does not exist. */
static long step(struct progress *p)
{
    struct node *dir = p->at.entry->node;
    struct entry *child;
    size_t len;
    bool last;
    const char *name = component(p, &len, &last);
    const struct mount *before = p->at.mount;
    long err;

    if (!S_ISDIR(dir->mode) || !dir->ops->lookup)
        return -ENOTDIR;
    if ((err = permit(p->self, dir, MAY_EXEC)))
        return err;
    if (len > NAME_LONGEST)
        return -ENAMETOOLONG;
    if (last && p->flags & WALK_LAST)
        last_note(p, name, len);
    if (name[0] == '.' && len == 1)
        return 0;
    if (name[0] == '.' && name[1] == '.' && len == 2)
        return step_up(p);
    err = dir->ops->lookup(p->self, p->at.entry, name, len, &child);
    if (err)
        return err == -ENOENT && last && p->flags & WALK_LAST ? 1 : err;
    if (S_ISLNK(child->node->mode) && follows(p, last))
        return link_follow(p, child);
    entry_put(p->at.entry);
    p->at.entry = child;
    mount_cross(&p->at);
    return check_mount(p, before);
}

/* Where a path begins: borrowed. */
static long start_of(struct client *self, int dirfd, const char *path, unsigned flags, struct place *at)
{
    struct file *file;

    if (*path == '/' && !(flags & WALK_IN_ROOT)) {
        if (flags & WALK_BENEATH)
            return -EXDEV;
        *at = self->fs->root;
    } else if (dirfd == AT_FDCWD) {
        *at = self->fs->cwd;
    } else {
        file = file_get(self, (unsigned long)(long)dirfd);
        if (!file)
            return -EBADF;
        if (!file->place.entry)
            return -ENOTDIR;
        *at = file->place;
        if (*path && !S_ISDIR(at->entry->node->mode))
            return -ENOTDIR;
    }
    return 0;
}

static long walk_steps(struct progress *p)
{
    while (*p->rest == '/')
        p->rest++;
    while (*p->rest) {
        long err = step(p);

        if (err)
            return err;
        while (*p->rest == '/')
            p->rest++;
    }
    return p->w->slash && !S_ISDIR(p->at.entry->node->mode) ? -ENOTDIR : 0;
}

long walk(struct client *self, int dirfd, const char *path, unsigned flags, struct walk *w)
{
    struct progress p = { .self = self, .w = w, .root = &self->fs->root, .rest = path, .flags = flags };
    struct place start;
    long err;

    w->at.entry = w->dir.entry = NULL;
    w->slash = false;
    w->last = LAST_ROOT;
    if (!*path && !(flags & WALK_EMPTY))
        return -ENOENT;
    err = start_of(self, dirfd, path, flags, &start);
    if (err)
        return err;
    if (flags & (WALK_BENEATH | WALK_IN_ROOT))
        p.root = &start;
    p.at = start;
    entry_ref(p.at.entry);
    err = walk_steps(&p);
    if (!err) {
        w->at = p.at;
        return 0;
    }
    entry_put(p.at.entry);
    if (err > 0)
        return 0;
    walk_end(w);
    return err;
}

void walk_end(struct walk *w)
{
    if (w->at.entry)
        entry_put(w->at.entry);
    if (w->dir.entry)
        entry_put(w->dir.entry);
    w->at.entry = w->dir.entry = NULL;
}

long path_fetch(struct client *self, struct call *call, uint64_t from, unsigned which, const char **path)
{
    /* As far from a multiple of eight as the client has it: the kernel copies bytes by words only then. */
    char *to = fetched[which] + from % 8;

    *path = to;
    return copy_in_string(self, call, to, from, PATH_LONGEST);
}

long walk_client(struct client *self, struct call *call, int dirfd, uint64_t from, unsigned flags, unsigned which,
                 struct walk *w)
{
    const char *path;
    long len = path_fetch(self, call, from, which, &path);

    return len < 0 ? len : walk(self, dirfd, path, flags, w);
}

/* ---- back: from places to paths ---------------------------------------------------------------------------------- */

/* One step up, mount points included; false at the top or at root. */
static bool path_up(struct place *at, const struct place *root)
{
    while (at->entry == at->mount->root) {
        if ((at->entry == root->entry && at->mount == root->mount) || !at->mount->parent)
            return false;
        *at = (struct place){ at->mount->parent, at->mount->point };
    }
    return at->entry != root->entry || at->mount != root->mount;
}

char *path_of(const struct place *place, const struct place *root, char *buffer, size_t size)
{
    static const char gone[] = " (deleted)";
    char *start = buffer + size - 1;
    struct place at = *place;

    *start = 0;
    if (at.entry->deleted) {
        if (size < sizeof(gone))
            return NULL;
        start -= sizeof(gone) - 1;
        memcpy(start, gone, sizeof(gone));
    }
    while (path_up(&at, root) && at.entry->parent != at.entry) {
        if ((size_t)(start - buffer) < (size_t)at.entry->len + 1)
            return NULL;
        start -= at.entry->len;
        memcpy(start, at.entry->name, at.entry->len);
        *--start = '/';
        at.entry = at.entry->parent;
    }
    if (!*start || *start == ' ')
        *--start = '/';
    return start;
}
