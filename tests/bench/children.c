/* Children that only exist: what one takes of memory, and how many fit. Counts and bytes, no instructions. */
#include "bench.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CROWD 200

/* A child that has written what fork makes every child write, and waits. Its number, or -1. */
static pid_t try_idle_child(void)
{
    pid_t child = fork();

    if (child == 0)
        for (;;)
            pause();
    return child;
}

/* All have gone to sleep when each of these calls has let them run. */
static void let_them_settle(void)
{
    usleep(500000);
}

static void end_all(const pid_t *children, long count)
{
    for (long i = 0; i < count; i++)
        kill(children[i], SIGKILL);
    while (wait(NULL) > 0)
        ;
}

/* A kernel keeps much of what ended children had, for the next ones. So there are first as many as there ever were. */
static void measure_memory(const char *param)
{
    static pid_t children[4 * CROWD];
    static long most;
    long count = 0, warm = most + CROWD;

    most = warm + CROWD;
    while (count < warm && (children[count] = try_idle_child()) > 0)
        count++;
    let_them_settle();
    uint64_t before = bench_meminfo("MemFree");
    while (count < most && (children[count] = try_idle_child()) > 0)
        count++;
    let_them_settle();
    uint64_t after = bench_meminfo("MemFree");
    end_all(children, count);
    bench_need(count == most && after < before, "bytes_idle_child", param);
    bench_figure("bytes_idle_child", param, (before - after) / CROWD);
}

GROUP(idle)
{
    measure_memory("0MiB");
    bench_touch(bench_memory(64 * 256), 64 * 256);
    measure_memory("64MiB");
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (!file)
        return;
    fputs(text, file);
    fclose(file);
}

/* In memory that all of the crowd share. */
struct crowd {
    uint64_t made, idle;
};

/* Forks until fork fails, or the system ends a child, or this process; *crowd survives all three. The next is made when the
 * last has come to rest: a child that has not run yet takes less than one that is idle. */
static void gather(volatile struct crowd *crowd)
{
    for (;;) {
        pid_t child = fork();

        if (child < 0)
            exit(0);
        if (child == 0) {
            crowd->idle++;
            for (;;)
                pause();
        }
        while (crowd->idle <= crowd->made) {
            if (waitpid(-1, NULL, WNOHANG) != 0)
                exit(0);
            sched_yield();
        }
        crowd->made++;
    }
}

/* As many as there can be. Limits that are no limits of memory are lifted first. */
GROUP_ON_DEMAND(capacity)
{
    struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
    volatile struct crowd *crowd = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    write_file("/proc/sys/kernel/threads-max", "1000000");
    write_file("/proc/sys/kernel/pid_max", "1000000");
    setrlimit(RLIMIT_NPROC, &unlimited);
    pid_t forker = fork();
    if (forker == 0)
        gather(crowd);
    waitpid(forker, NULL, 0);
    bench_figure("count_idle_children", "512MiB", crowd->made);
}
