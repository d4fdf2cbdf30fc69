/* Embryos: a process made empty and configured from outside; what can go wrong with one at every step. On Linux there
 * is none, and it says so. */
#include "tine/embryo.h"
#include "check.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PAGE 4096UL
#define CODE 0x100000UL
#define DATA 0x200000UL /* pages of data, the first for results */

/*
 * What children do. `one_call`: the system call that the registers say; its result goes to s0 and to descriptor 1,
 * eight bytes. `sum`: likewise the sum of a1 words from a0 on. `spin`: nothing, for ever.
 */
extern const char code_start[], one_call[], sum[], spin[], code_end[];
__asm__(".pushsection .rodata\n"
        ".balign 8\n"
        "code_start:\n"
        "one_call:\n"
        "    ecall\n"
        "report:\n"
        "    sd a0, 0(s0)\n"
        "    li a0, 1\n"
        "    mv a1, s0\n"
        "    li a2, 8\n"
        "    li a7, 64\n"
        "    ecall\n"
        "    li a0, 0\n"
        "    li a7, 94\n"
        "    ecall\n"
        "sum:\n"
        "    mv t0, a0\n"
        "    li a0, 0\n"
        "1:  ld t1, 0(t0)\n"
        "    add a0, a0, t1\n"
        "    addi t0, t0, 8\n"
        "    addi a1, a1, -1\n"
        "    bnez a1, 1b\n"
        "    j report\n"
        "spin:\n"
        "    j spin\n"
        "code_end:\n"
        ".popsection\n");

static unsigned long code_at(const char *label)
{
    return CODE + (unsigned long)(label - code_start);
}

static bool on_tine(void)
{
    return access("/proc/tine/stat", F_OK) == 0;
}

/* An embryo with the code and some pages of data. */
static pid_t with_code_in(unsigned long namespaces, size_t data_pages)
{
    pid_t embryo = embryo_create(namespaces);

    CHECK(embryo > 0);
    CHECK(embryo_map(embryo, CODE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          (void *)CODE);
    CHECK_EQUAL(embryo_write(embryo, CODE, code_start, (size_t)(code_end - code_start)), 0);
    CHECK_EQUAL(embryo_protect(embryo, CODE, PAGE, PROT_READ | PROT_EXEC), 0);
    CHECK(embryo_map(embryo, DATA, data_pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                     -1, 0) == (void *)DATA);
    return embryo;
}

static pid_t with_code(size_t data_pages)
{
    return with_code_in(0, data_pages);
}

static int start_at(pid_t embryo, const char *label, long a0, long a1, long a7)
{
    struct user_regs_struct registers = {
        .pc = code_at(label), .s0 = DATA, .a0 = (unsigned long)a0, .a1 = (unsigned long)a1, .a7 = (unsigned long)a7
    };

    return embryo_start(embryo, &registers);
}

/* Starts it; what it reports at its end. */
static long report_of(pid_t embryo, const char *label, long a0, long a1, long a7)
{
    int ends[2];
    long value = 0;

    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(embryo_fd(embryo, ends[1], 1), 1);
    CHECK_EQUAL(start_at(embryo, label, a0, a1, a7), 0);
    CHECK_EQUAL(status_of(embryo), 0);
    CHECK_EQUAL(read(ends[0], &value, sizeof value), sizeof value);
    close(ends[0]);
    close(ends[1]);
    return value;
}

/* A file of /proc/PID; its length. */
static ssize_t proc_text(pid_t pid, const char *name, char *text, size_t bytes)
{
    char path[64];
    ssize_t length;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    length = read(fd, text, bytes - 1);
    close(fd);
    CHECK(length >= 0);
    text[length] = 0;
    return length;
}

/* ---- what works -------------------------------------------------------------------------------------------------- */

TEST(refused_politely_where_unknown)
{
    struct user_regs_struct registers = { 0 };

    if (on_tine())
        return;
    CHECK_ERROR(embryo_create(0), ENOSYS);
    CHECK_ERROR(embryo_start(1, &registers), ENOSYS);
}

TEST(a_child_from_nothing_runs)
{
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = with_code(1);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getppid), getpid());
    embryo = with_code(1);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getpid), embryo);
    embryo = with_code(1);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_gettid), embryo);
}

