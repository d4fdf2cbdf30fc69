/* Threads and futexes: creation and joining, waiting, waking, moving, timeouts, sharing between processes, robust
 * locks. */
#include "check.h"

#include <sched.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long futex(volatile uint32_t *word, int op, uint32_t value, const void *timeout, volatile uint32_t *word2,
                  uint32_t value3)
{
    return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

static uint32_t *shared_words(void)
{
    uint32_t *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    CHECK(words != MAP_FAILED);
    return words;
}

static void *add_one(void *counter)
{
    for (int i = 0; i < 1000; i++)
        __atomic_add_fetch((int *)counter, 1, __ATOMIC_RELAXED);
    return counter;
}

TEST(create_and_join)
{
    pthread_t threads[20];
    int counter = 0;

    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, add_one, &counter), 0);
    for (int i = 0; i < 20; i++) {
        void *result;

        CHECK_EQUAL(pthread_join(threads[i], &result), 0);
        CHECK(result == &counter);
    }
    CHECK_EQUAL(counter, 20000);
}

TEST(many_threads_one_after_the_other)
{
    int counter = 0;

    for (int i = 0; i < 200; i++) {
        pthread_t thread;

        CHECK_EQUAL(pthread_create(&thread, NULL, add_one, &counter), 0);
        pthread_join(thread, NULL);
    }
    CHECK_EQUAL(counter, 200000);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *argument)
{
    int me = (int)(intptr_t)argument;

    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 3 != me)
            pthread_cond_wait(&condition, &mutex);
        turn++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

TEST(three_threads_take_turns)
{
    pthread_t threads[3];

    for (intptr_t i = 0; i < 3; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, take_turns, (void *)i), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQUAL(turn, 600);
}

static void *tell_ids(void *argument)
{
    pid_t *ids = argument;

    ids[0] = getpid();
    ids[1] = (pid_t)syscall(SYS_gettid);
    return NULL;
}

TEST(ids_of_a_thread)
{
    pid_t ids[2];
    pthread_t thread;

    pthread_create(&thread, NULL, tell_ids, ids);
    pthread_join(thread, NULL);
    CHECK_EQUAL(ids[0], getpid());
    CHECK(ids[1] != getpid());
}

static void *exit_the_process(void *unused)
{
    (void)unused;
    exit(7);
}

static void *sleep_long(void *unused)
{
    while (sleep(100) == 0)
        ;
    return unused;
}

TEST(exit_in_a_thread_ends_all)
{
    pid_t child = check_fork();

    if (child == 0) {
        pthread_t thread;

        pthread_create(&thread, NULL, sleep_long, NULL);
        pthread_create(&thread, NULL, exit_the_process, NULL);
        for (;;)
            sleep_long(NULL);
    }
    CHECK_EQUAL(status_of(child), 7 << 8);
}

TEST(main_thread_may_leave_first)
{
    pid_t child = check_fork();

    if (child == 0) {
        pthread_t thread;

        pthread_create(&thread, NULL, exit_the_process, NULL);
        pthread_exit(NULL);
    }
    CHECK_EQUAL(status_of(child), 7 << 8);
}

TEST(fork_in_a_thread_copies_that_thread_alone)
{
    pthread_t thread;

    pthread_create(&thread, NULL, sleep_long, NULL);
    IN_CHILD
    {
        CHECK_EQUAL(syscall(SYS_gettid), getpid());
    }
}

static volatile sig_atomic_t handled_by;

static void note_thread(int sig)
{
    (void)sig;
    handled_by = (sig_atomic_t)syscall(SYS_gettid);
}

static volatile pid_t sleeper;

static void *sleep_until_signal(void *unused)
{
    sigset_t all;

    (void)unused;
    sigemptyset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    sleeper = (pid_t)syscall(SYS_gettid);
    while (!handled_by)
        usleep(1000);
    return NULL;
}

TEST(signal_goes_to_a_thread_that_lets_it_in)
{
    pthread_t thread;
    sigset_t set;

    signal(SIGUSR1, note_thread);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&thread, NULL, sleep_until_signal, NULL);
    while (!sleeper)
        usleep(1000);
    kill(getpid(), SIGUSR1);
    pthread_join(thread, NULL);
    CHECK_EQUAL(handled_by, sleeper);
}

static volatile pid_t taken_by;

static void note_taker(int sig)
{
    (void)sig;
    taken_by = gettid();
}

/* pthread_create blocks all signals for a while: not before it has returned. */
static void *kill_process(void *created)
{
    while (!*(volatile bool *)created)
        usleep(1000);
    kill(getpid(), SIGUSR1);
    return created;
}

