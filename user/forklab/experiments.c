/* The experiments. Each names what it varies and leaves everything else as it is. */
#include "lab.h"
#include "tine/fork.h"

#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define MIB ((uint64_t)1 << 20)
/* Above this the strategy that copies everything is not asked: it would only take minutes. */
#define FRAMES_MOST (256 * MIB)

extern char **environ;

/* Under QEMU's -icount shift=0 a nanosecond is an executed instruction. */
static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Bytes, from /proc/meminfo; 0 if it does not say. */
static uint64_t meminfo(const char *field)
{
    unsigned long kib = 0;
    char line[128];
    size_t len = strlen(field);
    FILE *file = fopen("/proc/meminfo", "r");

    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, field, len) && line[len] == ':')
            kib = strtoul(line + len + 1, NULL, 10);
    if (file)
        fclose(file);
    return (uint64_t)kib << 10;
}

static char *map(uint64_t bytes)
{
    char *memory = mmap(NULL, bytes ? bytes : PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        exit(1);
    return memory;
}

static void touch(char *memory, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += PAGE)
        *(volatile char *)(memory + at) = 1;
}

static char *resident(uint64_t bytes)
{
    char *memory = map(bytes);

    touch(memory, bytes);
    return memory;
}

/* Ends the experiment without the child: what is delivered so far stands. */
static pid_t must(pid_t child)
{
    if (child < 0)
        exit(1);
    return child;
}

static pid_t idle_child(void)
{
    pid_t child = fork();

    if (child == 0) {
        record_no_more();
        for (;;)
            pause();
    }
    return child;
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* Chooses the strategy for this process; NO_STRATEGY is the kernel's own way. */
static void choose(int strategy)
{
    if (strategy != NO_STRATEGY && fork_choose(TINE_FORK_STRATEGY, strategy))
        exit(1);
}

static int first_strategy(void)
{
    return options.by_strategy ? 0 : NO_STRATEGY;
}

static bool more_strategies(int strategy)
{
    return options.by_strategy ? strategy < TINE_FORK_STRATEGIES : strategy == NO_STRATEGY;
}

#define EACH_STRATEGY(strategy) (int strategy = first_strategy(); more_strategies(strategy); strategy++)

/* Mean costs of fork alone, and with _exit in the child and wait. */
static void measure_fork(int strategy, uint64_t parameter)
{
    uint64_t inside = 0, start = 0;

    choose(strategy);
    for (unsigned round = 0; round <= options.rounds; round++) {
        uint64_t before = now_ns();
        pid_t child = fork();

        if (child == 0)
            _exit(0);
        if (round == 0) /* warms up */
            start = now_ns();
        else
            inside += now_ns() - before;
        waitpid(must(child), NULL, 0);
        if (round == 0)
            start = now_ns();
    }
    uint64_t all = now_ns() - start;
    record(strategy, parameter, "fork", inside / options.rounds, "ns");
    record(strategy, parameter, "fork_exit_wait", all / options.rounds, "ns");
}

/* ---- by resident size -------------------------------------------------------------------------------------------- */

static uint64_t largest(void)
{
    uint64_t most = meminfo("MemFree") / 16 * 15;

    return options.most && options.most < most ? options.most : most;
}

static void run_size(void)
{
    uint64_t most = largest();
    char *memory = map(most);
    uint64_t have = 0;

    for (uint64_t bytes = 0; bytes <= most; bytes = bytes ? bytes * 4 : MIB) {
        touch(memory + have, bytes - have);
        have = bytes;
        for EACH_STRATEGY(strategy)
            if (strategy != TINE_FORK_FRAMES || bytes <= FRAMES_MOST)
                measure_fork(strategy, bytes);
    }
}

/* ---- by what is written afterwards ------------------------------------------------------------------------------- */

static void run_written(void)
{
    static const unsigned percents[] = { 0, 1, 10, 50, 100 };
    const uint64_t bytes = 64 * MIB;
    char *memory = resident(bytes);

    for EACH_STRATEGY(strategy)
        for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
            uint64_t stride = percents[i] ? PAGE * 100 / percents[i] : bytes, start;
            pid_t child;

            choose(strategy);
            start = now_ns();
            child = must(idle_child());
            if (percents[i])
                for (uint64_t at = 0; at < bytes; at += stride)
                    *(volatile char *)(memory + at) = 2;
            record(strategy, percents[i], "fork_and_write", now_ns() - start, "ns");
            end_child(child);
        }
}

/* ---- by the number of regions and threads ------------------------------------------------------------------------ */

/* Regions of two pages with a hole between each and the next, so that no kernel makes one of two. */
static void run_regions(void)
{
    unsigned have = 0;

    for (unsigned regions = 1; regions <= 4096; regions *= 8) {
        for (; have < regions; have++) {
            char *memory = resident(3 * PAGE);

            munmap(memory + 2 * PAGE, PAGE);
        }
        for EACH_STRATEGY(strategy)
            measure_fork(strategy, regions);
    }
}

