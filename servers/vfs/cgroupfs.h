/* cgroup2: the directories of control groups. What they control is proc's, which calls each by its number and reads and
 * writes their files (PROC_INFO_CG_*): servers/proc/cgroup.h. */
#ifndef VFS_CGROUPFS_H
#define VFS_CGROUPFS_H

#include "servers/vfs/node.h"

/* The one file system of this kind, counted as a mount's; NULL: no memory. */
struct filesystem *cgroupfs(void);

/* What a mount by the client shows: the directory that its cgroup namespace begins at; borrowed. */
struct entry *cgroupfs_root(const struct client *self);

/* proc's messages, as in servers/protocol/vfs.h. */
long cgroupfs_parent(uint32_t id);
long cgroupfs_populated(uint32_t id, bool populated);
long cgroupfs_control(uint32_t id, unsigned control);
long cgroupfs_owner(uint32_t id);
long cgroupfs_number(const struct file *file);
long cgroupfs_space(uint32_t number, uint32_t id);

/* The path of group `id` below group `root`, or with "/.." where it is not below; into `to`: its length, -ENOENT,
 * -ENAMETOOLONG. */
long cgroupfs_path(uint32_t id, uint32_t root, char *to, size_t size);

/* The namespace is gone. */
void cgroupfs_space_drop(uint32_t number);

/* Fetches the number of a directory that was removed; false: there is none. */
bool cgroupfs_removed(uint32_t *id);

#endif
