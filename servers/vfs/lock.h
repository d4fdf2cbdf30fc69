/* Record locks (fcntl) and whole-file locks (flock). */
#ifndef VFS_LOCK_H
#define VFS_LOCK_H

#include "servers/vfs/file.h"

/* F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ kin on the struct flock at `arg` in the client. fcntl_locking(2). */
long lock_fcntl(struct client *self, struct call *call, struct file *file, unsigned cmd, uint64_t arg);

/* A client's table closes a descriptor of this node: all its record locks on it go (POSIX). */
void locks_drop(struct node *node, const void *owner);

/* An open file goes: its flock and its OFD locks do. */
void locks_release(struct file *file);

/* The node goes. */
void locks_free(struct node *node);

#endif
