/*
 * Open files and descriptor tables.
 *
 * struct file is an open file description: what a descriptor refers to, shared by dup and fork, counted. Its operations
 * come from what was opened: a regular file, a directory, a pipe's end, a terminal, a device. No operation waits: it
 * returns wait_on()'s value instead. O(1) for all on descriptors but the copy of a table.
 */
#ifndef VFS_FILE_H
#define VFS_FILE_H

#include "servers/vfs/client.h"
#include "servers/vfs/node.h"

struct file;

struct file_ops {
    /*
     * Moves up to t->left bytes at *offset, which it advances by what it did (files without an offset ignore it).
     * Bytes moved, 0 at the end, -errno, -EFAULT with no effect, DEFERRED (wait_on, client_signal). *offset is the
     * file's own or a copy (pread). Never called with t->left 0 for read.
     */
    long (*read)(struct file *file, struct transfer *t, uint64_t *offset);
    long (*write)(struct file *file, struct transfer *t, uint64_t *offset);
    /* -ENOTTY if NULL. arg as the client gave it. */
    long (*ioctl)(struct file *file, struct client *self, struct call *call, unsigned cmd, uint64_t arg);
    /* POLLIN and its like that hold now for the client; queues[0..1] become where to wait for a change (NULL: none):
     * the first for input, the second for output, both for the end. They last as long as the file. NULL: always POLLIN |
     * POLLOUT, and epoll refuses the file. */
    unsigned (*poll)(struct file *file, struct client *self, struct wait_queue *queues[2]);
    /* The last reference goes. May be NULL. */
    void (*release)(struct file *file);
    /* New offset; NULL: lseek is -ESPIPE. */
    long (*seek)(struct file *file, int64_t offset, int whence);
    /* F_GETPIPE_SZ, F_SETPIPE_SZ; NULL: -EBADF. */
    long (*pipe_size)(struct file *file, unsigned cmd, uint64_t arg);
    bool offset_matters; /* pread and pwrite work (else -ESPIPE) */
    const char *name;    /* of what has no path, as /proc/PID/fd shows it; NULL: type of file system and inode */
};

struct file {
    const struct file_ops *ops;
    uint32_t refs;
    uint32_t flags;     /* access mode and status flags as F_GETFL shows them; O_PATH */
    uint64_t offset;
    void *data;         /* of ops: the pipe, the terminal */
    struct node *node;  /* place.entry's node; or, counted, the one of an anonymous pipe; NULL: none */
    struct place place; /* what was opened, counted; place.entry NULL for what has no path */
    struct epoll_item *watched; /* by these epolls, epoll.c */
};

static inline bool file_readable(const struct file *file)
{
    return (file->flags & 3) != 1 && !(file->flags & FILE_PATH);
}

static inline bool file_writable(const struct file *file)
{
    return (file->flags & 3) != 0 && !(file->flags & FILE_PATH);
}

static inline bool file_nonblock(const struct file *file)
{
    return file->flags & 04000;
}

/* Descriptors: slot i is files->slot[i], NULL if free. */
struct files {
    uint32_t refs;
    uint32_t size;           /* slots */
    uint32_t lowest;         /* no free slot below */
    uint32_t top;            /* no used slot at or above */
    struct file **slot;
    uint64_t *cloexec;       /* a bit per slot */
    struct file *first[32];  /* where slot points until the table grows */
    uint64_t first_cloexec;
};

/* The open file behind fd (borrowed), or NULL: -EBADF. */
static inline struct file *file_get(struct client *self, unsigned long fd)
{
    struct files *files = self->files;

    return fd < files->top ? files->slot[fd] : NULL;
}

/* A new open file with one reference and no place, from the free list; NULL: no memory. */
struct file *file_new(const struct file_ops *ops, uint32_t flags);

static inline struct file *file_ref(struct file *file)
{
    file->refs++;
    return file;
}

/* Drops a reference; with the last one the file is closed. */
void file_put(struct file *file);

/* Puts `file` (takes the reference, on failure as well) at the lowest free descriptor >= from: the descriptor, -EMFILE,
 * -ENOMEM. */
long file_install(struct client *self, struct file *file, unsigned from, bool cloexec);

/* Puts `file` (takes the reference) at descriptor fd, closing what is there. fd, -ENOMEM. The caller checks the limit.
 * */
long file_install_at(struct client *self, struct file *file, unsigned fd, bool cloexec);

/* FD_CLOEXEC of a descriptor in use. */
bool file_cloexec(const struct client *self, unsigned fd);
void file_set_cloexec(struct client *self, unsigned fd, bool on);

/* Closes descriptor fd. -EBADF. */
long file_close(struct client *self, unsigned long fd);

/* The end of pipe2(2) and socketpair(2): writes two fresh descriptors to the client, at `to`. If that fails, or the second
 * is an error, none remains: that error. */
long file_tell_pair(struct client *self, struct call *call, uint64_t to, const int fd[2]);

/* An open file without a path on `data`, at the lowest free descriptor, which is the result. -EMFILE, -ENOMEM; then
 * ops->release has been called. */
long file_anonymous(struct client *self, const struct file_ops *ops, void *data, uint32_t flags, bool cloexec);

/* lseek of eventfd and its like: succeeds and means nothing. */
long anonymous_seek(struct file *file, int64_t offset, int whence);

/* Tables. copy and new give NULL without memory; put closes everything with the last reference. `client` is who lets
 * go: its record locks go with the table. */
struct files *files_new(void);
struct files *files_copy(struct files *from);
struct files *files_share(struct files *files);
void files_put(struct files *files, struct client *client);
void files_close_on_exec(struct client *client);

/* ---- what opening gives, by file type: each fills file->ops and file->data --------------------------------------- */

extern const struct file_ops regular_ops, directory_ops, path_ops;

/* pipe.c: a fifo is opened (may wait for the other end: DEFERRED; O_NONBLOCK: -ENXIO). 0, -errno. */
long fifo_open(struct file *file, struct client *self, struct call *call);
/* devfs.c: a character device by node->rdev. -ENXIO. */
long device_open(struct file *file, struct client *self, struct call *call);
/* devfs.c: the device whose mapping is anonymous memory. */
bool device_is_zero(const struct node *node);
/* console.c: input may have come or output room be there again (VFS_EVENT_CONSOLE). */
void tty_notified(void);
/* tty.c: a session has ended or changed hands: the terminal whose session this is forgets it. */
void tty_session_end(uint32_t sid);

/* epoll.c: the file is closed for good; no epoll watches it any longer. */
void epoll_forget(struct file *file);

/* poll.c: a call with a signal mask that proc has put in force (VFS_LABEL_MASKED). */
long poll_masked(struct client *self, struct call *call);

#endif
