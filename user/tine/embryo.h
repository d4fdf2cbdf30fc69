/*
 * Embryos, for programs: processes made empty and configured from outside, as "A fork() in the road" (HotOS 2019) asks
 * for. docs/embryos.md. Each function is one system call and returns -1 with errno; on Linux all give ENOSYS.
 *
 *     pid_t child = embryo_create(0);
 *     embryo_map(child, ...); embryo_write(child, ...);   memory
 *     embryo_fd(child, 1, 1);                             descriptors: it has none but those passed
 *     embryo_start(child, &registers);                    it runs
 *     waitpid(child, &status, 0);
 *
 * Before it is started an embryo is an ordinary process that does not run: kill(2), setpgid(2), prlimit(2),
 * setpriority(2) and sched_setaffinity(2) work on its number. waitpid(2) does not count it as a child until it is
 * started or has been killed. It ends with the process that made it.
 *
 * EINVAL: no such operation, flags or values. ESRCH: the number is not that of an embryo of the caller's. EBUSY: it is
 * a child of the caller's, and runs already. EFAULT: memory of the caller, or of the embryo.
 */
#ifndef TINE_EMBRYO_H
#define TINE_EMBRYO_H

#include "numbers.h"
#include <asm/ptrace.h> /* struct user_regs_struct */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A child of the caller without memory (but for the vDSO, which is where it is in the caller) and descriptors; root and
 * working directory, credentials, limits, ignored and blocked signals, group and session are the caller's. flags:
 * CLONE_NEW*, EINVAL for those that clone(2) does not know either. EAGAIN: RLIMIT_NPROC. ENOMEM.
 */
static inline pid_t embryo_create(unsigned long flags)
{
    return (pid_t)syscall(TINE_EMBRYO, TINE_EMBRYO_CREATE, flags);
}

/* As mmap(2), with its errors; fd is the caller's. Its limits are the embryo's. The address there, or MAP_FAILED. */
static inline void *embryo_map(pid_t embryo, unsigned long addr, size_t bytes, int prot, int flags, int fd,
                               off_t offset)
{
    struct tine_embryo_map map = { addr, bytes, (unsigned long)prot, (unsigned long)flags, fd, (unsigned long)offset };

    return (void *)syscall(TINE_EMBRYO, TINE_EMBRYO_MAP, (long)embryo, &map);
}

/* As mprotect(2). Code that was written becomes executable by this, not before. */
static inline int embryo_protect(pid_t embryo, unsigned long addr, size_t bytes, int prot)
{
    return (int)syscall(TINE_EMBRYO, TINE_EMBRYO_PROTECT, (long)embryo, addr, bytes, (long)prot);
}

/* Copies to memory that the embryo may write to. All, or -1: then a part may have been copied. EFAULT, ENOMEM. */
static inline int embryo_write(pid_t embryo, unsigned long addr, const void *from, size_t bytes)
{
    const char *at = (const char *)from;
    long done;

    for (; bytes; bytes -= (size_t)done, addr += (unsigned long)done, at += done) {
        done = syscall(TINE_EMBRYO, TINE_EMBRYO_WRITE, (long)embryo, addr, at, bytes);
        if (done < 0)
            return -1;
    }
    return 0;
}

/* The caller's open file `fd` is open there too: as descriptor `at`, or the lowest free one for -1. The descriptor.
 * EBADF (also for `at` beyond RLIMIT_NOFILE), EMFILE, ENOMEM. */
static inline int embryo_fd(pid_t embryo, int fd, int at)
{
    return (int)syscall(TINE_EMBRYO, TINE_EMBRYO_FD, (long)embryo, (long)fd, (long)at);
}

/* Its real, effective and saved ids; (uid_t)-1, (gid_t)-1: as they are. Who may set any group (CAP_SETGID) and gives
 * one takes supplementary groups away. EPERM as setresuid(2) and setresgid(2) of the caller. */
static inline int embryo_identity(pid_t embryo, uid_t uid, gid_t gid)
{
    return (int)syscall(TINE_EMBRYO, TINE_EMBRYO_IDENTITY, (long)embryo, (long)(int)uid, (long)(int)gid);
}

/* Where the heap of brk(2) begins, and what /proc shows. Without it the heap is below all, where a program usually is.
 */
static inline int embryo_layout(pid_t embryo, const struct tine_embryo_layout *layout)
{
    return (int)syscall(TINE_EMBRYO, TINE_EMBRYO_LAYOUT, (long)embryo, layout);
}

/* It runs, from these registers; those of floating point are zero. */
static inline int embryo_start(pid_t embryo, const struct user_regs_struct *registers)
{
    return (int)syscall(TINE_EMBRYO, TINE_EMBRYO_START, (long)embryo, registers);
}

/* It is not wanted any more. */
static inline void embryo_abandon(pid_t embryo)
{
    int status;

    if (!kill(embryo, SIGKILL))
        waitpid(embryo, &status, 0);
}

#endif
