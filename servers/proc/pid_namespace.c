/* PID namespaces: numbers in them (numbers_reserve, number_in), and what the end of an init means (pid_namespace_end). */
#include "servers/proc/pid_namespace.h"
#include "servers/proc/cache.h"
#include "servers/proc/pid.h"
#include "servers/proc/session.h"
#include "servers/protocol/linux.h"
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 16, NUMBER_LOW = 300 };

static struct cache spaces = CACHE(struct pid_namespace, 8);
static struct cache all_numbers = CACHE(struct pid_numbers, 16);

static struct pid_namespace *parent_of(const struct pid_namespace *ns)
{
    return pid_namespace_of(ns->ns.parent);
}

/* ---- namespaces -------------------------------------------------------------------------------------------------- */

/* Only from where one is: two of them at once would leave one without an init, unshare(2). */
long pid_namespace_make(struct namespace *from, const struct process *maker, struct namespace **fresh)
{
    struct pid_namespace *parent = pid_namespace_of(from), *ns;

    if (parent != process_pid_namespace(maker))
        return -EINVAL;
    if (parent->level == PID_LEVELS)
        return -ENOSPC;
    ns = cache_take(&spaces);
    if (!ns)
        return -ENOMEM;
    memset(ns, 0, sizeof(*ns));
    ns->level = parent->level + 1;
    *fresh = &ns->ns;
    return 0;
}

void pid_namespace_free(struct namespace *ns)
{
    struct pid_namespace *space = pid_namespace_of(ns);

    free(space->global);
    cache_give(&spaces, space);
}

bool pid_namespace_within(const struct pid_namespace *inner, const struct pid_namespace *outer)
{
    while (inner->level > outer->level)
        inner = parent_of(inner);
    return inner == outer;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static bool table_grow(struct pid_namespace *ns)
{
    uint32_t size = ns->size ? 2 * ns->size : SIZE_FIRST;
    uint32_t *bigger = size <= PID_MAX ? realloc(ns->global, size * sizeof(*bigger)) : NULL;

    if (!bigger)
        return false;
    memset(bigger + ns->size, 0, (size - ns->size) * sizeof(*bigger));
    ns->global = bigger;
    ns->size = size;
    return true;
}

static long number_claim(struct pid_namespace *ns, uint32_t number, uint32_t global)
{
    while (number >= ns->size)
        if (!table_grow(ns))
            return -ENOMEM;
    if (ns->global[number])
        return -EEXIST;
    ns->global[number] = global;
    return number;
}

/* The next number of the namespace, in ascending order until the table can grow no more. */
static long number_take(struct pid_namespace *ns, uint32_t global)
{
    for (unsigned tries = 0; tries < PID_MAX; tries++) {
        uint32_t number = ns->last + 1 < PID_MAX ? ns->last + 1 : NUMBER_LOW;
        long got = number_claim(ns, number, global);

        if (got != -ENOMEM)
            ns->last = number;
        if (got != -EEXIST)
            return got;
    }
    return -ENOMEM;
}

/* Up to the namespace `until`, which is left out. */
static void numbers_give(struct pid_numbers *numbers, const struct pid_namespace *until)
{
    for (struct pid_namespace *ns = numbers->ns; ns != until; ns = parent_of(ns)) {
        ns->global[numbers->number[ns->level - 1]] = 0;
        if (!ns->begun)
            ns->last = 0; /* its init is number 1 */
    }
}

long numbers_reserve(struct pid_namespace *ns, uint32_t global, const uint32_t *wanted, unsigned count,
                     struct pid_numbers **reserved)
{
    struct pid_numbers *numbers = ns->begun && !ns->init ? NULL : cache_take(&all_numbers);
    struct pid_namespace *at;
    unsigned i = 0;
    long number;

    if (!numbers)
        return -ENOMEM;
    numbers->refs = 1;
    numbers->ns = ns;
    for (at = ns; at->level; at = parent_of(at), i++) {
        number = i < count ? number_claim(at, wanted[i], global) : number_take(at, global);
        if (number < 0)
            break;
        numbers->number[at->level - 1] = (uint32_t)number;
    }
    if (at->level) {
        numbers_give(numbers, at);
        cache_give(&all_numbers, numbers);
        return number;
    }
    namespace_get(&ns->ns);
    *reserved = numbers;
    return 0;
}

void numbers_free(struct pid_numbers *numbers)
{
    struct pid_namespace *ns = numbers->ns;

    numbers_give(numbers, &pid_first);
    cache_give(&all_numbers, numbers);
    namespace_put(&ns->ns);
}

uint32_t number_in(const struct pid_namespace *ns, uint32_t global, const struct pid_numbers *numbers)
{
    if (!ns->level)
        return global;
    return numbers && pid_namespace_within(numbers->ns, ns) ? numbers->number[ns->level - 1] : 0;
}

uint32_t number_global(const struct process *reader, uint32_t number)
{
    const struct pid_namespace *ns = process_pid_namespace(reader);

    if (!ns->level)
        return number;
    return number < ns->size ? ns->global[number] : 0;
}

uint32_t parent_number(const struct process *reader, const struct process *process)
{
    return process->parent ? process_number(reader, process->parent) : 0;
}

long numbers_tell(const struct process *process)
{
    struct vfs_number numbers[PID_LEVELS];
    const struct pid_numbers *own = process->numbers;

    for (const struct pid_namespace *ns = own->ns; ns->level; ns = parent_of(ns))
        numbers[ns->level - 1] = (struct vfs_number){ ns->ns.number, own->number[ns->level - 1] };
    return vfs_numbers(PROC_VFS, process->pid, numbers, own->ns->level);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct process *pid_namespace_reaper(const struct process *process)
{
    return process->numbers && process->numbers->ns->init ? process->numbers->ns->init : process_by_pid(1);
}

void pid_namespace_begin(struct process *process)
{
    struct pid_namespace *ns = process_pid_namespace(process);

    if (ns->level && !ns->begun) {
        ns->begun = true;
        ns->init = process;
    }
    for (; ns->level; ns = parent_of(ns))
        ns->living++;
}

/* Whoever else lives in the namespace or below. One that dies may take others with it: then the walk begins anew, past
 * those it has visited. */
static void kill_all_in(const struct pid_namespace *ns)
{
    struct process *process = process_next(NULL), *next;
    unsigned visit = group_walk(0).visit;

    while (process && ns->living) {
        next = process_next(process);
        if (process->member.visit != visit && process->numbers && pid_namespace_within(process->numbers->ns, ns)) {
            process->member.visit = visit;
            process_exit(process, SIGKILL);
        }
        process = next && next->state == PROCESS_FREE ? process_next(NULL) : next;
    }
}

void pid_namespace_end(struct process *process)
{
    struct pid_namespace *own = process_pid_namespace(process);

    for (struct pid_namespace *ns = own; ns->level; ns = parent_of(ns))
        ns->living--;
    if (own->init != process)
        return;
    if (own->living)
        kill_all_in(own);
    own->init = NULL;
}