TEST(memory_is_as_written)
{
    enum { PAGES = 300 };
    size_t bytes = (PAGES - 1) * PAGE;
    long *words, wanted = 0;
    pid_t embryo;

    if (!on_tine())
        return;
    words = malloc(bytes);
    CHECK(words != NULL);
    for (size_t i = 0; i < bytes / sizeof(long); i++)
        wanted += words[i] = (long)(i * 2654435761u);
    embryo = with_code(PAGES);
    /* In parts that are no pages. */
    for (size_t at = 0, n; at < bytes; at += n) {
        n = at * 7 % 300000 + 1;
        if (n > bytes - at)
            n = bytes - at;
        CHECK_EQUAL(embryo_write(embryo, DATA + PAGE + at, (char *)words + at, n), 0);
    }
    CHECK_EQUAL(report_of(embryo, sum, (long)(DATA + PAGE), (long)(bytes / sizeof(long)), 0), wanted);
    free(words);
}

TEST(files_are_mapped_from_the_creators_descriptors)
{
    static const char text[] = "sixteen letters!";
    long wanted = 0, word;
    pid_t embryo;
    int fd;

    if (!on_tine())
        return;
    make_file("data", text, sizeof text - 1);
    for (size_t i = 0; i < sizeof text - 1; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        wanted += word;
    }
    fd = open("data", O_RDWR);
    CHECK(fd >= 0);
    embryo = with_code(1);
    CHECK(embryo_map(embryo, 0x300000, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == (void *)0x300000);
    CHECK_EQUAL(report_of(embryo, sum, 0x300000, (sizeof text - 1) / sizeof(long), 0), wanted);

    /* Shared: what the child writes is in the file. Its result lies there. */
    embryo = embryo_create(0);
    CHECK(embryo_map(embryo, CODE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
          MAP_FAILED);
    CHECK_EQUAL(embryo_write(embryo, CODE, code_start, (size_t)(code_end - code_start)), 0);
    CHECK_EQUAL(embryo_protect(embryo, CODE, PAGE, PROT_READ | PROT_EXEC), 0);
    CHECK(embryo_map(embryo, DATA, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == (void *)DATA);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getpid), embryo);
    CHECK_EQUAL(pread(fd, &word, sizeof word, 0), sizeof word);
    CHECK_EQUAL(word, embryo);
    close(fd);
}

TEST(it_has_the_descriptors_that_were_passed)
{
    struct rlimit limit = { 10, 10 };
    int fd;
    pid_t embryo;

    if (!on_tine())
        return;
    CHECK_EQUAL(report_of(with_code(1), one_call, 0, 0, SYS_close), -EBADF);
    CHECK_EQUAL(report_of(with_code(1), one_call, 2, 0, SYS_close), -EBADF);

    fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    CHECK(fd > 2);
    embryo = with_code(1);
    CHECK_EQUAL(embryo_fd(embryo, fd, -1), 0);
    CHECK_EQUAL(embryo_fd(embryo, fd, 1), 1);
    CHECK_EQUAL(embryo_fd(embryo, fd, -1), 2);
    CHECK_EQUAL(embryo_fd(embryo, fd, 7), 7);
    CHECK_EQUAL(embryo_fd(embryo, 0, 7), 7); /* in place of it */
    CHECK_ERROR(embryo_fd(embryo, 999, 3), EBADF);
    CHECK_ERROR(embryo_fd(embryo, -1, 3), EBADF);
    CHECK_ERROR(embryo_fd(embryo, fd, -2), EBADF);
    CHECK_ERROR(embryo_fd(embryo, fd, 1 << 20), EBADF);
    CHECK_ERROR(embryo_fd(embryo, fd, INT_MAX), EBADF);
    CHECK_EQUAL(prlimit(embryo, RLIMIT_NOFILE, &limit, NULL), 0);
    CHECK_ERROR(embryo_fd(embryo, fd, 10), EBADF);
    for (int at = 3; at < 10; at++)
        CHECK_EQUAL(embryo_fd(embryo, fd, at), at);
    CHECK_ERROR(embryo_fd(embryo, fd, -1), EMFILE);
    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC); /* the creator's own are as they were */
    CHECK_EQUAL(report_of(embryo, one_call, 9, 0, SYS_close), 0);
    close(fd);
}

