/* What of a client outlives it: whoever has a pidfd of it, or waits for its signals by a signalfd, looks here. Made when
 * first asked for. */
#ifndef VFS_IDENTITY_H
#define VFS_IDENTITY_H

#include "servers/vfs/client.h"

struct identity {
    uint32_t refs;
    uint32_t number;
    bool ended, gone;               /* it has ended; its number may be another's */
    uint64_t pending;               /* signals, as proc told last (VFS_PENDING) */
    struct wait_queue end, signals; /* for it to end; for signals */
};

/* The client's, borrowed; NULL: no memory. */
struct identity *identity_of(struct client *client);
void identity_put(struct identity *identity);

/* The client has ended; and its number goes. */
void identity_ended(struct client *client);
void identity_gone(struct client *client);

/* pidfd.c: a descriptor of `client` for `target`; the number behind such a descriptor, or (directory)
 * behind one of /proc/N: -EBADF, -ESRCH if it is gone. */
long pidfd_open(struct client *client, struct client *target, uint32_t flags);
long pidfd_number(struct client *client, unsigned long fd, bool directory);

/* signalfd.c: a descriptor for the signals in mask, or (fd not -1) a new mask for one. -EBADF, -EINVAL, -ENOMEM, -EMFILE. */
long signalfd_set(struct client *client, int fd, uint64_t mask, uint32_t flags);
void signalfd_pending(struct client *client, uint64_t pending);

#endif
