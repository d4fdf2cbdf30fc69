/*
 * The interface of a file system: nodes (files), entries (names), mounts.
 *
 * A *node* is a file: type, owner, times, contents. An *entry* is a name in a directory that leads to a node; it knows
 * its directory's entry, so the path of anything is found by walking up. Both are counted. A *place* is an entry seen
 * through a mount. Times are nanoseconds since 1970.
 */
#ifndef VFS_NODE_H
#define VFS_NODE_H

#include "servers/vfs/client.h"

struct file;
struct pages;
struct pipe;
struct socket;
struct filesystem;
struct mount;
struct entry;

#define NAME_LONGEST 255
#define PATH_LONGEST 4096

/* File types and mode bits as <linux/stat.h> has them; flags of open as <asm/fcntl.h> has them. */
#define FILE_PATH 010000000 /* O_PATH */

/* An entry as seen through a mount. Counted where it is kept. */
struct place {
    struct mount *mount;
    struct entry *entry;
};

struct node_ops {
    /*
     * Directories. `dir` is the directory's entry. lookup gives a counted entry, -ENOENT. make gives the new counted
     * entry; mode has the type; target for symbolic links. Permissions, name length and read-only are checked before.
     * NULL: -EPERM.
     */
    long (*lookup)(struct client *self, struct entry *dir, const char *name, size_t len, struct entry **found);
    long (*make)(struct client *self, struct entry *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
                 const char *target, struct entry **made);
    long (*link)(struct entry *dir, const char *name, size_t len, struct node *node);
    long (*unlink)(struct entry *entry);
    long (*rename)(struct entry *entry, struct entry *dir, const char *name, size_t len, struct entry *over);
    /* Entries from cursor *at on, through emit (false: full), which moves *at behind each that was taken. */
    long (*list)(struct client *self, struct entry *dir, uint64_t *at,
                 bool (*emit)(void *into, const char *name, size_t len, uint64_t inode, uint32_t type, uint64_t next),
                 void *into);
    bool (*empty)(struct entry *dir);
    /* Symbolic links: the text into `to` (size PATH_LONGEST): its length; or, for links that lead to a place and not to
     * a text (/proc/self/exe), follow. */
    long (*readlink)(struct client *self, struct entry *link, char *to);
    long (*follow)(struct client *self, struct entry *link, struct place *to);
    /* Regular files. */
    long (*truncate)(struct node *node, uint64_t size);
    /* Fills file->ops, data; NULL: by file type. */
    long (*open)(struct file *file, struct client *self, struct call *call);
    /* The last reference goes and no link is left. */
    void (*free)(struct node *node);
};

struct node {
    const struct node_ops *ops;
    struct filesystem *fs;
    uint64_t inode;
    uint32_t refs;
    uint32_t mode;            /* type and permissions */
    uint32_t uid, gid;
    uint32_t nlink;
    uint32_t executing;       /* programs that run from it: not to be written (ETXTBSY) */
    uint32_t writers;         /* open for writing: not to be executed */
    uint8_t seals;            /* F_SEAL_*, memfd.c */
    bool sealable;            /* more may be added */
    bool linkable;            /* made without a name that it may still get (O_TMPFILE) */
    bool watched;             /* proc has a handle of it that is (handle.c) */
    uint64_t version;         /* of the contents: see node_changed */
    uint64_t rdev;            /* devices: major << 8 | minor, as Linux's new_encode_dev */
    uint64_t size;
    int64_t atime, mtime, ctime, btime;
    struct pipe *pipe;        /* fifo: its pipe while open (pipe.c) */
    struct lock_list *locks;  /* lock.c */
    union {
        struct pages *pages;  /* regular: contents (cache.c); NULL while empty */
        char *target;         /* symbolic link with a text of its own */
        struct socket *socket; /* socket: who is bound to it, or NULL */
    };
    uint64_t number;          /* the file system's own */
};

struct entry {
    uint32_t refs;
    uint16_t len;
    bool deleted;             /* no longer in its directory */
    struct node *node;
    struct entry *parent;     /* counted; the root's is itself */
    TAILQ_ENTRY(entry) sibling;
    TAILQ_HEAD(entries, entry) children; /* in order of making, so cookies ascend */
    SLIST_ENTRY(entry) same_hash;
    uint64_t cookie;          /* position in the directory, never reused */
    uint64_t next_cookie;     /* of its children */
    uint32_t handle;          /* handle.c: proc's name for it, 0 none */
    uint32_t mounted;         /* so many mounts lie on it */
    char *name;               /* zero-terminated */
    char short_name[32];      /* where it is, unless longer */
};