TEST(identity_is_given)
{
    if (!on_tine())
        return;
    for (int what = 0; what < 4; what++) {
        static const long call[] = { SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid };
        pid_t embryo = with_code(1);

        CHECK_EQUAL(embryo_identity(embryo, 1000, 100), 0);
        CHECK_EQUAL(report_of(embryo, one_call, 0, 0, call[what]), what < 2 ? 1000 : 100);
    }
    IN_CHILD
    {
        pid_t embryo;

        CHECK_EQUAL(setgid(100), 0);
        CHECK_EQUAL(setuid(1000), 0);
        embryo = with_code(1);
        CHECK_ERROR(embryo_identity(embryo, 0, (gid_t)-1), EPERM);
        CHECK_ERROR(embryo_identity(embryo, 1001, 100), EPERM);
        CHECK_ERROR(embryo_identity(embryo, (uid_t)-1, 0), EPERM);
        CHECK_EQUAL(embryo_identity(embryo, 1000, 100), 0);
        CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_setuid), -EPERM);
    }
}

/* Its own host name and numbers: it is process 1 there, and its creator is nobody. */
TEST(namespaces_are_given)
{
    char name[64], mine[64], its[64];
    pid_t embryo;

    if (!on_tine())
        return;
    CHECK(readlink("/proc/self/ns/uts", mine, sizeof mine) > 0);
    embryo = with_code_in(CLONE_NEWUTS | CLONE_NEWPID, 1);
    snprintf(name, sizeof name, "/proc/%d/ns/uts", embryo);
    CHECK(readlink(name, its, sizeof its) > 0);
    CHECK(memcmp(mine, its, sizeof "uts:[4026531838]" - 1) != 0);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getpid), 1);
    embryo = with_code_in(CLONE_NEWPID, 1);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getppid), 0);
}

TEST(what_linux_sets_by_number_is_set)
{
    struct rlimit limit = { 7, 9 }, got;
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = with_code(1);
    CHECK_EQUAL(prlimit(embryo, RLIMIT_CORE, &limit, NULL), 0);
    CHECK_EQUAL(prlimit(embryo, RLIMIT_CORE, NULL, &got), 0);
    CHECK(got.rlim_cur == 7 && got.rlim_max == 9);
    CHECK_EQUAL(setpriority(PRIO_PROCESS, (id_t)embryo, 5), 0);
    CHECK_EQUAL(setpgid(embryo, embryo), 0);
    CHECK_EQUAL(getpgid(embryo), embryo);
    CHECK_EQUAL(start_at(embryo, spin, 0, 0, 0), 0);
    CHECK_ERROR(setpgid(embryo, getpgrp()), EACCES);
    CHECK_EQUAL(getpriority(PRIO_PROCESS, (id_t)embryo), 5);
    CHECK_EQUAL(kill(embryo, SIGKILL), 0);
    CHECK_EQUAL(status_of(embryo), SIGKILL);
}

