/*
 * /proc: a directory per client, the texts of the system, links. Texts about processes and memory are proc's: a read
 * of one sends the client on to proc (PROC_LABEL_INFO). What vfs knows itself (mounts, descriptors, paths) it makes on
 * each read.
 *
 * Entries and nodes are made when they are looked up and go with their last user. node->number says what a node is: the
 * client's number in the upper bits, the kind, and an index, above which files of threads have the thread's number.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/handle.h"
#include "servers/vfs/nsfs.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/path.h"
#include "servers/vfs/text.h"
#include "servers/vfs/threads.h"
#include "servers/vfs/users.h"
#include <stdlib.h>

enum kind {
    KIND_STATIC,  /* item of the table `system_items` */
    KIND_CLIENT,  /* /proc/N */
    KIND_PROCESS, /* item of `process_items` in /proc/N */
    KIND_FD,      /* /proc/N/fd/index */
    KIND_FDINFO,  /* /proc/N/fdinfo/index */
    KIND_THREAD,  /* /proc/N/task/T */
    KIND_TASK,    /* item of `process_items` in /proc/N/task/T, where it is of the thread and not of the client */
};

enum { INDEX_BITS = 16, FD_BITS = 24, THREAD_BITS = 22, KIND_BITS = 4 };
#define KIND_AT   (INDEX_BITS + THREAD_BITS)
#define CLIENT_AT (KIND_AT + KIND_BITS)

enum content { DIRECTORY, LINK, NAMESPACE, INFO, TEXT };

struct item {
    const char *name;
    int parent; /* index of the directory in the same table; -1: the table's root */
    enum content content;
    uint32_t mode;
    int what; /* INFO: enum proc_info; NAMESPACE: enum ns_link; TEXT and LINK: see below */
};

enum what {
    LINK_SELF, LINK_THREAD_SELF, LINK_MOUNTS, LINK_EXE, LINK_CWD, LINK_ROOT,
    TEXT_MOUNTS, TEXT_MOUNTINFO, TEXT_FILESYSTEMS, TEXT_NGROUPS, TEXT_LAST_CAP, TEXT_OSTYPE, TEXT_OVERFLOW, TEXT_SWAPS,
    TEXT_SOMAXCONN,
    DIR_PLAIN, DIR_FD, DIR_FDINFO, DIR_TASK,
};

