/* Starting programs: fork, vfork and posix_spawn with exec, and a shell's pipeline. */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TINY "/bench/tiny"
#define DYNAMIC "/bench/dynamic"
#define BUSYBOX "/bin/busybox"

extern char **environ;

static char *tiny[] = { "tiny", NULL };
static char *dynamic[] = { "dynamic", NULL };
static char *busybox_true[] = { "true", NULL };

static void finish(pid_t child)
{
    int status;

    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        exit(2);
}

static void fork_exec_wait(const char *path, char **arguments)
{
    pid_t child = fork();

    if (child == 0) {
        execve(path, arguments, environ);
        _exit(127);
    }
    finish(child);
}

static void vfork_exec_wait(const char *path, char **arguments)
{
    pid_t child = vfork();

    if (child == 0) {
        execve(path, arguments, environ);
        _exit(127);
    }
    finish(child);
}

static void spawn_wait(const char *path, char **arguments)
{
    pid_t child;

    if (posix_spawn(&child, path, NULL, NULL, arguments, environ))
        exit(2);
    finish(child);
}

GROUP(exec_tiny)
{
    bench_need(access(TINY, X_OK) == 0, "fork_exec_wait", "tiny");
    MEASURE("fork_exec_wait", "tiny", 50, fork_exec_wait(TINY, tiny));
    MEASURE("vfork_exec_wait", "tiny", 50, vfork_exec_wait(TINY, tiny));
}

GROUP(spawn_tiny)
{
    MEASURE("posix_spawn_wait", "tiny", 50, spawn_wait(TINY, tiny));
}

GROUP(exec_dynamic)
{
    bench_need(access(DYNAMIC, X_OK) == 0, "fork_exec_wait", "dynamic");
    MEASURE("fork_exec_wait", "dynamic", 50, fork_exec_wait(DYNAMIC, dynamic));
    MEASURE("vfork_exec_wait", "dynamic", 50, vfork_exec_wait(DYNAMIC, dynamic));
}

GROUP(exec_busybox)
{
    MEASURE("fork_exec_wait", "busybox-true", 20, fork_exec_wait(BUSYBOX, busybox_true));
    MEASURE("vfork_exec_wait", "busybox-true", 20, vfork_exec_wait(BUSYBOX, busybox_true));
    MEASURE("posix_spawn_wait", "busybox-true", 20, spawn_wait(BUSYBOX, busybox_true));
}

/* A program, `count` times after one to warm up, with its output out of the way. */
static void measure_program(const char *row, const char *param, const char *program, char **arguments, int count)
{
    int null = open("/dev/null", O_WRONLY), console = dup(1);

    dup2(null, 1);
    fork_exec_wait(program, arguments);
    uint64_t start = ticks();
    for (int i = 0; i < count; i++)
        fork_exec_wait(program, arguments);
    uint64_t elapsed = ticks() - start;
    dup2(console, 1);
    bench_report(row, param, elapsed, (uint64_t)count);
}

static void measure_shell(const char *row, const char *param, const char *shell, char *command, int count)
{
    char *arguments[] = { "sh", "-c", command, NULL };

    measure_program(row, param, shell, arguments, count);
}

static char pipeline[] = "ls / | grep etc | wc -l";

GROUP(shell)
{
    measure_shell("sh_pipeline", "busybox", BUSYBOX, pipeline, 10);
}

/* Start to `true` in a private root, with all namespaces of its own. */
static char *room[] = { "bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/bin", "/bin",
                        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--unshare-all", "true", NULL };

/* Debian's own programs, in Debian's root. */
GROUP_ON_DEMAND(debian)
{
    setenv("PATH", "/usr/bin:/bin", 1);
    measure_shell("sh_pipeline", "dash", "/bin/dash", pipeline, 10);
    measure_shell("bash_loop", "1000-true", "/bin/bash", "for ((i = 0; i < 1000; i++)); do /bin/true; done", 1);
    measure_program("bwrap", "unshare-all", "/usr/bin/bwrap", room, 10);
}
