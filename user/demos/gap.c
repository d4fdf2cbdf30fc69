/*
 * Between fork and exec a child is already another process and still the same program: whatever a process may do to
 * itself, it does to the one that it is about to become. posix_spawn(3) has a parameter for each thing that somebody
 * thought of, and needs a program in the middle for the others. docs/seams/gap.md
 */
#include "demo.h"
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define NOBODY  65534
#define OUTPUT  "/tmp/gap.out"
#define REPORT  "report"
#define PREPARE "prepare"

extern char **environ;

/* ---- the program that is executed -------------------------------------------------------------------------------- */

static int report(void)
{
    char folder[64];
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    printf("    directory %s, GREETING %s, user %d, files %d, leads its group: %s\n", getcwd(folder, sizeof folder),
           getenv("GREETING") ? getenv("GREETING") : "unset", (int)getuid(), (int)files.rlim_cur,
           getpgrp() == getpid() ? "yes" : "no");
    return 0;
}

/* ---- fork and exec ----------------------------------------------------------------------------------------------- */

static void drop_privileges(void)
{
    if (getuid() == 0) {
        need(setgid(NOBODY));
        need(setuid(NOBODY));
    }
}

static void limit_files(void)
{
    need(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 32, 32 }));
}

static pid_t bare_fork(char *self)
{
    pid_t child = need(fork());

    if (child)
        return child;
    execl(self, self, REPORT, NULL);
    _exit(127);
}

static pid_t by_fork(char *self)
{
    pid_t child = need(fork());
    int output;

    if (child)
        return child;
    /* The gap. Each line is a system call of its own, about this process: nobody had to foresee it. */
    output = need(open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    need(dup2(output, STDOUT_FILENO));
    need(chdir("/usr"));
    need(setenv("GREETING", "hello", 1));
    need(setpgid(0, 0));
    limit_files();
    drop_privileges(); /* last: it takes the right to do some of the others */
    execl(self, self, REPORT, NULL);
    _exit(127);
}

/* ---- posix_spawn ------------------------------------------------------------------------------------------------- */

/* What it has a parameter for: descriptors, directory, group; and the environment, which exec takes anyway. */
static pid_t by_spawn(char *self, char *command)
{
    static char *environment[] = { "GREETING=hello", NULL };
    char *arguments[] = { self, command, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_addchdir_np(&actions, "/usr");
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    errno = posix_spawn(&child, self, &actions, &attributes, arguments, environment);
    if (errno)
        err(1, "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return child;
}

/* What it has none for, a program in the middle does to itself before it executes the one that is wanted. */
static int prepare(char *self)
{
    limit_files();
    drop_privileges();
    execl(self, self, REPORT, NULL);
    return 127;
}

/* ---- */

static void show(const char *title, pid_t child)
{
    int status = finish(child), output = need(open(OUTPUT, O_RDONLY));
    char text[256] = "";

    need(read(output, text, sizeof text - 1));
    printf("%s: status %d\n%s", title, status, text);
    close(output);
    unlink(OUTPUT);
}

int main(int count, char **arguments)
{
    char self[] = "/proc/self/exe";

    if (count > 1)
        return !strcmp(arguments[1], REPORT) ? report() : prepare(self);
    unsetenv("GREETING");
    need(chdir("/"));
    need(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 256, 256 }));
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("fork and exec, nothing between:\n");
    finish(bare_fork(self));
    show("fork, seven calls, exec", by_fork(self));
    show("posix_spawn with file actions and attributes", by_spawn(self, REPORT));
    show("posix_spawn of a program that does the rest", by_spawn(self, PREPARE));
    return 0;
}
