/* Memory: the break, mappings of memory and of files, protection, moving, and every documented error. */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static char *map(size_t pages, int protection)
{
    char *memory = mmap(NULL, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(memory != MAP_FAILED);
    return memory;
}

/* The signal that ends a child which reads or writes there, 0 if it survives. */
static int touch(volatile char *address, bool to_write)
{
    pid_t child = check_fork();

    if (child == 0) {
        if (to_write)
            *address = 1;
        else
            (void)*address;
        _exit(0);
    }
    return WTERMSIG(status_of(child));
}

static bool readable(char *address)
{
    return touch(address, false) == 0;
}

static bool writable(char *address)
{
    return touch(address, true) == 0;
}

static int make_and_open(const char *path, size_t length, int flags)
{
    char *text = malloc(length + 1);

    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + i / PAGE);
    make_file(path, text, length);
    free(text);
    int fd = open(path, flags);
    CHECK(fd >= 0);
    return fd;
}

TEST(break_grows_and_shrinks)
{
    char *start = sbrk(0);

    CHECK_EQUAL(sbrk(5 * PAGE), start);
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(start[i * PAGE], 0);
        start[i * PAGE] = 'x';
    }
    CHECK_EQUAL(brk(start), 0);
    CHECK_EQUAL(sbrk(5 * PAGE), start);
    CHECK_EQUAL(start[2 * PAGE], 0);
    CHECK_ERROR(brk((void *)0x3f00000000000000), ENOMEM);
    CHECK_EQUAL(sbrk(0), start + 5 * PAGE);
}

TEST(fresh_memory_is_zero)
{
    char *memory = map(16, PROT_READ | PROT_WRITE);

    for (int i = 0; i < 16 * PAGE; i++)
        CHECK_EQUAL(memory[i], 0);
    memset(memory, 1, 16 * PAGE);
    CHECK_EQUAL(munmap(memory, 16 * PAGE), 0);
    memory = map(16, PROT_READ | PROT_WRITE);
    for (int i = 0; i < 16 * PAGE; i += 64)
        CHECK_EQUAL(memory[i], 0);
}

TEST(unmapped_memory_is_gone)
{
    char *memory = map(3, PROT_READ | PROT_WRITE);

    memset(memory, 'x', 3 * PAGE);
    CHECK_EQUAL(munmap(memory + PAGE, PAGE), 0);
    CHECK_EQUAL(touch(memory + PAGE, false), SIGSEGV);
    CHECK(memory[0] == 'x' && memory[2 * PAGE] == 'x');
    CHECK_EQUAL(munmap(memory, 3 * PAGE), 0);
    CHECK_EQUAL(touch(memory, false), SIGSEGV);
    CHECK_EQUAL(munmap(memory, 3 * PAGE), 0);
}

TEST(munmap_errors)
{
    char *memory = map(1, PROT_READ);

    CHECK_ERROR(munmap(memory + 1, PAGE), EINVAL);
    CHECK_ERROR(munmap(memory, 0), EINVAL);
    CHECK_ERROR(munmap((void *)0xffffffffffff0000, PAGE), EINVAL);
    CHECK_ERROR(munmap(memory, (size_t)-PAGE), EINVAL);
}

