/* The calls that change what is mounted where: mount(2), umount2(2), pivot_root(2). */
#include "servers/vfs/abi.h"
#include "servers/vfs/cgroupfs.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/part.h"
#include "servers/vfs/path.h"
#include "servers/vfs/propagation.h"
#include "servers/vfs/syscalls.h"
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>

/* What remount and bind may change. */
#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

#define MNT_DETACH      2UL
#define UMOUNT_NOFOLLOW 8UL
#define UMOUNT_FLAGS    15UL /* with MNT_FORCE and MNT_EXPIRE */

static bool is_root(const struct place *place)
{
    return place->entry == place->mount->root;
}

/* Whether the place is in the mount namespace of the client, who may change nothing elsewhere. */
static bool is_ours(const struct client *self, const struct place *place)
{
    return place->mount->space && place->mount->space->number == self->namespaces[NS_MNT];
}

/* Lays a new tree on a place; if that cannot be, it goes. */
static long tree_lay(struct mount *top, const struct place *on)
{
    long err = propagate_attach(top, on);

    if (err)
        tree_drop(top);
    return err;
}

/* ---- mount ------------------------------------------------------------------------------------------------------- */

/* What a mount by the client shows of it. */
static struct entry *root_for(const struct client *self, const struct filesystem *fs)
{
    return fs->magic == CGROUP2_SUPER_MAGIC ? cgroupfs_root(self) : fs->root;
}

/* The devices' names, where the first process mounts them first. */
static long fill_devices(struct mount *mount)
{
    static char path[PATH_LONGEST];
    struct place root = { mount, mount->root };
    char *start = path_of(&root, &(struct place){ mount_root, mount_root->root }, path, sizeof(path));

    return start && mount->space == mount_root->space ? devfs_fill(start) : 0;
}

static long mount_filesystem(const struct client *self, const char *source, const char *type, const char *data,
                             unsigned long flags, const struct place *on)
{
    struct filesystem *fs;
    struct mount *mount;
    long err = filesystem_make(self, type, data, &fs);

    if (err)
        return err;
    fs->refs++; /* ours, so that it goes if there is no mount to keep it */
    if (!S_ISDIR(on->entry->node->mode))
        err = -ENOTDIR;
    else if (!(mount = mount_new(fs, root_for(self, fs), *source ? source : type, (uint32_t)flags & MOUNT_FLAGS)))
        err = -ENOMEM;
    else
        err = tree_lay(mount, on);
    if (!err && fs == devfs())
        err = fill_devices(mount);
    filesystem_put(fs);
    return err;
}

/* Whether something on the mount below the entry hides what its owner did not want to be seen. */
static bool hides(const struct mount *mount, const struct entry *below)
{
    struct mount *child;

    TAILQ_FOREACH(child, &mount->children, sibling)
        if (child->locked && inside(child->point, below))
            return true;
    return false;
}

static long bind_check(const struct client *self, const struct place *from, const struct place *on, bool recursive)
{
    if (!is_ours(self, from) && from->mount->fs->magic != NSFS_MAGIC)
        return -EINVAL;
    if (from->mount->unbindable || (!recursive && hides(from->mount, from->entry)))
        return -EINVAL;
    return S_ISDIR(from->entry->node->mode) != S_ISDIR(on->entry->node->mode) ? -ENOTDIR : 0;
}

static long mount_bind(struct client *self, const char *source, const struct place *on, bool recursive)
{
    struct mount *made;
    struct walk w;
    long err = walk(self, AT_FDCWD, source, WALK_FOLLOW, &w);

    if (err)
        return err;
    err = bind_check(self, &w.at, on, recursive);
    if (!err)
        err = tree_copy(w.at.mount, w.at.entry, recursive ? COPY_TREE : 0, &made);
    if (!err) {
        made->locked = false;
        err = tree_lay(made, on);
    }
    walk_end(&w);
    return err;
}

static long mount_change(const struct place *on, unsigned long flags)
{
    struct mount *mount = on->mount;

    if (!is_root(on))
        return -EINVAL;
    if (mount->locked_flags & ~flags)
        return -EPERM;
    mount->flags = (uint32_t)flags & MOUNT_FLAGS;
    return 0;
}

static long mount_propagation(const struct place *on, unsigned long flags)
{
    unsigned long type = flags & PROPAGATION;
    long err = 0;

    if (!is_root(on) || type & (type - 1) || flags & ~(PROPAGATION | MS_REC | MS_SILENT))
        return -EINVAL;
    for (struct mount *at = on->mount; at && !err; at = flags & MS_REC ? tree_next(at, on->mount) : NULL) {
        err = propagation_change(at, type == MS_SHARED ? PROPAGATE_SHARED : type == MS_SLAVE ? PROPAGATE_SLAVE
                                                                                             : PROPAGATE_PRIVATE);
        at->unbindable = type == MS_UNBINDABLE;
    }
    return err;
}

