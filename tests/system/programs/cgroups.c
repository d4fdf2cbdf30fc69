/* Control groups, version 2: directories, membership, limits of memory and processes, killing, namespaces. */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1024UL * 1024)


static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC), err;

    if (fd < 0)
        return errno;
    err = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : errno;
    close(fd);
    return err;
}

static char *read_text(const char *path)
{
    static char text[4096];
    int fd = open(path, O_RDONLY);
    ssize_t n;

    CHECK(fd >= 0);
    n = read(fd, text, sizeof(text) - 1);
    CHECK(n >= 0);
    text[n] = 0;
    close(fd);
    return text;
}

static unsigned long number_after(const char *path, const char *name)
{
    char *at = strstr(read_text(path), name);

    CHECK(at);
    return strtoul(at + strlen(name), NULL, 10);
}

/* A mount of the file system, and in it the group "t" with all that the tests need. */
static void begin(void)
{
    mkdir("c", 0755);
    CHECK_EQUAL(mount("cgroup2", "c", "cgroup2", 0, NULL), 0);
    CHECK_EQUAL(write_text("c/cgroup.subtree_control", "+memory +pids +cpu"), 0);
    CHECK_EQUAL(mkdir("c/t", 0755), 0);
}

/* Who was in it may take a moment to leave. */
static void end(void)
{
    for (int i = 0; rmdir("c/t") && i < 200; i++) {
        CHECK_EQUAL(errno, EBUSY);
        sleep_ms(10);
    }
    CHECK_ERROR(rmdir("c/t"), ENOENT);
    CHECK_EQUAL(umount("c"), 0);
}

static void enter(const char *group)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/cgroup.procs", group);
    CHECK_EQUAL(write_text(path, "0"), 0);
}

TEST(a_group_has_its_files)
{
    static const char *const names[] = { "cgroup.procs", "cgroup.controllers", "cgroup.subtree_control", "cgroup.events",
                                         "cgroup.kill", "cgroup.type", "memory.max", "memory.current", "memory.events",
                                         "pids.max", "pids.current", "pids.events", "cpu.weight", "cpu.stat" };
    char path[64];

    begin();
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "c/t/%s", names[i]);
        CHECK_EQUAL(access(path, F_OK), 0);
    }
    CHECK(!strcmp(read_text("c/t/memory.max"), "max\n"));
    CHECK(!strcmp(read_text("c/t/pids.max"), "max\n"));
    CHECK(!strcmp(read_text("c/t/cpu.weight"), "100\n"));
    CHECK(!strcmp(read_text("c/t/cgroup.procs"), ""));
    CHECK(strstr(read_text("c/t/cgroup.events"), "populated 0\n"));
    CHECK(access("c/memory.max", F_OK)); /* not the root */
    CHECK_EQUAL(mkdir("c/t/below", 0755), 0);
    CHECK(access("c/t/below/memory.max", F_OK)); /* not passed on */
    CHECK_EQUAL(write_text("c/t/cgroup.subtree_control", "+memory"), 0);
    CHECK(!strcmp(read_text("c/t/below/cgroup.controllers"), "memory\n"));
    CHECK_EQUAL(access("c/t/below/memory.max", F_OK), 0);
    CHECK_ERROR(rmdir("c/t"), EBUSY);
    CHECK_EQUAL(write_text("c/t/cgroup.subtree_control", "+nothing"), EINVAL);
    CHECK(open("c/t/new", O_CREAT | O_WRONLY, 0644) < 0);
    CHECK_EQUAL(rmdir("c/t/below"), 0);
    end();
}

TEST(children_are_born_into_the_group)
{
    int go[2];
    char c;
    pid_t child;

    begin();
    CHECK_EQUAL(pipe(go), 0);
    child = fork();
    if (!child) {
        enter("c/t");
        CHECK(!strcmp(read_text("/proc/self/cgroup"), "0::/t\n"));
        IN_CHILD
            CHECK(!strcmp(read_text("/proc/self/cgroup"), "0::/t\n"));
        CHECK_EQUAL(write(go[1], "x", 1), 1);
        pause();
    }
    CHECK_EQUAL(read(go[0], &c, 1), 1);
    CHECK_EQUAL(atoi(read_text("c/t/cgroup.procs")), child);
    CHECK_EQUAL(atoi(read_text("c/t/pids.current")), 1);
    CHECK(strstr(read_text("c/t/cgroup.events"), "populated 1\n"));
    CHECK_ERROR(rmdir("c/t"), EBUSY);
    CHECK_EQUAL(write_text("c/cgroup.procs", "999999"), ESRCH);
    CHECK_EQUAL(write_text("c/cgroup.procs", "x"), EINVAL);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(status_of(child), SIGKILL);
    end();
}

