/* epoll, eventfd and timerfd: what is ready when, and how often it is said. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int epoll_new(void)
{
    int ep = epoll_create1(EPOLL_CLOEXEC);

    CHECK(ep >= 0);
    return ep;
}

static int control(int ep, int op, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u64 = 0x123400000000UL + (unsigned)fd };

    return epoll_ctl(ep, op, fd, &event);
}

/* Events of the one descriptor that is ready now; 0 if none is. */
static uint32_t ready_now(int ep)
{
    struct epoll_event events[4];
    int n = epoll_wait(ep, events, 4, 0);

    CHECK(n == 0 || n == 1);
    return n ? events[0].events : 0;
}

static void put(int fd, const char *text)
{
    CHECK_EQUAL(write(fd, text, strlen(text)), (long)strlen(text));
}

static void take(int fd, size_t n)
{
    char bytes[64];

    CHECK_EQUAL(read(fd, bytes, n), (long)n);
}

TEST(level_triggered_as_long_as_it_lasts)
{
    int ep = epoll_new(), fds[2];
    struct epoll_event event;

    CHECK_EQUAL(pipe(fds), 0);
    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN), 0);
    CHECK_EQUAL(ready_now(ep), 0);
    put(fds[1], "ab");
    CHECK_EQUAL(epoll_wait(ep, &event, 1, -1), 1);
    CHECK_EQUAL(event.events, EPOLLIN);
    CHECK_EQUAL(event.data.u64, 0x123400000000UL + (unsigned)fds[0]);
    CHECK_EQUAL(ready_now(ep), EPOLLIN);
    take(fds[0], 1);
    CHECK_EQUAL(ready_now(ep), EPOLLIN);
    take(fds[0], 1);
    CHECK_EQUAL(ready_now(ep), 0);
    close(fds[1]);
    CHECK_EQUAL(ready_now(ep), EPOLLHUP);
}

TEST(edge_triggered_once_a_change)
{
    int ep = epoll_new(), fds[2];

    CHECK_EQUAL(pipe(fds), 0);
    put(fds[1], "a");
    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN | EPOLLET), 0);
    CHECK_EQUAL(ready_now(ep), EPOLLIN);
    CHECK_EQUAL(ready_now(ep), 0);
    put(fds[1], "b");
    CHECK_EQUAL(ready_now(ep), EPOLLIN);
    CHECK_EQUAL(ready_now(ep), 0);
    /* Asking again is an edge, too. */
    CHECK_EQUAL(control(ep, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLET), 0);
    CHECK_EQUAL(ready_now(ep), EPOLLIN);
    take(fds[0], 2);
    put(fds[1], "c");
    take(fds[0], 1);
    CHECK_EQUAL(ready_now(ep), 0);
}

TEST(oneshot_until_armed_again)
{
    int ep = epoll_new(), fd = eventfd(1, 0);

    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT), 0);
    CHECK_EQUAL(ready_now(ep), EPOLLIN);
    CHECK_EQUAL(ready_now(ep), 0);
    CHECK_EQUAL(eventfd_write(fd, 1), 0);
    CHECK_EQUAL(ready_now(ep), 0);
    CHECK_EQUAL(control(ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT | EPOLLONESHOT), 0);
    CHECK_EQUAL(ready_now(ep), EPOLLIN | EPOLLOUT);
    CHECK_EQUAL(ready_now(ep), 0);
}

TEST(items_are_open_files_with_descriptors)
{
    int ep = epoll_new(), fd = eventfd(1, 0), copy = dup(fd);
    struct epoll_event events[4];

    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fd, EPOLLIN), 0);
    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, fd, EPOLLIN), EEXIST);
    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, copy, EPOLLIN), 0);
    CHECK_EQUAL(epoll_wait(ep, events, 4, 0), 2);
    CHECK_EQUAL(epoll_wait(ep, events, 1, 0), 1);
    CHECK_EQUAL(control(ep, EPOLL_CTL_DEL, fd, 0), 0);
    CHECK_ERROR(control(ep, EPOLL_CTL_DEL, fd, 0), ENOENT);
    CHECK_ERROR(control(ep, EPOLL_CTL_MOD, fd, 0), ENOENT);
    CHECK_EQUAL(epoll_wait(ep, events, 4, 0), 1);
    CHECK_EQUAL(events[0].data.u64, 0x123400000000UL + (unsigned)copy);
    /* The item of a closed descriptor lives on with the open file. */
    close(copy);
    CHECK_EQUAL(epoll_wait(ep, events, 4, 0), 1);
    close(fd);
    CHECK_EQUAL(epoll_wait(ep, events, 4, 0), 0);
}

