/* wait4 in its variants: whom it waits for, what it reports, what becomes of orphans. */
#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t fork_exit(int code)
{
    pid_t child = check_fork();

    if (child == 0)
        _exit(code);
    return child;
}

TEST(every_exit_code)
{
    for (int code = 0; code < 256; code++) {
        int status = status_of(fork_exit(code));

        CHECK(WIFEXITED(status));
        CHECK_EQUAL(WEXITSTATUS(status), code);
    }
}

TEST(exit_code_is_cut_to_eight_bits)
{
    CHECK_EQUAL(WEXITSTATUS(status_of(fork_exit(0x12345))), 0x45);
}

TEST(any_child)
{
    pid_t a = fork_exit(1), b = fork_exit(2);
    int status, sum = 0;

    for (int i = 0; i < 2; i++) {
        pid_t got = wait(&status);

        CHECK(got == a || got == b);
        CHECK_EQUAL(WEXITSTATUS(status), got == a ? 1 : 2);
        sum += got == a ? 1 : 2;
    }
    CHECK_EQUAL(sum, 3);
    CHECK_ERROR(wait(NULL), ECHILD);
}

TEST(a_certain_child)
{
    pid_t a = fork_exit(1), b = fork_exit(2);

    CHECK_EQUAL(WEXITSTATUS(status_of(b)), 2);
    CHECK_EQUAL(WEXITSTATUS(status_of(a)), 1);
    CHECK_ERROR(waitpid(a, NULL, 0), ECHILD);
}

TEST(without_hanging)
{
    pid_t child = fork_sleeper();

    CHECK_EQUAL(waitpid(-1, NULL, WNOHANG), 0);
    CHECK_EQUAL(waitpid(child, NULL, WNOHANG), 0);
    kill(child, SIGKILL);
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGKILL);
    CHECK_ERROR(waitpid(-1, NULL, WNOHANG), ECHILD);
}

TEST(nobody_there)
{
    CHECK_ERROR(wait(NULL), ECHILD);
    CHECK_ERROR(waitpid(getpid(), NULL, 0), ECHILD);
    CHECK_ERROR(waitpid(1, NULL, 0), ECHILD);
    CHECK_ERROR(waitpid(99999999, NULL, 0), ECHILD);
    CHECK_ERROR(waitpid(-99999, NULL, 0), ECHILD);
}

TEST(bad_arguments)
{
    pid_t child = fork_exit(3);

    CHECK_ERROR(waitpid(child, NULL, 0x40000000 | 0x1000), EINVAL);
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 3);
}

TEST(a_group)
{
    pid_t other = check_fork();

    if (other == 0) {
        setpgid(0, 0);
        _exit(7);
    }
    setpgid(other, other);
    pid_t mine = fork_exit(8);
    int status;
    CHECK_EQUAL(waitpid(0, &status, 0), mine);
    CHECK_EQUAL(WEXITSTATUS(status), 8);
    CHECK_ERROR(waitpid(0, NULL, 0), ECHILD);
    CHECK_EQUAL(waitpid(-other, &status, 0), other);
    CHECK_EQUAL(WEXITSTATUS(status), 7);
}

TEST(blocks_until_the_end)
{
    long start = now_ms();
    pid_t child = check_fork();

    if (child == 0) {
        sleep_ms(60);
        _exit(0);
    }
    CHECK_EQUAL(wait(NULL), child);
    CHECK(now_ms() - start >= 50);
}

TEST(usage_is_filled_in)
{
    struct rusage usage = { .ru_utime = { -1, -1 } };
    pid_t child = fork_exit(0);

    CHECK_EQUAL(wait4(child, NULL, 0, &usage), child);
    CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < 10);
    CHECK(usage.ru_utime.tv_usec >= 0 && usage.ru_utime.tv_usec < 1000000);
}

TEST(status_pointer_is_checked)
{
    pid_t child = fork_exit(5);

    CHECK_ERROR(syscall(SYS_wait4, child, (int *)16, 0, NULL), EFAULT);
}

TEST(zombie_still_has_its_pid)
{
    pid_t child = fork_exit(0);

    sleep_ms(20);
    CHECK_EQUAL(kill(child, 0), 0);
    status_of(child);
    CHECK_ERROR(kill(child, 0), ESRCH);
}

TEST(orphan_goes_to_init)
{
    int ends[2];
    pid_t parent_seen = 0;

    CHECK_EQUAL(pipe(ends), 0);
    pid_t child = check_fork();
    if (child == 0) {
        if (check_fork() == 0) {
            while (getppid() != 1)
                sleep_ms(1);
            parent_seen = getppid();
            CHECK_EQUAL(write(ends[1], &parent_seen, sizeof parent_seen), sizeof parent_seen);
        }
        _exit(0);
    }
    status_of(child);
    CHECK_EQUAL(read(ends[0], &parent_seen, sizeof parent_seen), sizeof parent_seen);
    CHECK_EQUAL(parent_seen, 1);
}

TEST(ignored_sigchld_reaps_by_itself)
{
    signal(SIGCHLD, SIG_IGN);
    fork_exit(0);
    fork_exit(1);
    CHECK_ERROR(wait(NULL), ECHILD);
}

TEST(nocldwait_reaps_by_itself)
{
    struct sigaction action = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };

    sigaction(SIGCHLD, &action, NULL);
    fork_exit(0);
    CHECK_ERROR(wait(NULL), ECHILD);
}

