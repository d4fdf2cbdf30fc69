/* The files of control groups: what they say (cgroup_text), and what is written to them (cgroup_write). */
#include "servers/proc/cgroup.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/text.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 128, USER_PRIORITY = 8, WEIGHT_LEAST = 1, WEIGHT_MOST = 10000, WEIGHT_EVEN = 100 };

static const struct {
    const char *name;
    unsigned bit;
} controllers[] = { { "cpu", VFS_CONTROL_CPU }, { "memory", VFS_CONTROL_MEMORY }, { "pids", VFS_CONTROL_PIDS } };

#define CONTROLLERS (sizeof(controllers) / sizeof(controllers[0]))

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void controllers_text(struct text *text, unsigned bits)
{
    const char *before = "";

    for (unsigned i = 0; i < CONTROLLERS; i++)
        if (bits & controllers[i].bit) {
            text_print(text, "%s%s", before, controllers[i].name);
            before = " ";
        }
    text_print(text, "\n");
}

static unsigned available(const struct cgroup *group)
{
    return group->parent ? group->parent->control : VFS_CONTROL_ALL;
}

/* Ended ones are not shown, nor those whom the reader's pid namespace does not see. */
static void processes_text(struct text *text, const struct process *reader, const struct cgroup *group)
{
    for (struct process *process = process_next(NULL); process; process = process_next(process))
        if (process->cgroup == group && !process_dead(process) && process_number(reader, process))
            text_print(text, "%u\n", process_number(reader, process));
}

static bool populated(const struct cgroup *group)
{
    for (struct process *process = process_next(NULL); process; process = process_next(process))
        if (!process_dead(process) && cgroup_within(process->cgroup, group))
            return true;
    return false;
}

static void maximum_text(struct text *text, uint64_t value, uint64_t unit)
{
    if (value == UINT64_MAX)
        text_print(text, "max\n");
    else
        text_print(text, "%lu\n", value * unit);
}

static uint64_t memory_used(const struct cgroup *group)
{
    struct tine_values v;

    return !group->pool || tine_pool_balance(group->pool, &v) ? 0 : v.a1 << TINE_PAGE_SHIFT;
}

/* Of processes that are alive: time of ended ones is not kept here. */
static void cpu_text(struct text *text, const struct cgroup *group)
{
    uint64_t ticks = 0;

    for (struct process *process = process_next(NULL); process; process = process_next(process))
        if (cgroup_within(process->cgroup, group))
            ticks += usage_ticks(process);
    text_print(text, "usage_usec %lu\nuser_usec %lu\nsystem_usec 0\n", ns_from_ticks(ticks) / 1000,
               ns_from_ticks(ticks) / 1000);
}

