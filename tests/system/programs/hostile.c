/* Hostile calls: wild pointers, huge lengths, random numbers. Each gets an errno, nothing hangs, nothing breaks. */
#include "check.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WILD 0x7777777777777777 /* replaced by each of the wild pointers */
#define PIPE_IN 0x7777777777770002
#define PIPE_OUT 0x7777777777770003
#define A_FILE 0x7777777777770004
#define A_FOLDER 0x7777777777770005
#define CWD AT_FDCWD
#define PROGRAM (unsigned long)"/bin/true"
#define PATH (unsigned long)path

static const unsigned long wild[] = {
    1,
    8,
    0x3ffffffff8,
    0x4000000000,
    0x8000000000000000,
    0x0000800000000000,
    0xffffffff80000000,
    0xffffffc080000000,
    0xfffffffb24000000, /* the heaps of proc and vfs, where they are part of Tine's kernel */
    0xfffffffb64000000,
    0xfffffffffffff000,
    0xfffffffffffffff8,
};

static char path[] = "hostile-file";

struct call {
    const char *name;
    long number;
    unsigned long arguments[6];
};

#define CALL(name, ...) \
    { \
#name, SYS_##name, \
        { \
            __VA_ARGS__ \
        } \
    }

/* One line for each pointer of each call. The other arguments are such that the pointer must be used. */
static const struct call pointer_calls[] = {
    CALL(write, PIPE_OUT, WILD, 8),
    CALL(writev, PIPE_OUT, WILD, 1),
    CALL(read, PIPE_IN, WILD, 8),
    CALL(fstat, A_FILE, WILD),
    CALL(newfstatat, CWD, WILD, PATH, 0),
    CALL(newfstatat, CWD, PATH, WILD, 0),
    CALL(openat, CWD, WILD, O_RDONLY),
    CALL(faccessat, CWD, WILD, 0),
    CALL(readlinkat, CWD, WILD, PATH, 8),
    CALL(unlinkat, CWD, WILD, 0),
    CALL(mkdirat, CWD, WILD, 0700),
    CALL(fchmodat, CWD, WILD, 0700),
    CALL(linkat, CWD, WILD, CWD, PATH, 0),
    CALL(linkat, CWD, PATH, CWD, WILD, 0),
    CALL(symlinkat, WILD, CWD, PATH),
    CALL(symlinkat, PATH, CWD, WILD),
    CALL(renameat2, CWD, WILD, CWD, PATH, 0),
    CALL(renameat2, CWD, PATH, CWD, WILD, 0),
    CALL(utimensat, CWD, WILD, 0, 0),
    CALL(utimensat, CWD, PATH, WILD, 0),
    CALL(statfs, WILD, PATH),
    CALL(statfs, PATH, WILD),
    CALL(chdir, WILD),
    CALL(getcwd, WILD, 64),
    CALL(getdents64, A_FOLDER, WILD, 4096),
    CALL(pipe2, WILD, 0),
    CALL(ppoll, WILD, 1, 0, 0, 8),
    CALL(sendfile, PIPE_OUT, A_FILE, WILD, 8),
    CALL(execve, WILD, 0, 0),
    CALL(execve, PROGRAM, WILD, 0),
    CALL(execve, PROGRAM, 0, WILD),
    CALL(uname, WILD),
    CALL(sysinfo, WILD),
    CALL(prlimit64, 0, RLIMIT_NOFILE, 0, WILD),
    CALL(prlimit64, 0, RLIMIT_NOFILE, WILD, 0),
    CALL(rt_sigaction, SIGUSR1, WILD, 0, 8),
    CALL(rt_sigaction, SIGUSR1, 0, WILD, 8),
    CALL(rt_sigprocmask, SIG_BLOCK, WILD, 0, 8),
    CALL(rt_sigprocmask, SIG_BLOCK, 0, WILD, 8),
    CALL(rt_sigsuspend, WILD, 8),
    CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, WILD, 0),
    CALL(nanosleep, WILD, 0),
    CALL(clock_gettime, CLOCK_MONOTONIC_RAW, WILD),
    CALL(getrandom, WILD, 64, 0),
    CALL(setitimer, ITIMER_REAL, WILD, 0),
    CALL(getitimer, ITIMER_REAL, WILD),
    CALL(sched_getaffinity, 0, 1024, WILD),
    CALL(getgroups, 64, WILD),
    CALL(ioctl, A_FILE, 0x5421, WILD), /* FIONBIO */
    CALL(fcntl, A_FILE, F_GETLK, WILD),
    CALL(prctl, 15, WILD), /* PR_SET_NAME */
    CALL(prctl, 16, WILD), /* PR_GET_NAME */
};