/* Directories come first, so that `parent` can name them. */
static const struct item system_items[] = {
    [0] = { "sys", -1, DIRECTORY, 0555, DIR_PLAIN },
    [1] = { "kernel", 0, DIRECTORY, 0555, DIR_PLAIN },
    [2] = { "vm", 0, DIRECTORY, 0555, DIR_PLAIN },
    [3] = { "tine", -1, DIRECTORY, 0555, DIR_PLAIN },
    [4] = { "tine", 0, DIRECTORY, 0555, DIR_PLAIN },
    [5] = { "fork", 4, DIRECTORY, 0555, DIR_PLAIN },
    [6] = { "net", 0, DIRECTORY, 0555, DIR_PLAIN },
    [7] = { "core", 6, DIRECTORY, 0555, DIR_PLAIN },
    [8] = { "sysvipc", -1, DIRECTORY, 0555, DIR_PLAIN },
    { "self", -1, LINK, 0777, LINK_SELF },
    { "thread-self", -1, LINK, 0777, LINK_THREAD_SELF },
    { "mounts", -1, LINK, 0777, LINK_MOUNTS },
    { "meminfo", -1, INFO, 0444, PROC_INFO_MEMINFO },
    { "stat", -1, INFO, 0444, PROC_INFO_SYSTEM_STAT },
    { "uptime", -1, INFO, 0444, PROC_INFO_UPTIME },
    { "loadavg", -1, INFO, 0444, PROC_INFO_LOADAVG },
    { "version", -1, INFO, 0444, PROC_INFO_VERSION },
    { "cpuinfo", -1, INFO, 0444, PROC_INFO_CPUINFO },
    { "vmstat", -1, INFO, 0444, PROC_INFO_VMSTAT },
    { "cmdline", -1, INFO, 0444, PROC_INFO_CMDLINE_KERNEL },
    { "filesystems", -1, TEXT, 0444, TEXT_FILESYSTEMS },
    { "swaps", -1, TEXT, 0444, TEXT_SWAPS },
    { "sysrq-trigger", -1, INFO, 0200, PROC_INFO_SYSRQ },
    { "pid_max", 1, INFO, 0444, PROC_INFO_SYS_PID_MAX },
    { "randomize_va_space", 1, INFO, 0644, PROC_INFO_SYS_RANDOMIZE },
    { "hostname", 1, INFO, 0444, PROC_INFO_SYS_HOSTNAME },
    { "osrelease", 1, INFO, 0444, PROC_INFO_SYS_OSRELEASE },
    { "ostype", 1, TEXT, 0444, TEXT_OSTYPE },
    { "ngroups_max", 1, TEXT, 0444, TEXT_NGROUPS },
    { "cap_last_cap", 1, TEXT, 0444, TEXT_LAST_CAP },
    { "overflowuid", 1, TEXT, 0444, TEXT_OVERFLOW },
    { "overflowgid", 1, TEXT, 0444, TEXT_OVERFLOW },
    { "msgmax", 1, INFO, 0644, PROC_INFO_SYS_MSGMAX },
    { "msgmnb", 1, INFO, 0644, PROC_INFO_SYS_MSGMNB },
    { "msgmni", 1, INFO, 0644, PROC_INFO_SYS_MSGMNI },
    { "sem", 1, INFO, 0644, PROC_INFO_SYS_SEM },
    { "shmmax", 1, INFO, 0644, PROC_INFO_SYS_SHMMAX },
    { "shmall", 1, INFO, 0644, PROC_INFO_SYS_SHMALL },
    { "shmmni", 1, INFO, 0644, PROC_INFO_SYS_SHMMNI },
    { "msg", 8, INFO, 0444, PROC_INFO_IPC_MSG },
    { "sem", 8, INFO, 0444, PROC_INFO_IPC_SEM },
    { "shm", 8, INFO, 0444, PROC_INFO_IPC_SHM },
    { "somaxconn", 7, TEXT, 0444, TEXT_SOMAXCONN },
    { "overcommit_memory", 2, INFO, 0444, PROC_INFO_SYS_OVERCOMMIT },
    { "stat", 3, INFO, 0444, PROC_INFO_TINE_STAT },
    { "check", 3, INFO, 0444, PROC_INFO_TINE_CHECK },
    { "unknown", 3, INFO, 0444, PROC_INFO_TINE_UNKNOWN },
    { "strategy", 5, INFO, 0644, PROC_INFO_FORK_STRATEGY },
    { "prefault", 5, INFO, 0644, PROC_INFO_FORK_PREFAULT },
    { "batch", 5, INFO, 0644, PROC_INFO_FORK_BATCH },
    { "huge", 5, INFO, 0644, PROC_INFO_FORK_HUGE },
};

enum { TASK = 1 };