struct filesystem {
    const char *type;
    uint32_t magic;           /* of statfs */
    uint32_t device;
    uint32_t refs;            /* mounts */
    struct entry *root;
    LIST_HEAD(, mount) covered; /* mounts that lie on entries of it */
    uint64_t limit_pages;     /* tmpfs size=, 0 for none */
    uint64_t used_pages;
    uint64_t nodes;
    uint64_t next_inode;
    uint32_t space;           /* proc: the pid namespace it shows, numbers.h */
};

struct peers;
TAILQ_HEAD(mounts, mount);

struct mount {
    TAILQ_ENTRY(mount) sibling;  /* among the parent's children */
    struct mounts children;      /* that lie on it, the oldest first */
    LIST_ENTRY(mount) covers;    /* in covered of the file system that its point is in */
    TAILQ_ENTRY(mount) order;    /* in space->mounts */
    struct mount_space *space;   /* its mount namespace; NULL: detached, or never to be found by a path */
    uint32_t refs;
    uint32_t id;
    uint32_t origin;             /* id of what it was copied from with its namespace; 0: it was not */
    uint32_t flags;              /* MS_RDONLY, MS_NOSUID, ... */
    uint32_t locked_flags;       /* those that remount may not clear: mount_namespaces(7) */
    bool locked;                 /* not to be taken away from what it covers, likewise */
    bool unbindable;
    bool detached;               /* unmounted lazily: ends with its last reference */
    struct filesystem *fs;
    struct entry *root;          /* what is seen at the mount point: counted */
    struct mount *parent;        /* NULL for the first of a namespace, and when detached */
    struct peers *peers;         /* propagation.h: its peer group; NULL: it is not shared */
    struct peers *master;        /* the group whose slave it is, or NULL */
    LIST_ENTRY(mount) peer, slave; /* in these */
    struct mount *copy;          /* while a tree is copied: this mount's in the new one */
    struct mount *collected, *target; /* while something propagates */
    struct entry *point;         /* in the parent: counted */
    char source[64];
};

/* A new node of fs with one reference, times now; NULL: no memory. */
struct node *node_new(struct filesystem *fs, const struct node_ops *ops, uint32_t mode);

void node_put(struct node *node);

/* The contents change. The version that they get no contents have ever had, so a version alone tells them apart. */
void node_changed(struct node *node);

/* A version that nothing has, later than all that have been given away. */
uint64_t node_version_next(void);

static inline struct node *node_ref(struct node *node)
{
    node->refs++;
    return node;
}

/* A new entry with one reference, not in any directory yet. Takes the reference to node; parent NULL: a root. NULL: no
 * memory (the node's reference is still the caller's). */
struct entry *entry_new(struct entry *parent, const char *name, size_t len, struct node *node);

/* Puts an entry into its parent's directory, which takes a reference; takes it out again, which drops it. */
void entry_attach(struct entry *entry);
void entry_detach(struct entry *entry);

/* The attached entry of that name in dir, or NULL; borrowed. O(1). */
struct entry *entry_find(struct entry *dir, const char *name, size_t len);

/* Moves an attached entry to another directory and name; it stays the same entry, so who is in it stays in it.
 * -ENOMEM. */
long entry_rename(struct entry *entry, struct entry *dir, const char *name, size_t len);

/* Two attached entries change places: names and directories. */
void entry_exchange(struct entry *a, struct entry *b);

void entry_free(struct entry *entry);

static inline struct entry *entry_ref(struct entry *entry)
{
    entry->refs++;
    return entry;
}

static inline void entry_put(struct entry *entry)
{
    if (--entry->refs == 0)
        entry_free(entry);
}

static inline bool is_type(const struct node *node, uint32_t type)
{
    return (node->mode & 0170000) == type;
}

/* Nanoseconds since 1970, now. */
int64_t now_ns(void);

/* ---- for making files without a client (initrd, /dev): self is &client_boot, paths are absolute ------------------ */

/* Makes a file of the type in mode; missing directories on the way are made too (0755). An existing file of another
 * type than directory is replaced, an existing directory kept. *node (may be NULL) is borrowed. */
long boot_make(const char *path, uint32_t mode, uint32_t uid, uint32_t gid, uint64_t rdev, const char *target,
               int64_t mtime_ns, struct node **node);
/* A further name for the file at `old`. */
long boot_link(const char *old, const char *path);
/* The file at `path`, borrowed. */
long boot_find(const char *path, struct node **node);
/* Writes bytes into a regular file; it grows as needed. -ENOMEM, -ENOSPC. */
long boot_write(struct node *node, uint64_t offset, const void *bytes, size_t len);

#endif