static int pipe_ends[2], file, folder;

static void prepare(void)
{
    static const gid_t groups[2] = { 1, 2 };

    make_file(path, "0123456789abcdef", 16);
    chmod(path, 0755);
    CHECK_EQUAL(pipe(pipe_ends), 0);
    CHECK_EQUAL(write(pipe_ends[1], "0123456789abcdef", 16), 16);
    file = open(path, O_RDWR);
    folder = open("/", O_RDONLY | O_DIRECTORY);
    setgroups(2, groups);
    CHECK(file >= 0 && folder >= 0);
}

static unsigned long fill_in(unsigned long argument, unsigned long pointer)
{
    switch (argument) {
    case WILD:
        return pointer;
    case PIPE_IN:
        return (unsigned long)pipe_ends[0];
    case PIPE_OUT:
        return (unsigned long)pipe_ends[1];
    case A_FILE:
        return (unsigned long)file;
    case A_FOLDER:
        return (unsigned long)folder;
    default:
        return argument;
    }
}

static long invoke(long number, const unsigned long argument[6])
{
    register unsigned long a0 __asm__("a0") = argument[0];
    register unsigned long a1 __asm__("a1") = argument[1];
    register unsigned long a2 __asm__("a2") = argument[2];
    register unsigned long a3 __asm__("a3") = argument[3];
    register unsigned long a4 __asm__("a4") = argument[4];
    register unsigned long a5 __asm__("a5") = argument[5];
    register long a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return (long)a0;
}

static long invoke_with(const struct call *call, unsigned long pointer)
{
    unsigned long arguments[6];

    for (int i = 0; i < 6; i++)
        arguments[i] = fill_in(call->arguments[i], pointer);
    return invoke(call->number, arguments);
}

/* What a call may say besides EFAULT when it looks at something else first. */
static bool acceptable(const struct call *call, long result)
{
    if (call->number == SYS_ioctl || call->number == SYS_fcntl || call->number == SYS_getcwd)
        return result < 0 && result > -4096;
    return result == -EFAULT;
}

static int check_call(const struct call *call)
{
    int bad = 0;

    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
        long result = invoke_with(call, wild[i]);

        if (!acceptable(call, result)) {
            printf("# %s(%#lx) gave %ld\n", call->name, wild[i], result);
            bad++;
        }
    }
    return bad;
}

TEST(wild_pointers)
{
    int bad = 0;

    prepare();
    for (size_t i = 0; i < sizeof pointer_calls / sizeof *pointer_calls; i++) {
        pid_t child = check_fork();

        if (child == 0) {
            alarm(5);
            exit(check_call(&pointer_calls[i]));
        }
        int status = status_of(child);
        if (WIFSIGNALED(status))
            printf("# %s: signal %d\n", pointer_calls[i].name, WTERMSIG(status));
        bad += status != 0;
    }
    unlink(path);
    CHECK_EQUAL(bad, 0);
}

