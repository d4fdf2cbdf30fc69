/*
 * From paths to places. No message is sent and nothing waits here; paths come as strings in vfs's memory.
 */
#ifndef VFS_PATH_H
#define VFS_PATH_H

#include "servers/vfs/abi.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/node.h"

/* What CLONE_FS shares. */
struct fs_context {
    uint32_t refs;
    uint32_t umask;
    struct place root, cwd; /* counted */
};

struct fs_context *fs_context_share(struct fs_context *fs);
/* NULL: no memory. */
struct fs_context *fs_context_copy(struct fs_context *fs);
void fs_context_put(struct fs_context *fs);

enum walk_flag {
    WALK_FOLLOW = 1, /* a symbolic link at the end is followed */
    WALK_EMPTY = 2,  /* "" is the start itself (AT_EMPTY_PATH) */
    WALK_LAST = 4,   /* also find the directory and name of the last component, which need not exist */
    /* openat2(2): a walk that needs what is forbidden ends, with the error in brackets. */
    WALK_NO_MOUNTS = 8,  /* no other mount, up or down (-EXDEV) */
    WALK_NO_LINKS = 16,  /* no symbolic link that would be followed (-ELOOP), */
    WALK_NO_MAGIC = 32,  /* or none of /proc's, that lead where no text says (-ELOOP) */
    WALK_BENEATH = 64,   /* nothing above the start, so no absolute path either (-EXDEV) */
    WALK_IN_ROOT = 128,  /* the start is the root; with this, as with the last, no link of /proc (-EXDEV) */
};

enum walk_last { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT };

struct walk {
    struct place at;     /* where the path leads; at.entry NULL: does not exist (WALK_LAST) */
    struct place dir;    /* WALK_LAST: the directory of the last component */
    enum walk_last last; /* kind of the last component; `name` is for LAST_NAME */
    bool slash;          /* a slash followed it: it must be a directory */
    size_t len;
    char name[NAME_LONGEST + 1];
};

/*
 * Walks `path` from the client's root, its working directory or the directory behind dirfd. 0, or -ENOENT, -ENOTDIR,
 * -EACCES, -ELOOP, -EXDEV, -ENAMETOOLONG, -EBADF, -ENOMEM. On success walk_end gives the counts up.
 */
long walk(struct client *self, int dirfd, const char *path, unsigned flags, struct walk *w);
void walk_end(struct walk *w);

/* Copies the path at `from` in the client (into one of two buffers, `which` 0 or 1, valid until the next) and walks
 * it. */
long walk_client(struct client *self, struct call *call, int dirfd, uint64_t from, unsigned flags, unsigned which,
                 struct walk *w);

/* The client's path into buffer `which`: its length or an error. */
long path_fetch(struct client *self, struct call *call, uint64_t from, unsigned which, const char **path);

/* 0, or -EACCES: may the client access the node so (MAY_READ, MAY_WRITE, MAY_EXEC)? */
long permit(const struct client *self, const struct node *node, unsigned may);

/* 0, -EROFS or -EACCES: may names in this directory be changed? */
long permit_change(const struct client *self, const struct place *dir);

/* Whether the client may act as the owner of the node. */
bool owns(const struct client *self, const struct node *node);

/*
 * The path of a place as seen from `root`, written at the end of `buffer`: its start; " (deleted)" follows the path of
 * what has no name left. Places outside root are shown from the top. NULL: longer than size.
 */
char *path_of(const struct place *place, const struct place *root, char *buffer, size_t size);

#endif
