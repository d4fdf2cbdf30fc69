/* What the kinds of System V IPC share: namespaces, tables of objects, permissions. Contracts: ipc.h. */
#include "servers/proc/ipc.h"
#include "servers/proc/cache.h"
#include "servers/proc/machine.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/ipc.h>
#include <stdlib.h>
#include <string.h>

enum { INDEX_BITS = 15, SEQUENCES = 1 << 16, TABLE_LEAST = 16 };

/* About half of what root keeps in reserve for proc (servers/root/main.c), so that no program can use that up. */
#define SHARE_OF_MEMORY 128 /* one part in so many, */
#define SHARE_MOST      (8UL << 20)

/* ---- memory -------------------------------------------------------------------------------------------------------- */

static uint64_t allocated;

void *ipc_alloc(size_t bytes)
{
    static uint64_t most;
    uint64_t total, left;
    void *memory;

    if (!most) {
        machine_memory(&total, &left);
        most = total / SHARE_OF_MEMORY < SHARE_MOST ? total / SHARE_OF_MEMORY : SHARE_MOST;
    }
    if (bytes > most - allocated)
        return NULL;
    memory = calloc(1, bytes);
    if (memory)
        allocated += bytes;
    return memory;
}

void ipc_release(void *memory, size_t bytes)
{
    if (!memory)
        return;
    free(memory);
    allocated -= bytes;
}

/* ---- namespaces ---------------------------------------------------------------------------------------------------- */

static void (*const destroy[IPC_KINDS])(struct ipc_object *) = {
    [IPC_KIND_MSG] = msg_queue_destroy,
    [IPC_KIND_SEM] = sem_set_destroy,
    [IPC_KIND_SHM] = shm_segment_destroy,
};

static struct ipc_namespace *ipc_of(struct namespace *ns)
{
    return (struct ipc_namespace *)ns;
}

struct ipc_namespace *process_ipc(const struct process *process)
{
    return ipc_of(process_namespace(process, NS_IPC));
}

const uint64_t ipc_limit_most[IPC_LIMITS] = {
    [IPC_MSGMAX] = INT_MAX, [IPC_MSGMNB] = INT_MAX, [IPC_MSGMNI] = 1U << INDEX_BITS, [IPC_SEMMSL] = SEMMSL,
    [IPC_SEMMNS] = INT_MAX, [IPC_SEMOPM] = SEMOPM,  [IPC_SEMMNI] = 1U << INDEX_BITS, [IPC_SHMMAX] = ULONG_MAX,
    [IPC_SHMALL] = ULONG_MAX, [IPC_SHMMNI] = 1U << INDEX_BITS,
};

/* A new one is empty, and has the limits that the first began with. */
long ipc_make(struct namespace *from, const struct process *maker, struct namespace **fresh)
{
    static const uint64_t defaults[IPC_LIMITS] = IPC_LIMIT_DEFAULTS;
    struct ipc_namespace *ipc = ipc_alloc(sizeof(*ipc));

    (void)from;
    (void)maker;
    if (!ipc)
        return -ENOMEM;
    memcpy(ipc->limit, defaults, sizeof(defaults));
    *fresh = &ipc->ns;
    return 0;
}

/* A thread may still wait in it: another one of its process has moved them all into another namespace. */
void ipc_free_namespace(struct namespace *ns)
{
    struct ipc_namespace *ipc = ipc_of(ns);

    for (int kind = 0; kind < IPC_KINDS; kind++) {
        struct ipc_table *table = &ipc->table[kind];

        for (unsigned i = 0; i < table->size && table->count; i++)
            if (table->at[i])
                destroy[kind](table->at[i]);
        free(table->at);
    }
    ipc_release(ipc, sizeof(*ipc));
}

/* ---- tables -------------------------------------------------------------------------------------------------------- */

static struct ipc_table *table_of(const struct process *process, enum ipc_kind kind)
{
    return &process_ipc(process)->table[kind];
}

static struct ipc_object *find_key(const struct ipc_table *table, int32_t key)
{
    for (unsigned i = 0; i < table->size; i++)
        if (table->at[i] && table->at[i]->key == key)
            return table->at[i];
    return NULL;
}

long ipc_lookup(const struct process *process, enum ipc_kind kind, int32_t key, int flags, struct ipc_object **found)
{
    bool private = key == IPC_PRIVATE;

    *found = private ? NULL : find_key(table_of(process, kind), key);
    if (*found)
        return flags & IPC_CREAT && flags & IPC_EXCL ? -EEXIST : 0;
    return private || flags & IPC_CREAT ? 0 : -ENOENT;
}

static bool table_grow(struct ipc_table *table)
{
    unsigned size = table->size ? 2 * table->size : TABLE_LEAST;
    struct ipc_object **at = realloc(table->at, size * sizeof(*at));

    if (!at)
        return false;
    memset(at + table->size, 0, (size - table->size) * sizeof(*at));
    table->at = at;
    table->size = size;
    return true;
}

/* The lowest free index, so that ids stay short; whoever kept the id of a removed object does not meet its successor. */
static void table_place(struct ipc_table *table, struct ipc_object *object)
{
    unsigned index = 0;

    while (table->at[index])
        index++;
    if (index < table->past)
        table->sequence = (table->sequence + 1) % SEQUENCES;
    table->past = index + 1;
    table->count++;
    table->at[index] = object;
    object->id = (int)(table->sequence << INDEX_BITS | index);
}

