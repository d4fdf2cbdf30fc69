/* PID namespaces: numbers as each side sees them, process 1 and its end, /proc of the right namespace. */
#include "check.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t fork_with(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

/* The body runs as process 1 of a new namespace; a failed check inside ends it with 1. */
#define IN_NAMESPACE(flags) \
    for (pid_t child_ = fork_with(CLONE_NEWPID | (flags)), once_ = 1; once_; \
         once_ = 0, check_child_ended(child_, __FILE__, __LINE__)) \
        if (child_ == 0) \
            for (;; _exit(0))

static void wait_byte(int fd)
{
    char c;

    CHECK_EQUAL(read(fd, &c, 1), 1);
}

static void send_byte(int fd)
{
    CHECK_EQUAL(write(fd, "x", 1), 1);
}

/* The text behind the name of a line of /proc/PID/status. */
static void status_line(const char *path, const char *name, char value[256])
{
    char line[256];
    FILE *f = fopen(path, "r");

    CHECK(f);
    while (fgets(line, sizeof(line), f))
        if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':') {
            strcpy(value, line + strlen(name) + 2);
            value[strcspn(value, "\n")] = 0;
            fclose(f);
            return;
        }
    CHECK(!"the line is there");
}

TEST(first_process_is_one_and_its_parent_nobody)
{
    IN_NAMESPACE(0)
    {
        CHECK_EQUAL(getpid(), 1);
        CHECK_EQUAL(syscall(SYS_gettid), 1);
        CHECK_EQUAL(getppid(), 0);
        CHECK_EQUAL(getpgrp(), 0);
        CHECK_EQUAL(getsid(0), 0);
        CHECK_EQUAL(setsid(), 1);
        CHECK_EQUAL(getsid(0), 1);
        CHECK_EQUAL(getpgid(1), 1);
    }
}

TEST(numbers_count_from_one_in_each)
{
    IN_NAMESPACE(0)
    {
        for (int i = 2; i < 5; i++) {
            pid_t child = fork();

            if (!child)
                _exit(getpid() == i && getppid() == 1 ? 0 : 1);
            CHECK_EQUAL(child, i);
            CHECK_EQUAL(status_of(child), 0);
        }
        IN_NAMESPACE(0)
        {
            CHECK_EQUAL(getpid(), 1);
            CHECK_EQUAL(fork_with(CLONE_PARENT), -1); /* an init's children are its own */
        }
    }
}

