/*
 * A server that prepares its state once and then forks its workers: the state is in memory once, for as long as nobody
 * writes to it, and what is written costs what is written. The kernel counts, in /proc/PID/smaps. docs/seams/prefork.md
 */
#include "demo.h"
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { WORKERS = 4, KIB = 1024, TABLE = 16 * KIB * KIB, ENTRIES = TABLE / sizeof(uint32_t) };

struct request {
    uint32_t first, count; /* entries whose sum is wanted */
};

struct worker {
    pid_t pid;
    int to, from; /* pipes: requests, answers */
};

static uint32_t *table;

static void prepare(void)
{
    table = need(mmap(NULL, TABLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (uint32_t i = 0; i < ENTRIES; i++)
        table[i] = i;
}

/* ---- a worker ---------------------------------------------------------------------------------------------------- */

static void serve(int requests, int answers)
{
    struct request request;

    while (need(read(requests, &request, sizeof request)) == sizeof request) {
        uint64_t sum = 0;

        for (uint32_t i = 0; i < request.count; i++)
            sum += table[request.first + i];
        need(write(answers, &sum, sizeof sum));
    }
    _exit(0);
}

static struct worker start_worker(void)
{
    int to[2], from[2];
    struct worker worker;

    need(pipe(to));
    need(pipe(from));
    worker = (struct worker){ .pid = need(fork()), .to = to[1], .from = from[0] };
    if (!worker.pid) {
        close(to[1]);
        serve(to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    return worker;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

/* KiB of the table that the process has alone and that it shares, from its smaps. */
static void count_memory(pid_t pid, unsigned *alone, unsigned *shared)
{
    char name[64], line[256], range[64];
    unsigned kib;
    int inside = 0;
    FILE *smaps;

    snprintf(name, sizeof name, "/proc/%d/smaps", (int)pid);
    snprintf(range, sizeof range, "%lx-", (unsigned long)table);
    smaps = fopen(name, "r");
    if (!smaps)
        err(1, "%s", name);
    *alone = *shared = 0;
    while (fgets(line, sizeof line, smaps)) {
        if (strchr(line, '-') && strchr(line, '-') < strchr(line, ' '))
            inside = !strncmp(line, range, strlen(range));
        if (inside && (sscanf(line, "Private_Clean: %u", &kib) == 1 || sscanf(line, "Private_Dirty: %u", &kib) == 1))
            *alone += kib;
        if (inside && (sscanf(line, "Shared_Clean: %u", &kib) == 1 || sscanf(line, "Shared_Dirty: %u", &kib) == 1))
            *shared += kib;
    }
    fclose(smaps);
}

/* In whole MiB, as a kernel may copy some pages in advance. */
static void show(const char *title, pid_t pid)
{
    unsigned alone, shared;

    count_memory(pid, &alone, &shared);
    printf("%-28s %2.0f MiB shared, %2.0f MiB its own\n", title, shared / 1024.0, alone / 1024.0);
}

/* ---- */

int main(void)
{
    struct worker workers[WORKERS];
    uint64_t sum = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    prepare();
    show("the server alone", getpid());
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker();
    for (int i = 0; i < WORKERS; i++) {
        struct request request = { (uint32_t)i * (ENTRIES / WORKERS), ENTRIES / WORKERS };
        uint64_t part;

        need(write(workers[i].to, &request, sizeof request));
        need(read(workers[i].from, &part, sizeof part));
        sum += part;
    }
    printf("four workers have read it all: the sum is %s\n", sum == (uint64_t)ENTRIES * (ENTRIES - 1) / 2 ? "right" : "wrong");
    show("the server with four workers", getpid());
    show("a worker", workers[0].pid);

    memset(table, 0, TABLE / 16);
    printf("the server has written a sixteenth\n");
    show("the server", getpid());
    show("a worker", workers[0].pid);

    /* The last one first: those that were forked later have inherited the pipes of those before. */
    for (int i = WORKERS - 1; i >= 0; i--) {
        close(workers[i].to);
        finish(workers[i].pid);
    }
    printf("the workers have ended\n");
    show("the server", getpid());
    return 0;
}
