/*
 * nsfs: the files that /proc/PID/ns leads to. Each stands for a namespace of proc, whose number is its inode number; as long
 * as vfs has the file (open, mounted) proc keeps the namespace: servers/protocol/vfs.h.
 */
#ifndef VFS_NSFS_H
#define VFS_NSFS_H

#include "servers/vfs/node.h"

/* The file of a namespace, counted. -ENOMEM. */
long nsfs_place(enum ns_link link, uint32_t number, struct place *place);

/* What a link to it shows, as "uts:[4026531838]", into `to`: its length. */
long nsfs_text(enum ns_link link, uint32_t number, char *to);

/* A close-on-exec descriptor of the client for it. */
long nsfs_open(struct client *client, struct call *call, enum ns_link link, uint32_t number);

/* The number behind an open file; -EINVAL: it is no namespace's. */
long nsfs_number(const struct file *file);

/* proc no longer needs it: whether vfs still has its file (1), which nsfs_released will then tell when that has gone. */
long nsfs_drop(uint32_t number);

/* Fetches the number of one such namespace; false: there is none. */
bool nsfs_released(uint32_t *number);

#endif
