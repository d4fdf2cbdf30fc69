/* fork, vfork and clone: what the child gets as a copy, what it shares, what it has of its own. */
#include "check.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int in_data = 1, in_bss;
static const char constant[] = "constant";

static void *map(size_t length, int flags)
{
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

    CHECK(memory != MAP_FAILED);
    return memory;
}

TEST(child_has_its_own_pid)
{
    pid_t self = getpid();

    IN_CHILD
    {
        CHECK(getpid() != self);
        CHECK_EQUAL(getppid(), self);
        CHECK_EQUAL(syscall(SYS_gettid), getpid());
    }
    CHECK_EQUAL(getpid(), self);
}

TEST(child_writes_stay_in_the_child)
{
    int on_stack = 2, *in_heap = malloc(sizeof *in_heap), *mapped = map(4096, MAP_PRIVATE);

    *in_heap = 3;
    *mapped = 4;
    IN_CHILD
    {
        CHECK(in_data == 1 && in_bss == 0 && on_stack == 2 && *in_heap == 3 && *mapped == 4);
        in_data = in_bss = on_stack = *in_heap = *mapped = 99;
        CHECK(in_data == 99 && in_bss == 99 && on_stack == 99 && *in_heap == 99 && *mapped == 99);
    }
    CHECK(in_data == 1 && in_bss == 0 && on_stack == 2 && *in_heap == 3 && *mapped == 4);
}

