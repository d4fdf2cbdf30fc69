/* The objects and the sets: namespace_make, namespace_put, namespace_set_copy. Who asks for them: fork.c and unshare.c. */
#include "servers/proc/namespace.h"
#include "servers/proc/cache.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/ipc.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/user_namespace.h"
#include "servers/proc/uts.h"
#include "servers/protocol/linux.h"
#include <string.h>

/* As Linux shows them: include/linux/proc_ns.h. The others count on from there. */
enum {
    NUMBER_IPC = 0xefffffff, NUMBER_UTS = 0xeffffffe, NUMBER_USER = 0xeffffffd, NUMBER_PID = 0xeffffffc,
    NUMBER_CGROUP = 0xeffffffb, NUMBER_TIME = 0xeffffffa, NUMBER_NET = VFS_NET_FIRST, NUMBER_MNT = VFS_MNT_FIRST,
    NUMBER_FRESH = 0xf0000080,
};

enum { HASH_SIZE = 64 };

static LIST_HEAD(, namespace) hash[HASH_SIZE];
static struct cache plain = CACHE(struct namespace, 8);
static struct cache sets = CACHE(struct namespace_set, 8);

#define FIRST(of_kind, its_number) \
    { \
        .refs = 1, .kind = (of_kind), .number = (its_number), .owner = &user_first.ns \
    }

struct user_namespace user_first = { .ns = { .refs = 1, .kind = NS_USER, .number = NUMBER_USER } };
struct pid_namespace pid_first = { .ns = FIRST(NS_PID, NUMBER_PID) };
static struct namespace mnt_first = FIRST(NS_MNT, NUMBER_MNT);
struct ipc_namespace ipc_first = { .ns = FIRST(NS_IPC, NUMBER_IPC), .limit = IPC_LIMIT_DEFAULTS };
static struct namespace net_first = FIRST(NS_NET, NUMBER_NET);
struct cgroup_namespace cgroup_first = { .ns = FIRST(NS_CGROUP, NUMBER_CGROUP), .root = &cgroup_root };
static struct namespace time_first = FIRST(NS_TIME, NUMBER_TIME);
struct uts_namespace uts_first = {
    .ns = FIRST(NS_UTS, NUMBER_UTS), .nodename = "tine", .domainname = "(none)"
};

/* One whose contents are all in vfs. */
static long plain_make(struct namespace *from, const struct process *maker, struct namespace **fresh)
{
    (void)from;
    (void)maker;
    *fresh = cache_take(&plain);
    return *fresh ? 0 : -ENOMEM;
}

static void plain_free(struct namespace *ns)
{
    cache_give(&plain, ns);
}

const struct namespace_type namespace_types[NS_KINDS] = {
    [NS_MNT] = { CLONE_NEWNS, plain_make, plain_free, &mnt_first },
    [NS_UTS] = { CLONE_NEWUTS, uts_make, uts_free, &uts_first.ns },
    [NS_IPC] = { CLONE_NEWIPC, ipc_make, ipc_free_namespace, &ipc_first.ns },
    [NS_USER] = { CLONE_NEWUSER, user_namespace_make, user_namespace_free, &user_first.ns },
    [NS_PID] = { CLONE_NEWPID, pid_namespace_make, pid_namespace_free, &pid_first.ns },
    [NS_NET] = { CLONE_NEWNET, plain_make, plain_free, &net_first },
    [NS_CGROUP] = { CLONE_NEWCGROUP, cgroup_namespace_make, cgroup_namespace_free, &cgroup_first.ns },
    [NS_TIME] = { CLONE_NEWTIME, NULL, NULL, &time_first },
};

/* ---- one --------------------------------------------------------------------------------------------------------- */

struct namespace *namespace_find(uint32_t number)
{
    struct namespace *ns;

    LIST_FOREACH(ns, &hash[number % HASH_SIZE], same_hash)
        if (ns->number == number)
            return ns;
    for (int kind = 0; kind < NS_KINDS; kind++)
        if (namespace_types[kind].first->number == number)
            return namespace_types[kind].first;
    return NULL;
}

/* Numbers come again only after all have been used. */
static uint32_t number_fresh(void)
{
    static uint32_t last = NUMBER_FRESH;

    do
        last = last == UINT32_MAX ? NUMBER_FRESH : last + 1;
    while (namespace_find(last));
    return last;
}

long namespace_make(enum ns_link kind, struct namespace *from, struct namespace *owner, const struct process *maker,
                    struct namespace **fresh)
{
    const struct namespace_type *type = &namespace_types[kind];
    bool nests = kind == NS_PID || kind == NS_USER;
    struct namespace *ns;
    long err = type->make ? type->make(from, maker, &ns) : -EINVAL;

