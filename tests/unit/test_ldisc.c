/* servers/vfs/ldisc.c: what a terminal's user types, what the program reads and what the screen shows. */
#include "servers/vfs/ldisc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ldisc ld;

static int setup(void **state)
{
    ldisc_init(&ld);
    return 0;
}

static void set(unsigned iflag, unsigned oflag, unsigned lflag)
{
    struct termios2 t = ld.termios;

    t.c_iflag = iflag;
    t.c_oflag = oflag;
    t.c_lflag = lflag;
    ldisc_set(&ld, &t);
}

static int type(const char *bytes)
{
    int sig = 0;

    for (; *bytes; bytes++) {
        int s = ldisc_input(&ld, (unsigned char)*bytes);

        sig = s ? s : sig;
    }
    return sig;
}

/* What a read of up to `size` bytes gives. */
static void reads(size_t size, const char *expected)
{
    char *to = malloc(size + 1);
    uint32_t advance;
    size_t n = ldisc_peek(&ld, to, size, &advance);

    to[n] = 0;
    ldisc_consume(&ld, advance);
    assert_string_equal(to, expected);
    free(to);
}

/* What the screen got since the last time. */
static void shows(const char *expected)
{
    size_t n = ldisc_queued(&ld);
    char *text = malloc(n + 1);

    memcpy(text, ld.output + ld.output_start, n);
    text[n] = 0;
    ldisc_sent(&ld, n);
    assert_string_equal(text, expected);
    free(text);
}

static void writes(const char *text, const char *expected)
{
    assert_int_equal(ldisc_write(&ld, text, strlen(text)), strlen(text));
    shows(expected);
}

static void a_line(void **state)
{
    type("hello");
    assert_int_equal(ldisc_ready(&ld), 0);
    type("\r");
    assert_int_equal(ldisc_ready(&ld), 6);
    shows("hello\r\n");
    reads(100, "hello\n");
    assert_int_equal(ldisc_ready(&ld), 0);
}

static void one_line_a_read(void **state)
{
    type("a\nb\n");
    reads(100, "a\n");
    reads(100, "b\n");
}

static void a_line_in_parts(void **state)
{
    type("abcdef\n");
    reads(4, "abcd");
    reads(3, "ef\n");
    assert_int_equal(ldisc_ready(&ld), 0);
}

static void end_of_file(void **state)
{
    type("\4");
    assert_int_equal(ldisc_ready(&ld), 1);
    reads(10, "");
    assert_int_equal(ldisc_ready(&ld), 0);
    type("ab\4");
    reads(10, "ab");
    /* One that lies just behind a full buffer is no end of file. */
    type("abc\4x\n");
    reads(3, "abc");
    reads(10, "x\n");
    shows("ababcx\r\n");
}

static void erasing(void **state)
{
    type("ab\177c\n");
    reads(10, "ac\n");
    shows("ab\b \bc\r\n");
    type("\177\177x\n");
    reads(10, "x\n");
    shows("x\r\n");
    type("a\1\177b\n"); /* a control character is two columns wide */
    reads(10, "ab\n");
    shows("a^A\b \b\b \bb\r\n");
}

static void erasing_never_reaches_a_finished_line(void **state)
{
    type("abc\n\177\177\025\027d\n");
    reads(10, "abc\n");
    reads(10, "d\n");
}

static void erasing_words_and_lines(void **state)
{
    type("one two, \027x\n");
    reads(20, "one x\n");
    type("scrap\025keep\n");
    reads(20, "keep\n");
}

static void erasing_without_echoke(void **state)
{
    set(ICRNL, OPOST | ONLCR, ICANON | ECHO | ECHOK | ECHOCTL);
    type("ab\177\025c\n");
    shows("ab^?^U\r\nc\r\n");
    reads(10, "c\n");
}

static void erasing_tabs(void **state)
{
    writes("$ ", "$ ");
    type("ab\t\177\n");
    shows("ab\t\b\b\b\b\r\n");
    reads(10, "ab\n");
    type("\t\t\177\177\n");
    shows("\t\t\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\r\n");
}

static void erasing_utf8(void **state)
{
    set(ICRNL | IUTF8, OPOST | ONLCR, ICANON | ECHO | ECHOE | ECHOCTL);
    type("a\303\244\177b\n");
    reads(10, "ab\n");
    shows("a\303\244\b \bb\r\n");
}

static void next_is_literal(void **state)
{
    type("\026\3\026\177\026\n\n");
    assert_int_equal(ldisc_ready(&ld), 4);
    reads(10, "\3\177\n\n");
    shows("^\b^C^\b^?^\b\r\n\r\n");
}

static void reprinting(void **state)
{
    type("abc\022");
    shows("abc^R\r\nabc");
}

static void signals(void **state)
{
    assert_int_equal(type("abc\3"), 2);
    shows("^C"); /* what was still to be shown is flushed too */
    assert_int_equal(type("x\n"), 0);
    reads(10, "x\n");
    assert_int_equal(type("\034"), 3);
    assert_int_equal(type("\032"), 20);
    set(ICRNL, OPOST | ONLCR, ICANON | ISIG | NOFLSH);
    assert_int_equal(type("ab\3c\n"), 2);
    reads(10, "abc\n");
    set(ICRNL, OPOST | ONLCR, ICANON);
    assert_int_equal(type("\3\n"), 0);
    reads(10, "\3\n");
}

