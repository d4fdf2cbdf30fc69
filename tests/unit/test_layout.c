/* Where things lie in a process, at random: what must hold whatever the numbers are. */
#include "servers/proc/layout.h"
#include "servers/proc/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { DRAWS = 100000 };

#define LEAF_BYTES (1UL << 21)

static void check(const struct layout *l)
{
    assert_int_equal(l->program % LEAF_BYTES, LAYOUT_LOW);
    assert_int_equal(l->leaf % LEAF_BYTES, 0);
    assert_true(l->program >= LAYOUT_LOW);
    assert_true(l->program < l->mmap_top);
    assert_true(l->leaf + LEAF_BYTES <= TINE_USER_END - LEAF_BYTES);
    assert_true(layout_stack_end(l) + 2 * LAYOUT_SMALL < layout_vdso(l));
    assert_true(l->stack_top <= layout_stack_end(l));
    assert_true(l->mmap_top <= layout_stack_end(l) - LAYOUT_STACK_MAX);
    assert_int_equal(l->stack_top % TINE_PAGE_SIZE, 0);
    assert_int_equal(l->mmap_top % TINE_PAGE_SIZE, 0);
}

static void check_varied(struct layout l, uint64_t random)
{
    uint64_t stack_top = l.stack_top, mmap_top = l.mmap_top, down = layout_vary(&l, random);

    check(&l);
    assert_true(down < TINE_PAGE_SIZE);
    assert_int_equal(down % 16, 0);
    /* There is room for a stack left in the region that exec begins with. */
    assert_true(stack_top - l.stack_top <= LAYOUT_STACK_BYTES / 2);
    assert_true(mmap_top - l.mmap_top <= 1UL << 30);
}

static void whatever_is_drawn(void **state)
{
    uint64_t draw[2];

    for (unsigned i = 0; i < DRAWS; i++) {
        struct layout l;

        random_bytes(draw, sizeof(draw));
        l = layout_choose(draw[0]);
        check(&l);
        assert_true(l.mmap_top - l.program > 16UL << 30); /* whatever lies between them */
        check_varied(l, draw[1]);
    }
}

static void the_ends(void **state)
{
    const uint64_t ends[] = { 0, ~0UL, 0xffffffff, ~0xffffffffUL };
    struct layout fixed = layout_fixed();

    check(&fixed);
    for (unsigned i = 0; i < 4; i++)
        for (unsigned j = 0; j < 4; j++) {
            check_varied(layout_choose(ends[i]), ends[j]);
            check_varied(fixed, ends[j]);
        }
}

/* Of the bits that vary, each does. */
static void each_bit_varies(void **state)
{
    struct layout or = { 0 }, and = { ~0UL, ~0UL, ~0UL, ~0UL };
    uint64_t draw, down, or_down = 0;

    for (unsigned i = 0; i < DRAWS; i++) {
        struct layout l = layout_fixed();

        random_bytes(&draw, sizeof(draw));
        down = layout_vary(&l, draw);
        or.mmap_top |= l.mmap_top;
        and.mmap_top &= l.mmap_top;
        or.stack_top |= l.stack_top;
        and.stack_top &= l.stack_top;
        or_down |= down;
        l = layout_choose(draw);
        or.program |= l.program;
        and.program &= l.program;
        or.leaf |= l.leaf;
        and.leaf &= l.leaf;
    }
    assert_int_equal((or.mmap_top & ~and.mmap_top) & 0x3ffff000, 0x3ffff000);
    assert_int_equal(or.stack_top & ~and.stack_top & 0xf000, 0xf000);
    assert_int_equal(or_down, 0xff0);
    assert_int_equal(or.program & ~and.program & 0xffffe00000, 0x1fffe00000);
    assert_int_equal(or.leaf & ~and.leaf & 0xffffe00000, 0x1fffe00000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_drawn),
        cmocka_unit_test(the_ends),
        cmocka_unit_test(each_bit_varies),
    };

    random_seed("unit", 4);
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
