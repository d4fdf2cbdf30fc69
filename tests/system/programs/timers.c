/* timer_create and its family; settimeofday. */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOWHERE ((void *)0x10)
#define MS 1000000L

/* Linux's numbers, not the C library's handles. */
static int create(clockid_t clock, struct sigevent *event)
{
    int id = -1;

    CHECK_EQUAL(syscall(SYS_timer_create, clock, event, &id), 0);
    return id;
}

static int create_signal(clockid_t clock, int sig)
{
    return create(clock, &(struct sigevent){ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig, .sigev_value.sival_int = 77 });
}

static long set(int id, int flags, long first_ns, long interval_ns)
{
    struct itimerspec spec = { { interval_ns / 1000000000, interval_ns % 1000000000 },
                               { first_ns / 1000000000, first_ns % 1000000000 } };

    return syscall(SYS_timer_settime, id, flags, &spec, NULL);
}

static void block(int sig, sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, sig);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, set, NULL), 0);
}

TEST(it_fires_once_with_its_value)
{
    int id = create_signal(CLOCK_MONOTONIC, SIGRTMIN);
    struct itimerspec state;
    siginfo_t info;
    sigset_t wanted;

    block(SIGRTMIN, &wanted);
    CHECK_EQUAL(set(id, 0, MS, 0), 0);
    CHECK_EQUAL(sigwaitinfo(&wanted, &info), SIGRTMIN);
    CHECK_EQUAL(info.si_code, SI_TIMER);
    CHECK_EQUAL(info.si_timerid, id);
    CHECK_EQUAL(info.si_overrun, 0);
    CHECK_EQUAL(info.si_value.sival_int, 77);
    CHECK_EQUAL(syscall(SYS_timer_gettime, id, &state), 0);
    CHECK(!state.it_value.tv_sec && !state.it_value.tv_nsec);
    CHECK_ERROR(sigtimedwait(&wanted, NULL, &(struct timespec){ 0, 5 * MS }), EAGAIN);
}

TEST(what_expires_while_it_is_pending_is_counted)
{
    int id = create_signal(CLOCK_MONOTONIC, SIGRTMIN);
    siginfo_t info;
    sigset_t wanted;

    block(SIGRTMIN, &wanted);
    CHECK_EQUAL(set(id, 0, MS, MS), 0);
    sleep_ms(50);
    CHECK_EQUAL(sigwaitinfo(&wanted, &info), SIGRTMIN);
    CHECK(info.si_overrun >= 40);
    CHECK_EQUAL(syscall(SYS_timer_getoverrun, id), info.si_overrun);
    for (int i = 0; i < 5; i++)
        CHECK_EQUAL(sigwaitinfo(&wanted, &info), SIGRTMIN);
    CHECK_EQUAL(syscall(SYS_timer_delete, id), 0);
    CHECK_ERROR(syscall(SYS_timer_delete, id), EINVAL);
}

/* As short an interval as can be said does not keep the system from anything else. */
TEST(the_shortest_interval)
{
    int id = create_signal(CLOCK_MONOTONIC, SIGRTMIN);
    sigset_t wanted;
    siginfo_t info;

    block(SIGRTMIN, &wanted);
    CHECK_EQUAL(set(id, 0, 1, 1), 0);
    sleep_ms(20);
    CHECK_EQUAL(sigwaitinfo(&wanted, &info), SIGRTMIN);
    CHECK(info.si_overrun > 1000000);
}

static volatile sig_atomic_t count;

static void count_up(int sig)
{
    (void)sig;
    count++;
}

TEST(a_handler_is_called_each_time)
{
    int id = create(CLOCK_REALTIME, NULL); /* SIGALRM */

    signal(SIGALRM, count_up);
    CHECK_EQUAL(set(id, 0, MS, MS), 0);
    while (count < 10)
        pause();
}

/* Signals that are ignored stop no timer. */
TEST(it_goes_on_after_it_was_ignored)
{
    int id = create_signal(CLOCK_MONOTONIC, SIGUSR1);

    signal(SIGUSR1, SIG_IGN);
    CHECK_EQUAL(set(id, 0, MS, MS), 0);
    sleep_ms(30);
    signal(SIGUSR1, count_up);
    while (count < 3)
        pause();
}

TEST(an_instant_of_a_clock)
{
    static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI };
    sigset_t wanted;

    block(SIGRTMIN, &wanted);
    for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        int id = create_signal(clocks[i], SIGRTMIN);
        struct timespec now, later;

        CHECK_EQUAL(clock_gettime(clocks[i], &now), 0);
        CHECK_EQUAL(set(id, TIMER_ABSTIME, now.tv_sec * 1000000000 + now.tv_nsec + 10 * MS, 0), 0);
        CHECK_EQUAL(sigwaitinfo(&wanted, NULL), SIGRTMIN);
        CHECK_EQUAL(clock_gettime(clocks[i], &later), 0);
        CHECK((later.tv_sec - now.tv_sec) * 1000000000 + later.tv_nsec - now.tv_nsec >= 10 * MS);
        CHECK_EQUAL(set(id, TIMER_ABSTIME, 1, 0), 0); /* long ago */
        CHECK_EQUAL(sigwaitinfo(&wanted, NULL), SIGRTMIN);
    }
}

TEST(processor_time_is_counted)
{
    static const clockid_t clocks[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };

    signal(SIGUSR1, count_up);
    for (int i = 0; i < 2; i++) {
        int id = create_signal(clocks[i], SIGUSR1);

        count = 0;
        CHECK_EQUAL(set(id, 0, 30 * MS, 0), 0);
        sleep_ms(60);
        CHECK_EQUAL(count, 0);
        while (!count)
            ;
    }
}