TEST(each_side_sees_its_own_number)
{
    int up[2], down[2];
    pid_t child, seen;
    char path[64], value[256], wanted[256];

    CHECK_EQUAL(pipe(up), 0);
    CHECK_EQUAL(pipe(down), 0);
    child = fork_with(CLONE_NEWPID);
    if (!child) {
        pid_t inner = fork_with(CLONE_NEWPID);

        if (!inner) {
            wait_byte(down[0]);
            _exit(0);
        }
        CHECK_EQUAL(write(up[1], &inner, sizeof(inner)), sizeof(inner));
        CHECK_EQUAL(status_of(inner), 0);
        _exit(0);
    }
    CHECK(child > 1);
    CHECK_EQUAL(read(up[0], &seen, sizeof(seen)), sizeof(seen));
    CHECK_EQUAL(seen, 2);
    snprintf(path, sizeof(path), "/proc/%d/status", child);
    status_line(path, "NSpid", value);
    snprintf(wanted, sizeof(wanted), "%d\t1", child);
    CHECK(!strcmp(value, wanted));
    snprintf(path, sizeof(path), "/proc/%d/status", child + 1);
    status_line(path, "NSpid", value);
    snprintf(wanted, sizeof(wanted), "%d\t2\t1", child + 1);
    CHECK(!strcmp(value, wanted));
    send_byte(down[1]);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(nobody_outside_can_be_named)
{
    pid_t outside = getpid();

    IN_NAMESPACE(0)
    {
        CHECK_ERROR(kill(outside, 0), ESRCH);
        CHECK_ERROR(getpgid(outside), ESRCH);
        CHECK_ERROR(getsid(outside), ESRCH);
        CHECK_ERROR(syscall(SYS_tgkill, outside, outside, 0), ESRCH);
        CHECK_ERROR(waitpid(outside, NULL, 0), ECHILD);
        CHECK_ERROR(syscall(SYS_pidfd_open, outside, 0), ESRCH);
        CHECK_ERROR(sched_getscheduler(outside), ESRCH);
        CHECK_ERROR(kill(-1, SIGKILL), ESRCH);
    }
}

static volatile pid_t sender;

static void remember_sender(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    sender = info->si_pid;
}

static void catch(int sig)
{
    struct sigaction action = { .sa_sigaction = remember_sender, .sa_flags = SA_SIGINFO | SA_RESTART };

    sender = -1;
    CHECK_EQUAL(sigaction(sig, &action, NULL), 0);
}

TEST(init_ignores_from_inside_what_it_does_not_catch)
{
    IN_NAMESPACE(0)
    {
        IN_CHILD
        {
            CHECK_EQUAL(kill(1, SIGTERM), 0);
            CHECK_EQUAL(kill(1, SIGKILL), 0);
            CHECK_EQUAL(kill(1, SIGSTOP), 0);
        }
        kill(getpid(), SIGKILL);
        kill(getpid(), SIGTERM);
        catch(SIGUSR1);
        IN_CHILD
            CHECK_EQUAL(kill(1, SIGUSR1), 0);
        CHECK_EQUAL(sender, 3);
    }
}

TEST(init_can_be_stopped_and_killed_from_outside)
{
    int ready[2], status;
    pid_t child;

    CHECK_EQUAL(pipe(ready), 0);
    child = fork_with(CLONE_NEWPID);
    if (!child) {
        catch(SIGUSR1);
        send_byte(ready[1]);
        while (sender == -1)
            sched_yield();
        CHECK_EQUAL(sender, 0);
        send_byte(ready[1]);
        for (;;)
            pause();
    }
    wait_byte(ready[0]);
    CHECK_EQUAL(kill(child, SIGUSR1), 0);
    wait_byte(ready[0]);
    CHECK_EQUAL(kill(child, SIGTERM), 0); /* not caught: nothing */
    CHECK_EQUAL(kill(child, SIGSTOP), 0);
    CHECK_EQUAL(waitpid(child, &status, WUNTRACED), child);
    CHECK(WIFSTOPPED(status));
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(status_of(child), SIGKILL);
}

TEST(orphans_become_children_of_init)
{
    IN_NAMESPACE(0)
    {
        int hold[2], status, got = 0;

        CHECK_EQUAL(pipe(hold), 0);
        if (!fork()) {
            if (!fork()) {
                wait_byte(hold[0]);
                _exit(getppid() == 1 ? 7 : 1);
            }
            _exit(0);
        }
        CHECK_EQUAL(wait(&status), 2);
        send_byte(hold[1]);
        got = wait(&status);
        CHECK_EQUAL(got, 3);
        CHECK_EQUAL(WEXITSTATUS(status), 7);
        CHECK_ERROR(wait(NULL), ECHILD);
    }
}

/* All of a pipe's writers are inside: its end is theirs. */
TEST(the_end_of_init_is_the_end_of_all)
{
    int alive[2];
    char c;
    pid_t child;

    CHECK_EQUAL(pipe(alive), 0);
    child = fork_with(CLONE_NEWPID);
    if (!child) {
        int started[2];

        CHECK_EQUAL(pipe(started), 0);
        for (int i = 0; i < 3; i++)
            if (!fork()) {
                pid_t deep = fork_with(CLONE_NEWPID);

                signal(SIGTERM, SIG_IGN);
                if (!deep)
                    send_byte(started[1]);
                for (;;)
                    pause();
            }
        for (int i = 0; i < 3; i++)
            wait_byte(started[0]);
        _exit(3);
    }
    close(alive[1]);
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 3);
    CHECK_EQUAL(read(alive[0], &c, 1), 0);
    CHECK_ERROR(wait(NULL), ECHILD);
}

TEST(unshare_is_for_children)
{
    IN_CHILD
    {
        pid_t self = getpid(), child;
        struct stat own, children;

        CHECK_EQUAL(unshare(CLONE_NEWPID), 0);
        CHECK_EQUAL(getpid(), self);
        CHECK_ERROR(unshare(CLONE_NEWPID), EINVAL);
        CHECK_ERROR(syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS | CLONE_FILES, 0, 0, 0, 0), EINVAL);
        child = fork();
        if (!child)
            _exit(getpid() == 1 && getppid() == 0 ? 0 : 1);
        CHECK_EQUAL(stat("/proc/self/ns/pid", &own), 0);
        CHECK_EQUAL(stat("/proc/self/ns/pid_for_children", &children), 0);
        CHECK(own.st_ino != children.st_ino);
        CHECK_EQUAL(status_of(child), 0);
        CHECK_ERROR(fork(), ENOMEM); /* it has lost its init */
    }
}

TEST(enter_by_setns)
{
    int ready[2], fd, status;
    char path[64];
    pid_t child, entered;

    CHECK_EQUAL(pipe(ready), 0);
    child = fork_with(CLONE_NEWPID);
    if (!child) {
        send_byte(ready[1]);
        for (;;)
            pause();
    }
    wait_byte(ready[0]);
    snprintf(path, sizeof(path), "/proc/%d/ns/pid", child);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    IN_CHILD
    {
        CHECK_EQUAL(setns(fd, CLONE_NEWPID), 0);
        entered = fork();
        if (!entered) {
            CHECK_EQUAL(getpid(), 2);
            CHECK_EQUAL(getppid(), 0);
            CHECK_EQUAL(kill(1, 0), 0);
            _exit(0);
        }
        CHECK(entered > 2);
        CHECK_EQUAL(status_of(entered), 0);
        /* Not back out again from within. */
        if (!fork()) {
            int own = open("/proc/1/ns/pid", O_RDONLY);

            CHECK(own >= 0);
            CHECK_ERROR(setns(own, CLONE_NEWPID), EINVAL);
            _exit(0);
        }
        CHECK(wait(&status) > 0);
        CHECK_EQUAL(status, 0);
    }
    kill(child, SIGKILL);
    CHECK_EQUAL(status_of(child), SIGKILL);
    IN_CHILD
    {
        CHECK_EQUAL(setns(fd, CLONE_NEWPID), 0);
        CHECK_ERROR(fork(), ENOMEM);
    }
    close(fd);
}