bool cgroup_text(struct text *text, enum proc_info info, const struct thread *self, uint32_t id)
{
    struct cgroup *group = cgroup_named(id);

    if (!group)
        return false;
    switch (info) {
    case PROC_INFO_CG_PROCS:
        processes_text(text, self->process, group);
        break;
    case PROC_INFO_CG_CONTROLLERS:
        controllers_text(text, available(group));
        break;
    case PROC_INFO_CG_SUBTREE_CONTROL:
        controllers_text(text, group->control);
        break;
    case PROC_INFO_CG_EVENTS:
        text_print(text, "populated %d\nfrozen 0\n", populated(group));
        break;
    case PROC_INFO_CG_TYPE:
        text_print(text, "domain\n");
        break;
    case PROC_INFO_CG_MEMORY_MAX:
        maximum_text(text, group->memory_max, TINE_PAGE_SIZE);
        break;
    case PROC_INFO_CG_MEMORY_CURRENT:
        text_print(text, "%lu\n", memory_used(group));
        break;
    case PROC_INFO_CG_MEMORY_EVENTS:
        text_print(text, "low 0\nhigh 0\nmax %lu\noom %lu\noom_kill %lu\noom_group_kill 0\n", group->oom_kills,
                   group->oom_kills, group->oom_kills);
        break;
    case PROC_INFO_CG_PIDS_MAX:
        maximum_text(text, group->tasks_max, 1);
        break;
    case PROC_INFO_CG_PIDS_CURRENT:
        text_print(text, "%lu\n", group->tasks);
        break;
    case PROC_INFO_CG_PIDS_EVENTS:
        text_print(text, "max %lu\n", group->tasks_refused);
        break;
    case PROC_INFO_CG_CPU_WEIGHT:
        text_print(text, "%u\n", group->weight);
        break;
    case PROC_INFO_CG_CPU_STAT:
        cpu_text(text, group);
        break;
    default:
        break;
    }
    cgroup_put(group);
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* A decimal number that is all of the line; or, where that is allowed, "max". */
static bool number_read(const char *line, bool max, uint64_t *value)
{
    char *end;

    if (max && !strcmp(line, "max")) {
        *value = UINT64_MAX;
        return true;
    }
    if (*line < '0' || *line > '9')
        return false;
    *value = strtoull(line, &end, 10);
    return !*end;
}

/* The same in bytes, or in what a letter after it says: K, M, G, T. */
static bool size_read(char *line, uint64_t *value)
{
    static const char units[] = "kmgt";
    size_t length = strlen(line);
    const char *unit = length ? strchr(units, line[length - 1] | 0x20) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

    if (unit)
        line[length - 1] = '\0';
    if (!number_read(line, !unit, value))
        return false;
    *value = *value > UINT64_MAX >> shift ? UINT64_MAX : *value << shift;
    return true;
}

static uint64_t tasks_of(const struct process *process)
{
    return process->thread_count ? process->thread_count : 1;
}

/* Threads run at the priority of the group that says something else than its parent, nearest first. */
static void priority_follow(struct process *process)
{
    const struct cgroup *group = process->cgroup;
    struct thread *thread;
    int priority = USER_PRIORITY;

    while (group->parent && group->weight == WEIGHT_EVEN)
        group = group->parent;
    priority += group->weight > WEIGHT_EVEN ? 1 : group->weight < WEIGHT_EVEN ? -1 : 0;
    LIST_FOREACH(thread, &process->threads, sibling)
        tine_thread_set(thread->cap, TINE_FIELD_PRIORITY, (uint64_t)priority);
}

static struct cgroup *common(struct cgroup *a, const struct cgroup *b)
{
    while (!cgroup_within(b, a))
        a = a->parent;
    return a;
}

/* cgroups(7), "Delegation": who is not root moves processes only below a directory that is its own. */
static long move_check(const struct process *writer, const struct process *process, struct cgroup *to)
{
    if (to->control && to->parent)
        return -EBUSY; /* no processes beside groups that are controlled */
    if (cred_capable(writer, CAP_DAC_OVERRIDE))
        return 0;
    return vfs_cgroup_owner(PROC_VFS, common(to, process->cgroup)->id) == (long)writer->cred->euid ? 0 : -EACCES;
}

long cgroup_enter(const struct thread *self, uint64_t fd, struct cgroup **group)
{
    long id = fd > INT32_MAX ? -EBADF : vfs_cgroup_number(PROC_VFS, self->client, (int)fd), err;

    if (id < 0)
        return id;
    *group = cgroup_named((uint32_t)id);
    if (!*group)
        return -ENODEV;
    err = move_check(self->process, self->process, *group);
    if (err)
        cgroup_put(*group);
    return err;
}

/* Limits do not keep a process out: only forks are refused. */
static void process_move(struct process *process, struct cgroup *to)
{
    struct cgroup *from = cgroup_get(process->cgroup);
    uint64_t n = tasks_of(process);

    for (struct cgroup *at = to; at->parent; at = at->parent)
        at->tasks += n;
    cgroup_end(process);
    cgroup_discharge(from, n);
    if (from != &cgroup_root)
        cgroup_put(from);
    cgroup_begin(process, to);
    cgroup_put(from);
    priority_follow(process);
}

static long write_processes(struct process *self, struct cgroup *group, const char *line)
{
    struct process *process;
    uint64_t number;
    long err;

    if (!number_read(line, false, &number) || number > UINT32_MAX)
        return -EINVAL;
    process = number ? process_named(self, (uint32_t)number) : self;
    if (!process || process_dead(process))
        return -ESRCH;
    err = move_check(self, process, group);
    if (!err && process->cgroup != group)
        process_move(process, group);
    return err;
}

static bool has_members(const struct cgroup *group)
{
    return group->parent && group->living;
}

/* "+memory -pids ..." */
static long write_control(struct cgroup *group, char *line)
{
    unsigned control = group->control;
    char *rest;

    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        unsigned i = 0;

        while (i < CONTROLLERS && strcmp(word + 1, controllers[i].name))
            i++;
        if (i == CONTROLLERS || (*word != '+' && *word != '-'))
            return -EINVAL;
        if (!(controllers[i].bit & available(group)))
            return -ENOENT;
        control = *word == '+' ? control | controllers[i].bit : control & ~controllers[i].bit;
    }
    if (has_members(group) && control & ~group->control)
        return -EBUSY;
    if (cgroup_passes_on(group, group->control & ~control))
        return -EBUSY;
    group->control = control;
    vfs_cgroup_control(PROC_VFS, group->id, control);
    return 0;
}

