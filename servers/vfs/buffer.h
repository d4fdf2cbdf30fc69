/*
 * Pages for what passes through vfs (pipes), from the pool that programs live on, so that full pipes eat programs'
 * memory and never vfs's own. A few idle ones are kept, the rest goes back.
 */
#ifndef VFS_BUFFER_H
#define VFS_BUFFER_H

/* A page, contents of no meaning (of earlier uses in vfs, never seen by a client). NULL: no memory, or BUFFER_MOST are
 * used. */
char *buffer_take(void);

void buffer_give(char *page);

#define BUFFER_MOST 16384U /* 64 MiB: what Linux lets one user have in pipes, fs.pipe-user-pages-soft */

#endif
