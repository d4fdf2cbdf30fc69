/* The same with pages of 2 MiB, where the system gives them to who asks. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE ((size_t)2 << 20)

/* Memory that begins where a big page does. */
static char *huge_memory(size_t bytes)
{
    char *memory = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        exit(2);
    memory = (char *)(((uintptr_t)memory + HUGE - 1) & -HUGE);
    bench_need(madvise(memory, bytes, MADV_HUGEPAGE) == 0, "huge", "-");
    return memory;
}

static void measure_huge(size_t mebibytes, const char *param, uint64_t rounds)
{
    size_t pages = mebibytes * 256;
    uint64_t inside = 0;

    prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
    char *memory = huge_memory(pages * PAGE);
    uint64_t start = ticks();
    bench_touch(memory, pages);
    bench_report("huge_first_touch", param, ticks() - start, pages);
    bench_fork_exit_wait(&inside);
    inside = 0;
    start = ticks();
    for (uint64_t i = 0; i < rounds; i++)
        bench_fork_exit_wait(&inside);
    bench_report("huge_fork_exit_wait", param, ticks() - start, rounds);
    bench_report("huge_fork", param, inside, rounds);
    pid_t child = bench_idle_child();
    start = ticks();
    bench_touch(memory, pages);
    bench_report("huge_write_after_fork", param, ticks() - start, pages);
    bench_end_child(child);
}

GROUP(huge_64)
{
    measure_huge(64, "64MiB", 8);
}

GROUP(huge_1024)
{
    measure_huge(1024, "1GiB", 4);
}
