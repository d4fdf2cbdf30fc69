/*
 * What printf was given and has not yet written lies in memory, and fork copies memory: both processes write it.
 * docs/seams/stdio.md
 */
#include "demo.h"
#include <spawn.h>

extern char **environ;

static void forget(void)
{
    if (!need(fork()))
        exit(0); /* exit flushes: the text is written here, and once more by the parent */
    need(wait(NULL));
}

static void flush_before(void)
{
    fflush(stdout);
    forget();
}

static void end_without_flushing(void)
{
    if (!need(fork()))
        _exit(0);
    need(wait(NULL));
}

static void spawn(void)
{
    char self[] = "/proc/self/exe", *arguments[] = { self, "child", NULL };
    pid_t child;

    errno = posix_spawn(&child, self, NULL, NULL, arguments, environ);
    if (errno)
        err(1, "posix_spawn");
    finish(child);
}

/* Runs it in a process whose standard output is a pipe, so that stdio keeps what is printed, and shows what comes. */
static void show(const char *title, void (*make_child)(void))
{
    int ends[2];
    char text[256];
    ssize_t bytes, all = 0;

    need(pipe(ends));
    fflush(stdout);
    if (!need(fork())) {
        need(dup2(ends[1], STDOUT_FILENO));
        close(ends[0]);
        close(ends[1]);
        setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
        printf(" hello");
        make_child();
        exit(0);
    }
    close(ends[1]);
    while (all < (ssize_t)sizeof text - 1 && (bytes = need(read(ends[0], text + all, sizeof text - 1 - (size_t)all))))
        all += bytes;
    close(ends[0]);
    need(wait(NULL));
    printf("%s:%.*s\n", title, (int)all, text);
}

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        return 0;
    show("fork, exit", forget);
    show("fflush, fork, exit", flush_before);
    show("fork, _exit", end_without_flushing);
    show("posix_spawn", spawn);
    return 0;
}