TEST(the_layout_is_what_brk_and_proc_go_by)
{
    struct tine_embryo_layout layout = { .brk = 0x500000, .arg_start = DATA + 100, .arg_end = DATA + 108 };
    char text[100];
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = with_code(1);
    CHECK_EQUAL(embryo_write(embryo, DATA + 100, "one\0two", 8), 0);
    CHECK_EQUAL(embryo_layout(embryo, &layout), 0);
    CHECK_EQUAL(proc_text(embryo, "cmdline", text, sizeof text), 8);
    CHECK_EQUAL(memcmp(text, "one\0two", 8), 0);
    CHECK_EQUAL(report_of(embryo, one_call, 0x500800, 0, SYS_brk), 0x500800);

    embryo = with_code(1); /* without a layout there is a heap, too, but not through what is mapped */
    CHECK(report_of(embryo, one_call, (long)(DATA + 0x10000), 0, SYS_brk) < (long)CODE);
}

TEST(proc_shows_it)
{
    char text[2000], path[64];
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = with_code(3);
    proc_text(embryo, "stat", text, sizeof text);
    CHECK(strstr(text, ") P ") != NULL);
    proc_text(embryo, "status", text, sizeof text);
    CHECK(strstr(text, "State:\tP (embryo)\n") != NULL);
    proc_text(embryo, "maps", text, sizeof text);
    CHECK(strstr(text, "00100000-00101000 r-xp") != NULL);
    CHECK(strstr(text, "00200000-00203000 rw-p") != NULL);
    CHECK_EQUAL(proc_text(embryo, "cmdline", text, sizeof text), 0);
    snprintf(path, sizeof path, "/proc/%d/exe", embryo);
    CHECK_ERROR(readlink(path, text, sizeof text), ENOENT);
    CHECK_EQUAL(start_at(embryo, spin, 0, 0, 0), 0);
    proc_text(embryo, "stat", text, sizeof text);
    CHECK(strstr(text, ") R ") != NULL);
    embryo_abandon(embryo);
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static void handler(int sig)
{
    (void)sig;
}

TEST(signals_before_the_start)
{
    sigset_t mask;
    pid_t embryo;
    int status;

    if (!on_tine())
        return;
    CHECK(signal(SIGUSR1, handler) != SIG_ERR);
    CHECK(signal(SIGUSR2, SIG_IGN) != SIG_ERR);
    embryo = with_code(1); /* a handler is not inherited, ignoring is */
    CHECK_EQUAL(kill(embryo, SIGUSR2), 0);
    CHECK_EQUAL(kill(embryo, SIGUSR1), 0);
    CHECK_EQUAL(status_of(embryo), SIGUSR1);

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
    embryo = with_code(1);
    CHECK_EQUAL(kill(embryo, SIGTERM), 0); /* blocked, so it runs all the same */
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getpid), embryo);
    CHECK_EQUAL(sigprocmask(SIG_UNBLOCK, &mask, NULL), 0);

    embryo = with_code(1); /* stopped: it starts stopped */
    CHECK_EQUAL(kill(embryo, SIGSTOP), 0);
    CHECK_EQUAL(start_at(embryo, spin, 0, 0, 0), 0);
    CHECK_EQUAL(waitpid(embryo, &status, WUNTRACED), embryo);
    CHECK(WIFSTOPPED(status));
    CHECK_EQUAL(kill(embryo, SIGCONT), 0);
    CHECK_EQUAL(waitpid(embryo, &status, WCONTINUED), embryo);
    CHECK(WIFCONTINUED(status));
    embryo_abandon(embryo);

    embryo = with_code(1); /* stopped and continued: it runs */
    CHECK_EQUAL(kill(embryo, SIGSTOP), 0);
    CHECK_EQUAL(kill(embryo, SIGCONT), 0);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getpid), embryo);
}

/* ---- its end ----------------------------------------------------------------------------------------------------- */

