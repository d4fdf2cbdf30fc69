/*
 * cgroup2: directories that live here, files that proc reads and writes. A directory's node has the group's number in
 * node->number, above the byte that says which of its files a node is (0: the directory itself). What vfs must know of a
 * group, whether it may be removed and which files it has, proc tells (struct group).
 */
#include "servers/vfs/cgroupfs.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/mount.h"
#include <linux/magic.h>
#include <stdlib.h>

enum { HASH_SIZE = 64, FILE_BITS = 8, FILE_MASK = (1 << FILE_BITS) - 1, CURSOR = 2, DIRECTORIES = 4096 };

struct group {
    LIST_ENTRY(group) entry; /* in `groups` or `removed` */
    uint32_t id;
    bool populated;          /* a process is in it */
    unsigned control;        /* enum vfs_controller: what directories below have */
    struct entry *name;      /* borrowed: its directory */
};

/* Where a cgroup namespace begins. */
struct space {
    LIST_ENTRY(space) entry;
    uint32_t number, id;
};

LIST_HEAD(group_list, group);

static struct group_list groups[HASH_SIZE], removed;
static LIST_HEAD(, space) spaces;
static struct filesystem *fs;
static const struct node_ops cgroupfs_ops;

static const struct {
    const char *name;
    enum proc_info info;
    uint32_t mode;
    unsigned control; /* there only where the group above says so; 0: always */
    bool root;        /* also in the root */
} files[] = {
    { "cgroup.procs", PROC_INFO_CG_PROCS, 0644, 0, true },
    { "cgroup.controllers", PROC_INFO_CG_CONTROLLERS, 0444, 0, true },
    { "cgroup.subtree_control", PROC_INFO_CG_SUBTREE_CONTROL, 0644, 0, true },
    { "cgroup.events", PROC_INFO_CG_EVENTS, 0444, 0, false },
    { "cgroup.kill", PROC_INFO_CG_KILL, 0200, 0, false },
    { "cgroup.type", PROC_INFO_CG_TYPE, 0644, 0, false },
    { "cpu.stat", PROC_INFO_CG_CPU_STAT, 0444, 0, true },
    { "cpu.weight", PROC_INFO_CG_CPU_WEIGHT, 0644, VFS_CONTROL_CPU, false },
    { "memory.max", PROC_INFO_CG_MEMORY_MAX, 0644, VFS_CONTROL_MEMORY, false },
    { "memory.current", PROC_INFO_CG_MEMORY_CURRENT, 0444, VFS_CONTROL_MEMORY, false },
    { "memory.events", PROC_INFO_CG_MEMORY_EVENTS, 0444, VFS_CONTROL_MEMORY, false },
    { "pids.max", PROC_INFO_CG_PIDS_MAX, 0644, VFS_CONTROL_PIDS, false },
    { "pids.current", PROC_INFO_CG_PIDS_CURRENT, 0444, VFS_CONTROL_PIDS, false },
    { "pids.events", PROC_INFO_CG_PIDS_EVENTS, 0444, VFS_CONTROL_PIDS, false },
};

#define FILES (sizeof(files) / sizeof(files[0]))

/* ---- groups ------------------------------------------------------------------------------------------------------ */

static struct group *group_find(uint32_t id)
{
    struct group *group;

    LIST_FOREACH(group, &groups[id % HASH_SIZE], entry)
        if (group->id == id)
            return group;
    return NULL;
}

static uint32_t id_of(const struct node *node)
{
    return (uint32_t)(node->number >> FILE_BITS);
}

/* NULL for files. The directory has been removed if it has no group. */
static struct group *group_of(const struct node *node)
{
    return node->number & FILE_MASK ? NULL : group_find(id_of(node));
}

/* A directory and its group, in no list yet. */
static struct group *group_make(uint32_t id, struct entry *parent, const char *name, size_t len, uint32_t mode)
{
    struct group *group = malloc(sizeof(*group));
    struct node *node = group ? node_new(fs, &cgroupfs_ops, mode) : NULL;

    if (node) {
        node->number = (uint64_t)id << FILE_BITS;
        node->nlink = 2;
        *group = (struct group){ .id = id, .name = entry_new(parent, name, len, node) };
        if (group->name) {
            LIST_INSERT_HEAD(&groups[id % HASH_SIZE], group, entry);
            return group;
        }
        node_put(node);
    }
    free(group);
    return NULL;
}

struct filesystem *cgroupfs(void)
{
    struct group *root;

