/* Files without names: memfd and its seals, O_TMPFILE; names that change places; reads and writes with flags. */
#include "check.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void expect_file(const char *path, const char *text)
{
    char bytes[64];
    int fd = open(path, O_RDONLY);

    CHECK(fd >= 0);
    CHECK_EQUAL(read(fd, bytes, sizeof(bytes)), (long)strlen(text));
    CHECK(!memcmp(bytes, text, strlen(text)));
    close(fd);
}

TEST(a_memfd_is_a_file)
{
    int fd = memfd_create("work", MFD_CLOEXEC), again;
    char path[64], link[64] = { 0 };
    struct stat st;
    char *map;

    CHECK(fd >= 0);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(write(fd, "contents", 8), 8);
    CHECK_EQUAL(fstat(fd, &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_EQUAL(st.st_size, 8);
    CHECK_EQUAL(st.st_nlink, 0);
    sprintf(path, "/proc/self/fd/%d", fd);
    CHECK(readlink(path, link, 63) > 0);
    CHECK(!strcmp(link, "/memfd:work (deleted)"));
    again = open(path, O_RDWR);
    CHECK(again >= 0);
    CHECK_EQUAL(ftruncate(again, 8192), 0);
    map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED);
    CHECK(!memcmp(map, "contents", 8));
    map[5000] = 'x';
    CHECK_EQUAL(pread(again, link, 1, 5000), 1);
    CHECK_EQUAL(link[0], 'x');
    CHECK_ERROR(memfd_create("x", 0x4000), EINVAL);
    memset(path, 'n', sizeof(path));
}

TEST(a_memfd_runs)
{
    int from = open("/proc/self/exe", O_RDONLY), fd = memfd_create("program", MFD_CLOEXEC);
    static char bytes[65536];
    long n;
    pid_t child;

    while ((n = read(from, bytes, sizeof(bytes))) > 0)
        CHECK_EQUAL(write(fd, bytes, (size_t)n), n);
    CHECK_EQUAL(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    char path[64];
    sprintf(path, "/proc/self/fd/%d", fd);
    int read_only = open(path, O_RDONLY | O_CLOEXEC);
    close(fd);
    child = check_fork();
    if (!child) {
        char *arguments[] = { "x", "a_memfd_is_a_file", NULL }, *none[] = { NULL };

        syscall(SYS_execveat, read_only, "", arguments, none, AT_EMPTY_PATH);
        _exit(errno);
    }
    CHECK_EQUAL(status_of(child), 0);
}

TEST(seals_hold)
{
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING), plain = memfd_create("plain", 0);
    char *map;

    CHECK_EQUAL(fcntl(fd, F_GET_SEALS), 0);
    CHECK_EQUAL(fcntl(plain, F_GET_SEALS), F_SEAL_SEAL);
    CHECK_ERROR(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW), EPERM);
    CHECK_ERROR(fcntl(0, F_GET_SEALS), EINVAL);
    CHECK_EQUAL(write(fd, "12345678", 8), 8);
    CHECK_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
    CHECK_ERROR(ftruncate(fd, 9), EPERM);
    CHECK_ERROR(pwrite(fd, "123456789", 9, 4096), EPERM);
    CHECK_EQUAL(pwrite(fd, "87654321", 8, 0), 8);
    CHECK_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    CHECK_ERROR(ftruncate(fd, 1), EPERM);
    CHECK_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
    CHECK_ERROR(pwrite(fd, "x", 1, 0), EPERM);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQUAL(errno, EPERM);
    map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(map != MAP_FAILED);
    map[0] = 'x';
    CHECK_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
    CHECK_ERROR(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), EPERM);
    CHECK_EQUAL(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    /* Not while it is mapped for writing. */
    fd = memfd_create("mapped", MFD_ALLOW_SEALING);
    CHECK_EQUAL(ftruncate(fd, 4096), 0);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED);
    CHECK_ERROR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
}

