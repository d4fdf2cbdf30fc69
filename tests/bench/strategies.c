/* fork by each strategy, and children made without fork: Tine's own. On Linux these rows are not available. */
#include "bench.h"
#include "load.h"
#include "tine/embryo.h"
#include "tine/fork.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* ---- strategies -------------------------------------------------------------------------------------------------- */

static uint64_t inside_fork;

static void fork_by_exit_wait(enum tine_fork_strategy strategy)
{
    uint64_t start = ticks();
    pid_t child = fork_by(strategy, TINE_FORK_DEFAULT);

    if (child == 0)
        _exit(0);
    inside_fork += ticks() - start;
    if (child < 0 || waitpid(child, NULL, 0) != child)
        exit(2);
}

static void measure_strategy(enum tine_fork_strategy strategy, long count)
{
    char param[24];

    snprintf(param, sizeof param, "%s-16MiB", fork_strategy_name(strategy));
    bench_need(fork_chosen(TINE_FORK_STRATEGY) >= 0, "fork_by_exit_wait", param);
    bench_touch(bench_memory(16 * 256), 16 * 256);
    fork_by_exit_wait(strategy);
    inside_fork = 0;
    uint64_t start = ticks();
    for (long i = 0; i < count; i++)
        fork_by_exit_wait(strategy);
    uint64_t elapsed = ticks() - start;
    bench_report("fork_by_exit_wait", param, elapsed, (uint64_t)count);
    bench_report("fork_by", param, inside_fork, (uint64_t)count);
}

GROUP(fork_by_auto)
{
    measure_strategy(TINE_FORK_AUTO, 50);
}

GROUP(fork_by_frames)
{
    measure_strategy(TINE_FORK_FRAMES, 4);
}

GROUP(fork_by_entries)
{
    measure_strategy(TINE_FORK_ENTRIES, 20);
}

GROUP(fork_by_nodes)
{
    measure_strategy(TINE_FORK_NODES, 50);
}

GROUP(fork_by_tree)
{
    measure_strategy(TINE_FORK_TREE, 50);
}

/* ---- embryos ----------------------------------------------------------------------------------------------------- */

#define CODE 0x100000UL

/* exit_group(0) */
static const unsigned code[] = { 0x05e00893, 0x00000513, 0x00000073 };

static void need_embryos(const char *row, const char *param)
{
    bench_need(embryo_create(0) > 0, row, param); /* it goes with the group */
}

static void wait_for(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child || status != 0)
        exit(2);
}

static void spawn_from_nothing(void)
{
    struct user_regs_struct registers = { .pc = CODE };
    pid_t child = embryo_create(0);

    embryo_map(child, CODE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    embryo_write(child, CODE, code, sizeof code);
    embryo_protect(child, CODE, PAGE, PROT_READ | PROT_EXEC);
    if (embryo_start(child, &registers))
        exit(2);
    wait_for(child);
}

GROUP(embryo_from_nothing)
{
    need_embryos("embryo_spawn_wait", "one-page");
    MEASURE("embryo_spawn_wait", "one-page", 100, spawn_from_nothing());
}

static void spawn_program(int fd)
{
    char *argv[] = { "tiny", NULL }, *envp[] = { NULL };
    pid_t child = embryo_create(0);

    if (embryo_load(child, fd, argv, envp))
        exit(2);
    wait_for(child);
}

GROUP(embryo_program)
{
    int fd = open("/bench/tiny", O_RDONLY);

    need_embryos("embryo_load_wait", "tiny");
    MEASURE("embryo_load_wait", "tiny", 100, spawn_program(fd));
}
