/* The door of vfs: messages to functions. */
#ifndef VFS_SYSCALLS_H
#define VFS_SYSCALLS_H

#include "servers/vfs/client.h"

/* A function sys_NAME for each row of the protocol's table that is vfs's. */
#define LINUX_WORD(name, w)
#define LINUX_PROC(name)
#define LINUX_VFS(name) long sys_##name(struct client *self, struct call *call);
#define LINUX(name, owner) LINUX_##owner(name)
#include "servers/protocol/linux.def"
#undef LINUX_VFS
#undef LINUX_PROC
#undef LINUX_WORD
#undef LINUX

/* Any message: proc's own (by its badge) or a client's call; then runs the waiters that it made ready. */
long dispatch(struct call *call);

/*
 * A client's call, first or again: the outcome as libc/server.h has it. -EFAULT with a noted range sends the client to
 * its pager instead.
 */
long client_call(struct client *client, struct call *call);

/* protocol.c: a message of proc. */
long protocol_call(struct call *call);

#endif