/* Every process in it and below, at once; a walk that begins anew when one has taken others along. */
static long write_kill(struct cgroup *group, const char *line)
{
    unsigned visit = group_walk(0).visit;
    struct process *process = process_next(NULL), *next;
    uint64_t value;

    if (!number_read(line, false, &value))
        return -EINVAL;
    if (value != 1)
        return -ERANGE;
    while (process) {
        next = process_next(process);
        if (process->member.visit != visit && process->pid != 1 && cgroup_within(process->cgroup, group)) {
            process->member.visit = visit;
            process_exit(process, SIGKILL);
        }
        process = next && next->state == PROCESS_FREE ? process_next(NULL) : next;
    }
    return 0;
}

/* The limit is the pool's: a group that uses more already keeps the old one. */
static long write_memory_max(struct cgroup *group, char *line)
{
    uint64_t value;

    if (!size_read(line, &value))
        return -EINVAL;
    value = value == UINT64_MAX ? value : value >> TINE_PAGE_SHIFT;
    if (!group->pool)
        return -EOPNOTSUPP;
    if (tine_pool_limit(group->pool, value == UINT64_MAX ? 0 : value ? value : 1))
        return -EBUSY;
    group->memory_max = value;
    return 0;
}

static long write_pids_max(struct cgroup *group, const char *line)
{
    uint64_t value;

    if (!number_read(line, true, &value))
        return -EINVAL;
    group->tasks_max = value;
    return 0;
}

static long write_weight(struct cgroup *group, const char *line)
{
    struct process *process;
    uint64_t value;

    if (!number_read(line, false, &value) || value < WEIGHT_LEAST || value > WEIGHT_MOST)
        return -EINVAL;
    group->weight = (unsigned)value;
    for (process = process_next(NULL); process; process = process_next(process))
        if (cgroup_within(process->cgroup, group))
            priority_follow(process);
    return 0;
}

static long group_write(struct process *self, struct cgroup *group, enum proc_info info, char *line)
{
    switch (info) {
    case PROC_INFO_CG_PROCS:
        return write_processes(self, group, line);
    case PROC_INFO_CG_SUBTREE_CONTROL:
        return write_control(group, line);
    case PROC_INFO_CG_KILL:
        return write_kill(group, line);
    case PROC_INFO_CG_MEMORY_MAX:
        return write_memory_max(group, line);
    case PROC_INFO_CG_PIDS_MAX:
        return write_pids_max(group, line);
    case PROC_INFO_CG_CPU_WEIGHT:
        return write_weight(group, line);
    default:
        return -EINVAL;
    }
}

long cgroup_write(struct thread *self, struct call *call)
{
    size_t bytes = call->m.w[4];
    struct cgroup *group;
    char line[LINE];
    long err;

    if (bytes >= sizeof(line))
        return -EINVAL;
    if (user_read(self->process, call->m.w[3], line, bytes))
        return -EFAULT;
    line[bytes] = 0;
    line[strcspn(line, "\n")] = 0;
    group = cgroup_named((uint32_t)call->m.w[1]);
    if (!group)
        return -ENOENT;
    err = group_write(self->process, group, (enum proc_info)call->m.w[0], line);
    cgroup_put(group);
    if (thread_dead(self))
        return DEFERRED;
    return err ? err : (long)bytes;
}