TEST(who_waits_is_woken)
{
    int ep = epoll_new(), fds[2];
    struct epoll_event event;
    pid_t child;

    CHECK_EQUAL(pipe(fds), 0);
    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN), 0);
    child = check_fork();
    if (!child) {
        sleep_ms(50);
        put(fds[1], "x");
        _exit(0);
    }
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 10000), 1);
    CHECK_EQUAL(event.events, EPOLLIN);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(a_reader_and_an_epoll_on_one_pipe)
{
    int ep = epoll_new(), fds[2];
    pid_t child;

    CHECK_EQUAL(pipe(fds), 0);
    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN), 0);
    child = check_fork();
    if (!child) {
        take(fds[0], 3);
        _exit(0);
    }
    sleep_ms(50);
    put(fds[1], "abc");
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(ready_now(ep), 0);
}

TEST(waits_end_in_time_and_by_signals)
{
    int ep = epoll_new();
    struct epoll_event event;
    struct timespec short_time = { 0, 20000000 };
    sigset_t none;
    long begin = now_ms();

    CHECK_EQUAL(epoll_wait(ep, &event, 1, 30), 0);
    CHECK(now_ms() - begin >= 30);
    CHECK_EQUAL(epoll_pwait2(ep, &event, 1, &short_time, NULL), 0);
    CHECK_ERROR(epoll_wait(ep, &event, 0, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_epoll_pwait, ep, &event, -1, 0, NULL, 8), EINVAL);
    CHECK_ERROR(epoll_wait(-1, &event, 1, 0), EBADF);
    CHECK_ERROR(epoll_wait(0, &event, 1, 0), EINVAL);
    sigemptyset(&none);
    CHECK_EQUAL(epoll_pwait(ep, &event, 1, 10, &none), 0);
    CHECK_EQUAL(epoll_pwait2(ep, &event, 1, &short_time, &none), 0);
}

static volatile int handled;

static void handle(int sig)
{
    handled = sig;
}

TEST(pwait_lets_a_blocked_signal_in)
{
    int ep = epoll_new();
    struct epoll_event event;
    struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
    sigset_t blocked, before, after;

    sigaction(SIGUSR1, &action, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    raise(SIGUSR1);
    CHECK_EQUAL(handled, 0);
    CHECK_ERROR(epoll_pwait(ep, &event, 1, 10000, &before), EINTR);
    CHECK_EQUAL(handled, SIGUSR1);
    sigprocmask(SIG_SETMASK, NULL, &after);
    CHECK(sigismember(&after, SIGUSR1));
}

TEST(what_cannot_be_watched)
{
    int ep = epoll_new(), file = open("/tmp/plain", O_RDWR | O_CREAT, 0600), dir = open("/tmp", O_RDONLY);
    int null = open("/dev/null", O_RDWR);

    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, file, EPOLLIN), EPERM);
    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, dir, EPOLLIN), EPERM);
    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, null, EPOLLIN), EPERM);
    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, ep, EPOLLIN), EINVAL);
    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, 99, EPOLLIN), EBADF);
    CHECK_ERROR(control(99, EPOLL_CTL_ADD, 0, EPOLLIN), EBADF);
    CHECK_ERROR(control(ep, 99, eventfd(0, 0), EPOLLIN), EINVAL);
    CHECK_ERROR(epoll_create1(1), EINVAL);
    unlink("/tmp/plain");
}

TEST(exclusive_has_its_rules)
{
    int ep = epoll_new(), fd = eventfd(1, 0), inner = epoll_new();

    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
    CHECK_ERROR(control(ep, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE), 0);
    CHECK_ERROR(control(ep, EPOLL_CTL_MOD, fd, EPOLLIN), EINVAL);
    CHECK_EQUAL(ready_now(ep), EPOLLIN);
}