    if (!fs) {
        fs = filesystem_new("cgroup2", CGROUP2_SUPER_MAGIC);
        root = fs ? group_make(VFS_CGROUP_ROOT, NULL, "/", 1, S_IFDIR | 0555) : NULL;
        if (!root) {
            free(fs);
            fs = NULL;
            return NULL;
        }
        fs->root = root->name;
        fs->refs = 1; /* it stays */
    }
    return fs;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool file_shows(const struct entry *dir, size_t i)
{
    const struct group *above = dir->parent == dir ? NULL : group_of(dir->parent->node);

    if (!above)
        return files[i].root;
    return !files[i].control || above->control & files[i].control;
}

static long file_make(struct entry *dir, size_t i, struct entry **found)
{
    struct node *node = node_new(fs, &cgroupfs_ops, S_IFREG | files[i].mode);

    if (!node)
        return -ENOMEM;
    node->number = dir->node->number | (i + 1);
    node->inode = node->number + ((uint64_t)1 << 40);
    node->uid = dir->node->uid;
    node->gid = dir->node->gid;
    *found = entry_new(dir, files[i].name, strlen(files[i].name), node);
    if (*found)
        return 0;
    node_put(node);
    return -ENOMEM;
}

static long cgroupfs_lookup(struct client *self, struct entry *dir, const char *name, size_t len, struct entry **found)
{
    struct entry *entry = entry_find(dir, name, len);

    (void)self;
    if (entry) {
        *found = entry_ref(entry);
        return 0;
    }
    for (size_t i = 0; i < FILES && !dir->deleted; i++)
        if (strlen(files[i].name) == len && !memcmp(files[i].name, name, len) && file_shows(dir, i))
            return file_make(dir, i, found);
    return -ENOENT;
}

static long cgroupfs_make(struct client *self, struct entry *dir, const char *name, size_t len, uint32_t mode,
                          uint64_t rdev, const char *target, struct entry **made)
{
    static uint32_t last = VFS_CGROUP_ROOT;
    struct group *group;

    (void)rdev;
    (void)target;
    if (!S_ISDIR(mode))
        return -EPERM;
    do
        last = last == UINT32_MAX ? VFS_CGROUP_ROOT + 1 : last + 1;
    while (group_find(last));
    group = group_make(last, dir, name, len, mode);
    if (!group)
        return -ENOMEM;
    group->name->node->uid = self->cred.fsuid;
    group->name->node->gid = self->cred.fsgid;
    entry_attach(group->name);
    dir->node->nlink++;
    *made = group->name;
    return 0;
}

static bool cgroupfs_empty(struct entry *dir)
{
    (void)dir;
    return true; /* cgroupfs_unlink says EBUSY, as Linux does */
}

static long cgroupfs_unlink(struct entry *entry)
{
    struct group *group = group_of(entry->node);

    if (!group)
        return -EPERM;
    if (group->populated || !TAILQ_EMPTY(&entry->children))
        return -EBUSY;
    entry->parent->node->nlink--;
    LIST_REMOVE(group, entry);
    LIST_INSERT_HEAD(&removed, group, entry);
    entry_detach(entry);
    tine_signal(ROOT_VFS_PROC_EVENTS, PROC_EVENT_VFS);
    return 0;
}

bool cgroupfs_removed(uint32_t *id)
{
    struct group *group = LIST_FIRST(&removed);

    if (!group)
        return false;
    *id = group->id;
    LIST_REMOVE(group, entry);
    free(group);
    return true;
}

static long cgroupfs_list(struct client *self, struct entry *dir, uint64_t *at,
                          bool (*emit)(void *into, const char *name, size_t len, uint64_t inode, uint32_t type,
                                       uint64_t next),
                          void *into)
{
    struct entry *entry;

    (void)self;
    for (; *at < CURSOR + FILES; ++*at) {
        size_t i = *at - CURSOR;

        if (file_shows(dir, i) &&
            !emit(into, files[i].name, strlen(files[i].name), (dir->node->number | (i + 1)) + ((uint64_t)1 << 40), S_IFREG,
                  *at + 1))
            return 0;
    }
    if (*at < DIRECTORIES)
        *at = DIRECTORIES;
    TAILQ_FOREACH(entry, &dir->children, sibling)
    {
        if (entry->cookie + DIRECTORIES < *at)
            continue;
        if (!emit(into, entry->name, entry->len, entry->node->inode, S_IFDIR, entry->cookie + DIRECTORIES + 1))
            return 0;
        *at = entry->cookie + DIRECTORIES + 1;
    }
    return 0;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static long forward(struct file *file, struct transfer *t, const uint64_t *offset, long label)
{
    struct call *call = t->call;

    if (t->local)
        return -EINVAL;
    if (!group_find(id_of(file->node)))
        return -ENODEV;
    call->m.w[0] = files[(file->node->number & FILE_MASK) - 1].info;
    call->m.w[1] = id_of(file->node);
    call->m.w[2] = *offset;
    call->m.w[3] = t->addr;
    call->m.w[4] = t->len;
    call->m.w[5] = (unsigned long)(long)t->fd;
    return call_forward(call, 0, label);
}

static long file_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    return forward(file, t, offset, PROC_LABEL_INFO);
}

static long file_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    return forward(file, t, offset, PROC_LABEL_SET);
}