static const struct item process_items[] = {
    [0] = { "fd", -1, DIRECTORY, 0500, DIR_FD },
    [TASK] = { "task", -1, DIRECTORY, 0555, DIR_TASK },
    [2] = { "tine", -1, DIRECTORY, 0555, DIR_PLAIN },
    [3] = { "fdinfo", -1, DIRECTORY, 0555, DIR_FDINFO },
    [4] = { "ns", -1, DIRECTORY, 0511, DIR_PLAIN },
    { "exe", -1, LINK, 0777, LINK_EXE },
    { "cwd", -1, LINK, 0777, LINK_CWD },
    { "root", -1, LINK, 0777, LINK_ROOT },
    { "stat", -1, INFO, 0444, PROC_INFO_STAT },
    { "status", -1, INFO, 0444, PROC_INFO_STATUS },
    { "statm", -1, INFO, 0444, PROC_INFO_STATM },
    { "cmdline", -1, INFO, 0444, PROC_INFO_CMDLINE },
    { "environ", -1, INFO, 0400, PROC_INFO_ENVIRON },
    { "maps", -1, INFO, 0444, PROC_INFO_MAPS },
    { "smaps", -1, INFO, 0444, PROC_INFO_SMAPS },
    { "comm", -1, INFO, 0644, PROC_INFO_COMM },
    { "limits", -1, INFO, 0444, PROC_INFO_LIMITS },
    { "wchan", -1, INFO, 0444, PROC_INFO_WCHAN },
    { "cgroup", -1, INFO, 0444, PROC_INFO_CGROUP },
    { "auxv", -1, INFO, 0400, PROC_INFO_AUXV },
    { "mounts", -1, TEXT, 0444, TEXT_MOUNTS },
    { "mountinfo", -1, TEXT, 0444, TEXT_MOUNTINFO },
    { "oom_score", -1, INFO, 0444, PROC_INFO_OOM_SCORE },
    { "oom_score_adj", -1, INFO, 0644, PROC_INFO_OOM_ADJUST },
    { "uid_map", -1, INFO, 0644, PROC_INFO_UID_MAP },
    { "gid_map", -1, INFO, 0644, PROC_INFO_GID_MAP },
    { "setgroups", -1, INFO, 0644, PROC_INFO_SETGROUPS },
    { "cgroup", 4, NAMESPACE, 0777, NS_CGROUP },
    { "ipc", 4, NAMESPACE, 0777, NS_IPC },
    { "mnt", 4, NAMESPACE, 0777, NS_MNT },
    { "net", 4, NAMESPACE, 0777, NS_NET },
    { "pid", 4, NAMESPACE, 0777, NS_PID },
    { "pid_for_children", 4, NAMESPACE, 0777, NS_PID_CHILDREN },
    { "time", 4, NAMESPACE, 0777, NS_TIME },
    { "time_for_children", 4, NAMESPACE, 0777, NS_TIME_CHILDREN },
    { "user", 4, NAMESPACE, 0777, NS_USER },
    { "uts", 4, NAMESPACE, 0777, NS_UTS },
    { "strategy", 2, INFO, 0644, PROC_INFO_FORK_STRATEGY },
    { "prefault", 2, INFO, 0644, PROC_INFO_FORK_PREFAULT },
    { "batch", 2, INFO, 0644, PROC_INFO_FORK_BATCH },
    { "huge", 2, INFO, 0644, PROC_INFO_FORK_HUGE },
};

#define COUNT(items) (int)(sizeof(items) / sizeof((items)[0]))
#define ROOT         0xffff /* index of /proc itself */

/* A mount for what has no path: an anonymous pipe that is opened again through /proc/self/fd. */
static struct mount nowhere;

static const struct node_ops procfs_ops;

/* ---- what a node is ---------------------------------------------------------------------------------------------- */

static uint64_t bits(uint64_t value, unsigned at, unsigned count)
{
    return value >> at & ((1UL << count) - 1);
}

static uint64_t identity(uint32_t number, enum kind kind, uint32_t index)
{
    return (uint64_t)number << CLIENT_AT | (uint64_t)kind << KIND_AT | index;
}

static uint64_t thread_identity(uint32_t number, uint32_t thread, enum kind kind, uint32_t index)
{
    return identity(number, kind, index) | (uint64_t)thread << INDEX_BITS;
}

static uint32_t number_of(const struct node *node)
{
    return (uint32_t)(node->number >> CLIENT_AT);
}

static enum kind kind_of(const struct node *node)
{
    return (enum kind)bits(node->number, KIND_AT, KIND_BITS);
}

static bool of_thread(const struct node *node)
{
    return kind_of(node) == KIND_THREAD || kind_of(node) == KIND_TASK;
}

static uint32_t index_of(const struct node *node)
{
    return (uint32_t)bits(node->number, 0, of_thread(node) ? INDEX_BITS : FD_BITS);
}

static uint32_t thread_of(const struct node *node)
{
    return (uint32_t)bits(node->number, INDEX_BITS, THREAD_BITS);
}

/* The client that the node is about; NULL if that has gone, though another may have its number by now. */
static struct client *client_of(const struct node *node)
{
    struct client *client = client_find(number_of(node));

    return client && client->born < node->version ? client : NULL;
}

/* The table's row, NULL for /proc, /proc/N and descriptors. */
static const struct item *item_of(const struct node *node)
{
    if (kind_of(node) == KIND_PROCESS || kind_of(node) == KIND_TASK)
        return &process_items[index_of(node)];
    return kind_of(node) == KIND_STATIC && index_of(node) != ROOT ? &system_items[index_of(node)] : NULL;
}

static uint32_t type_of(const struct item *item)
{
    return item->content == DIRECTORY                               ? S_IFDIR
           : item->content == LINK || item->content == NAMESPACE ? S_IFLNK
                                                                     : S_IFREG;
}

