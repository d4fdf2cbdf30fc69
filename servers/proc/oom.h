/*
 * Who dies when there is no memory: the process with the most to give back, as oom_score_adj (proc(5)) shifts it.
 */
#ifndef PROC_OOM_H
#define PROC_OOM_H

#include "servers/proc/process.h"

struct cgroup;

enum { OOM_ADJUST_LEAST = -1000, OOM_ADJUST_MOST = 1000 }; /* the least: never */

/* Of those in the group (NULL: all but the first process), the one to end; NULL: there is none that may be. O(processes). */
struct process *oom_choose(const struct cgroup *group);

/* Whether it may be ended for its memory at all. */
bool oom_may_end(const struct process *process);

/* /proc/PID/oom_score: 0 to 2000. */
unsigned oom_score(const struct process *process);

/* /proc/PID/oom_score_adj is written by `writer`: 0, -EINVAL, -EACCES (it was never so low, and that takes CAP_SYS_RESOURCE). */
long oom_adjust(const struct process *writer, struct process *process, long value);

#endif