static long file_seek(struct file *file, int64_t offset, int whence)
{
    if (whence == SEEK_CUR_)
        offset += (int64_t)file->offset;
    else if (whence != SEEK_SET_)
        return -EINVAL;
    if (offset < 0)
        return -EINVAL;
    file->offset = (uint64_t)offset;
    return offset;
}

static const struct file_ops file_ops = {
    .read = file_read, .write = file_write, .seek = file_seek, .offset_matters = true
};

static long cgroupfs_open(struct file *file, struct client *self, struct call *call)
{
    (void)self;
    (void)call;
    file->ops = S_ISDIR(file->node->mode) ? &directory_ops : &file_ops;
    return 0;
}

/* Opened with O_TRUNC, as shells do. */
static long cgroupfs_truncate(struct node *node, uint64_t size)
{
    (void)node;
    (void)size;
    return 0;
}

static const struct node_ops cgroupfs_ops = {
    .lookup = cgroupfs_lookup, .make = cgroupfs_make,   .unlink = cgroupfs_unlink,     .empty = cgroupfs_empty,
    .list = cgroupfs_list,     .truncate = cgroupfs_truncate, .open = cgroupfs_open,
};

/* ---- for proc ---------------------------------------------------------------------------------------------------- */

long cgroupfs_parent(uint32_t id)
{
    const struct group *group = group_find(id);

    return group ? (long)id_of(group->name->parent->node) : -ENOENT;
}

long cgroupfs_populated(uint32_t id, bool populated)
{
    struct group *group = group_find(id);

    if (group)
        group->populated = populated;
    return 0;
}

long cgroupfs_control(uint32_t id, unsigned control)
{
    struct group *group = group_find(id);

    if (group)
        group->control = control;
    return 0;
}

long cgroupfs_owner(uint32_t id)
{
    const struct group *group = group_find(id);

    return group ? (long)group->name->node->uid : -ENOENT;
}

long cgroupfs_number(const struct file *file)
{
    return file->node && file->node->ops == &cgroupfs_ops && group_of(file->node) ? (long)id_of(file->node) : -EBADF;
}

long cgroupfs_path(uint32_t id, uint32_t root, char *to, size_t size)
{
    const struct group *group = group_find(id), *from = group_find(root);
    const struct entry *at = group ? group->name : NULL, *end = from ? from->name : NULL;
    char *start = to + size - 1;

    *start = 0;
    if (id == root || !at)
        *--start = '/';
    for (; at && at != end && at->parent != at; at = at->parent) {
        if ((size_t)(start - to) < (size_t)at->len + 4)
            return -ENAMETOOLONG;
        start -= at->len;
        memcpy(start, at->name, at->len);
        *--start = '/';
    }
    if (at && at != end && end) {
        start -= 3; /* it is not below */
        memcpy(start, "/..", 3);
    }
    memmove(to, start, strlen(start) + 1);
    return (long)strlen(to);
}

static struct space *space_find(uint32_t number)
{
    struct space *space;

    LIST_FOREACH(space, &spaces, entry)
        if (space->number == number)
            return space;
    return NULL;
}

long cgroupfs_space(uint32_t number, uint32_t id)
{
    struct space *space = malloc(sizeof(*space));

    if (!space)
        return -ENOMEM;
    *space = (struct space){ .number = number, .id = id };
    LIST_INSERT_HEAD(&spaces, space, entry);
    return 0;
}

void cgroupfs_space_drop(uint32_t number)
{
    struct space *space = space_find(number);

    if (!space)
        return;
    LIST_REMOVE(space, entry);
    free(space);
}

struct entry *cgroupfs_root(const struct client *self)
{
    const struct space *space = space_find(self->namespaces[NS_CGROUP]);
    const struct group *group = space ? group_find(space->id) : NULL;

    return group ? group->name : fs->root;
}