/* ---- making nodes ------------------------------------------------------------------------------------------------ */

/* An entry that something is mounted on is the one to be found, for the mount lies on that and no other: unless it is of a
 * client that has gone, whose number another may have. */
static struct entry *covered(const struct filesystem *fs, uint64_t id)
{
    struct mount *mount;

    LIST_FOREACH(mount, &fs->covered, covers) {
        const struct node *node = mount->point->node;

        if (node->number == id && (!number_of(node) || client_of(node)))
            return mount->point;
    }
    return NULL;
}

static long make(struct entry *dir, const char *name, size_t len, uint32_t mode, uint64_t id, struct entry **found)
{
    struct entry *known = covered(dir->node->fs, id);
    struct node *node = known ? NULL : node_new(dir->node->fs, &procfs_ops, mode);
    const struct client *client;

    if (known) {
        *found = entry_ref(known);
        return 0;
    }
    if (!node)
        return -ENOMEM;
    node->number = id;
    node->inode = id + 2;
    if (S_ISDIR(mode))
        node->nlink = 2;
    client = client_find((uint32_t)(id >> CLIENT_AT));
    if (client) {
        node->uid = client->cred.euid;
        node->gid = client->cred.egid;
    }
    *found = entry_new(dir, name, len, node);
    if (*found)
        return 0;
    node_put(node);
    return -ENOMEM;
}

long procfs_start(struct filesystem *fs, uint32_t space)
{
    struct node *node = node_new(fs, &procfs_ops, S_IFDIR | 0555);

    if (!node)
        return -ENOMEM;
    node->number = identity(0, KIND_STATIC, ROOT);
    node->nlink = 2;
    fs->space = space;
    fs->root = entry_new(NULL, "/", 1, node);
    if (fs->root)
        return 0;
    node_put(node);
    return -ENOMEM;
}

/* ---- lookup ------------------------------------------------------------------------------------------------------ */

static int item_find(const struct item *items, int count, int parent, const char *name, size_t len)
{
    for (int i = 0; i < count; i++)
        if (items[i].parent == parent && strlen(items[i].name) == len && !memcmp(items[i].name, name, len))
            return i;
    return -1;
}

static long lookup_static(struct entry *dir, const char *name, size_t len, struct entry **found)
{
    uint32_t index = index_of(dir->node), number;
    const struct client *client;
    int i = item_find(system_items, COUNT(system_items), index == ROOT ? -1 : (int)index, name, len);

    if (i >= 0)
        return make(dir, name, len, type_of(&system_items[i]) | system_items[i].mode,
                    identity(0, KIND_STATIC, (uint32_t)i), found);
    if (index != ROOT || !text_is_number(name, len, &number) || !(client = client_numbered(dir->node->fs->space, number)))
        return -ENOENT;
    return make(dir, name, len, S_IFDIR | 0555, identity(client->number, KIND_CLIENT, 0), found);
}

/* In /proc/N (parent -1) or in one of its directories of the table. */
static long lookup_client(struct entry *dir, uint32_t number, int parent, const char *name, size_t len,
                          struct entry **found)
{
    int i = item_find(process_items, COUNT(process_items), parent, name, len);

    if (i < 0)
        return -ENOENT;
    return make(dir, name, len, type_of(&process_items[i]) | process_items[i].mode,
                identity(number, KIND_PROCESS, (uint32_t)i), found);
}

/* What is not the client's but each thread's own. */
static bool is_of_thread(const struct item *item)
{
    return item->content == INFO && (item->what == PROC_INFO_STAT || item->what == PROC_INFO_STATUS ||
                                     item->what == PROC_INFO_COMM || item->what == PROC_INFO_WCHAN);
}

/* In /proc/N/task/T: as in /proc/N, but for `task` itself. */
static long lookup_thread(struct entry *dir, uint32_t number, const char *name, size_t len, struct entry **found)
{
    int i = item_find(process_items, COUNT(process_items), -1, name, len);

    if (i < 0 || i == TASK)
        return -ENOENT;
    if (!is_of_thread(&process_items[i]))
        return lookup_client(dir, number, -1, name, len, found);
    return make(dir, name, len, S_IFREG | process_items[i].mode,
                thread_identity(number, thread_of(dir->node), KIND_TASK, (uint32_t)i), found);
}

