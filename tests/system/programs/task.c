/* /proc/PID/task: a directory for each thread, with what is the thread's own. */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 5 };

static pthread_t threads[THREADS];
static pid_t tids[THREADS];
static pthread_barrier_t begun, over;

static void *body(void *number)
{
    long i = (long)number;
    sigset_t set;

    tids[i] = (pid_t)syscall(SYS_gettid);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1 + (int)i);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_barrier_wait(&begun);
    pthread_barrier_wait(&over);
    return NULL;
}

static void begin(void)
{
    pthread_barrier_init(&begun, NULL, THREADS + 1);
    pthread_barrier_init(&over, NULL, THREADS + 1);
    for (long i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, body, (void *)i), 0);
    pthread_barrier_wait(&begun);
}

static void end(void)
{
    pthread_barrier_wait(&over);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* Entries that are numbers. */
static int count(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int n = 0;

    CHECK(dir != NULL);
    while ((entry = readdir(dir)))
        n += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
    closedir(dir);
    return n;
}

static const char *task_path(pid_t pid, pid_t tid, const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
    return path;
}

static char *read_text(const char *path)
{
    static char text[4096];
    int fd = open(path, O_RDONLY);
    ssize_t got;

    CHECK(fd >= 0);
    got = read(fd, text, sizeof(text) - 1);
    CHECK(got >= 0);
    text[got] = 0;
    close(fd);
    return text;
}

/* The number behind `Name:` in a status, in this base. */
static unsigned long field(const char *status, const char *name, int base)
{
    const char *line = strstr(status, name);

    CHECK(line != NULL);
    return strtoul(line + strlen(name), NULL, base);
}

TEST(each_thread_has_a_directory)
{
    begin();
    CHECK_EQUAL(count("/proc/self/task"), THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(access(task_path(getpid(), tids[i], "status"), R_OK), 0);
    CHECK_EQUAL(access(task_path(getpid(), getpid(), "status"), R_OK), 0);
    CHECK_ERROR(access(task_path(getpid(), 1, "status"), R_OK), ENOENT);
    CHECK_ERROR(access(task_path(1, tids[0], "status"), R_OK), ENOENT);
    CHECK_ERROR(access("/proc/self/task/none", R_OK), ENOENT);
    end();
}

TEST(threads_come_and_go)
{
    int dir = open("/proc/self/task", O_RDONLY | O_DIRECTORY), status;
    char name[32];

    CHECK(dir >= 0);
    CHECK_EQUAL(count("/proc/self/task"), 1);
    begin();
    snprintf(name, sizeof(name), "%d/status", tids[2]);
    status = openat(dir, name, O_RDONLY);
    CHECK(status >= 0);
    end();
    while (count("/proc/self/task") > 1) /* who has been joined may still be on its way out */
        sleep_ms(5);
    CHECK_ERROR(openat(dir, name, O_RDONLY), ENOENT);
    CHECK_ERROR(read(status, name, sizeof(name)), ESRCH);
}

TEST(what_is_its_own)
{
    const char *text;
    char wanted[32];

    begin();
    CHECK_EQUAL(pthread_setname_np(threads[1], "second"), 0); /* writes its comm */
    text = read_text(task_path(getpid(), tids[1], "status"));
    CHECK_EQUAL(strncmp(text, "Name:\tsecond\n", 13), 0);
    CHECK_EQUAL(field(text, "\nTgid:", 10), getpid());
    CHECK_EQUAL(field(text, "\nPid:", 10), tids[1]);
    CHECK_EQUAL(field(text, "\nThreads:", 10), THREADS + 1);
    CHECK_EQUAL(field(text, "\nSigBlk:", 16), 1UL << (SIGRTMIN + 1));
    text = read_text(task_path(getpid(), tids[3], "status"));
    CHECK_EQUAL(field(text, "\nSigBlk:", 16), 1UL << (SIGRTMIN + 3));
    CHECK_EQUAL(strcmp(read_text(task_path(getpid(), tids[1], "comm")), "second\n"), 0);
    snprintf(wanted, sizeof(wanted), "%d (second) ", tids[1]);
    CHECK_EQUAL(strncmp(read_text(task_path(getpid(), tids[1], "stat")), wanted, strlen(wanted)), 0);
    CHECK(strcmp(read_text("/proc/self/comm"), "second\n"));
    CHECK(strlen(read_text(task_path(getpid(), tids[1], "maps"))) > 0); /* what all share is there, too */
    CHECK_ERROR(access(task_path(getpid(), tids[1], "task"), F_OK), ENOENT);
    end();
}

TEST(names_are_written_by_the_process_itself)
{
    pid_t other = fork_sleeper();
    int fd = open("/proc/self/comm", O_WRONLY);

    CHECK_EQUAL(write(fd, "a name that is too long", 23), 23);
    CHECK_EQUAL(strcmp(read_text("/proc/self/comm"), "a name that is \n"), 0);
    close(fd);
    fd = open(task_path(other, other, "comm"), O_WRONLY);
    CHECK(fd >= 0);
    CHECK_ERROR(write(fd, "x", 1), EINVAL);
    kill(other, SIGKILL);
    status_of(other);
}

TEST(of_another_process)
{
    pid_t child = check_fork();

    if (!child) {
        begin();
        for (;;)
            pause();
    }
    while (access(task_path(child, child, "status"), R_OK) || count(task_path(child, child, "../")) < THREADS + 1)
        sleep_ms(5);
    CHECK_EQUAL(count(task_path(child, child, "..")), THREADS + 1);
    kill(child, SIGKILL);
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGKILL);
}

static void *waits(void *barrier)
{
    pthread_barrier_wait(barrier);
    return NULL;
}

TEST(many_threads_are_listed)
{
    enum { MANY = 500 };
    static pthread_t many[MANY];
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 16384);
    CHECK_EQUAL(pthread_barrier_init(&over, NULL, MANY + 1), 0);
    for (int i = 0; i < MANY; i++)
        CHECK_EQUAL(pthread_create(&many[i], &attributes, waits, &over), 0);
    CHECK_EQUAL(count("/proc/self/task"), MANY + 1);
    pthread_barrier_wait(&over);
    for (int i = 0; i < MANY; i++)
        pthread_join(many[i], NULL);
}
