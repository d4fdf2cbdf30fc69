/* Files without a name, and seals. */
#ifndef VFS_MEMFD_H
#define VFS_MEMFD_H

#include "servers/vfs/file.h"

/* A new regular file, of tmpfs, that only *place leads to: seen through mount, as if it had been `name` in dir. The entry
 * is counted, the mount is not. -ENOMEM. */
long file_nameless(struct client *self, struct mount *mount, struct entry *dir, const char *name, size_t len,
                   uint32_t mode, struct place *place);

/* F_ADD_SEALS, F_GET_SEALS. */
long seals_fcntl(struct file *file, unsigned cmd, uint64_t arg);

/* May a file with seals get this size; be written (up to `end`)? 0 or -EPERM. */
long seals_size(const struct node *node, uint64_t size);
long seals_write(const struct node *node, uint64_t end);

#endif
