/* vfs as a whole, without its kernel: calls of clients go in by dispatch, as they would come through the route. */
#include "servers/vfs/abi.h"
#include "servers/vfs/client.h"
#include "vfs_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_call(expected, ...) assert_int_equal(expected, CALL(__VA_ARGS__))

static long open_file(const char *path, uint32_t flags, uint32_t mode)
{
    return CALL(openat, AT_FDCWD, path, flags, mode);
}

/* Makes a file with that text; closes it again. */
static void put(const char *path, const char *text)
{
    long fd = open_file(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(strlen(text), CALL(write, fd, text, strlen(text)));
    assert_call(0, close, fd);
}

static void expect_text(const char *path, const char *text)
{
    char buffer[256] = { 0 };
    long fd = open_file(path, O_RDONLY, 0);

    assert_true(fd >= 0);
    assert_int_equal(strlen(text), CALL(read, fd, buffer, sizeof(buffer)));
    assert_string_equal(text, buffer);
    assert_call(0, close, fd);
}

static struct stat stat_of(const char *path)
{
    struct stat st;

    assert_call(0, newfstatat, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);
    return st;
}

/* A program as vfs describes it to proc. */
static struct vfs_file open_exec(const char *path)
{
    static unsigned turn; /* the path in the words, or at an address */
    struct vfs_file file;

    uint64_t who = (uint64_t)(uint32_t)AT_FDCWD << 32 | 1, words[3] = { 0 };
    bool here = strlen(path) < sizeof(words) && turn++ % 2;

    if (here)
        strcpy((char *)words, path);
    else
        words[0] = (uint64_t)path;
    assert_true(proc_says(VFS_OPEN_EXEC, who, here ? VFS_PATH_HERE : 0, words[0], words[1], words[2]) > 0);
    assert_int_equal(0, vfs_file_unpack(&file, answer_words));
    return file;
}

static void be(uint32_t uid, uint32_t gid)
{
    struct vfs_cred cred = { uid, uid, uid, gid, gid, gid, !uid, uid ? 0 : ~0U, 0, { 0 } };

    assert_int_equal(0, proc_says(VFS_CRED, 1, (uint64_t)&cred, 0, 0, 0));
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static void test_walk(void **state)
{
    char buffer[256], longest[300];

    assert_call(0, mkdirat, AT_FDCWD, "/w", 0755);
    assert_call(0, mkdirat, AT_FDCWD, "/w/d/", 0755);
    assert_call(-EEXIST, mkdirat, AT_FDCWD, "/w/d", 0755);
    assert_call(-EEXIST, mkdirat, AT_FDCWD, "/w/.", 0755);
    assert_call(-EEXIST, mkdirat, AT_FDCWD, "/", 0755);
    assert_call(-ENOENT, mkdirat, AT_FDCWD, "", 0755);
    assert_call(-ENOENT, mkdirat, AT_FDCWD, "/w/no/x", 0755);
    put("/w/f", "text");
    assert_call(-ENOTDIR, mkdirat, AT_FDCWD, "/w/f/x", 0755);
    assert_int_equal(-ENOTDIR, open_file("/w/f/", O_RDONLY, 0));
    assert_int_equal(-EISDIR, open_file("/w/new/", O_CREAT | O_WRONLY, 0644));
    expect_text("//w///./d/../f", "text");
    expect_text("/../../w/f", "text");
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    longest[257] = 0;
    assert_int_equal(-ENAMETOOLONG, open_file(longest, O_CREAT | O_RDWR, 0644));
    longest[256] = 0;
    assert_call(0, close, open_file(longest, O_CREAT | O_RDWR, 0644));
    assert_call(0, unlinkat, AT_FDCWD, longest, 0);

    assert_call(0, chdir, "/w/d");
    assert_call(5, getcwd, buffer, sizeof(buffer));
    assert_string_equal("/w/d", buffer);
    assert_call(-ERANGE, getcwd, buffer, 4);
    expect_text("../f", "text");
    assert_call(0, renameat2, AT_FDCWD, "/w/d", AT_FDCWD, "/w/e", 0);
    assert_call(5, getcwd, buffer, sizeof(buffer));
    assert_string_equal("/w/e", buffer);
    assert_call(0, unlinkat, AT_FDCWD, "/w/e", AT_REMOVEDIR);
    assert_call(-ENOENT, getcwd, buffer, sizeof(buffer));
    assert_int_equal(-ENOENT, open_file("x", O_CREAT | O_RDWR, 0644));
    assert_call(-ENOENT, mkdirat, AT_FDCWD, "x", 0755);
    assert_call(0, chdir, "/");
    assert_call(0, unlinkat, AT_FDCWD, "/w/f", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/w", AT_REMOVEDIR);
}

static void test_symlinks(void **state)
{
    char buffer[64] = { 0 };

    assert_call(0, mkdirat, AT_FDCWD, "/s", 0755);
    put("/s/file", "content");
    assert_call(0, symlinkat, "file", AT_FDCWD, "/s/link");
    assert_call(0, symlinkat, "/s", AT_FDCWD, "/s/up");
    assert_call(0, symlinkat, "loop", AT_FDCWD, "/s/loop");
    assert_call(0, symlinkat, "made", AT_FDCWD, "/s/dangling");
    assert_call(-EEXIST, symlinkat, "file", AT_FDCWD, "/s/link");
    assert_call(-ENOENT, symlinkat, "", AT_FDCWD, "/s/none");
    expect_text("/s/link", "content");
    expect_text("/s/up/up/up/link", "content");
    assert_int_equal(-ELOOP, open_file("/s/loop", O_RDONLY, 0));
    assert_int_equal(-ELOOP, open_file("/s/link", O_RDONLY | O_NOFOLLOW, 0));
    assert_int_equal(-ENOENT, open_file("/s/dangling", O_RDONLY, 0));
    assert_int_equal(-EEXIST, open_file("/s/dangling", O_CREAT | O_EXCL | O_RDWR, 0600));
    put("/s/dangling", "through");
    expect_text("/s/made", "through");
    assert_call(4, readlinkat, AT_FDCWD, "/s/link", buffer, sizeof(buffer));
    assert_string_equal("file", buffer);
    assert_call(2, readlinkat, AT_FDCWD, "/s/link", buffer, 2);
    assert_call(-EINVAL, readlinkat, AT_FDCWD, "/s/file", buffer, sizeof(buffer));
    assert_call(-EINVAL, readlinkat, AT_FDCWD, "/s/link", buffer, 0);
    assert_true(S_ISLNK(stat_of("/s/link").st_mode));
    assert_int_equal(4, stat_of("/s/link").st_size);
    assert_call(-ENOTDIR, unlinkat, AT_FDCWD, "/s/link", AT_REMOVEDIR);
    assert_call(0, unlinkat, AT_FDCWD, "/s/link", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/s/up", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/s/loop", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/s/dangling", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/s/made", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/s/file", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/s", AT_REMOVEDIR);
}

static void test_rename(void **state)
{
    assert_call(0, mkdirat, AT_FDCWD, "/r", 0755);
    assert_call(0, mkdirat, AT_FDCWD, "/r/a", 0755);
    assert_call(0, mkdirat, AT_FDCWD, "/r/a/b", 0755);
    assert_call(0, mkdirat, AT_FDCWD, "/r/empty", 0755);
    put("/r/f", "f");
    put("/r/g", "g");
    assert_int_equal(4, stat_of("/r").st_nlink);
    assert_call(-EINVAL, renameat2, AT_FDCWD, "/r/a", AT_FDCWD, "/r/a/b/c", 0);
    assert_call(-ENOTEMPTY, renameat2, AT_FDCWD, "/r/empty", AT_FDCWD, "/r/a", 0);
    assert_call(-EISDIR, renameat2, AT_FDCWD, "/r/f", AT_FDCWD, "/r/empty", 0);
    assert_call(-ENOTDIR, renameat2, AT_FDCWD, "/r/a", AT_FDCWD, "/r/f", 0);
    assert_call(-EEXIST, renameat2, AT_FDCWD, "/r/f", AT_FDCWD, "/r/g", 1);
    assert_call(-ENOENT, renameat2, AT_FDCWD, "/r/no", AT_FDCWD, "/r/g", 0);
    assert_call(-EBUSY, renameat2, AT_FDCWD, "/r/.", AT_FDCWD, "/r/x", 0);
    assert_call(0, renameat2, AT_FDCWD, "/r/f", AT_FDCWD, "/r/g", 0);
    expect_text("/r/g", "f");
    assert_call(0, linkat, AT_FDCWD, "/r/g", AT_FDCWD, "/r/h", 0);
    assert_int_equal(2, stat_of("/r/h").st_nlink);
    assert_call(0, renameat2, AT_FDCWD, "/r/g", AT_FDCWD, "/r/h", 0);
    expect_text("/r/g", "f");
    assert_call(-EPERM, linkat, AT_FDCWD, "/r/a", AT_FDCWD, "/r/x", 0);
    assert_call(0, renameat2, AT_FDCWD, "/r/a", AT_FDCWD, "/r/empty", 0);
    assert_int_equal(3, stat_of("/r").st_nlink);
    assert_call(-ENOTEMPTY, unlinkat, AT_FDCWD, "/r/empty", AT_REMOVEDIR);
    assert_call(0, renameat2, AT_FDCWD, "/r/empty/b", AT_FDCWD,
                "/r/a-name-that-is-longer-than-what-an-entry-holds-in-itself", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/r/a-name-that-is-longer-than-what-an-entry-holds-in-itself", AT_REMOVEDIR);
    assert_call(-EISDIR, unlinkat, AT_FDCWD, "/r/empty", 0);
    assert_call(-EINVAL, unlinkat, AT_FDCWD, "/r/.", AT_REMOVEDIR);
    assert_call(-ENOTEMPTY, unlinkat, AT_FDCWD, "/r/..", AT_REMOVEDIR);
    assert_call(0, unlinkat, AT_FDCWD, "/r/empty", AT_REMOVEDIR);
    assert_call(0, unlinkat, AT_FDCWD, "/r/g", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/r/h", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/r", AT_REMOVEDIR);
}

static void test_permissions(void **state)
{
    struct stat st;

    assert_call(0, mkdirat, AT_FDCWD, "/p", 0777);
    assert_call(0, fchmodat, AT_FDCWD, "/p", 01777);
    put("/p/root", "mine");
    assert_call(0, mkdirat, AT_FDCWD, "/p/closed", 0700);
    put("/p/closed/x", "x");
    be(1000, 100);
    assert_int_equal(-EACCES, open_file("/p/root", O_RDWR, 0));
    expect_text("/p/root", "mine");
    assert_int_equal(-EACCES, open_file("/p/closed/x", O_RDONLY, 0));
    assert_call(-EACCES, newfstatat, AT_FDCWD, "/p/closed/x", &st, 0);
    assert_call(-EPERM, unlinkat, AT_FDCWD, "/p/root", 0);
    assert_call(-EPERM, fchmodat, AT_FDCWD, "/p/root", 0666);
    assert_call(-EPERM, fchownat, AT_FDCWD, "/p/root", 1000, -1, 0);
    assert_call(-EACCES, mkdirat, AT_FDCWD, "/x", 0755);
    put("/p/own", "own");
    assert_int_equal(1000, stat_of("/p/own").st_uid);
    assert_call(-EPERM, fchownat, AT_FDCWD, "/p/own", 0, -1, 0);
    assert_call(0, fchownat, AT_FDCWD, "/p/own", -1, 100, 0);
    assert_call(0, fchmodat, AT_FDCWD, "/p/own", 0200);
    assert_call(-EACCES, faccessat, AT_FDCWD, "/p/own", 4);
    assert_call(0, faccessat, AT_FDCWD, "/p/own", 2);
    assert_call(-EPERM, mknodat, AT_FDCWD, "/p/dev", S_IFCHR | 0600, 0x103);
    assert_call(0, unlinkat, AT_FDCWD, "/p/own", 0);
    be(0, 0);
    assert_call(-EACCES, faccessat, AT_FDCWD, "/p/root", 1);
    assert_call(0, faccessat, AT_FDCWD, "/p/root", 7 - 1);
    assert_call(0, unlinkat, AT_FDCWD, "/p/root", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/p/closed/x", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/p/closed", AT_REMOVEDIR);
    assert_call(0, unlinkat, AT_FDCWD, "/p", AT_REMOVEDIR);
}

/* ---- contents ---------------------------------------------------------------------------------------------------- */

static void test_contents(void **state)
{
    static char big[20000], back[20000];
    struct tine_iovec_of_test {
        const void *base;
        size_t len;
    } vector[3] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
    size_t before = pages_used;
    long fd = open_file("/c", O_CREAT | O_RDWR, 0644), other;

    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 7 + i / 4096);
    assert_call(sizeof(big), write, fd, big, sizeof(big));
    assert_call(0, read, fd, back, 10);
    assert_call(100, lseek, fd, 100, 0);
    assert_call(sizeof(big) - 100, read, fd, back, sizeof(back));
    assert_memory_equal(big + 100, back, sizeof(big) - 100);
    assert_call(3, pread64, fd, back, 3, 4095);
    assert_memory_equal(big + 4095, back, 3);
    assert_call(0, pread64, fd, back, 3, 1 << 20);
    assert_call(-EINVAL, pread64, fd, back, 3, -1);

    /* A hole, and what truncation leaves. */
    assert_call(5, pwrite64, fd, "hello", 5, 100000);
    assert_call(10, pread64, fd, back, 10, 50000);
    assert_memory_equal("\0\0\0\0\0\0\0\0\0\0", back, 10);
    assert_call(24576 - 24576 + 98304, lseek, fd, 30000, 3);
    assert_call(20480, lseek, fd, 100, 4);
    assert_call(-ENXIO, lseek, fd, 1 << 20, 3);
    assert_call(0, ftruncate, fd, 10);
    assert_call(0, ftruncate, fd, 5000);
    assert_call(5000, pread64, fd, back, 6000, 0);
    assert_memory_equal(big, back, 10);
    for (int i = 10; i < 5000; i++)
        assert_int_equal(0, back[i]);
    assert_call(0, ftruncate, fd, 0);

    /* Append, vectors, sharing the offset. */
    other = open_file("/c", O_WRONLY | O_APPEND, 0);
    assert_call(0, lseek, fd, 0, 0);
    assert_call(5, writev, other, vector, 3);
    assert_call(1, write, fd, "X", 1);
    assert_call(5, writev, other, vector, 3);
    assert_call(0, lseek, fd, 0, 0);
    assert_call(10, read, fd, back, 100);
    assert_memory_equal("Xbcdeabcde", back, 10);
    assert_call(-EBADF, read, other, back, 1);
    assert_call(-EBADF, write, 55, back, 1);
    assert_call(0, close, other);

    assert_call(0, fallocate, fd, 3, 0, 4096);
    assert_call(3, pread64, fd, back, 3, 0);
    assert_memory_equal("\0\0\0", back, 3);
    assert_call(0, unlinkat, AT_FDCWD, "/c", 0);
    assert_call(3, pread64, fd, back, 3, 0);
    assert_call(0, close, fd);
    assert_int_equal(before, pages_used);
}

static void test_no_space(void **state)
{
    static char big[64 * 4096];
    long fd = open_file("/full", O_CREAT | O_RDWR, 0644);
    size_t limit = pages_limit;

    pages_limit = pages_used + 10;
    assert_call(10 * 4096, write, fd, big, sizeof(big));
    assert_call(-ENOSPC, write, fd, big, 1);
    assert_call(10 * 4096, pwrite64, fd, big, 10 * 4096, 0);
    assert_call(0, ftruncate, fd, 0);
    assert_call(1, pwrite64, fd, big, 1, 0);
    pages_limit = limit;
    assert_call(0, close, fd);
    assert_call(0, unlinkat, AT_FDCWD, "/full", 0);
}

/* A buffer that is not there sends the client to its pager, and nothing has happened. */
static void test_faults(void **state)
{
    char *memory = aligned_alloc(4096, 3 * 4096);
    long fd;

    put("/fault", "0123456789");
    fd = open_file("/fault", O_RDWR, 0);
    absent = (uint64_t)memory + 4096;
    absent_end = absent + 4096;
    assert_call(DEFERRED, read, fd, memory + 4096 - 4, 10);
    assert_int_equal(TINE_LABEL_FAULT, forwarded.label);
    assert_int_equal(absent, forwarded.w[0]);
    assert_int_equal(TINE_PROT_WRITE, forwarded.w[1]);
    assert_int_equal(6, forwarded.w[3]);
    assert_call(0, lseek, fd, 0, 1);
    assert_call(DEFERRED, write, fd, memory + 4096 - 4, 10);
    assert_int_equal(TINE_PROT_READ, forwarded.w[1]);
    assert_call(0, lseek, fd, 0, 1);
    memcpy(memory + 4096 - 6, "/fault", 6);
    assert_call(DEFERRED, openat, AT_FDCWD, memory + 4096 - 6, 0, 0);
    assert_int_equal(absent, forwarded.w[0]);
    absent = 0;
    absent_end = 4096;
    assert_call(DEFERRED, openat, AT_FDCWD, 0, 0, 0);
    assert_int_equal(0, forwarded.w[0]);
    assert_call(0, close, fd);
    assert_call(0, unlinkat, AT_FDCWD, "/fault", 0);
    free(memory);
}

static void test_copies(void **state)
{
    static char big[300000], back[300000];
    uint64_t offset = 10;
    long in, out;

    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i % 251);
    in = open_file("/in", O_CREAT | O_RDWR, 0644);
    out = open_file("/out", O_CREAT | O_RDWR, 0644);
    assert_call(sizeof(big), write, in, big, sizeof(big));
    assert_call(100, sendfile, out, in, &offset, 100);
    assert_int_equal(110, offset);
    assert_call(0, lseek, in, 0, 0);
    assert_call(sizeof(big), sendfile, out, in, 0, 1 << 30);
    assert_call(0, sendfile, out, in, 0, 1 << 30);
    assert_call(100, lseek, out, 100, 0);
    assert_call(sizeof(back), read, out, back, sizeof(back));
    assert_memory_equal(big, back, sizeof(big));
    offset = 5;
    assert_call(0, lseek, in, 0, 0);
    assert_call(-EINVAL, copy_file_range, in, &offset, in, 0, 10, 0);
    assert_call(0, lseek, in, 0, 0);
    assert_call(0, lseek, out, 0, 0);
    assert_call(sizeof(big), copy_file_range, in, 0, out, 0, sizeof(big), 0);
    assert_call(sizeof(back), pread64, out, back, sizeof(back), 0);
    assert_memory_equal(big, back, sizeof(big));
    assert_call(-EBADF, sendfile, out, 77, 0, 1);
    assert_call(0, close, in);
    assert_call(0, close, out);
    assert_call(0, unlinkat, AT_FDCWD, "/in", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/out", 0);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

static void test_descriptors(void **state)
{
    long fd = open_file("/dev/null", O_RDWR, 0), copy;

    copy = CALL(dup, fd);
    assert_int_equal(fd + 1, copy);
    assert_call(100, fcntl, fd, F_DUPFD, 100);
    assert_call(101, fcntl, fd, F_LINUX_SPECIFIC_BASE + 6, 100);
    assert_call(1, fcntl, 101, F_GETFD);
    assert_call(0, fcntl, 100, F_GETFD);
    assert_call(-EINVAL, dup3, fd, fd, 0);
    assert_call(-EBADF, dup3, 77, fd, 0);
    assert_call(-EBADF, dup3, fd, 1 << 20, 0);
    assert_call(70, dup3, fd, 70, O_CLOEXEC);
    assert_call(0, fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK);
    assert_int_equal(O_APPEND | O_NONBLOCK | O_RDWR, CALL(fcntl, copy, F_GETFL) & ~O_LARGEFILE);
    assert_call(-EINVAL, fcntl, fd, 12345);
    assert_call(0, close, fd);
    assert_call(-EBADF, close, fd);
    assert_call(fd, dup, copy);

    /* exec closes 101 and 70; a fork has its own table. */
    assert_int_equal(0, proc_says(VFS_FORK, 1, 2, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_EXEC, 2, 0, 0, 0, 0));
    assert_int_equal(-EBADF, CALL_AS(2, NULL, close, 101));
    assert_int_equal(-EBADF, CALL_AS(2, NULL, close, 70));
    assert_int_equal(0, CALL_AS(2, NULL, close, 100));
    assert_call(0, fcntl, 100, F_GETFD);
    assert_int_equal(0, proc_says(VFS_EXIT, 2, 0, 0, 0, 0));
    assert_int_equal(-ESRCH, CALL_AS(2, NULL, close, 0));

    /* A shared one is one table, until exec. */
    assert_int_equal(0, proc_says(VFS_FORK, 1, 3, VFS_SHARE_FILES | VFS_SHARE_FS, 0, 0));
    assert_int_equal(0, CALL_AS(3, NULL, close, 100));
    assert_call(-EBADF, close, 100);
    assert_int_equal(0, proc_says(VFS_EXEC, 3, 0, 0, 0, 0));
    assert_call(1, fcntl, 101, F_GETFD);
    assert_int_equal(0, proc_says(VFS_EXIT, 3, 0, 0, 0, 0));
    /* An empty one has what is passed. */
    assert_int_equal(0, proc_says(VFS_FORK, 1, 4, VFS_NO_FILES, 0, 0));
    assert_int_equal(-EBADF, CALL_AS(4, NULL, fcntl, 0, F_GETFD));
    assert_int_equal(0, proc_says(VFS_PASS, 1, 101, 4, (uint64_t)-1, 0));
    assert_int_equal(5, proc_says(VFS_PASS, 1, 101, 4, 5, 0));
    assert_int_equal(0, CALL_AS(4, NULL, fcntl, 5, F_GETFD)); /* not close-on-exec, though 101 is */
    assert_int_equal(1, proc_says(VFS_PASS, 1, fd, 4, (uint64_t)-1, 0));
    assert_int_equal(-EBADF, proc_says(VFS_PASS, 1, 99, 4, 5, 0));
    assert_int_equal(-EBADF, proc_says(VFS_PASS, 1, 101, 4, (uint64_t)-2, 0));
    assert_int_equal(0, proc_says(VFS_LIMIT, 4, 2, ~0UL, 0, 0));
    assert_int_equal(-EBADF, proc_says(VFS_PASS, 1, 101, 4, 2, 0));
    assert_int_equal(-EMFILE, proc_says(VFS_PASS, 1, 101, 4, (uint64_t)-1, 0));
    assert_int_equal(-ESRCH, proc_says(VFS_PASS, 1, 101, 9, 5, 0));
    assert_int_equal(-ESRCH, proc_says(VFS_PASS, 9, 101, 4, 5, 0));
    assert_int_equal(0, CALL_AS(4, NULL, close, 5));
    assert_call(1, fcntl, 101, F_GETFD);
    assert_int_equal(0, proc_says(VFS_EXIT, 4, 0, 0, 0, 0));
    assert_int_equal(-EEXIST, proc_says(VFS_FORK, 1, 1, 0, 0, 0));
    assert_int_equal(-ESRCH, proc_says(VFS_FORK, 9, 10, 0, 0, 0));

    assert_int_equal(0, proc_says(VFS_LIMIT, 1, 4, ~0UL, 0, 0));
    assert_call(-EINVAL, fcntl, fd, F_DUPFD, 4);
    while (CALL(dup, fd) >= 0)
        ;
    assert_call(-EMFILE, dup, fd);
    assert_int_equal(0, proc_says(VFS_LIMIT, 1, 1024, ~0UL, 0, 0));
    assert_call(0, close_range, 0, 1000, 0);
    assert_call(-EINVAL, close_range, 5, 4, 0);
    assert_call(-EBADF, close, 101);
}

static void test_devices(void **state)
{
    char bytes[5000], more[16] = { 0 };
    long fd = open_file("/dev/zero", O_RDWR, 0);

    memset(bytes, 1, sizeof(bytes));
    assert_call(sizeof(bytes), read, fd, bytes, sizeof(bytes));
    assert_int_equal(0, bytes[4999]);
    assert_call(0, close, fd);
    fd = open_file("/dev/full", O_RDWR, 0);
    assert_call(-ENOSPC, write, fd, bytes, 1);
    assert_call(0, close, fd);
    fd = open_file("/dev/urandom", O_RDONLY, 0);
    assert_call(16, read, fd, bytes, 16);
    assert_call(16, read, fd, more, 16);
    assert_memory_not_equal(bytes, more, 16);
    assert_call(-ENOTTY, ioctl, fd, 0x5413, bytes);
    assert_call(0, close, fd);
    assert_call(0, mknodat, AT_FDCWD, "/nodev", S_IFCHR | 0600, 0x9999);
    assert_int_equal(-ENXIO, open_file("/nodev", O_RDONLY, 0));
    assert_call(0, unlinkat, AT_FDCWD, "/nodev", 0);
}

/* ---- locks: a wait, a wake, a cancellation ----------------------------------------------------------------------- */

static void test_locks(void **state)
{
    struct flock fl = { .l_type = F_WRLCK, .l_start = 10, .l_len = 10 }, query = { .l_type = F_RDLCK };
    struct flock theirs = fl; /* read again with each run */
    long fd;
    cap_t waiting;

    put("/lock", "");
    fd = open_file("/lock", O_RDWR, 0);
    assert_int_equal(0, proc_says(VFS_FORK, 1, 2, 0, 0, 0));
    assert_call(0, fcntl, fd, F_SETLK, &fl);
    assert_call(0, fcntl, fd, F_SETLK, &fl);
    assert_int_equal(-EAGAIN, CALL_AS(2, NULL, fcntl, fd, F_SETLK, &fl));
    assert_int_equal(0, CALL_AS(2, NULL, fcntl, fd, F_GETLK, &query));
    assert_int_equal(F_WRLCK, query.l_type);
    assert_int_equal(10, query.l_start);
    assert_int_equal(1, query.l_pid);
    assert_int_equal(DEFERRED, CALL_AS(2, &waiting, fcntl, fd, F_SETLKW, &theirs));
    assert_false(answered[waiting]);
    fl.l_type = F_UNLCK;
    fl.l_start = 12;
    fl.l_len = 2;
    assert_call(0, fcntl, fd, F_SETLK, &fl);
    assert_false(answered[waiting]);
    assert_int_equal(1, proc_says(VFS_CANCEL, VFS_BADGE(2, 1), (uint64_t)-EINTR, 0, 0, 0));
    assert_int_equal(-EINTR, answer[waiting]);
    assert_int_equal(0, proc_says(VFS_CANCEL, VFS_BADGE(2, 1), (uint64_t)-EINTR, 0, 0, 0));
    theirs = (struct flock){ .l_type = F_WRLCK };
    assert_int_equal(DEFERRED, CALL_AS(2, &waiting, fcntl, fd, F_SETLKW, &theirs));
    assert_call(0, close, fd);
    assert_true(answered[waiting]);
    assert_int_equal(0, answer[waiting]);

    fd = open_file("/lock", O_RDWR, 0);
    assert_call(0, flock, fd, 2);
    assert_int_equal(0, proc_says(VFS_FORK, 1, 3, 0, 0, 0));
    assert_int_equal(0, CALL_AS(3, NULL, flock, fd, 2));
    assert_int_equal(fd + 1, CALL_AS(3, NULL, openat, AT_FDCWD, "/lock", O_RDWR, 0));
    assert_int_equal(-EAGAIN, CALL_AS(3, NULL, flock, fd + 1, 1 | 4));
    assert_int_equal(DEFERRED, CALL_AS(3, &waiting, flock, fd + 1, 1));
    assert_call(0, flock, fd, 8);
    assert_true(answered[waiting]);
    assert_int_equal(0, proc_says(VFS_EXIT, 2, 0, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_EXIT, 3, 0, 0, 0, 0));
    assert_call(0, close, fd);
    assert_call(0, unlinkat, AT_FDCWD, "/lock", 0);
}

/* ---- directories, /proc, mounts ---------------------------------------------------------------------------------- */

/* Whether the directory lists the name; reads it in small pieces. */
static bool lists(const char *path, const char *name)
{
    long fd = open_file(path, O_RDONLY | O_DIRECTORY, 0), n;
    char buffer[80];
    bool found = false;

    assert_true(fd >= 0);
    while ((n = CALL(getdents64, fd, buffer, sizeof(buffer))) > 0)
        for (long at = 0; at < n; at += *(uint16_t *)(buffer + at + 16))
            found |= !strcmp(buffer + at + 19, name);
    assert_int_equal(0, n);
    assert_call(0, close, fd);
    return found;
}

static void test_directories(void **state)
{
    char name[32], buffer[4096];
    long fd;

    assert_call(0, mkdirat, AT_FDCWD, "/many", 0755);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "/many/%d", i);
        put(name, "");
    }
    assert_true(lists("/many", "."));
    assert_true(lists("/many", ".."));
    assert_true(lists("/many", "99"));
    assert_false(lists("/many", "100"));
    fd = open_file("/many", O_RDONLY, 0);
    assert_call(-EINVAL, getdents64, fd, buffer, 8);
    assert_call(-EISDIR, read, fd, buffer, 8);
    assert_int_equal(-EISDIR, open_file("/many", O_WRONLY, 0));
    /* Removing while reading: what is listed once is never listed twice, and nothing is skipped. */
    for (int listed = 0, n; (n = (int)CALL(getdents64, fd, buffer, 200)) > 0; listed++)
        for (int at = 0; at < n; at += *(uint16_t *)(buffer + at + 16))
            if (buffer[at + 19] != '.')
                assert_call(0, unlinkat, fd, buffer + at + 19, 0);
    assert_call(0, unlinkat, AT_FDCWD, "/many", AT_REMOVEDIR);
    assert_call(-ENOENT, getdents64, fd, buffer, 200);
    assert_call(0, close, fd);
}

static void test_procfs(void **state)
{
    char buffer[512] = { 0 };
    long fd, info;

    assert_call(0, mkdirat, AT_FDCWD, "/proc", 0755);
    assert_call(0, mount, "proc", "/proc", "proc", 0, 0);
    assert_true(lists("/proc", "1"));
    assert_true(lists("/proc", "meminfo"));
    assert_false(lists("/proc", "kernel"));
    assert_true(lists("/proc/sys/kernel", "pid_max"));
    assert_true(lists("/proc/self/", "status"));
    assert_call(1, readlinkat, AT_FDCWD, "/proc/self", buffer, sizeof(buffer));
    fd = open_file("/dev/null", O_RDONLY, 0);
    snprintf(buffer, sizeof(buffer), "/proc/self/fd/%ld", fd);
    assert_call(9, readlinkat, AT_FDCWD, buffer, buffer, sizeof(buffer));
    assert_memory_equal("/dev/null", buffer, 9);
    assert_true(lists("/proc/1/fd", "0"));
    info = open_file("/proc/1/status", O_RDONLY, 0);
    assert_call(DEFERRED, read, info, buffer, 100);
    assert_int_equal(PROC_LABEL_INFO, forwarded.label);
    assert_int_equal(PROC_INFO_STATUS, forwarded.w[0]);
    assert_int_equal(1, forwarded.w[1]);
    assert_int_equal(0, forwarded.w[2]);
    assert_int_equal(buffer, forwarded.w[3]);
    assert_int_equal(info, forwarded.w[5]);
    assert_int_equal(0, proc_says(VFS_ADVANCE, 1, (uint64_t)info, 42, 0, 0));
    assert_call(42, lseek, info, 0, 1);
    assert_call(0, close, info);
    info = open_file("/proc/mounts", O_RDONLY, 0);
    memset(buffer, 0, sizeof(buffer));
    assert_true(CALL(read, info, buffer, sizeof(buffer)) > 0);
    assert_string_equal("rootfs / rootfs rw,relatime 0 0\nproc /proc proc rw,relatime 0 0\n", buffer);
    assert_call(0, close, info);
    assert_int_equal(-ENOENT, open_file("/proc/2/stat", O_RDONLY, 0));
    assert_int_equal(-ENOENT, open_file("/proc/01/stat", O_RDONLY, 0));
    assert_int_equal(-EPERM, CALL(unlinkat, AT_FDCWD, "/proc/uptime", 0));
    assert_int_equal(-EACCES, open_file("/proc/new", O_CREAT | O_RDWR, 0600));

    /* A zombie is only its number. */
    assert_int_equal(0, proc_says(VFS_FORK, 1, 7, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_ZOMBIE, 7, 0, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_ZOMBIE, 8, 0, 0, 0, 0));
    assert_true(lists("/proc", "7"));
    assert_true(lists("/proc", "8"));
    assert_false(lists("/proc/7/fd", "0"));
    assert_int_equal(-ENOENT, open_file("/proc/7/cwd", O_RDONLY, 0));
    assert_int_equal(-ENOENT, open_file("/proc/8/exe", O_RDONLY, 0));
    assert_int_equal(0, proc_says(VFS_EXIT, 7, 0, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_EXIT, 8, 0, 0, 0, 0));
    assert_false(lists("/proc", "7"));

    /* The program that runs. */
    put("/program", "#!/bin/true\n");
    assert_call(0, fchmodat, AT_FDCWD, "/program", 0755);
    struct vfs_file file, again;
    file = open_exec("/program");
    assert_int_equal(DEFERRED, proc_says(VFS_PAGES, file.handle, 0, 0, 0, 0));
    assert_int_equal(200, passed);
    assert_int_equal(0, proc_says(VFS_PATH, 1, file.handle, (uint64_t)buffer, sizeof(buffer), 0));
    assert_string_equal("/program", buffer);
    assert_int_equal(0, proc_says(VFS_PATH, 1, file.handle, (uint64_t)buffer, 4, 0));
    assert_string_equal("/pr", buffer);
    assert_int_equal(12, file.size);
    assert_int_equal(S_IFREG | 0755, file.mode);
    assert_int_equal(0, proc_says(VFS_EXEC, 1, file.handle, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_RELEASE, file.handle, 0, 0, 0, 0));
    assert_call(8, readlinkat, AT_FDCWD, "/proc/self/exe", buffer, sizeof(buffer));
    expect_text("/proc/self/exe", "#!/bin/true\n");
    assert_int_equal(-ETXTBSY, open_file("/program", O_WRONLY, 0));
    again = open_exec("/proc/self/exe");
    assert_int_equal(file.handle, again.handle);
    assert_int_equal(file.version, again.version);
    assert_int_equal(0, proc_says(VFS_EXEC, 1, 0, 0, 0, 0));
    assert_int_equal(-EBADF, proc_says(VFS_RELEASE, file.handle, 0, 0, 0, 0));
    assert_call(0, unlinkat, AT_FDCWD, "/program", 0);
    assert_call(0, close, fd);
    assert_call(0, umount2, "/proc", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/proc", AT_REMOVEDIR);
}

/* The next event is that the program of this handle is stale, and there is no other. */
static void expect_stale(uint64_t handle)
{
    assert_int_equal(VFS_FILE_STALE, proc_says(VFS_EVENT, 0, 0, 0, 0, 0));
    assert_int_equal(handle, answer_words[2]);
    assert_int_equal(VFS_NO_EVENT, proc_says(VFS_EVENT, 0, 0, 0, 0, 0));
}

static void test_programs(void **state)
{
    struct vfs_file file, again;
    long fd;

    put("/program", "one");
    put("/other", "two");
    assert_call(0, fchmodat, AT_FDCWD, "/program", 0755);
    assert_call(0, fchmodat, AT_FDCWD, "/other", 0755);
    file = open_exec("/program");
    again = open_exec("/other");
    assert_int_not_equal(file.version, again.version);
    assert_int_equal(0, proc_says(VFS_RELEASE, again.handle, 0, 0, 0, 0)); /* never counted */
    assert_int_equal(-EBADF, proc_says(VFS_RELEASE, again.handle, 0, 0, 0, 0));
    assert_int_equal(DEFERRED, proc_says(VFS_PAGES, file.handle, 0, 0, 0, 0));
    assert_int_equal(VFS_NO_EVENT, proc_says(VFS_EVENT, 0, 0, 0, 0, 0));

    /* Written, cut, filled, with a hole: each is another version, and said once. */
    fd = open_file("/program", O_RDWR, 0);
    assert_call(1, write, fd, "X", 1);
    expect_stale(file.handle);
    assert_call(1, write, fd, "Y", 1);
    assert_int_equal(VFS_NO_EVENT, proc_says(VFS_EVENT, 0, 0, 0, 0, 0));
    assert_call(0, close, fd);
    again = open_exec("/program");
    assert_int_equal(file.handle, again.handle);
    assert_true(again.version > file.version);
    assert_call(0, truncate, "/program", 1);
    expect_stale(file.handle);
    file = open_exec("/program");
    assert_true(file.version > again.version);
    assert_int_equal(1, file.size);

    /* Owner, mode and times are no contents. */
    assert_call(0, fchmodat, AT_FDCWD, "/program", 04711);
    assert_call(0, utimensat, AT_FDCWD, "/program", 0, 0);
    again = open_exec("/program");
    assert_int_equal(file.version, again.version);
    assert_int_equal(S_IFREG | 04711, again.mode);

    /* A mapping that may write does so unseen. */
    fd = open_file("/program", O_RDWR, 0);
    assert_true(proc_says(VFS_MAP, 1, (uint64_t)fd, 3, 1, 0) > 0);
    assert_int_equal(0, vfs_file_unpack(&again, answer_words));
    assert_true(again.writable);
    assert_int_equal(DEFERRED, proc_says(VFS_PAGES, again.handle, 1, 0, 0, 0));
    assert_call(0, close, fd);
    file = open_exec("/program");
    again = open_exec("/program");
    assert_true(again.version > file.version);
    assert_int_equal(VFS_FILE_STALE, proc_says(VFS_EVENT, 0, 0, 0, 0, 0));
    while (proc_says(VFS_EVENT, 0, 0, 0, 0, 0))
        ;

    /* The name goes, by unlink and by rename; what has none any more is stale at once. */
    assert_call(0, renameat2, AT_FDCWD, "/program", AT_FDCWD, "/moved", 0);
    assert_int_equal(VFS_NO_EVENT, proc_says(VFS_EVENT, 0, 0, 0, 0, 0));
    assert_call(0, renameat2, AT_FDCWD, "/other", AT_FDCWD, "/moved", 0);
    expect_stale(file.handle);
    again = open_exec("/moved");
    assert_call(0, unlinkat, AT_FDCWD, "/moved", 0);
    expect_stale(again.handle);
    assert_int_equal(0, proc_says(VFS_RELEASE, again.handle, 0, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_RELEASE, file.handle, 0, 0, 0, 0));
    assert_int_equal(0, proc_says(VFS_RELEASE, file.handle, 0, 0, 0, 0));
    assert_int_equal(-EBADF, proc_says(VFS_RELEASE, file.handle, 0, 0, 0, 0));
}

static void test_mounts(void **state)
{
    static char zeros[9000];
    struct statfs st;
    size_t before = pages_used;
    long fd;

    assert_call(0, mkdirat, AT_FDCWD, "/m", 0755);
    assert_call(0, mkdirat, AT_FDCWD, "/b", 0755);
    put("/m/below", "");
    assert_call(-ENODEV, mount, "x", "/m", "ext4", 0, 0);
    assert_call(-ENOENT, mount, "x", "/nowhere", "tmpfs", 0, 0);
    assert_call(0, mount, "tmp", "/m", "tmpfs", 0, "size=8k,mode=700");
    assert_int_equal(S_IFDIR | 0700, stat_of("/m").st_mode);
    assert_int_equal(-ENOENT, open_file("/m/below", O_RDONLY, 0));
    put("/m/above", "x");
    expect_text("/m/../m/above", "x");
    assert_call(0, statfs, "/m", &st);
    assert_int_equal(2, st.f_blocks);
    assert_int_equal(1, st.f_bfree);
    fd = open_file("/m/above", O_RDWR, 0);
    assert_call(8192 - 10, pwrite64, fd, zeros, sizeof(zeros), 10);
    assert_call(DEFERRED, umount2, "/m", 0); /* proc may have what keeps it busy */
    assert_int_equal(PROC_LABEL_RECLAIM, forwarded.label);
    assert_int_equal(-EBUSY, forwarded.w[0]);
    assert_call(-EXDEV, renameat2, AT_FDCWD, "/m/above", AT_FDCWD, "/above", 0);
    assert_call(-EXDEV, linkat, AT_FDCWD, "/m/above", AT_FDCWD, "/above", 0);
    assert_call(-EBUSY, unlinkat, AT_FDCWD, "/m", AT_REMOVEDIR);
    assert_call(0, close, fd);
    assert_call(0, mount, "/m", "/b", 0, 4096, 0);
    assert_call(0, mount, "none", "/b", 0, 32 | 4096 | 1, 0);
    assert_int_equal(-EROFS, open_file("/b/above", O_RDWR, 0));
    assert_call(-EROFS, mkdirat, AT_FDCWD, "/b/x", 0755);
    assert_call(0, umount2, "/b", 0);
    assert_call(-EINVAL, umount2, "/b", 0);
    be(1000, 100);
    assert_call(-EPERM, umount2, "/m", 0);
    assert_call(-EPERM, mount, "tmp", "/m", "tmpfs", 0, 0);
    be(0, 0);
    assert_call(0, umount2, "/m", 0);
    assert_int_equal(before, pages_used);
    assert_call(0, unlinkat, AT_FDCWD, "/m/below", 0);
    assert_call(0, mount, "dev", "/m", "devtmpfs", 0, 0);
    assert_true(lists("/m", "null"));
    assert_call(0, umount2, "/m", 0);
    assert_call(0, unlinkat, AT_FDCWD, "/m", AT_REMOVEDIR);
    assert_call(0, unlinkat, AT_FDCWD, "/b", AT_REMOVEDIR);
}

static int start(void **state)
{
    world_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),        cmocka_unit_test(test_symlinks), cmocka_unit_test(test_rename),
        cmocka_unit_test(test_permissions), cmocka_unit_test(test_contents), cmocka_unit_test(test_no_space),
        cmocka_unit_test(test_faults),      cmocka_unit_test(test_copies),   cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_devices),     cmocka_unit_test(test_locks),    cmocka_unit_test(test_directories),
        cmocka_unit_test(test_procfs),      cmocka_unit_test(test_programs),
        cmocka_unit_test(test_mounts),
    };

    return cmocka_run_group_tests_name("vfs", tests, start, NULL);
}
