/* Clocks, sleeping, and what the system says of itself. */
#include "check.h"

#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    CHECK_EQUAL(clock_gettime(clock, &now), 0);
    CHECK(now.tv_nsec >= 0 && now.tv_nsec < 1000000000);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

TEST(clock_never_goes_back)
{
    int64_t last = read_clock(CLOCK_MONOTONIC);

    for (int i = 0; i < 100000; i++) {
        int64_t now = read_clock(CLOCK_MONOTONIC);

        CHECK(now >= last);
        last = now;
    }
}

TEST(call_and_page_agree)
{
    for (int i = 0; i < 100; i++) {
        struct timespec now;
        int64_t before = read_clock(CLOCK_MONOTONIC);

        CHECK_EQUAL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now), 0);
        int64_t between = now.tv_sec * 1000000000 + now.tv_nsec, after = read_clock(CLOCK_MONOTONIC);
        CHECK(before <= between && between <= after);
    }
}

TEST(real_time_is_of_this_age)
{
    struct timeval now;

    CHECK(read_clock(CLOCK_REALTIME) / 1000000000 > 1700000000);
    CHECK_EQUAL(gettimeofday(&now, NULL), 0);
    CHECK(time(NULL) - now.tv_sec <= 1);
}

TEST(clock_errors)
{
    struct timespec now;

    CHECK_ERROR(syscall(SYS_clock_gettime, 77, &now), EINVAL);
    CHECK_ERROR(syscall(SYS_clock_gettime, CLOCK_REALTIME, (void *)16), EFAULT);
}

TEST(sleep_is_long_enough)
{
    for (long ms = 1; ms <= 64; ms *= 4) {
        int64_t start = read_clock(CLOCK_MONOTONIC);

        sleep_ms(ms);
        CHECK(read_clock(CLOCK_MONOTONIC) - start >= ms * 1000000);
    }
}

TEST(sleep_until)
{
    int64_t until = read_clock(CLOCK_MONOTONIC) + 30000000;
    struct timespec when = { until / 1000000000, until % 1000000000 };

    CHECK_EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL), 0);
    CHECK(read_clock(CLOCK_MONOTONIC) >= until);
    CHECK_EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL), 0);
}

TEST(sleep_errors)
{
    CHECK_ERROR(nanosleep(&(struct timespec){ 0, 1000000000 }, NULL), EINVAL);
    CHECK_ERROR(nanosleep(&(struct timespec){ -1, 0 }, NULL), EINVAL);
    CHECK_EQUAL(clock_nanosleep(77, 0, &(struct timespec){ 0, 1 }, NULL), EINVAL);
}

TEST(sleepers_wake_in_order)
{
    int ends[2];
    char digits[6] = "";

    CHECK_EQUAL(pipe(ends), 0);
    for (int i = 5; i >= 1; i--)
        if (check_fork() == 0) {
            sleep_ms(i * 60);
            char digit = (char)('0' + i);
            _exit(write(ends[1], &digit, 1) != 1);
        }
    for (int i = 0; i < 5; i++)
        CHECK_EQUAL(read(ends[0], digits + i, 1), 1);
    CHECK(!strcmp(digits, "12345"));
}

TEST(processor_time_is_counted)
{
    struct tms times_before, times_after;
    int64_t start = read_clock(CLOCK_MONOTONIC);

    times(&times_before);
    while (read_clock(CLOCK_MONOTONIC) - start < 300000000)
        ;
    times(&times_after);
    CHECK(times_after.tms_utime + times_after.tms_stime > times_before.tms_utime + times_before.tms_stime);
}

TEST(system_information)
{
    struct sysinfo now;
    struct utsname name;

    CHECK_EQUAL(sysinfo(&now), 0);
    CHECK(now.totalram > 0 && now.freeram <= now.totalram && now.procs >= 2 && now.mem_unit >= 1);
    CHECK_EQUAL(uname(&name), 0);
    CHECK(!strcmp(name.machine, "riscv64") && name.release[0] && name.nodename[0]);
}

TEST(random_bytes)
{
    unsigned char bytes[4096];
    unsigned bits = 0;

    CHECK_EQUAL(getrandom(bytes, sizeof bytes, 0), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        bits += (unsigned)__builtin_popcount(bytes[i]);
    CHECK(bits > 15800 && bits < 16970);
    CHECK_ERROR(getrandom(bytes, 16, 0xff), EINVAL);
}

TEST(credentials)
{
    uid_t real, effective, saved;

    IN_CHILD
    {
        CHECK_EQUAL(setresuid(100, 200, 300), 0);
        CHECK_EQUAL(getuid(), 100);
        CHECK_EQUAL(geteuid(), 200);
        CHECK_EQUAL(getresuid(&real, &effective, &saved), 0);
        CHECK(real == 100 && effective == 200 && saved == 300);
        CHECK_EQUAL(setresuid(-1, 300, -1), 0);
        CHECK_EQUAL(geteuid(), 300);
        CHECK_ERROR(setresuid(-1, 0, -1), EPERM);
        CHECK_EQUAL(setuid(100), 0);
        CHECK_EQUAL(geteuid(), 100);
    }
    CHECK_EQUAL(getuid(), 0);
}
