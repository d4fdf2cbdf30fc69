/* Control groups: the objects, what is counted in them, and how processes come and go. Their files are in cgroup_files.c. */
#include "servers/proc/cgroup.h"
#include "servers/proc/cache.h"
#include "servers/proc/oom.h"
#include "servers/proc/process.h"
#include "servers/proc/text.h"
#include "servers/protocol/linux.h"
#include <string.h>

enum { HASH_SIZE = 64, WEIGHT_DEFAULT = 100 };

static LIST_HEAD(, cgroup) hash[HASH_SIZE];
static struct cache groups = CACHE(struct cgroup, 8);
static struct cache spaces = CACHE(struct cgroup_namespace, 8);

struct cgroup cgroup_root = { .id = VFS_CGROUP_ROOT, .refs = 1, .pool = PROC_USERS, .memory_max = UINT64_MAX,
                              .tasks_max = UINT64_MAX, .weight = WEIGHT_DEFAULT };

/* ---- life -------------------------------------------------------------------------------------------------------- */

static struct cgroup *cgroup_find(uint32_t id)
{
    struct cgroup *group;

    if (id == VFS_CGROUP_ROOT)
        return &cgroup_root;
    LIST_FOREACH(group, &hash[id % HASH_SIZE], same_hash)
        if (group->id == id)
            return group;
    return NULL;
}

/* Without a pool of its own where they nest deeper than the kernel's do: then its parent's pays. */
static cap_t pool_make(const struct cgroup *parent)
{
    cap_t pool = cap_take();

    if (pool && !tine_pool_split(cgroup_pool(parent), pool, 0, 0))
        return pool;
    cap_give(pool);
    return 0;
}

/* The directory's reference is the first. */
static struct cgroup *cgroup_make(uint32_t id, struct cgroup *parent)
{
    struct cgroup *group = cache_take(&groups);

    if (!group)
        return NULL;
    *group = (struct cgroup){ .id = id, .parent = cgroup_get(parent), .refs = 1, .memory_max = UINT64_MAX,
                              .tasks_max = UINT64_MAX, .weight = WEIGHT_DEFAULT };
    group->pool = pool_make(parent);
    LIST_INSERT_HEAD(&hash[id % HASH_SIZE], group, same_hash);
    return group;
}

/* Groups above it that are not known yet are made, too; as many as the path has directories. */
struct cgroup *cgroup_named(uint32_t id)
{
    struct cgroup *group = cgroup_find(id), *parent;
    long above;

    if (group)
        return cgroup_get(group);
    above = vfs_cgroup_parent(PROC_VFS, id);
    parent = above > 0 ? cgroup_named((uint32_t)above) : NULL;
    if (!parent)
        return NULL;
    group = cgroup_make(id, parent);
    cgroup_put(parent);
    return group ? cgroup_get(group) : NULL;
}

void cgroup_put(struct cgroup *group)
{
    struct cgroup *parent;

    while (group && --group->refs == 0) {
        parent = group->parent;
        LIST_REMOVE(group, same_hash);
        cap_destroy(group->pool);
        cache_give(&groups, group);
        group = parent;
    }
}

void cgroup_removed(uint32_t id)
{
    struct cgroup *group = cgroup_find(id);

    if (group)
        cgroup_put(group);
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

long cgroup_charge(struct cgroup *group)
{
    for (struct cgroup *at = group; at->parent; at = at->parent)
        if (at->tasks >= at->tasks_max) {
            at->tasks_refused++;
            return -EAGAIN;
        }
    for (; group->parent; group = group->parent)
        group->tasks++;
    return 0;
}

void cgroup_discharge(struct cgroup *group, uint64_t tasks)
{
    for (; group->parent; group = group->parent)
        group->tasks -= tasks;
}

void cgroup_begin(struct process *process, struct cgroup *group)
{
    process->cgroup = group;
    if (group == &cgroup_root)
        return;
    cgroup_get(group);
    if (group->living++ == 0)
        vfs_cgroup_populated(PROC_VFS, group->id, true);
}

void cgroup_end(struct process *process)
{
    struct cgroup *group = process->cgroup;

    if (group != &cgroup_root && --group->living == 0)
        vfs_cgroup_populated(PROC_VFS, group->id, false);
}

void cgroup_leave(struct process *process)
{
    if (process->cgroup == &cgroup_root)
        return;
    cgroup_discharge(process->cgroup, 1);
    cgroup_put(process->cgroup);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* An operation of the kernel may want several frames. */
#define FRAMES_FEW 16

struct cgroup *cgroup_short(const struct process *process)
{
    struct tine_values v;

    for (struct cgroup *group = process->cgroup; group->parent; group = group->parent)
        if (group->pool && group->memory_max != UINT64_MAX && !tine_pool_balance(group->pool, &v) &&
            v.a3 - v.a1 < FRAMES_FEW)
            return group;
    return NULL;
}

bool cgroup_within(const struct cgroup *group, const struct cgroup *above)
{
    for (; group; group = group->parent)
        if (group == above)
            return true;
    return false;
}

bool cgroup_passes_on(const struct cgroup *group, unsigned control)
{
    struct cgroup *below;

    for (int i = 0; i < HASH_SIZE; i++)
        LIST_FOREACH(below, &hash[i], same_hash)
            if (below->parent == group && below->control & control)
                return true;
    return false;
}

struct process *cgroup_out_of_memory(struct cgroup *group)
{
    struct process *victim = oom_choose(group);

    if (!victim)
        return NULL;
    group->oom_kills++;
    process_exit(victim, SIGKILL);
    return victim;
}

/* ---- namespaces -------------------------------------------------------------------------------------------------- */

long cgroup_namespace_make(struct namespace *from, const struct process *maker, struct namespace **fresh)
{
    struct cgroup_namespace *space = cache_take(&spaces);

    (void)from;
    if (!space)
        return -ENOMEM;
    space->root = cgroup_get(maker->cgroup);
    *fresh = &space->ns;
    return 0;
}

void cgroup_namespace_free(struct namespace *ns)
{
    struct cgroup_namespace *space = (struct cgroup_namespace *)ns;

    cgroup_put(space->root);
    cache_give(&spaces, space);
}

void cgroup_path_text(struct text *text, const struct process *reader, const struct process *process)
{
    const struct cgroup_namespace *space =
        (const struct cgroup_namespace *)process_namespace(reader, NS_CGROUP);
    char path[1024];

    if (vfs_cgroup_path(PROC_VFS, process->cgroup->id, space->root->id, path, sizeof(path)) < 0)
        strcpy(path, "/");
    text_print(text, "0::%s\n", path);
}