static bool lies_in(const struct mount *mount, const struct mount *tree)
{
    while (mount && mount != tree)
        mount = mount->parent;
    return mount != NULL;
}

static bool has_unbindable(struct mount *top)
{
    for (struct mount *at = top; at; at = tree_next(at, top))
        if (at->unbindable)
            return true;
    return false;
}

static long tree_move(struct mount *mount, const struct place *on)
{
    struct place from = { mount->parent, mount->point };
    struct mount_space *space = mount->space;
    long err;

    place_ref(&from);
    mount_detach(mount);
    tree_leave(mount);
    err = propagate_attach(mount, on);
    if (err) {
        mount_attach(mount, &from);
        tree_join(mount, space);
    }
    place_put(&from);
    return err;
}

static long mount_move(struct client *self, const char *source, const struct place *on)
{
    struct mount *mount;
    struct walk w;
    long err = walk(self, AT_FDCWD, source, WALK_FOLLOW, &w);

    if (err)
        return err;
    mount = w.at.mount;
    if (!is_root(&w.at) || !is_ours(self, &w.at) || !mount->parent || mount->locked || mount->parent->peers ||
        (on->mount->peers && has_unbindable(mount)) || S_ISDIR(w.at.entry->node->mode) != S_ISDIR(on->entry->node->mode))
        err = -EINVAL;
    else if (lies_in(on->mount, mount))
        err = -ELOOP;
    if (!err)
        err = tree_move(mount, on);
    walk_end(&w);
    return err;
}

/* A string argument that may be null. */
static long fetch_optional(struct client *self, struct call *call, uint64_t from, char *to, size_t size)
{
    *to = 0;
    return from ? copy_in_string(self, call, to, from, size) : 0;
}

static long mount_on(struct client *self, const char *source, const char *type, const char *data, unsigned long flags,
                     const struct place *on)
{
    if (on->mount->detached)
        return flags & (MS_REMOUNT | PROPAGATION) ? -EINVAL : -ENOENT;
    if (!is_ours(self, on))
        return -EINVAL;
    if (flags & MS_REMOUNT)
        return mount_change(on, flags);
    if (flags & MS_BIND)
        return mount_bind(self, source, on, flags & MS_REC);
    if (flags & PROPAGATION)
        return mount_propagation(on, flags);
    if (flags & MS_MOVE)
        return mount_move(self, source, on);
    return mount_filesystem(self, source, type, data, flags, on);
}

/* mount(2): source, target, type, flags, data. */
long sys_mount(struct client *self, struct call *call)
{
    static char source[PATH_LONGEST], data[PATH_LONGEST];
    char type[32];
    struct walk w;
    long err;

    if (!(self->cred.rights & VFS_MAY_MOUNT))
        return -EPERM;
    if ((err = fetch_optional(self, call, call->m.w[0], source, sizeof(source))) < 0 ||
        (err = fetch_optional(self, call, call->m.w[2], type, sizeof(type))) < 0)
        return err;
    /* Data need not be a string for every file system; what is not readable as one counts as none. */
    if (fetch_optional(self, call, call->m.w[4], data, sizeof(data)) < 0)
        *data = 0;
    err = walk_client(self, call, AT_FDCWD, call->m.w[1], WALK_FOLLOW, 0, &w);
    if (err)
        return err;
    err = mount_on(self, source, type, data, call->m.w[3], &w.at);
    walk_end(&w);
    return err;
}

/* ---- mount_setattr ----------------------------------------------------------------------------------------------- */

#define MOUNT_ATTR_FLAGS (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define MOUNT_ATTR_KNOWN (MOUNT_ATTR_FLAGS | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

_Static_assert(MOUNT_ATTR_RDONLY == MS_RDONLY && MOUNT_ATTR_NOSUID == MS_NOSUID && MOUNT_ATTR_NODEV == MS_NODEV &&
                   MOUNT_ATTR_NOEXEC == MS_NOEXEC,
               "these need no translation");

