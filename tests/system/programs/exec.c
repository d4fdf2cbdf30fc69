/* execve: what is passed on and what is reset, scripts, and files that are no programs. */
#include "check.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "exec-program"

static char *image;
static size_t image_length;

/* A copy of this program's own file in memory, to be spoilt. */
static Elf64_Ehdr *load_self(void)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    struct stat about;

    CHECK(fd >= 0);
    CHECK_EQUAL(fstat(fd, &about), 0);
    image_length = (size_t)about.st_size;
    image = malloc(image_length);
    CHECK_EQUAL(read(fd, image, image_length), image_length);
    close(fd);
    return (Elf64_Ehdr *)image;
}

static Elf64_Phdr *segments(void)
{
    return (Elf64_Phdr *)(image + ((Elf64_Ehdr *)image)->e_phoff);
}

static Elf64_Phdr *segment(uint32_t type)
{
    Elf64_Phdr *found = segments();

    while (found->p_type != type)
        found++;
    return found;
}

/* Executes the image, cut to length, in a child: 0 if it ran (as the test `nothing`), the errno if execve failed, and
 * 1000 + the signal if the child was killed on the way. */
static int try_image(size_t length)
{
    make_file(PROGRAM, image, length);
    chmod(PROGRAM, 0755);
    pid_t child = check_fork();
    if (child == 0) {
        close(1);
        open("/dev/null", O_WRONLY);
        execl(PROGRAM, PROGRAM, "nothing", NULL);
        _exit(errno);
    }
    int status = status_of(child);
    unlink(PROGRAM);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool refused(int result)
{
    return (result > 0 && result < 256) || result == 1000 + SIGSEGV || result == 1000 + SIGKILL;
}

TEST(nothing)
{
}

TEST(a_good_copy_runs)
{
    load_self();
    CHECK_EQUAL(try_image(image_length), 0);
}

TEST(truncated_files)
{
    load_self();
    for (size_t length = 0; length < sizeof(Elf64_Ehdr); length += 7)
        CHECK_EQUAL(try_image(length), ENOEXEC);
    CHECK(refused(try_image(sizeof(Elf64_Ehdr))));
    CHECK(refused(try_image(sizeof(Elf64_Ehdr) + 60)));
    CHECK(refused(try_image(4096)));
    CHECK(refused(try_image(image_length / 4)));
}

TEST(wrong_magic_and_machine)
{
    load_self()->e_ident[1] = 'X';
    CHECK_EQUAL(try_image(image_length), ENOEXEC);
    load_self()->e_machine = EM_X86_64;
    CHECK_EQUAL(try_image(image_length), ENOEXEC);
    load_self()->e_type = ET_REL;
    CHECK_EQUAL(try_image(image_length), ENOEXEC);
}

TEST(bad_header_tables)
{
    load_self()->e_phnum = 0;
    CHECK_EQUAL(try_image(image_length), ENOEXEC);
    load_self()->e_phnum = 0xffff;
    CHECK_EQUAL(try_image(image_length), ENOEXEC);
    load_self()->e_phentsize = 1;
    CHECK_EQUAL(try_image(image_length), ENOEXEC);
    load_self()->e_phoff = 1ul << 62;
    CHECK(refused(try_image(image_length)));
    load_self()->e_phoff = (Elf64_Off)-8;
    CHECK(refused(try_image(image_length)));
}

TEST(bad_segments)
{
    load_self();
    segment(PT_LOAD)->p_memsz = 1ul << 62;
    CHECK(refused(try_image(image_length)));
    load_self();
    segment(PT_LOAD)->p_vaddr = 0xffffffff80000000;
    CHECK(refused(try_image(image_length)));
    load_self();
    segment(PT_LOAD)->p_filesz = segment(PT_LOAD)->p_memsz + 4096;
    CHECK(refused(try_image(image_length)));
    load_self();
    segment(PT_LOAD)->p_vaddr += 123;
    try_image(image_length);
    load_self();
    segment(PT_LOAD)->p_offset = 1ul << 60;
    CHECK(refused(try_image(image_length)));
}

TEST(bad_entry)
{
    load_self()->e_entry = 16;
    CHECK(refused(try_image(image_length)));
    load_self()->e_entry = 0xffffffff80000000;
    CHECK(refused(try_image(image_length)));
}

TEST(random_damage)
{
    unsigned seed = 1;

    for (int round = 0; round < 60; round++) {
        load_self();
        for (int i = 0; i < 4; i++) {
            seed = seed * 1103515245 + 12345;
            image[seed / 65536 % 400] ^= (char)(1 << seed % 8);
        }
        try_image(image_length);
        free(image);
    }
}

TEST(missing_interpreter_of_a_program)
{
    load_self();
    Elf64_Phdr *tls = segments();
    tls[((Elf64_Ehdr *)image)->e_phnum - 1].p_type = PT_INTERP;
    CHECK(refused(try_image(image_length)));
}

static int exec_error(const char *path)
{
    pid_t child = check_fork();

    if (child == 0) {
        execl(path, path, NULL);
        _exit(errno);
    }
    return WEXITSTATUS(status_of(child));
}

TEST(errors)
{
    static char long_name[300];

    memset(long_name, 'n', sizeof long_name - 1);
    CHECK_EQUAL(exec_error("/nonexistent"), ENOENT);
    CHECK_EQUAL(exec_error(""), ENOENT);
    CHECK_EQUAL(exec_error("/"), EACCES);
    CHECK_EQUAL(exec_error("/etc/passwd"), EACCES);
    CHECK_EQUAL(exec_error("/etc/passwd/x"), ENOTDIR);
    CHECK_EQUAL(exec_error("/dev/null"), EACCES);
    CHECK_EQUAL(exec_error(long_name), ENAMETOOLONG);
}

TEST(no_permission)
{
    load_self();
    make_file(PROGRAM, image, image_length);
    chmod(PROGRAM, 0700);
    IN_CHILD
    {
        CHECK_EQUAL(setresuid(1000, 1000, 1000), 0);
        CHECK_ERROR(execl(PROGRAM, PROGRAM, NULL), EACCES);
    }
    chmod(PROGRAM, 0644);
    CHECK_EQUAL(exec_error(PROGRAM), EACCES);
    unlink(PROGRAM);
}

TEST(too_many_arguments)
{
    enum { COUNT = 70 };
    static char *arguments[COUNT + 1];
    char *one = malloc(130000);

    memset(one, 'x', 129999);
    one[129999] = 0;
    for (int i = 0; i < COUNT; i++)
        arguments[i] = one;
    CHECK_ERROR(execv("/bin/true", arguments), E2BIG);
}

static void script(const char *text)
{
    make_file(PROGRAM, text, strlen(text));
    chmod(PROGRAM, 0755);
}

TEST(scripts)
{
    script("#!/bin/sh\nexit 23\n");
    CHECK_EQUAL(exec_error("./" PROGRAM), 23);
    script("#! /bin/sh -e\nfalse\nexit 24\n");
    CHECK_EQUAL(exec_error("./" PROGRAM), 1);
    script("#!/nonexistent\n");
    CHECK_EQUAL(exec_error("./" PROGRAM), ENOENT);
    script("#!\n");
    CHECK_EQUAL(exec_error("./" PROGRAM), ENOEXEC);
    script("#!/bin");
    CHECK_EQUAL(exec_error("./" PROGRAM), EACCES);
    script("no program\n");
    CHECK_EQUAL(exec_error("./" PROGRAM), ENOEXEC);
    script("#!./" PROGRAM "\n");
    CHECK_EQUAL(exec_error("./" PROGRAM), ELOOP);
    unlink(PROGRAM);
}

static char *output_of(const char *path, char *const arguments[], char *const environment[])
{
    static char text[4096];
    int ends[2];
    size_t length = 0;
    ssize_t got;

    CHECK_EQUAL(pipe(ends), 0);
    pid_t child = check_fork();
    if (child == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        execve(path, arguments, environment);
        _exit(99);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = 0;
    close(ends[0]);
    CHECK_EQUAL(status_of(child), 0);
    return text;
}

TEST(arguments_and_environment_arrive)
{
    char *echo[] = { "echo", "one", "", "three  spaces", NULL }, *env[] = { "env", NULL };
    char *environment[] = { "A=1", "B=two words", "C=", NULL };

    CHECK(!strcmp(output_of("/bin/echo", echo, environment), "one  three  spaces\n"));
    CHECK(!strcmp(output_of("/usr/bin/env", env, environment), "A=1\nB=two words\nC=\n"));
}

TEST(script_arguments)
{
    char *arguments[] = { "ignored", "a", "b c", NULL };

    script("#!/bin/echo -n  x y \nrest\n");
    CHECK(!strcmp(output_of("./" PROGRAM, arguments, environ), "-n  x y ./" PROGRAM " a b c\n"));
    unlink(PROGRAM);
}

TEST(descriptors_close_on_exec)
{
    char *arguments[] = { "ls", "/proc/self/fd", NULL };
    int kept = dup(0), closed = fcntl(0, F_DUPFD_CLOEXEC, 20);

    CHECK(kept >= 3 && closed >= 20);
    char *text = output_of("/bin/ls", arguments, environ);
    CHECK(strchr(text, '0' + kept));
    CHECK(!strstr(text, "20"));
}

static void ignore(int sig)
{
    (void)sig;
}

TEST(handlers_are_reset_ignored_stay)
{
    char *arguments[] = { "grep", "-E", "SigIgn|SigCgt|SigBlk", "/proc/self/status", NULL };
    sigset_t set;

    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, ignore);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    char *text = output_of("/bin/grep", arguments, environ);
    CHECK(strstr(text, "SigBlk:\t0000000000000001"));
    CHECK(strstr(text, "SigIgn:\t0000000000000200"));
    CHECK(strstr(text, "SigCgt:\t0000000000000000"));
}

TEST(pid_stays_the_same)
{
    char text[32], *arguments[] = { "sh", "-c", "exec sh -c 'echo $$'", NULL };
    int ends[2];

    CHECK_EQUAL(pipe(ends), 0);
    pid_t child = check_fork();
    if (child == 0) {
        dup2(ends[1], 1);
        execv("/bin/sh", arguments);
        _exit(99);
    }
    ssize_t got = read(ends[0], text, sizeof text - 1);
    CHECK(got > 0);
    text[got] = 0;
    CHECK_EQUAL(atoi(text), child);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(a_deleted_program_keeps_running)
{
    load_self();
    make_file(PROGRAM, image, image_length);
    chmod(PROGRAM, 0755);
    pid_t child = check_fork();
    if (child == 0) {
        close(1);
        open("/dev/null", O_WRONLY);
        int fd = open(PROGRAM, O_RDONLY);
        unlink(PROGRAM);
        char *path = malloc(64);
        snprintf(path, 64, "/proc/self/fd/%d", fd);
        execl(path, PROGRAM, "nothing", NULL);
        _exit(errno);
    }
    CHECK_EQUAL(status_of(child), 0);
}

TEST(exec_hundreds_of_times)
{
    char *arguments[] = { "true", NULL };

    for (int i = 0; i < 200; i++)
        output_of("/bin/true", arguments, environ);
}

TEST(auxiliary_vector)
{
    int fd = open("/proc/self/auxv", O_RDONLY);
    unsigned long pair[2], seen = 0;

    if (fd < 0)
        return;
    while (read(fd, pair, sizeof pair) == sizeof pair && pair[0]) {
        if (pair[0] < 64)
            seen |= 1ul << pair[0];
        if (pair[0] == AT_PAGESZ)
            CHECK_EQUAL(pair[1], 4096);
    }
    CHECK(seen & 1ul << AT_PHDR && seen & 1ul << AT_ENTRY && seen & 1ul << AT_RANDOM);
}
