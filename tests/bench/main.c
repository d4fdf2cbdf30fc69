/* Runs as the first program of a machine: prints `bench ROW PARAM INSTRUCTIONS` lines, then powers the machine off. */
#include "bench.h"

#include <fcntl.h>
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

void bench_need(bool condition, const char *row, const char *param)
{
    if (condition)
        return;
    printf("bench %s %s n/a\n", row, param);
    exit(0);
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

/* What Linux has to be told; where these are there already, the calls fail and nobody minds. */
static void prepare(void)
{
    mount("proc", "/proc", "proc", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
}

int main(int argc, char **argv)
{
    bench_report("boot", "-", ticks(), 1);
    prepare();
    sleep(SETTLE_SECONDS);
    for (struct group *group = first; group; group = group->next)
        if (argc < 2 || !strcmp(argv[1], group->name) || getpid() == 1)
            run(group);
    printf("bench done\n");
    if (getpid() == 1)
        reboot(RB_POWER_OFF);
    return 0;
}
