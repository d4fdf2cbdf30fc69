/* The choice of how fork copies memory: which level speaks, what is refused, text and back. */
#include "servers/proc/strategy.h"
#include "servers/protocol/linux.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct fork_choice nothing;

static void each_level_leaves_it_to_the_next(void **state)
{
    struct fork_choice process = { 0 }, call = { 0 };

    assert_int_equal(policy_of(&process, &call).granularity, TINE_CLONE_AUTO);
    assert_int_equal(choice_set(&system_choice, TINE_FORK_STRATEGY, TINE_FORK_TREE), 0);
    assert_int_equal(policy_of(&process, &call).granularity, TINE_CLONE_TREE);
    assert_int_equal(choice_set(&process, TINE_FORK_STRATEGY, TINE_FORK_AUTO), 0); /* is something, not nothing */
    assert_int_equal(policy_of(&process, &call).granularity, TINE_CLONE_AUTO);
    assert_int_equal(choice_set(&call, TINE_FORK_STRATEGY, TINE_FORK_FRAMES), 0);
    assert_int_equal(policy_of(&process, &call).granularity, TINE_CLONE_FRAMES);
    assert_int_equal(policy_of(&process, &call).prefault, 0); /* there is nothing left to do in advance */
    assert_int_equal(choice_set(&call, TINE_FORK_STRATEGY, TINE_FORK_NODES), 0);
    assert_true(policy_of(&process, &call).prefault > 0);
    assert_int_equal(choice_set(&call, TINE_FORK_PREFAULT, 0), 0);
    assert_int_equal(policy_of(&process, &call).prefault, 0);
    assert_int_equal(choice_get(NULL, TINE_FORK_STRATEGY), TINE_FORK_TREE);
    assert_int_equal(choice_set(&process, TINE_FORK_STRATEGY, TINE_FORK_DEFAULT), 0);
    assert_int_equal(choice_get(&process, TINE_FORK_STRATEGY), TINE_FORK_TREE);
    assert_int_equal(choice_set(&system_choice, TINE_FORK_STRATEGY, TINE_FORK_DEFAULT), 0);
    assert_int_equal(choice_get(NULL, TINE_FORK_STRATEGY), TINE_FORK_AUTO);
}

static void a_strategy_is_its_granularity(void **state)
{
    static const enum tine_granularity wanted[TINE_FORK_STRATEGIES] = {
        [TINE_FORK_AUTO] = TINE_CLONE_AUTO,       [TINE_FORK_FRAMES] = TINE_CLONE_FRAMES,
        [TINE_FORK_ENTRIES] = TINE_CLONE_ENTRIES, [TINE_FORK_NODES] = TINE_CLONE_NODES,
        [TINE_FORK_TREE] = TINE_CLONE_TREE,
    };

    for (long strategy = 0; strategy < TINE_FORK_STRATEGIES; strategy++) {
        struct fork_choice process = { 0 };

        assert_int_equal(choice_set(&process, TINE_FORK_STRATEGY, strategy), 0);
        assert_int_equal(policy_of(&process, &nothing).granularity, wanted[strategy]);
    }
}

static void every_value_has_its_text(void **state)
{
    for (unsigned setting = 0; setting < TINE_FORK_SETTINGS; setting++)
        for (long value = TINE_FORK_DEFAULT; value < 600; value++) {
            struct fork_choice choice = { 0 };
            char text[CHOICE_TEXT];
            size_t bytes;
            long back;

            if (choice_set(&choice, setting, value))
                continue;
            bytes = choice_print(&choice, setting, text);
            assert_true(bytes > 1 && bytes < CHOICE_TEXT);
            assert_int_equal(choice_read(setting, text, bytes, &back), 0);
            assert_int_equal(back, value);
            assert_int_equal(choice_read(setting, text, bytes - 1, &back), 0);
            assert_int_equal(back, value);
            assert_int_equal(choice_read(setting, text, bytes - 2, &back) == 0 && back == value, 0);
        }
}

static void bounds_are_kept(void **state)
{
    struct fork_choice choice = { 0 };

    assert_int_equal(choice_set(&choice, TINE_FORK_STRATEGY, TINE_FORK_STRATEGIES), -EINVAL);
    assert_int_equal(choice_set(&choice, TINE_FORK_PREFAULT, TINE_FORK_PREFAULT_MOST + 1), -EINVAL);
    assert_int_equal(choice_set(&choice, TINE_FORK_BATCH, 0), -EINVAL);
    assert_int_equal(choice_set(&choice, TINE_FORK_BATCH, TINE_FORK_BATCH_MOST + 1), -EINVAL);
    assert_int_equal(choice_set(&choice, TINE_FORK_SETTINGS, 0), -EINVAL);
    assert_int_equal(choice_set(&choice, 1UL << 40, 0), -EINVAL);
    assert_int_equal(choice_set(&choice, TINE_FORK_BATCH, -2), -EINVAL);
    assert_memory_equal(&choice, &nothing, sizeof(choice));
}

static void bits_of_a_call(void **state)
{
    uint64_t low = 0x1234567890ab, flags = low;
    struct fork_choice call;

    assert_int_equal(choice_of_call(&flags, &call), 0);
    assert_int_equal(flags, low);
    assert_memory_equal(&call, &nothing, sizeof(call));

    flags = low | TINE_CLONE_BY(TINE_FORK_TREE) | TINE_CLONE_PREFAULT(TINE_FORK_PREFAULT_MOST);
    assert_int_equal(choice_of_call(&flags, &call), 0);
    assert_int_equal(flags, low);
    assert_int_equal(choice_get(&call, TINE_FORK_STRATEGY), TINE_FORK_TREE);
    assert_int_equal(choice_get(&call, TINE_FORK_PREFAULT), TINE_FORK_PREFAULT_MOST);

    flags = low | TINE_CLONE_BY(TINE_FORK_STRATEGIES);
    assert_int_equal(choice_of_call(&flags, &call), -EINVAL);
    flags = low | TINE_CLONE_PREFAULT(TINE_FORK_PREFAULT_MOST + 1);
    assert_int_equal(choice_of_call(&flags, &call), -EINVAL);
    flags = ~0UL;
    assert_int_equal(choice_of_call(&flags, &call), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_level_leaves_it_to_the_next),
        cmocka_unit_test(a_strategy_is_its_granularity),
        cmocka_unit_test(every_value_has_its_text),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(bits_of_a_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
