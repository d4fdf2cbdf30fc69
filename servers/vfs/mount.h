/*
 * What is mounted where. One tree of mounts for all clients; a mount lies on an entry of its parent mount.
 */
#ifndef VFS_MOUNT_H
#define VFS_MOUNT_H

#include "servers/vfs/node.h"

/* Mount flags as <linux/mount.h> has them. */
#define MOUNT_RDONLY 1u
#define MOUNT_NOSUID 2u
#define MOUNT_NODEV  4u
#define MOUNT_NOEXEC 8u

LIST_HEAD(mounts, mount);
extern struct mounts mounts;
/* The first file system's mount; and one of no file system, for what has no path (anonymous pipes). */
extern struct mount *mount_root;

/* Makes the root file system (an empty tmpfs) and sets client_boot on it. Called once; no memory is fatal then. */
void mounts_start(void);

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
