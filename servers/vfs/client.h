/*
 * Clients: what vfs knows of a process, one struct per number that proc chose. Only proc's messages (protocol.c) make,
 * change and end one. And the memory of a waiting client: copies to and from it.
 *
 * A call's door is `long sys_NAME(struct client *self, struct call *call)`, arguments in call->m.w[]. It returns the
 * result or a negative errno, or one of libc/server.h's outcomes. To reach the client's memory it uses copy_in,
 * copy_out or a struct transfer; if these return -EFAULT the door returns -EFAULT *having had no effect*, and the
 * dispatcher sends the client to its pager with the range that was missing; then the call runs again (syscalls.c,
 * dispatch).
 */
#ifndef VFS_CLIENT_H
#define VFS_CLIENT_H

#include "servers/protocol/linux.h"
#include "servers/protocol/proc.h"
#include "servers/protocol/root.h"
#include "servers/protocol/vfs.h"
#include "servers/vfs/wait.h"

struct files;
struct node;
struct part;
struct fs_context;
struct numbers;
struct users;

struct client {
    uint32_t number;
    uint64_t born;             /* when, by node_version_next: a node of /proc that is older is not of this client */
    struct files *files;       /* descriptor table, counted: shared by CLONE_FILES */
    struct fs_context *fs;     /* root, working directory, umask; counted: shared by CLONE_FS */
    struct waiter *resumed;    /* the waiter that runs again just now, else NULL */
    uint64_t *advanced;        /* the file's offset that the answer being given has moved on by its value, or NULL */
    /* The range that the last -EFAULT of a copy was about; fault_len 0: none. */
    uint64_t fault_addr;
    size_t fault_len;
    unsigned fault_prot;
    uint32_t sid, pgrp;        /* session and process group */
    bool leader;               /* leads its session */
    bool zombie;               /* has ended: only its number is left, for /proc */
    badge_t waived;            /* thread whose next terminal access is not checked; 0 none */
    uint64_t fsize_limit;      /* RLIMIT_FSIZE */
    uint64_t nofile;           /* RLIMIT_NOFILE */
    uint64_t exe;              /* handle of the running program (node.h, handle_get), 0 none */
    LIST_HEAD(, waiter) waiters;
    LIST_HEAD(, part) parts;   /* part.h: threads with tables of their own */
    struct users *users;       /* users.h: maps of its user namespace; NULL: the first one's */
    struct numbers *numbers;   /* numbers.h: its own; NULL: it is in the first pid namespace */
    struct identity *identity; /* identity.h: counted; NULL: nobody has asked for it */
    uint32_t namespaces[NS_LINKS]; /* their numbers: vfs.h */
    struct vfs_cred cred;
};

/* The client of the server itself: uid 0, all rights, root directory; for initrd and /dev. Has no memory to copy from.
 * */
extern struct client client_boot;

/*
 * Clients by number, in two levels: a leaf of 512 is made when a number in it is first used and stays. Numbers are
 * process ids, which Linux bounds at 4 Mi.
 */
#define CLIENT_LEAF_BITS 9
#define CLIENT_LEAF      (1U << CLIENT_LEAF_BITS)
#define CLIENT_LAST      (1U << 22)
extern struct client **client_leaf[CLIENT_LAST >> CLIENT_LEAF_BITS];

/* O(1). NULL if there is none. */
static inline struct client *client_find(uint32_t number)
{
    struct client **clients = number < CLIENT_LAST ? client_leaf[number >> CLIENT_LEAF_BITS] : NULL;

    return clients ? clients[number & (CLIENT_LEAF - 1)] : NULL;
}

/* The client with the least number >= `from`, or NULL: for /proc. */
struct client *client_next(uint32_t from);

long client_fork(struct client *parent, uint32_t child, unsigned flags);
/* Tables as a child of the client gets them: enum vfs_fork_flag. -ENOMEM. */
long tables_fork(struct client *from, unsigned flags, struct files **files, struct fs_context **fs);
/* Everything it had is closed, and its number goes; with client_zombie the number stays until client_exit. -ENOMEM. */
void client_exit(struct client *client);
long client_zombie(uint32_t number);

/* ---- the memory of a client that waits for an answer ------------------------------------------------------------- */

/* Copies len bytes from / to the client. 0 or -EFAULT (noted in self; see above). */
long copy_in(struct client *self, struct call *call, void *to, uint64_t from, size_t len);
long copy_out(struct client *self, struct call *call, uint64_t to, const void *from, size_t len);

