/* clone and clone3: descriptors of processes, chosen numbers, exit signals, and what contradicts itself. */
#include "check.h"
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOWHERE ((void *)0x10)

static long clone3(struct clone_args *args)
{
    return syscall(SYS_clone3, args, sizeof *args);
}

static long clone3_flags(uint64_t flags)
{
    return clone3(&(struct clone_args){ .flags = flags, .exit_signal = SIGCHLD });
}

/* A child that ends at once with this code. */
static pid_t clone3_child(struct clone_args *args, int code)
{
    long child = clone3(args);

    if (child == 0)
        _exit(code);
    return (pid_t)child;
}

/* ---- CLONE_PIDFD ------------------------------------------------------------------------------------------------- */

static int status_by(int fd)
{
    siginfo_t info = { 0 };

    CHECK_EQUAL(waitid(P_PIDFD, (id_t)fd, &info, WEXITED), 0);
    return info.si_status;
}

TEST(a_descriptor_of_the_child)
{
    int fd = -1;
    long child = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);

    if (child == 0)
        _exit(fcntl(3, F_GETFD) == -1 && fd == -1 ? 7 : 1); /* it has not got it */
    CHECK(child > 0);
    CHECK_EQUAL(fd, 3);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(status_by(fd), 7);
    CHECK_ERROR(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
}

TEST(a_descriptor_of_the_child_by_clone3)
{
    int fd = -1, tid = -1;
    struct clone_args args = { .flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_VM | CLONE_VFORK,
                               .exit_signal = SIGCHLD,
                               .pidfd = (uintptr_t)&fd,
                               .parent_tid = (uintptr_t)&tid };
    struct pollfd p = { .events = POLLIN };
    pid_t child = clone3_child(&args, 9);

    CHECK_EQUAL(tid, child);
    p.fd = fd;
    CHECK_EQUAL(poll(&p, 1, -1), 1);
    CHECK_EQUAL(status_by(fd), 9);
}

TEST(a_failed_clone_leaves_no_descriptor)
{
    int fd = -1;
    struct rlimit few = { 3, 3 };

    CHECK_ERROR(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, NOWHERE, 0, 0), EFAULT);
    CHECK_ERROR(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &fd, 0, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_clone, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, &fd, 0, 0), EINVAL);
    CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &few), 0);
    CHECK_ERROR(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0), EMFILE);
    CHECK_EQUAL(fd, -1);
    CHECK_ERROR(fcntl(3, F_GETFD), EBADF);
    CHECK_ERROR(wait(NULL), ECHILD);
}

/* ---- set_tid ----------------------------------------------------------------------------------------------------- */

static pid_t clone_as(pid_t *wanted, unsigned n)
{
    struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = n };

    return clone3_child(&args, 5);
}

TEST(a_number_is_chosen)
{
    pid_t free = fork_sleeper(), own = getpid();

    kill(free, SIGKILL);
    status_of(free);
    CHECK_EQUAL(clone_as(&free, 1), free);
    CHECK_ERROR(clone_as(&free, 1), EEXIST); /* a zombie has it still */
    CHECK_EQUAL(WEXITSTATUS(status_of(free)), 5);
    CHECK_EQUAL(clone_as(&free, 1), free);
    CHECK_EQUAL(WEXITSTATUS(status_of(free)), 5);
    CHECK_ERROR(clone_as(&own, 1), EEXIST);
}

TEST(senseless_numbers)
{
    pid_t zero = 0, negative = -1, huge = 1 << 30, free[2] = { 4321, 4322 }, many[33] = { 0 };

    CHECK_ERROR(clone_as(&zero, 1), EINVAL);
    CHECK_ERROR(clone_as(&negative, 1), EINVAL);
    CHECK_ERROR(clone_as(&huge, 1), EINVAL);
    CHECK_ERROR(clone_as(free, 2), EINVAL); /* deeper than where it lives */
    CHECK_ERROR(clone_as(many, 33), EINVAL);
    CHECK_ERROR(clone_as(free, 0), EINVAL);
    CHECK_ERROR(clone_as(NULL, 1), EINVAL);
    CHECK_ERROR(clone_as(NOWHERE, 1), EFAULT);
    CHECK_ERROR(wait(NULL), ECHILD);
}

TEST(numbers_are_chosen_by_the_privileged)
{
    pid_t free = 4321;

    IN_CHILD
    {
        CHECK_EQUAL(setresuid(4321, 4321, 4321), 0);
        CHECK_ERROR(clone_as(&free, 1), EPERM);
    }
}

TEST(numbers_in_a_namespace)
{
    pid_t wanted[2] = { 1, 4567 }, second[2] = { 2, 4568 };
    struct clone_args args = {
        .flags = CLONE_NEWPID, .exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 2
    };
    long child;

    wanted[0] = 2;
    CHECK_ERROR(clone3(&args), EINVAL); /* an init is number 1 */
    wanted[0] = 1;
    child = clone3(&args);
    if (child == 0) {
        wanted[0] = 77;
        CHECK_EQUAL(getpid(), 1);
        CHECK_EQUAL(clone_as(wanted, 1), 77);
        CHECK_EQUAL(WEXITSTATUS(status_of(77)), 5);
        CHECK_EQUAL(fork() ? wait(NULL) : (_exit(0), 0), 2); /* a chosen one moves nothing */
        CHECK_EQUAL(clone_as(second, 1), 2);
        _exit(6);
    }
    CHECK_EQUAL(child, 4567);
    CHECK_EQUAL(WEXITSTATUS(status_of((pid_t)child)), 6);
}