static long lookup_task(struct entry *dir, struct client *client, const char *name, size_t len, struct entry **found)
{
    uint32_t number, thread;
    long err;

    if (!text_is_number(name, len, &number))
        return -ENOENT;
    if ((err = threads_ask(client)))
        return err;
    thread = threads_find(client, dir->node->fs->space, number);
    if (!thread)
        return -ENOENT;
    return make(dir, name, len, S_IFDIR | 0555, thread_identity(client->number, thread, KIND_THREAD, 0), found);
}

/* A client's directories of descriptors. */
static long lookup_fd(struct entry *dir, struct client *client, const char *name, size_t len, struct entry **found)
{
    struct file *file;
    uint32_t number;

    if (!text_is_number(name, len, &number))
        return -ENOENT;
    file = file_get(client, number);
    if (!file)
        return -ENOENT;
    if (item_of(dir->node)->what == DIR_FDINFO)
        return make(dir, name, len, S_IFREG | 0444, identity(client->number, KIND_FDINFO, number), found);
    return make(dir, name, len, S_IFLNK | (file_readable(file) ? 0500 : 0) | (file_writable(file) ? 0300 : 0),
                identity(client->number, KIND_FD, number), found);
}

static long procfs_lookup(struct client *self, struct entry *dir, const char *name, size_t len, struct entry **found)
{
    struct client *client;

    (void)self;
    if (kind_of(dir->node) == KIND_STATIC)
        return lookup_static(dir, name, len, found);
    client = client_of(dir->node);
    if (!client)
        return -ESRCH;
    if (kind_of(dir->node) == KIND_CLIENT)
        return lookup_client(dir, client->number, -1, name, len, found);
    if (kind_of(dir->node) == KIND_THREAD)
        return lookup_thread(dir, client->number, name, len, found);
    if (item_of(dir->node)->what == DIR_PLAIN)
        return lookup_client(dir, client->number, (int)index_of(dir->node), name, len, found);
    if (item_of(dir->node)->what == DIR_TASK)
        return lookup_task(dir, client, name, len, found);
    return lookup_fd(dir, client, name, len, found);
}

/* ---- listing: the cursor is 2 + index of an item; clients follow at CLIENTS + number ----------------------------- */

#define CURSOR  2
#define CLIENTS 4096

typedef bool (*emit_function)(void *into, const char *name, size_t len, uint64_t inode, uint32_t type, uint64_t next);

/* False: full. */
static bool list_items(const struct item *items, int count, int parent, uint32_t number, enum kind kind, uint64_t *at,
                       emit_function emit, void *into)
{
    for (; *at < CURSOR + (uint64_t)count; ++*at) {
        const struct item *item = &items[*at - CURSOR];

        if (item->parent == parent &&
            !emit(into, item->name, strlen(item->name), identity(number, kind, (uint32_t)(*at - CURSOR)) + 2,
                  type_of(item), *at + 1))
            return false;
    }
    return true;
}

/* As /proc/N, but for `task` itself. */
static void list_thread(const struct node *node, uint64_t *at, emit_function emit, void *into)
{
    if (*at < CURSOR + TASK && !list_items(process_items, TASK, -1, number_of(node), KIND_PROCESS, at, emit, into))
        return;
    if (*at == CURSOR + TASK)
        ++*at;
    list_items(process_items, COUNT(process_items), -1, number_of(node), KIND_PROCESS, at, emit, into);
}

static void list_clients(uint32_t space, uint64_t *at, emit_function emit, void *into)
{
    const struct client *client;
    char name[21];

    if (*at < CLIENTS)
        *at = CLIENTS;
    while ((client = client_next((uint32_t)(*at - CLIENTS)))) {
        uint32_t number = client_number(client, space);
        size_t len = number_text(number, name);
        uint64_t next = CLIENTS + (uint64_t)client->number + 1;

        if (number && !emit(into, name, len, identity(client->number, KIND_CLIENT, 0) + 2, S_IFDIR, next))
            return;
        *at = next;
    }
}

static void list_fds(struct client *client, enum kind kind, uint64_t *at, emit_function emit, void *into)
{
    char name[21];

    for (; *at < CURSOR + (uint64_t)client->files->top; ++*at) {
        uint32_t fd = (uint32_t)(*at - CURSOR);

        if (file_get(client, fd) && !emit(into, name, number_text(fd, name), identity(client->number, kind, fd) + 2,
                                          kind == KIND_FD ? S_IFLNK : S_IFREG, *at + 1))
            return;
    }
}

