/* Files as the calls see them: offsets, links, names, permissions of another user, pipes, polling. */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int create(const char *path, const char *text)
{
    make_file(path, text, strlen(text));
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0);
    return fd;
}

static struct stat about(const char *path)
{
    struct stat result;

    CHECK_EQUAL(lstat(path, &result), 0);
    return result;
}

TEST(write_then_read)
{
    char text[16] = "";
    int fd = create("f", "");

    CHECK_EQUAL(write(fd, "hello", 5), 5);
    CHECK_EQUAL(read(fd, text, 5), 0);
    CHECK_EQUAL(lseek(fd, 1, SEEK_SET), 1);
    CHECK_EQUAL(read(fd, text, 16), 4);
    CHECK(!strcmp(text, "ello"));
    CHECK_EQUAL(about("f").st_size, 5);
    CHECK(S_ISREG(about("f").st_mode));
    unlink("f");
}

TEST(seek)
{
    int fd = create("f", "0123456789"), ends[2];

    CHECK_EQUAL(lseek(fd, -3, SEEK_END), 7);
    CHECK_EQUAL(lseek(fd, 2, SEEK_CUR), 9);
    CHECK_ERROR(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERROR(lseek(fd, 0, 77), EINVAL);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 9);
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_ERROR(lseek(ends[0], 0, SEEK_SET), ESPIPE);
    unlink("f");
}

TEST(sparse)
{
    char block[4096];
    int fd = create("f", "x");

    CHECK_EQUAL(lseek(fd, 100 << 20, SEEK_SET), 100 << 20);
    CHECK_EQUAL(write(fd, "end", 3), 3);
    CHECK_EQUAL(about("f").st_size, (100 << 20) + 3);
    CHECK(about("f").st_blocks < 200);
    CHECK_EQUAL(pread(fd, block, sizeof block, 50 << 20), sizeof block);
    for (size_t i = 0; i < sizeof block; i++)
        CHECK_EQUAL(block[i], 0);
    unlink("f");
}

TEST(append)
{
    create("f", "one");
    int fd = open("f", O_WRONLY | O_APPEND), other = open("f", O_WRONLY | O_APPEND);

    CHECK_EQUAL(write(fd, "two", 3), 3);
    CHECK_EQUAL(write(other, "three", 5), 5);
    lseek(fd, 0, SEEK_SET);
    CHECK_EQUAL(write(fd, "four", 4), 4);
    CHECK_EQUAL(about("f").st_size, 15);
    unlink("f");
}

TEST(truncate_on_open)
{
    create("f", "something");
    int fd = open("f", O_WRONLY | O_TRUNC);

    CHECK_EQUAL(about("f").st_size, 0);
    CHECK_EQUAL(write(fd, "x", 1), 1);
    CHECK_EQUAL(about("f").st_size, 1);
    unlink("f");
}

TEST(truncate_by_call)
{
    char text[16] = "";
    int fd = create("f", "0123456789");

    CHECK_EQUAL(ftruncate(fd, 4), 0);
    CHECK_EQUAL(ftruncate(fd, 8), 0);
    CHECK_EQUAL(read(fd, text, 16), 8);
    CHECK(!memcmp(text, "0123\0\0\0\0", 8));
    CHECK_ERROR(ftruncate(fd, -1), EINVAL);
    unlink("f");
}