TEST(epolls_in_epolls)
{
    int ep[8], fd = eventfd(0, 0);
    struct pollfd poll_one;

    for (int i = 0; i < 8; i++)
        ep[i] = epoll_new();
    CHECK_EQUAL(control(ep[0], EPOLL_CTL_ADD, fd, EPOLLIN), 0);
    for (int i = 1; i < 5; i++)
        CHECK_EQUAL(control(ep[i], EPOLL_CTL_ADD, ep[i - 1], EPOLLIN), 0);
    CHECK_ERROR(control(ep[5], EPOLL_CTL_ADD, ep[4], EPOLLIN), ELOOP);
    CHECK_ERROR(control(ep[0], EPOLL_CTL_ADD, ep[2], EPOLLIN), ELOOP);
    CHECK_EQUAL(ready_now(ep[4]), 0);
    eventfd_write(fd, 1);
    CHECK_EQUAL(ready_now(ep[4]), EPOLLIN);
    poll_one = (struct pollfd){ .fd = ep[2], .events = POLLIN | POLLOUT };
    CHECK_EQUAL(poll(&poll_one, 1, 0), 1);
    CHECK_EQUAL(poll_one.revents, POLLIN);
    eventfd_t value;
    eventfd_read(fd, &value);
    CHECK_EQUAL(ready_now(ep[4]), 0);
    close(ep[1]);
    eventfd_write(fd, 1);
    CHECK_EQUAL(ready_now(ep[4]), 0);
    CHECK_EQUAL(ready_now(ep[0]), EPOLLIN);
}

TEST(many_items)
{
    int ep = epoll_new(), fds[200];
    struct epoll_event events[200];

    for (int i = 0; i < 200; i++) {
        fds[i] = eventfd(i % 2, EFD_NONBLOCK);
        CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fds[i], EPOLLIN), 0);
    }
    CHECK_EQUAL(epoll_wait(ep, events, 200, 0), 100);
    for (int i = 1; i < 200; i += 2)
        close(fds[i]);
    CHECK_EQUAL(epoll_wait(ep, events, 200, 0), 0);
}

TEST(eventfd_counts)
{
    int fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC), semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    eventfd_t value;
    char few[4];
    struct stat st;

    CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQUAL(eventfd_write(fd, 4), 0);
    CHECK_EQUAL(eventfd_read(fd, &value), 0);
    CHECK_EQUAL(value, 7);
    CHECK_ERROR(eventfd_read(fd, &value), EAGAIN);
    CHECK_EQUAL(eventfd_write(fd, ~1UL), 0);
    CHECK_ERROR(eventfd_write(fd, 1), EAGAIN);
    CHECK_ERROR(eventfd_write(fd, ~0UL), EINVAL);
    CHECK_ERROR(read(fd, few, 4), EINVAL);
    CHECK_EQUAL(eventfd_read(semaphore, &value), 0);
    CHECK_EQUAL(value, 1);
    CHECK_EQUAL(eventfd_read(semaphore, &value), 0);
    CHECK_ERROR(eventfd_read(semaphore, &value), EAGAIN);
    CHECK_EQUAL(lseek(fd, 5, SEEK_CUR), 0);
    CHECK_EQUAL(fstat(fd, &st), 0);
    CHECK_EQUAL(st.st_mode & S_IFMT, 0);
    CHECK_ERROR(eventfd(0, 4), EINVAL);
}

TEST(eventfd_waits_both_ways)
{
    int fd = eventfd(0, 0);
    eventfd_t value;
    pid_t child = check_fork();

    if (!child) {
        sleep_ms(30);
        CHECK_EQUAL(eventfd_write(fd, ~1UL), 0);
        CHECK_EQUAL(eventfd_write(fd, 5), 0);
        _exit(0);
    }
    CHECK_EQUAL(eventfd_read(fd, &value), 0);
    CHECK_EQUAL(value, ~1UL);
    CHECK_EQUAL(eventfd_read(fd, &value), 0);
    CHECK_EQUAL(value, 5);
    CHECK_EQUAL(status_of(child), 0);
}

static struct itimerspec in_ms(long first, long interval)
{
    return (struct itimerspec){ .it_value = { first / 1000, first % 1000 * 1000000 },
                                .it_interval = { interval / 1000, interval % 1000 * 1000000 } };
}

