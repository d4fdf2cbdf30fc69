/* User namespaces: who is who, what root inside may do, and which maps may be written by whom. */
#include "check.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
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
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <grp.h>
#include <unistd.h>

#define USER 1000
#define NOBODY 65534

static pid_t fork_with(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static void become_user(void)
{
    CHECK_EQUAL(setgroups(0, NULL), 0);
    CHECK_EQUAL(setresgid(USER, USER, USER), 0);
    CHECK_EQUAL(setresuid(USER, USER, USER), 0);
    prctl(PR_SET_DUMPABLE, 1);
}

/* In one write; the errno, 0 if it went well. */
static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY), err;

    if (fd < 0)
        return errno;
    err = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : errno;
    close(fd);
    return err;
}

static int write_of(pid_t pid, const char *name, const char *text)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    return write_text(path, text);
}

static void read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY);
    ssize_t n;

    CHECK(fd >= 0);
    n = read(fd, text, size - 1);
    CHECK(n >= 0);
    text[n] = 0;
    close(fd);
}

/* An unprivileged user makes itself root of a namespace of its own. */
static void become_root_inside(void)
{
    become_user();
    CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
    CHECK_EQUAL(write_text("/proc/self/setgroups", "deny"), 0);
    CHECK_EQUAL(write_text("/proc/self/uid_map", "0 1000 1\n"), 0);
    CHECK_EQUAL(write_text("/proc/self/gid_map", "0 1000 1\n"), 0);
}

static uint64_t effective(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];

    CHECK_EQUAL(syscall(SYS_capget, &header, data), 0);
    return data[0].effective | (uint64_t)data[1].effective << 32;
}

TEST(unmapped_is_nobody)
{
    IN_CHILD
    {
        become_user();
        CHECK_EQUAL(effective(), 0);
        CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
        CHECK_EQUAL(getuid(), NOBODY);
        CHECK_EQUAL(getegid(), NOBODY);
        CHECK(effective() != 0);
        CHECK_ERROR(setuid(0), EINVAL);
        CHECK_ERROR(setgroups(0, NULL), EPERM);
        CHECK_ERROR(unshare(CLONE_NEWUSER), EPERM); /* its own ids are not mapped */
    }
}

TEST(root_inside)
{
    IN_CHILD
    {
        uid_t r, e, s;
        char text[128];

        become_root_inside();
        CHECK_EQUAL(getuid(), 0);
        CHECK_EQUAL(getegid(), 0);
        CHECK_EQUAL(getresuid(&r, &e, &s), 0);
        CHECK(r == 0 && e == 0 && s == 0);
        read_text("/proc/self/uid_map", text, sizeof(text));
        CHECK(!strcmp(text, "         0       1000          1\n"));
        read_text("/proc/self/setgroups", text, sizeof(text));
        CHECK(!strcmp(text, "deny\n"));
        CHECK_ERROR(setuid(1000), EINVAL);
        CHECK_ERROR(setgroups(0, NULL), EPERM);
        CHECK_EQUAL(unshare(CLONE_NEWUTS), 0);
        CHECK_EQUAL(sethostname("mine", 4), 0);
    }
}

TEST(root_inside_is_nobody_outside)
{
    int fd = open("theirs", O_CREAT | O_RDWR, 0600);

    CHECK(fd >= 0);
    close(fd);
    CHECK_EQUAL(chmod(".", 0777), 0);
    IN_CHILD
    {
        struct stat st;
        pid_t parent = getppid();

        become_root_inside();
        CHECK_EQUAL(stat("theirs", &st), 0);
        CHECK_EQUAL(st.st_uid, NOBODY);
        CHECK_ERROR(open("theirs", O_RDONLY), EACCES);
        CHECK_ERROR(chown("theirs", 0, 0), EPERM);
        CHECK_ERROR(chmod("theirs", 0666), EPERM);
        CHECK_ERROR(sethostname("x", 1), EPERM);
        CHECK_ERROR(mknod("device", S_IFCHR | 0666, makedev(1, 3)), EPERM);
        CHECK_ERROR(kill(parent, SIGTERM), EPERM);
        CHECK_ERROR(mount("t", "/tmp", "tmpfs", 0, NULL), EPERM);
        CHECK_ERROR(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, 0), EPERM);
        fd = open("ours", O_CREAT | O_RDWR, 0600);
        CHECK(fd >= 0);
        CHECK_EQUAL(fstat(fd, &st), 0);
        CHECK_EQUAL(st.st_uid, 0);
        CHECK_ERROR(fchown(fd, 5, -1), EINVAL);
    }
    struct stat st;

    CHECK_EQUAL(stat("ours", &st), 0);
    CHECK_EQUAL(st.st_uid, USER);
}

