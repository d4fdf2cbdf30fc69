/* Mounts: the tree of them, mount and umount2, and their texts in /proc. */
#include "servers/vfs/mount.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/cgroupfs.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/path.h"
#include "servers/vfs/text.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/tty.h"
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdlib.h>

struct mounts mounts = LIST_HEAD_INITIALIZER(mounts);
struct mount *mount_root;
static uint32_t next_id = 20, next_device = 20;
static uint32_t mount_count;
static struct filesystem *dev_fs;

/* What remount and bind may change. */
#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

#define MNT_DETACH      2UL
#define UMOUNT_NOFOLLOW 8UL
#define UMOUNT_FLAGS    15UL /* with MNT_FORCE and MNT_EXPIRE */

/* Above this mount is ENOSPC, so that walks over all of them stay short. */
#define MOUNTS_MOST 2000

/* ---- making ------------------------------------------------------------------------------------------------------ */

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

static void filesystem_put(struct filesystem *fs)
{
    if (--fs->refs)
        return;
    tmpfs_end(fs);
    free(fs);
}

static struct mount *mount_new(struct filesystem *fs, struct entry *root, const char *source, uint32_t flags)
{
    struct mount *mount = calloc(1, sizeof(*mount));

    if (!mount)
        return NULL;
    mount_count++;
    mount->id = next_id++;
    mount->flags = flags & MOUNT_FLAGS;
    mount->fs = fs;
    mount->root = entry_ref(root);
    strncpy(mount->source, source, sizeof(mount->source) - 1);
    fs->refs++;
    return mount;
}

/* Lays a mount on a place and takes counts of it. */
static void mount_attach(struct mount *mount, const struct place *on)
{
    mount->parent = on->mount;
    mount->point = entry_ref(on->entry);
    on->mount->refs++;
    on->entry->mounted = true;
    LIST_INSERT_HEAD(&mounts, mount, all);
}

static bool mounted_elsewhere(const struct mount *gone)
{
    struct mount *mount;

    LIST_FOREACH(mount, &mounts, all)
        if (mount != gone && mount->point == gone->point)
            return true;
    return false;
}

static void mount_detach(struct mount *mount)
{
    LIST_REMOVE(mount, all);
    mount->point->mounted = mounted_elsewhere(mount);
    entry_put(mount->point);
    mount->parent->refs--;
    mount->parent = NULL;
    mount->point = NULL;
}

void mount_free(struct mount *mount)
{
    struct filesystem *fs = mount->fs;

    entry_put(mount->root);
    filesystem_put(fs);
    free(mount);
    mount_count--;
}

/* A mount that no path leads to any more lives on while something refers to it. */
static void mount_drop(struct mount *mount)
{
    mount_detach(mount);
    mount->detached = true;
    if (!mount->refs)
        mount_free(mount);
}

static struct mount *child_of(const struct mount *parent)
{
    struct mount *mount;

    LIST_FOREACH(mount, &mounts, all)
        if (mount->parent == parent)
            return mount;
    return NULL;
}

/* Drops a mount and all that lie on it, the topmost first. */
static void tree_drop(struct mount *top)
{
    struct mount *mount = top, *next;
    bool last;

    do {
        while ((next = child_of(mount)))
            mount = next;
        last = mount == top;
        next = mount->parent;
        mount_drop(mount);
        mount = next;
    } while (!last);
}

void mounts_start(void)
{
    static struct fs_context boot;
    struct filesystem *fs = filesystem_new("rootfs", TMPFS_MAGIC);

    if (!fs || tmpfs_start(fs, 0755) || !(mount_root = mount_new(fs, fs->root, "rootfs", 0)))
        abort();
    LIST_INSERT_HEAD(&mounts, mount_root, all);
    boot = (struct fs_context){ .refs = 1, .umask = 022, .root = { mount_root, fs->root },
                                .cwd = { mount_root, fs->root } };
    place_ref(&boot.root);
    place_ref(&boot.cwd);
    client_boot.fs = &boot;
    LIST_INIT(&client_boot.waiters);
}

/* ---- file systems by type ---------------------------------------------------------------------------------------- */

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