TEST(proc_shows_the_namespace_of_its_mount)
{
    mkdir("p", 0755);
    IN_NAMESPACE(0)
    {
        char text[256];
        ssize_t length;
        pid_t child;
        struct stat st;

        CHECK_EQUAL(mount("proc", "p", "proc", 0, NULL), 0);
        child = fork_sleeper();
        length = readlink("p/self", text, sizeof(text) - 1);
        CHECK_EQUAL(length, 1);
        CHECK_EQUAL(text[0], '1');
        CHECK_EQUAL(stat("p/2/status", &st), 0);
        CHECK_ERROR(stat("p/3", &st), ENOENT);
        status_line("p/2/status", "PPid", text);
        CHECK(!strcmp(text, "1"));
        status_line("p/self/status", "Pid", text);
        CHECK(!strcmp(text, "1"));
        kill(child, SIGKILL);
        CHECK_EQUAL(status_of(child), SIGKILL);
        CHECK_ERROR(stat("p/2", &st), ENOENT);
        IN_NAMESPACE(0)
            CHECK_EQUAL(readlink("p/self", text, sizeof(text)), 1);
    }
    CHECK_EQUAL(umount("p"), 0);
}

TEST(peer_credentials_are_translated)
{
    int pair[2], on = 1;
    char byte, control[64];
    struct iovec iov = { &byte, 1 };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
    struct ucred *cred;
    pid_t child;

    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    CHECK_EQUAL(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    CHECK_EQUAL(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    child = fork_with(CLONE_NEWPID);
    if (!child) {
        send_byte(pair[1]);
        CHECK_EQUAL(recvmsg(pair[1], &m, 0), 1);
        cred = (struct ucred *)CMSG_DATA(CMSG_FIRSTHDR(&m));
        CHECK_EQUAL(cred->pid, 0);
        _exit(0);
    }
    CHECK_EQUAL(recvmsg(pair[0], &m, 0), 1);
    cred = (struct ucred *)CMSG_DATA(CMSG_FIRSTHDR(&m));
    CHECK_EQUAL(cred->pid, child);
    send_byte(pair[0]);
    CHECK_EQUAL(status_of(child), 0);
}

/* Whose number comes again is not who had it before: pidfds and namespaces do not follow numbers. */
TEST(a_number_used_again_is_another_process)
{
    IN_NAMESPACE(0)
    {
        pid_t child = fork();
        int fd;

        if (!child)
            _exit(0);
        fd = (int)syscall(SYS_pidfd_open, child, 0);
        CHECK(fd >= 0);
        CHECK_EQUAL(status_of(child), 0);
        for (int i = 0; i < 40; i++) {
            pid_t again = fork();

            if (!again)
                _exit(0);
            CHECK(again > child);
            CHECK_EQUAL(status_of(again), 0);
        }
        CHECK_ERROR(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
    }
}

TEST(they_nest_thirty_two_deep)
{
    int depth = 0;

    for (;;) {
        pid_t child = fork_with(CLONE_NEWPID);
        int status;

        if (child < 0) {
            CHECK(errno == ENOSPC || errno == EINVAL);
            _exit(depth);
        }
        if (!child) {
            depth++;
            continue;
        }
        CHECK_EQUAL(waitpid(child, &status, 0), child);
        if (depth)
            _exit(WEXITSTATUS(status));
        CHECK_EQUAL(WEXITSTATUS(status), 32);
        return;
    }
}

TEST(parent_of_a_namespace)
{
    int ready[2], fd, parent;
    char path[64];
    struct stat a, b;
    pid_t child;

    CHECK_EQUAL(pipe(ready), 0);
    child = fork_with(CLONE_NEWPID);
    if (!child) {
        send_byte(ready[1]);
        pause();
    }
    wait_byte(ready[0]);
    snprintf(path, sizeof(path), "/proc/%d/ns/pid", child);
    fd = open(path, O_RDONLY);
    parent = ioctl(fd, NS_GET_PARENT);
    CHECK(parent >= 0);
    CHECK_EQUAL(fstat(parent, &a), 0);
    CHECK_EQUAL(stat("/proc/self/ns/pid", &b), 0);
    CHECK_EQUAL(a.st_ino, b.st_ino);
    CHECK_ERROR(ioctl(parent, NS_GET_PARENT), EPERM);
    kill(child, SIGKILL);
    CHECK_EQUAL(status_of(child), SIGKILL);
}

TEST(a_thousand_of_them_leave_nothing)
{
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork_with(CLONE_NEWPID);

        if (!child) {
            if (!fork())
                pause();
            _exit(0);
        }
        CHECK(child > 0);
        CHECK_EQUAL(status_of(child), 0);
    }
}