static long list_task(struct client *client, uint32_t space, uint64_t *at, emit_function emit, void *into)
{
    uint32_t thread, number;
    char name[21];
    long err = threads_ask(client);

    if (err)
        return err;
    for (; (thread = threads_at(client, space, (uint32_t)(*at - CURSOR), &number)); ++*at)
        if (number && !emit(into, name, number_text(number, name),
                            thread_identity(client->number, thread, KIND_THREAD, 0) + 2, S_IFDIR, *at + 1))
            break;
    return 0;
}

static long procfs_list(struct client *self, struct entry *dir, uint64_t *at, emit_function emit, void *into)
{
    uint32_t index = index_of(dir->node);
    struct client *client;

    (void)self;
    if (kind_of(dir->node) == KIND_STATIC) {
        if (list_items(system_items, COUNT(system_items), index == ROOT ? -1 : (int)index, 0, KIND_STATIC, at, emit,
                       into) &&
            index == ROOT)
            list_clients(dir->node->fs->space, at, emit, into);
        return 0;
    }
    client = client_of(dir->node);
    if (!client)
        return -ENOENT;
    if (kind_of(dir->node) == KIND_CLIENT)
        list_items(process_items, COUNT(process_items), -1, client->number, KIND_PROCESS, at, emit, into);
    else if (kind_of(dir->node) == KIND_THREAD)
        list_thread(dir->node, at, emit, into);
    else if (item_of(dir->node)->what == DIR_PLAIN)
        list_items(process_items, COUNT(process_items), (int)index, client->number, KIND_PROCESS, at, emit, into);
    else if (item_of(dir->node)->what == DIR_FD)
        list_fds(client, KIND_FD, at, emit, into);
    else if (item_of(dir->node)->what == DIR_FDINFO)
        list_fds(client, KIND_FDINFO, at, emit, into);
    else
        return list_task(client, dir->node->fs->space, at, emit, into);
    return 0;
}

/* ---- links ------------------------------------------------------------------------------------------------------- */

static long put_path(const struct place *place, const struct client *self, char *to)
{
    static char buffer[PATH_LONGEST];
    char *path = path_of(place, &self->fs->root, buffer, sizeof(buffer));

    if (!path)
        return -ENAMETOOLONG;
    strcpy(to, path);
    return (long)strlen(to);
}

/* Other processes' links show files that their modes would hide. */
static long check_links(const struct client *self, const struct client *client)
{
    if (self == client || overrides_client(self, client))
        return 0;
    return self->cred.fsuid == client->cred.uid && (!self->users || self->users == client->users) ? 0 : -EACCES;
}

/* The place that a link of a client leads to, lent; NULL: none. */
static const struct place *link_place(const struct client *client, int what)
{
    if (client->zombie)
        return NULL;
    if (what == LINK_CWD)
        return &client->fs->cwd;
    return what == LINK_ROOT ? &client->fs->root : handle_find(client->exe);
}

static long text_of(char *to, const char *before, uint32_t number, const char *after)
{
    size_t len = strlen(before);

    memcpy(to, before, len);
    len += number_text(number, to + len);
    strcpy(to + len, after);
    return (long)(len + strlen(after));
}

/* As Linux names what has no path. */
static long readlink_fd(struct client *self, struct client *client, uint32_t fd, char *to)
{
    struct file *file = file_get(client, fd);

    if (!file)
        return -ENOENT;
    if (nsfs_number(file) > 0)
        return nsfs_text((enum ns_link)file->node->number, (uint32_t)file->node->inode, to);
    if (file->place.entry && file->place.mount != &nowhere)
        return put_path(&file->place, self, to);
    if (file->ops->name) {
        strcpy(to, file->ops->name);
        return (long)strlen(to);
    }
    return text_of(to, file->node->mode & S_IFSOCK ? "socket:[" : "pipe:[", (uint32_t)file->node->inode, "]");
}