TEST(open_flags)
{
    char byte;

    create("f", "x");
    CHECK_ERROR(open("f", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    CHECK_ERROR(open("g", O_RDWR), ENOENT);
    CHECK_ERROR(open("f", O_DIRECTORY), ENOTDIR);
    CHECK_ERROR(open("/", O_RDWR), EISDIR);
    CHECK_ERROR(open("f/g", O_RDONLY), ENOTDIR);
    CHECK_ERROR(open("", O_RDONLY), ENOENT);
    CHECK_ERROR(write(open("f", O_RDONLY), "x", 1), EBADF);
    CHECK_ERROR(read(open("f", O_WRONLY), &byte, 1), EBADF);
    CHECK_ERROR(read(open("/", O_RDONLY), &byte, 1), EISDIR);
    CHECK_EQUAL(symlink("f", "l"), 0);
    CHECK_ERROR(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK(open("l", O_RDONLY) >= 0);
    unlink("l");
    unlink("f");
}

TEST(lowest_descriptor_is_given)
{
    int a = open("/dev/null", O_RDONLY), b = open("/dev/null", O_RDONLY);

    CHECK_EQUAL(b, a + 1);
    close(a);
    CHECK_EQUAL(dup(b), a);
    CHECK_EQUAL(dup2(b, 30), 30);
    CHECK_EQUAL(dup2(b, b), b);
    CHECK_EQUAL(fcntl(b, F_DUPFD, 40), 40);
    CHECK_ERROR(syscall(SYS_dup3, b, b, 0), EINVAL);
    CHECK_EQUAL(syscall(SYS_dup3, b, 31, O_CLOEXEC), 31);
    CHECK_EQUAL(fcntl(31, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(fcntl(30, F_GETFD), 0);
}

TEST(dup_shares_offset_and_flags)
{
    char text[4] = "";
    int fd = create("f", "abcdef"), twin = dup(fd);

    CHECK_EQUAL(read(fd, text, 3), 3);
    CHECK_EQUAL(read(twin, text, 3), 3);
    CHECK(!memcmp(text, "def", 3));
    CHECK_EQUAL(fcntl(twin, F_SETFL, O_APPEND | O_NONBLOCK), 0);
    CHECK_EQUAL(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE), O_APPEND | O_NONBLOCK | O_RDWR);
    unlink("f");
}

TEST(unlinked_file_lives_while_open)
{
    char text[8] = "";
    int fd = create("f", "alive");
    struct stat now;

    CHECK_EQUAL(unlink("f"), 0);
    CHECK_ERROR(open("f", O_RDONLY), ENOENT);
    CHECK_EQUAL(read(fd, text, 8), 5);
    CHECK_EQUAL(fstat(fd, &now), 0);
    CHECK_EQUAL(now.st_nlink, 0);
    CHECK_EQUAL(write(fd, "more", 4), 4);
}

TEST(hard_links)
{
    create("f", "x");
    CHECK_EQUAL(link("f", "g"), 0);
    CHECK_EQUAL(about("f").st_nlink, 2);
    CHECK_EQUAL(about("f").st_ino, about("g").st_ino);
    CHECK_ERROR(link("f", "g"), EEXIST);
    CHECK_ERROR(link("none", "h"), ENOENT);
    CHECK_ERROR(link(".", "h"), EPERM);
    unlink("f");
    CHECK_EQUAL(about("g").st_nlink, 1);
    unlink("g");
}

TEST(symbolic_links)
{
    char target[32] = "";

    create("f", "x");
    CHECK_EQUAL(symlink("f", "l"), 0);
    CHECK_EQUAL(readlink("l", target, sizeof target), 1);
    CHECK(S_ISLNK(about("l").st_mode));
    CHECK_EQUAL(about("l").st_size, 1);
    CHECK_ERROR(readlink("f", target, sizeof target), EINVAL);
    CHECK_ERROR(symlink("f", "l"), EEXIST);
    CHECK_ERROR(symlink("", "m"), ENOENT);
    symlink("loop2", "loop1");
    symlink("loop1", "loop2");
    CHECK_ERROR(open("loop1", O_RDONLY), ELOOP);
    unlink("f");
    CHECK_ERROR(open("l", O_RDONLY), ENOENT);
    int fd = open("l", O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0);
    CHECK(S_ISREG(about("f").st_mode));
    unlink("f");
    unlink("l");
    unlink("loop1");
    unlink("loop2");
}

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static long change_mode(int folder, const char *path, mode_t mode, int flags)
{
    return syscall(SYS_fchmodat2, folder, path, mode, flags);
}

TEST(modes_with_flags)
{
    int fd = create("f", "x");

    CHECK_EQUAL(symlink("f", "l"), 0);
    CHECK_EQUAL(change_mode(AT_FDCWD, "l", 0640, 0), 0);
    CHECK_EQUAL(about("f").st_mode, S_IFREG | 0640);
    CHECK_EQUAL(change_mode(AT_FDCWD, "f", 0604, AT_SYMLINK_NOFOLLOW), 0);
    CHECK_EQUAL(about("f").st_mode, S_IFREG | 0604);
    CHECK_ERROR(change_mode(AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
    CHECK_EQUAL(change_mode(fd, "", 0600, AT_EMPTY_PATH), 0);
    CHECK_EQUAL(about("f").st_mode, S_IFREG | 0600);
    CHECK_ERROR(change_mode(fd, "", 0600, 0), ENOENT);
    CHECK_ERROR(change_mode(-1, "", 0600, AT_EMPTY_PATH), EBADF);
    CHECK_ERROR(change_mode(AT_FDCWD, "f", 0600, AT_EACCESS | 1), EINVAL);
    unlink("l");
    unlink("f");
}

TEST(folders)
{
    CHECK_EQUAL(mkdir("d", 0755), 0);
    CHECK_ERROR(mkdir("d", 0755), EEXIST);
    CHECK_ERROR(mkdir("none/d", 0755), ENOENT);
    CHECK_EQUAL(about("d").st_nlink, 2);
    CHECK_EQUAL(mkdir("d/e", 0755), 0);
    CHECK_EQUAL(about("d").st_nlink, 3);
    CHECK_ERROR(rmdir("d"), ENOTEMPTY);
    CHECK_ERROR(unlink("d"), EISDIR);
    CHECK_ERROR(rmdir("d/."), EINVAL);
    create("f", "");
    CHECK_ERROR(rmdir("f"), ENOTDIR);
    CHECK_ERROR(rmdir("none"), ENOENT);
    CHECK_EQUAL(rmdir("d/e"), 0);
    CHECK_EQUAL(rmdir("d"), 0);
    unlink("f");
}

TEST(reading_a_folder)
{
    char name[32];
    bool seen[500] = { false };
    int count = 0;

    mkdir("d", 0755);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "d/a-rather-long-name-%d", i);
        close(create(name, ""));
    }
    DIR *folder = opendir("d");
    CHECK(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] == 'a') {
            int i = atoi(entry->d_name + 19);
            CHECK(!seen[i]);
            seen[i] = true;
            count++;
            CHECK_EQUAL(entry->d_type, DT_REG);
        }
    CHECK_EQUAL(count, 500);
    rewinddir(folder);
    CHECK(readdir(folder));
    closedir(folder);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "d/a-rather-long-name-%d", i);
        unlink(name);
    }
    CHECK_EQUAL(rmdir("d"), 0);
}

TEST(deleting_while_reading)
{
    char name[300];
    int count = 0;

    mkdir("d", 0755);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "d/%d", i);
        close(create(name, ""));
    }
    DIR *folder = opendir("d");
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.') {
            snprintf(name, sizeof name, "d/%s", entry->d_name);
            CHECK_EQUAL(unlink(name), 0);
            count++;
        }
    closedir(folder);
    CHECK_EQUAL(count, 300);
    CHECK_EQUAL(rmdir("d"), 0);
}

