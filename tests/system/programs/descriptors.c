/* Signals and processes behind descriptors: signalfd, pidfd. */
#include "check.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static sigset_t block(int a, int b)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, a);
    sigaddset(&set, b);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    return set;
}

static short events_of(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN };

    CHECK(poll(&one, 1, 0) >= 0);
    return one.revents;
}

TEST(signals_are_read)
{
    sigset_t set = block(SIGUSR1, SIGUSR2);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    struct signalfd_siginfo info[3];

    CHECK(fd >= 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_ERROR(read(fd, info, sizeof(info)), EAGAIN);
    CHECK_ERROR(read(fd, info, 100), EINVAL);
    CHECK_EQUAL(events_of(fd), 0);
    kill(getpid(), SIGUSR2);
    raise(SIGUSR1);
    CHECK_EQUAL(events_of(fd), POLLIN);
    CHECK_EQUAL(read(fd, info, sizeof(info)), 2 * sizeof(info[0]));
    CHECK_EQUAL(info[0].ssi_signo + info[1].ssi_signo, SIGUSR1 + SIGUSR2);
    CHECK_EQUAL(info[0].ssi_pid, getpid());
    CHECK_EQUAL(events_of(fd), 0);
    CHECK_ERROR(read(fd, info, sizeof(info)), EAGAIN);
}

TEST(a_value_comes_along)
{
    sigset_t set = block(SIGRTMIN, SIGUSR2);
    int fd = signalfd(-1, &set, 0);
    struct signalfd_siginfo info;

    CHECK_EQUAL(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 77 }), 0);
    CHECK_EQUAL(read(fd, &info, sizeof(info)), sizeof(info));
    CHECK_EQUAL(info.ssi_int, 77);
    CHECK_EQUAL(info.ssi_code, SI_QUEUE);
}

TEST(a_read_waits)
{
    sigset_t set = block(SIGUSR1, SIGCHLD);
    int fd = signalfd(-1, &set, 0);
    struct signalfd_siginfo info;
    pid_t child = check_fork();

    if (!child) {
        sleep_ms(30);
        kill(getppid(), SIGUSR1);
        _exit(9);
    }
    CHECK_EQUAL(read(fd, &info, sizeof(info)), sizeof(info));
    CHECK_EQUAL(info.ssi_signo, SIGUSR1);
    CHECK_EQUAL(info.ssi_pid, child);
    CHECK_EQUAL(read(fd, &info, sizeof(info)), sizeof(info));
    CHECK_EQUAL(info.ssi_signo, SIGCHLD);
    CHECK_EQUAL(info.ssi_status, 9);
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 9);
}

TEST(an_epoll_hears_signals)
{
    sigset_t set = block(SIGUSR1, SIGUSR2);
    int fd = signalfd(-1, &set, SFD_NONBLOCK), ep = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    struct signalfd_siginfo info;
    pid_t child;

    CHECK_EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event), 0);
    child = check_fork();
    if (!child) {
        sleep_ms(30);
        kill(getppid(), SIGUSR2);
        _exit(0);
    }
    CHECK_EQUAL(epoll_wait(ep, &event, 1, -1), 1);
    CHECK_EQUAL(read(fd, &info, sizeof(info)), sizeof(info));
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 0);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(a_mask_is_changed)
{
    sigset_t set = block(SIGUSR1, SIGUSR2), one;
    int fd;

    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    fd = signalfd(-1, &one, SFD_NONBLOCK);
    raise(SIGUSR2);
    CHECK_EQUAL(events_of(fd), 0);
    CHECK_EQUAL(signalfd(fd, &set, 0), fd);
    CHECK_EQUAL(events_of(fd), POLLIN);
    CHECK_ERROR(signalfd(0, &set, 0), EINVAL);
    CHECK_ERROR(signalfd(99, &set, 0), EBADF);
    CHECK_ERROR(signalfd(-1, &set, 1), EINVAL);
}

static int pidfd_open_(pid_t pid, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int pidfd_send(int fd, int sig)
{
    return (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
}

TEST(a_process_that_ends_is_readable)
{
    pid_t child = fork_sleeper();
    int fd = pidfd_open_(child, 0), ep = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    siginfo_t info;

    CHECK(fd >= 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(events_of(fd), 0);
    CHECK_EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event), 0);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 0);
    CHECK_EQUAL(pidfd_send(fd, 0), 0);
    CHECK_EQUAL(pidfd_send(fd, SIGTERM), 0);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, -1), 1);
    CHECK_EQUAL(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQUAL(info.si_pid, child);
    CHECK_EQUAL(info.si_status, SIGTERM);
    CHECK_EQUAL(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED), 0);
    CHECK_ERROR(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED), ECHILD);
    CHECK_ERROR(pidfd_send(fd, SIGTERM), ESRCH);
    CHECK_EQUAL(events_of(fd) & POLLIN, POLLIN);
}

