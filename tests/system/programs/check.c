#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct test *first;
static struct test **last = &first;

void test_register(struct test *test)
{
    *last = test;
    last = &test->next;
}

void check_failed(const char *file, int line, const char *what, long got, long wanted)
{
    char text[400];
    int length = snprintf(text, sizeof text, "# %s:%d: %s (got %ld, wanted %ld)\n", file, line, what, got, wanted);
    ssize_t written = write(2, text, (size_t)length);

    _exit(written == length ? 1 : 2);
}

pid_t check_fork(void)
{
    pid_t child = fork();

    CHECK(child >= 0);
    return child;
}

int status_of(pid_t child)
{
    int status = -1;

    CHECK_EQUAL(waitpid(child, &status, 0), child);
    return status;
}

void check_child_ended(pid_t child, const char *file, int line)
{
    int status = status_of(child);

    if (status != 0)
        check_failed(file, line, "wait status of the child", status, 0);
}

pid_t fork_sleeper(void)
{
    pid_t child = check_fork();

    if (child == 0)
        for (;;)
            pause();
    return child;
}

void sleep_ms(long ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&time, &time) < 0 && errno == EINTR)
        ;
}

long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void make_file(const char *path, const void *contents, size_t length)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);

    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, contents, length), length);
    close(fd);
}

static bool run_apart(struct test *test)
{
    pid_t child = check_fork();

    if (child == 0) {
        test->run();
        exit(0);
    }
    return status_of(child) == 0;
}

static struct test *find(const char *name)
{
    struct test *test = first;

    while (test && strcmp(test->name, name))
        test = test->next;
    return test;
}

int main(int argc, char **argv)
{
    int failures = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2) {
        struct test *test = find(argv[1]);

        CHECK(test);
        test->run();
        printf("ok %s\n", test->name);
        return 0;
    }
    for (struct test *test = first; test; test = test->next) {
        bool ok = run_apart(test);

        failures += !ok;
        printf("%s %s\n", ok ? "ok" : "not ok", test->name);
    }
    return failures;
}