TEST(a_fork_bomb_is_contained)
{
    pid_t bomb;

    begin();
    CHECK_EQUAL(write_text("c/t/pids.max", "20"), 0);
    bomb = fork();
    if (!bomb) {
        int refused = 0;

        enter("c/t");
        while (!refused) {
            pid_t child = fork();

            if (!child)
                for (;;)
                    pause();
            if (child < 0) {
                CHECK_EQUAL(errno, EAGAIN);
                refused = 1;
            }
        }
        for (;;)
            pause();
    }
    while (number_after("c/t/pids.events", "max ") == 0)
        sleep_ms(10);
    CHECK_EQUAL(atoi(read_text("c/t/pids.current")), 20);
    IN_CHILD /* others are as free as before */
        CHECK_EQUAL(getppid() > 0, 1);
    CHECK_EQUAL(write_text("c/t/cgroup.kill", "1"), 0);
    CHECK_EQUAL(status_of(bomb), SIGKILL);
    end();
}

static void hog(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(memory != MAP_FAILED);
    for (size_t at = 0; at < bytes; at += 4096)
        memory[at] = 1;
}

TEST(a_memory_hog_is_contained)
{
    pid_t child, neighbour;
    int go[2];
    char c;

    begin();
    CHECK_EQUAL(pipe(go), 0);
    CHECK_EQUAL(write_text("c/t/memory.max", "M"), EINVAL);
    CHECK_EQUAL(write_text("c/t/memory.max", "16x"), EINVAL);
    CHECK_EQUAL(write_text("c/t/memory.max", "32768K"), 0);
    CHECK(!strcmp(read_text("c/t/memory.max"), "33554432\n"));
    CHECK_EQUAL(write_text("c/t/memory.max", "16m"), 0);
    CHECK(!strcmp(read_text("c/t/memory.max"), "16777216\n"));
    neighbour = fork();
    if (!neighbour) { /* outside, with as much memory */
        hog(24 * MIB);
        CHECK_EQUAL(read(go[0], &c, 1), 1);
        hog(24 * MIB);
        _exit(0);
    }
    child = fork();
    if (!child) {
        enter("c/t");
        IN_CHILD
        {
            hog(4 * MIB);
            CHECK(number_after("c/t/memory.current", "") >= 4 * MIB);
        }
        if (!fork()) {
            hog(64 * MIB);
            _exit(0);
        }
        int status;

        CHECK(wait(&status) > 0);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        CHECK(number_after("c/t/memory.events", "oom_kill ") >= 1);
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(write(go[1], "x", 1), 1);
    CHECK_EQUAL(status_of(neighbour), 0);
    end();
}

/* Asks for too much, and lives at the cost of its child, as oom_score_adj has it. */
static void outlive_child(void)
{
    int ready[2], status;
    pid_t small;
    char c;

    CHECK_EQUAL(pipe(ready), 0);
    CHECK_EQUAL(write_text("/proc/self/oom_score_adj", "-1000"), 0);
    small = fork();
    if (!small) {
        CHECK(!strcmp(read_text("/proc/self/oom_score_adj"), "-1000\n")); /* is inherited */
        CHECK(!strcmp(read_text("/proc/self/oom_score"), "0\n"));
        CHECK_EQUAL(write_text("/proc/self/oom_score_adj", "1000"), 0);
        hog(4 * MIB);
        CHECK_EQUAL(write(ready[1], "x", 1), 1);
        for (;;)
            pause();
    }
    CHECK_EQUAL(read(ready[0], &c, 1), 1);
    hog(13 * MIB);
    CHECK_EQUAL(waitpid(small, &status, 0), small);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(who_dies_can_be_said)
{
    pid_t child;

    begin();
    CHECK_EQUAL(write_text("c/t/memory.max", "16777216"), 0);
    child = fork();
    if (!child) {
        enter("c/t");
        IN_CHILD
            outlive_child();
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    end();
}

TEST(who_dies_is_not_said_by_everyone)
{
    pid_t other = fork_sleeper();
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", other);
    CHECK_EQUAL(write_text(path, "1001"), EINVAL);
    CHECK_EQUAL(write_text(path, "-1001"), EINVAL);
    CHECK_EQUAL(write_text(path, "much"), EINVAL);
    CHECK_EQUAL(write_text(path, "500\n"), 0);
    IN_CHILD
    {
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_EQUAL(write_text(path, "600"), EACCES); /* not its file */
        CHECK(number_after(path, "") == 500);
    }
    IN_CHILD
    {
        CHECK_EQUAL(write_text("/proc/self/oom_score_adj", "100"), 0);
        CHECK_EQUAL(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0), 0);
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_EQUAL(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
        CHECK_EQUAL(write_text("/proc/self/oom_score_adj", "200"), 0);
        CHECK_EQUAL(write_text("/proc/self/oom_score_adj", "100"), 0);
        CHECK_EQUAL(write_text("/proc/self/oom_score_adj", "99"), EACCES);
    }
    kill(other, SIGKILL);
    status_of(other);
}

TEST(kill_ends_all_below_at_once)
{
    int alive[2];
    char c;
    pid_t children[4];

    begin();
    CHECK_EQUAL(pipe(alive), 0);
    CHECK_EQUAL(mkdir("c/t/below", 0755), 0);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (!children[i]) {
            signal(SIGTERM, SIG_IGN);
            enter(i % 2 ? "c/t/below" : "c/t");
            if (!fork())
                for (;;)
                    pause();
            CHECK_EQUAL(write(alive[1], "x", 1), 1);
            for (;;)
                pause();
        }
    }
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(read(alive[0], &c, 1), 1);
    close(alive[1]);
    CHECK_EQUAL(write_text("c/t/cgroup.kill", "0"), ERANGE);
    CHECK_EQUAL(write_text("c/t/cgroup.kill", "1"), 0);
    CHECK_EQUAL(read(alive[0], &c, 1), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(status_of(children[i]), SIGKILL);
    while (rmdir("c/t/below"))
        sleep_ms(10);
    end();
}

TEST(clone_into_a_group)
{
    struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
    int null = open("/dev/null", O_RDONLY);
    long child;

    begin();
    args.cgroup = (unsigned)open("c/t", O_RDONLY | O_DIRECTORY);
    child = syscall(SYS_clone3, &args, sizeof(args));
    if (!child)
        _exit(strcmp(read_text("/proc/self/cgroup"), "0::/t\n") != 0);
    CHECK(child > 0);
    CHECK_EQUAL(status_of((pid_t)child), 0);
    close((int)args.cgroup);
    args.cgroup = (unsigned)null;
    CHECK_ERROR(syscall(SYS_clone3, &args, sizeof(args)), EBADF);
    end();
}

TEST(a_namespace_begins_at_its_group)
{
    pid_t child;

    begin();
    CHECK_EQUAL(mkdir("c/t/below", 0755), 0);
    child = fork();
    if (!child) {
        enter("c/t");
        CHECK_EQUAL(unshare(CLONE_NEWCGROUP), 0);
        CHECK(!strcmp(read_text("/proc/self/cgroup"), "0::/\n"));
        CHECK(!strcmp(read_text("/proc/1/cgroup"), "0::/..\n"));
        IN_CHILD
        {
            enter("c/t/below");
            CHECK(!strcmp(read_text("/proc/self/cgroup"), "0::/below\n"));
        }
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    while (rmdir("c/t/below"))
        sleep_ms(10);
    end();
}

TEST(strangers_move_nobody)
{
    pid_t child;

    begin();
    child = fork();
    if (!child) {
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_EQUAL(write_text("c/t/cgroup.procs", "0"), EACCES);
        CHECK_EQUAL(write_text("c/t/memory.max", "0"), EACCES);
        CHECK_ERROR(mkdir("c/t/mine", 0755), EACCES);
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    /* Whose directory it is may move below it, but not into it from elsewhere. */
    CHECK_EQUAL(chown("c/t", 1000, 1000), 0);
    CHECK_EQUAL(chown("c/t/cgroup.procs", 1000, 1000), 0);
    child = fork();
    if (!child) {
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_EQUAL(write_text("c/t/cgroup.procs", "0"), EACCES);
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    end();
}

TEST(five_hundred_groups_leave_nothing)
{
    char path[32];

    begin();
    for (int i = 0; i < 500; i++) {
        snprintf(path, sizeof(path), "c/t/%d", i % 7);
        CHECK_EQUAL(mkdir(path, 0755), 0);
        IN_CHILD
            enter(path);
        while (rmdir(path))
            sleep_ms(1);
    }
    end();
}
