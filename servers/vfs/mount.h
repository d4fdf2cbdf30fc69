/*
 * What is mounted where. Each mount namespace has a tree of mounts, each of which lies on an entry of its parent.
 */
#ifndef VFS_MOUNT_H
#define VFS_MOUNT_H

#include "servers/vfs/node.h"

/* Mount flags as <linux/mount.h> has them. */
#define MOUNT_RDONLY 1u
#define MOUNT_NOSUID 2u
#define MOUNT_NODEV  4u
#define MOUNT_NOEXEC 8u

/* The first file system's first mount. */
extern struct mount *mount_root;

/* ---- mount namespaces: mount_namespace.c ------------------------------------------------------------------------- */

struct mount_space {
    LIST_ENTRY(mount_space) all;
    uint32_t number;      /* proc's: vfs.h */
    struct mount *root;
    struct mounts mounts; /* in the order in which they came */
    unsigned count;
    uint32_t owner;       /* number of the user namespace that it belongs to */
    bool fresh;           /* nobody is in it yet: who comes first keeps its places */
};

/* Makes the first namespace and its root file system (an empty tmpfs), and sets client_boot on it. Called once; no memory is
 * fatal then. */
void mounts_start(void);

/* A namespace with a copy of the tree of another, which belongs to the user namespace `owner`. If that is not the other's,
 * those who rule there may not take apart what they were given, and what they do does not reach the other
 * (mount_namespaces(7), "Restrictions"). ENOMEM. */
long mount_space_new(uint32_t number, uint32_t from, uint32_t owner);
/* No process is in it any more. */
void mount_space_drop(uint32_t number);
/* The client's root and working directory are in it from now on. */
void mount_space_enter(struct client *client, uint32_t number);
struct mount_space *mount_space_of(const struct client *client);

/* ---- the tree: mount.c ------------------------------------------------------------------------------------------- */

/* Above this a namespace gets ENOSPC. */
#define MOUNTS_MOST 2000

/* A mount that lies nowhere yet. NULL: no memory. */
struct mount *mount_new(struct filesystem *fs, struct entry *root, const char *source, uint32_t flags);

/* Lays a mount, with what lies on it, on a place, of which it takes counts; or takes it away from there. */
void mount_attach(struct mount *mount, const struct place *on);
void mount_detach(struct mount *mount);

/* Detaches the mount and all that lie on it. Each lives on while something refers to it. */
void tree_drop(struct mount *top);

/* A copy of the mount that shows `root`, with copies of what lies on it below there as flags say: lies nowhere yet. */
enum copy_flag { COPY_TREE = 1, COPY_UNBINDABLE = 2, COPY_SLAVE = 4 /* of what is shared: propagation.h */ };
long tree_copy(struct mount *source, struct entry *root, unsigned flags, struct mount **made);

/* It and all that lie on it belong to the namespace from now on; or to none. */
void tree_join(struct mount *top, struct mount_space *space);
void tree_leave(struct mount *top);
unsigned tree_count(const struct mount *top);

/* Each mount of a tree in turn, parents first: after `at`; NULL: there are no more. */
struct mount *tree_next(struct mount *at, const struct mount *top);

/* The mounts of the tree keep their flags, and each its place on the others. */
void tree_lock(struct mount *top);

/* Whether the entry is dir or lies in its tree. */
bool inside(const struct entry *entry, const struct entry *dir);

/* If something is mounted on place->entry, place becomes its root (and so on); counts move with it. */
void mount_cross(struct place *place);

/* `place` counts are taken. */
static inline void place_ref(struct place *place)
{
    place->mount->refs++;
    entry_ref(place->entry);
}

/* Ends a detached mount, and with the last one its file system. */
void mount_free(struct mount *mount);

/* Gives up the counts; an empty place is ignored. */
static inline void place_put(struct place *place)
{
    struct mount *mount = place->mount;

    if (!place->entry)
        return;
    entry_put(place->entry);
    place->entry = NULL;
    if (!--mount->refs && mount->detached)
        mount_free(mount);
}

/* The texts of /proc/self/mounts and mountinfo as seen from root: bytes written, at most size. */
size_t mounts_text(const struct place *root, bool info, char *to, size_t size);

/* A new file system of a type that needs no device, counted once for a mount; NULL: no memory. magic: as statfs has
 * it. */
struct filesystem *filesystem_new(const char *type, uint32_t magic);
void filesystem_put(struct filesystem *fs);

/* The file system that mount(2) by the client of a type gives; a count is the caller's to take. ENODEV, ENOMEM, EPERM. */
long filesystem_make(const struct client *self, const char *type, const char *data, struct filesystem **made);

/* tmpfs.c */
extern const struct node_ops tmpfs_ops;
/* Makes an empty tree: the root's entry in fs->root. -ENOMEM. */
long tmpfs_start(struct filesystem *fs, uint32_t mode);
/* Finding and listing what was attached to a directory: also for other file systems whose tree is in memory. */
long tmpfs_lookup(struct client *self, struct entry *dir, const char *name, size_t len, struct entry **found);
long tmpfs_list(struct client *self, struct entry *dir, uint64_t *at,
                bool (*emit)(void *into, const char *name, size_t len, uint64_t inode, uint32_t type, uint64_t next),
                void *into);
/* Two attached entries change places. */
void tmpfs_exchange(struct entry *a, struct entry *b);
/* Takes the whole tree down. */
void tmpfs_end(struct filesystem *fs);

/* procfs.c */
long procfs_start(struct filesystem *fs, uint32_t space);
/* The number of the client whose directory /proc/N the file is. -EBADF: it is none; -ESRCH: the client has gone. */
long procfs_number(const struct file *file);

/* devfs.c: the devices' names into the directory `dir` of a tmpfs, those that are not there yet. */
long devfs_fill(const char *dir);
struct filesystem *devfs(void);

#endif
