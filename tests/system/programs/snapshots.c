/*
 * What fork promises about memory, where the kernel shares page tables to keep the promise: random histories of a family of
 * processes against a model that copies eagerly, chains of generations, and every change of a mapping across shared tables.
 * Each under every strategy of fork, and with small and big pages, where there is a choice; on Linux once.
 */
#include "check.h"
#include "tine/fork.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define BLOCK (512 * PAGE) /* what one leaf table, or one big page, maps */

/* Runs the body in a child, once for each strategy, with `huge` false and true. */
#define UNDER_EVERY_STRATEGY(huge) \
    for (int strategy_ = 0; strategy_ < (fork_choose(TINE_FORK_STRATEGY, 0) ? 1 : TINE_FORK_STRATEGIES); strategy_++) \
        for (int huge = 0; huge < 2; huge++) \
            IN_CHILD if (fork_choose(TINE_FORK_STRATEGY, strategy_), 1)

/* Aligned memory for `blocks` leaf tables, not touched. */
static char *map_blocks(size_t blocks, bool huge)
{
    char *memory = mmap(NULL, (blocks + 1) * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *aligned = (char *)(((uintptr_t)memory + BLOCK - 1) & ~(BLOCK - 1));

    CHECK(memory != MAP_FAILED);
    if (aligned != memory)
        munmap(memory, (size_t)(aligned - memory));
    munmap(aligned + blocks * BLOCK, BLOCK - (size_t)(aligned - memory));
    madvise(aligned, blocks * BLOCK, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    return aligned;
}

static long *word(char *memory, size_t page)
{
    return (long *)(memory + page * PAGE + page % 500 * 8);
}

static void fill(char *memory, size_t pages, long with)
{
    for (size_t page = 0; page < pages; page++)
        *word(memory, page) = with + (long)page;
}

static void expect(char *memory, size_t first, size_t end, long with)
{
    for (size_t page = first; page < end; page++)
        CHECK_EQUAL(*word(memory, page), with + (long)page);
}

/* ---- histories ----------------------------------------------------------------------------------------------------- */

enum { HISTORY_BLOCKS = 3, HISTORY_PAGES = HISTORY_BLOCKS * 512, HISTORY_STEPS = 30, HISTORY_DEPTH = 4 };

struct history {
    char *memory;
    long model[HISTORY_PAGES]; /* on the heap of each process: what fork copies must agree with it */
    bool gone[HISTORY_PAGES];
    unsigned seed;
};

static unsigned pick(struct history *h, unsigned below)
{
    return (unsigned)(rand_r(&h->seed) >> 4) % below;
}

static void history_compare(struct history *h)
{
    for (size_t page = 0; page < HISTORY_PAGES; page++)
        if (!h->gone[page])
            CHECK_EQUAL(*word(h->memory, page), h->model[page]);
}

static void history_write(struct history *h, size_t first, size_t pages)
{
    for (size_t page = first; page < first + pages && page < HISTORY_PAGES; page++)
        if (!h->gone[page])
            *word(h->memory, page) = h->model[page] = rand_r(&h->seed);
}

static void history_drop(struct history *h, size_t first, size_t pages)
{
    for (size_t page = first; page < first + pages && page < HISTORY_PAGES; page++)
        h->model[page] = 0;
}

/* Changes a range in one of the ways that mmap(2) and its like know. */
static void history_change(struct history *h)
{
    size_t first = pick(h, HISTORY_PAGES), pages = 1 + pick(h, pick(h, 2) ? 20 : 700);
    char *at = h->memory + first * PAGE;

    if (first + pages > HISTORY_PAGES)
        pages = HISTORY_PAGES - first;
    switch (pick(h, 6)) {
    case 0:
        CHECK_EQUAL(mprotect(at, pages * PAGE, PROT_READ), 0);
        CHECK_EQUAL(mprotect(at, pages * PAGE, PROT_READ | PROT_WRITE), 0);
        return;
    case 1:
        for (size_t i = first; i < first + pages; i++)
            if (h->gone[i])
                return; /* madvise stops at a hole */
        CHECK_EQUAL(madvise(at, pages * PAGE, MADV_DONTNEED), 0);
        history_drop(h, first, pages);
        return;
    case 2:
        CHECK_EQUAL(munmap(at, pages * PAGE), 0);
        CHECK(mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
        history_drop(h, first, pages);
        memset(h->gone + first, 0, pages);
        return;
    default:
        history_write(h, first, pages);
    }
}

static void history_run(struct history *h, unsigned depth)
{
    for (unsigned step = 0; step < HISTORY_STEPS / (depth + 1); step++) {
        pid_t child;

        if (depth < HISTORY_DEPTH && pick(h, 8) == 0) {
            child = check_fork();
            if (child == 0) {
                h->seed += depth * 7919 + 1;
                history_run(h, depth + 1);
                _exit(0);
            }
            history_change(h); /* while the child runs */
            history_compare(h);
            check_child_ended(child, __FILE__, __LINE__);
        }
        history_change(h);
        if (pick(h, 3) == 0)
            history_compare(h);
    }
    history_compare(h);
}

TEST(random_histories)
{
    UNDER_EVERY_STRATEGY(huge)
    {
        struct history *h = calloc(1, sizeof *h);

        h->memory = map_blocks(HISTORY_BLOCKS, huge);
        h->seed = (unsigned)huge * 100 + 5;
        history_run(h, 0);
    }
}

/* ---- generations --------------------------------------------------------------------------------------------------- */

enum { GENERATIONS = 1000 };

/* Each process forks the next, writes, and checks when that has ended that nobody has changed what is its own. */
static void generation(char *memory, unsigned depth)
{
    pid_t child;

    *word(memory, depth % 512) = (long)depth;
    child = depth < GENERATIONS ? check_fork() : -1;
    if (child == 0) {
        generation(memory, depth + 1);
        _exit(0);
    }
    *word(memory, 600) = (long)depth;
    if (child > 0)
        CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(*word(memory, 600), (long)depth);
    CHECK_EQUAL(*word(memory, depth % 512), (long)depth);
    if (depth)
        CHECK_EQUAL(*word(memory, (depth - 1) % 512), (long)depth - 1);
}

TEST(a_thousand_generations)
{
    IN_CHILD
    {
        char *memory = map_blocks(2, false);

        fill(memory, 1024, 0);
        generation(memory, 0);
    }
}

TEST(a_thousand_children)
{
    char *memory = map_blocks(2, false);
    static pid_t child[1000];
    int gate[2];
    char byte;

    fill(memory, 1024, 0);
    CHECK_EQUAL(pipe(gate), 0);
    for (int i = 0; i < 1000; i++) {
        *word(memory, 7) = i;
        child[i] = check_fork();
        if (child[i] == 0) {
            close(gate[1]);
            CHECK_EQUAL(read(gate[0], &byte, 1), 0); /* until the parent has made all and written since */
            CHECK_EQUAL(*word(memory, 7), i);
            CHECK_EQUAL(*word(memory, 1000), 1000);
            *word(memory, 1000) = i;
            _exit(0);
        }
    }
    *word(memory, 1000) = -1;
    close(gate[1]);
    for (int i = 0; i < 1000; i++)
        CHECK_EQUAL(status_of(child[i]), 0);
    CHECK_EQUAL(*word(memory, 1000), -1);
    close(gate[0]);
    munmap(memory, 2 * BLOCK);
}

/* ---- changes across shared tables ---------------------------------------------------------------------------------- */

/* A child that waits until it is told, then checks that it sees `pages` as they were when it was made. */
static pid_t witness(char *memory, size_t pages, long with, int gate[2])
{
    char byte;
    pid_t child;

    CHECK_EQUAL(pipe(gate), 0);
    child = check_fork();
    if (child)
        return child;
    close(gate[1]);
    CHECK_EQUAL(read(gate[0], &byte, 1), 0);
    expect(memory, 0, pages, with);
    _exit(0);
}

static void ask(pid_t child, int gate[2])
{
    close(gate[0]);
    close(gate[1]);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(unmap_and_protect_what_a_child_shares)
{
    UNDER_EVERY_STRATEGY(huge)
    {
        char *memory = map_blocks(4, huge);
        int gate[2];
        pid_t child;

        fill(memory, 2048, 3);
        child = witness(memory, 2048, 3, gate);
        CHECK_EQUAL(munmap(memory + 100 * PAGE, 3 * PAGE), 0);
        CHECK_EQUAL(munmap(memory + BLOCK, BLOCK), 0);
        CHECK_EQUAL(mprotect(memory + 2 * BLOCK, BLOCK, PROT_READ), 0);
        CHECK_EQUAL(mprotect(memory + 3 * BLOCK + 5 * PAGE, PAGE, PROT_NONE), 0);
        expect(memory, 0, 100, 3);
        expect(memory, 1024, 1536 + 5, 3);
        expect(memory, 1536 + 6, 2048, 3);
        CHECK_EQUAL(mprotect(memory + 2 * BLOCK, BLOCK, PROT_READ | PROT_WRITE), 0);
        fill(memory + 2 * BLOCK, 512, 77);
        ask(child, gate);
        expect(memory + 2 * BLOCK, 0, 512, 77);
    }
}

TEST(move_what_a_child_shares)
{
    UNDER_EVERY_STRATEGY(huge)
    {
        char *memory = map_blocks(2, huge), *target = map_blocks(3, false), *moved;
        int gate[2];
        pid_t child;

        fill(memory, 1024, 9);
        child = witness(memory, 1024, 9, gate);
        moved = mremap(memory, 2 * BLOCK, 2 * BLOCK, MREMAP_MAYMOVE | MREMAP_FIXED, target + 16 * PAGE);
        CHECK(moved == target + 16 * PAGE);
        expect(moved, 0, 1024, 9);
        fill(moved, 1024, 500);
        ask(child, gate);
        expect(moved, 0, 1024, 500);
    }
}

TEST(the_break_across_a_fork)
{
    UNDER_EVERY_STRATEGY(huge)
    {
        char *heap = sbrk(4 * BLOCK);
        int gate[2];
        pid_t child;

        CHECK(heap != (char *)-1);
        heap = (char *)(((uintptr_t)heap + PAGE - 1) & ~(PAGE - 1));
        fill(heap, 1500, 1);
        child = witness(heap, 1500, 1, gate);
        CHECK(sbrk(-(long)(2 * BLOCK)) != (char *)-1);
        CHECK(sbrk(2 * BLOCK) != (char *)-1);
        CHECK_EQUAL(*word(heap, 1499), 0);
        expect(heap, 0, 900, 1);
        ask(child, gate);
    }
}

TEST(shared_memory_among_private)
{
    UNDER_EVERY_STRATEGY(huge)
    {
        char *memory = map_blocks(3, huge), *shared = memory + BLOCK + 10 * PAGE;
        int gate[2];
        pid_t child;

        CHECK(mmap(shared, 20 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == shared);
        fill(memory, 1536, 4);
        CHECK_EQUAL(pipe(gate), 0);
        child = check_fork();
        if (child == 0) {
            expect(memory, 0, 1536, 4);
            *word(shared, 5) = 1234;
            *word(memory, 3) = 99;
            _exit(0);
        }
        CHECK_EQUAL(status_of(child), 0);
        CHECK_EQUAL(*word(shared, 5), 1234);
        CHECK_EQUAL(*word(memory, 3), 4 + 3);
        *word(shared, 6) = 55;
        child = check_fork();
        if (child == 0) {
            CHECK_EQUAL(*word(shared, 6), 55);
            *word(shared, 6) = 56;
            _exit(0);
        }
        CHECK_EQUAL(status_of(child), 0);
        CHECK_EQUAL(*word(shared, 6), 56);
    }
}

TEST(exec_in_the_middle)
{
    UNDER_EVERY_STRATEGY(huge)
    {
        char *memory = map_blocks(2, huge);
        pid_t child;

        fill(memory, 1024, 6);
        child = check_fork();
        if (child == 0) {
            *word(memory, 0) = 1;
            execl("/bin/busybox", "true", (char *)NULL);
            _exit(9);
        }
        fill(memory, 512, 7);
        CHECK_EQUAL(status_of(child), 0);
        expect(memory, 0, 512, 7);
        expect(memory, 512, 1024, 6);
    }
}

/* A system call's buffer lies in tables that are shared, at the reader's as at the writer's side. */
TEST(system_calls_on_shared_tables)
{
    UNDER_EVERY_STRATEGY(huge)
    {
        char *memory = map_blocks(2, huge);
        int ends[2];
        pid_t child;

        fill(memory, 1024, 8);
        CHECK_EQUAL(pipe(ends), 0);
        child = check_fork();
        if (child == 0) {
            CHECK_EQUAL(write(ends[1], memory, 3 * PAGE), 3 * PAGE);
            CHECK_EQUAL(read(ends[0], memory + BLOCK - PAGE, 3 * PAGE), 3 * PAGE);
            CHECK_EQUAL(memcmp(memory + BLOCK - PAGE, memory, 3 * PAGE), 0);
            _exit(0);
        }
        CHECK_EQUAL(status_of(child), 0);
        expect(memory, 0, 1024, 8);
    }
}

/* ---- big pages ----------------------------------------------------------------------------------------------------- */

TEST(big_pages_are_like_small_ones)
{
    char *memory = map_blocks(4, true);

    for (size_t i = 0; i < 4 * BLOCK; i += 8)
        CHECK_EQUAL(*(long *)(memory + i), 0);
    fill(memory, 2048, 2);
    CHECK_EQUAL(madvise(memory + 3 * PAGE, PAGE, MADV_DONTNEED), 0);
    CHECK_EQUAL(*word(memory, 3), 0);
    expect(memory, 4, 2048, 2);
    CHECK_EQUAL(munmap(memory + BLOCK + PAGE, 2 * BLOCK), 0);
    expect(memory, 4, 513, 2);
    expect(memory, 1537, 2048, 2);
    munmap(memory, 4 * BLOCK);
}

TEST(huge_pages_can_be_disabled)
{
    IN_CHILD
    {
        CHECK_EQUAL(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
        CHECK_EQUAL(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
        IN_CHILD
        {
            CHECK_EQUAL(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
        }
        CHECK_EQUAL(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
        CHECK_EQUAL(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
    }
    CHECK_ERROR(prctl(PR_SET_THP_DISABLE, 1, 1, 0, 0), EINVAL);
}
