/*
 * Threads of clients, for /proc/N/task. proc knows them, and vfs cannot ask it (servers/protocol/proc.h): a call that looks
 * for threads ends with threads_ask, goes to proc (PROC_LABEL_THREADS), which tells them (VFS_THREADS) and sends the call
 * back (VFS_LABEL_THREADS), where it begins anew and finds them. They are known for the time of that call.
 */
#ifndef VFS_THREADS_H
#define VFS_THREADS_H

#include "servers/vfs/client.h"

/* 0: the client's threads are known now. Else what the call must end with, having had no effect. */
long threads_ask(const struct client *client);

/* The thread that is called `number` in this pid namespace: its number in the first, 0: none. */
uint32_t threads_find(const struct client *client, uint32_t space, uint32_t number);

/* The thread at `index`, and what it is called in that pid namespace, 0: not seen from there. 0: there are no more. */
uint32_t threads_at(const struct client *client, uint32_t space, uint32_t index, uint32_t *number);

/* The call of `self` has ended with -EFAULT: goes to proc if that was for threads, else the outcome stays. */
long threads_forward(struct client *self, struct call *call);

/* It is back: runs it. */
long threads_run(struct client *self, struct call *call);

/* VFS_THREADS: `count` rows at `rows` in proc's memory, as vfs_threads tells. 0, -ENOMEM. */
long threads_set(struct client *client, struct call *call, uint64_t rows, uint32_t count);

#endif