TEST(timerfd_once_and_again)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), ep = epoll_new();
    struct itimerspec set = in_ms(20, 0), got;
    struct epoll_event event;
    uint64_t count;

    CHECK_EQUAL(timerfd_gettime(fd, &got), 0);
    CHECK_EQUAL(got.it_value.tv_sec + got.it_value.tv_nsec, 0);
    CHECK_ERROR(read(fd, &count, sizeof(count)), EAGAIN);
    CHECK_EQUAL(control(ep, EPOLL_CTL_ADD, fd, EPOLLIN), 0);
    CHECK_EQUAL(timerfd_settime(fd, 0, &set, NULL), 0);
    CHECK_EQUAL(timerfd_gettime(fd, &got), 0);
    CHECK(got.it_value.tv_nsec > 0 && got.it_value.tv_nsec <= 20000000);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, -1), 1);
    CHECK_EQUAL(read(fd, &count, sizeof(count)), 8);
    CHECK_EQUAL(count, 1);
    CHECK_ERROR(read(fd, &count, sizeof(count)), EAGAIN);
    CHECK_EQUAL(ready_now(ep), 0);

    set = in_ms(10, 10);
    CHECK_EQUAL(timerfd_settime(fd, 0, &set, &got), 0);
    sleep_ms(55);
    CHECK_EQUAL(read(fd, &count, sizeof(count)), 8);
    CHECK(count >= 5);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, -1), 1);
    CHECK_EQUAL(timerfd_gettime(fd, &got), 0);
    CHECK_EQUAL(got.it_interval.tv_nsec, 10000000);
    set = in_ms(0, 10);
    CHECK_EQUAL(timerfd_settime(fd, 0, &set, NULL), 0);
    CHECK_EQUAL(ready_now(ep), 0);
    CHECK_EQUAL(timerfd_settime(fd, 0, &set, &got), 0);
    CHECK_EQUAL(got.it_value.tv_sec + got.it_value.tv_nsec, 0);
    CHECK_EQUAL(got.it_interval.tv_nsec, 10000000);
}

TEST(timerfd_until_an_instant)
{
    int clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME };

    for (unsigned i = 0; i < 3; i++) {
        int fd = timerfd_create(clocks[i], 0);
        struct itimerspec set = { 0 };
        struct timespec after;
        uint64_t count;

        clock_gettime(clocks[i], &set.it_value);
        set.it_value.tv_nsec += 30000000;
        if (set.it_value.tv_nsec >= 1000000000) {
            set.it_value.tv_nsec -= 1000000000;
            set.it_value.tv_sec++;
        }
        CHECK_EQUAL(timerfd_settime(fd, TFD_TIMER_ABSTIME, &set, NULL), 0);
        CHECK_EQUAL(read(fd, &count, sizeof(count)), 8);
        CHECK_EQUAL(count, 1);
        clock_gettime(clocks[i], &after);
        CHECK(after.tv_sec > set.it_value.tv_sec ||
              (after.tv_sec == set.it_value.tv_sec && after.tv_nsec >= set.it_value.tv_nsec));
        /* What has passed is due at once. */
        set.it_value = (struct timespec){ 1, 0 };
        CHECK_EQUAL(timerfd_settime(fd, TFD_TIMER_ABSTIME, &set, NULL), 0);
        CHECK_EQUAL(read(fd, &count, sizeof(count)), 8);
        close(fd);
    }
}

TEST(timerfd_refuses)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec set = { .it_value = { 0, 1000000000 } };
    uint64_t count;

    CHECK_ERROR(timerfd_create(99, 0), EINVAL);
    CHECK_ERROR(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    CHECK_ERROR(timerfd_settime(fd, 0, &set, NULL), EINVAL);
    set = in_ms(1, 0);
    CHECK_ERROR(timerfd_settime(fd, 8, &set, NULL), EINVAL);
    CHECK_ERROR(timerfd_settime(0, 0, &set, NULL), EINVAL);
    CHECK_ERROR(timerfd_settime(99, 0, &set, NULL), EBADF);
    CHECK_ERROR(read(fd, &count, 4), EINVAL);
    CHECK_ERROR(write(fd, &count, 8), EINVAL);
}