TEST(rename_in_all_ways)
{
    create("f", "one");
    create("g", "twotwo");
    mkdir("d", 0755);
    mkdir("d/e", 0755);
    CHECK_EQUAL(rename("f", "g"), 0);
    CHECK_EQUAL(about("g").st_size, 3);
    CHECK_ERROR(rename("f", "h"), ENOENT);
    CHECK_ERROR(rename("g", "d"), EISDIR);
    CHECK_ERROR(rename("d", "g"), ENOTDIR);
    CHECK_ERROR(rename("d", "d/e/f"), EINVAL);
    CHECK_EQUAL(rename("g", "d/g"), 0);
    mkdir("x", 0755);
    CHECK_ERROR(rename("x", "d"), ENOTEMPTY);
    CHECK_EQUAL(rename("d", "x"), 0);
    CHECK_EQUAL(about("x/g").st_size, 3);
    CHECK_EQUAL(rename("x/g", "x/g"), 0);
    CHECK_EQUAL(syscall(SYS_renameat2, AT_FDCWD, "x/g", AT_FDCWD, "x/h", 1), 0);
    create("f", "");
    CHECK_ERROR(syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "x/h", 1), EEXIST);
    CHECK_ERROR(rename("x", "x/."), EBUSY);
    unlink("f");
    unlink("x/h");
    rmdir("x/e");
    CHECK_EQUAL(rmdir("x"), 0);
}

