/* Texts that grow: what is printed is there in order, however long, and columns line up. */
#include "servers/proc/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void prints_in_order(void **state)
{
    struct text text = { 0 };

    for (int i = 0; i < 20000; i++)
        text_print(&text, "%d ", i);
    assert_false(text.failed);
    for (size_t at = 0, i = 0; at < text.len; i++) {
        char *end;

        assert_int_equal(strtol(text.bytes + at, &end, 10), i);
        at = (size_t)(end - text.bytes) + 1;
    }
    text_clear(&text);
    assert_int_equal(text.len, 0);
    free(text.bytes);
}

static void prints_what_is_long(void **state)
{
    struct text text = { 0 };
    char *lines = malloc(100001);

    memset(lines, 'x', 100000);
    lines[100000] = 0;
    for (int n = 120; n < 140; n++)
        text_print(&text, "%.*s|", n, lines);
    text_print(&text, "%s|", lines);
    for (int n = 120, at = 0; n < 140; at += n++ + 1)
        assert_int_equal(text.bytes[at + n], '|');
    assert_int_equal(text.len, 20 * 120 + 190 + 20 + 100001);
    free(lines);
    free(text.bytes);
}

static void pads_to_a_column(void **state)
{
    struct text text = { 0 };
    size_t line;

    text_print(&text, "first\n");
    line = text.len;
    text_print(&text, "ab");
    text_pad(&text, line, 6);
    text_print(&text, "c");
    text_pad(&text, line, 6);
    text_print(&text, "d");
    assert_int_equal(text.len, 15);
    assert_memory_equal(text.bytes, "first\nab    c d", 15);
    free(text.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_in_order),
        cmocka_unit_test(prints_what_is_long),
        cmocka_unit_test(pads_to_a_column),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