/* ---- the rest of clone3 ------------------------------------------------------------------------------------------ */

static void ignore(int sig)
{
    (void)sig;
}

TEST(handlers_are_cleared_ignored_stay)
{
    struct clone_args args = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
    struct sigaction now;
    long child;

    signal(SIGUSR1, ignore);
    signal(SIGUSR2, SIG_IGN);
    child = clone3(&args);
    if (child == 0) {
        CHECK_EQUAL(sigaction(SIGUSR1, NULL, &now), 0);
        CHECK(now.sa_handler == SIG_DFL);
        CHECK_EQUAL(sigaction(SIGUSR2, NULL, &now), 0);
        CHECK(now.sa_handler == SIG_IGN);
        _exit(0);
    }
    CHECK_EQUAL(status_of((pid_t)child), 0);
    CHECK_ERROR(clone3_flags(CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM), EINVAL);
}

TEST(sizes_of_the_arguments)
{
    struct {
        struct clone_args args;
        char more[64];
    } big = { .args.exit_signal = SIGCHLD };
    long child;

    CHECK_ERROR(syscall(SYS_clone3, &big, CLONE_ARGS_SIZE_VER0 - 1), EINVAL);
    CHECK_ERROR(syscall(SYS_clone3, &big, 4097), E2BIG);
    CHECK_ERROR(syscall(SYS_clone3, NOWHERE, sizeof big.args), EFAULT);
    big.more[63] = 1;
    CHECK_ERROR(syscall(SYS_clone3, &big, sizeof big), E2BIG);
    big.more[63] = 0;
    for (size_t size = CLONE_ARGS_SIZE_VER0; size <= sizeof big; size += sizeof(uint64_t)) {
        child = syscall(SYS_clone3, &big, size);
        if (child == 0)
            _exit(4);
        CHECK_EQUAL(WEXITSTATUS(status_of((pid_t)child)), 4);
    }
}

static int return_argument(void *argument)
{
    return (int)(uintptr_t)argument;
}

/* What clone(2) lists under EINVAL, and nothing is made. */
TEST(contradictions)
{
    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK_ERROR(clone3_flags(CLONE_SIGHAND), EINVAL);
    CHECK_ERROR(clone3_flags(CLONE_THREAD), EINVAL);
    CHECK_ERROR(clone3_flags(CLONE_THREAD | CLONE_VM), EINVAL);
    CHECK_ERROR(clone3_flags(CLONE_DETACHED), EINVAL);
    CHECK_ERROR(clone3_flags(SIGCHLD), EINVAL);      /* it has a field of its own */
    CHECK_ERROR(clone3_flags(CLONE_PARENT), EINVAL); /* with an exit signal */
    CHECK_ERROR(clone3_flags(CLONE_THREAD | CLONE_VM | CLONE_SIGHAND), EINVAL);
    CHECK_ERROR(clone3_flags(CLONE_FS | CLONE_NEWNS), EINVAL);
    CHECK_ERROR(clone3_flags(CLONE_FS | CLONE_NEWUSER), EINVAL);
    CHECK_ERROR(clone3_flags(CLONE_SYSVSEM | CLONE_NEWIPC), EINVAL);
    CHECK_ERROR(clone3(&(struct clone_args){ .exit_signal = 65 }), EINVAL);
    CHECK_ERROR(clone3(&(struct clone_args){ .exit_signal = 256 }), EINVAL);
    CHECK_ERROR(clone3(&(struct clone_args){ .exit_signal = SIGCHLD, .stack = (uintptr_t)stack }), EINVAL);
    CHECK_ERROR(clone3(&(struct clone_args){ .exit_signal = SIGCHLD, .stack_size = 65536 }), EINVAL);
    CHECK_ERROR(clone(NULL, stack, SIGCHLD, NULL), EINVAL);
    CHECK_ERROR(clone(return_argument, NULL, SIGCHLD, NULL), EINVAL);
    CHECK_ERROR(wait(NULL), ECHILD);
}

static volatile sig_atomic_t came;

static void note(int sig)
{
    came = sig;
}

TEST(every_exit_signal)
{
    signal(SIGCHLD, note);
    for (int sig = 0; sig <= SIGRTMAX; sig++) {
        long child;
        int status;

        if (sig == SIGKILL || sig == SIGSTOP || sig == 32 || sig == 33) /* two are the library's */
            continue;
        if (sig)
            signal(sig, note);
        came = 0;
        child = syscall(SYS_clone, sig, 0, 0, 0, 0);
        if (child == 0)
            _exit(sig);
        while (waitpid((pid_t)child, &status, __WALL) != child)
            CHECK_EQUAL(errno, EINTR);
        CHECK_EQUAL(WEXITSTATUS(status), sig);
        CHECK_EQUAL(came, sig);
    }
}

TEST(a_sibling)
{
    int status;

    IN_CHILD
    {
        long sibling = syscall(SYS_clone, CLONE_PARENT, 0, 0, 0, 0);

        if (sibling == 0)
            _exit(3);
        CHECK(sibling > 0);
        CHECK_ERROR(waitpid((pid_t)sibling, &status, __WALL), ECHILD);
    }
    CHECK(wait(&status) > 0);
    CHECK_EQUAL(WEXITSTATUS(status), 3);
}