TEST(privileged_maps_have_ranges)
{
    int go[2];
    char c;
    pid_t child;

    CHECK_EQUAL(pipe(go), 0);
    child = fork_with(CLONE_NEWUSER);
    if (!child) {
        struct stat st;

        CHECK_EQUAL(read(go[0], &c, 1), 1);
        CHECK_EQUAL(setgroups(0, NULL), 0);
        CHECK_EQUAL(setgid(5), 0);
        CHECK_EQUAL(setuid(7), 0);
        CHECK_EQUAL(getuid(), 7);
        int fd = open("made", O_CREAT | O_RDWR, 0644);

        CHECK(fd >= 0);
        CHECK_EQUAL(fstat(fd, &st), 0);
        CHECK_EQUAL(st.st_uid, 7);
        CHECK_EQUAL(st.st_gid, 5);
        _exit(0);
    }
    CHECK_EQUAL(chmod(".", 0777), 0);
    CHECK_EQUAL(write_of(child, "uid_map", "0 100000 10\n10 200000 5\n"), 0);
    CHECK_EQUAL(write_of(child, "gid_map", "0 100000 65536"), 0);
    CHECK_EQUAL(write_of(child, "uid_map", "0 100000 10\n"), EPERM); /* once */
    CHECK_EQUAL(write_of(child, "setgroups", "deny"), EPERM);       /* too late */
    CHECK_EQUAL(write(go[1], "x", 1), 1);
    CHECK_EQUAL(status_of(child), 0);
    struct stat st;

    CHECK_EQUAL(stat("made", &st), 0);
    CHECK_EQUAL(st.st_uid, 100007);
    CHECK_EQUAL(st.st_gid, 100005);
}

