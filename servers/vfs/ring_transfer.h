/* Bytes between a client's buffers and a ring. Nothing is counted as moved: the caller does, once all else is done. */
#ifndef VFS_RING_TRANSFER_H
#define VFS_RING_TRANSFER_H

#include "servers/vfs/client.h"
#include "servers/vfs/ring.h"

/* Copies n bytes, which fit, behind the tail. 0, -EFAULT, -ENOMEM; then they are not part of the ring. */
long ring_fill(struct ring *ring, struct transfer *t, size_t n);

/* Copies n bytes, which are there, from `skip` bytes behind the head on. 0, -EFAULT; they are still in the ring. */
long ring_drain(struct ring *ring, uint32_t skip, struct transfer *t, size_t n);

#endif