    if (err)
        return err;
    ns->refs = 1;
    ns->kind = kind;
    ns->number = number_fresh();
    ns->owner = namespace_get(owner);
    ns->parent = nests ? namespace_get(from) : NULL;
    LIST_INSERT_HEAD(&hash[ns->number % HASH_SIZE], ns, same_hash);
    *fresh = ns;
    return 0;
}

void namespace_put(struct namespace *ns)
{
    struct namespace *owner, *parent;

    /* Parents follow their last child: a chain, so not by recursion. */
    while (ns && --ns->refs == 0) {
        if (vfs_ns_drop(PROC_VFS, ns->number) == 1) {
            ns->refs = 1; /* vfs's, until namespace_released */
            return;
        }
        owner = ns->owner;
        parent = ns->parent;
        LIST_REMOVE(ns, same_hash);
        namespace_types[ns->kind].free(ns);
        if (parent)
            namespace_put(owner); /* a user namespace: its own chain is as long as those nest */
        ns = parent ? parent : owner;
    }
}

void namespace_released(uint32_t number)
{
    struct namespace *ns = namespace_find(number);

    if (ns)
        namespace_put(ns);
}

/* ---- sets -------------------------------------------------------------------------------------------------------- */

struct namespace_set *namespace_set_first(void)
{
    struct namespace_set *set = cache_take(&sets);

    if (!set)
        return NULL;
    set->refs = 1;
    for (int kind = 0; kind < NS_KINDS; kind++)
        set->in[kind] = kind == NS_USER || kind == NS_PID ? NULL : namespace_get(namespace_types[kind].first);
    set->in[NS_PID_CHILDREN] = namespace_get(&pid_first.ns);
    set->in[NS_TIME_CHILDREN] = namespace_get(&time_first);
    return set;
}

void namespace_set_put(struct namespace_set *set)
{
    if (--set->refs)
        return;
    for (int link = 0; link < NS_LINKS; link++)
        if (set->in[link])
            namespace_put(set->in[link]);
    cache_give(&sets, set);
}

void namespace_set_replace(struct namespace_set *set, enum ns_link link, struct namespace *ns)
{
    struct namespace *old = set->in[link];

    set->in[link] = namespace_get(ns);
    namespace_put(old);
}

/* The set, with references of its own. */
static struct namespace_set *set_clone(const struct namespace_set *from)
{
    struct namespace_set *set = cache_take(&sets);

    if (!set)
        return NULL;
    *set = *from;
    set->refs = 1;
    for (int link = 0; link < NS_LINKS; link++)
        if (set->in[link])
            namespace_get(set->in[link]);
    return set;
}

enum ns_link namespace_link_of(enum ns_link kind)
{
    return kind == NS_PID ? NS_PID_CHILDREN : kind == NS_TIME ? NS_TIME_CHILDREN : kind;
}

/* What vfs must know of a new one, made after another. */
static long namespace_announce(const struct namespace *ns, const struct namespace *from)
{
    if (ns->kind == NS_MNT)
        return vfs_mount_space(PROC_VFS, ns->number, from->number, ns->owner->number);
    if (ns->kind == NS_NET)
        return vfs_net_space(PROC_VFS, ns->number);
    if (ns->kind != NS_CGROUP)
        return 0;
    return vfs_cgroup_space(PROC_VFS, ns->number, ((const struct cgroup_namespace *)ns)->root->id);
}

static long set_renew(struct namespace_set *set, enum ns_link kind, const struct process *process,
                      const struct cred *cred)
{
    struct namespace *from = set->in[namespace_link_of(kind)], *fresh;
    long err = namespace_make(kind, from, cred->user, process, &fresh);

    if (err)
        return err;
    err = namespace_announce(fresh, from);
    if (!err)
        namespace_set_replace(set, namespace_link_of(kind), fresh);
    namespace_put(fresh);
    return err;
}

long namespace_set_copy(const struct process *process, const struct cred *cred, uint64_t flags,
                        struct namespace_set **copy)
{
    struct namespace_set *set = set_clone(process->set);
    long err = set ? 0 : -ENOMEM;

    for (int kind = 0; kind < NS_KINDS && !err; kind++)
        if (kind != NS_USER && flags & namespace_flag((enum ns_link)kind))
            err = set_renew(set, (enum ns_link)kind, process, cred);
    if (err && set)
        namespace_set_put(set);
    if (!err)
        *copy = set;
    return err;
}

/* ---- of a process ------------------------------------------------------------------------------------------------ */

struct namespace *process_namespace(const struct process *process, enum ns_link link)
{
    if (link == NS_USER)
        return process->cred->user;
    return link == NS_PID ? &process_pid_namespace(process)->ns : process->set->in[link];
}

void namespaces_tell(const struct process *process)
{
    uint32_t numbers[NS_LINKS];

    for (int link = 0; link < NS_LINKS; link++)
        numbers[link] = process_namespace(process, (enum ns_link)link)->number;
    vfs_namespaces(PROC_VFS, process->pid, numbers);
}