TEST(bad_maps_are_refused)
{
    static const char *const bad[] = {
        "", "0", "0 0", "0 0 0", "0 0 1 1", "a b c", "0 1000 1\n0 2000 1\n", "0 1000 10\n5 3000 1\n",
        "0 1000 10\n20 1005 1\n", "0 4294967295 2\n", "4294967295 0 1\n", "0 0 4294967296\n", "-1 0 1\n", "0 0 1x\n",
    };
    pid_t child = fork_with(CLONE_NEWUSER);

    if (!child)
        for (;;)
            pause();
    for (unsigned i = 1; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_EQUAL(write_of(child, "uid_map", bad[i]), EINVAL);
    CHECK_EQUAL(write_of(child, "uid_map", "0 0 1\n"), 0);
    CHECK_EQUAL(write_of(getpid(), "uid_map", "0 0 1\n"), EPERM);
    kill(child, SIGKILL);
    status_of(child);
}

/* What an unprivileged user may not map. */
TEST(map_writing_tricks)
{
    IN_CHILD
    {
        become_user();
        CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
        CHECK_EQUAL(write_text("/proc/self/uid_map", "0 0 1\n"), EPERM);      /* root outside */
        CHECK_EQUAL(write_text("/proc/self/uid_map", "0 1000 2\n"), EPERM);   /* two */
        CHECK_EQUAL(write_text("/proc/self/uid_map", "0 1001 1\n"), EPERM);   /* somebody else */
        CHECK_EQUAL(write_text("/proc/self/gid_map", "0 1000 1\n"), EPERM);   /* setgroups is not denied */
        CHECK_EQUAL(write_text("/proc/self/uid_map", "0 1000 1\n1 1 1\n"), EPERM);
        CHECK_EQUAL(write_text("/proc/self/setgroups", "deny"), 0);
        CHECK_EQUAL(write_text("/proc/self/setgroups", "allow"), EPERM);
        CHECK_EQUAL(write_text("/proc/self/gid_map", "0 1000 1\n"), 0);
        CHECK_EQUAL(write_text("/proc/self/uid_map", "5 1000 1\n"), 0);
        CHECK_EQUAL(getuid(), 5);
    }
}

/* The descriptor is the opener's: a privileged process that writes what it is told to its standard output maps nothing. */
TEST(a_map_opened_by_another_is_not_written)
{
    int pair[2], ready[2];
    char c;
    pid_t child;

    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_EQUAL(pipe(ready), 0);
    child = fork();
    if (!child) {
        char control[CMSG_SPACE(sizeof(int))] = { 0 };
        struct iovec iov = { "x", 1 };
        struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        int fd;

        become_user();
        CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
        fd = open("/proc/self/uid_map", O_WRONLY);
        CHECK(fd >= 0);
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(h), &fd, sizeof(fd));
        CHECK_EQUAL(sendmsg(pair[1], &m, 0), 1);
        CHECK_EQUAL(read(ready[0], &c, 1), 1);
        CHECK_EQUAL(getuid(), NOBODY);
        _exit(0);
    }
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec iov = { &c, 1 };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
    int fd;

    CHECK_EQUAL(recvmsg(pair[0], &m, 0), 1);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
    CHECK_ERROR(write(fd, "0 0 1\n", 6), EPERM);
    CHECK_EQUAL(write(ready[1], "x", 1), 1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(root_inside_makes_another_inside)
{
    IN_CHILD
    {
        become_root_inside();
        CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
        CHECK_EQUAL(write_text("/proc/self/uid_map", "1 0 1\n"), 0);
        CHECK_EQUAL(getuid(), 1);
        CHECK(effective() != 0);
    }
}

/* Who is not root inside loses them, as outside. */
TEST(exec_keeps_the_capabilities_of_root_only)
{
    static const char *const maps[] = { "0 1000 1\n", "7 1000 1\n" };

    for (int i = 0; i < 2; i++) {
        int out[2], status;
        char text[256] = "";
        pid_t child;

        CHECK_EQUAL(pipe(out), 0);
        child = fork();
        if (!child) {
            become_user();
            CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
            CHECK_EQUAL(write_text("/proc/self/uid_map", maps[i]), 0);
            CHECK(effective() != 0);
            dup2(out[1], 1);
            execl("/bin/busybox", "grep", "CapEff", "/proc/self/status", NULL);
            _exit(1);
        }
        CHECK(read(out[0], text, sizeof(text) - 1) > 8);
        CHECK_EQUAL(waitpid(child, &status, 0), child);
        CHECK_EQUAL(strtoull(text + 8, NULL, 16) != 0, i == 0);
    }
}

TEST(others_namespaces_are_closed)
{
    int ready[2], user, uts;
    char c, path[64];
    pid_t child;

    CHECK_EQUAL(pipe(ready), 0);
    child = fork_with(CLONE_NEWUSER | CLONE_NEWUTS);
    if (!child) {
        CHECK_EQUAL(write(ready[1], "x", 1), 1);
        for (;;)
            pause();
    }
    CHECK_EQUAL(read(ready[0], &c, 1), 1);
    snprintf(path, sizeof(path), "/proc/%d/ns/user", child);
    user = open(path, O_RDONLY);
    snprintf(path, sizeof(path), "/proc/%d/ns/uts", child);
    uts = open(path, O_RDONLY);
    CHECK(user >= 0 && uts >= 0);
    IN_CHILD
    {
        become_user();
        CHECK_ERROR(setns(user, CLONE_NEWUSER), EPERM);
        CHECK_ERROR(setns(uts, CLONE_NEWUTS), EPERM);
    }
    IN_CHILD
    {
        int owner = ioctl(uts, NS_GET_USERNS);
        uid_t uid = 77;
        struct stat a, b;

        CHECK(owner >= 0);
        CHECK_EQUAL(fstat(owner, &a), 0);
        CHECK_EQUAL(fstat(user, &b), 0);
        CHECK_EQUAL(a.st_ino, b.st_ino);
        CHECK_EQUAL(ioctl(user, NS_GET_OWNER_UID, &uid), 0);
        CHECK_EQUAL(uid, 0);
        CHECK_EQUAL(setns(user, 0), 0);
        CHECK_EQUAL(getuid(), NOBODY);
        CHECK_ERROR(setns(user, 0), EINVAL);
        CHECK_EQUAL(setns(uts, 0), 0);
        CHECK_EQUAL(sethostname("entered", 7), 0);
        /* And not out again. */
        int first = open("/proc/1/ns/uts", O_RDONLY);

        CHECK(first < 0);
        CHECK_ERROR(ioctl(owner, NS_GET_PARENT), EPERM);
    }
    kill(child, SIGKILL);
    status_of(child);
}

TEST(a_pidfd_enters_several)
{
    int ready[2], fd;
    char c;
    pid_t child;

    CHECK_EQUAL(pipe(ready), 0);
    child = fork_with(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWPID);
    if (!child) {
        CHECK_EQUAL(sethostname("several", 7), 0);
        CHECK_EQUAL(write(ready[1], "x", 1), 1);
        for (;;)
            pause();
    }
    CHECK_EQUAL(read(ready[0], &c, 1), 1);
    fd = (int)syscall(SYS_pidfd_open, child, 0);
    CHECK_ERROR(setns(fd, 0), EINVAL);
    IN_CHILD
    {
        char name[65];
        pid_t inner;

        CHECK_EQUAL(setns(fd, CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWPID), 0);
        CHECK_EQUAL(gethostname(name, sizeof(name)), 0);
        CHECK(!strcmp(name, "several"));
        inner = fork();
        if (!inner)
            _exit(getpid() == 2 ? 0 : 1);
        CHECK_EQUAL(status_of(inner), 0);
    }
    kill(child, SIGKILL);
    status_of(child);
    CHECK_ERROR(setns(fd, CLONE_NEWUTS), ESRCH);
}

TEST(they_nest_to_a_depth)
{
    IN_CHILD
    {
        int depth = 0;

        while (!unshare(CLONE_NEWUSER)) {
            CHECK_EQUAL(write_text("/proc/self/uid_map", "0 0 1\n"), 0);
            CHECK_EQUAL(write_text("/proc/self/setgroups", "deny"), 0);
            CHECK_EQUAL(write_text("/proc/self/gid_map", "0 0 1\n"), 0);
            depth++;
            CHECK(depth <= 40);
        }
        CHECK_EQUAL(errno, ENOSPC);
        CHECK(depth >= 32);
    }
}

TEST(a_thousand_of_them_leave_nothing)
{
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork_with(CLONE_NEWUSER | CLONE_NEWUTS);

        if (!child)
            _exit(write_text("/proc/self/uid_map", "0 0 1\n") != 0);
        CHECK(child > 0);
        CHECK_EQUAL(status_of(child), 0);
    }
}