TEST(long_names)
{
    char name[300], path[5000];

    memset(name, 'n', 255);
    name[255] = 0;
    int fd = open(name, O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    CHECK_EQUAL(unlink(name), 0);
    name[255] = 'n';
    name[256] = 0;
    CHECK_ERROR(open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
    memset(path, '/', 4095);
    path[4095] = 0;
    CHECK(open(path, O_RDONLY) >= 0);
    path[4095] = '/';
    path[4096] = 0;
    CHECK_ERROR(open(path, O_RDONLY), ENAMETOOLONG);
}

TEST(deep_folders)
{
    int depth = 0;
    char here[4096];

    mkdir("deep", 0755);
    CHECK_EQUAL(chdir("deep"), 0);
    for (; depth < 200; depth++) {
        CHECK_EQUAL(mkdir("abcdefghij", 0755), 0);
        CHECK_EQUAL(chdir("abcdefghij"), 0);
    }
    CHECK(getcwd(here, sizeof here));
    CHECK(strlen(here) > 2200);
    for (; depth > 0; depth--) {
        CHECK_EQUAL(chdir(".."), 0);
        CHECK_EQUAL(rmdir("abcdefghij"), 0);
    }
    CHECK_EQUAL(chdir(".."), 0);
    CHECK_EQUAL(rmdir("deep"), 0);
}

TEST(a_removed_folder_as_current)
{
    char here[64];

    mkdir("d", 0755);
    CHECK_EQUAL(chdir("d"), 0);
    CHECK_EQUAL(rmdir("../d"), 0);
    CHECK_ERROR(syscall(SYS_getcwd, here, sizeof here), ENOENT);
    CHECK_ERROR(open("f", O_CREAT | O_RDWR, 0600), ENOENT);
    CHECK_EQUAL(chdir(".."), 0);
}

TEST(permissions_of_another_user)
{
    close(create("f", "secret"));
    chmod("f", 0640);
    mkdir("d", 0700);
    close(create("d/g", ""));
    mkdir("sticky", 01777);
    chmod("sticky", 01777);
    close(create("sticky/mine", ""));
    IN_CHILD
    {
        CHECK_EQUAL(syscall(SYS_setgroups, 0, NULL), 0);
        CHECK_EQUAL(setresgid(1000, 1000, 1000), 0);
        CHECK_EQUAL(setresuid(1000, 1000, 1000), 0);
        CHECK_ERROR(open("f", O_RDONLY), EACCES);
        CHECK_ERROR(open("d/g", O_RDONLY), EACCES);
        CHECK_ERROR(chmod("f", 0777), EPERM);
        CHECK_ERROR(chown("f", 1000, 1000), EPERM);
        CHECK_ERROR(unlink("sticky/mine"), EPERM);
        CHECK_ERROR(mkdir("/etc/forbidden", 0755), EACCES);
        CHECK_ERROR(access("d/g", F_OK), EACCES);
        CHECK_ERROR(setuid(0), EPERM);
        int fd = open("sticky/his", O_CREAT | O_RDWR, 0600);
        CHECK(fd >= 0);
        CHECK_EQUAL(about("sticky/his").st_uid, 1000);
        CHECK_EQUAL(about("sticky/his").st_gid, 1000);
        CHECK_EQUAL(chmod("sticky/his", 0), 0);
        CHECK_ERROR(open("sticky/his", O_RDONLY), EACCES);
        CHECK_EQUAL(unlink("sticky/his"), 0);
    }
    CHECK(open("f", O_RDONLY) >= 0);
    chmod("f", 0);
    CHECK(open("f", O_RDONLY) >= 0);
    unlink("f");
    unlink("d/g");
    rmdir("d");
    unlink("sticky/mine");
    rmdir("sticky");
}

TEST(group_permission)
{
    close(create("f", "x"));
    CHECK_EQUAL(chown("f", 2000, 3000), 0);
    CHECK_EQUAL(chmod("f", 0040), 0);
    IN_CHILD
    {
        gid_t groups[] = { 3000 };
        CHECK_EQUAL(syscall(SYS_setgroups, 1, groups), 0);
        CHECK_EQUAL(setresgid(1000, 1000, 1000), 0);
        CHECK_EQUAL(setresuid(1000, 1000, 1000), 0);
        CHECK(open("f", O_RDONLY) >= 0);
        CHECK_ERROR(open("f", O_RDWR), EACCES);
    }
    IN_CHILD
    {
        CHECK_EQUAL(setresgid(3000, 3000, 3000), 0);
        CHECK_EQUAL(setresuid(2000, 2000, 2000), 0);
        CHECK_ERROR(open("f", O_RDONLY), EACCES);
    }
    unlink("f");
}

TEST(umask_is_applied)
{
    umask(027);
    close(open("f", O_CREAT | O_RDWR, 0666));
    mkdir("d", 0777);
    CHECK_EQUAL(about("f").st_mode & 07777, 0640);
    CHECK_EQUAL(about("d").st_mode & 07777, 0750);
    CHECK_EQUAL(umask(0), 027);
    unlink("f");
    rmdir("d");
}

TEST(times)
{
    struct timespec times[2] = { { 1000, 5 }, { 2000, 6 } };

    create("f", "x");
    CHECK_EQUAL(utimensat(AT_FDCWD, "f", times, 0), 0);
    CHECK_EQUAL(about("f").st_atim.tv_sec, 1000);
    CHECK_EQUAL(about("f").st_mtim.tv_sec, 2000);
    CHECK_EQUAL(about("f").st_mtim.tv_nsec, 6);
    CHECK_EQUAL(utimensat(AT_FDCWD, "f", NULL, 0), 0);
    CHECK(about("f").st_mtim.tv_sec > 2000);
    unlink("f");
}

TEST(vectors)
{
    char a[3], b[5];
    struct iovec out[] = { { "abc", 3 }, { "", 0 }, { "defgh", 5 } }, in[] = { { a, 3 }, { b, 5 } };
    int fd = create("f", "");

    CHECK_EQUAL(writev(fd, out, 3), 8);
    lseek(fd, 0, SEEK_SET);
    CHECK_EQUAL(readv(fd, in, 2), 8);
    CHECK(!memcmp(a, "abc", 3) && !memcmp(b, "defgh", 5));
    unlink("f");
}

TEST(file_systems)
{
    struct statfs now;

    CHECK_EQUAL(statfs("/tmp", &now), 0);
    CHECK(now.f_bsize > 0 && now.f_namelen == 255);
    CHECK_EQUAL(statfs("/proc", &now), 0);
    CHECK_EQUAL(now.f_type, 0x9fa0);
    CHECK_ERROR(statfs("/none", &now), ENOENT);
}

/* Programs that copy files ask for them, and live with a file system that has none. */
TEST(extended_attributes)
{
    char text[16];
    int fd = create("f", "text");

    CHECK_EQUAL(symlink("none", "l"), 0);
    CHECK_EQUAL(listxattr("f", NULL, 0), 0);
    CHECK_EQUAL(llistxattr("l", text, sizeof text), 0);
    CHECK_EQUAL(flistxattr(fd, text, sizeof text), 0);
    CHECK_ERROR(listxattr("l", text, sizeof text), ENOENT);
    CHECK_ERROR(flistxattr(99, text, sizeof text), EBADF);
    CHECK_ERROR(getxattr("none", "user.name", text, sizeof text), ENOENT);
    CHECK(getxattr("f", "user.name", text, sizeof text) < 0 && (errno == ENODATA || errno == EOPNOTSUPP));
    CHECK(removexattr("f", "user.name") < 0 && (errno == ENODATA || errno == EOPNOTSUPP));
}

TEST(send_file)
{
    char text[16] = "";
    int from = create("f", "0123456789"), to = create("g", "");
    off_t at = 2;

    CHECK_EQUAL(sendfile(to, from, NULL, 4), 4);
    CHECK_EQUAL(sendfile(to, from, NULL, 100), 6);
    CHECK_EQUAL(sendfile(to, from, &at, 3), 3);
    CHECK_EQUAL(at, 5);
    CHECK_EQUAL(pread(to, text, 16, 0), 13);
    CHECK(!memcmp(text, "0123456789234", 13));
    unlink("f");
    unlink("g");
}

TEST(devices)
{
    char text[64];
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);

    CHECK_EQUAL(read(null, text, 64), 0);
    CHECK_EQUAL(write(null, text, 64), 64);
    memset(text, 1, 64);
    CHECK_EQUAL(read(zero, text, 64), 64);
    CHECK(text[0] == 0 && text[63] == 0);
    CHECK_ERROR(write(full, text, 64), ENOSPC);
    CHECK(S_ISCHR(about("/dev/null").st_mode));
    CHECK_EQUAL(about("/dev/null").st_rdev, 0x103);
    int random = open("/dev/urandom", O_RDONLY);
    CHECK_EQUAL(read(random, text, 64), 64);
    CHECK(memcmp(text, text + 32, 32));
    CHECK(open("/dev/tty", O_RDWR) >= 0);
}

TEST(pipe_basics)
{
    char text[16];
    int ends[2];
    struct stat now;

    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(fstat(ends[0], &now), 0);
    CHECK(S_ISFIFO(now.st_mode));
    CHECK_EQUAL(write(ends[1], "abcdef", 6), 6);
    CHECK_EQUAL(read(ends[0], text, 4), 4);
    CHECK_EQUAL(read(ends[0], text, 16), 2);
    CHECK_ERROR(read(ends[1], text, 1), EBADF);
    CHECK_ERROR(write(ends[0], text, 1), EBADF);
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], text, 16), 0);
    CHECK_ERROR(syscall(SYS_pipe2, ends, 0x7777), EINVAL);
}

