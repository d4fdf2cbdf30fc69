/*
 * Namespaces: namespaces(7). The objects, the set that a process refers to, and how one is made, shared and given up.
 *
 * Each kind has a struct of its own that begins with a struct namespace, made and freed by its row of namespace_types;
 * mount and network namespaces have their contents in vfs, which knows them by their numbers. A process refers to a *set*,
 * shared by fork and replaced as a whole by clone with flags, unshare and setns; to its user namespace by its credentials,
 * and to its pid namespace by its numbers. In Linux each thread has a set; here threads of a process share one.
 *
 * A namespace lives as long as something in proc refers to it, or a file of it is open or mounted in vfs, which is asked
 * when the last reference in proc goes.
 */
#ifndef PROC_NAMESPACE_H
#define PROC_NAMESPACE_H

#include "servers/protocol/vfs.h"
#include <linux/sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct cred;
struct process;

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#define CLONE_NAMESPACES                                                                                               \
    (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP |        \
     CLONE_NEWTIME)

struct namespace {
    LIST_ENTRY(namespace) same_hash; /* namespace_find. First: what a free list overwrites */
    unsigned refs;
    enum ns_link kind;         /* below NS_KINDS */
    uint32_t number;           /* inode number in nsfs */
    struct namespace *owner;   /* the user namespace it was made in: counted; NULL: the first user namespace */
    struct namespace *parent;  /* of pid and user namespaces: counted; NULL: the first */
};

/* What a process refers to, by kind. NS_USER and NS_PID are NULL: see process_namespace. */
struct namespace_set {
    struct namespace_set *next; /* in the free list */
    unsigned refs;
    struct namespace *in[NS_LINKS];
};

struct namespace_type {
    unsigned flag; /* CLONE_NEW* */
    /*
     * A fresh one for whoever is in `from`, with nothing set of what struct namespace has. client: whose child or itself
     * will be in it, for what lives in vfs. NULL: not known to this system, -EINVAL. 0, -ENOMEM, -ENOSPC (nested too deep).
     */
    long (*make)(struct namespace *from, const struct process *maker, struct namespace **fresh);
    void (*free)(struct namespace *ns);
    struct namespace *first; /* where the first process is: there from the beginning */
};

extern const struct namespace_type namespace_types[NS_KINDS];


/* The set of the first process. */
struct namespace_set *namespace_set_first(void);

static inline struct namespace_set *namespace_set_get(struct namespace_set *set)
{
    set->refs++;
    return set;
}

void namespace_set_put(struct namespace_set *set);

/*
 * A set like the process's, but with a new namespace for each of CLONE_NEW* in flags (NEWUSER and NEWPID apart: they are
 * not the set's; NEWTIME: for children), owned by cred's user namespace. *Gives* it. 0, -EINVAL, -ENOMEM, -ENOSPC.
 */
long namespace_set_copy(const struct process *process, const struct cred *cred, uint64_t flags,
                        struct namespace_set **copy);

/* One new namespace, counted once, whose owner is `owner`. 0, -EINVAL, -ENOMEM, -ENOSPC. */
long namespace_make(enum ns_link kind, struct namespace *from, struct namespace *owner, const struct process *maker,
                    struct namespace **fresh);

static inline struct namespace *namespace_get(struct namespace *ns)
{
    ns->refs++;
    return ns;
}

/* Gives up a reference; the last one frees it, unless vfs still has its file. */
void namespace_put(struct namespace *ns);

/* Takes a reference for link in place of what the set has there. The set is nobody else's. */
void namespace_set_replace(struct namespace_set *set, enum ns_link link, struct namespace *ns);

/* Where in a set a namespace of the kind goes that somebody begins or enters: those of pids and time are for children. */
enum ns_link namespace_link_of(enum ns_link kind);

/* The namespace with that number, borrowed, or NULL. */
struct namespace *namespace_find(uint32_t number);

/* What the process is in, or its children will be; borrowed. */
struct namespace *process_namespace(const struct process *process, enum ns_link link);

/* vfs learns what namespaces the process is in: after it was given others than its parent's, or its own were replaced. */
void namespaces_tell(const struct process *process);

/* VFS_NS_RELEASED. */
void namespace_released(uint32_t number);

/* Of `kind`'s flag. */
static inline unsigned namespace_flag(enum ns_link kind)
{
    return namespace_types[kind].flag;
}

#endif