TEST(nobody_waits_for_the_unborn)
{
    int status;
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = with_code(1);
    CHECK_ERROR(waitpid(embryo, &status, 0), ECHILD);
    CHECK_ERROR(waitpid(-1, &status, WNOHANG), ECHILD);
    CHECK_ERROR(waitpid(0, &status, WUNTRACED), ECHILD);
    CHECK_EQUAL(kill(embryo, SIGKILL), 0);
    CHECK_EQUAL(waitpid(-1, &status, 0), embryo);
    CHECK_EQUAL(status, SIGKILL);
    CHECK_ERROR(kill(embryo, 0), ESRCH);
    CHECK_ERROR(start_at(embryo, spin, 0, 0, 0), ESRCH);
}

TEST(started_once)
{
    struct user_regs_struct registers = { 0 };
    struct tine_embryo_layout layout = { .brk = 0x500000 };
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = with_code(1);
    CHECK_ERROR(embryo_start(embryo, (void *)8), EFAULT);
    CHECK_EQUAL(start_at(embryo, spin, 0, 0, 0), 0);
    CHECK_ERROR(embryo_start(embryo, &registers), EBUSY);
    CHECK_ERROR(embryo_write(embryo, DATA, "x", 1), EBUSY);
    CHECK(embryo_map(embryo, 0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EBUSY);
    CHECK_ERROR(embryo_protect(embryo, DATA, PAGE, PROT_READ), EBUSY);
    CHECK_ERROR(embryo_fd(embryo, 0, 0), EBUSY);
    CHECK_ERROR(embryo_identity(embryo, 0, 0), EBUSY);
    CHECK_ERROR(embryo_layout(embryo, &layout), EBUSY);
    CHECK_EQUAL(kill(embryo, SIGKILL), 0);
    sleep_ms(20);
    CHECK_ERROR(embryo_fd(embryo, 0, 0), ESRCH); /* a zombie */
    CHECK_EQUAL(status_of(embryo), SIGKILL);
}

TEST(without_code_it_dies_of_it)
{
    struct user_regs_struct registers = { .pc = 0x1000 };
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = embryo_create(0);
    CHECK_EQUAL(embryo_start(embryo, &registers), 0);
    CHECK_EQUAL(status_of(embryo) & 0x7f, SIGSEGV);
    embryo = embryo_create(0);
    registers.pc = ~0UL << 12;
    registers.sp = ~0UL;
    CHECK_EQUAL(embryo_start(embryo, &registers), 0);
    CHECK_EQUAL(status_of(embryo) & 0x7f, SIGSEGV);
}

/* The number of an embryo whose creator has ended. */
static pid_t orphan(bool killed)
{
    int ends[2], status;
    pid_t child, embryo;

    CHECK_EQUAL(pipe(ends), 0);
    child = check_fork();
    if (child == 0) {
        for (int i = 0; i < 20; i++) {
            embryo = with_code(50);
            CHECK_EQUAL(embryo_fd(embryo, ends[1], 1), 1);
            CHECK_EQUAL(embryo_write(embryo, DATA, code_start, 40), 0);
        }
        CHECK_EQUAL(write(ends[1], &embryo, sizeof embryo), sizeof embryo);
        if (killed)
            pause();
        _exit(0);
    }
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], &embryo, sizeof embryo), sizeof embryo);
    if (killed)
        kill(child, SIGKILL);
    status = status_of(child);
    CHECK_EQUAL(status, killed ? SIGKILL : 0);
    CHECK_EQUAL(read(ends[0], &status, 1), 0); /* nobody has the other end any more */
    close(ends[0]);
    return embryo;
}

TEST(it_ends_with_its_creator)
{
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = orphan(false);
    CHECK_ERROR(kill(embryo, 0), ESRCH);
    embryo = orphan(true);
    CHECK_ERROR(kill(embryo, 0), ESRCH);
}

