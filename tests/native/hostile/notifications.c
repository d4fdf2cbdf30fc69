/* Notifications and timers. */
#include "hostile.h"

static volatile uint64_t woken_with;
static volatile long woken_status;

static void waiter(unsigned long notification)
{
    uint64_t bits;

    woken_status = -1;
    woken_status = tine_wait((cap_t)notification, &bits);
    woken_with = bits;
}

static void signals(void)
{
    cap_t n = make(TINE_KIND_NOTIFICATION), wrong = other(TINE_KIND_NOTIFICATION);
    uint64_t bits;

    expect("signal: another kind", tine_signal(wrong, 1), TINE_ERR_CAP);
    expect("signal: without WRITE", tine_signal(with(n, TINE_READ), 1), TINE_ERR_RIGHTS);
    expect("wait: another kind", tine_wait(wrong, &bits), TINE_ERR_CAP);
    expect("wait: without READ", tine_wait(with(n, TINE_WRITE), &bits), TINE_ERR_RIGHTS);
    expect("poll: another kind", tine_poll(wrong, &bits), TINE_ERR_CAP);
    expect("poll: without READ", tine_poll(with(n, TINE_WRITE), &bits), TINE_ERR_RIGHTS);
    expect("poll: nothing there", tine_poll(n, &bits), TINE_ERR_AGAIN);
    tine_signal(n, 5);
    tine_signal(n, 1UL << 63);
    expect("poll: works", tine_poll(n, &bits), 0);
    expect_that("poll: the bits add up", bits == (5 | 1UL << 63));
    expect("poll: they are fetched once", tine_poll(n, &bits), TINE_ERR_AGAIN);
    spawn(waiter, n);
    tine_signal(n, 12);
    expect_that("wait: works", woken_status == 0 && woken_with == 12);
    spawn(waiter, n);
    tine_destroy(n);
    expect_that("wait: the notification is destroyed", woken_status == TINE_ERR_GONE);
}

static void binding(void)
{
    cap_t n = make(TINE_KIND_NOTIFICATION), second = make(TINE_KIND_NOTIFICATION), thread = make(TINE_KIND_THREAD);

    expect("bind: another kind", tine_bind(thread, thread), TINE_ERR_CAP);
    expect("bind: without OWN", tine_bind(with(n, TINE_READ | TINE_WRITE), thread), TINE_ERR_RIGHTS);
    expect("bind: to no thread", tine_bind(n, n), TINE_ERR_CAP);
    expect("bind: to a thread without WRITE", tine_bind(n, with(thread, TINE_READ)), TINE_ERR_RIGHTS);
    expect("bind: works", tine_bind(n, thread), 0);
    expect("bind: the thread has one", tine_bind(second, thread), TINE_ERR_STATE);
    expect("bind: to none", tine_bind(n, 0), 0);
    expect("bind: then another", tine_bind(second, thread), 0);
}

static void timers(void)
{
    cap_t n = make(TINE_KIND_NOTIFICATION), timer = slot();
    uint64_t bits = 0, then;

    tine_timer_create(pool, timer, n, 32);
    expect("timer_arm: another kind", tine_timer_arm(n, 1), TINE_ERR_CAP);
    expect("timer_arm: without WRITE", tine_timer_arm(with(timer, TINE_READ), 1), TINE_ERR_RIGHTS);
    expect("timer_arm: in the past", tine_timer_arm(timer, 1), 0);
    expect("wait: for the timer", tine_wait(n, &bits), 0);
    expect_that("timer: its bits", bits == 32);
    then = tine_time() + 1000;
    tine_timer_arm(timer, then);
    tine_wait(n, &bits);
    expect_that("timer: not before its time", tine_time() >= then);
    tine_timer_arm(timer, tine_time() + 100000000000);
    tine_timer_arm(timer, 0);
    expect("timer: disarmed", tine_poll(n, &bits), TINE_ERR_AGAIN);
    tine_timer_arm(timer, ~0UL);
    expect("destroy: an armed timer", tine_destroy(timer), 0);
}

void test_notifications(void)
{
    signals();
    binding();
    timers();
}