static void disabled_characters(void **state)
{
    struct termios2 t = ld.termios;

    memset(t.c_cc, 0, sizeof(t.c_cc));
    ldisc_set(&ld, &t);
    assert_int_equal(ldisc_input(&ld, 0), 0);
    assert_int_equal(type("\3\177\4\n"), 0);
    assert_int_equal(ldisc_ready(&ld), 5);
}

static void flow(void **state)
{
    type("\023");
    assert_true(ld.stopped);
    type("a");
    assert_true(ld.stopped);
    type("\021");
    assert_false(ld.stopped);
    set(IXON | IXANY | ICRNL, OPOST | ONLCR, ICANON);
    type("\023b");
    assert_false(ld.stopped);
    type("\n");
    reads(10, "ab\n");
}

static void carriage_returns(void **state)
{
    set(IGNCR, OPOST, ICANON);
    type("a\rb\n");
    reads(10, "ab\n");
    set(INLCR, OPOST, 0);
    type("a\n");
    reads(10, "a\r");
}

static void raw(void **state)
{
    set(0, 0, 0);
    type("\3\177\r\nx");
    assert_int_equal(ldisc_ready(&ld), 5);
    reads(2, "\3\177");
    reads(10, "\r\nx");
    shows("");
    writes("a\nb\t", "a\nb\t");
}

static void changing_modes(void **state)
{
    type("ab\4cd");
    set(0, 0, 0); /* everything is readable, and an EOF is no byte */
    assert_int_equal(ldisc_ready(&ld), 4);
    reads(2, "ab");
    set(ICRNL, 0, ICANON); /* what is left is read as it is */
    type("\177");
    reads(10, "cd");
    type("ef\n");
    reads(10, "ef\n");
}

static void output(void **state)
{
    writes("a\nb", "a\r\nb");
    set(0, OPOST | XTABS, 0);
    writes("\n\t", "\n       "); /* ONLCR was off: the cursor stays in its column */
    set(0, OPOST | OLCUC | OCRNL, 0);
    writes("aZ\r", "AZ\n");
    set(0, OPOST | ONOCR | ONLCR, 0);
    writes("\n\rx\r", "\r\nx\r");
}

static void a_full_output_queue(void **state)
{
    static char many[2 * LDISC_OUTPUT];
    size_t n, total = 0;

    memset(many, '\n', sizeof(many));
    while ((n = ldisc_write(&ld, many + total, sizeof(many) - total)) || ldisc_queued(&ld)) {
        total += n;
        assert_true(ld.output_end <= LDISC_OUTPUT);
        ldisc_sent(&ld, ldisc_queued(&ld) > 5000 ? 5000 : ldisc_queued(&ld));
    }
    assert_int_equal(total, sizeof(many));
}

static void a_line_that_is_too_long(void **state)
{
    char to[LDISC_INPUT];
    uint32_t advance;

    for (unsigned i = 0; i < 3 * LDISC_INPUT; i++) {
        assert_int_equal(ldisc_room(&ld), LDISC_INPUT);
        ldisc_input(&ld, 'x');
        ldisc_sent(&ld, ldisc_queued(&ld));
    }
    type("\n");
    assert_int_equal(ldisc_ready(&ld), LDISC_INPUT);
    assert_int_equal(ldisc_room(&ld), 0);
    assert_int_equal(ldisc_peek(&ld, to, sizeof(to), &advance), LDISC_INPUT);
    assert_int_equal(to[LDISC_INPUT - 1], '\n');
    ldisc_consume(&ld, advance);
    assert_int_equal(ldisc_room(&ld), LDISC_INPUT);
}

static void a_full_raw_buffer(void **state)
{
    set(0, 0, 0);
    for (unsigned i = 0; ldisc_room(&ld); i++)
        ldisc_input(&ld, 'a' + i % 26);
    assert_int_equal(ldisc_ready(&ld), LDISC_INPUT - 1);
    reads(3, "abc");
    assert_int_equal(ldisc_room(&ld), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line, setup),
        cmocka_unit_test_setup(one_line_a_read, setup),
        cmocka_unit_test_setup(a_line_in_parts, setup),
        cmocka_unit_test_setup(end_of_file, setup),
        cmocka_unit_test_setup(erasing, setup),
        cmocka_unit_test_setup(erasing_never_reaches_a_finished_line, setup),
        cmocka_unit_test_setup(erasing_words_and_lines, setup),
        cmocka_unit_test_setup(erasing_without_echoke, setup),
        cmocka_unit_test_setup(erasing_tabs, setup),
        cmocka_unit_test_setup(erasing_utf8, setup),
        cmocka_unit_test_setup(next_is_literal, setup),
        cmocka_unit_test_setup(reprinting, setup),
        cmocka_unit_test_setup(signals, setup),
        cmocka_unit_test_setup(disabled_characters, setup),
        cmocka_unit_test_setup(flow, setup),
        cmocka_unit_test_setup(carriage_returns, setup),
        cmocka_unit_test_setup(raw, setup),
        cmocka_unit_test_setup(changing_modes, setup),
        cmocka_unit_test_setup(output, setup),
        cmocka_unit_test_setup(a_full_output_queue, setup),
        cmocka_unit_test_setup(a_line_that_is_too_long, setup),
        cmocka_unit_test_setup(a_full_raw_buffer, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