TEST(parent_writes_stay_in_the_parent)
{
    int ends[2], *mapped = map(4096, MAP_PRIVATE);
    char byte;

    CHECK_EQUAL(pipe(ends), 0);
    *mapped = 1;
    pid_t child = check_fork();
    if (child == 0) {
        CHECK_EQUAL(read(ends[0], &byte, 1), 1);
        CHECK(in_data == 1 && *mapped == 1);
        _exit(0);
    }
    in_data = 50;
    *mapped = 51;
    CHECK_EQUAL(write(ends[1], "g", 1), 1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(three_generations_see_their_own_snapshot)
{
    int *value = map(4096, MAP_PRIVATE);

    *value = 1;
    IN_CHILD
    {
        *value = 2;
        IN_CHILD
        {
            CHECK_EQUAL(*value, 2);
            *value = 3;
            IN_CHILD
            {
                CHECK_EQUAL(*value, 3);
                *value = 4;
            }
            CHECK_EQUAL(*value, 3);
        }
        CHECK_EQUAL(*value, 2);
    }
    CHECK_EQUAL(*value, 1);
}

TEST(untouched_grandchild_keeps_the_page_of_a_dead_parent)
{
    int ends[2], *value = map(4096, MAP_PRIVATE), seen;

    CHECK_EQUAL(pipe(ends), 0);
    *value = 7;
    pid_t child = check_fork();
    if (child == 0) {
        if (check_fork() == 0) {
            sleep_ms(30);
            CHECK_EQUAL(write(ends[1], value, sizeof *value), sizeof *value);
        }
        _exit(0);
    }
    status_of(child);
    *value = 8;
    CHECK_EQUAL(read(ends[0], &seen, sizeof seen), sizeof seen);
    CHECK_EQUAL(seen, 7);
}

TEST(shared_memory_is_shared)
{
    volatile int *shared = map(3 * 4096, MAP_SHARED);

    shared[0] = 1;
    IN_CHILD
    {
        CHECK_EQUAL(shared[0], 1);
        shared[0] = 2;
        shared[2048] = 5;
        IN_CHILD
        {
            shared[1] = 6;
        }
    }
    CHECK(shared[0] == 2 && shared[2048] == 5 && shared[1] == 6);
}

TEST(offset_is_shared_descriptor_is_not)
{
    char text[4] = "";
    int fd = open("shared-offset", O_CREAT | O_RDWR, 0600);

    CHECK_EQUAL(write(fd, "abcdefgh", 8), 8);
    lseek(fd, 0, SEEK_SET);
    IN_CHILD
    {
        CHECK_EQUAL(read(fd, text, 3), 3);
        close(fd);
    }
    CHECK_EQUAL(read(fd, text, 3), 3);
    CHECK(!memcmp(text, "def", 3));
    unlink("shared-offset");
}

TEST(close_on_exec_survives_fork)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    IN_CHILD
    {
        CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    }
}

TEST(folder_and_umask_are_copies)
{
    char before[256], after[256];

    CHECK(getcwd(before, sizeof before));
    umask(027);
    IN_CHILD
    {
        CHECK_EQUAL(umask(077), 027);
        CHECK_EQUAL(chdir("/"), 0);
    }
    CHECK_EQUAL(umask(022), 027);
    CHECK(getcwd(after, sizeof after));
    CHECK(!strcmp(before, after));
}

TEST(break_is_a_copy)
{
    char *end = sbrk(8192);

    end[0] = 1;
    IN_CHILD
    {
        char *more = sbrk(65536);

        CHECK_EQUAL(more, end + 8192);
        more[0] = 2;
        end[0] = 3;
    }
    CHECK_EQUAL(sbrk(0), end + 8192);
    CHECK_EQUAL(end[0], 1);
}

TEST(registers_are_copied)
{
    long ok;
    double x = 2.5;

    /* clone(SIGCHLD) with values in callee-saved, caller-saved and floating-point registers. */
    __asm__ volatile("li s2, 1234\n li t3, 77\n fld fs2, %1\n"
                     "li a0, 17\n li a1, 0\n li a2, 0\n li a3, 0\n li a4, 0\n li a7, 220\n ecall\n"
                     "li t4, 1234\n sub s2, s2, t4\n addi t3, t3, -77\n or s2, s2, t3\n fld ft0, %1\n"
                     "feq.d t4, fs2, ft0\n seqz s2, s2\n and s2, s2, t4\n"
                     "bnez a0, 1f\n xori a0, s2, 1\n li a7, 94\n ecall\n"
                     "1: mv %0, s2\n"
                     : "=r"(ok)
                     : "m"(x)
                     : "a0", "a1", "a2", "a3", "a4", "a7", "s2", "t3", "t4", "ft0", "fs2", "memory");
    CHECK(ok);
    int status;
    CHECK(wait(&status) > 0);
    CHECK_EQUAL(status, 0);
}

TEST(protection_is_copied)
{
    char *pages = map(3 * 4096, MAP_PRIVATE);

    memset(pages, 'a', 3 * 4096);
    mprotect(pages, 4096, PROT_READ);
    mprotect(pages + 4096, 4096, PROT_NONE);
    for (int page = 0; page < 3; page++) {
        pid_t child = check_fork();

        if (child == 0) {
            pages[page * 4096] = 'b';
            _exit(0);
        }
        int status = status_of(child);
        CHECK(page == 2 ? status == 0 : WTERMSIG(status) == SIGSEGV);
    }
    mprotect(pages, 3 * 4096, PROT_READ | PROT_WRITE);
    CHECK(pages[0] == 'a' && pages[4096] == 'a' && pages[8192] == 'a');
}

TEST(protecting_again_after_fork_breaks_no_sharing)
{
    char *page = map(4096, MAP_PRIVATE);

    page[0] = 'a';
    pid_t child = fork_sleeper();
    mprotect(page, 4096, PROT_READ);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    page[0] = 'b';
    IN_CHILD
    {
        CHECK_EQUAL(page[0], 'b');
        page[0] = 'c';
    }
    CHECK_EQUAL(page[0], 'b');
    kill(child, SIGKILL);
    status_of(child);
}

TEST(kernel_copies_break_sharing_too)
{
    int ends[2];
    char *page = map(4096, MAP_PRIVATE);

    CHECK_EQUAL(pipe(ends), 0);
    memset(page, 'a', 4096);
    CHECK_EQUAL(write(ends[1], "XYZ", 3), 3);
    IN_CHILD
    {
        CHECK_EQUAL(read(ends[0], page + 10, 3), 3);
        CHECK(!memcmp(page + 9, "aXYZa", 5));
    }
    CHECK_EQUAL(page[10], 'a');
}

static void deepen(int depth)
{
    if (depth > 0)
        IN_CHILD
        {
            in_data = depth;
            deepen(depth - 1);
            CHECK_EQUAL(in_data, depth);
        }
}

TEST(chain_of_a_hundred)
{
    deepen(100);
}

TEST(two_hundred_at_once)
{
    pid_t children[200];

    for (int i = 0; i < 200; i++) {
        children[i] = fork_sleeper();
        for (int j = 0; j < i; j++)
            CHECK(children[i] != children[j]);
    }
    for (int i = 0; i < 200; i++)
        kill(children[i], SIGKILL);
    for (int i = 0; i < 200; i++)
        CHECK_EQUAL(WTERMSIG(status_of(children[i])), SIGKILL);
}

TEST(three_hundred_children_share_one_page)
{
    static pid_t children[300];
    volatile char *page = map(4096, MAP_PRIVATE);

    page[0] = 'a';
    for (int i = 0; i < 300; i++)
        children[i] = fork_sleeper();
    page[0] = 'b';
    for (int i = 0; i < 300; i++)
        kill(children[i], SIGKILL);
    for (int i = 0; i < 300; i++)
        status_of(children[i]);
    CHECK_EQUAL(page[0], 'b');
}

static uint64_t fingerprint(const uint64_t *words, size_t count)
{
    uint64_t sum = 1;

    for (size_t i = 0; i < count; i++)
        sum = sum * 31 + words[i];
    return sum;
}

TEST(large_memory_is_copied_exactly)
{
    enum { PAGES = 2048, WORDS = PAGES * 512 };
    uint64_t *words = map(PAGES * 4096, MAP_PRIVATE);

    for (size_t i = 0; i < WORDS; i++)
        words[i] = i * 0x9e3779b97f4a7c15;
    uint64_t expected = fingerprint(words, WORDS);
    pid_t child = check_fork();
    if (child == 0) {
        CHECK_EQUAL(fingerprint(words, WORDS), expected);
        for (size_t page = 0; page < PAGES; page += 3)
            words[page * 512 + page % 512] = 0;
        CHECK(fingerprint(words, WORDS) != expected);
        _exit(0);
    }
    for (size_t page = 1; page < PAGES; page += 2)
        words[page * 512]++;
    CHECK_EQUAL(status_of(child), 0);
    for (size_t page = 1; page < PAGES; page += 2)
        words[page * 512]--;
    CHECK_EQUAL(fingerprint(words, WORDS), expected);
}

TEST(many_generations_of_a_changing_page)
{
    int *counter = map(4096, MAP_PRIVATE);

    for (int i = 0; i < 300; i++) {
        IN_CHILD
        {
            CHECK_EQUAL(*counter, i);
            *counter = -1;
        }
        CHECK_EQUAL(*counter, i);
        ++*counter;
    }
}

TEST(fork_in_a_handler_returns_in_both)
{
    struct sigaction action = { .sa_handler = SIG_IGN };

    sigaction(SIGUSR1, &action, NULL);
    IN_CHILD
    {
        IN_CHILD
        {
            kill(getpid(), SIGUSR1);
        }
    }
}

TEST(vfork_shares_memory_and_holds_the_parent)
{
    volatile int *value = map(4096, MAP_PRIVATE);
    long start = now_ms();
    pid_t child = vfork();

    if (child == 0) {
        *value = 42;
        sleep_ms(50);
        _exit(5);
    }
    CHECK(now_ms() - start >= 40);
    CHECK_EQUAL(*value, 42);
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 5);
}