TEST(pipe_without_waiting)
{
    static char block[65536 * 2];
    int ends[2];

    CHECK_EQUAL(pipe2(ends, O_NONBLOCK), 0);
    CHECK_ERROR(read(ends[0], block, 1), EAGAIN);
    ssize_t room = write(ends[1], block, sizeof block);
    CHECK(room >= 4096 && room <= 1 << 20);
    CHECK_ERROR(write(ends[1], block, 1), EAGAIN);
    CHECK_EQUAL(read(ends[0], block, (size_t)room), room);
}

TEST(pipe_carries_a_megabyte_unharmed)
{
    enum { BYTES = 1 << 20 };
    static unsigned char block[10000];
    int ends[2];
    unsigned expected = 0, at = 0;
    ssize_t got;

    CHECK_EQUAL(pipe(ends), 0);
    pid_t child = check_fork();
    if (child == 0) {
        close(ends[0]);
        for (unsigned sent = 0; sent < BYTES;) {
            unsigned length = sent % 9000 + 1 < BYTES - sent ? sent % 9000 + 1 : BYTES - sent;
            for (unsigned i = 0; i < length; i++)
                block[i] = (unsigned char)((sent + i) * 7 >> 3);
            CHECK_EQUAL(write(ends[1], block, length), length);
            sent += length;
        }
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], block, at % sizeof block + 1)) > 0)
        for (ssize_t i = 0; i < got; i++, at++)
            expected += block[i] != (unsigned char)(at * 7 >> 3);
    CHECK_EQUAL(at, BYTES);
    CHECK_EQUAL(expected, 0);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(small_writes_to_a_pipe_are_not_torn)
{
    int ends[2];
    char record[100];

    CHECK_EQUAL(pipe(ends), 0);
    for (int writer = 0; writer < 4; writer++)
        if (check_fork() == 0) {
            memset(record, 'a' + writer, sizeof record);
            for (int i = 0; i < 300; i++)
                CHECK_EQUAL(write(ends[1], record, sizeof record), sizeof record);
            _exit(0);
        }
    close(ends[1]);
    FILE *file = fdopen(ends[0], "r");
    int count = 0;
    for (; fread(record, sizeof record, 1, file) == 1; count++)
        for (size_t i = 1; i < sizeof record; i++)
            CHECK_EQUAL(record[i], record[0]);
    CHECK_EQUAL(count, 1200);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

TEST(polling)
{
    int ends[2];
    char byte;

    CHECK_EQUAL(pipe(ends), 0);
    struct pollfd both[2] = { { ends[0], POLLIN, 0 }, { ends[1], POLLOUT, 0 } };
    CHECK_EQUAL(poll(both, 2, 0), 1);
    CHECK(both[0].revents == 0 && both[1].revents == POLLOUT);
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
    CHECK_EQUAL(poll(both, 1, 1000), 1);
    CHECK_EQUAL(both[0].revents, POLLIN);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    long start = now_ms();
    CHECK_EQUAL(poll(both, 1, 60), 0);
    CHECK(now_ms() - start >= 55);
    close(ends[1]);
    CHECK_EQUAL(poll(both, 1, 1000), 1);
    CHECK_EQUAL(both[0].revents, POLLHUP);
    both[0].fd = 999;
    CHECK_EQUAL(poll(both, 1, 0), 1);
    CHECK_EQUAL(both[0].revents, POLLNVAL);
    both[0].fd = -1;
    CHECK_EQUAL(poll(both, 1, 0), 0);
}

TEST(poll_is_woken_by_another_process)
{
    int ends[2];

    CHECK_EQUAL(pipe(ends), 0);
    pid_t child = check_fork();
    if (child == 0) {
        sleep_ms(50);
        _exit(write(ends[1], "x", 1) != 1);
    }
    struct pollfd one = { ends[0], POLLIN, 0 };
    long start = now_ms();
    CHECK_EQUAL(poll(&one, 1, 10000), 1);
    CHECK(now_ms() - start < 5000);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(selecting)
{
    int ends[2];
    fd_set set;

    CHECK_EQUAL(pipe(ends), 0);
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval soon = { 0, 20000 };
    CHECK_EQUAL(select(ends[0] + 1, &set, NULL, NULL, &soon), 0);
    CHECK(!FD_ISSET(ends[0], &set));
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
    FD_SET(ends[0], &set);
    CHECK_EQUAL(select(ends[0] + 1, &set, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(ends[0], &set));
}

TEST(proc_self)
{
    char text[256] = "", own[64];

    snprintf(own, sizeof own, "%d", getpid());
    CHECK(readlink("/proc/self", text, sizeof text) > 0);
    CHECK(!strcmp(text, own));
    memset(text, 0, sizeof text);
    CHECK(readlink("/proc/self/exe", text, sizeof text) > 0);
    CHECK(strstr(text, "/files"));
    memset(text, 0, sizeof text);
    char here[256];
    CHECK(getcwd(here, sizeof here));
    CHECK(readlink("/proc/self/cwd", text, sizeof text) > 0);
    CHECK(!strcmp(text, here));
    CHECK_ERROR(open("/proc/99999999/stat", O_RDONLY), ENOENT);
}

/* What an answer writes may have to be brought first, or cannot be; then the call has had no effect. */
TEST(answers_to_absent_memory)
{
    int fd = open("answers", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *volatile nowhere = (char *)16;
    char *barred = pages + 3 * 4096;

    CHECK_EQUAL(write(fd, "abcdefghijklmnop", 16), 16);
    CHECK_EQUAL(mprotect(barred, 4096, PROT_NONE), 0);
    CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
    CHECK_ERROR(read(fd, barred, 4), EFAULT);
    CHECK_EQUAL(read(fd, pages, 4), 4);
    CHECK(!memcmp(pages, "abcd", 4));
    CHECK_ERROR(read(fd, nowhere, 4), EFAULT);
    CHECK_EQUAL(read(fd, pages + 2 * 4096 - 2, 4), 4);
    CHECK(!memcmp(pages + 2 * 4096 - 2, "efgh", 4));
    CHECK_ERROR(pread(fd, barred, 4, 2), EFAULT);
    CHECK_EQUAL(pread(fd, pages, 4, 2), 4);
    CHECK(!memcmp(pages, "cdef", 4));
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 8);
    CHECK_ERROR(fstat(fd, (struct stat *)barred), EFAULT);
    IN_CHILD
    {
        /* The pages are shared with the parent until written to. */
        CHECK_EQUAL(read(fd, pages, 4), 4);
        CHECK(!memcmp(pages, "ijkl", 4));
        CHECK_EQUAL(fstat(fd, (struct stat *)(pages + 64)), 0);
        CHECK_EQUAL(((struct stat *)(pages + 64))->st_size, 16);
    }
    CHECK(!memcmp(pages, "cdef", 4));
    close(fd);
    CHECK_EQUAL(unlink("answers"), 0);
}

static int lock(int fd, int how, short type, off_t start, off_t length)
{
    return fcntl(fd, how, &(struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length });
}

/* A process's own locks are given up with any descriptor; those of an open file (OFD) are the file's. */
TEST(record_locks)
{
    int fd = create("f", "0123456789"), other = open("f", O_RDWR);
    struct flock found = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 2, 4), 0);
    CHECK_EQUAL(lock(other, F_SETLK, F_WRLCK, 0, 0), 0); /* the same process */
    CHECK_EQUAL(lock(other, F_SETLK, F_UNLCK, 0, 2), 0);
    IN_CHILD
    {
        CHECK_ERROR(lock(fd, F_SETLK, F_RDLCK, 5, 1), EAGAIN);
        CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 2), 0);
        CHECK_EQUAL(fcntl(fd, F_GETLK, &found), 0);
        CHECK_EQUAL(found.l_type, F_WRLCK);
        CHECK_EQUAL(found.l_pid, getppid());
        CHECK_EQUAL(found.l_start, 2);
    }
    close(open("f", O_RDONLY)); /* gives them up */
    IN_CHILD CHECK_EQUAL(lock(fd, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQUAL(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 0), 0);
    close(open("f", O_RDONLY)); /* does not */
    CHECK_ERROR(lock(other, F_OFD_SETLK, F_RDLCK, 0, 1), EAGAIN);
    IN_CHILD CHECK_EQUAL(lock(fd, F_OFD_SETLK, F_WRLCK, 3, 1), 0); /* it has the same open file */
    close(fd);
    CHECK_EQUAL(lock(other, F_OFD_SETLK, F_RDLCK, 0, 1), 0);
    close(other);
    unlink("f");
}

TEST(many_descriptors_are_closed)
{
    int first = dup(0);

    for (int i = 1; i < 5; i++)
        CHECK_EQUAL(dup(0), first + i);
    CHECK_EQUAL(syscall(SYS_close_range, first + 1, first + 2, 0), 0);
    CHECK(fcntl(first, F_GETFD) == 0 && fcntl(first + 3, F_GETFD) == 0);
    CHECK_ERROR(fcntl(first + 1, F_GETFD), EBADF);
    CHECK_EQUAL(syscall(SYS_close_range, first + 3, ~0U, 4), 0); /* CLOSE_RANGE_CLOEXEC */
    CHECK_EQUAL(fcntl(first + 4, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(syscall(SYS_close_range, first, ~0U, 0), 0);
    CHECK_ERROR(fcntl(first + 4, F_GETFD), EBADF);
    CHECK_ERROR(syscall(SYS_close_range, 5, 4, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_close_range, 5, 6, 8), EINVAL);
}
