/* execve of a process with threads, and of programs that change the user: who is there afterwards, and as whom. */
#include "check.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* ---- what is executed -------------------------------------------------------------------------------------------- */

/* `become say`: who this is. */
TEST(say)
{
    printf("uid %d euid %d gid %d egid %d secure %ld dumpable %d\n", getuid(), geteuid(), getgid(), getegid(),
           getauxval(AT_SECURE), prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static const char script[] = "echo $$; sed -n '/^Threads/p' /proc/$$/status; ls /proc/$$/task | wc -l";

static void become_sh(void)
{
    execl("/bin/sh", "sh", "-c", script, NULL);
}

/* What the child writes to `from` until it ends. */
static void read_all(int from, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;

    while (length < size - 1 && (got = read(from, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = 0;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static int never[2];
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *sleeps(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void *reads(void *unused)
{
    char byte;

    (void)!read(never[0], &byte, 1);
    return unused;
}

static void *waits(void *unused)
{
    pthread_mutex_lock(&held);
    return unused;
}

static void *spins(void *unused)
{
    for (;;)
        getppid();
    return unused;
}

static void *becomes(void *unused)
{
    become_sh();
    return unused;
}

static void *becomes_alone(void *leader)
{
    pthread_join(*(pthread_t *)leader, NULL);
    become_sh();
    return leader;
}

static pthread_t start(void *(*body)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, body, argument))
        _exit(98);
    return thread;
}

static void start_others(void)
{
    pthread_mutex_lock(&held);
    start(sleeps, NULL);
    start(reads, NULL);
    start(waits, NULL);
    start(spins, NULL);
}

/* The body runs in a process whose output must be that of the script, run by the process itself and alone in it. */
static void check_becomes(void (*body)(void))
{
    char text[128], wanted[64];
    int ends[2];
    pid_t child;

    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(pipe(never), 0);
    child = check_fork();
    if (!child) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        body();
        _exit(99);
    }
    close(ends[1]);
    read_all(ends[0], text, sizeof(text));
    CHECK_EQUAL(status_of(child), 0);
    snprintf(wanted, sizeof(wanted), "%d\nThreads:\t1\n1\n", child);
    if (strcmp(text, wanted))
        printf("# %s\n", text);
    CHECK_EQUAL(strcmp(text, wanted), 0);
}

static void by_the_first(void)
{
    start_others();
    become_sh();
}

static void by_another(void)
{
    start_others();
    pthread_join(start(becomes, NULL), NULL);
}

static void by_another_after_the_first_has_ended(void)
{
    static pthread_t self;

    self = pthread_self();
    start_others();
    start(becomes_alone, &self);
    pthread_exit(NULL);
}

/* Linux makes no thread while another executes: EAGAIN. */
static void by_three_at_once(void)
{
    pthread_t thread;

    start_others();
    pthread_create(&thread, NULL, becomes, NULL);
    pthread_create(&thread, NULL, becomes, NULL);
    become_sh();
}

TEST(the_first_thread_executes)
{
    check_becomes(by_the_first);
}

TEST(another_thread_executes)
{
    check_becomes(by_another);
}

TEST(another_thread_executes_after_the_first_has_ended)
{
    check_becomes(by_another_after_the_first_has_ended);
}

TEST(several_threads_execute_at_once)
{
    for (int i = 0; i < 10; i++)
        check_becomes(by_three_at_once);
}

static void *fails(void *unused)
{
    execl("/nonexistent", "none", NULL);
    return unused;
}

TEST(a_failure_leaves_all_threads)
{
    IN_CHILD {
        pthread_t thread;

        CHECK_EQUAL(pipe(never), 0);
        thread = start(reads, NULL);
        pthread_join(start(fails, NULL), NULL);
        CHECK_EQUAL(write(never[1], "", 1), 1);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
    }
}

/* ---- users ------------------------------------------------------------------------------------------------------- */

/* A copy of this program at `path`, with mode and group. */
static void copy_self(const char *path, mode_t mode, gid_t group)
{
    static char part[65536];
    int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    ssize_t got;

    CHECK(from >= 0 && to >= 0);
    while ((got = read(from, part, sizeof(part))) > 0)
        CHECK_EQUAL(write(to, part, (size_t)got), got);
    close(from);
    close(to);
    CHECK_EQUAL(chown(path, 0, group), 0);
    CHECK_EQUAL(chmod(path, mode), 0);
}

/* What `program say` says, executed by nobody; `no_new` with PR_SET_NO_NEW_PRIVS. */
static void check_says(const char *program, bool no_new, const char *wanted)
{
    char text[256];
    int ends[2];
    pid_t child;

    CHECK_EQUAL(pipe(ends), 0);
    child = check_fork();
    if (!child) {
        dup2(ends[1], STDOUT_FILENO);
        CHECK_EQUAL(setgid(NOBODY), 0);
        CHECK_EQUAL(setuid(NOBODY), 0);
        if (no_new)
            CHECK_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        execl(program, program, "say", NULL);
        _exit(99);
    }
    close(ends[1]);
    read_all(ends[0], text, sizeof(text));
    CHECK_EQUAL(status_of(child), 0);
    if (strncmp(text, wanted, strlen(wanted)))
        printf("# %s\n", text);
    CHECK_EQUAL(strncmp(text, wanted, strlen(wanted)), 0);
}

TEST(a_program_changes_the_user)
{
    CHECK_EQUAL(chmod(".", 0755), 0);
    copy_self("plain", 0755, 0);
    copy_self("setuid", 04755, 0);
    copy_self("setgid", 02755, 42);
    copy_self("locking", 02745, 42); /* set-group-ID without the group's execute bit means another thing */
    check_says("./plain", false, "uid 65534 euid 65534 gid 65534 egid 65534 secure 0 dumpable 1\n");
    check_says("./setuid", false, "uid 65534 euid 0 gid 65534 egid 65534 secure 1 dumpable 0\n");
    check_says("./setgid", false, "uid 65534 euid 65534 gid 65534 egid 42 secure 1 dumpable 0\n");
    check_says("./locking", false, "uid 65534 euid 65534 gid 65534 egid 65534 secure 0 dumpable 1\n");
}

TEST(not_with_no_new_privileges)
{
    CHECK_EQUAL(chmod(".", 0755), 0);
    copy_self("setuid", 04755, 0);
    copy_self("setgid", 02755, 42);
    check_says("./setuid", true, "uid 65534 euid 65534 gid 65534 egid 65534 secure 0 dumpable 1\n");
    check_says("./setgid", true, "uid 65534 euid 65534 gid 65534 egid 65534 secure 0 dumpable 1\n");
}

/* Of a script the interpreter's bits count, and those of the script do not. */
/* Root gets all capabilities back by exec, but not with no new privileges: capabilities(7). */
TEST(root_gives_capabilities_up)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[2] = { { 0 } };

    for (int no_new = 0; no_new <= 1; no_new++) {
        pid_t child = check_fork();

        if (!child) {
            CHECK_EQUAL(syscall(SYS_capset, &header, none), 0);
            CHECK_EQUAL(no_new ? prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0, 0);
            execl("/bin/sh", "sh", "-c", "grep -q 'CapEff:.*[1-9a-f]' /proc/self/status", NULL);
            _exit(99);
        }
        CHECK_EQUAL(WEXITSTATUS(status_of(child)), no_new);
    }
}

TEST(not_by_a_script)
{
    CHECK_EQUAL(chmod(".", 0755), 0);
    copy_self("plain", 0755, 0);
    make_file("script", "#!/bin/sh\nexec ./plain say\n", 27);
    CHECK_EQUAL(chmod("script", 04755), 0);
    check_says("./script", false, "uid 65534 euid 65534 gid 65534 egid 65534 secure 0 dumpable 1\n");
}

/* A program that changed the user does not get the signal that was asked for at its parent's end. */
TEST(what_was_asked_before_is_forgotten)
{
    copy_self("setuid", 04755, 0);
    IN_CHILD {
        int sig = 0;

        CHECK_EQUAL(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), 0);
        CHECK_EQUAL(prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0), 0);
        CHECK_EQUAL(prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0), 0);
        CHECK_EQUAL(sig, SIGUSR1);
        CHECK_EQUAL(setuid(NOBODY), 0);
        CHECK_EQUAL(prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0), 0);
        CHECK_EQUAL(sig, 0);
    }
}
