/* The choice of how fork copies memory: contents under each strategy, levels, inheritance, permission, bad values. On
 * Linux the choice is refused, and everything else holds. */
#include "check.h"
#include "tine/fork.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PAGE 4096
#define SYSTEM_FILE "/proc/sys/tine/fork/"
#define SELF_FILE "/proc/self/tine/"

static const enum tine_fork_strategy every[] = { TINE_FORK_AUTO, TINE_FORK_FRAMES, TINE_FORK_ENTRIES, TINE_FORK_NODES,
                                                 TINE_FORK_TREE };
#define EVERY (sizeof every / sizeof *every)

static bool on_tine(void)
{
    return access("/proc/tine/stat", F_OK) == 0;
}

/* ---- contents ---------------------------------------------------------------------------------------------------- */

/* Enough for two dense leaf tables and parts of two more. Page n holds base + n in its first word. */
enum { PAGES = 1300, SHARED = 600, SHARED_PAGES = 8, WORDS = PAGE / sizeof(unsigned) };

static unsigned *area;

static bool is_shared(unsigned n)
{
    return n >= SHARED && n < SHARED + SHARED_PAGES;
}

static void fill(unsigned base, unsigned step)
{
    for (unsigned n = 0; n < PAGES; n += step)
        if (!is_shared(n))
            area[n * WORDS] = base + n;
}

/* Pages that are multiples of `step` hold `written` + n, the others `base` + n. */
static void check_pages(unsigned first, unsigned end, unsigned base, unsigned step, unsigned written)
{
    for (unsigned n = first; n < end; n++)
        if (!is_shared(n))
            CHECK_EQUAL(area[n * WORDS], n + (n % step ? base : written));
}