/* As copy_out and then the answer 0, in one: to be returned at the end of a call that has had no effect. What is at `from`
 * outlives the call. */
long answer_out(struct client *self, struct call *call, uint64_t to, const void *from, size_t len);

/* The memory that an answer was to write (server.h, uncopied) is not there. */
long answer_failed(struct call *call, err_t err);

/* Copies a zero-terminated string of fewer than `size` bytes: its length, -EFAULT, -ENAMETOOLONG. */
long copy_in_string(struct client *self, struct call *call, char *to, uint64_t from, size_t size);

struct segment {
    uint64_t base, len;
};

/* Bytes to be moved between a client's memory and a file: one buffer or several (readv). */
struct transfer {
    struct client *client;
    struct call *call;
    uint64_t addr;           /* of what is left of the current segment */
    size_t len;              /* bytes left in it */
    size_t left;             /* bytes left in all segments together */
    struct segment *more; /* the segments after it, or NULL */
    unsigned nmore;
    char *local;             /* not NULL: vfs's own memory instead of the client's (sendfile) */
    int fd;                  /* descriptor as the client named it; -1 where the offset is not the file's own */
};

/* Moves the transfer on by n bytes. */
void transfer_skip(struct transfer *t, size_t n);

/* Next n bytes (at most t->left) of the client's buffers from / to vfs memory, and on. 0, or -EFAULT with nothing
 * moved on (bytes may have been copied; they count for nothing). */
long transfer_in_pieces(struct transfer *t, void *to, size_t n);
long transfer_out_pieces(struct transfer *t, const void *from, size_t n);

/* A struct iovec array of the client becomes a transfer (rw.c), good until the next. -EFAULT, -EINVAL. */
long transfer_vector(struct client *self, struct call *call, uint64_t vector, uint64_t count, struct transfer *t);

/* The transfer of a call that runs again begins behind what it has moved; and its outcome counts that. */
void transfer_resume(struct client *self, struct transfer *t);
long transfer_total(struct client *self, long outcome);

/* Within one buffer of the client: the usual case, one kernel operation. */
static inline bool transfer_in_one(struct transfer *t, void *to, size_t n)
{
    size_t done;

    return !t->local && n <= t->len && !tine_reply_read(t->call->reply, t->addr, to, n, &done);
}

static inline bool transfer_out_one(struct transfer *t, const void *from, size_t n)
{
    size_t done;

    return !t->local && n <= t->len && !tine_reply_write(t->call->reply, t->addr, from, n, &done);
}

static inline void transfer_moved(struct transfer *t, size_t n)
{
    t->addr += n;
    t->len -= n;
    t->left -= n;
}

static inline long transfer_in(struct transfer *t, void *to, size_t n)
{
    if (!__builtin_expect(transfer_in_one(t, to, n), 1))
        return transfer_in_pieces(t, to, n);
    transfer_moved(t, n);
    return 0;
}

static inline long transfer_out(struct transfer *t, const void *from, size_t n)
{
    if (!__builtin_expect(transfer_out_one(t, from, n), 1))
        return transfer_out_pieces(t, from, n);
    transfer_moved(t, n);
    return 0;
}

/*
 * As transfer_out of the first n bytes and then the result n, in one: to be returned by an operation whose only effect is
 * that *offset (NULL: none) has moved on by n. What is at `from` outlives the call.
 */
long transfer_answer(struct transfer *t, const void *from, size_t n, uint64_t *offset);

/* ---- clients and proc -------------------------------------------------------------------------------------------- */

/*
 * Sends the waiting client to proc with a signal for itself or its group; proc answers it with `result`
 * (PROC_RESULT_RESTART: lets its call run again). Returns DEFERRED, to be returned by the operation, which must have
 * had no effect in this run. If earlier runs moved bytes and result is an errno, their count is the result instead.
 * EPIPE: client_signal(self, call, 13, -EPIPE, PROC_TO_THREAD).
 */
long client_signal(struct client *self, struct call *call, int sig, long result, enum proc_signal_to to);

/* Something that no caller travels with (Ctrl-C, window size). Kept until proc fetches it, which it does before any client
 * runs again; the oldest are lost beyond 64. */
void event_post(enum vfs_event_kind kind, int sig, uint32_t number);

/* Fetches the oldest event: its kind, or VFS_NO_EVENT. */
enum vfs_event_kind event_take(int *sig, uint32_t *number);

#endif
