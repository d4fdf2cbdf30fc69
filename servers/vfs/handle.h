/* Names by which proc knows files: programs that run, mapped files. Counted; a handle keeps its file and its path
 * alive. */
#ifndef VFS_HANDLE_H
#define VFS_HANDLE_H

#include "servers/vfs/node.h"

/* A handle for the place, counted once more: nonzero, or 0: no memory. O(1). */
uint64_t handle_get(const struct place *place);

/* Gives one count back. -EBADF if there is no such handle. */
long handle_put(uint64_t handle);

/* The place behind the handle, lent; NULL if there is none. */
const struct place *handle_find(uint64_t handle);

/* A client runs the program behind the handle: counted, and the file cannot be opened for writing (ETXTBSY). */
void exe_ref(uint64_t handle);
void exe_put(uint64_t handle);

#endif