TEST(vfork_then_exec_lets_the_parent_go)
{
    long start = now_ms();
    pid_t child = vfork();

    if (child == 0) {
        execl("/bin/sleep", "sleep", "1", NULL);
        _exit(9);
    }
    CHECK(now_ms() - start < 900);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(vfork_child_that_is_killed_lets_the_parent_go)
{
    pid_t child = vfork();

    if (child == 0) {
        kill(getpid(), SIGKILL);
        _exit(0);
    }
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGKILL);
}

TEST(vfork_a_hundred_times)
{
    for (int i = 0; i < 100; i++) {
        pid_t child = vfork();

        if (child == 0)
            _exit(i);
        CHECK_EQUAL(WEXITSTATUS(status_of(child)), i);
    }
}

static int run_on_own_stack(void *argument)
{
    *(int *)argument += 1;
    return 11;
}

TEST(clone_with_its_own_stack)
{
    char *stack = map(65536, MAP_PRIVATE);
    int value = 5;
    pid_t child = clone(run_on_own_stack, stack + 65536, SIGCHLD, &value);

    CHECK(child > 0);
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 11);
    CHECK_EQUAL(value, 5);
    child = clone(run_on_own_stack, stack + 65536, SIGCHLD | CLONE_VM | CLONE_VFORK, &value);
    CHECK_EQUAL(value, 6);
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 11);
}