TEST(huge_lengths)
{
    static char small[64];

    prepare();
    CHECK_EQUAL(write(pipe_ends[1], small, 0), 0);
    CHECK_ERROR(syscall(SYS_write, file, 8, (size_t)1 << 62), EFAULT);
    CHECK_ERROR(syscall(SYS_read, file, 8, (size_t)1 << 62), EFAULT);
    CHECK_EQUAL(syscall(SYS_read, file, small, (size_t)1 << 62), 16);
    CHECK_ERROR(syscall(SYS_writev, file, small, -1), EINVAL);
    CHECK_ERROR(syscall(SYS_writev, file, small, 100000), EINVAL);
    CHECK_ERROR(syscall(SYS_getcwd, small, 1), ERANGE);
    CHECK_ERROR(syscall(SYS_getgroups, 1, small), EINVAL);
    CHECK_ERROR(syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", small, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_ppoll, small, 1000000, NULL, NULL, 8), EINVAL);
    unlink(path);
}

TEST(a_string_that_never_ends)
{
    char *memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(memory, 'a', 2 * 4096);
    munmap(memory + 2 * 4096, 4096);
    CHECK_ERROR(open(memory, O_RDONLY), ENAMETOOLONG);
    CHECK_ERROR(open(memory + 4096 + 10, O_RDONLY), EFAULT);
    memory[2 * 4096 - 1] = 0;
    CHECK_ERROR(open(memory + 2 * 4096 - 10, O_RDONLY), ENOENT);
}

TEST(descriptors_that_are_none)
{
    static const int none[] = { -1, 99, 1023, 1024, 0x7fffffff, -100000, (int)0x80000000 };
    char byte;

    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        CHECK_ERROR(read(none[i], &byte, 1), EBADF);
        CHECK_ERROR(write(none[i], &byte, 1), EBADF);
        CHECK_ERROR(close(none[i]), EBADF);
        CHECK_ERROR(lseek(none[i], 0, SEEK_SET), EBADF);
        CHECK_ERROR(fcntl(none[i], F_GETFD), EBADF);
        CHECK_ERROR(syscall(SYS_dup3, none[i], 5, 0), EBADF);
        CHECK_ERROR(syscall(SYS_getdents64, none[i], &byte, 1), EBADF);
        CHECK_ERROR(syscall(SYS_fstat, none[i], &byte), EBADF);
    }
}

TEST(descriptors_run_out)
{
    static int fds[2000];
    int count = 0;

    setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 200, 200 });
    while (count < 2000 && (fds[count] = open("/dev/null", O_RDONLY)) >= 0)
        count++;
    CHECK_EQUAL(errno, EMFILE);
    CHECK(count >= 190 && count < 200);
    CHECK_ERROR(dup(0), EMFILE);
    CHECK_ERROR(pipe((int[2]){ 0, 0 }), EMFILE);
    CHECK_ERROR(fcntl(0, F_DUPFD, 200), EINVAL);
    close(fds[count - 1]);
    CHECK_EQUAL(open("/dev/null", O_RDONLY), fds[count - 1]);
}

TEST(unknown_calls)
{
    static const long unknown[] = { 244, 248, 663, 1000, 4095, 65536, 0x7fffffff, 0x123456789abc };

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CHECK_EQUAL(invoke(unknown[i], (unsigned long[6]){ 1, 2, 3, 4, 5, 6 }), -ENOSYS);
}

/* xorshift64*: the same sequence in each run, so that a failure comes again. */
static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252;

    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

TEST(the_kernels_door_is_closed)
{
    static const unsigned long random_count = 20000;
    unsigned long arguments[6];

    for (long number = -2; number > -600; number--)
        CHECK_EQUAL(invoke(number, (unsigned long[6]){ 1, 2, 3, 4, 5, 6 }), -ENOSYS);
    for (unsigned long i = 0; i < random_count; i++) {
        for (int j = 0; j < 6; j++)
            arguments[j] = next_random() >> next_random() % 64;
        CHECK_EQUAL(invoke(-2 - (long)(next_random() >> (1 + next_random() % 62)), arguments), -ENOSYS);
    }
}

