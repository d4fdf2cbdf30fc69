/* Who dies when there is no memory: see oom.h. Linux's oom_badness, by pages that are the process's own to give back. */
#include "servers/proc/oom.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/cred.h"
#include "servers/proc/machine.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>

static int64_t pages_of_machine(void)
{
    uint64_t total, left;

    machine_memory(&total, &left);
    return (int64_t)(total >> TINE_PAGE_SHIFT);
}

static int64_t points_of(const struct process *process, int64_t machine)
{
    int64_t pages = process->space ? (int64_t)process->space->regions->data_pages : 0;

    return pages + process->attributes.oom_adjust * machine / OOM_ADJUST_MOST;
}

bool oom_may_end(const struct process *process)
{
    return process->space && process->attributes.oom_adjust != OOM_ADJUST_LEAST;
}

struct process *oom_choose(const struct cgroup *group)
{
    struct process *process, *chosen = NULL;
    int64_t machine = pages_of_machine(), most = 0;

    for (process = process_next(NULL); process; process = process_next(process)) {
        int64_t points = points_of(process, machine);

        if (!oom_may_end(process) || (group ? !cgroup_within(process->cgroup, group) : process->pid == 1))
            continue;
        if (!chosen || points > most) {
            chosen = process;
            most = points;
        }
    }
    return chosen;
}

unsigned oom_score(const struct process *process)
{
    int64_t machine = pages_of_machine(), score = (1000 + points_of(process, machine) * 1000 / machine) * 2 / 3;

    return oom_may_end(process) && score > 0 ? (unsigned)score : 0;
}

long oom_adjust(const struct process *writer, struct process *process, long value)
{
    struct attributes *attributes = &process->attributes;
    bool capable = cred_capable(writer, CAP_SYS_RESOURCE);

    if (value < OOM_ADJUST_LEAST || value > OOM_ADJUST_MOST)
        return -EINVAL;
    if (value < attributes->oom_adjust_least && !capable)
        return -EACCES;
    attributes->oom_adjust = (int16_t)value;
    if (capable)
        attributes->oom_adjust_least = (int16_t)value;
    return 0;
}
