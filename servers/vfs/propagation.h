/*
 * Propagation between mounts: mount_namespaces(7), "Shared subtrees". Mounts of one *peer group* are shared: what is mounted on
 * one, or unmounted, is on all. A *slave* has a group for its master: what happens there happens on it, and not the other way
 * round. A mount may be both.
 */
#ifndef VFS_PROPAGATION_H
#define VFS_PROPAGATION_H

#include "servers/vfs/mount.h"

enum propagation { PROPAGATE_SHARED, PROPAGATE_SLAVE, PROPAGATE_PRIVATE };

/* The mount is of that kind from now on. -ENOMEM (SHARED alone). */
long propagation_change(struct mount *mount, enum propagation to);

/* The copy is what `like` is (a peer, a slave of the same master); or its slave, if like is shared. Cannot fail. */
void propagation_copy(struct mount *copy, const struct mount *like, bool slave);

/*
 * Lays the tree `top`, which lies nowhere, on the place, and copies of it on all that the place's mount propagates to. If that is
 * shared all of them are. -ENOMEM, -ENOSPC: then nothing has changed but that top's mounts may be
 * shared, and it is still the caller's.
 */
long propagate_attach(struct mount *top, const struct place *on);

/* Whether what lies like the mount where its parent propagates to is in use. */
bool propagate_busy(const struct mount *mount);

/* Drops what lies like the mount, which has nothing on it, where its parent propagates to. */
void propagate_umount(const struct mount *mount);

uint32_t peers_id(const struct peers *peers);

#endif
