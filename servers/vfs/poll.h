/* What the calls that wait for several files have in common: how long they wait, and with which signal mask. */
#ifndef VFS_POLL_H
#define VFS_POLL_H

#include "servers/vfs/client.h"

struct limit {
    bool forever, now; /* no timeout; nothing to wait for */
    uint64_t deadline; /* ticks, 0 if forever */
};

/* The timeout at `from` in the client (a struct timespec; 0: none) of a call's first run; later runs keep the deadline that
 * the waiter has. 0, -EFAULT, -EINVAL. */
long limit_read(struct client *self, struct call *call, uint64_t from, struct limit *limit);

/* A timeout in milliseconds, negative for none. */
void limit_ms(struct client *self, int ms, struct limit *limit);

/* Sends the client to proc to have its mask put in force (PROC_LABEL_PPOLL). `number`: of the call, and for pselect6 the
 * mask's address above it. */
long mask_first(struct call *call, uint64_t number);

/* epoll.c: an epoll_pwait or epoll_pwait2 whose mask is in force. */
long epoll_masked(struct client *self, struct call *call);

#endif
