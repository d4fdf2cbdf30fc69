/* Thousands of threads in one process, and of processes, that live at the same time. */
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 4000 };

/* Linux allows as many threads as it thinks good for the memory that there is, until it is told otherwise. */
static void allow_many(void)
{
    int fd = open("/proc/sys/kernel/threads-max", O_WRONLY);

    if (fd >= 0)
        CHECK_EQUAL(write(fd, "20000", 5), 5);
    close(fd);
}

static pthread_barrier_t all_there;

static void *meet(void *sum)
{
    pthread_barrier_wait(&all_there);
    __atomic_fetch_add((long *)sum, 1, __ATOMIC_RELAXED);
    return NULL;
}

TEST(four_thousand_threads)
{
    static pthread_t threads[MANY];
    pthread_attr_t small;
    long sum = 0;

    allow_many();
    CHECK_EQUAL(pthread_barrier_init(&all_there, NULL, MANY + 1), 0);
    CHECK_EQUAL(pthread_attr_init(&small), 0);
    CHECK_EQUAL(pthread_attr_setstacksize(&small, 16384), 0);
    for (int i = 0; i < MANY; i++)
        CHECK_EQUAL(pthread_create(&threads[i], &small, meet, &sum), 0);
    pthread_barrier_wait(&all_there);
    for (int i = 0; i < MANY; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    CHECK_EQUAL(sum, MANY);
}

TEST(four_thousand_processes)
{
    static pid_t children[MANY];
    int ends[2];
    char byte;

    allow_many();
    CHECK_EQUAL(pipe(ends), 0);
    for (int i = 0; i < MANY; i++) {
        children[i] = fork();
        CHECK(children[i] >= 0);
        if (children[i] == 0) {
            close(ends[1]);
            _exit(read(ends[0], &byte, 1) ? 1 : i & 127); /* until the parent lets go */
        }
    }
    close(ends[1]);
    for (int i = 0; i < MANY; i++)
        CHECK_EQUAL(WEXITSTATUS(status_of(children[i])), i & 127);
    CHECK_ERROR(wait(NULL), ECHILD);
}