TEST(mmap_errors)
{
    int fd = open("/dev/null", O_RDONLY);

    CHECK_ERROR(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERROR(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERROR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_ERROR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0), EBADF);
    CHECK_ERROR(syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 5), EINVAL);
    CHECK_ERROR(mmap(NULL, (size_t)1 << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    CHECK_ERROR(mmap(NULL, (size_t)-1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    CHECK_ERROR(mmap((void *)0x1001, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
    CHECK_ERROR(mmap((void *)0xffffffff80000000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
                ENOMEM);
    close(fd);
}

TEST(fixed_replaces)
{
    char *memory = map(3, PROT_READ | PROT_WRITE);

    memset(memory, 'x', 3 * PAGE);
    CHECK_EQUAL(mmap(memory + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
                memory + PAGE);
    CHECK(memory[0] == 'x' && memory[PAGE] == 0 && memory[2 * PAGE] == 'x');
    CHECK_ERROR(mmap(memory, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
}

TEST(hint_is_taken_if_free)
{
    char *memory = map(2, PROT_READ);

    munmap(memory, 2 * PAGE);
    CHECK_EQUAL(mmap(memory, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory);
    CHECK(mmap(memory, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != memory);
}

TEST(protection_is_obeyed)
{
    char *memory = map(3, PROT_READ | PROT_WRITE);

    memset(memory, 'x', 3 * PAGE);
    CHECK_EQUAL(mprotect(memory + PAGE, PAGE, PROT_READ), 0);
    CHECK(writable(memory) && !writable(memory + PAGE) && readable(memory + PAGE) && writable(memory + 2 * PAGE));
    CHECK_EQUAL(mprotect(memory + PAGE, PAGE, PROT_NONE), 0);
    CHECK(!readable(memory + PAGE));
    CHECK_EQUAL(mprotect(memory, 3 * PAGE, PROT_READ | PROT_WRITE), 0);
    CHECK_EQUAL(memory[PAGE], 'x');
    memory[PAGE] = 'y';
}

TEST(protection_of_untouched_memory)
{
    char *memory = map(4, PROT_NONE);

    CHECK(!readable(memory));
    CHECK_EQUAL(mprotect(memory, 2 * PAGE, PROT_READ), 0);
    CHECK(readable(memory) && !writable(memory) && !readable(memory + 2 * PAGE));
    CHECK_EQUAL(memory[0], 0);
    CHECK_EQUAL(mprotect(memory, PAGE, PROT_READ | PROT_WRITE), 0);
    memory[0] = 1;
    CHECK_EQUAL(memory[0], 1);
}

TEST(mprotect_errors)
{
    char *memory = map(2, PROT_READ);

    CHECK_ERROR(mprotect(memory + 1, PAGE, PROT_READ), EINVAL);
    CHECK_EQUAL(mprotect(memory, 0, PROT_READ), 0);
    munmap(memory + PAGE, PAGE);
    CHECK_ERROR(mprotect(memory + PAGE, PAGE, PROT_READ), ENOMEM);
    CHECK_ERROR(mprotect(memory, (size_t)-PAGE, PROT_READ), ENOMEM);
}

TEST(a_thousand_splits)
{
    char *memory = map(1000, PROT_READ | PROT_WRITE);

    for (int i = 0; i < 1000; i += 2)
        CHECK_EQUAL(mprotect(memory + i * PAGE, PAGE, PROT_READ), 0);
    for (int i = 1; i < 1000; i += 2)
        memory[i * PAGE] = (char)i;
    CHECK(!writable(memory + 500 * PAGE) && writable(memory + 501 * PAGE));
    CHECK_EQUAL(mprotect(memory, 1000 * PAGE, PROT_READ | PROT_WRITE), 0);
    for (int i = 0; i < 1000; i++)
        CHECK_EQUAL(memory[i * PAGE], i % 2 ? (char)i : 0);
    CHECK_EQUAL(munmap(memory, 1000 * PAGE), 0);
}

TEST(code_can_be_made_at_run_time)
{
    static const uint32_t code[] = { 0x02a00513, 0x00008067 }; /* li a0, 42; ret */
    char *memory = map(1, PROT_READ | PROT_WRITE);

    memcpy(memory, code, sizeof code);
    CHECK_EQUAL(mprotect(memory, PAGE, PROT_READ | PROT_EXEC), 0);
    __builtin___clear_cache(memory, memory + sizeof code);
    CHECK_EQUAL(((int (*)(void))memory)(), 42);
    CHECK(!writable(memory));
}

TEST(sparse_gigabyte)
{
    size_t length = (size_t)1 << 30;
    char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    CHECK(memory != MAP_FAILED);
    for (size_t at = 0; at < length; at += length / 32)
        memory[at] = (char)(at >> 20);
    for (size_t at = 0; at < length; at += length / 32)
        CHECK_EQUAL(memory[at], (char)(at >> 20));
    CHECK_EQUAL(munmap(memory, length), 0);
}

static int use_stack(int kilobytes)
{
    volatile char frame[1024];

    frame[0] = (char)kilobytes;
    return kilobytes > 1 ? use_stack(kilobytes - 1) + (frame[0] == (char)kilobytes) : 1;
}

TEST(stack_grows_by_itself)
{
    CHECK_EQUAL(use_stack(4000), 4000);
}

TEST(stack_has_a_limit)
{
    pid_t child = check_fork();

    if (child == 0) {
        setrlimit(RLIMIT_STACK, &(struct rlimit){ 1 << 20, 1 << 20 });
        _exit(use_stack(20000) == 0);
    }
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGSEGV);
}

TEST(private_file_mapping)
{
    int fd = make_and_open("map-private", 2 * PAGE + 100, O_RDWR);
    char byte, *memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

    CHECK(memory != MAP_FAILED);
    CHECK(memory[0] == 'a' && memory[PAGE] == 'b' && memory[2 * PAGE] == 'c' && memory[2 * PAGE + 99] == 'c');
    for (int i = 100; i < PAGE; i++)
        CHECK_EQUAL(memory[2 * PAGE + i], 0);
    memory[PAGE] = 'X';
    CHECK_EQUAL(pread(fd, &byte, 1, PAGE), 1);
    CHECK_EQUAL(byte, 'b');
    close(fd);
    unlink("map-private");
    CHECK(memory[PAGE] == 'X' && memory[2 * PAGE] == 'c');
    IN_CHILD
    {
        memory[0] = 'Y';
    }
    CHECK_EQUAL(memory[0], 'a');
}

TEST(mapping_at_an_offset)
{
    int fd = make_and_open("map-offset", 4 * PAGE, O_RDONLY);
    char *memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 3 * PAGE);

    CHECK(memory != MAP_FAILED);
    CHECK_EQUAL(memory[PAGE - 1], 'd');
    CHECK_ERROR(syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100), EINVAL);
    unlink("map-offset");
}

TEST(beyond_the_end_of_a_file)
{
    int fd = make_and_open("map-beyond", 100, O_RDONLY);
    char *memory = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

    CHECK(memory != MAP_FAILED);
    CHECK_EQUAL(memory[PAGE - 1], 0);
    CHECK_EQUAL(touch(memory + PAGE, false), SIGBUS);
    unlink("map-beyond");
}

TEST(shared_file_mapping)
{
    int fd = make_and_open("map-shared", 2 * PAGE, O_RDWR);
    char byte, *one = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *two = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);

    CHECK(one != MAP_FAILED && two != MAP_FAILED);
    one[PAGE + 7] = 'Z';
    CHECK_EQUAL(two[7], 'Z');
    CHECK_EQUAL(pread(fd, &byte, 1, PAGE + 7), 1);
    CHECK_EQUAL(byte, 'Z');
    CHECK_EQUAL(pwrite(fd, "W", 1, 3), 1);
    CHECK_EQUAL(one[3], 'W');
    IN_CHILD
    {
        one[4] = 'V';
    }
    CHECK_EQUAL(one[4], 'V');
    CHECK_EQUAL(munmap(one, 2 * PAGE), 0);
    CHECK_EQUAL(pread(fd, &byte, 1, 4), 1);
    CHECK_EQUAL(byte, 'V');
    unlink("map-shared");
}

TEST(mapping_needs_the_descriptors_rights)
{
    int reader = make_and_open("map-rights", PAGE, O_RDONLY), writer = open("map-rights", O_WRONLY);

    CHECK_ERROR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0), EACCES);
    CHECK_ERROR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
    char *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_ERROR(mprotect(memory, PAGE, PROT_READ | PROT_WRITE), EACCES);
    memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 0);
    CHECK_EQUAL(mprotect(memory, PAGE, PROT_READ | PROT_WRITE), 0);
    memory[0] = 'q';
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_ERROR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0), ENODEV);
    unlink("map-rights");
}

TEST(mremap_grows_and_moves)
{
    char *memory = map(4, PROT_READ | PROT_WRITE), *moved;

    memset(memory, 'm', 4 * PAGE);
    CHECK_EQUAL(mremap(memory, 4 * PAGE, 2 * PAGE, 0), memory);
    CHECK_EQUAL(touch(memory + 2 * PAGE, false), SIGSEGV);
    CHECK_EQUAL(mremap(memory, 2 * PAGE, 3 * PAGE, 0), memory);
    CHECK(memory[PAGE] == 'm' && memory[2 * PAGE] == 0);
    mmap(memory + 3 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK_ERROR(mremap(memory, 3 * PAGE, 8 * PAGE, 0), ENOMEM);
    moved = mremap(memory, 3 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && moved != memory);
    CHECK(moved[0] == 'm' && moved[2 * PAGE] == 0 && moved[7 * PAGE] == 0);
    CHECK_EQUAL(touch(memory, false), SIGSEGV);
}

TEST(mremap_to_a_fixed_place)
{
    char *memory = map(2, PROT_READ | PROT_WRITE), *target = map(2, PROT_READ | PROT_WRITE);

    memory[PAGE] = 'f';
    target[PAGE] = 'o';
    CHECK_EQUAL(mremap(memory, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target), target);
    CHECK_EQUAL(target[PAGE], 'f');
    CHECK_EQUAL(touch(memory, false), SIGSEGV);
}

TEST(mremap_errors)
{
    char *memory = map(2, PROT_READ);

    CHECK_ERROR(mremap(memory + 1, PAGE, PAGE, 0), EINVAL);
    CHECK_ERROR(mremap(memory, PAGE, 0, 0), EINVAL);
    CHECK_ERROR(mremap(memory, PAGE, PAGE, 64), EINVAL);
    CHECK_ERROR(mremap(memory, PAGE, PAGE, MREMAP_FIXED, memory + PAGE), EINVAL);
    munmap(memory, 2 * PAGE);
    CHECK_ERROR(mremap(memory, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
}

TEST(mremap_keeps_what_a_child_sees)
{
    char *memory = map(2, PROT_READ | PROT_WRITE);

    memory[0] = 'k';
    pid_t child = fork_sleeper();
    char *moved = mremap(memory, 2 * PAGE, 1000 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED);
    CHECK_EQUAL(moved[0], 'k');
    moved[0] = 'l';
    kill(child, SIGKILL);
    status_of(child);
    CHECK_EQUAL(moved[0], 'l');
}

TEST(calls_respect_protection)
{
    int ends[2];
    char *memory = map(3, PROT_READ | PROT_WRITE);

    CHECK_EQUAL(pipe(ends), 0);
    memset(memory, 'x', PAGE);
    mprotect(memory, PAGE, PROT_READ);
    mprotect(memory + PAGE, PAGE, PROT_NONE);
    CHECK_EQUAL(write(ends[1], memory, 5), 5);
    CHECK_ERROR(read(ends[0], memory, 5), EFAULT);
    CHECK_ERROR(read(ends[0], memory + PAGE, 5), EFAULT);
    CHECK_ERROR(write(ends[1], memory + PAGE, 5), EFAULT);
    CHECK_EQUAL(read(ends[0], memory + 2 * PAGE, 5), 5);
    CHECK(!memcmp(memory + 2 * PAGE, "xxxxx", 5));
}

TEST(calls_fill_untouched_memory)
{
    char *memory = map(20, PROT_READ | PROT_WRITE);
    int fd = open("/dev/zero", O_RDONLY), file = make_and_open("untouched", 5 * PAGE, O_RDONLY);

    CHECK_EQUAL(read(file, memory + 3 * PAGE + 100, 5 * PAGE), 5 * PAGE);
    CHECK(memory[3 * PAGE + 99] == 0 && memory[3 * PAGE + 100] == 'a' && memory[8 * PAGE + 99] == 'e');
    CHECK_EQUAL(read(fd, memory + 10 * PAGE, 10 * PAGE), 10 * PAGE);
    CHECK_EQUAL(memory[20 * PAGE - 1], 0);
    unlink("untouched");
}

TEST(buffer_across_the_end_of_a_mapping)
{
    int fd = make_and_open("across", 2 * PAGE, O_RDONLY);
    char *memory = map(2, PROT_READ | PROT_WRITE);

    munmap(memory + PAGE, PAGE);
    ssize_t got = read(fd, memory + PAGE - 100, 200);
    CHECK(got == 100 || (got == -1 && errno == EFAULT));
    unlink("across");
}

/* Whether /proc/self/maps has a line for that range with those rights. */
static bool maps_say(char *start, size_t length, const char *rights)
{
    char wanted[64], line[512];
    bool found = false;
    FILE *file = fopen("/proc/self/maps", "r");

    CHECK(file);
    snprintf(wanted, sizeof wanted, "%lx-%lx %s ", (long)start, (long)start + (long)length, rights);
    while (fgets(line, sizeof line, file))
        for (char *zero = line; !found && (*zero == '0' || zero == line); zero++)
            found = !strncmp(zero, wanted, strlen(wanted));
    fclose(file);
    return found;
}

TEST(maps_tell_the_truth)
{
    char *memory = map(8, PROT_NONE);

    CHECK_EQUAL(mprotect(memory + PAGE, 2 * PAGE, PROT_READ | PROT_WRITE), 0);
    CHECK(maps_say(memory + PAGE, 2 * PAGE, "rw-p"));
    munmap(memory + 2 * PAGE, PAGE);
    CHECK(maps_say(memory + PAGE, PAGE, "rw-p"));
    CHECK_EQUAL(mprotect(memory + PAGE, PAGE, PROT_READ), 0);
    CHECK(maps_say(memory + PAGE, PAGE, "r--p"));
}

TEST(address_space_limit)
{
    IN_CHILD
    {
        setrlimit(RLIMIT_AS, &(struct rlimit){ 64 << 20, 64 << 20 });
        CHECK_ERROR(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
        CHECK(map(16, PROT_READ));
    }
}

TEST(malloc_much_and_free)
{
    static char *blocks[2000];

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2000; i++) {
            blocks[i] = malloc((size_t)(i * 37 % 9000 + 1));
            memset(blocks[i], i, (size_t)(i * 37 % 9000 + 1));
        }
        for (int i = 0; i < 2000; i++) {
            CHECK_EQUAL(blocks[i][i * 37 % 9000], (char)i);
            free(blocks[i]);
        }
    }
    char *big = malloc(20 << 20);
    CHECK(big);
    memset(big, 7, 20 << 20);
    free(big);
}

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

TEST(memory_is_wiped_in_a_child)
{
    char *memory = map(3, PROT_READ | PROT_WRITE);
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    memset(memory, 'x', 3 * PAGE);
    CHECK_EQUAL(madvise(memory + PAGE, PAGE, MADV_WIPEONFORK), 0);
    CHECK_ERROR(madvise(shared, PAGE, MADV_WIPEONFORK), EINVAL);
    IN_CHILD
    {
        CHECK(memory[0] == 'x' && memory[2 * PAGE] == 'x');
        CHECK(memory[PAGE] == 0 && memory[2 * PAGE - 1] == 0);
        memory[PAGE] = 'y';
        IN_CHILD CHECK_EQUAL(memory[PAGE], 0); /* the advice is inherited */
    }
    CHECK_EQUAL(memory[PAGE], 'x');
    CHECK_EQUAL(madvise(memory + PAGE, PAGE, MADV_KEEPONFORK), 0);
    IN_CHILD CHECK_EQUAL(memory[PAGE], 'x');
}

TEST(guards)
{
    char *memory = map(3, PROT_READ | PROT_WRITE);
    int fd = open("/dev/zero", O_RDONLY);

    memset(memory, 'x', 3 * PAGE);
    CHECK_EQUAL(madvise(memory + PAGE, PAGE, MADV_GUARD_INSTALL), 0);
    CHECK_EQUAL(touch(memory + PAGE, false), SIGSEGV);
    CHECK_EQUAL(touch(memory + PAGE, true), SIGSEGV);
    CHECK_ERROR(read(fd, memory + PAGE, 1), EFAULT);
    CHECK(memory[PAGE - 1] == 'x' && memory[2 * PAGE] == 'x');
    CHECK_EQUAL(mprotect(memory, 3 * PAGE, PROT_READ), 0);
    CHECK_EQUAL(madvise(memory, 3 * PAGE, MADV_DONTNEED), 0);
    CHECK_EQUAL(touch(memory + PAGE, false), SIGSEGV); /* neither takes it away */
    CHECK_EQUAL(mprotect(memory, 3 * PAGE, PROT_READ | PROT_WRITE), 0);
    CHECK_EQUAL(madvise(memory, 3 * PAGE, MADV_GUARD_REMOVE), 0);
    CHECK_EQUAL(memory[PAGE], 0);
    CHECK(writable(memory + PAGE));
    CHECK_ERROR(madvise(memory + 1, PAGE, MADV_GUARD_INSTALL), EINVAL);
}

TEST(locking)
{
    char *memory = map(2, PROT_READ | PROT_WRITE);

    CHECK_EQUAL(mlock2(memory, 2 * PAGE, 0), 0);
    CHECK_EQUAL(mlock2(memory, 2 * PAGE, MLOCK_ONFAULT), 0);
    CHECK_ERROR(mlock2(memory, 2 * PAGE, 2), EINVAL);
    CHECK_EQUAL(munmap(memory + PAGE, PAGE), 0);
    CHECK_ERROR(mlock2(memory, 2 * PAGE, 0), ENOMEM);
    CHECK_EQUAL(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
    CHECK_EQUAL(munlockall(), 0);
    CHECK_ERROR(mlockall(0), EINVAL);
    CHECK_ERROR(mlockall(MCL_ONFAULT), EINVAL);
    CHECK_ERROR(mlockall(8), EINVAL);
    IN_CHILD
    {
        CHECK_EQUAL(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ 0, 0 }), 0);
        CHECK_EQUAL(setresuid(4321, 4321, 4321), 0);
        CHECK_ERROR(mlockall(MCL_CURRENT), EPERM);
    }
}

TEST(advice_is_taken)
{
    char *memory = map(3, PROT_READ | PROT_WRITE);
    unsigned char present[3];

    memset(memory, 'x', 3 * PAGE);
    CHECK_EQUAL(mincore(memory, 3 * PAGE, present), 0);
    CHECK((present[0] & 1) && (present[1] & 1) && (present[2] & 1));
    CHECK_EQUAL(madvise(memory + PAGE, PAGE, MADV_DONTNEED), 0);
    CHECK_EQUAL(mincore(memory, 3 * PAGE, present), 0);
    CHECK((present[0] & 1) && !(present[1] & 1) && (present[2] & 1));
    CHECK_EQUAL(memory[PAGE], 0);
    CHECK_EQUAL(madvise(memory, PAGE, MADV_FREE), 0);
    CHECK(memory[0] == 'x' || memory[0] == 0);
    memory[0] = 'y';
    CHECK_EQUAL(memory[0], 'y');
    CHECK_EQUAL(madvise(memory + PAGE, PAGE, MADV_DONTFORK), 0);
    IN_CHILD
    {
        CHECK_EQUAL(memory[2 * PAGE], 'x');
        CHECK_EQUAL(touch(memory + PAGE, false), SIGSEGV);
    }
    CHECK_EQUAL(madvise(memory + PAGE, PAGE, MADV_DOFORK), 0);
    CHECK_EQUAL(touch(memory + PAGE, false), 0);
    CHECK_ERROR(madvise(memory, PAGE, 9999), EINVAL);
    CHECK_ERROR(mincore(memory + 1, PAGE, present), EINVAL);
    CHECK_ERROR(mincore(memory, PAGE, (unsigned char *)16), EFAULT);
    CHECK_EQUAL(msync(memory, PAGE, MS_SYNC), 0);
    CHECK_ERROR(msync(memory, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    CHECK_ERROR(msync(memory + 1, PAGE, MS_SYNC), EINVAL);
    CHECK_EQUAL(munmap(memory + PAGE, PAGE), 0);
    CHECK_ERROR(mincore(memory, 3 * PAGE, present), ENOMEM);
    CHECK_ERROR(msync(memory, 3 * PAGE, MS_SYNC), ENOMEM);
    CHECK_ERROR(madvise(memory, 3 * PAGE, MADV_DONTNEED), ENOMEM);
}