/* As Linux has it, and programs rely on it: the sender and a younger thread would do as well. */
TEST(signal_to_a_process_goes_to_its_first_thread)
{
    pthread_t thread;

    signal(SIGUSR1, note_taker);
    for (int i = 0; i < 20; i++) {
        volatile bool created = false;

        taken_by = 0;
        CHECK_EQUAL(pthread_create(&thread, NULL, kill_process, (void *)&created), 0);
        created = true;
        while (!taken_by)
            usleep(1000);
        CHECK_EQUAL(taken_by, getpid());
        pthread_join(thread, NULL);
    }
}

TEST(signal_to_a_thread_reaches_it)
{
    pthread_t thread;

    signal(SIGUSR1, note_thread);
    pthread_create(&thread, NULL, sleep_until_signal, NULL);
    while (!sleeper)
        usleep(1000);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    CHECK_EQUAL(handled_by, sleeper);
}

/* ---- futexes
 * ------------------------------------------------------------------------------------------------------------- */

TEST(wait_refuses_another_value)
{
    uint32_t word = 5;

    CHECK_ERROR(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN);
    CHECK_ERROR(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 5, NULL, NULL, 0), EINVAL);
    CHECK_ERROR(futex((uint32_t *)64, FUTEX_WAIT, 5, NULL, NULL, 0), EFAULT);
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0), EINVAL);
    CHECK_ERROR(futex(&word, 77, 5, NULL, NULL, 0), ENOSYS);
    CHECK_EQUAL(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

TEST(wait_times_out)
{
    uint32_t word = 0;
    struct timespec time = { 0, 30000000 };
    long start = now_ms();

    CHECK_ERROR(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT);
    CHECK(now_ms() - start >= 29);
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_sec -= 1;
    CHECK_ERROR(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &time, NULL, ~0U), ETIMEDOUT);
    time.tv_nsec = -1;
    CHECK_ERROR(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0), EINVAL);
}

/* Forks a child that waits on the word and then ends with what the wait gave. */
static pid_t waiting_child(volatile uint32_t *word, uint32_t bitset)
{
    pid_t child = check_fork();

    if (child == 0)
        _exit(futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, bitset) == 0 ? 0 : errno);
    return child;
}

TEST(shared_word_wakes_another_process)
{
    uint32_t *words = shared_words();
    pid_t one = waiting_child(words, ~0U), two = waiting_child(words, ~0U);

    sleep_ms(50);
    CHECK_EQUAL(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    CHECK_EQUAL(futex(words, FUTEX_WAKE, 9, NULL, NULL, 0), 1);
    CHECK_EQUAL(status_of(one), 0);
    CHECK_EQUAL(status_of(two), 0);
}

TEST(private_words_of_two_processes_differ)
{
    static volatile uint32_t word;
    pid_t child = waiting_child(&word, ~0U);

    sleep_ms(30);
    CHECK_EQUAL(futex(&word, FUTEX_WAKE, 9, NULL, NULL, 0), 0);
    kill(child, SIGKILL);
    status_of(child);
}

TEST(bitset_chooses)
{
    uint32_t *words = shared_words();
    pid_t one = waiting_child(words, 1), two = waiting_child(words, 2);

    sleep_ms(50);
    CHECK_EQUAL(futex(words, FUTEX_WAKE_BITSET, 9, NULL, NULL, 4), 0);
    CHECK_EQUAL(futex(words, FUTEX_WAKE_BITSET, 9, NULL, NULL, 2), 1);
    CHECK_EQUAL(status_of(two), 0);
    CHECK_EQUAL(futex(words, FUTEX_WAKE_BITSET, 9, NULL, NULL, 3), 1);
    CHECK_EQUAL(status_of(one), 0);
    CHECK_ERROR(futex(words, FUTEX_WAKE_BITSET, 9, NULL, NULL, 0), EINVAL);
}

TEST(requeue_moves_waiters)
{
    uint32_t *words = shared_words();
    pid_t children[3];

    for (int i = 0; i < 3; i++)
        children[i] = waiting_child(words, ~0U);
    sleep_ms(50);
    CHECK_ERROR(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)9, words + 1, 77), EAGAIN);
    CHECK_EQUAL(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)9, words + 1, 0), 3);
    CHECK_EQUAL(futex(words, FUTEX_WAKE, 9, NULL, NULL, 0), 0);
    CHECK_EQUAL(futex(words + 1, FUTEX_WAKE, 9, NULL, NULL, 0), 2);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(status_of(children[i]), 0);
}

