/*
 * System V IPC: sysvipc(7), and the namespaces that hold it, ipc_namespaces(7). What message queues, semaphore sets and
 * shared memory have in common: a key by which they are found, an id by which they are used, an owner and a mode. Each
 * kind has a struct of its own that begins with a struct ipc_object, and a file: ipc_msg.c, ipc_sem.c, ipc_shm.c.
 *
 * An object lives until it is removed or its namespace ends; whoever waits at it is answered EIDRM then. All that proc
 * allocates for users' IPC is counted against one limit (ipc_alloc), for it is proc's own memory.
 */
#ifndef PROC_IPC_H
#define PROC_IPC_H

#include "servers/proc/namespace.h"
#include <asm/ipcbuf.h>
#include <limits.h>
#include <linux/msg.h>
#include <linux/sem.h>
#include <linux/shm.h>
#include <stddef.h>

struct pid_numbers;
struct text;
struct thread;

enum ipc_kind { IPC_KIND_MSG, IPC_KIND_SEM, IPC_KIND_SHM, IPC_KINDS };

struct ipc_object {
    struct ipc_namespace *in;
    enum ipc_kind kind;
    int id;
    int32_t key;                   /* IPC_PRIVATE: found by none */
    uint32_t uid, gid, cuid, cgid; /* owner and creator; ids of the first user namespace */
    uint32_t mode;                 /* permissions, nine bits; above them what a kind has to say */
    int64_t changed;               /* seconds since 1970 */
};

/* Objects of one kind, by the lower bits of their ids. */
struct ipc_table {
    struct ipc_object **at;
    unsigned size, count;
    unsigned past, sequence; /* the index behind that given out last; how often that has gone back: upper bits of an id */
};

/* What /proc/sys/kernel sets: the names there, in capitals; those of `sem` in its order. */
enum ipc_limit {
    IPC_MSGMAX, IPC_MSGMNB, IPC_MSGMNI, IPC_SEMMSL, IPC_SEMMNS, IPC_SEMOPM, IPC_SEMMNI, IPC_SHMMAX, IPC_SHMALL, IPC_SHMMNI,
    IPC_LIMITS
};

#define IPC_LIMIT_DEFAULTS \
    { \
        MSGMAX, MSGMNB, MSGMNI, SEMMSL, SEMMNS, SEMOPM, SEMMNI, SHMMAX, SHMALL, SHMMNI \
    }

/* How far each can be raised. */
extern const uint64_t ipc_limit_most[IPC_LIMITS];

struct ipc_namespace {
    struct namespace ns;
    struct ipc_table table[IPC_KINDS];
    uint64_t limit[IPC_LIMITS];
    unsigned semaphores;      /* in all sets */
    uint64_t messages, bytes; /* in all queues */
    uint64_t shared_pages;    /* of all segments */
};

extern struct ipc_namespace ipc_first;

/* For namespace_types. */
long ipc_make(struct namespace *from, const struct process *maker, struct namespace **fresh);
void ipc_free_namespace(struct namespace *ns);

/* The process's; borrowed. */
struct ipc_namespace *process_ipc(const struct process *process);

/* ---- memory -------------------------------------------------------------------------------------------------------- */

/* Zeroed; NULL if there is no memory or users' IPC has its share of it. */
void *ipc_alloc(size_t bytes);
void ipc_release(void *memory, size_t bytes);

/* ---- objects ------------------------------------------------------------------------------------------------------- */

/*
 * What semget and its like find. 0 with *found, which may be NULL: one is to be made; -ENOENT, -EEXIST. What is found has
 * still to be asked ipc_permitted. O(objects).
 */
long ipc_lookup(const struct process *process, enum ipc_kind kind, int32_t key, int flags, struct ipc_object **found);

/* A fresh object gets its id, which is returned, and owner and mode of whoever makes it. -ENOSPC: `most` are there;
 * -ENOMEM. */
long ipc_insert(const struct process *process, enum ipc_kind kind, unsigned most, int32_t key, int flags,
                struct ipc_object *object);

/* The one with that id, or NULL. O(1). */
struct ipc_object *ipc_find(const struct process *process, enum ipc_kind kind, int id);

/* The one with that index (SEM_STAT and its like), and the highest index in use, 0 without any. */
struct ipc_object *ipc_at(const struct process *process, enum ipc_kind kind, int index);
long ipc_highest(const struct process *process, enum ipc_kind kind);

/* What IPC_STAT names by its id; MSG_STAT and its like by its index (not by_id), MSG_STAT_ANY also to who may not read it
 * (any). 0 with *object; -EINVAL, -EACCES. */
long ipc_stat_find(const struct process *process, enum ipc_kind kind, int id, bool by_id, bool any,
                   struct ipc_object **object);

/* Out of the table, before whoever has it frees it. */
void ipc_remove(struct ipc_object *object);

/* What may be asked for, in any of three digits. */
enum { MAY_READ = 0444, MAY_WRITE = 0222, MAY_EXECUTE = 0111 };

/* 0, or -EACCES: `mode` is what is asked for. */
long ipc_permitted(const struct process *process, const struct ipc_object *object, unsigned mode);

/* 0, or -EPERM: IPC_SET and IPC_RMID are for owner and creator. */
long ipc_may_change(const struct process *process, const struct ipc_object *object);

/* IPC_STAT and IPC_SET. -EINVAL: ids that are nobody's. */
void ipc_perm_fill(const struct process *reader, const struct ipc_object *object, struct ipc64_perm *perm);
long ipc_perm_set(const struct process *process, struct ipc_object *object, const struct ipc64_perm *perm);

int64_t ipc_now(void);

/* Removes and frees an object of its kind. */
void msg_queue_destroy(struct ipc_object *object);
void sem_set_destroy(struct ipc_object *object);
void shm_segment_destroy(struct ipc_object *object);

/* Its line in /proc/sysvipc. */
void msg_queue_print(struct text *text, const struct process *reader, const struct ipc_object *object);
void sem_set_print(struct text *text, const struct process *reader, const struct ipc_object *object);
void shm_segment_print(struct text *text, const struct process *reader, const struct ipc_object *object);

/* ---- who did it last ----------------------------------------------------------------------------------------------- */

/* A process that may have ended; its number in each pid namespace is kept by reference. Zeroed: nobody. */
struct ipc_actor {
    uint32_t pid;
    struct pid_numbers *numbers;
};

void ipc_actor_set(struct ipc_actor *actor, const struct process *process);
void ipc_actor_put(struct ipc_actor *actor);
int ipc_actor_seen(const struct process *reader, const struct ipc_actor *actor);

#endif
