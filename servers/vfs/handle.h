/* Names by which proc knows files: programs that run, mapped files. Counted; a handle keeps its file and its path
 * alive. */
#ifndef VFS_HANDLE_H
#define VFS_HANDLE_H

#include "servers/vfs/node.h"

/* The handle of the place, not counted once more: nonzero, or 0: no memory. O(1). */
uint64_t handle_of(const struct place *place);

/* Counts a handle that there is. */
void handle_ref(uint64_t handle);

/* Gives one count back, or a handle that was never counted. -EBADF if there is no such handle. */
long handle_put(uint64_t handle);

/* proc may keep the program behind the handle as it is: the next change is an event. */
void handle_watch(uint64_t handle);

/* The contents of the file change, of which a handle may be watched; its name goes. */
void handles_changed(const struct node *node);
void handle_unlinked(uint64_t handle);

/* The place behind the handle, lent; NULL if there is none. */
const struct place *handle_find(uint64_t handle);

/* A client runs the program behind the handle: counted, and the file cannot be opened for writing (ETXTBSY). */
void exe_ref(uint64_t handle);
void exe_put(uint64_t handle);

#endif