long ipc_insert(const struct process *process, enum ipc_kind kind, unsigned most, int32_t key, int flags,
                struct ipc_object *object)
{
    struct ipc_table *table = table_of(process, kind);

    if (table->count >= most)
        return -ENOSPC;
    if (table->count == table->size && !table_grow(table))
        return -ENOMEM;
    object->in = process_ipc(process);
    object->kind = kind;
    object->key = key;
    object->mode = (uint32_t)flags & 0777;
    object->uid = object->cuid = process->cred->euid;
    object->gid = object->cgid = process->cred->egid;
    object->changed = ipc_now();
    table_place(table, object);
    return object->id;
}

struct ipc_object *ipc_at(const struct process *process, enum ipc_kind kind, int index)
{
    const struct ipc_table *table = table_of(process, kind);
    unsigned i = (unsigned)index & ((1U << INDEX_BITS) - 1);

    return index >= 0 && i < table->size ? table->at[i] : NULL;
}

struct ipc_object *ipc_find(const struct process *process, enum ipc_kind kind, int id)
{
    struct ipc_object *object = ipc_at(process, kind, id);

    return object && object->id == id ? object : NULL;
}

long ipc_highest(const struct process *process, enum ipc_kind kind)
{
    const struct ipc_table *table = table_of(process, kind);

    for (unsigned i = table->size; i > 0; i--)
        if (table->at[i - 1])
            return i - 1;
    return 0;
}

void ipc_remove(struct ipc_object *object)
{
    struct ipc_table *table = &object->in->table[object->kind];

    table->at[(unsigned)object->id & ((1U << INDEX_BITS) - 1)] = NULL;
    table->count--;
}

/* ---- permissions --------------------------------------------------------------------------------------------------- */

static bool in_group(const struct cred *cred, uint32_t gid)
{
    if (cred->fsgid == gid)
        return true;
    for (unsigned i = 0; i < cred->ngroups; i++)
        if (cred->groups[i] == gid)
            return true;
    return false;
}

static bool is_owner(const struct process *process, const struct ipc_object *object)
{
    return process->cred->euid == object->uid || process->cred->euid == object->cuid;
}

long ipc_permitted(const struct process *process, const struct ipc_object *object, unsigned mode)
{
    unsigned asked = (mode >> 6 | mode >> 3 | mode) & 7, granted = object->mode;

    if (is_owner(process, object))
        granted >>= 6;
    else if (in_group(process->cred, object->gid) || in_group(process->cred, object->cgid))
        granted >>= 3;
    return !(asked & ~granted) || cred_capable_in(process, object->in->ns.owner, CAP_IPC_OWNER) ? 0 : -EACCES;
}

long ipc_stat_find(const struct process *process, enum ipc_kind kind, int id, bool by_id, bool any,
                   struct ipc_object **object)
{
    *object = by_id ? ipc_find(process, kind, id) : ipc_at(process, kind, id);
    if (!*object)
        return -EINVAL;
    return any ? 0 : ipc_permitted(process, *object, MAY_READ);
}

long ipc_may_change(const struct process *process, const struct ipc_object *object)
{
    return is_owner(process, object) || cred_capable_in(process, object->in->ns.owner, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

void ipc_perm_fill(const struct process *reader, const struct ipc_object *object, struct ipc64_perm *perm)
{
    perm->key = object->key;
    perm->uid = uid_seen(reader, object->uid);
    perm->gid = gid_seen(reader, object->gid);
    perm->cuid = uid_seen(reader, object->cuid);
    perm->cgid = gid_seen(reader, object->cgid);
    perm->mode = object->mode;
    perm->seq = (unsigned short)(object->id >> INDEX_BITS);
}

long ipc_perm_set(const struct process *process, struct ipc_object *object, const struct ipc64_perm *perm)
{
    uint32_t uid = uid_meant(process, perm->uid), gid = gid_meant(process, perm->gid);

    if (uid == ID_NOBODY || gid == ID_NOBODY)
        return -EINVAL;
    object->uid = uid;
    object->gid = gid;
    object->mode = (object->mode & ~0777U) | (perm->mode & 0777);
    object->changed = ipc_now();
    return 0;
}

int64_t ipc_now(void)
{
    return (int64_t)(clock_realtime_ns() / 1000000000);
}

/* ---- who did it last ----------------------------------------------------------------------------------------------- */

void ipc_actor_set(struct ipc_actor *actor, const struct process *process)
{
    struct pid_numbers *numbers = numbers_get(process->numbers);

    ipc_actor_put(actor);
    *actor = (struct ipc_actor){ process->pid, numbers };
}

void ipc_actor_put(struct ipc_actor *actor)
{
    numbers_put(actor->numbers);
    *actor = (struct ipc_actor){ 0 };
}

int ipc_actor_seen(const struct process *reader, const struct ipc_actor *actor)
{
    return actor->pid ? (int)number_in(process_pid_namespace(reader), actor->pid, actor->numbers) : 0;
}
