/* Threads that do not share all tables with their process: made so by clone, or by unshare. */
#include "check.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK 65536

/* Two threads take turns: each awaits the step that the other announces. */
static int step;

static void announce(int n)
{
    __atomic_store_n(&step, n, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &step, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void await(int n)
{
    int now;

    while ((now = __atomic_load_n(&step, __ATOMIC_SEQ_CST)) < n)
        syscall(SYS_futex, &step, FUTEX_WAIT, now, NULL, NULL, 0);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static bool is_at(const char *path)
{
    char where[PATH_MAX];

    return getcwd(where, sizeof(where)) && strcmp(where, path) == 0;
}

static void run(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    CHECK_EQUAL(pthread_create(&thread, NULL, body, argument), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

/* ---- clone ------------------------------------------------------------------------------------------------------- */

/* It has no thread pointer of its own, so it uses nothing of the library that has state. */
struct bare {
    int fd, has_closed, has_moved;
    int tid;
};

static long raw(long nr, long a, long b, long c)
{
    register long a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c, a7 asm("a7") = nr;

    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

static int bare_body(void *argument)
{
    struct bare *bare = argument;

    bare->has_closed = (int)raw(SYS_close, bare->fd, 0, 0);
    bare->has_moved = (int)raw(SYS_chdir, (long)"/proc", 0, 0);
    raw(SYS_exit, 0, 0, 0);
    return 0;
}

/* A thread made with the flags closes a descriptor and changes the directory: which of that the process sees. */
static void bare_thread(unsigned long flags, bool closed, bool moved)
{
    struct bare bare = { .fd = open("/dev/null", O_RDONLY), .tid = -1 };
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int tid;

    CHECK_EQUAL(chdir("/"), 0);
    CHECK(clone(bare_body, stack + STACK,
                CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | flags, &bare,
                &bare.tid, NULL, &bare.tid) > 0);
    while ((tid = __atomic_load_n(&bare.tid, __ATOMIC_SEQ_CST)))
        syscall(SYS_futex, &bare.tid, FUTEX_WAIT, tid, NULL, NULL, 0);
    CHECK_EQUAL(bare.has_closed, 0);
    CHECK_EQUAL(bare.has_moved, 0);
    CHECK_EQUAL(is_open(bare.fd), !closed);
    CHECK(is_at(moved ? "/proc" : "/"));
    close(bare.fd);
    munmap(stack, STACK);
}

TEST(thread_without_files)
{
    bare_thread(CLONE_FS, false, true);
}

TEST(thread_without_fs)
{
    bare_thread(CLONE_FILES, true, false);
}

TEST(thread_with_neither)
{
    bare_thread(0, false, false);
}

TEST(thread_with_both)
{
    bare_thread(CLONE_FILES | CLONE_FS, true, true);
}

TEST(a_thousand_of_them)
{
    for (int i = 0; i < 1000; i++)
        bare_thread(0, false, false);
}

/* ---- unshare ----------------------------------------------------------------------------------------------------- */

static int ends[2];

static void *goes_its_way(void *unused)
{
    int mine;

    CHECK_EQUAL(unshare(CLONE_FILES | CLONE_FS), 0);
    CHECK_EQUAL(close(ends[0]), 0);
    CHECK_EQUAL(chdir("/proc"), 0);
    umask(077);
    mine = dup2(ends[1], 100);
    CHECK_EQUAL(mine, 100);
    announce(1);
    await(2);
    CHECK(is_at("/proc"));
    CHECK(!is_open(ends[0]));
    CHECK(is_open(100));
    return unused;
}

TEST(unshare_in_a_thread)
{
    pthread_t thread;
    char byte;

    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(chdir("/"), 0);
    umask(022);
    CHECK_EQUAL(pthread_create(&thread, NULL, goes_its_way, NULL), 0);
    await(1);
    CHECK(is_open(ends[0]));
    CHECK(!is_open(100));
    CHECK(is_at("/"));
    CHECK_EQUAL(umask(022), 022);
    CHECK_EQUAL(close(ends[1]), 0);
    announce(2);
    /* The thread has copies of the writing end, until it ends. */
    CHECK_EQUAL(read(ends[0], &byte, 1), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

static void *stays_behind(void *unused)
{
    await(1);
    CHECK(is_open(ends[0]));
    CHECK(is_at("/"));
    CHECK_EQUAL(close(ends[0]), 0);
    announce(2);
    return unused;
}

TEST(unshare_in_the_first_thread)
{
    pthread_t thread;

    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(chdir("/"), 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, stays_behind, NULL), 0);
    CHECK_EQUAL(unshare(CLONE_FILES), 0);
    CHECK_EQUAL(unshare(CLONE_FILES), 0); /* nothing is left to do */
    CHECK_EQUAL(unshare(CLONE_FS), 0);
    CHECK_EQUAL(chdir("/proc"), 0);
    announce(1);
    await(2);
    CHECK(is_open(ends[0]));
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK(is_at("/proc"));
}

/* What it is born with, it has from its maker. */
static void *grandchild(void *unused)
{
    CHECK(is_at("/proc"));
    CHECK(is_open(100));
    CHECK_EQUAL(close(100), 0);
    return unused;
}

static void *has_children(void *unused)
{
    CHECK_EQUAL(unshare(CLONE_FILES | CLONE_FS), 0);
    CHECK_EQUAL(chdir("/proc"), 0);
    CHECK_EQUAL(dup2(ends[0], 100), 100);
    IN_CHILD {
        CHECK(is_at("/proc"));
        CHECK(is_open(100));
        CHECK_EQUAL(unshare(CLONE_FILES | CLONE_FS), 0);
    }
    run(grandchild, NULL);
    CHECK(!is_open(100)); /* shared with the grandchild */
    return unused;
}

TEST(children_of_such_a_thread)
{
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(chdir("/"), 0);
    run(has_children, NULL);
    CHECK(is_at("/"));
}

/* A record lock belongs to a table, so the two exclude each other: fcntl(2), F_SETLK. */
static void *locks_the_same(void *file)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

    CHECK_EQUAL(fcntl(*(int *)file, F_SETLK, &lock), 0);
    CHECK_EQUAL(unshare(CLONE_FILES), 0);
    CHECK_ERROR(fcntl(*(int *)file, F_SETLK, &lock), EAGAIN);
    return file;
}

TEST(locks_are_of_a_table)
{
    int file = open("/tmp/tables.lock", O_RDWR | O_CREAT, 0600);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };

    CHECK(file >= 0);
    CHECK_EQUAL(fcntl(file, F_SETLK, &lock), 0);
    run(locks_the_same, &file);
    CHECK_EQUAL(unlink("/tmp/tables.lock"), 0);
}

/* ---- what proc does for the thread ------------------------------------------------------------------------------- */

static void *maps(void *unused)
{
    char *text;
    int fd;

    CHECK_EQUAL(unshare(CLONE_FILES), 0);
    fd = open("/tmp/tables.map", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQUAL(dup2(fd, 200), 200);
    text = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 200, 0);
    CHECK(text != MAP_FAILED && memcmp(text, "tables", 6) == 0);
    munmap(text, 4096);
    return unused;
}

TEST(a_mapping_of_its_file)
{
    make_file("/tmp/tables.map", "tables", 6);
    run(maps, NULL);
    CHECK_ERROR(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 200, 0) == MAP_FAILED ? -1 : 0, EBADF);
    CHECK_EQUAL(unlink("/tmp/tables.map"), 0);
}

static void note(int sig)
{
    (void)sig;
}

static void *reads_nothing(void *unused)
{
    char byte;

    CHECK_EQUAL(unshare(CLONE_FILES), 0);
    announce(1);
    CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
    announce(2);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    return unused;
}

TEST(a_wait_is_interrupted_and_satisfied)
{
    struct sigaction action = { .sa_handler = note };
    pthread_t thread;

    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, reads_nothing, NULL), 0);
    await(1);
    while (__atomic_load_n(&step, __ATOMIC_SEQ_CST) == 1) {
        pthread_kill(thread, SIGUSR1);
        sleep_ms(5);
    }
    sleep_ms(20);
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

/* The process ends while they wait. */
static void *waits_for_ever(void *unused)
{
    char byte;

    CHECK_EQUAL(unshare(CLONE_FILES | CLONE_FS), 0);
    announce(__atomic_load_n(&step, __ATOMIC_SEQ_CST) + 1);
    (void)!read(ends[0], &byte, 1);
    return unused;
}

TEST(the_process_ends_with_waiting_threads)
{
    CHECK_EQUAL(pipe(ends), 0);
    for (int i = 0; i < 20; i++)
        IN_CHILD {
            pthread_t thread;

            for (int n = 0; n < 10; n++) {
                CHECK_EQUAL(pthread_create(&thread, NULL, waits_for_ever, NULL), 0);
                await(n + 1);
            }
        }
}

static void *cannot_read(void *unused)
{
    CHECK_EQUAL(unshare(CLONE_FILES), 0);
    announce(1);
    await(2);
    CHECK_ERROR(open("/tmp/tables.secret", O_RDONLY), EACCES);
    return unused;
}

/* Who the process is, its threads are, with whatever tables. */
TEST(a_change_of_user)
{
    make_file("/tmp/tables.secret", "x", 1);
    CHECK_EQUAL(chmod("/tmp/tables.secret", 0600), 0);
    IN_CHILD {
        pthread_t thread;

        CHECK_EQUAL(pthread_create(&thread, NULL, cannot_read, NULL), 0);
        await(1);
        CHECK_EQUAL(setresuid(65534, 65534, 65534), 0);
        announce(2);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
    }
    CHECK_EQUAL(unlink("/tmp/tables.secret"), 0);
}

/* ---- mounts ------------------------------------------------------------------------------------------------------ */

static void *returns(void *unused)
{
    await(1);
    return unused;
}

/* The last thread of a process, with a directory of its own, goes to another mount namespace, and to another root there. */
TEST(mounts_of_such_a_thread)
{
    IN_CHILD {
        pthread_t thread;

        CHECK_EQUAL(pthread_create(&thread, NULL, returns, NULL), 0);
        CHECK_EQUAL(unshare(CLONE_FS), 0);
        CHECK_EQUAL(chdir("/tmp"), 0);
        announce(1);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        CHECK(is_at("/tmp"));
        CHECK(mkdir("here", 0755) == 0 || errno == EEXIST);
        CHECK_EQUAL(mount("here", "here", "tmpfs", 0, NULL), 0);
        CHECK_EQUAL(mkdir("here/inside", 0755), 0);
        CHECK_EQUAL(access("/tmp/here/inside", F_OK), 0);
    }
    CHECK_ERROR(access("/tmp/here/inside", F_OK), ENOENT);
    CHECK_EQUAL(rmdir("/tmp/here"), 0);
}

/* ---- exec -------------------------------------------------------------------------------------------------------- */

static const char script[] = "test $(pwd) = /proc && test -e /proc/$$/fd/100 && ! test -e /proc/$$/fd/101";

static void *executes(void *unused)
{
    CHECK_EQUAL(unshare(CLONE_FILES | CLONE_FS), 0);
    CHECK_EQUAL(chdir("/proc"), 0);
    CHECK_EQUAL(dup2(ends[0], 100), 100);
    CHECK_EQUAL(close(101), 0);
    execl("/bin/sh", "sh", "-c", script, NULL);
    return unused;
}

/* The program goes on with the tables of the thread that executed it. */
TEST(exec_by_such_a_thread)
{
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(dup2(ends[0], 101), 101);
    CHECK_EQUAL(chdir("/"), 0);
    IN_CHILD {
        run(executes, NULL);
        _exit(2);
    }
    IN_CHILD {
        pthread_t thread;

        CHECK_EQUAL(pthread_create(&thread, NULL, waits_for_ever, NULL), 0);
        await(1);
        executes(NULL);
        _exit(2);
    }
}

static void *root_elsewhere(void *unused)
{
    CHECK_EQUAL(unshare(CLONE_FS), 0);
    CHECK_EQUAL(chroot("/proc"), 0);
    CHECK_ERROR(execl("/bin/sh", "sh", "-c", "exit 3", NULL), ENOENT);
    CHECK_EQUAL(access("/self", F_OK), 0);
    return unused;
}

TEST(a_root_of_its_own)
{
    run(root_elsewhere, NULL);
    CHECK_EQUAL(access("/proc/self", F_OK), 0);
}