/* In a mount that does not see the client there is nothing that it leads to. */
static long readlink_self(const struct client *self, uint32_t space, int what, char *to)
{
    uint32_t number = client_number(self, space);

    if (what == LINK_MOUNTS) {
        strcpy(to, "self/mounts");
        return (long)strlen(to);
    }
    if (!number)
        return -ENOENT;
    if (what == LINK_SELF)
        return text_of(to, "", number, "");
    text_of(to + text_of(to, "", number, "/task/"), "", number, "");
    return (long)strlen(to);
}

/* The number of the namespace that a link of the client leads to. */
static uint32_t namespace_of(const struct client *client, const struct node *link)
{
    return client->namespaces[item_of(link)->what];
}

static long procfs_readlink(struct client *self, struct entry *link, char *to)
{
    struct node *node = link->node;
    struct client *client;
    const struct place *place;
    long err;

    if (kind_of(node) == KIND_STATIC)
        return readlink_self(self, node->fs->space, item_of(node)->what, to);
    client = client_of(node);
    if (!client)
        return -ENOENT;
    if ((err = check_links(self, client)))
        return err;
    if (kind_of(node) == KIND_FD)
        return readlink_fd(self, client, index_of(node), to);
    if (item_of(node)->content == NAMESPACE)
        return client->zombie ? -ENOENT
                              : nsfs_text((enum ns_link)item_of(node)->what, namespace_of(client, node), to);
    place = link_place(client, item_of(node)->what);
    return place ? put_path(place, self, to) : -ENOENT;
}

/* An entry for a node that has none. */
static long follow_nameless(struct node *node, struct place *to)
{
    struct entry *entry = entry_new(NULL, "", 0, node);

    if (!entry)
        return -ENOMEM;
    node_ref(node);
    *to = (struct place){ &nowhere, entry };
    return 0;
}

static long procfs_follow(struct client *self, struct entry *link, struct place *to)
{
    struct node *node = link->node;
    struct client *client;
    const struct place *place;
    struct file *file;
    long err;

    if (kind_of(node) == KIND_STATIC)
        return -EXDEV;
    client = client_of(node);
    if (!client)
        return -ENOENT;
    if ((err = check_links(self, client)))
        return err;
    if (kind_of(node) == KIND_FD) {
        file = file_get(client, index_of(node));
        if (!file)
            return -ENOENT;
        if (!file->place.entry)
            return file->node ? follow_nameless(file->node, to) : -ENXIO;
        place = &file->place;
    } else if (item_of(node)->content == NAMESPACE) {
        return client->zombie ? -ENOENT
                              : nsfs_place((enum ns_link)item_of(node)->what, namespace_of(client, node), to);
    } else {
        place = link_place(client, item_of(node)->what);
    }
    if (!place)
        return -ENOENT;
    *to = *place;
    entry_ref(to->entry);
    return 0;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static size_t text_make(const struct client *client, int what, char *to, size_t size)
{
    static const char *const texts[] = {
        [TEXT_FILESYSTEMS] = "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tcgroup2\nnodev\tdevtmpfs\nnodev\tdevpts\nnodev\tramfs\n",
        [TEXT_NGROUPS] = "65536\n",
        [TEXT_LAST_CAP] = "40\n",
        [TEXT_OSTYPE] = "Linux\n",
        [TEXT_OVERFLOW] = "65534\n",
        [TEXT_SOMAXCONN] = "4096\n",
        [TEXT_SWAPS] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
    };
    struct text text = { to, size, 0 };

    if (what == TEXT_MOUNTS || what == TEXT_MOUNTINFO)
        return client ? mounts_text(&client->fs->root, what == TEXT_MOUNTINFO, to, size) : 0;
    text_string(&text, texts[what]);
    return text.len;
}

static size_t fdinfo_make(struct client *client, uint32_t fd, char *to, size_t size)
{
    struct file *file = client ? file_get(client, fd) : NULL;
    struct text text = { to, size, 0 };
    char octal[12];
    size_t at = sizeof(octal);
    uint32_t flags;

    if (!file)
        return 0;
    flags = file->flags | (file_cloexec(client, fd) ? O_CLOEXEC : 0);
    octal[--at] = 0;
    do
        octal[--at] = (char)('0' + (flags & 7));
    while (flags >>= 3);
    text_string(&text, "pos:\t");
    text_number(&text, file->offset);
    text_strings(&text, "\nflags:\t0", octal + at, "\nmnt_id:\t", NULL);
    text_number(&text, file->place.entry ? file->place.mount->id : 0);
    text_string(&text, "\nino:\t");
    text_number(&text, file->node ? file->node->inode : 0);
    text_string(&text, "\n");
    return text.len;
}

static size_t node_text(const struct node *node, char *to, size_t size)
{
    struct client *client = client_of(node);

    return kind_of(node) == KIND_FDINFO ? fdinfo_make(client, index_of(node), to, size)
                                        : text_make(client, item_of(node)->what, to, size);
}

static long text_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    static char buffer[16384];
    struct node *node = file->node;
    size_t len = node_text(node, buffer, sizeof(buffer)), n;
    long err;

    if (*offset >= len)
        return 0;
    n = t->left < len - *offset ? t->left : len - *offset;
    err = transfer_out(t, buffer + *offset, n);
    if (err)
        return err;
    *offset += n;
    return (long)n;
}

