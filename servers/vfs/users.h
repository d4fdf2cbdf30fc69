/*
 * User namespaces as vfs needs them: files and credentials bear ids of the first one; what a client says and sees is
 * translated by the maps of its own, which proc tells (VFS_ID_MAP).
 */
#ifndef VFS_USERS_H
#define VFS_USERS_H

#include "servers/vfs/client.h"

struct node;

/* The maps of the namespace with that number; NULL: the first one's, or none known yet and no memory to note that. */
struct users *users_find(uint32_t number);

/* One of its maps becomes this. -ENOMEM. */
long users_set(uint32_t number, bool gid, const struct vfs_id_extent *extents, unsigned count);

/* proc has given the namespace up. */
void users_drop(uint32_t number);

/* As the client sees the id: 65534 where it has no name for it. */
uint32_t uid_out(const struct client *self, uint32_t uid);
uint32_t gid_out(const struct client *self, uint32_t gid);

/* What the client means by it; -1U stays -1U, and is the answer for what is not mapped. */
uint32_t uid_in(const struct client *self, uint32_t uid);
uint32_t gid_in(const struct client *self, uint32_t gid);

/* Whether the client's override of permissions extends to the file: its owner and group are mapped. */
bool overrides(const struct client *self, const struct node *node);

/* Whether the client may look into the other as the superuser may: it is no stranger's namespace. */
bool overrides_client(const struct client *self, const struct client *other);

#endif
