/*
 * What Tine's personality has beyond Linux's calls: numbers and structures, shared by programs and by proc. Each number
 * is one that Linux refuses or ignores, so a program that uses them runs there, too, and is told that they are not there.
 * Functions are in the headers beside this one: fork.h, embryo.h.
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
    TINE_FORK_HUGE,     /* pages of 2 MiB for private memory: enum tine_fork_huge */
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

enum tine_fork_huge { TINE_HUGE_NEVER, TINE_HUGE_MADVISE, TINE_HUGE_ALWAYS, TINE_HUGE_CHOICES };

#define TINE_FORK_DEFAULT       (-1)
#define TINE_FORK_PREFAULT_MOST 64
#define TINE_FORK_BATCH_MOST    512

/*
 * For one call alone: added to the flags of clone(2) or clone3(2). Linux's clone looks at the lower 32 bits only, its
 * clone3 answers EINVAL to flags that it does not know.
 */
#define TINE_CLONE_BY(strategy)    ((unsigned long)((strategy) + 1) << 60)
#define TINE_CLONE_PREFAULT(pages) ((unsigned long)((pages) + 1) << 48)

/* ---- embryos: docs/embryos.md ---------------------------------------------------------------------------------------- */

/*
 * syscall(TINE_EMBRYO, operation, number of the embryo, ...). The last of the numbers that a route has room for, far
 * above those that Linux has given out, which answers ENOSYS.
 */
#define TINE_EMBRYO 511

enum tine_embryo_operation {
    TINE_EMBRYO_CREATE,   /* (flags: CLONE_NEW*)  an empty process, its number */
    TINE_EMBRYO_MAP,      /* (embryo, const struct tine_embryo_map *)  as mmap(2); the address */
    TINE_EMBRYO_PROTECT,  /* (embryo, address, bytes, prot)  as mprotect(2) */
    TINE_EMBRYO_WRITE,    /* (embryo, address, from, bytes)  copies to what is mapped writable; bytes done, maybe fewer */
    TINE_EMBRYO_FD,       /* (embryo, descriptor of the caller, number there or -1)  as dup2(2); the number */
    TINE_EMBRYO_IDENTITY, /* (embryo, uid or -1, gid or -1)  real, effective and saved */
    TINE_EMBRYO_LAYOUT,   /* (embryo, const struct tine_embryo_layout *)  what brk(2) and /proc go by */
    TINE_EMBRYO_START,    /* (embryo, const struct user_regs_struct *)  it runs, from these registers */
    TINE_EMBRYO_OPERATIONS
};

/* The arguments of mmap(2). A descriptor is the caller's. */
struct tine_embryo_map {
    unsigned long addr, bytes;
    unsigned long prot, flags;
    long fd;
    unsigned long offset;
};

/* Addresses in the embryo's memory; of a pair, the end is not below the start. */
struct tine_embryo_layout {
    unsigned long code_start, code_end, data_start, data_end;
    unsigned long brk; /* where the heap begins */
    unsigned long stack_start;
    unsigned long arg_start, arg_end, env_start, env_end, auxv_start, auxv_end;
};

#endif
