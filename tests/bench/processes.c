/* fork, vfork and clone without exec. */
#include "bench.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void measure_fork(int mebibytes, long count)
{
    uint64_t inside_fork = 0;
    char param[16];

    snprintf(param, sizeof param, mebibytes < 1024 ? "%dMiB" : "%dGiB", mebibytes < 1024 ? mebibytes : mebibytes / 1024);
    if (mebibytes)
        bench_touch(bench_memory((size_t)mebibytes * 256), (size_t)mebibytes * 256);
    bench_fork_exit_wait(&inside_fork);
    inside_fork = 0;
    uint64_t start = ticks();
    for (long i = 0; i < count; i++)
        bench_fork_exit_wait(&inside_fork);
    uint64_t elapsed = ticks() - start;
    bench_report("fork_exit_wait", param, elapsed, (uint64_t)count);
    bench_report("fork", param, inside_fork, (uint64_t)count);
}

GROUP(fork_0)
{
    measure_fork(0, 200);
}

GROUP(fork_1)
{
    measure_fork(1, 100);
}

GROUP(fork_4)
{
    measure_fork(4, 50);
}

GROUP(fork_16)
{
    measure_fork(16, 20);
}

GROUP(fork_64)
{
    measure_fork(64, 8);
}

GROUP(fork_1024)
{
    measure_fork(1024, 4);
}

static void vfork_exit_wait(void)
{
    pid_t child = vfork();

    if (child == 0)
        _exit(0);
    if (child < 0 || waitpid(child, NULL, 0) != child)
        exit(2);
}

GROUP(vfork)
{
    MEASURE("vfork_exit_wait", "-", 200, vfork_exit_wait());
}

/* The child executes two instructions and touches no memory. */
static long clone_exit(long flags)
{
    register long a0 __asm__("a0") = SIGCHLD | flags;
    register long a1 __asm__("a1") = 0;
    register long a2 __asm__("a2") = 0;
    register long a3 __asm__("a3") = 0;
    register long a4 __asm__("a4") = 0;
    register long a7 __asm__("a7") = SYS_clone;

    __asm__ volatile("ecall\n bnez a0, 1f\n li a7, 93\n ecall\n 1:"
                     : "+r"(a0), "+r"(a7)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4)
                     : "memory");
    return a0;
}

static void clone_exit_wait(long flags)
{
    long child = clone_exit(flags);

    if (child < 0 || waitpid((pid_t)child, NULL, 0) != child)
        exit(2);
}

GROUP(clone)
{
    MEASURE("clone_exit_wait", "none", 200, clone_exit_wait(0));
}

/* A system without a kind of namespace has no figure for it. */
GROUP(clone_namespaces)
{
    static const struct {
        const char *name;
        long flags;
    } kinds[] = {
        { "NEWUTS", CLONE_NEWUTS },       { "NEWPID", CLONE_NEWPID }, { "NEWUSER", CLONE_NEWUSER },
        { "NEWCGROUP", CLONE_NEWCGROUP }, { "NEWNS", CLONE_NEWNS },   { "NEWIPC", CLONE_NEWIPC },
        { "NEWNET", CLONE_NEWNET },
        { "all_seven", CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWNS | CLONE_NEWIPC |
                           CLONE_NEWNET },
    };

    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        long child = clone_exit(kinds[i].flags);

        if (child < 0) {
            printf("bench clone_exit_wait %s n/a\n", kinds[i].name);
            continue;
        }
        waitpid((pid_t)child, NULL, 0);
        MEASURE("clone_exit_wait", kinds[i].name, 100, clone_exit_wait(kinds[i].flags));
    }
}
