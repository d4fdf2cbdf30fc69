/* Runs as the first program of a machine: prints `bench ROW PARAM INSTRUCTIONS` lines, then powers the machine off.
 * Arguments: the groups to run, in that order; without, all but those on demand. */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUP_SECONDS 120
#define SETTLE_SECONDS 10

static struct group *first;
static struct group **last = &first;

void bench_register(struct group *group)
{
    *last = group;
    last = &group->next;
}

void bench_report(const char *row, const char *param, uint64_t elapsed, uint64_t count)
{
    printf("bench %s %s %lu\n", row, param, elapsed * INSTRUCTIONS_PER_TICK / count);
}

void bench_figure(const char *row, const char *param, uint64_t value)
{
    printf("bench %s %s %lu\n", row, param, value);
}

void bench_need(bool condition, const char *row, const char *param)
{
    if (condition)
        return;
    printf("bench %s %s n/a\n", row, param);
    exit(0);
}

uint64_t bench_meminfo(const char *name)
{
    FILE *file = fopen("/proc/meminfo", "r");
    unsigned long kib = 0;
    char line[128];

    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name)) && sscanf(line + strlen(name), ": %lu kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return (uint64_t)kib << 10;
}

char *bench_memory(size_t pages)
{
    char *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        exit(2);
    return memory;
}

void bench_touch(char *memory, size_t pages)
{
    for (size_t page = 0; page < pages; page++)
        *(volatile char *)(memory + page * PAGE) = 1;
}

void bench_fork_exit_wait(uint64_t *inside_fork)
{
    uint64_t start = ticks();
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    *inside_fork += ticks() - start;
    if (child < 0 || waitpid(child, NULL, 0) != child)
        exit(2);
}

pid_t bench_idle_child(void)
{
    pid_t child = fork();

    if (child == 0)
        for (;;)
            pause();
    if (child < 0)
        exit(2);
    return child;
}

void bench_end_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void run(struct group *group)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        alarm(GROUP_SECONDS);
        group->run();
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        printf("failed %s\n", group->name);
}

/* strategy=NAME in the environment: how every fork of this machine copies, where there is a choice. */
static void choose_strategy(void)
{
    const char *name = getenv("strategy");
    int fd = name ? open("/proc/sys/tine/fork/strategy", O_WRONLY) : -1;

    if (name && (fd < 0 || write(fd, name, strlen(name)) < 0))
        printf("failed strategy\n");
    if (fd >= 0)
        close(fd);
}

/* What Linux has to be told; where these are there already, the calls fail and nobody minds. */
static void prepare(void)
{
    mount("proc", "/proc", "proc", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    choose_strategy();
    setvbuf(stdout, NULL, _IOLBF, 0);
}

static void run_named(const char *name)
{
    struct group *group = first;

    while (group && strcmp(group->name, name))
        group = group->next;
    if (group)
        run(group);
    else
        printf("failed %s\n", name);
}

int main(int argc, char **argv)
{
    bench_report("boot", "-", ticks(), 1);
    prepare();
    sleep(SETTLE_SECONDS);
    for (struct group *group = first; argc < 2 && group; group = group->next)
        if (!group->on_demand)
            run(group);
    for (int i = 1; i < argc; i++)
        run_named(argv[i]);
    printf("bench done\n");
    if (getpid() == 1)
        reboot(RB_POWER_OFF);
    return 0;
}
