/* openat2(2): what a walk may be forbidden, and arguments that contradict themselves. */
#include "check.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };

    return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* Of a file to be read, that must be there. */
static int reach(int dir, const char *path, uint64_t resolve)
{
    int fd = open2(dir, path, O_RDONLY, 0, resolve);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

/* root/{in/file, file, up -> .., abs -> /file, out -> /etc, link -> in/file, loop -> loop}, and its descriptor. */
static int make_tree(void)
{
    mkdir("root", 0755);
    mkdir("root/in", 0755);
    close(creat("root/in/file", 0644));
    close(creat("root/file", 0644));
    symlink("..", "root/up");
    symlink("/file", "root/abs");
    symlink("/proc", "root/out");
    symlink("in/file", "root/link");
    symlink("../link", "root/in/back");
    symlink("loop", "root/loop");
    return open("root", O_RDONLY | O_DIRECTORY);
}

TEST(nothing_above_the_start)
{
    int root = make_tree();

    CHECK_EQUAL(reach(root, "in/file", RESOLVE_BENEATH), 0);
    CHECK_EQUAL(reach(root, "in/../file", RESOLVE_BENEATH), 0);
    CHECK_EQUAL(reach(root, "link", RESOLVE_BENEATH), 0);
    CHECK_EQUAL(reach(root, "in/back", RESOLVE_BENEATH), 0);
    CHECK_EQUAL(reach(root, ".", RESOLVE_BENEATH), 0);
    CHECK_ERROR(reach(root, "..", RESOLVE_BENEATH), EXDEV);
    CHECK_ERROR(reach(root, "in/../../root/file", RESOLVE_BENEATH), EXDEV);
    CHECK_ERROR(reach(root, "up", RESOLVE_BENEATH), EXDEV);
    CHECK_ERROR(reach(root, "abs", RESOLVE_BENEATH), EXDEV);
    CHECK_ERROR(reach(root, "/proc", RESOLVE_BENEATH), EXDEV);
    CHECK_ERROR(reach(root, "in/none", RESOLVE_BENEATH), ENOENT);
    CHECK_ERROR(reach(root, "loop", RESOLVE_BENEATH), ELOOP);
    CHECK_EQUAL(reach(AT_FDCWD, "root/up/root/file", RESOLVE_BENEATH), 0);
}

TEST(the_start_is_the_root)
{
    int root = make_tree();

    CHECK_EQUAL(reach(root, "/in/file", RESOLVE_IN_ROOT), 0);
    CHECK_EQUAL(reach(root, "abs", RESOLVE_IN_ROOT), 0);
    CHECK_EQUAL(reach(root, "../../../file", RESOLVE_IN_ROOT), 0);
    CHECK_EQUAL(reach(root, "up/up/file", RESOLVE_IN_ROOT), 0);
    CHECK_ERROR(reach(root, "out", RESOLVE_IN_ROOT), ENOENT);
    CHECK_ERROR(reach(root, "/proc", RESOLVE_IN_ROOT), ENOENT);
    CHECK_EQUAL(reach(root, "out", 0), 0);
}

TEST(no_symbolic_links)
{
    int root = make_tree(), fd;

    CHECK_EQUAL(reach(root, "in/file", RESOLVE_NO_SYMLINKS), 0);
    CHECK_ERROR(reach(root, "link", RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK_ERROR(reach(root, "up/root/file", RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK_ERROR(reach(root, "/proc/self/fd/0", RESOLVE_NO_SYMLINKS), ELOOP);
    fd = open2(root, "link", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS); /* is not followed */
    CHECK(fd >= 0);
}

TEST(no_links_of_proc)
{
    int root = make_tree();
    char name[64];

    snprintf(name, sizeof(name), "/proc/self/fd/%d", root);
    CHECK_EQUAL(reach(AT_FDCWD, name, 0), 0);
    CHECK_EQUAL(reach(root, "link", RESOLVE_NO_MAGICLINKS), 0);
    CHECK_ERROR(reach(AT_FDCWD, name, RESOLVE_NO_MAGICLINKS), ELOOP);
    CHECK_ERROR(reach(AT_FDCWD, "/proc/self/cwd/root/file", RESOLVE_NO_MAGICLINKS), ELOOP);
    CHECK_EQUAL(reach(AT_FDCWD, "/proc/self/status", RESOLVE_NO_MAGICLINKS), 0); /* `self` has a text */
    CHECK_ERROR(reach(open("/", O_PATH), "proc/self/cwd", RESOLVE_BENEATH), EXDEV);
    CHECK_ERROR(reach(open("/", O_PATH), "proc/self/cwd", RESOLVE_IN_ROOT), EXDEV);
}

TEST(no_other_mount)
{
    int root = make_tree(), proc = open("/proc", O_PATH), top = open("/", O_PATH);

    CHECK_EQUAL(reach(root, "in/../file", RESOLVE_NO_XDEV), 0);
    CHECK_EQUAL(reach(proc, "self/status", RESOLVE_NO_XDEV), 0);
    CHECK_ERROR(reach(top, "proc/self/status", RESOLVE_NO_XDEV), EXDEV);
    CHECK_ERROR(reach(proc, "..", RESOLVE_NO_XDEV), EXDEV);
    CHECK_ERROR(reach(proc, "self/cwd", RESOLVE_NO_XDEV), EXDEV);
    CHECK_EQUAL(reach(proc, "/bin", RESOLVE_NO_XDEV), 0); /* an absolute path begins at the root, wherever that is */
}

TEST(files_are_made)
{
    int root = make_tree(), fd = open2(root, "new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640, RESOLVE_BENEATH);
    struct stat st;

    CHECK(fd >= 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    CHECK_EQUAL(fstat(fd, &st), 0);
    CHECK_EQUAL(st.st_mode & 0777, 0640);
    CHECK_ERROR(open2(root, "new", O_RDWR | O_CREAT | O_EXCL, 0640, 0), EEXIST);
    CHECK_ERROR(open2(root, "up/new", O_RDWR | O_CREAT, 0640, RESOLVE_BENEATH), EXDEV);
    CHECK_ERROR(access("new", F_OK), ENOENT);
}

TEST(contradictions)
{
    int root = make_tree();
    struct {
        struct open_how how;
        char more[8];
    } longer = { .how = { .flags = O_RDONLY } };
    char *end = (char *)mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 4096;

    CHECK_ERROR(open2(root, "file", 1UL << 40, 0, 0), EINVAL);
    CHECK_ERROR(open2(root, "file", 1UL << 30, 0, 0), EINVAL);
    CHECK_ERROR(open2(root, "file", O_RDONLY, 0, 1UL << 20), EINVAL);
    CHECK_ERROR(open2(root, "file", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
    CHECK_ERROR(open2(root, "file", O_RDONLY, 0644, 0), EINVAL);
    CHECK_ERROR(open2(root, "more", O_RDWR | O_CREAT, 010644, 0), EINVAL);
    CHECK_ERROR(open2(root, "file", O_PATH | O_RDWR, 0, 0), EINVAL);
    CHECK_ERROR(open2(root, "file", O_RDWR | (O_TMPFILE & ~O_DIRECTORY), 0600, 0), EINVAL);
    CHECK_ERROR(open2(root, "file", O_RDWR | O_CREAT, 0600, RESOLVE_CACHED), EAGAIN);
    CHECK_ERROR(open2(99, "file", O_RDONLY, 0, 0), EBADF);
    CHECK_ERROR(open2(root, NULL, O_RDONLY, 0, 0), EFAULT);

    CHECK_ERROR(syscall(SYS_openat2, root, "file", &longer, 8), EINVAL);
    CHECK_ERROR(syscall(SYS_openat2, root, "file", &longer, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_openat2, root, "file", &longer, 4097), E2BIG);
    CHECK(syscall(SYS_openat2, root, "file", &longer, sizeof(longer)) >= 0);
    longer.more[5] = 1;
    CHECK_ERROR(syscall(SYS_openat2, root, "file", &longer, sizeof(longer)), E2BIG);
    CHECK_EQUAL(munmap(end, 4096), 0);
    CHECK_ERROR(syscall(SYS_openat2, root, "file", end - 8, sizeof(struct open_how)), EFAULT);
    memcpy(end - sizeof(struct open_how), &longer.how, sizeof(struct open_how));
    CHECK(syscall(SYS_openat2, root, "file", end - sizeof(struct open_how), sizeof(struct open_how)) >= 0);
    CHECK_ERROR(syscall(SYS_openat2, root, "file", end - sizeof(struct open_how), sizeof(longer)), EFAULT);
}

/* A fifo's other end comes later, so the call is made twice inside. */
TEST(a_fifo_waits)
{
    int root = make_tree(), fd;
    pid_t child;

    CHECK_EQUAL(mkfifo("root/fifo", 0600), 0);
    child = check_fork();
    if (!child) {
        sleep_ms(50);
        _exit(open("root/fifo", O_WRONLY) < 0);
    }
    fd = open2(root, "fifo", O_RDONLY | O_CLOEXEC, 0, RESOLVE_BENEATH);
    CHECK(fd >= 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(status_of(child), 0);
}
