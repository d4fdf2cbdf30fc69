/* Opening what a place names. */
#ifndef VFS_OPEN_H
#define VFS_OPEN_H

#include "servers/vfs/file.h"

/*
 * A new open file on the place (borrowed) with open(2)'s flags; permissions have been checked. *file is set also with
 * DEFERRED (a fifo that waits for its other end: open_again later). -ENXIO, -ENOMEM.
 */
long open_place(struct client *self, struct call *call, const struct place *place, uint32_t flags, struct file **file);

#endif
