/*
 * fork copies all of memory and one thread. A lock that another thread holds at that moment is held in the child for ever:
 * memory says that it is taken, and who would give it back is not there. Here it is the lock of an allocator, as in each
 * library that has one. docs/seams/locks.md
 */
#include "demo.h"
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <time.h>

extern char **environ;

/* ---- an allocator, as a library has it --------------------------------------------------------------------------- */

static pthread_mutex_t arena = PTHREAD_MUTEX_INITIALIZER;
static char room[4096];
static size_t used;

/* NULL if the lock does not come within a fifth of a second; a real one would wait on. */
static void *allocate(size_t bytes)
{
    struct timespec until;
    void *memory;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 200000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (pthread_mutex_timedlock(&arena, &until))
        return NULL;
    memory = room + used;
    used += bytes;
    pthread_mutex_unlock(&arena);
    return memory;
}

/* ---- a thread that is just allocating ---------------------------------------------------------------------------- */

static sem_t inside, leave;

static void *busy(void *unused)
{
    pthread_mutex_lock(&arena);
    sem_post(&inside);
    sem_wait(&leave);
    pthread_mutex_unlock(&arena);
    return unused;
}

/* The same moment each time: the other thread is between lock and unlock. */
static pthread_t begin(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, busy, NULL))
        errx(1, "no thread");
    sem_wait(&inside);
    return thread;
}

static void end(pthread_t thread)
{
    sem_post(&leave);
    pthread_join(thread, NULL);
}

/* ---- the deadlock, and two ways out ------------------------------------------------------------------------------ */

static void say(const char *how, int status)
{
    printf("%s: the child %s\n", how, status ? "waits for a thread that it does not have" : "allocates");
    fflush(stdout);
}

static pid_t fork_allocating(void)
{
    pid_t child = need(fork());

    if (!child)
        _exit(allocate(16) ? 0 : 1);
    return child;
}

static void fork_in_the_middle(void)
{
    pthread_t thread = begin();

    say("fork while another thread allocates", finish(fork_allocating()));
    end(thread);
}

static void lock_arena(void)
{
    pthread_mutex_lock(&arena);
}

static void unlock_arena(void)
{
    pthread_mutex_unlock(&arena);
}

/* fork begins by taking the lock, so that its own thread is who holds it, and both processes give it back. */
static void fork_with_handlers(void)
{
    pthread_t thread = begin();

    pthread_atfork(lock_arena, unlock_arena, unlock_arena);
    sem_post(&leave); /* fork waits until it has */
    say("fork with pthread_atfork", finish(fork_allocating()));
    pthread_join(thread, NULL);
}

/* Another program: nothing of this memory is in it. */
static void spawn_in_the_middle(char *self)
{
    char *arguments[] = { self, "child", NULL };
    pthread_t thread = begin();
    pid_t child;

    errno = posix_spawn(&child, self, NULL, NULL, arguments, environ);
    if (errno)
        err(1, "posix_spawn");
    say("posix_spawn while another thread allocates", finish(child));
    end(thread);
}

int main(int count, char **arguments)
{
    (void)arguments;
    if (count > 1)
        return allocate(16) ? 0 : 1;
    sem_init(&inside, 0, 0);
    sem_init(&leave, 0, 0);
    fork_in_the_middle();
    fork_with_handlers();
    spawn_in_the_middle("/proc/self/exe");
    return 0;
}