TEST(wake_op_changes_and_wakes)
{
    uint32_t *words = shared_words();
    pid_t one = waiting_child(words, ~0U), two = waiting_child(words + 1, ~0U);

    sleep_ms(50);
    CHECK_EQUAL(futex(words, FUTEX_WAKE_OP, 1, (void *)1, words + 1, FUTEX_OP(FUTEX_OP_ADD, 6, FUTEX_OP_CMP_EQ, 0)), 2);
    CHECK_EQUAL(words[1], 6);
    CHECK_EQUAL(futex(words, FUTEX_WAKE_OP, 1, (void *)1, words + 1, FUTEX_OP(FUTEX_OP_ANDN, 2, FUTEX_OP_CMP_GT, 100)),
                0);
    CHECK_EQUAL(words[1], 4);
    CHECK_EQUAL(status_of(one), 0);
    CHECK_EQUAL(status_of(two), 0);
}

TEST(a_signal_ends_the_wait)
{
    static volatile uint32_t word;

    struct sigaction action = { .sa_handler = note_thread };

    sigaction(SIGALRM, &action, NULL);
    alarm(1);
    CHECK_ERROR(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EINTR);
    CHECK_EQUAL(handled_by, getpid());
}

TEST(a_killed_waiter_leaves_the_queue)
{
    uint32_t *words = shared_words();
    pid_t one = waiting_child(words, ~0U), two = waiting_child(words, ~0U);

    sleep_ms(50);
    kill(one, SIGKILL);
    status_of(one);
    CHECK_EQUAL(futex(words, FUTEX_WAKE, 9, NULL, NULL, 0), 1);
    CHECK_EQUAL(status_of(two), 0);
}

TEST(robust_mutex_survives_its_owner)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)shared_words();
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    CHECK_EQUAL(pthread_mutex_init(lock, &attributes), 0);
    pid_t child = check_fork();
    if (child == 0) {
        pthread_mutex_lock(lock);
        sleep_ms(80);
        _exit(0);
    }
    sleep_ms(40);
    CHECK_EQUAL(pthread_mutex_lock(lock), EOWNERDEAD);
    CHECK_EQUAL(pthread_mutex_consistent(lock), 0);
    CHECK_EQUAL(pthread_mutex_unlock(lock), 0);
    CHECK_EQUAL(status_of(child), 0);
}

/* Two that take turns, each giving way until it is its turn: seldom more than a few times. If nobody gave way, each turn would
 * last until the other's time slice is over, some thousand calls. Both on one CPU: on two nobody needs to give way. */
TEST(yield_lets_the_other_run)
{
    cpu_set_t here;
    struct {
        volatile int turn;
        volatile long yields;
    } *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    CHECK_EQUAL(sched_setaffinity(0, sizeof here, &here), 0);
    pid_t child = check_fork();
    for (int i = 0; i < 200; i++) {
        while (shared->turn % 2 != (child == 0)) {
            __atomic_add_fetch(&shared->yields, 1, __ATOMIC_RELAXED);
            CHECK_EQUAL(sched_yield(), 0);
        }
        shared->turn++;
    }
    if (child == 0)
        _exit(0);
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(shared->turn, 400);
    CHECK(shared->yields < 400 * 50);
}

#define WANDERERS 6
#define STATIONS  60

/* From CPU to CPU, with floating-point registers and pages that must come along; now and then a child is made on the way. */
static void *wander(void *index)
{
    int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
    int *pages = mmap(NULL, STATIONS * 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile double halves = 0;

    for (int i = 0; i < STATIONS; i++) {
        int cpu = (int)((long)index + i) % cpus;
        cpu_set_t there;

        CPU_ZERO(&there);
        CPU_SET(cpu, &there);
        CHECK_EQUAL(sched_setaffinity(0, sizeof there, &there), 0);
        CHECK_EQUAL(sched_getcpu(), cpu);
        pages[1024 * i] = i;
        halves += 0.5;
        if (i % 10 == (long)index) {
            pid_t child = fork();

            if (child == 0)
                _exit(pages[1024 * i] == i && halves == 0.5 * (i + 1) ? cpu : 99);
            CHECK_EQUAL(status_of(child), cpu << 8);
        }
    }
    for (int i = 0; i < STATIONS; i++)
        CHECK_EQUAL(pages[1024 * i], i);
    CHECK(halves == 0.5 * STATIONS);
    munmap(pages, STATIONS * 4096L);
    return NULL;
}

TEST(threads_wander_and_fork)
{
    pthread_t threads[WANDERERS];

    for (long i = 0; i < WANDERERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, wander, (void *)i), 0);
    for (int i = 0; i < WANDERERS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
}