TEST(a_file_gets_its_name_later)
{
    int fd = open("/tmp/t", O_TMPFILE | O_RDWR, 0640), never = open("/tmp/t", O_TMPFILE | O_RDWR | O_EXCL, 0600);
    char path[64];
    struct stat st;

    CHECK(fd >= 0 && never >= 0);
    CHECK_EQUAL(write(fd, "later", 5), 5);
    CHECK_EQUAL(fstat(fd, &st), 0);
    CHECK_EQUAL(st.st_nlink, 0);
    CHECK_EQUAL(st.st_mode & 0777, 0640);
    sprintf(path, "/proc/self/fd/%d", fd);
    CHECK_EQUAL(linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/t/name", AT_SYMLINK_FOLLOW), 0);
    expect_file("/tmp/t/name", "later");
    CHECK_EQUAL(fstat(fd, &st), 0);
    CHECK_EQUAL(st.st_nlink, 1);
    CHECK_EQUAL(linkat(fd, "", AT_FDCWD, "/tmp/t/other", AT_EMPTY_PATH), 0);
    sprintf(path, "/proc/self/fd/%d", never);
    CHECK_ERROR(linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/t/x", AT_SYMLINK_FOLLOW), ENOENT);
    CHECK_ERROR(open("/tmp/t", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    CHECK_ERROR(open("/tmp/t/name", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
}

static int exchange(const char *a, const char *b)
{
    return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2);
}

TEST(names_change_places)
{
    struct stat st;

    make_file("/tmp/t/short", "one", 3);
    make_file("/tmp/t/a name that is longer than what lies inside", "two", 3);
    CHECK_EQUAL(mkdir("/tmp/t/dir", 0755), 0);
    make_file("/tmp/t/dir/inside", "three", 5);
    CHECK_EQUAL(exchange("/tmp/t/short", "/tmp/t/a name that is longer than what lies inside"), 0);
    expect_file("/tmp/t/short", "two");
    expect_file("/tmp/t/a name that is longer than what lies inside", "one");
    CHECK_EQUAL(exchange("/tmp/t/short", "/tmp/t/dir/inside"), 0);
    expect_file("/tmp/t/short", "three");
    expect_file("/tmp/t/dir/inside", "two");
    /* A directory with a file: links are counted anew. */
    CHECK_EQUAL(mkdir("/tmp/t/other", 0755), 0);
    make_file("/tmp/t/other/f", "four", 4);
    CHECK_EQUAL(exchange("/tmp/t/dir", "/tmp/t/other/f"), 0);
    expect_file("/tmp/t/dir", "four");
    expect_file("/tmp/t/other/f/inside", "two");
    CHECK_EQUAL(stat("/tmp/t/other", &st), 0);
    CHECK_EQUAL(st.st_nlink, 3);
    CHECK_ERROR(exchange("/tmp/t/other", "/tmp/t/other/f"), EINVAL);
    CHECK_ERROR(exchange("/tmp/t/short", "/tmp/t/none"), ENOENT);
    CHECK_ERROR(syscall(SYS_renameat2, AT_FDCWD, "/tmp/t/short", AT_FDCWD, "/tmp/t/dir", 3), EINVAL);
}

TEST(reads_and_writes_with_flags)
{
    int fd = open("/tmp/t/f", O_RDWR | O_CREAT, 0600);
    char a[2], b[8] = { 0 };
    struct iovec two[2] = { { "ab", 2 }, { "cd", 2 } }, parts[2] = { { a, 2 }, { b, 8 } };

    CHECK_EQUAL(pwritev2(fd, two, 2, -1, 0), 4);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 4);
    CHECK_EQUAL(pwritev2(fd, two, 2, 0, RWF_APPEND), 4);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 4);
    CHECK_EQUAL(preadv2(fd, parts, 2, 2, 0), 6);
    CHECK(!memcmp(a, "cd", 2) && !memcmp(b, "abcd", 4));
    CHECK_ERROR(preadv2(fd, parts, 2, 0, 0x4000), EOPNOTSUPP);
    CHECK_ERROR(preadv2(99, parts, 2, 0, 0), EBADF);
}

static uint32_t *map_word(const char *path)
{
    int fd = open(path, O_RDWR);
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(fd >= 0 && map != MAP_FAILED);
    close(fd);
    return map;
}

/* As sem_open(3) does: made under one name, used under another. */
TEST(a_futex_is_the_files_whatever_its_name)
{
    static const char page[4096];
    uint32_t *word;
    pid_t child;

    make_file("/tmp/t/made", page, sizeof(page));
    word = map_word("/tmp/t/made");
    CHECK_EQUAL(link("/tmp/t/made", "/tmp/t/used"), 0);
    CHECK_EQUAL(unlink("/tmp/t/made"), 0);
    child = check_fork();
    if (!child) {
        uint32_t *same = map_word("/tmp/t/used");

        CHECK_EQUAL(munmap(word, 4096), 0);
        while (__atomic_load_n(same, __ATOMIC_SEQ_CST) == 0)
            syscall(SYS_futex, same, FUTEX_WAIT, 0, NULL, NULL, 0);
        _exit(0);
    }
    sleep_ms(50);
    __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
    CHECK_EQUAL(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(what_is_told_of_a_descriptor)
{
    int fd = open("/tmp/t/f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char path[64], text[256] = { 0 };
    unsigned long pos, flags;

    CHECK_EQUAL(write(fd, "12345", 5), 5);
    sprintf(path, "/proc/self/fdinfo/%d", fd);
    CHECK(read(open(path, O_RDONLY), text, 255) > 0);
    CHECK_EQUAL(sscanf(text, "pos:\t%lu\nflags:\t%lo\n", &pos, &flags), 2);
    CHECK_EQUAL(pos, 5);
    CHECK_EQUAL(flags & (O_ACCMODE | O_CLOEXEC), O_RDWR | O_CLOEXEC);
}
