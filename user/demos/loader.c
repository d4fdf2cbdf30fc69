/*
 * A data loader: threads prepare what the program takes from a queue. A child of fork has the queue and the lock, but
 * none of the threads; it takes what was ready and then waits for more that nobody prepares. docs/seams/locks.md
 */
#include "demo.h"
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { WORKERS = 3, ROOM = 4 };

extern char **environ;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ready; /* items in the queue, ROOM at most */
} queue = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

/* ---- the loader -------------------------------------------------------------------------------------------------- */

static void *prepare(void *unused)
{
    pthread_mutex_lock(&queue.lock);
    for (;;) {
        while (queue.ready == ROOM)
            pthread_cond_wait(&queue.changed, &queue.lock);
        queue.ready++;
        pthread_cond_broadcast(&queue.changed);
    }
    return unused;
}

static void start_workers(void)
{
    pthread_t thread;

    for (int i = 0; i < WORKERS; i++) {
        if (pthread_create(&thread, NULL, prepare, NULL))
            errx(1, "no thread");
        pthread_detach(thread);
    }
}

/* Takes an item; false if there is none within half a second. A real one would wait on. */
static bool take(void)
{
    struct timespec until;
    bool taken;
    int late = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 500000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&queue.lock);
    while (!queue.ready && !late)
        late = pthread_cond_timedwait(&queue.changed, &queue.lock, &until);
    taken = queue.ready > 0;
    if (taken) {
        queue.ready--;
        pthread_cond_broadcast(&queue.changed);
    }
    pthread_mutex_unlock(&queue.lock);
    return taken;
}

static int take_many(int wanted)
{
    int taken = 0;

    while (taken < wanted && take())
        taken++;
    return taken;
}

static void wait_until_full(void)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.ready < ROOM)
        pthread_cond_wait(&queue.changed, &queue.lock);
    pthread_mutex_unlock(&queue.lock);
}

/* ---- who uses it ------------------------------------------------------------------------------------------------- */

static void say(const char *who, int taken)
{
    printf("%s: %d of 10 items%s\n", who, taken, taken < 10 ? ", then waits for threads that it does not have" : "");
    fflush(stdout);
}

static pid_t fork_taking(void)
{
    pid_t child = need(fork());

    if (!child)
        _exit(take_many(10));
    return child;
}

/* ---- the cure by handlers: the lock is free at the fork, and the child makes its threads anew ------------------ */

static void before(void)
{
    pthread_mutex_lock(&queue.lock);
}

static void after(void)
{
    pthread_mutex_unlock(&queue.lock);
}

static void after_in_child(void)
{
    /* The condition remembers waiters that are not here. */
    queue.changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    pthread_mutex_unlock(&queue.lock);
    start_workers();
}

int main(int count, char **arguments)
{
    char self[] = "/proc/self/exe", *again[] = { self, "child", NULL };
    pid_t child;

    (void)arguments;
    start_workers();
    if (count > 1)
        return take_many(10);
    say("parent", take_many(10));
    wait_until_full();
    say("child by fork", finish(fork_taking()));
    pthread_atfork(before, after, after_in_child);
    say("child by fork with pthread_atfork", finish(fork_taking()));
    errno = posix_spawn(&child, self, NULL, NULL, again, environ);
    if (errno)
        err(1, "posix_spawn");
    say("child by posix_spawn", finish(child));
    return 0;
}
