/*
 * What clients are called in pid namespaces other than the first: told by proc (VFS_NUMBERS), kept by the client, looked up
 * by /proc mounts of such a namespace and wherever a process id goes in or out. A space is the inode number of a pid
 * namespace, or 0 for the first, where a client is called by its own number.
 */
#ifndef VFS_NUMBERS_H
#define VFS_NUMBERS_H

#include "servers/vfs/client.h"

struct numbers;

/* levels of them, the outermost first; in place of what the client had. -ENOMEM: nothing has changed. */
long numbers_set(struct client *client, const struct vfs_number *of, unsigned levels);
void numbers_forget(struct client *client);

/* The space that the client is in. */
uint32_t client_space(const struct client *client);

/* Levels below the first that the client is in, and the level of a space, which is more if the client is not in it. */
unsigned client_levels(const struct client *client);
unsigned client_level(const struct client *client, uint32_t space);

/* What the client is called in the space; 0: it is not seen from there. O(depth). */
uint32_t client_number(const struct client *client, uint32_t space);

/* Who is called so there, or NULL. */
struct client *client_numbered(uint32_t space, uint32_t number);

/* The same for numbers of clients, groups and sessions between the first space and that of `self`: 0: nobody's. A group's
 * number outside of the first space is known while its founder is. */
uint32_t client_number_out(const struct client *self, uint32_t global);
uint32_t client_number_in(const struct client *self, uint32_t number);

#endif
