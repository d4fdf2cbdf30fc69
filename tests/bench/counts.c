/*
 * What instructions do not show, on Tine: the kernel's own counters (/proc/tine/stat) over a number of operations. Lines
 * `count ROW PARAM NAME VALUE`, the mean per operation. What reading the counters costs is measured and subtracted. On
 * Linux, which has no such file, the group prints nothing.
 */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTERS 24

static const char *const wanted[] = { "ipcs", "faults", "switches", "space_switches", "tlb_", "pages_copied",
                                      "pages_zeroed", "pages_broken", "tables_" };

struct counters {
    int count;
    struct counter {
        char name[24];
        long value;
    } of[COUNTERS];
};

static bool is_wanted(const char *name)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strncmp(name, wanted[i], strlen(wanted[i])))
            return true;
    return false;
}

/* One read: the text is whole, and reading it costs the same each time. */
static void read_counters(struct counters *counters)
{
    char text[4096], *line, *rest = text;
    int fd = open("/proc/tine/stat", O_RDONLY);
    ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    close(fd);
    text[len < 0 ? 0 : len] = 0;
    counters->count = 0;
    while ((line = strsep(&rest, "\n")) && counters->count < COUNTERS) {
        struct counter *counter = &counters->of[counters->count];

        if (is_wanted(line) && sscanf(line, "%23s %ld", counter->name, &counter->value) == 2)
            counters->count++;
    }
}

static void report(const char *row, const char *param, long rounds, const struct counters at[3])
{
    for (int i = 0; i < at[0].count; i++) {
        long reading = at[1].of[i].value - at[0].of[i].value;
        long all = at[2].of[i].value - at[1].of[i].value;

        printf("count %s %s %s %.2f\n", row, param, at[0].of[i].name, (double)(all - reading) / (double)rounds);
    }
}

/* Runs it once to warm up, then reads twice, which says what reading costs, then counts `rounds` runs. */
#define COUNT(row, param, rounds, ...) \
    do { \
        struct counters at_[3]; \
        { \
            __VA_ARGS__; \
        } \
        read_counters(&at_[0]); \
        read_counters(&at_[0]); \
        read_counters(&at_[1]); \
        for (long i_ = 0; i_ < (rounds); i_++) { \
            __VA_ARGS__; \
        } \
        read_counters(&at_[2]); \
        report(row, param, rounds, at_); \
    } while (0)

static void vfork_exec_wait(void)
{
    char *arguments[] = { "tiny", NULL };
    pid_t child = vfork();

    if (child == 0) {
        execv("/bench/tiny", arguments);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

GROUP(counts)
{
    uint64_t unused = 0;
    size_t pages = 4096;
    char *memory = bench_memory(pages), byte;
    int zero = open("/dev/zero", O_RDONLY);

    COUNT("read_zero", "1", 100, if (read(zero, &byte, 1) != 1) exit(2));
    COUNT("fork_exit_wait", "0MiB", 50, bench_fork_exit_wait(&unused));
    COUNT("vfork_exec_wait", "tiny", 20, vfork_exec_wait());
    COUNT("map_touch_unmap", "1MiB", 4, {
        char *fresh = bench_memory(256);
        bench_touch(fresh, 256);
        munmap(fresh, 256 * PAGE);
    });
    bench_touch(memory, pages);
    COUNT("fork_exit_wait", "16MiB", 20, bench_fork_exit_wait(&unused));
    pid_t child = bench_idle_child();
    COUNT("write_after_fork", "16MiB", 1, {
        bench_end_child(child);
        child = bench_idle_child();
        bench_touch(memory, pages);
    });
    bench_end_child(child);
}