TEST(exec_of_the_creator_keeps_it)
{
    int ends[2], status;
    pid_t child;
    char text[32] = "";

    if (!on_tine())
        return;
    CHECK_EQUAL(pipe(ends), 0);
    child = check_fork();
    if (child == 0) {
        char number[16], command[100];
        pid_t embryo = with_code(1);

        snprintf(number, sizeof number, "%d", embryo);
        snprintf(command, sizeof command, "cut -d' ' -f3 /proc/%s/stat; true", number);
        CHECK_EQUAL(embryo_fd(embryo, ends[1], 1), 1);
        dup2(ends[1], 1);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(1);
    }
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], text, sizeof text), 2);
    CHECK_EQUAL(memcmp(text, "P\n", 2), 0);
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(read(ends[0], &status, 1), 0); /* it went with the shell */
    close(ends[0]);
}

static void *start_it(void *embryo)
{
    CHECK_EQUAL(start_at(*(pid_t *)embryo, spin, 0, 0, 0), 0);
    return NULL;
}

/* The creator is a process, not a thread. */
static void *make_it(void *embryo)
{
    *(pid_t *)embryo = with_code(1);
    return NULL;
}

TEST(any_thread_of_the_creator_may_go_on)
{
    pthread_t thread;
    pid_t embryo;

    if (!on_tine())
        return;
    CHECK_EQUAL(pthread_create(&thread, NULL, make_it, &embryo), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(embryo_fd(embryo, 0, 0), 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, start_it, &embryo), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(kill(embryo, SIGKILL), 0);
    CHECK_EQUAL(status_of(embryo), SIGKILL);
}

TEST(a_started_one_outlives_its_creator)
{
    int ends[2];
    pid_t child;
    char byte;

    if (!on_tine())
        return;
    CHECK_EQUAL(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    CHECK_EQUAL(pipe(ends), 0);
    child = check_fork();
    if (child == 0) {
        pid_t embryo = with_code(1);

        CHECK_EQUAL(start_at(embryo, spin, 0, 0, 0), 0);
        CHECK_EQUAL(write(ends[1], &embryo, sizeof embryo), sizeof embryo);
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(read(ends[0], &child, sizeof child), sizeof child);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(status_of(child), SIGKILL);
    close(ends[1]);
    CHECK_EQUAL(read(ends[0], &byte, 1), 0);
}

/* ---- limits and strangers ---------------------------------------------------------------------------------------- */

TEST(it_counts_as_a_process)
{
    if (!on_tine())
        return;
    IN_CHILD
    {
        struct rlimit limit = { 5, 5 };
        pid_t embryo[5];
        unsigned n = 0;

        CHECK_EQUAL(setuid(12345), 0);
        CHECK_EQUAL(setrlimit(RLIMIT_NPROC, &limit), 0);
        while (n < 5 && (embryo[n] = embryo_create(0)) > 0)
            n++;
        CHECK_EQUAL(n, 4); /* and this process */
        CHECK_ERROR(embryo_create(0), EAGAIN);
        CHECK_ERROR(fork(), EAGAIN);
        embryo_abandon(embryo[0]);
        embryo[0] = embryo_create(0);
        CHECK(embryo[0] > 0);
    }
    IN_CHILD
    {
        struct rlimit limit = { 1 << 20, 1 << 20 };

        CHECK_EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
        pid_t embryo = embryo_create(0);
        CHECK(embryo_map(embryo, 0, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
        CHECK_EQUAL(errno, ENOMEM);
    }
}

TEST(only_its_parent_may_name_it)
{
    pid_t embryo, sleeper;

    if (!on_tine())
        return;
    embryo = with_code(1);
    IN_CHILD
    {
        CHECK_ERROR(embryo_fd(embryo, 0, 0), ESRCH);
        CHECK_ERROR(embryo_identity(embryo, 0, 0), ESRCH);
        CHECK_ERROR(start_at(embryo, spin, 0, 0, 0), ESRCH);
        CHECK_ERROR(embryo_fd(getppid(), 0, 0), ESRCH);
        CHECK_ERROR(embryo_fd(getpid(), 0, 0), ESRCH);
        CHECK_ERROR(embryo_fd(1, 0, 0), ESRCH);
        CHECK_ERROR(embryo_fd(0, 0, 0), ESRCH);
        CHECK_ERROR(embryo_fd(-1, 0, 0), ESRCH);
        CHECK_ERROR(syscall(TINE_EMBRYO, TINE_EMBRYO_FD, 1L << 32 | embryo, 0L, 0L), ESRCH);
    }
    sleeper = fork_sleeper();
    CHECK_ERROR(embryo_write(sleeper, DATA, "x", 1), EBUSY);
    kill(sleeper, SIGKILL);
    status_of(sleeper);
    embryo_abandon(embryo);
}

/* ---- hostile arguments ------------------------------------------------------------------------------------------- */

TEST(bad_arguments_of_create_and_others)
{
    if (!on_tine())
        return;
    CHECK_ERROR(embryo_create(CLONE_VM), EINVAL);
    CHECK_ERROR(embryo_create(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM), EINVAL);
    CHECK_ERROR(embryo_create(SIGCHLD), EINVAL);
    CHECK_ERROR(embryo_create(CLONE_VFORK), EINVAL);
    CHECK_ERROR(embryo_create(1UL << 63), EINVAL);
    CHECK_ERROR(embryo_create(~0UL), EINVAL);
    CHECK_ERROR(syscall(TINE_EMBRYO, TINE_EMBRYO_OPERATIONS, 1L), EINVAL);
    CHECK_ERROR(syscall(TINE_EMBRYO, -1L, 1L), EINVAL);
    CHECK_ERROR(syscall(TINE_EMBRYO, 1L << 32, 1L), EINVAL);
}

TEST(bad_arguments_of_memory)
{
    static const struct {
        unsigned long addr, bytes;
        int flags, fd;
        unsigned long offset;
        int error;
    } maps[] = {
        { 0, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, EINVAL },
        { 0, PAGE, MAP_ANONYMOUS, -1, 0, EINVAL },
        { 0, PAGE, MAP_PRIVATE, -1, 0, EBADF },
        { 0, PAGE, MAP_PRIVATE, 999, 0, EBADF },
        { 0, PAGE, MAP_PRIVATE, 0, 1, EINVAL },
        { 1, PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0, EINVAL },
        { 0, PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0, EPERM },
        { 1UL << 38, PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0, ENOMEM },
        { ~0UL << 12, PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0, ENOMEM },
        { 0, ~0UL, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, ENOMEM },
        { DATA, PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0, EEXIST },
    };
    struct tine_embryo_layout bad = { .brk = 0x500000, .arg_start = 2, .arg_end = 1 };
    pid_t embryo;

    if (!on_tine())
        return;
    embryo = with_code(2);
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        errno = 0;
        CHECK(embryo_map(embryo, maps[i].addr, maps[i].bytes, PROT_READ, maps[i].flags, maps[i].fd,
                         (off_t)maps[i].offset) == MAP_FAILED);
        CHECK_EQUAL(errno, maps[i].error);
    }
    CHECK_ERROR(syscall(TINE_EMBRYO, TINE_EMBRYO_MAP, (long)embryo, 8L), EFAULT);
    CHECK_ERROR(syscall(TINE_EMBRYO, TINE_EMBRYO_MAP, (long)embryo, -8L), EFAULT);

    CHECK_ERROR(embryo_protect(embryo, DATA + 1, PAGE, PROT_READ), EINVAL);
    CHECK_ERROR(embryo_protect(embryo, DATA, PAGE, 0x100), EINVAL);
    CHECK_ERROR(embryo_protect(embryo, DATA, 3 * PAGE, PROT_READ), ENOMEM);

    CHECK_ERROR(embryo_write(embryo, 0, "x", 1), EFAULT);
    CHECK_ERROR(embryo_write(embryo, CODE, "x", 1), EFAULT); /* not writable any more */
    CHECK_ERROR(embryo_write(embryo, DATA, (void *)8, 1), EFAULT);
    CHECK_ERROR(embryo_write(embryo, ~0UL, "xy", 2), EFAULT);
    CHECK_ERROR(embryo_write(embryo, 1UL << 38, "x", 1), EFAULT);
    CHECK_ERROR(embryo_write(embryo, DATA, code_start, ~0UL), EFAULT);
    CHECK_EQUAL(syscall(TINE_EMBRYO, TINE_EMBRYO_WRITE, (long)embryo, DATA, code_start, 0L), 0);
    /* Half there: what could be written is counted. */
    CHECK_EQUAL(syscall(TINE_EMBRYO, TINE_EMBRYO_WRITE, (long)embryo, DATA + PAGE + 100, (long)&maps & ~4095L, 8000L),
                PAGE - 100);

    CHECK_ERROR(embryo_layout(embryo, &bad), EINVAL);
    bad = (struct tine_embryo_layout){ .brk = 1 };
    CHECK_ERROR(embryo_layout(embryo, &bad), EINVAL);
    bad = (struct tine_embryo_layout){ .brk = ~0UL };
    CHECK_ERROR(embryo_layout(embryo, &bad), EINVAL);
    bad = (struct tine_embryo_layout){ .brk = 0x500000, .stack_start = ~0UL };
    CHECK_ERROR(embryo_layout(embryo, &bad), EINVAL);
    CHECK_ERROR(embryo_layout(embryo, (void *)8), EFAULT);
    CHECK_EQUAL(report_of(embryo, one_call, 0, 0, SYS_getpid), embryo); /* none of that did any harm */
}

static unsigned long random_word(unsigned long *state)
{
    static const unsigned long odd[] = { 0, 1, PAGE, CODE, DATA, DATA + 4095, 1UL << 38, ~0UL, 1UL << 63, 8 };

    *state = *state * 6364136223846793005UL + 1442695040888963407UL;
    switch (*state >> 60) {
    case 0:
    case 1:
    case 2:
        return *state >> 33;
    case 3:
        return *state;
    case 4:
        return *state >> 52;
    default:
        return odd[(*state >> 33) % (sizeof odd / sizeof *odd)];
    }
}

TEST(random_arguments)
{
    unsigned long state = 42;

    if (!on_tine())
        return;
    for (int round = 0; round < 40; round++) {
        pid_t embryo = with_code(2);

        for (int i = 0; i < 100; i++) {
            unsigned long w[4], operation = 1 + random_word(&state) % (TINE_EMBRYO_OPERATIONS - 1);

            for (int j = 0; j < 4; j++)
                w[j] = random_word(&state);
            if (operation == TINE_EMBRYO_MAP)
                embryo_map(embryo, w[0], w[1] % (1 << 20), (int)w[2], (int)w[3], (int)random_word(&state), 0);
            else if (operation != TINE_EMBRYO_START)
                syscall(TINE_EMBRYO, operation, (long)embryo, w[0], w[1], w[2]);
        }
        if (round % 2) {
            struct user_regs_struct registers;

            for (size_t j = 0; j < sizeof registers / sizeof(long); j++)
                ((unsigned long *)&registers)[j] = random_word(&state);
            CHECK_EQUAL(embryo_start(embryo, &registers), 0);
            kill(embryo, SIGKILL);
            status_of(embryo);
        } else {
            embryo_abandon(embryo);
        }
    }
}

TEST(hundreds_of_embryos)
{
    enum { MANY = 300 };
    static pid_t embryo[MANY];

    if (!on_tine())
        return;
    for (int i = 0; i < MANY; i++)
        embryo[i] = with_code(1);
    for (int i = 0; i < MANY; i += 2)
        CHECK_EQUAL(report_of(embryo[i], one_call, 0, 0, SYS_getpid), embryo[i]);
    for (int i = 1; i < MANY; i += 4)
        embryo_abandon(embryo[i]);
    /* The rest goes with this process. */
}
