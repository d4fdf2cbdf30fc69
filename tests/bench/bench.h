/* A benchmark program is a set of groups; each runs in a process of its own, so that what fails is only its rows.
 *
 * Costs are means per operation in executed instructions. Under QEMU's -icount shift=0 an instruction takes one
 * nanosecond of virtual time, and the machine's counter `time` ticks each hundred (timebase 10 MHz). Nothing is
 * subtracted; the row `empty` is the loop alone. Rows that begin with bytes_ or count_ are no instructions. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INSTRUCTIONS_PER_TICK 100
#define PAGE 4096

struct group {
    const char *name;
    void (*run)(void);
    bool on_demand; /* runs only if it is named in the command line */
    struct group *next;
};

void bench_register(struct group *group);

#define GROUP(name)           GROUP_OF(name, false)
#define GROUP_ON_DEMAND(name) GROUP_OF(name, true)
#define GROUP_OF(name, on_demand) \
    static void group_##name(void); \
    static struct group entry_##name = { #name, group_##name, on_demand, NULL }; \
    __attribute__((constructor)) static void register_##name(void) \
    { \
        bench_register(&entry_##name); \
    } \
    static void group_##name(void)

static inline uint64_t ticks(void)
{
    uint64_t now;

    __asm__ volatile("rdtime %0" : "=r"(now)::"memory");
    return now;
}

/* Prints the row: elapsed ticks over count operations. */
void bench_report(const char *row, const char *param, uint64_t elapsed, uint64_t count);
/* Prints a row that is a count or a number of bytes. */
void bench_figure(const char *row, const char *param, uint64_t value);
/* Prints the row as not available and ends the group unless the condition holds. */
void bench_need(bool condition, const char *row, const char *param);

/* Bytes that /proc/meminfo has under that name; 0 if it does not say. */
uint64_t bench_meminfo(const char *name);

/* Measures count runs of the statement after one to warm up. */
#define MEASURE(row, param, count, ...) \
    do { \
        { \
            __VA_ARGS__; \
        } \
        uint64_t start_ = ticks(); \
        for (long i_ = 0; i_ < (count); i_++) { \
            __VA_ARGS__; \
        } \
        bench_report(row, param, ticks() - start_, count); \
    } while (0)

/* Fresh private memory of so many pages; ends the group if there is none. */
char *bench_memory(size_t pages);
/* Writes a byte to each page. */
void bench_touch(char *memory, size_t pages);

/* A child that exits at once, waited for; adds the ticks until fork returned to the parent. */
void bench_fork_exit_wait(uint64_t *inside_fork);
/* A child that does nothing until it is ended. */
pid_t bench_idle_child(void);
void bench_end_child(pid_t child);

#endif
