/* The door of vfs: messages to functions. */
#ifndef VFS_SYSCALLS_H
#define VFS_SYSCALLS_H

#include "servers/vfs/client.h"

/* Any message: proc's own (by its badge) or a client's call; then runs the waiters that it made ready. */
long dispatch(struct call *call);

/*
 * A client's call, first or again: the outcome as libc/server.h has it. -EFAULT with a noted range sends the client to its
 * pager instead.
 */
long client_call(struct client *client, struct call *call);

/* protocol.c: a message of proc. */
long protocol_call(struct call *call);

#endif
