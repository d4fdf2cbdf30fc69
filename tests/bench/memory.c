/* Page faults and changes of mappings. */
#include "bench.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 2048

static uint64_t time_touch(char *memory)
{
    uint64_t start = ticks();

    bench_touch(memory, PAGES);
    return ticks() - start;
}

GROUP(first_touch)
{
    bench_report("first_touch", "page", time_touch(bench_memory(PAGES)), PAGES);
}

GROUP(cow)
{
    char *memory = bench_memory(PAGES);

    bench_touch(memory, PAGES);
    pid_t child = fork();
    bench_need(child >= 0, "cow_fault", "child");
    if (child == 0) {
        bench_report("cow_fault", "child", time_touch(memory), PAGES);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    bench_report("cow_reuse", "parent", time_touch(memory), PAGES);
    child = bench_idle_child();
    bench_report("cow_fault", "parent", time_touch(memory), PAGES);
    bench_end_child(child);
}

/* All of a larger process, so that tables shared by the fork are split on the way. */
GROUP(write_after_fork)
{
    size_t pages = 64 * 256;
    char *memory = bench_memory(pages);

    bench_touch(memory, pages);
    pid_t child = bench_idle_child();
    uint64_t start = ticks();
    bench_touch(memory, pages);
    bench_report("write_after_fork", "64MiB", ticks() - start, pages);
    bench_end_child(child);
}

/* Takes the right to write from a page in the middle of a mapping and gives it back, by turns. */
GROUP(mprotect)
{
    char *page = bench_memory(3) + PAGE;
    int protection = PROT_READ;

    bench_touch(page - PAGE, 3);
    bench_need(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect", "page");
    MEASURE("mprotect", "page", 2000, {
        if (mprotect(page, PAGE, protection))
            exit(2);
        protection ^= PROT_WRITE;
    });
}

static void map_and_unmap(bool touch)
{
    char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        exit(2);
    if (touch)
        bench_touch(memory, 1);
    munmap(memory, PAGE);
}

GROUP(mappings)
{
    MEASURE("mmap_munmap", "page", 2000, map_and_unmap(false));
    MEASURE("mmap_touch_munmap", "page", 2000, map_and_unmap(true));
}