/* Calls that would end or disturb more than the process that fuzzes. */
static bool too_dangerous(long number)
{
    switch (number) {
    case SYS_exit:
    case SYS_exit_group:
    case SYS_clone:
    case SYS_clone3:
    case SYS_reboot:
    case SYS_kill:
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_rt_sigqueueinfo:
    case SYS_rt_tgsigqueueinfo:
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_mremap:
    case SYS_brk:
    case SYS_rt_sigreturn:
    case SYS_vhangup:
        return true;
    default:
        return false;
    }
}

static unsigned long random_argument(unsigned long buffer)
{
    switch (next_random() % 8) {
    case 0:
        return next_random();
    case 1:
        return wild[next_random() % (sizeof wild / sizeof *wild)];
    case 2:
    case 3:
        return buffer + next_random() % 8192;
    case 4:
        return next_random() % 10;
    case 5:
        return 1ul << next_random() % 64;
    case 6:
        return 0;
    default:
        return -(next_random() % 100);
    }
}

/* Makes random calls until killed, and counts them in *progress. */
static void fuzz(volatile uint64_t *progress, unsigned round)
{
    unsigned long arguments[6];
    char *buffer = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (int fd = 0; fd < 64; fd++)
        close(fd);
    open("/dev/null", O_RDWR);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    setgroups(0, NULL);
    /* What shmget makes would outlive everybody in the first IPC namespace. */
    if (unshare(CLONE_NEWIPC) || setsid() < 0 || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
        _exit(3);
    for (unsigned i = 0; i < round * 1000; i++)
        next_random();
    for (;;) {
        long number = (long)(next_random() % 470);

        for (int j = 0; j < 6; j++)
            arguments[j] = random_argument((unsigned long)buffer);
        if (!too_dangerous(number))
            invoke(number, arguments);
        ++*progress;
    }
}

static sigjmp_buf out_of_reach;

static void faulted(int sig)
{
    (void)sig;
    siglongjmp(out_of_reach, 1);
}

/* A load, a store, or a jump. */
static void reach(unsigned long addr, int how)
{
    volatile unsigned long *there = (volatile unsigned long *)addr;

    if (how == 0)
        (void)*there;
    else if (how == 1)
        *there = 0;
    else
        ((void (*)(void))addr)();
}

/* Whatever the kernel maps in its half, and servers that are part of it: at the start of every GiB, and where such a server
 * has its stack, facts, slots, heap and the last page (libc/layout.h). */
TEST(the_kernels_half_is_out_of_reach)
{
    static const unsigned long within[] = { 0, 0x0f007ff8, 0x1f000000, 0x20000000, 0x24000000, 0x3ffff000 };
    volatile unsigned long faults = 0, tries = 0;

    CHECK(signal(SIGSEGV, faulted) != SIG_ERR);
    for (volatile unsigned long gib = 0; gib < 256; gib++)
        for (volatile unsigned i = 0; i < sizeof within / sizeof *within; i++)
            for (volatile int how = 0; how < 3; how++) {
                tries++;
                if (sigsetjmp(out_of_reach, 1) == 0)
                    reach(0xffffffc000000000 + (gib << 30) + within[i], how);
                else
                    faults++;
            }
    CHECK_EQUAL(faults, tries);
}

/* Starts a child that fuzzes, again whenever it has died or stands still (some calls wait, and may). */
TEST(random_calls_for_a_while)
{
    volatile uint64_t *progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long end = now_ms() + 20000;

    for (unsigned round = 0; now_ms() < end; round++) {
        uint64_t at;
        pid_t child = check_fork();

        if (child == 0)
            fuzz(progress, round);
        do {
            at = *progress;
            sleep_ms(100);
        } while (*progress != at && now_ms() < end);
        kill(child, SIGKILL);
        status_of(child);
    }
    CHECK(*progress > 1000);
}
