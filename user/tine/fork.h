/*
 * The choice of how fork copies memory, for programs: docs/strategies.md. On Linux everything here is harmless: what
 * sets or asks fails with EINVAL, and fork_by is an ordinary fork.
 */
#ifndef TINE_FORK_H
#define TINE_FORK_H

#include "numbers.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Of this process and of children that it makes from now on, also after exec. 0, or -1 with EINVAL. */
static inline int fork_choose(enum tine_fork_setting setting, long value)
{
    return prctl(PR_TINE_FORK_SET, (unsigned long)setting, (unsigned long)value, 0UL, 0UL);
}

/* What is in force for this process; -1 with EINVAL on Linux. */
static inline int fork_chosen(enum tine_fork_setting setting)
{
    return prctl(PR_TINE_FORK_GET, (unsigned long)setting, 0UL, 0UL, 0UL);
}

/*
 * Forks once by that strategy, whatever is chosen otherwise; `prefault` pages, or TINE_FORK_DEFAULT. Returns as fork(2)
 * does. It is the bare system call: handlers of pthread_atfork do not run and the C library of the child still believes
 * in its parent's thread number, so the child of a program with threads should do no more than after vfork.
 */
static inline pid_t fork_by(enum tine_fork_strategy strategy, int prefault)
{
    unsigned long flags = TINE_CLONE_BY(strategy) | SIGCHLD;

    if (prefault >= 0)
        flags |= TINE_CLONE_PREFAULT(prefault);
    return (pid_t)syscall(SYS_clone, flags, 0UL, 0UL, 0UL, 0UL);
}

/* The name of a strategy as the files in /proc have it; NULL if there is no such strategy. */
static inline const char *fork_strategy_name(int strategy)
{
    static const char *const names[TINE_FORK_STRATEGIES] = { "auto", "frames", "entries", "nodes", "tree" };

    return strategy >= 0 && strategy < TINE_FORK_STRATEGIES ? names[strategy] : 0;
}

#endif
