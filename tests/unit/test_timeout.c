/* libc/timeout.c against a clock and a kernel timer that the test moves; libc/ticks.c against exact arithmetic. */
#include "libc/server.h"
#include "libc/timeout.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t now, armed_at, arm_count;

uint64_t tine_time(void)
{
    return now;
}

err_t tine_timer_create(cap_t pool, cap_t slot, cap_t notification, uint64_t bits)
{
    return 0;
}

err_t tine_timer_arm(cap_t timer, uint64_t when)
{
    armed_at = when;
    arm_count++;
    return 0;
}

cap_t cap_take(void)
{
    return 33;
}

void cap_give(cap_t slot)
{
}

#define MANY 200

static struct timeout timeouts[MANY];
static uint64_t fired_at[MANY];
static unsigned fired;

static void expired(struct timeout *t)
{
    assert_false(timeout_armed(t));
    fired_at[t - timeouts] = now;
    fired++;
}

/* Time passes until `end`; the kernel timer fires when it is armed to. */
static void pass(uint64_t end)
{
    while (armed_at && armed_at <= end) {
        now = armed_at > now ? armed_at : now;
        armed_at = 0;
        timeouts_run();
    }
    now = end;
}

static int setup(void **state)
{
    assert_int_equal(timeouts_start(4, 6, 1, 10000000), 0);
    memset(timeouts, 0, sizeof(timeouts));
    memset(fired_at, 0, sizeof(fired_at));
    now = 1000;
    fired = 0;
    pass(1000);
    arm_count = 0;
    return 0;
}

static void each_at_its_time(void **state)
{
    for (unsigned i = 0; i < MANY; i++)
        timeout_add(&timeouts[i], 2000 + (i * 37) % MANY, expired);
    pass(5000);
    assert_int_equal(fired, MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(fired_at[i], 2000 + (i * 37) % MANY);
}

static void removed_ones_never(void **state)
{
    for (unsigned i = 0; i < MANY; i++)
        timeout_add(&timeouts[i], 2000 + i, expired);
    for (unsigned i = 0; i < MANY; i += 2)
        timeout_remove(&timeouts[i]);
    timeout_remove(&timeouts[0]);
    pass(5000);
    assert_int_equal(fired, MANY / 2);
    assert_int_equal(fired_at[0], 0);
}

static void moved_ones_once(void **state)
{
    timeout_add(&timeouts[0], 2000, expired);
    timeout_add(&timeouts[0], 3000, expired);
    pass(2500);
    assert_int_equal(fired, 0);
    pass(5000);
    assert_int_equal(fired, 1);
    assert_int_equal(fired_at[0], 3000);
}

static void past_ones_at_once(void **state)
{
    timeout_add(&timeouts[0], 0, expired);
    timeout_add(&timeouts[1], 999, expired);
    pass(1000);
    assert_int_equal(fired, 2);
}

static void few_kernel_operations(void **state)
{
    timeout_add(&timeouts[0], 2000, expired);
    for (int i = 0; i < 1000; i++) {
        timeout_add(&timeouts[1], 3000 + i, expired);
        timeout_remove(&timeouts[1]);
    }
    assert_int_equal(arm_count, 1);
    pass(2000);
    assert_int_equal(arm_count, 1);
}

static void again(struct timeout *t)
{
    expired(t);
    if (fired < 5)
        timeout_add(t, now + 10, again);
}

static void added_from_within(void **state)
{
    timeout_add(&timeouts[0], 2000, again);
    pass(5000);
    assert_int_equal(fired, 5);
    assert_int_equal(fired_at[0], 2040);
}

static void random_against_model(void **state)
{
    uint64_t due[MANY] = { 0 };

    srand(1);
    for (int round = 0; round < 20000; round++) {
        unsigned i = (unsigned)rand() % MANY;

        if (rand() % 3)
            timeout_add(&timeouts[i], due[i] = now + 1 + (unsigned)rand() % 500, expired);
        else
            timeout_remove(&timeouts[i]), due[i] = 0;
        memset(fired_at, 0, sizeof(fired_at));
        pass(now + (unsigned)rand() % 20);
        for (unsigned j = 0; j < MANY; j++) {
            bool should = due[j] && due[j] <= now;

            assert_int_equal(fired_at[j], should ? due[j] : 0);
            due[j] = should ? 0 : due[j];
            assert_int_equal(timeout_armed(&timeouts[j]), due[j] != 0);
        }
    }
}

static void units(void **state)
{
    const uint64_t rates[] = { 10000000, 4000000, 1000000, 24000000, 32768, 1000000000, 3000000000 };

    srand(2);
    for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
        ticks_rate(rates[r]);
        assert_int_equal(ticks_from_ns(0), 0);
        assert_int_equal(ns_from_ticks(0), 0);
        for (int i = 0; i < 10000; i++) {
            uint64_t x = ((uint64_t)rand() << 31 ^ (uint64_t)rand()) >> rand() % 60;
            unsigned __int128 up = ((unsigned __int128)x * rates[r] + 999999999) / 1000000000;
            unsigned __int128 down = (unsigned __int128)x * 1000000000 / rates[r];
            bool exact = 1000000000 % rates[r] == 0 && x < 1UL << 57;

            assert_true((uint64_t)up - ticks_from_ns(x) <= (exact ? 0 : 1));
            if (!(down >> 64))
                assert_true((uint64_t)down - ns_from_ticks(x) <= (exact ? 0 : 1));
        }
    }
    ticks_rate(3000000000);
    assert_int_equal(ticks_from_ns(UINT64_MAX), UINT64_MAX);
    ticks_rate(10000000);
    assert_int_equal(ns_from_ticks(UINT64_MAX), UINT64_MAX);
    assert_int_equal(ticks_from_ns(1), 1);
    assert_int_equal(ticks_from_ns(100), 1);
    assert_int_equal(ticks_from_ns(101), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_at_its_time, setup),      cmocka_unit_test_setup(removed_ones_never, setup),
        cmocka_unit_test_setup(moved_ones_once, setup),       cmocka_unit_test_setup(past_ones_at_once, setup),
        cmocka_unit_test_setup(few_kernel_operations, setup), cmocka_unit_test_setup(added_from_within, setup),
        cmocka_unit_test_setup(random_against_model, setup),  cmocka_unit_test(units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