/* What proc answers itself, about the first of the client's buffers. */
static long info_forward(struct file *file, struct transfer *t, const uint64_t *offset, long label)
{
    struct call *call = t->call;

    if (t->local)
        return -EINVAL;
    if (kind_of(file->node) != KIND_STATIC && !client_of(file->node))
        return -ESRCH;
    call->m.w[0] = (unsigned long)item_of(file->node)->what;
    call->m.w[1] = number_of(file->node) | (of_thread(file->node) ? (uint64_t)thread_of(file->node) << 32 : 0);
    call->m.w[2] = *offset;
    call->m.w[3] = t->addr;
    call->m.w[4] = t->len;
    call->m.w[5] = (unsigned long)(long)t->fd;
    return call_forward(call, 0, label);
}

/* proc's texts: it fills the buffer and moves the offset on. */
static long info_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    return info_forward(file, t, offset, PROC_LABEL_INFO);
}

/* Who opened a map of ids: only the same may write to it, so that none comes by it as another's standard output. */
struct opener {
    uint32_t euid, egid, user;
};

static bool is_map(const struct item *item)
{
    return item->what == PROC_INFO_UID_MAP || item->what == PROC_INFO_GID_MAP || item->what == PROC_INFO_SETGROUPS;
}

static struct opener opener_now(const struct client *self)
{
    return (struct opener){ self->cred.euid, self->cred.egid, self->namespaces[NS_USER] };
}

static bool opened_by(const struct file *file, const struct client *self)
{
    struct opener now = opener_now(self);

    return !file->data || !memcmp(file->data, &now, sizeof(now));
}

static void value_release(struct file *file)
{
    free(file->data);
}

/* Its values: written whole, wherever the offset is. */
static long info_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    return opened_by(file, t->client) ? info_forward(file, t, offset, PROC_LABEL_SET) : -EPERM;
}

static long procfs_seek(struct file *file, int64_t offset, int whence)
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

static const struct file_ops text_ops = { .read = text_read, .seek = procfs_seek, .offset_matters = true };
static const struct file_ops info_ops = { .read = info_read, .seek = procfs_seek, .offset_matters = true };
static const struct file_ops value_ops = {
    .read = info_read, .write = info_write, .seek = procfs_seek, .release = value_release, .offset_matters = true
};

static long procfs_open(struct file *file, struct client *self, struct call *call)
{
    const struct item *item = item_of(file->node);

    (void)call;
    if (S_ISDIR(file->node->mode))
        file->ops = &directory_ops;
    else
        file->ops = !item || item->content != INFO ? &text_ops : item->mode & 0222 ? &value_ops : &info_ops;
    if (item && item->content == INFO && kind_of(file->node) == KIND_PROCESS && is_map(item)) {
        file->data = malloc(sizeof(struct opener));
        if (!file->data)
            return -ENOMEM;
        *(struct opener *)file->data = opener_now(self);
    }
    return 0;
}

static const struct node_ops procfs_ops = {
    .lookup = procfs_lookup,
    .list = procfs_list,
    .readlink = procfs_readlink,
    .follow = procfs_follow,
    .open = procfs_open,
};

long procfs_number(const struct file *file)
{
    const struct node *node = file->node;

    if (!node || node->ops != &procfs_ops || kind_of(node) != KIND_CLIENT)
        return -EBADF;
    return client_of(node) ? (long)number_of(node) : -ESRCH;
}