static void area_make(void)
{
    area = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    CHECK(mmap(area + SHARED * WORDS, SHARED_PAGES * PAGE, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
    fill(1000, 1);
}

static void area_drop(void)
{
    CHECK_EQUAL(munmap(area, (size_t)PAGES * PAGE), 0);
}

static pid_t forked(enum tine_fork_strategy strategy)
{
    pid_t child = fork_by(strategy, TINE_FORK_DEFAULT);

    CHECK(child >= 0);
    return child;
}

static void grandchild(enum tine_fork_strategy strategy)
{
    pid_t child = forked(strategy);

    if (child == 0) {
        check_pages(0, 100, 1000, 3, 50000);
        fill(90000, 1);
        check_pages(0, PAGES, 90000, PAGES, 90000);
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
}

/* All that changes a map, across tables that may be shared. */
static void change_map(void)
{
    char *high = (char *)(area + 300 * WORDS), *moved;
    char *old = sbrk(0);

    CHECK_EQUAL(mprotect(area + 100 * WORDS, 100 * PAGE, PROT_READ), 0);
    check_pages(100, 200, 1000, 3, 50000);
    CHECK_EQUAL(mprotect(area + 100 * WORDS, 100 * PAGE, PROT_READ | PROT_WRITE), 0);
    area[150 * WORDS] = 7;
    CHECK_EQUAL(area[150 * WORDS], 7);
    area[150 * WORDS] = 50150;

    CHECK_EQUAL(munmap(area + 200 * WORDS, 50 * PAGE), 0);
    moved = mremap(high, 10 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED);
    for (unsigned n = 300; n < 310; n++)
        CHECK_EQUAL(*(unsigned *)(moved + (n - 300) * PAGE), n + (n % 3 ? 1000 : 50000));
    CHECK_EQUAL(moved[15 * PAGE], 0);

    CHECK(sbrk(40 * PAGE) == old);
    memset(old, 1, 40 * PAGE);
    CHECK(sbrk(-40 * PAGE) == old + 40 * PAGE);
}

static void wait_for(volatile unsigned *word, unsigned value)
{
    while (*word != value)
        sched_yield();
}

/* Parent and child take turns, told by a shared page. */
static void contents(enum tine_fork_strategy strategy)
{
    volatile unsigned *turn = area + SHARED * WORDS;
    pid_t child;

    *turn = 0;
    child = forked(strategy);
    if (child == 0) {
        wait_for(turn, 1);
        check_pages(0, PAGES, 1000, PAGES, 1000);
        fill(50000, 3);
        *turn = 2;
        wait_for(turn, 3);
        check_pages(0, PAGES, 1000, 3, 50000);
        grandchild(strategy);
        check_pages(0, PAGES, 1000, 3, 50000);
        change_map();
        check_pages(400, PAGES, 1000, 3, 50000);
        _exit(0);
    }
    fill(20000, 7);
    *turn = 1;
    wait_for(turn, 2);
    check_pages(0, PAGES, 1000, 7, 20000);
    fill(30000, 1);
    *turn = 3;
    CHECK_EQUAL(status_of(child), 0);
    check_pages(0, PAGES, 30000, PAGES, 30000);
}

TEST(contents_under_each_strategy)
{
    for (unsigned i = 0; i < EVERY; i++) {
        area_make();
        contents(every[i]);
        area_drop();
    }
}

TEST(contents_when_strategies_mix)
{
    for (unsigned i = 0; i < EVERY * EVERY; i++) {
        pid_t child;

        area_make();
        child = forked(every[i / EVERY]);
        if (child == 0) {
            fill(50000, 3);
            grandchild(every[i % EVERY]);
            check_pages(0, PAGES, 1000, 3, 50000);
            _exit(0);
        }
        contents(every[i % EVERY]);
        CHECK_EQUAL(status_of(child), 0);
        area_drop();
    }
}

/* Each generation writes and leaves the rest to its child. */
static void chain(enum tine_fork_strategy strategy, unsigned depth)
{
    pid_t child;

    area[depth * 20 * WORDS] = depth;
    if (depth == 25)
        return;
    child = forked(strategy);
    if (child == 0) {
        for (unsigned d = 0; d <= depth; d++)
            CHECK_EQUAL(area[d * 20 * WORDS], d);
        chain(strategy, depth + 1);
        _exit(0);
    }
    area[depth * 20 * WORDS] = 77;
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(area[(depth + 1) * 20 * WORDS], 1000 + (depth + 1) * 20);
}

TEST(chains_under_each_strategy)
{
    for (unsigned i = 0; i < EVERY; i++) {
        area_make();
        chain(every[i], 0);
        area_drop();
    }
}

TEST(exec_in_the_middle_of_shared_tables)
{
    area_make();
    for (unsigned i = 0; i < EVERY; i++) {
        pid_t child = forked(every[i]);

        if (child == 0) {
            fill(50000, 3);
            execl("/bin/true", "true", NULL);
            _exit(1);
        }
        CHECK_EQUAL(status_of(child), 0);
        check_pages(0, PAGES, 1000, PAGES, 1000);
    }
    area_drop();
}

/* ---- what a strategy does ---------------------------------------------------------------------------------------- */

static unsigned long counter(const char *name)
{
    static char text[8192];
    int fd = open("/proc/tine/stat", O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    char *at;

    CHECK(length > 0);
    close(fd);
    text[length] = 0;
    at = strstr(text, name);
    CHECK(at != NULL);
    return strtoul(at + strlen(name), NULL, 10);
}

static unsigned long pages_copied(void)
{
    return counter("\npages_copied ");
}

static unsigned long copied_by(enum tine_fork_strategy strategy)
{
    unsigned long before = pages_copied();
    pid_t child = forked(strategy);

    if (child == 0)
        _exit(0);
    CHECK_EQUAL(status_of(child), 0);
    return pages_copied() - before;
}

TEST(only_frames_copies_pages_at_once)
{
    if (!on_tine())
        return;
    area_make();
    CHECK(copied_by(TINE_FORK_FRAMES) >= PAGES - SHARED_PAGES);
    for (unsigned i = 0; i < EVERY; i++)
        if (every[i] != TINE_FORK_FRAMES)
            CHECK(copied_by(every[i]) < 100);
    area_drop();
}

/* Frames that a child takes which does nothing. */
static long frames_taken(enum tine_fork_strategy strategy)
{
    unsigned long before = counter("\nframes_free ");
    long taken;
    int ends[2];
    char byte;
    pid_t child;

    CHECK_EQUAL(pipe(ends), 0);
    child = forked(strategy);
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    taken = (long)(before - counter("\nframes_free "));
    close(ends[0]);
    close(ends[1]);
    CHECK_EQUAL(status_of(child), 0);
    return taken;
}

TEST(nodes_and_tree_copy_no_dense_tables)
{
    enum { TABLES = 16 };
    size_t bytes = TABLES * 512 * PAGE;
    char *memory;

    if (!on_tine())
        return;
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    for (size_t at = 0; at < bytes; at += PAGE)
        memory[at] = 1;
    frames_taken(TINE_FORK_ENTRIES); /* what the servers need for a child, they have from now on */
    long entries = frames_taken(TINE_FORK_ENTRIES);
    CHECK(entries >= TABLES - 1);
    CHECK(frames_taken(TINE_FORK_FRAMES) >= (long)(bytes / PAGE));
    CHECK(frames_taken(TINE_FORK_NODES) <= entries - (TABLES - 2));
    CHECK(frames_taken(TINE_FORK_TREE) <= entries - (TABLES - 2));
    CHECK(frames_taken(TINE_FORK_AUTO) <= entries - (TABLES - 2));
    CHECK_EQUAL(munmap(memory, bytes), 0);
}

static long faults(void)
{
    struct rusage usage;

    CHECK_EQUAL(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_minflt;
}

/* Faults of the parent that writes to some pages, far from each other, after a fork; the child waits meanwhile. */
static long faults_after_fork(void)
{
    enum { SOME = 20, APART = 5 };
    long before;
    int ends[2];
    char byte;
    pid_t child;

    CHECK_EQUAL(pipe(ends), 0);
    child = check_fork();
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    before = faults();
    for (unsigned n = 0; n < SOME; n++)
        area[n * APART * WORDS] = n;
    before = faults() - before;
    close(ends[0]);
    close(ends[1]);
    CHECK_EQUAL(status_of(child), 0);
    return before;
}

TEST(prefault_spares_the_parent_what_it_wrote_last)
{
    if (!on_tine())
        return;
    area_make();
    CHECK_EQUAL(fork_choose(TINE_FORK_PREFAULT, 0), 0);
    faults_after_fork();
    CHECK(faults_after_fork() >= 20);
    CHECK_EQUAL(fork_choose(TINE_FORK_PREFAULT, TINE_FORK_PREFAULT_MOST), 0);
    faults_after_fork(); /* from here on it is noted */
    CHECK(faults_after_fork() <= 5);
    CHECK(faults_after_fork() <= 5);
    area_drop();
}

TEST(prefault_survives_pages_that_are_gone)
{
    CHECK_EQUAL(fork_choose(TINE_FORK_PREFAULT, TINE_FORK_PREFAULT_MOST), on_tine() ? 0 : -1);
    area_make();
    faults_after_fork();
    faults_after_fork();
    CHECK_EQUAL(mprotect(area, 10 * PAGE, PROT_READ), 0);
    CHECK_EQUAL(munmap(area + 20 * WORDS, 30 * PAGE), 0);
    IN_CHILD
    {
        CHECK_EQUAL(area[5 * WORDS], 1);
        CHECK_EQUAL(area[60 * WORDS], 12);
    }
    CHECK(mmap(area + 20 * WORDS, 30 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
          MAP_FAILED);
    area[25 * WORDS] = 1;
    IN_CHILD
    {
        area[25 * WORDS] = 2;
    }
    CHECK_EQUAL(area[25 * WORDS], 2);
    area_drop();
}

static long faults_in_sequence(long batch)
{
    enum { N = 256 };
    char *memory = mmap(NULL, N * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long before;

    CHECK(memory != MAP_FAILED);
    CHECK_EQUAL(fork_choose(TINE_FORK_BATCH, batch), 0);
    before = faults();
    for (size_t n = 0; n < N; n++)
        memory[n * PAGE] = 1;
    before = faults() - before;
    CHECK_EQUAL(munmap(memory, N * PAGE), 0);
    return before;
}

TEST(batch_bounds_what_a_fault_brings)
{
    if (!on_tine())
        return;
    CHECK_EQUAL(faults_in_sequence(1), 256);
    CHECK(faults_in_sequence(4) >= 64);
    CHECK(faults_in_sequence(256) <= 10);
}

/* ---- levels ------------------------------------------------------------------------------------------------------ */

/* The file's text without its newline. */
static const char *text_of(const char *folder, const char *name)
{
    static char path[100], text[100];
    ssize_t length;
    int fd;

    snprintf(path, sizeof path, "%s%s", folder, name);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    length = read(fd, text, sizeof text - 1);
    close(fd);
    CHECK(length > 0 && text[length - 1] == '\n');
    text[length - 1] = 0;
    return text;
}

/* As the shell's `echo TEXT > FILE` does it. -1 with errno. */
static int set(const char *folder, const char *name, const char *text)
{
    char path[100];
    int fd, error;
    ssize_t done;

    snprintf(path, sizeof path, "%s%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        return -1;
    done = write(fd, text, strlen(text));
    error = errno;
    close(fd);
    errno = error;
    return done == (ssize_t)strlen(text) ? 0 : -1;
}

TEST(refused_politely_where_unknown)
{
    pid_t child;

    if (!on_tine()) {
        CHECK_ERROR(fork_choose(TINE_FORK_STRATEGY, TINE_FORK_TREE), EINVAL);
        CHECK_ERROR(fork_chosen(TINE_FORK_STRATEGY), EINVAL);
        CHECK_ERROR(set(SYSTEM_FILE, "strategy", "tree"), ENOENT);
    }
    child = fork_by(TINE_FORK_ENTRIES, 3);
    if (child == 0)
        _exit(5);
    CHECK_EQUAL(status_of(child), 5 << 8);
}

TEST(the_process_before_the_system)
{
    if (!on_tine())
        return;
    CHECK_EQUAL(strcmp(text_of(SELF_FILE, "strategy"), "default"), 0);
    CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_AUTO);
    CHECK_EQUAL(set(SYSTEM_FILE, "strategy", "entries\n"), 0);
    CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_ENTRIES);
    CHECK_EQUAL(strcmp(text_of(SYSTEM_FILE, "strategy"), "entries"), 0);
    CHECK_EQUAL(strcmp(text_of(SELF_FILE, "strategy"), "default"), 0);
    CHECK_EQUAL(set(SELF_FILE, "strategy", "frames"), 0);
    CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_FRAMES);
    CHECK_EQUAL(set(SELF_FILE, "strategy", "default\n"), 0);
    CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_ENTRIES);
    CHECK_EQUAL(set(SYSTEM_FILE, "strategy", "default"), 0);
    CHECK_EQUAL(strcmp(text_of(SYSTEM_FILE, "strategy"), "auto"), 0);
    CHECK_EQUAL(set(SELF_FILE, "prefault", "17\n"), 0);
    CHECK_EQUAL(fork_chosen(TINE_FORK_PREFAULT), 17);
    CHECK_EQUAL(set(SELF_FILE, "batch", "512"), 0);
    CHECK_EQUAL(strcmp(text_of(SELF_FILE, "batch"), "512"), 0);
}

TEST(fork_and_exec_keep_the_choice)
{
    int ends[2];
    char text[16] = "";
    pid_t child;

    if (!on_tine())
        return;
    CHECK_EQUAL(fork_choose(TINE_FORK_STRATEGY, TINE_FORK_FRAMES), 0);
    CHECK_EQUAL(pipe(ends), 0);
    child = check_fork();
    if (child == 0) {
        CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_FRAMES);
        dup2(ends[1], 1);
        execl("/bin/sh", "sh", "-c", "cat /proc/self/tine/strategy; true", NULL);
        _exit(1);
    }
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(read(ends[0], text, sizeof text), 7);
    CHECK_EQUAL(memcmp(text, "frames\n", 7), 0);

    IN_CHILD
    {
        CHECK_EQUAL(fork_choose(TINE_FORK_STRATEGY, TINE_FORK_ENTRIES), 0);
    }
    CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_FRAMES); /* the child's is not the parent's */
}

TEST(one_call_before_the_process)
{
    if (!on_tine())
        return;
    area_make();
    CHECK_EQUAL(fork_choose(TINE_FORK_STRATEGY, TINE_FORK_FRAMES), 0);
    CHECK(copied_by(TINE_FORK_ENTRIES) < 100);
    CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_FRAMES);
    area_drop();
}

TEST(clone3_takes_the_choice_too)
{
    struct clone_args args = { .flags = TINE_CLONE_BY(TINE_FORK_FRAMES), .exit_signal = SIGCHLD };
    long child;

    if (!on_tine()) {
        CHECK_ERROR(syscall(SYS_clone3, &args, sizeof args), EINVAL);
        return;
    }
    child = syscall(SYS_clone3, &args, sizeof args);
    if (child == 0)
        _exit(3);
    CHECK_EQUAL(status_of((pid_t)child), 3 << 8);
    args.flags = TINE_CLONE_BY(TINE_FORK_STRATEGIES);
    CHECK_ERROR(syscall(SYS_clone3, &args, sizeof args), EINVAL);
}

/* ---- bad use ----------------------------------------------------------------------------------------------------- */

TEST(bad_values_change_nothing)
{
    static const char *const bad[] = {
        "", "\n", "Auto", "autos", "aut", "5", "-1", "auto\n\n", " auto", "default tree"
    };
    static const char *const bad_number[] = { "", "65", "-1", "1 ", "0x1", "99999", "65536", "one" };
    char many[5000];

    if (!on_tine())
        return;
    CHECK_ERROR(fork_choose(TINE_FORK_STRATEGY, TINE_FORK_STRATEGIES), EINVAL);
    CHECK_ERROR(fork_choose(TINE_FORK_STRATEGY, -2), EINVAL);
    CHECK_ERROR(fork_choose(TINE_FORK_STRATEGY, 1L << 32), EINVAL);
    CHECK_ERROR(fork_choose(TINE_FORK_PREFAULT, TINE_FORK_PREFAULT_MOST + 1), EINVAL);
    CHECK_ERROR(fork_choose(TINE_FORK_BATCH, 0), EINVAL);
    CHECK_ERROR(fork_choose(TINE_FORK_BATCH, TINE_FORK_BATCH_MOST + 1), EINVAL);
    CHECK_ERROR(fork_choose(TINE_FORK_HUGE, TINE_HUGE_CHOICES), EINVAL);
    CHECK_ERROR(fork_choose(TINE_FORK_SETTINGS, 0), EINVAL);
    CHECK_ERROR(fork_chosen(TINE_FORK_SETTINGS), EINVAL);
    CHECK_ERROR(fork_by(TINE_FORK_STRATEGIES, TINE_FORK_DEFAULT), EINVAL);
    CHECK_ERROR(fork_by(TINE_FORK_AUTO, TINE_FORK_PREFAULT_MOST + 1), EINVAL);
    for (size_t i = 1; i < sizeof bad / sizeof *bad; i++)
        CHECK_ERROR(set(SELF_FILE, "strategy", bad[i]), EINVAL);
    for (size_t i = 1; i < sizeof bad_number / sizeof *bad_number; i++)
        CHECK_ERROR(set(SELF_FILE, "prefault", bad_number[i]), EINVAL);
    CHECK_ERROR(set(SELF_FILE, "batch", "0"), EINVAL);
    CHECK_ERROR(set(SELF_FILE, "huge", "auto"), EINVAL);
    CHECK_ERROR(set(SELF_FILE, "huge", "0"), EINVAL);
    memset(many, '1', sizeof many - 1);
    many[sizeof many - 1] = 0;
    CHECK_ERROR(set(SELF_FILE, "batch", many), EINVAL);
    CHECK_EQUAL(strcmp(text_of(SELF_FILE, "strategy"), "default"), 0);
    CHECK_EQUAL(strcmp(text_of(SELF_FILE, "prefault"), "default"), 0);
    CHECK_EQUAL(strcmp(text_of(SELF_FILE, "batch"), "default"), 0);
}

TEST(a_bad_buffer_is_efault)
{
    void *volatile bad = (void *)8;
    int fd;

    if (!on_tine())
        return;
    fd = open(SELF_FILE "strategy", O_WRONLY);
    CHECK(fd >= 0);
    CHECK_ERROR(write(fd, bad, 4), EFAULT);
    close(fd);
    fd = open("/proc/tine/check", O_WRONLY);
    CHECK(fd >= 0); /* root may open what it cannot write to */
    CHECK_ERROR(write(fd, "auto", 4), EINVAL);
    close(fd);
}

TEST(all_may_read_and_only_root_writes)
{
    pid_t other;
    char folder[40];

    if (!on_tine())
        return;
    other = fork_sleeper();
    snprintf(folder, sizeof folder, "/proc/%d/tine/", other);
    CHECK_EQUAL(set(folder, "strategy", "frames"), 0); /* root, of another process */
    CHECK_EQUAL(strcmp(text_of(folder, "strategy"), "frames"), 0);
    IN_CHILD
    {
        int fd = open(SYSTEM_FILE "strategy", O_WRONLY);

        CHECK(fd >= 0);
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_ERROR(set(SYSTEM_FILE, "strategy", "frames"), EACCES);
        CHECK_ERROR(write(fd, "frames", 6), EPERM); /* opened before */
        CHECK_EQUAL(strcmp(text_of(SYSTEM_FILE, "strategy"), "auto"), 0);
        CHECK_ERROR(set(folder, "strategy", "frames"), EACCES);
        CHECK_EQUAL(strcmp(text_of(folder, "strategy"), "frames"), 0);
        CHECK_EQUAL(set(SELF_FILE, "strategy", "entries"), 0);
        CHECK_EQUAL(fork_chosen(TINE_FORK_STRATEGY), TINE_FORK_ENTRIES);
    }
    kill(other, SIGKILL);
    status_of(other);
}

TEST(the_dead_have_no_choice)
{
    char folder[40];
    pid_t child;
    int fd;

    if (!on_tine())
        return;
    child = fork_sleeper();
    snprintf(folder, sizeof folder, "/proc/%d/tine/strategy", child);
    fd = open(folder, O_RDWR);
    CHECK(fd >= 0);
    kill(child, SIGKILL);
    siginfo_t info;
    CHECK_EQUAL(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    CHECK_ERROR(write(fd, "auto", 4), ESRCH);
    status_of(child);
    CHECK_ERROR(write(fd, "auto", 4), ESRCH);
    close(fd);
}