static void *wait_here(void *tid)
{
    sigset_t wanted;
    siginfo_t info;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGRTMIN);
    *(volatile pid_t *)tid = gettid();
    CHECK_EQUAL(sigwaitinfo(&wanted, &info), SIGRTMIN);
    return NULL;
}

TEST(to_one_thread)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN };
    volatile pid_t tid = 0;
    pthread_t thread;
    sigset_t wanted;
    int id;

    block(SIGRTMIN, &wanted);
    CHECK_EQUAL(pthread_create(&thread, NULL, wait_here, (void *)&tid), 0);
    while (!tid)
        sleep_ms(1);
    event._sigev_un._tid = tid;
    id = create(CLOCK_MONOTONIC, &event);
    CHECK_EQUAL(set(id, 0, MS, 0), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    CHECK_EQUAL(sigpending(&wanted), 0);
    CHECK(!sigismember(&wanted, SIGRTMIN));
    event._sigev_un._tid = getppid();
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL); /* it is another process's */
}

static int called;

static void call(union sigval value)
{
    __atomic_add_fetch((int *)value.sival_ptr, 1, __ATOMIC_SEQ_CST);
}

/* The C library's own: a thread for each expiration. */
TEST(as_the_c_library_has_it)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = call, .sigev_value.sival_ptr = &called };
    struct itimerspec spec = { { 0, MS }, { 0, MS } };
    timer_t timer;

    CHECK_EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    CHECK_EQUAL(timer_settime(timer, 0, &spec, NULL), 0);
    while (__atomic_load_n(&called, __ATOMIC_SEQ_CST) < 3)
        sleep_ms(1);
    CHECK_EQUAL(timer_delete(timer), 0);
}

TEST(without_a_signal)
{
    int id = create(CLOCK_MONOTONIC, &(struct sigevent){ .sigev_notify = SIGEV_NONE });
    struct itimerspec state;

    CHECK_EQUAL(set(id, 0, MS, 1000000 * MS), 0);
    sleep_ms(5);
    CHECK_EQUAL(syscall(SYS_timer_gettime, id, &state), 0);
    CHECK_EQUAL(state.it_interval.tv_sec, 1000);
    CHECK(state.it_value.tv_sec >= 900);
    CHECK_EQUAL(set(id, 0, 1, 0), 0);
    sleep_ms(5);
    CHECK_EQUAL(syscall(SYS_timer_gettime, id, &state), 0);
    CHECK(!state.it_value.tv_sec && !state.it_value.tv_nsec);
}

TEST(a_descriptor_reads_it)
{
    int id = create_signal(CLOCK_MONOTONIC, SIGRTMIN), fd;
    struct signalfd_siginfo info;
    sigset_t wanted;

    block(SIGRTMIN, &wanted);
    fd = signalfd(-1, &wanted, 0);
    CHECK_EQUAL(set(id, 0, MS, 0), 0);
    CHECK_EQUAL(read(fd, &info, sizeof info), sizeof info);
    CHECK_EQUAL(info.ssi_tid, id);
    CHECK_EQUAL(info.ssi_int, 77);
}

TEST(neither_children_nor_programs_inherit_them)
{
    int id = create_signal(CLOCK_MONOTONIC, SIGUSR1);

    CHECK_EQUAL(set(id, 0, 100000 * MS, 0), 0);
    IN_CHILD
    {
        CHECK_ERROR(syscall(SYS_timer_gettime, id, NOWHERE), EINVAL);
    }
    if (fork() == 0) {
        id = create_signal(CLOCK_MONOTONIC, SIGKILL);
        CHECK_EQUAL(set(id, 0, 20 * MS, 0), 0);
        execl("/bin/sh", "sh", "-c", "sleep 0.2", NULL);
        _exit(1);
    }
    int status;
    CHECK(wait(&status) > 0);
    CHECK_EQUAL(status, 0);
}

TEST(timers_refused)
{
    struct itimerspec bad = { { 0, 0 }, { 0, 1000000000 } };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
    int id;

    CHECK_ERROR(syscall(SYS_timer_create, 99, NULL, &id), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id), EOPNOTSUPP);
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    event.sigev_signo = 0;
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    event = (struct sigevent){ .sigev_notify = 99, .sigev_signo = SIGUSR1 };
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, NOWHERE, &id), EFAULT);
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, NOWHERE), EFAULT);
    id = create(CLOCK_MONOTONIC, NULL);
    CHECK_ERROR(syscall(SYS_timer_settime, id, 0, &bad, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_settime, id, 0, NOWHERE, NULL), EFAULT);
    CHECK_ERROR(syscall(SYS_timer_gettime, id, NOWHERE), EFAULT);
    CHECK_ERROR(syscall(SYS_timer_settime, id + 1, 0, &(struct itimerspec){ 0 }, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_timer_getoverrun, id + 1), EINVAL);
    CHECK_EQUAL(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){ 0, 0 }), 0);
    CHECK_ERROR(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id), EAGAIN);
}

TEST(time_of_day)
{
    struct timeval now, bad = { 0, 1000000 };

    CHECK_ERROR(syscall(SYS_settimeofday, &bad, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_settimeofday, NOWHERE, NULL), EFAULT);
    CHECK_EQUAL(gettimeofday(&now, NULL), 0);
    now.tv_sec += 1000;
    CHECK_EQUAL(settimeofday(&now, NULL), 0);
    CHECK(time(NULL) >= now.tv_sec);
    now.tv_sec -= 1000;
    CHECK_EQUAL(settimeofday(&now, NULL), 0);
    IN_CHILD
    {
        CHECK_EQUAL(setresuid(4321, 4321, 4321), 0);
        CHECK_ERROR(settimeofday(&now, NULL), EPERM);
    }
}