static void *sleep_on(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void run_threads(void)
{
    unsigned have = 0;
    pthread_t thread;

    for (unsigned threads = 1; threads <= 64; threads *= 4) {
        for (; have + 1 < threads; have++)
            if (pthread_create(&thread, NULL, sleep_on, NULL))
                exit(1);
        for EACH_STRATEGY(strategy)
            measure_fork(strategy, threads);
    }
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

static char *nothing[] = { "forklab", "--nothing", NULL };

static pid_t start_by_fork(void)
{
    pid_t child = fork();

    if (child == 0) {
        execve("/proc/self/exe", nothing, environ);
        _exit(127);
    }
    return child;
}

static pid_t start_by_vfork(void)
{
    pid_t child = vfork();

    if (child == 0) {
        execve("/proc/self/exe", nothing, environ);
        _exit(127);
    }
    return child;
}

static pid_t start_by_spawn(void)
{
    pid_t child;

    return posix_spawn(&child, "/proc/self/exe", NULL, NULL, nothing, environ) ? -1 : child;
}

static void measure_start(const char *metric, uint64_t parameter, pid_t (*start_program)(void))
{
    uint64_t start = 0;
    int status;

    for (unsigned round = 0; round <= options.rounds; round++) {
        if (round == 1)
            start = now_ns();
        if (waitpid(must(start_program()), &status, 0) < 0 || status)
            exit(1);
    }
    record(NO_STRATEGY, parameter, metric, (now_ns() - start) / options.rounds, "ns");
}

/* A program is started by a small parent and by one of 64 MiB. */
static void run_exec(void)
{
    for (uint64_t bytes = 0; bytes <= 64 * MIB; bytes += 64 * MIB) {
        resident(bytes);
        measure_start("fork_exec_wait", bytes, start_by_fork);
        measure_start("vfork_exec_wait", bytes, start_by_vfork);
        measure_start("posix_spawn_wait", bytes, start_by_spawn);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void settle(void)
{
    struct timespec half = { 0, 500000000 };

    nanosleep(&half, NULL);
}

/* A kernel keeps much of what ended children had, for the next ones. So there are first as many as there ever were. */
static void measure_idle(int strategy, uint64_t parameter)
{
    enum { CROWD = 50, MEASUREMENTS = 2 * TINE_FORK_STRATEGIES };
    static pid_t children[CROWD * (MEASUREMENTS + 1)];
    static int most;
    int count = 0, warm = most + (most ? 0 : CROWD);
    uint64_t before, after;

    choose(strategy);
    most = warm + CROWD;
    while (count < warm)
        children[count++] = must(idle_child());
    settle();
    before = meminfo("MemFree");
    while (count < most)
        children[count++] = must(idle_child());
    settle();
    after = meminfo("MemFree");
    while (count)
        end_child(children[--count]);
    record(strategy, parameter, "idle_child", before > after ? (before - after) / CROWD : 0, "bytes");
}

static void run_idle(void)
{
    for (uint64_t bytes = 0; bytes <= 64 * MIB; bytes += 64 * MIB) {
        resident(bytes);
        for EACH_STRATEGY(strategy)
            if (strategy != TINE_FORK_FRAMES || bytes == 0)
                measure_idle(strategy, bytes);
    }
}

/* Until fork says no. Limits that are not of memory are lifted as far as the caller may. */
static void run_crowd(void)
{
    struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
    uint64_t memory = meminfo("MemTotal"), count = 0;

    setrlimit(RLIMIT_NPROC, &unlimited);
    setpgid(0, 0);
    signal(SIGTERM, SIG_IGN);
    while (true) {
        pid_t child = fork();

        if (child < 0)
            break;
        if (child == 0) {
            signal(SIGTERM, SIG_DFL);
            record_no_more();
            for (;;)
                pause();
        }
        count++;
    }
    record(NO_STRATEGY, memory, "idle_children", count, "number");
    kill(0, SIGTERM);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
}

const struct experiment experiments[] = {
    { "size", "bytes", "fork by resident size, from nothing to what is free", run_size, false },
    { "written", "percent", "fork of 64 MiB, and the parent writes that part of its pages", run_written, false },
    { "regions", "regions", "fork by the number of mapped regions", run_regions, false },
    { "threads", "threads", "fork by the number of threads of the parent", run_threads, false },
    { "exec", "bytes", "starting a program, by the parent's resident size", run_exec, false },
    { "idle", "bytes", "memory that an idle child takes, by the parent's resident size", run_idle, false },
    { "crowd", "bytes", "how many idle children fit into the machine's memory; only if named", run_crowd, true },
    { NULL, NULL, NULL, NULL, false },
};
