/* What several harts do at once: one worker a hart, each forking, or each a pair that passes a byte to and fro. Operations in a
 * second of the machine's clock, which follows the host's here: no instructions, and no two runs alike. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICKS_PER_SECOND 10000000
#define SECONDS          3

static void fork_once(void)
{
    uint64_t ignored = 0;

    bench_fork_exit_wait(&ignored);
}

static int to_partner[2], from_partner[2];

static void pass_once(void)
{
    char byte = 0;

    if (write(to_partner[1], &byte, 1) != 1 || read(from_partner[0], &byte, 1) != 1)
        exit(2);
}

/* The partner ends when the pipe to it has no other end. */
static void make_partner(void)
{
    char byte;

    if (pipe(to_partner) || pipe(from_partner))
        exit(2);
    if (fork() == 0) {
        close(to_partner[1]);
        while (read(to_partner[0], &byte, 1) == 1 && write(from_partner[1], &byte, 1) == 1)
            ;
        _exit(0);
    }
}

/* All workers begin at the same tick, when all are there, and stop by themselves. */
static void measure(const char *row, void (*prepare)(void), void (*once)(void))
{
    long workers = sysconf(_SC_NPROCESSORS_ONLN);
    volatile long *done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t start = ticks() + TICKS_PER_SECOND, sum = 0;
    char param[32];

    for (long i = 0; i < workers; i++) {
        if (fork())
            continue;
        prepare();
        while (ticks() < start)
            ;
        for (; ticks() < start + SECONDS * TICKS_PER_SECOND; done[i]++)
            once();
        _exit(0);
    }
    for (long i = 0; i < workers; i++)
        wait(NULL);
    for (long i = 0; i < workers; i++)
        sum += (uint64_t)done[i];
    snprintf(param, sizeof param, "%ld-harts", workers);
    bench_figure(row, param, sum / SECONDS);
}

static void nothing(void)
{
}

GROUP_ON_DEMAND(scaling_fork)
{
    measure("count_forks_a_second", nothing, fork_once);
}

GROUP_ON_DEMAND(scaling_pipe)
{
    measure("count_round_trips_a_second", make_partner, pass_once);
}