TEST(a_wait_by_descriptor_waits)
{
    siginfo_t info;
    pid_t child = check_fork();
    int fd;

    if (!child) {
        sleep_ms(50);
        _exit(3);
    }
    fd = pidfd_open_(child, 0);
    CHECK_EQUAL(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED), 0);
    CHECK_EQUAL(info.si_status, 3);
    CHECK_EQUAL(events_of(fd) & POLLIN, POLLIN);
}

TEST(descriptors_of_processes_refused)
{
    pid_t child = fork_sleeper();
    int fd = pidfd_open_(child, 0);
    siginfo_t info;

    CHECK_ERROR(pidfd_open_(0, 0), EINVAL);
    CHECK_ERROR(pidfd_open_(-1, 0), EINVAL);
    CHECK_ERROR(pidfd_open_(child, 1), EINVAL);
    CHECK_ERROR(pidfd_open_(3999999, 0), ESRCH);
    CHECK_ERROR(pidfd_send(0, 0), EBADF);
    CHECK_ERROR(pidfd_send(fd, 99), EINVAL);
    CHECK_ERROR(waitid((idtype_t)P_PIDFD, 99, &info, WEXITED), EBADF);
    CHECK_ERROR(read(fd, &info, 8), EINVAL);
    kill(child, SIGKILL);
    status_of(child);
}

static pid_t clone_sleeper_numbered(pid_t number)
{
    struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1 };
    pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

    if (child)
        return child;
    for (;;)
        pause();
}

/* Also when the number has come to somebody else. */
TEST(a_directory_of_proc_stands_for_one_process)
{
    pid_t child = fork_sleeper();
    char name[32], text[512];
    int fd, path, stat;

    snprintf(name, sizeof(name), "/proc/%d", child);
    fd = open(name, O_RDONLY | O_DIRECTORY);
    path = open(name, O_PATH | O_DIRECTORY);
    stat = openat(fd, "stat", O_RDONLY);
    CHECK(fd >= 0 && path >= 0 && stat >= 0);
    CHECK_ERROR(pidfd_send(path, 0), EBADF);
    CHECK_ERROR(pidfd_send(stat, 0), EBADF);
    CHECK_EQUAL(pidfd_send(fd, SIGTERM), 0);
    CHECK_EQUAL(status_of(child), SIGTERM);
    CHECK_ERROR(pidfd_send(fd, 0), ESRCH);
    CHECK_EQUAL(clone_sleeper_numbered(child), child);
    CHECK_ERROR(pidfd_send(fd, SIGKILL), ESRCH);
    CHECK_ERROR(read(stat, text, sizeof(text)), ESRCH);
    CHECK_ERROR(openat(fd, "stat", O_RDONLY), ESRCH);
    CHECK_ERROR(syscall(SYS_getdents64, fd, text, sizeof(text)), ENOENT);
    CHECK_EQUAL(access(name, F_OK), 0);
    kill(child, SIGKILL);
    CHECK_EQUAL(status_of(child), SIGKILL);
}

TEST(a_descriptor_is_fetched)
{
    int ends[2], fd, got;
    pid_t child;
    char c;

    CHECK_EQUAL(pipe(ends), 0);
    child = fork_sleeper();
    close(ends[1]);
    fd = pidfd_open_(child, 0);
    got = (int)syscall(SYS_pidfd_getfd, fd, ends[1], 0);
    CHECK(got >= 0);
    CHECK_EQUAL(fcntl(got, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(write(got, "x", 1), 1);
    CHECK_EQUAL(read(ends[0], &c, 1), 1);
    CHECK_ERROR(syscall(SYS_pidfd_getfd, fd, 99, 0), EBADF);
    CHECK_ERROR(syscall(SYS_pidfd_getfd, fd, 0, 1), EINVAL);
    kill(child, SIGKILL);
    status_of(child);
    CHECK_ERROR(syscall(SYS_pidfd_getfd, fd, 0, 0), ESRCH);
}
