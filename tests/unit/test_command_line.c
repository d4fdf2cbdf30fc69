/* servers/proc/command_line.c: what of the kernel's command line goes to init. */
#include "servers/proc/command_line.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct command_line c;

static void nothing(void **state)
{
    command_line_parse(&c, "");
    assert_null(c.init);
    assert_null(c.rdinit);
    assert_int_equal(c.argc + c.envc, 0);
}

static void known_words_stay(void **state)
{
    command_line_parse(&c, "console=ttyS0,115200 quiet root=/dev/vda ro printk.time=1 usbcore.autosuspend");
    assert_int_equal(c.argc + c.envc, 0);
    assert_false(c.fixed_addresses);
    command_line_parse(&c, "quiet norandmaps");
    assert_int_equal(c.argc + c.envc, 0);
    assert_true(c.fixed_addresses);
}

static void unknown_words_go_on(void **state)
{
    command_line_parse(&c, "single COLOUR=blue  quiet\tEMPTY=");
    assert_int_equal(c.argc, 1);
    assert_string_equal(c.argv[0], "single");
    assert_int_equal(c.envc, 2);
    assert_string_equal(c.envp[0], "COLOUR=blue");
    assert_string_equal(c.envp[1], "EMPTY=");
}

static void programs(void **state)
{
    command_line_parse(&c, "early init=/bin/a rdinit=/bin/b late");
    assert_string_equal(c.init, "/bin/a");
    assert_string_equal(c.rdinit, "/bin/b");
    assert_int_equal(c.argc, 1);
    assert_string_equal(c.argv[0], "late");
}

static void all_behind_the_dashes(void **state)
{
    command_line_parse(&c, "quiet -- quiet init=/x a=b");
    assert_null(c.init);
    assert_int_equal(c.argc, 3);
    assert_string_equal(c.argv[0], "quiet");
    assert_string_equal(c.argv[1], "init=/x");
    assert_string_equal(c.argv[2], "a=b");
}

static void quotes(void **state)
{
    command_line_parse(&c, "GREETING=\"hello world\" \"one word\" open=\"to the end");
    assert_int_equal(c.envc, 2);
    assert_string_equal(c.envp[0], "GREETING=hello world");
    assert_string_equal(c.envp[1], "open=to the end");
    assert_string_equal(c.argv[0], "one word");
}

static void too_much(void **state)
{
    static char line[3 * COMMAND_LINE_BYTES];

    for (size_t i = 0; i + 8 < sizeof(line); i += 4)
        memcpy(line + i, "w x ", 4);
    command_line_parse(&c, line);
    assert_int_equal(c.argc, COMMAND_LINE_WORDS);
    memset(line, 'y', sizeof(line) - 1);
    command_line_parse(&c, line);
    assert_int_equal(c.argc, 1);
    assert_int_equal(strlen(c.argv[0]), COMMAND_LINE_BYTES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),    cmocka_unit_test(known_words_stay),      cmocka_unit_test(unknown_words_go_on),
        cmocka_unit_test(programs),   cmocka_unit_test(all_behind_the_dashes), cmocka_unit_test(quotes),
        cmocka_unit_test(too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
