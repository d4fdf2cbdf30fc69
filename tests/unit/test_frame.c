/* kernel/frame.c: where frames come from, and that nothing is handed out twice. */
#include "host.h"
#include <setjmp.h>

#include <cmocka.h>
#include <riscv/sv39.h>

static bool all_zero(paddr_t pa)
{
    const unsigned char *page = phys_to_virt(pa);

    for (unsigned i = 0; i < TINE_PAGE_SIZE; i++)
        if (page[i])
            return false;
    return true;
}

static void test_every_frame_once(void **state)
{
    static bool seen[HOST_FRAMES];
    size_t total;

    memset(seen, 0, sizeof(seen));
    host_machine(100);
    total = frames_total();
    assert_int_equal(total, 100);
    assert_int_equal(frames_free_count(), total);
    for (size_t i = 0; i < total; i++) {
        paddr_t pa = frame_take(FRAME_PAGE, false);
        size_t index = (pa - HOST_RAM_BASE) >> TINE_PAGE_SHIFT;

        assert_false(seen[index]);
        assert_true(index < 33 || index >= 36); /* not from the hole */
        seen[index] = true;
        assert_int_equal(frame_of(pa)->refs, 1);
        assert_ptr_equal(frame_of(pa), &frame_table[index]);
        assert_int_equal(frame_paddr(frame_of(pa)), pa);
    }
    assert_int_equal(frames_free_count(), 0);
}

static void test_zeroed(void **state)
{
    paddr_t dirty, clean;

    host_machine(10);
    dirty = frame_take(FRAME_PAGE, false);
    assert_false(all_zero(dirty));
    clean = frame_take(FRAME_NODE, true);
    assert_true(all_zero(clean));
    frame_release(frame_of(dirty), false);
    frame_release(frame_of(clean), true);
    assert_int_equal(frames_free_count(), 10);

    /* Whoever needs no zeroes does not take the zeroed one, whoever does gets it without clearing. */
    assert_int_equal(frame_take(FRAME_PAGE, false), dirty);
    assert_int_equal(frame_take(FRAME_NODE, true), clean);
    assert_true(all_zero(clean));
}

static void test_zeroed_is_last_resort(void **state)
{
    paddr_t pa[10];

    host_machine(10);
    for (unsigned i = 0; i < 10; i++)
        pa[i] = frame_take(FRAME_NODE, true);
    for (unsigned i = 0; i < 10; i++)
        frame_release(frame_of(pa[i]), true);
    for (unsigned i = 0; i < 10; i++)
        frame_take(FRAME_PAGE, false);
    assert_int_equal(frames_free_count(), 0);
}

static unsigned visited;

static void visit(struct frame *frame, paddr_t pa)
{
    assert_ptr_equal(frame, frame_of(pa));
    visited++;
}

static void test_only_touched_entries_are_made(void **state)
{
    host_machine(1000);
    visited = 0;
    frames_each(visit);
    assert_int_equal(visited, 0);
    for (unsigned i = 0; i < 400; i++)
        frame_take(FRAME_PAGE, false);
    frames_each(visit);
    assert_int_equal(visited, 400);
}

static void test_overlap(void **state)
{
    host_machine(10);
    assert_true(frames_overlap(HOST_RAM_BASE, HOST_RAM_BASE + 1));
    assert_true(frames_overlap(0, ~0ul));
    assert_true(frames_overlap(HOST_RAM_BASE - TINE_PAGE_SIZE, HOST_RAM_BASE + TINE_PAGE_SIZE));
    assert_false(frames_overlap(0x10000000, 0x10001000));
    assert_false(frames_overlap(HOST_RAM_BASE - TINE_PAGE_SIZE, HOST_RAM_BASE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_once),
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_zeroed_is_last_resort),
        cmocka_unit_test(test_only_touched_entries_are_made),
        cmocka_unit_test(test_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
