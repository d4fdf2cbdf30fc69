/*
 * Parts: threads whose tables are not their process's, made by clone without CLONE_FILES or CLONE_FS and by unshare in
 * one of several threads. A part has a number beyond those of clients (VFS_PART), by which badges and proc's messages
 * name the thread. It stands for the client of its process in everything but descriptors, root, working directory and
 * umask: these take the place of the client's while a call of the thread, or a message about it, is worked on.
 */
#ifndef VFS_PART_H
#define VFS_PART_H

#include "servers/vfs/client.h"

/* Makes part `number` of the client, with its tables of now copied or shared as enum vfs_fork_flag say. EEXIST, ENOMEM. */
long part_new(struct client *client, uint32_t number, unsigned flags);

/* Its tables go. ESRCH. */
long part_end(uint32_t number);
void parts_end(struct client *client);

/* The client of the part, which has the part's tables until part_leave; NULL if there is no such part. One at a time. */
struct client *part_enter(uint32_t number);
void part_leave(void);

/* In place of part_leave: the client keeps them, and the part has the client's instead. */
void part_stay(void);

/* Calls visit for the client's root and working directory, and for those of its parts. */
void contexts_visit(struct client *client, void (*visit)(struct fs_context *fs, void *context), void *context);

/* The client behind the badge of a thread, with whatever tables it has just now; NULL if there is none. */
struct client *client_of_badge(badge_t badge);

#endif
