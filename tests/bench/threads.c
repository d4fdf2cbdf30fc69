/* Threads and futexes. */
#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 2000

static atomic_int turn;

static void wait_until(int mine)
{
    int now;

    while ((now = atomic_load(&turn)) != mine)
        syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
}

static void pass_to(int other)
{
    atomic_store(&turn, other);
    syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *partner(void *unused)
{
    for (int i = 0; i <= ROUNDS; i++) {
        wait_until(1);
        pass_to(0);
    }
    return unused;
}

GROUP(futex)
{
    pthread_t thread;

    bench_need(pthread_create(&thread, NULL, partner, NULL) == 0, "futex_roundtrip", "-");
    MEASURE("futex_roundtrip", "-", ROUNDS, {
        pass_to(1);
        wait_until(0);
    });
    pthread_join(thread, NULL);
}

static void *nothing(void *unused)
{
    return unused;
}

static void create_and_join(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
        exit(2);
}

GROUP(threads)
{
    pthread_t thread;

    bench_need(pthread_create(&thread, NULL, nothing, NULL) == 0, "thread_create_join", "-");
    pthread_join(thread, NULL);
    MEASURE("thread_create_join", "-", 200, create_and_join());
}
