/* servers/vfs/ring.c against a plain array of what was written. */
#include "servers/vfs/buffer.h"
#include "servers/vfs/ring.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned pages_left;

char *buffer_take(void)
{
    return pages_left ? pages_left--, malloc(RING_PAGE) : NULL;
}

void buffer_give(char *page)
{
    pages_left++;
    free(page);
}

static struct ring ring;
static uint32_t written, taken; /* bytes ever */

static int setup(void **state)
{
    ring_init(&ring);
    written = taken = 0;
    pages_left = 1000;
    return 0;
}

static int teardown(void **state)
{
    ring_free(&ring);
    assert_int_equal(pages_left, 1000);
    return 0;
}

/* The byte that was written as number i. */
static char byte(uint32_t i)
{
    return (char)(i * 2654435761U >> 13);
}

static void put(uint32_t n)
{
    for (uint32_t at = ring.tail, end = at + n; at != end;) {
        size_t len;
        char *to = ring_at(&ring, at, &len);

        assert_non_null(to);
        for (; len && at != end; len--, at++)
            *to++ = byte(written++);
    }
    ring_put(&ring, n);
}

static void take(uint32_t n)
{
    for (uint32_t at = ring.head, end = at + n; at != end;) {
        size_t len;
        const char *from = ring_at(&ring, at, &len);

        for (; len && at != end; len--, at++)
            assert_int_equal(*from++, byte(taken++));
    }
    ring_take(&ring, n);
}

static unsigned pages(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ring.slots; i++)
        n += ring.slot[i] != NULL;
    return n;
}

static void one_page_for_short_exchanges(void **state)
{
    for (unsigned i = 0; i < 10000; i++) {
        put(i % 4096 + 1);
        take(i % 4096 + 1);
        assert_int_equal(pages(), 1);
    }
}

static void pages_come_and_go(void **state)
{
    put(10 * RING_PAGE);
    assert_int_equal(pages(), 10);
    take(3 * RING_PAGE);
    assert_int_equal(pages(), 7);
    take(7 * RING_PAGE);
    assert_int_equal(pages(), 1);
}

static void full_across_a_page(void **state)
{
    put(100);
    take(50);
    put(ring_room(&ring)); /* the last byte lies in the page of the first */
    assert_int_equal(ring_room(&ring), 0);
    take(RING_PAGE);
    put(RING_PAGE);
    take(RING_SLOTS * RING_PAGE);
    assert_int_equal(ring_used(&ring), 0);
    assert_int_equal(pages(), 1);
}

static void positions_wrap(void **state)
{
    ring.head = ring.tail = -3 * RING_PAGE;
    for (unsigned i = 0; i < 100; i++) {
        put(5000);
        take(4000);
        if (ring_used(&ring) > 40000)
            take(ring_used(&ring));
    }
}

static void resizing(void **state)
{
    put(100);
    take(99);
    put(15 * RING_PAGE);
    assert_true(ring_resize(&ring, RING_SLOTS_MOST));
    put(ring_room(&ring));
    assert_int_equal(ring_used(&ring), RING_SLOTS_MOST * RING_PAGE);
    take(ring_used(&ring) - 2 * RING_PAGE);
    assert_true(ring_resize(&ring, 2));
    assert_int_equal(ring_room(&ring), 0);
    take(2 * RING_PAGE);
    assert_true(ring_resize(&ring, 1));
    put(RING_PAGE);
    take(RING_PAGE);
}

static void without_memory(void **state)
{
    size_t len;

    put(4 * RING_PAGE);
    pages_left = 3;
    assert_false(ring_resize(&ring, 32));
    assert_int_equal(pages_left, 3);
    take(2 * RING_PAGE);
    pages_left = 0;
    assert_null(ring_at(&ring, ring.tail, &len));
    take(2 * RING_PAGE);
    pages_left = 999;
}

/* Anything, for long. */
static void random_use(void **state)
{
    srand(1);
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t n = (uint32_t)rand() % (rand() & 1 ? 300 : 50000), slots = 1U << rand() % 8;

        switch (rand() % 64) {
        case 0:
            if (ring_used(&ring) <= slots * RING_PAGE)
                assert_true(ring_resize(&ring, slots));
            break;
        case 1 ... 31:
            put(n < ring_room(&ring) ? n : ring_room(&ring));
            break;
        default:
            n = n < ring_used(&ring) ? n : ring_used(&ring);
            if (n)
                take(n);
        }
        assert_true(pages() <= ring_used(&ring) / RING_PAGE + 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_page_for_short_exchanges, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_come_and_go, setup, teardown),
        cmocka_unit_test_setup_teardown(full_across_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(positions_wrap, setup, teardown),
        cmocka_unit_test_setup_teardown(resizing, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(random_use, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