/* Newer fields than ours must be zero. */
static long attr_read(struct client *self, struct call *call, uint64_t addr, uint64_t size, struct mount_attr *attr)
{
    char rest[64];
    long err;

    if (size < MOUNT_ATTR_SIZE_VER0)
        return -EINVAL;
    if (size > sizeof(*attr) + sizeof(rest))
        return -E2BIG;
    err = copy_in(self, call, attr, addr, sizeof(*attr));
    if (!err && size > sizeof(*attr))
        err = copy_in(self, call, rest, addr + sizeof(*attr), size - sizeof(*attr));
    for (uint64_t i = 0; !err && i < size - sizeof(*attr); i++)
        if (rest[i])
            err = -E2BIG;
    return err;
}

/* mount_setattr(2), ERRORS. How access times are kept is one choice of three, so it is cleared as a whole to be set. */
static long attr_check(const struct mount_attr *attr)
{
    uint64_t atime = attr->attr_set & MOUNT_ATTR__ATIME, clear = attr->attr_clr & MOUNT_ATTR__ATIME;
    uint64_t type = attr->propagation;

    if ((attr->attr_set | attr->attr_clr) & ~(uint64_t)MOUNT_ATTR_KNOWN)
        return -EINVAL;
    if ((clear && clear != MOUNT_ATTR__ATIME) || (atime && !clear) || atime > MOUNT_ATTR_STRICTATIME ||
        atime == (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME))
        return -EINVAL;
    return type & ~(uint64_t)PROPAGATION || type & (type - 1) ? -EINVAL : 0;
}

static uint32_t attr_apply(uint32_t flags, const struct mount_attr *attr)
{
    flags &= ~(uint32_t)(attr->attr_clr & MOUNT_ATTR_FLAGS);
    flags |= (uint32_t)(attr->attr_set & MOUNT_ATTR_FLAGS);
    if (attr->attr_clr & MOUNT_ATTR__ATIME)
        flags &= ~(uint32_t)(MS_NOATIME | MS_RELATIME);
    if (attr->attr_set & MOUNT_ATTR_NOATIME)
        flags |= MS_NOATIME;
    if (attr->attr_clr & MOUNT_ATTR_NODIRATIME)
        flags &= ~(uint32_t)MS_NODIRATIME;
    return attr->attr_set & MOUNT_ATTR_NODIRATIME ? flags | MS_NODIRATIME : flags;
}

/* First every mount is looked at, then all are changed. */
static long tree_setattr(const struct place *on, const struct mount_attr *attr, bool recursive)
{
    struct mount *top = on->mount;

    for (struct mount *at = top; at; at = recursive ? tree_next(at, top) : NULL)
        if (at->locked_flags & ~attr_apply(at->flags, attr))
            return -EPERM;
    for (struct mount *at = top; at; at = recursive ? tree_next(at, top) : NULL)
        at->flags = attr_apply(at->flags, attr);
    return attr->propagation ? mount_propagation(on, attr->propagation | (recursive ? MS_REC : 0)) : 0;
}

