/* The vDSO's arithmetic against plain division, at rates that divide a second evenly and at such that do not. */
#include "servers/proc/vdso/data.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint64_t rates[] = { 32768, 1000000, 4000000, 10000000, 24000000, 33333333, 1000000000, 3579545 };
#define RATES (sizeof(rates) / sizeof(rates[0]))

static uint64_t random_ticks(void)
{
    return ((uint64_t)random() << 31 ^ (uint64_t)random()) >> (random() % 40);
}

static void check_split(uint64_t hz, uint64_t ticks)
{
    struct vdso_data data;
    uint64_t sec, ns, exact = (uint64_t)((unsigned __int128)(ticks % hz) * VDSO_NS_PER_S / hz);

    vdso_set_rate(&data, hz);
    vdso_split(&data, ticks, &sec, &ns);
    assert_int_equal(sec, ticks / hz);
    /* The factor is rounded down: that may cost the last nanosecond. */
    assert_true(ns == exact || ns + 1 == exact);
    if (VDSO_NS_PER_S % hz == 0)
        assert_int_equal(ns, exact);
}

static void splits_like_division(void **state)
{
    for (size_t i = 0; i < RATES; i++) {
        for (uint64_t s = 0; s < 100; s++) {
            check_split(rates[i], s * rates[i]);
            check_split(rates[i], (s + 1) * rates[i] - 1);
        }
        check_split(rates[i], UINT64_MAX);
        for (int n = 0; n < 20000; n++)
            check_split(rates[i], random_ticks());
    }
}

static void never_goes_back(void **state)
{
    for (size_t i = 0; i < RATES; i++) {
        struct vdso_data data;
        uint64_t before = 0, start = random_ticks();

        vdso_set_rate(&data, rates[i]);
        for (uint64_t t = start; t < start + 50000; t++) {
            uint64_t sec, ns;

            vdso_split(&data, t, &sec, &ns);
            assert_true(ns < VDSO_NS_PER_S);
            assert_true(sec * VDSO_NS_PER_S + ns >= before);
            before = sec * VDSO_NS_PER_S + ns;
        }
    }
}

static void adds_realtime(void **state)
{
    for (int n = 0; n < 100000; n++) {
        uint64_t now = random_ticks() % (1UL << 60), offset = random_ticks() % (1UL << 62);
        uint64_t sec = now / VDSO_NS_PER_S, ns = now % VDSO_NS_PER_S;

        vdso_add_realtime(vdso_realtime(offset), &sec, &ns);
        assert_int_equal(sec, (now + offset) / VDSO_NS_PER_S);
        assert_int_equal(ns, (now + offset) % VDSO_NS_PER_S);
        assert_int_equal(vdso_us(ns), ns / 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_like_division),
        cmocka_unit_test(never_goes_back),
        cmocka_unit_test(adds_realtime),
    };

    return cmocka_run_group_tests_name("vdso", tests, NULL, NULL);
}