static int close_and_change_folder(void *fd)
{
    close(*(int *)fd);
    return chdir("/");
}

TEST(clone_shares_files_and_folder_when_asked)
{
    char *stack = map(65536, MAP_PRIVATE), folder[64];
    int fd = open("/dev/null", O_RDONLY);

    status_of(clone(close_and_change_folder, stack + 65536, SIGCHLD, &fd));
    CHECK_EQUAL(fcntl(fd, F_GETFD), 0);
    status_of(clone(close_and_change_folder, stack + 65536, SIGCHLD | CLONE_FILES | CLONE_FS, &fd));
    CHECK_ERROR(fcntl(fd, F_GETFD), EBADF);
    CHECK(getcwd(folder, sizeof folder) && !strcmp(folder, "/"));
}

TEST(clone_stores_the_thread_ids)
{
    volatile int *child_id = map(4096, MAP_PRIVATE), parent_id = 0;
    long child = syscall(SYS_clone, SIGCHLD | CLONE_CHILD_SETTID | CLONE_PARENT_SETTID, 0, &parent_id, 0, child_id);

    CHECK(child >= 0);
    if (child == 0)
        _exit(*child_id != (int)syscall(SYS_gettid));
    CHECK_EQUAL(parent_id, child);
    CHECK_EQUAL(*child_id, 0);
    CHECK_EQUAL(status_of((pid_t)child), 0);
}

TEST(clone_without_a_signal)
{
    int status;
    long child = syscall(SYS_clone, 0, 0, 0, 0, 0);

    if (child == 0)
        _exit(3);
    CHECK(child > 0);
    CHECK_ERROR(waitpid((pid_t)child, &status, 0), ECHILD);
    CHECK_EQUAL(waitpid((pid_t)child, &status, __WALL), child);
    CHECK_EQUAL(WEXITSTATUS(status), 3);
}

TEST(clone_refuses_senseless_flags)
{
    CHECK_ERROR(syscall(SYS_clone, SIGCHLD | CLONE_SIGHAND, 0, 0, 0, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_clone, SIGCHLD | CLONE_THREAD, 0, 0, 0, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_clone, SIGCHLD | CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0), EINVAL);
}

TEST(limits_are_inherited_and_obeyed)
{
    IN_CHILD
    {
        CHECK_EQUAL(setresuid(4321, 4321, 4321), 0);
        CHECK_EQUAL(setrlimit(RLIMIT_NPROC, &(struct rlimit){ 3, 3 }), 0);
        pid_t a = fork_sleeper(), b = fork_sleeper();
        CHECK_ERROR(fork(), EAGAIN);
        kill(a, SIGKILL);
        status_of(a);
        pid_t c = fork_sleeper();
        kill(b, SIGKILL);
        kill(c, SIGKILL);
        status_of(b);
        status_of(c);
    }
}

TEST(constants_are_still_there)
{
    IN_CHILD
    {
        CHECK(!strcmp(constant, "constant"));
    }
}