/* mount_setattr(2): directory, path, flags, attributes, their size. */
long sys_mount_setattr(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[2];
    struct mount_attr attr;
    struct walk w;
    long err;

    if (flags & ~(unsigned)(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
        return -EINVAL;
    if (!(self->cred.rights & VFS_MAY_MOUNT))
        return -EPERM;
    err = attr_read(self, call, call->m.w[3], call->m.w[4], &attr);
    if (!err)
        err = attr_check(&attr);
    if (!err)
        err = walk_client(self, call, (int)call->m.w[0], call->m.w[1],
                          (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0), 0, &w);
    if (err)
        return err;
    err = is_root(&w.at) && is_ours(self, &w.at) ? tree_setattr(&w.at, &attr, flags & AT_RECURSIVE) : -EINVAL;
    walk_end(&w);
    return err;
}

/* ---- umount2 ----------------------------------------------------------------------------------------------------- */

/* From the leaves on, so that each goes where its parent propagates to before that one is gone. */
static void tree_umount(struct mount *top)
{
    struct mount *mount;
    bool last;

    do {
        mount = top;
        while (!TAILQ_EMPTY(&mount->children))
            mount = TAILQ_LAST(&mount->children, mounts);
        last = mount == top;
        propagate_umount(mount);
        tree_drop(mount);
    } while (!last);
}

static long umount_check(const struct client *self, const struct place *at, unsigned long flags)
{
    const struct mount *mount = at->mount;

    if (!is_root(at) || !is_ours(self, at) || mount->locked)
        return -EINVAL;
    return !mount->parent || (!TAILQ_EMPTY(&mount->children) && !(flags & MNT_DETACH)) ? -EBUSY : 0;
}

/* umount2(2): target, flags. With MNT_DETACH the tree is out of everybody's paths at once, and ends with its last use. */
long sys_umount2(struct client *self, struct call *call)
{
    unsigned long flags = call->m.w[1];
    struct mount *mount;
    struct walk w;
    long err;

    if (!(self->cred.rights & VFS_MAY_MOUNT))
        return -EPERM;
    if (flags & ~UMOUNT_FLAGS)
        return -EINVAL;
    err = walk_client(self, call, AT_FDCWD, call->m.w[0], flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW, 0, &w);
    if (err)
        return err;
    mount_cross(&w.at); /* what lies over "." goes first, as after pivot_root(".", ".") */
    mount = w.at.mount;
    err = umount_check(self, &w.at, flags);
    walk_end(&w);
    if (!err && !(flags & MNT_DETACH) && (mount->refs || propagate_busy(mount))) {
        call->m.w[0] = (unsigned long)-EBUSY;
        return call_forward(call, 0, PROC_LABEL_RECLAIM);
    }
    if (!err)
        tree_umount(mount);
    return err;
}

/* ---- pivot_root -------------------------------------------------------------------------------------------------- */

/* Whether a path leads from `top` down to the place. */
static bool reaches(const struct place *top, const struct place *place)
{
    const struct mount *mount = place->mount;
    const struct entry *entry = place->entry;

    while (mount != top->mount && mount->parent) {
        entry = mount->point;
        mount = mount->parent;
    }
    return mount == top->mount && inside(entry, top->entry);
}

static bool shares(const struct mount *parent)
{
    return parent && parent->peers;
}

/* pivot_root(2), ERRORS. That the old root must not be the first file system is Linux's alone: it cannot move that. */
static long pivot_check(const struct client *self, const struct place *fresh, const struct place *old)
{
    const struct place *root = &self->fs->root;

    if (!is_ours(self, fresh) || !is_ours(self, root) || !is_ours(self, old) || fresh->mount->locked)
        return -EINVAL;
    if (old->mount->peers || shares(fresh->mount->parent) || shares(root->mount->parent))
        return -EINVAL;
    if (!S_ISDIR(fresh->entry->node->mode) || !S_ISDIR(old->entry->node->mode))
        return -ENOTDIR;
    if (fresh->mount == root->mount || old->mount == root->mount)
        return -EBUSY;
    if (!is_root(root) || !is_root(fresh) || !fresh->mount->parent || !reaches(root, fresh) || !reaches(fresh, old))
        return -EINVAL;
    return 0;
}

static void place_replace(struct place *place, const struct place *from, const struct place *to)
{
    if (place->mount != from->mount || place->entry != from->entry)
        return;
    *place = *to;
    place_ref(place);
    place_put(&(struct place){ from->mount, from->entry });
}

static void context_follow(struct fs_context *fs, void *context)
{
    const struct place *pair = context;

    place_replace(&fs->root, &pair[0], &pair[1]);
    place_replace(&fs->cwd, &pair[0], &pair[1]);
}

/* Whoever was at the old root is at the new one. */
static void clients_follow(const struct place *from, const struct place *to)
{
    struct place pair[] = { *from, *to };
    struct client *client;

    for (uint32_t at = 1; (client = client_next(at)); at = client->number + 1)
        if (!client->zombie)
            contexts_visit(client, context_follow, pair);
}

/* The new root takes the place of the old one, which goes to `old`. */
static void pivot(struct mount *fresh, struct mount *root, const struct place *old)
{
    struct place above = { root->parent, root->point };
    struct mount_space *space = root->space;

    mount_detach(fresh);
    if (above.mount) {
        place_ref(&above);
        mount_detach(root);
        mount_attach(fresh, &above);
        place_put(&above);
    } else {
        space->root = fresh;
    }
    mount_attach(root, old);
    fresh->locked = root->locked;
    root->locked = false;
}

/* pivot_root(2): new root, where the old one goes. */
long sys_pivot_root(struct client *self, struct call *call)
{
    struct place from, to;
    struct walk fresh, old;
    long err;

    if (!(self->cred.rights & VFS_MAY_MOUNT))
        return -EPERM;
    err = walk_client(self, call, AT_FDCWD, call->m.w[0], WALK_FOLLOW, 0, &fresh);
    if (err)
        return err;
    err = walk_client(self, call, AT_FDCWD, call->m.w[1], WALK_FOLLOW, 0, &old);
    if (err) {
        walk_end(&fresh);
        return err;
    }
    err = pivot_check(self, &fresh.at, &old.at);
    if (!err) {
        from = self->fs->root;
        to = fresh.at;
        place_ref(&from);
        pivot(to.mount, from.mount, &old.at);
        clients_follow(&from, &to);
        place_put(&from);
    }
    walk_end(&old);
    walk_end(&fresh);
    return err;
}
