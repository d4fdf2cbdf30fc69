/* Uses a resource up, says how it ended, and gives it back: exhaust processes|memory|copies|pipes|frames|embryo|embryos|programs. One test each, as
 * the argument says; what they print is for tests/system/test_memory.py. */
#include "check.h"
#include "tine/embryo.h"
#include "tine/fork.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 20000

static void lift(int resource)
{
    struct rlimit limit;

    getrlimit(resource, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}

TEST(processes)
{
    static pid_t children[MOST];
    int count = 0, error;

    lift(RLIMIT_NPROC);
    while (count < MOST && (children[count] = fork()) > 0)
        count++;
    if (count < MOST && children[count] == 0)
        for (;;)
            pause();
    error = errno;
    for (int i = 0; i < count; i++)
        kill(children[i], SIGKILL);
    for (int i = 0; i < count; i++)
        status_of(children[i]);
    printf("fork: %s after %d\n", strerrorname_np(error), count);
}

TEST(memory)
{
    size_t chunk = 4 << 20, total = 0;
    char *memory;

    while ((memory = mmap(NULL, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED) {
        memset(memory, 1, chunk);
        total += chunk;
    }
    printf("memory: %s after %zu MiB\n", strerrorname_np(errno), total >> 20);
}

/* Children that each write all of 100 MiB which they share with their parent: more copies than there is room for. */
TEST(copies)
{
    size_t length = 100 << 20;
    char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int killed = 0, failed = 0;

    CHECK(memory != MAP_FAILED);
    memset(memory, 1, length);
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();

        if (child == 0) {
            memset(memory, 2, length);
            sleep_ms(300);
            _exit(0);
        }
        failed += child < 0;
    }
    for (int status; wait(&status) > 0;)
        killed += WIFSIGNALED(status);
    CHECK_EQUAL(memory[0], 1);
    printf("copies: %d killed, %d not begun\n", killed, failed);
}

TEST(pipes)
{
    int ends[2], count = 0;

    lift(RLIMIT_NOFILE);
    while (count < 100000 && pipe(ends) == 0) {
        if (write(ends[1], "x", 1) != 1)
            break;
        count++;
    }
    printf("pipes: %s after %d\n", strerrorname_np(errno), count);
}

/* More than half of memory is copied at once, which cannot be; the other strategies can do it all the same. */
TEST(frames)
{
    size_t length = 150 << 20;
    char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int error;

    CHECK(memory != MAP_FAILED);
    memset(memory, 1, length);
    for (int i = 0; i < 3; i++)
        CHECK_ERROR(fork_by(TINE_FORK_FRAMES, TINE_FORK_DEFAULT), ENOMEM);
    error = errno;
    for (int strategy = TINE_FORK_ENTRIES; strategy < TINE_FORK_STRATEGIES; strategy++) {
        pid_t child = fork_by(strategy, TINE_FORK_DEFAULT);

        if (child == 0)
            _exit(memory[length - 1] != 1);
        CHECK(child > 0);
        CHECK_EQUAL(status_of(child), 0);
    }
    for (size_t i = 0; i < length; i += 4096)
        CHECK_EQUAL(memory[i], 1);
    printf("frames: %s\n", strerrorname_np(error));
}

/* The creator is told, and lives. */
TEST(embryo)
{
    const unsigned long start = 0x1000000;
    static char piece[1 << 20];
    size_t total = 0;
    pid_t embryo = embryo_create(0);
    int error;

    memset(piece, 1, sizeof piece);
    CHECK(embryo > 0);
    CHECK(embryo_map(embryo, start, 1UL << 30, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED);
    while (!embryo_write(embryo, start + total, piece, sizeof piece))
        total += sizeof piece;
    error = errno;
    embryo_abandon(embryo);
    printf("embryo: %s after %zu MiB\n", strerrorname_np(error), total >> 20);
}

TEST(embryos)
{
    static pid_t embryos[MOST];
    int count = 0, error;

    lift(RLIMIT_NPROC);
    while (count < MOST && (embryos[count] = embryo_create(0)) > 0)
        count++;
    error = errno;
    for (int i = 0; i < count; i += 2)
        embryo_abandon(embryos[i]);
    printf("embryos: %s after %d\n", strerrorname_np(error), count);
}

/* Executes a program; what became of it: 'w' it ran, 'r' refused for want of memory, 'k' killed for it. */
static char run_program(void)
{
    pid_t child = vfork();
    int status;

    if (child < 0) {
        CHECK(errno == ENOMEM || errno == EAGAIN);
        return 'r';
    }
    if (child == 0) {
        execl("/bin/true", "true", NULL);
        _exit(errno == ENOMEM ? 100 : 101);
    }
    status = status_of(child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return 'k';
    CHECK(status == 0 || WEXITSTATUS(status) == 100);
    return status ? 'r' : 'w';
}

/* A file takes all memory there is; programs are executed before, while it gives back a little at a time, and after. */
TEST(programs)
{
    static char block[4096];
    char ends[61] = { 0 };
    int fd = open("/tmp/exhaust", O_CREAT | O_TRUNC | O_WRONLY, 0600), blocks = 0, refused = 0;

    CHECK_EQUAL(run_program(), 'w');
    while (write(fd, block, sizeof block) == sizeof block)
        blocks++;
    CHECK(errno == ENOSPC || errno == ENOMEM);
    for (int i = 0; i < 60; i++) {
        CHECK_EQUAL(ftruncate(fd, (blocks - (blocks / 1500 + 1) * i) * (off_t)sizeof block), 0);
        ends[i] = run_program();
        refused += ends[i] != 'w';
    }
    CHECK_EQUAL(ftruncate(fd, 0), 0);
    close(fd);
    unlink("/tmp/exhaust");
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(run_program(), 'w');
    printf("programs: %d refused after %d blocks: %s\n", refused, blocks, ends);
}