static long filesystem_make(const struct client *self, const char *type, const char *data, struct filesystem **made)
{
    long err = 0;

    *made = NULL;
    if (!strcmp(type, "tmpfs")) {
        *made = tmpfs_new("tmpfs", TMPFS_MAGIC, data, mode_option(data));
    } else if (!strcmp(type, "ramfs")) {
        *made = tmpfs_new("ramfs", RAMFS_MAGIC, "", 0755);
    } else if (!strcmp(type, "sysfs")) {
        *made = tmpfs_new("sysfs", SYSFS_MAGIC, "", 0555);
    } else if (!strcmp(type, "devtmpfs")) {
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

/* ---- mount ------------------------------------------------------------------------------------------------------- */

/* What a mount by the client shows of it. */
static struct entry *root_for(const struct client *self, const struct filesystem *fs)
{
    return fs->magic == CGROUP2_SUPER_MAGIC ? cgroupfs_root(self) : fs->root;
}

static long mount_filesystem(const struct client *self, const char *source, const char *type, const char *data,
                             unsigned long flags, const struct place *on)
{
    struct filesystem *fs;
    struct mount *mount;
    long err = mount_count < MOUNTS_MOST ? filesystem_make(self, type, data, &fs) : -ENOSPC;

    if (err)
        return err;
    if (!S_ISDIR(on->entry->node->mode)) {
        err = -ENOTDIR;
    } else if (!(mount = mount_new(fs, root_for(self, fs), *source ? source : type, (uint32_t)flags))) {
        err = -ENOMEM;
    } else {
        mount_attach(mount, on);
        if (fs == dev_fs) {
            static char path[PATH_LONGEST];
            struct place root = { mount, fs->root };
            char *start = path_of(&root, &(struct place){ mount_root, mount_root->root }, path, sizeof(path));

            return start ? devfs_fill(start) : 0;
        }
        return 0;
    }
    fs->refs++;
    filesystem_put(fs);
    return err;
}

/* Whether the entry is dir or lies in its tree. */
static bool inside(const struct entry *entry, const struct entry *dir)
{
    while (entry != dir && entry->parent != entry)
        entry = entry->parent;
    return entry == dir;
}

/* The next mount that a recursive bind of `source` has to copy: it lies on one that has its copy, and has none yet. */
static struct mount *next_to_copy(const struct place *source)
{
    struct mount *mount;

    LIST_FOREACH(mount, &mounts, all)
        if (mount->parent && mount->parent->copy && !mount->copy &&
            (mount->parent != source->mount || inside(mount->point, source->entry)))
            return mount;
    return NULL;
}

/* A copy counts as its own copy, so that it is not copied again when a tree is bound inside itself. */
static long mount_copy(struct mount *like, struct entry *root, const struct place *on)
{
    struct mount *mount;

    if (mount_count >= MOUNTS_MOST)
        return -ENOSPC;
    mount = mount_new(like->fs, root, like->source, like->flags);
    if (!mount)
        return -ENOMEM;
    mount_attach(mount, on);
    like->copy = mount->copy = mount;
    return 0;
}

/* The same tree seen elsewhere; `recursive`: with what is mounted in it. */
static long tree_copy(const struct place *source, const struct place *on, bool recursive)
{
    struct mount *like, *top, *mount;
    long err = mount_copy(source->mount, source->entry, on);

    if (err)
        return err;
    top = source->mount->copy;
    while (recursive && !err && (like = next_to_copy(source)))
        err = mount_copy(like, like->root, &(struct place){ like->parent->copy, like->point });
    LIST_FOREACH(mount, &mounts, all)
        mount->copy = NULL;
    if (err)
        tree_drop(top);
    return err;
}

static long mount_bind(struct client *self, const char *source, const struct place *on, bool recursive)
{
    struct walk w;
    long err = walk(self, AT_FDCWD, source, WALK_FOLLOW, &w);

    if (err)
        return err;
    if (w.at.mount->detached)
        err = -EINVAL;
    else if (S_ISDIR(w.at.entry->node->mode) != S_ISDIR(on->entry->node->mode))
        err = -ENOTDIR;
    else
        err = tree_copy(&w.at, on, recursive);
    walk_end(&w);
    return err;
}

static long mount_change(const struct place *on, unsigned long flags)
{
    if (on->entry != on->mount->root)
        return -EINVAL;
    on->mount->flags = (uint32_t)flags & MOUNT_FLAGS;
    return 0;
}

static long mount_move(struct client *self, const char *source, const struct place *on)
{
    struct mount *mount;
    struct walk w;
    long err = walk(self, AT_FDCWD, source, WALK_FOLLOW, &w);

    if (err)
        return err;
    mount = w.at.mount;
    if (w.at.entry != mount->root || !mount->parent || mount->detached)
        err = -EINVAL;
    for (struct mount *up = on->mount; up && !err; up = up->parent)
        if (up == mount)
            err = -ELOOP;
    if (!err) {
        mount_detach(mount);
        mount_attach(mount, on);
    }
    walk_end(&w);
    return err;
}

/* A string argument that may be null. */
static long fetch_optional(struct client *self, struct call *call, uint64_t from, char *to, size_t size)
{
    *to = 0;
    return from ? copy_in_string(self, call, to, from, size) : 0;
}

/* mount(2): source, target, type, flags, data. */
long sys_mount(struct client *self, struct call *call)
{
    static char source[PATH_LONGEST], data[PATH_LONGEST];
    char type[32];
    unsigned long flags = call->m.w[3];
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
    if (w.at.mount->detached)
        err = flags & MS_REMOUNT ? -EINVAL : -ENOENT;
    else if (flags & MS_REMOUNT)
        err = mount_change(&w.at, flags);
    else if (flags & MS_BIND)
        err = mount_bind(self, source, &w.at, flags & MS_REC);
    else if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
        err = w.at.entry == w.at.mount->root ? 0 : -EINVAL;
    else if (flags & MS_MOVE)
        err = mount_move(self, source, &w.at);
    else
        err = mount_filesystem(self, source, type, data, flags, &w.at);
    walk_end(&w);
    return err;
}

/* umount2(2): target, flags. With MNT_DETACH the tree is out of everybody's paths at once, and ends with its last use. */
long sys_umount2(struct client *self, struct call *call)
{
    unsigned long flags = call->m.w[1];
    struct mount *mount;
    struct walk w;
    bool in_use;
    long err;

    if (!(self->cred.rights & VFS_MAY_MOUNT))
        return -EPERM;
    if (flags & ~UMOUNT_FLAGS)
        return -EINVAL;
    err = walk_client(self, call, AT_FDCWD, call->m.w[0], flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW, 0, &w);
    if (err)
        return err;
    mount = w.at.mount;
    if (w.at.entry != mount->root || mount->detached)
        err = -EINVAL;
    else if (!mount->parent || (child_of(mount) && !(flags & MNT_DETACH)))
        err = -EBUSY;
    in_use = mount->refs > 0;
    walk_end(&w);
    if (err)
        return err;
    if (flags & MNT_DETACH) {
        tree_drop(mount);
        return 0;
    }
    if (in_use) {
        call->m.w[0] = (unsigned long)-EBUSY;
        return call_forward(call, 0, PROC_LABEL_RECLAIM);
    }
    mount_drop(mount);
    return 0;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void options_text(struct text *text, uint32_t flags)
{
    text_string(text, flags & MS_RDONLY ? "ro" : "rw");
    text_string(text, flags & MS_NOSUID ? ",nosuid" : "");
    text_string(text, flags & MS_NODEV ? ",nodev" : "");
    text_string(text, flags & MS_NOEXEC ? ",noexec" : "");
    text_string(text, flags & MS_NOATIME ? ",noatime" : ",relatime");
}

/* Newest mounts come first in the list, oldest in the text. */
static void mount_text(struct text *text, struct mount *mount, const struct place *root, bool info)
{
    static char path[PATH_LONGEST];
    struct place at = { mount, mount->root };
    const char *point = path_of(&at, root, path, sizeof(path));

    if (!point)
        return;
    if (!info) {
        text_strings(text, mount->source, " ", point, " ", mount->fs->type, " ", NULL);
        options_text(text, mount->flags);
        text_string(text, " 0 0\n");
        return;
    }
    text_number(text, mount->id);
    text_string(text, " ");
    text_number(text, mount->parent ? mount->parent->id : 1);
    text_string(text, " 0:");
    text_number(text, mount->fs->device);
    text_strings(text, " / ", point, " ", NULL);
    options_text(text, mount->flags);
    text_strings(text, " - ", mount->fs->type, " ", mount->source, " rw\n", NULL);
}

size_t mounts_text(const struct place *root, bool info, char *to, size_t size)
{
    struct text text = { to, size, 0 };
    struct mount *mount, *older = NULL, *next;

    /* No backward links: find the last, then the one before it, and so on. There are few. */
    do {
        next = NULL;
        LIST_FOREACH(mount, &mounts, all) {
            if (mount == older)
                break;
            next = mount;
        }
        if (next)
            mount_text(&text, next, root, info);
        older = next;
    } while (next);
    return text.len;
}