TEST(each_of_many_exactly_once)
{
    static bool done[200];
    pid_t children[200];
    int status;

    for (int i = 0; i < 200; i++)
        children[i] = fork_exit(i);
    for (int n = 0; n < 200; n++) {
        pid_t got = wait(&status);
        int i = WEXITSTATUS(status);

        CHECK_EQUAL(children[i], got);
        CHECK(!done[i]);
        done[i] = true;
    }
    CHECK_ERROR(wait(NULL), ECHILD);
}

TEST(grandchildren_are_not_mine)
{
    pid_t child = check_fork();

    if (child == 0) {
        pid_t grandchild = fork_exit(3);

        status_of(grandchild);
        _exit(4);
    }
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 4);
    CHECK_ERROR(wait(NULL), ECHILD);
}

TEST(stops_are_hidden_unless_asked_for)
{
    pid_t child = fork_sleeper();
    int status;

    kill(child, SIGSTOP);
    sleep_ms(20);
    CHECK_EQUAL(waitpid(child, &status, WNOHANG), 0);
    CHECK_EQUAL(waitpid(child, &status, WNOHANG | WUNTRACED), child);
    kill(child, SIGCONT);
    sleep_ms(20);
    CHECK_EQUAL(waitpid(child, &status, WNOHANG), 0);
    CHECK_EQUAL(waitpid(child, &status, WNOHANG | WCONTINUED), child);
    kill(child, SIGKILL);
    status_of(child);
}

TEST(parent_that_never_waits)
{
    pid_t child = check_fork();

    if (child == 0) {
        for (int i = 0; i < 50; i++)
            fork_exit(i);
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
}

TEST(groups_and_sessions)
{
    IN_CHILD
    {
        CHECK_EQUAL(setpgid(0, 0), 0);
        CHECK_EQUAL(getpgid(0), getpid());
        CHECK_ERROR(setsid(), EPERM);
        IN_CHILD
        {
            CHECK_EQUAL(setsid(), getpid());
            CHECK_EQUAL(getsid(0), getpid());
            CHECK_ERROR(setpgid(0, 0), EPERM);
        }
        CHECK_ERROR(setpgid(0, 99999999), EPERM);
        CHECK_ERROR(setpgid(99999999, 0), ESRCH);
        CHECK_ERROR(setpgid(0, -1), EINVAL);
        CHECK_ERROR(getpgid(99999999), ESRCH);
    }
}

/* Runs itself a second time, with the pid to wait for in the environment. */
TEST(children_survive_exec)
{
    const char *zombie = getenv("ZOMBIE");
    char text[16];

    if (zombie) {
        CHECK_EQUAL(WEXITSTATUS(status_of(atoi(zombie))), 6);
        exit(0);
    }
    IN_CHILD
    {
        snprintf(text, sizeof text, "%d", fork_exit(6));
        setenv("ZOMBIE", text, 1);
        sleep_ms(20);
        execl("/proc/self/exe", "wait", "children_survive_exec", NULL);
        _exit(9);
    }
}

TEST(setpgid_after_exec_is_refused)
{
    int ends[2];
    char byte;

    CHECK_EQUAL(pipe2(ends, 02000000), 0);
    pid_t child = check_fork();
    if (child == 0) {
        execl("/bin/sleep", "sleep", "100", NULL);
        _exit(9);
    }
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], &byte, 1), 0);
    CHECK_ERROR(setpgid(child, child), EACCES);
    kill(child, SIGKILL);
    status_of(child);
}

static int waitid_of(pid_t child, siginfo_t *info, int options)
{
    memset(info, 0, sizeof *info);
    return waitid(P_PID, (id_t)child, info, options);
}

TEST(waitid_in_all_ways)
{
    pid_t child = fork_sleeper();
    siginfo_t info;

    CHECK_EQUAL(waitid_of(child, &info, WEXITED | WNOHANG), 0);
    CHECK_EQUAL(info.si_pid, 0);
    kill(child, SIGSTOP);
    CHECK_EQUAL(waitid_of(child, &info, WSTOPPED | WNOWAIT), 0);
    CHECK(info.si_signo == SIGCHLD && info.si_code == CLD_STOPPED && info.si_status == SIGSTOP);
    CHECK_EQUAL(waitid_of(child, &info, WSTOPPED), 0); /* it was left to be found again */
    CHECK_EQUAL(info.si_pid, child);
    CHECK_EQUAL(waitid_of(child, &info, WSTOPPED | WNOHANG), 0);
    CHECK_EQUAL(info.si_pid, 0);
    kill(child, SIGCONT);
    CHECK_EQUAL(waitid_of(child, &info, WCONTINUED), 0);
    CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT);
    kill(child, SIGTERM);
    CHECK_EQUAL(waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED | WNOWAIT), 0);
    CHECK(info.si_pid == child && info.si_code == CLD_KILLED && info.si_status == SIGTERM);
    CHECK_EQUAL(waitid(P_ALL, 0, &info, WEXITED), 0);
    CHECK_EQUAL(info.si_pid, child);
    CHECK_ERROR(waitid_of(child, &info, WEXITED), ECHILD);
    CHECK_ERROR(waitid_of(child, &info, WNOHANG), EINVAL);
    CHECK_ERROR(waitid_of(child, &info, WEXITED | 0x100), EINVAL);
    CHECK_ERROR(waitid((idtype_t)99, 0, &info, WEXITED), EINVAL);
}
