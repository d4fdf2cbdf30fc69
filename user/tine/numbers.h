/*
 * What Tine's personality has beyond Linux's calls: numbers and structures, shared by programs and by proc. Each number
 * is one that Linux refuses or ignores, so a program that uses them runs there, too, and is told that they are not there.
 * Functions are in the headers beside this one: fork.h.
 */
#ifndef TINE_NUMBERS_H
#define TINE_NUMBERS_H

/* ---- how fork copies memory: docs/strategies.md -------------------------------------------------------------------- */

/*
 * prctl(PR_TINE_FORK_SET, setting, value), prctl(PR_TINE_FORK_GET, setting): of the calling process. value
 * TINE_FORK_DEFAULT: as the system has it. GET gives what is in force. EINVAL: no such setting or value. Linux knows
 * neither option and answers EINVAL.
 */
#define PR_TINE_FORK_SET 0x54494e45 /* "TINE" */
#define PR_TINE_FORK_GET 0x54494e46

enum tine_fork_setting {
    TINE_FORK_STRATEGY, /* enum tine_fork_strategy */
    TINE_FORK_PREFAULT, /* pages at most that are copied in advance, 0 to TINE_FORK_PREFAULT_MOST */
    TINE_FORK_BATCH,    /* pages at most that one page fault brings, 1 to TINE_FORK_BATCH_MOST */
    TINE_FORK_SETTINGS
};

enum tine_fork_strategy {
    TINE_FORK_AUTO,    /* by how densely each page table is used */
    TINE_FORK_FRAMES,  /* every page is copied now */
    TINE_FORK_ENTRIES, /* page-table entries are copied, as Linux does */
    TINE_FORK_NODES,   /* dense leaf tables are shared until the first write */
    TINE_FORK_TREE,    /* tables of every level are shared */
    TINE_FORK_STRATEGIES
};

#define TINE_FORK_DEFAULT       (-1)
#define TINE_FORK_PREFAULT_MOST 64
#define TINE_FORK_BATCH_MOST    512

/*
 * For one call alone: added to the flags of clone(2) or clone3(2). Linux's clone looks at the lower 32 bits only, its
 * clone3 answers EINVAL to flags that it does not know.
 */
#define TINE_CLONE_BY(strategy)    ((unsigned long)((strategy) + 1) << 60)
#define TINE_CLONE_PREFAULT(pages) ((unsigned long)((pages) + 1) << 48)

#endif
