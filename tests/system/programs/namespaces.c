/* Namespaces: what clone, unshare and setns give, what their files hold, and who may. */
#include "check.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* As fork, with further flags. */
static pid_t fork_with(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static void check_name(const char *wanted)
{
    struct utsname names;

    CHECK_EQUAL(uname(&names), 0);
    CHECK(strcmp(names.nodename, wanted) == 0);
}

static void link_text(pid_t pid, const char *name, char text[64])
{
    char path[64];
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid ? pid : getpid(), name);
    length = readlink(path, text, 63);
    CHECK(length > 0);
    text[length] = 0;
}

static ino_t number_of(const char *path)
{
    struct stat st;

    CHECK_EQUAL(stat(path, &st), 0);
    return st.st_ino;
}

TEST(links_name_kind_and_number)
{
    static const char *const names[] = { "uts", "ipc", "mnt", "net", "pid", "user", "cgroup", "time" };
    char text[64], wanted[64], path[64];

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
        link_text(0, names[i], text);
        snprintf(wanted, sizeof(wanted), "%s:[%lu]", names[i], (unsigned long)number_of(path));
        CHECK(strcmp(text, wanted) == 0);
    }
    link_text(0, "pid_for_children", text);
    CHECK(strncmp(text, "pid:[", 5) == 0);
}

TEST(files_of_namespaces_are_of_their_own_file_system)
{
    int fd = open("/proc/self/ns/uts", O_RDONLY);
    struct statfs fs;
    char c, path[64], text[64], wanted[64];
    ssize_t length;

    CHECK(fd >= 0);
    CHECK_EQUAL(fstatfs(fd, &fs), 0);
    CHECK_EQUAL(fs.f_type, NSFS_MAGIC);
    CHECK_ERROR(read(fd, &c, 1), EINVAL);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    length = readlink(path, text, sizeof(text) - 1);
    CHECK(length > 0);
    text[length] = 0;
    link_text(0, "uts", wanted);
    CHECK(strcmp(text, wanted) == 0);
    CHECK_EQUAL(ioctl(fd, NS_GET_NSTYPE), CLONE_NEWUTS);
    CHECK_ERROR(ioctl(fd, NS_GET_PARENT), EINVAL);
    close(fd);
}

TEST(uts_of_a_child_is_its_own)
{
    char mine[64], its[64];
    pid_t child;
    int status;

    CHECK_EQUAL(sethostname("outside", 7), 0);
    link_text(0, "uts", mine);
    child = fork_with(CLONE_NEWUTS);
    if (!child) {
        check_name("outside");
        CHECK_EQUAL(sethostname("inside", 6), 0);
        check_name("inside");
        link_text(0, "uts", its);
        CHECK(strcmp(mine, its) != 0);
        _exit(0);
    }
    CHECK(child > 0);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
    check_name("outside");
}

TEST(unshared_uts_is_inherited)
{
    CHECK_EQUAL(sethostname("before", 6), 0);
    IN_CHILD
    {
        CHECK_EQUAL(unshare(CLONE_NEWUTS), 0);
        CHECK_EQUAL(sethostname("unshared", 8), 0);
        CHECK_EQUAL(setdomainname("domain", 6), 0);
        IN_CHILD
        {
            struct utsname names;

            check_name("unshared");
            CHECK_EQUAL(uname(&names), 0);
            CHECK(strcmp(names.domainname, "domain") == 0);
        }
    }
    check_name("before");
}

TEST(a_descriptor_keeps_a_namespace)
{
    int ready[2], fd;
    char path[64], c;
    pid_t child;

    CHECK_EQUAL(sethostname("before", 6), 0);
    CHECK_EQUAL(pipe(ready), 0);
    child = fork_with(CLONE_NEWUTS);
    if (!child) {
        sethostname("kept", 4);
        CHECK_EQUAL(write(ready[1], "x", 1), 1);
        for (;;)
            pause();
    }
    CHECK_EQUAL(read(ready[0], &c, 1), 1);
    snprintf(path, sizeof(path), "/proc/%d/ns/uts", child);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    kill(child, SIGKILL);
    CHECK_EQUAL(waitpid(child, NULL, 0), child);
    IN_CHILD
    {
        CHECK_EQUAL(setns(fd, CLONE_NEWUTS), 0);
        check_name("kept");
        close(fd);
        check_name("kept");
    }
    IN_CHILD
    {
        CHECK_EQUAL(setns(fd, 0), 0);
        check_name("kept");
    }
    close(fd);
    check_name("before");
}

TEST(setns_is_refused)
{
    int fd = open("/proc/self/ns/uts", O_RDONLY), file = open("/proc/self/status", O_RDONLY);

    CHECK(fd >= 0 && file >= 0);
    CHECK_ERROR(setns(fd, CLONE_NEWIPC), EINVAL);
    CHECK_ERROR(setns(file, 0), EINVAL);
    CHECK_ERROR(setns(-1, 0), EBADF);
    IN_CHILD
    {
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_ERROR(setns(fd, CLONE_NEWUTS), EPERM);
        CHECK_ERROR(unshare(CLONE_NEWUTS), EPERM);
        CHECK_ERROR(sethostname("x", 1), EPERM);
        CHECK_ERROR(fork_with(CLONE_NEWUTS), EPERM);
    }
    close(fd);
    close(file);
}

TEST(contradictory_flags_are_refused)
{
    CHECK_ERROR(fork_with(CLONE_NEWNS | CLONE_FS), EINVAL);
    CHECK_ERROR(fork_with(CLONE_NEWUSER | CLONE_FS), EINVAL);
    CHECK_ERROR(unshare(0x1), EINVAL);
    CHECK_EQUAL(unshare(0), 0);
}

/* What the flags of sharing undo. */
TEST(unshare_of_descriptors_and_directory)
{
    int fd = open("/dev/null", O_RDONLY), status;
    pid_t child;

    CHECK_EQUAL(chdir("/"), 0);
    child = fork_with(CLONE_FILES | CLONE_FS);
    if (!child) {
        char where[64];

        CHECK_EQUAL(unshare(CLONE_FILES | CLONE_FS), 0);
        close(fd);
        CHECK_EQUAL(chdir("/proc"), 0);
        CHECK(getcwd(where, sizeof(where)) && strcmp(where, "/proc") == 0);
        _exit(0);
    }
    CHECK(child > 0);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), 0);
    CHECK_EQUAL(number_of("."), number_of("/"));
}

TEST(a_thousand_of_them_leave_nothing)
{
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork_with(CLONE_NEWUTS);

        if (!child)
            _exit(0);
        CHECK(child > 0);
        CHECK_EQUAL(waitpid(child, NULL, 0), child);
    }
}
