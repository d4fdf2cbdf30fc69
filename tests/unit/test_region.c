/* servers/proc/region.c: maps of regions, against a model that is an array of pages. */
#include "servers/proc/backing.h"
#include "servers/proc/region.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tine.h>

#include <cmocka.h>

#define PAGES 48
#define BASE  0x100000UL
#define AT(i) (BASE + (uint64_t)(i)*TINE_PAGE_SIZE)

static struct backing file[2];

void backing_put(struct backing *backing)
{
    if (backing)
        backing->refs--;
}

/* What a page is; regions are runs of pages that continue each other. */
struct page {
    int mapped;
    struct backing *backing;
    uint64_t offset;
    unsigned prot, flags;
};

static struct page model[PAGES];
static struct regions *map;

static int begin(void **state)
{
    memset(model, 0, sizeof(model));
    file[0].refs = file[1].refs = 0;
    map = regions_new();
    return map ? 0 : -1;
}

static int end(void **state)
{
    regions_put(map);
    assert_int_equal(region_count, 0);
    assert_int_equal(file[0].refs, 0);
    assert_int_equal(file[1].refs, 0);
    return 0;
}

static int continues(const struct page *a, const struct page *b)
{
    return a->mapped && b->mapped && a->backing == b->backing && a->prot == b->prot && a->flags == b->flags &&
           (!a->backing || a->offset + TINE_PAGE_SIZE == b->offset);
}

/* The map says of every page what the model says, its sums are right, and it has no more regions than need be. */
static void check(const struct regions *r)
{
    uint64_t pages = 0, data = 0;
    unsigned count = 0, apart = 0, fewest = 0;
    struct region *region;

    for (int i = 0; i < PAGES; i++) {
        region = region_find(r, AT(i));
        assert_int_equal(region != NULL, model[i].mapped);
        if (!region)
            continue;
        assert_ptr_equal(region->backing, model[i].backing);
        assert_int_equal(region->prot, model[i].prot);
        assert_int_equal(region->flags, model[i].flags);
        if (region->backing)
            assert_int_equal(region->offset + AT(i) - region->start, model[i].offset);
        fewest += i == 0 || !continues(&model[i - 1], &model[i]);
    }
    for (region = region_first(r); region; region = region_next(region)) {
        struct region *next = region_next(region);

        assert_true(region->start < region->end);
        assert_true(!next || region->end <= next->start);
        count++;
        pages += (region->end - region->start) / TINE_PAGE_SIZE;
        apart += (region->flags & (REGION_SHARED | REGION_NO_FORK)) != 0;
        if ((region->prot & TINE_PROT_WRITE) && !(region->flags & (REGION_SHARED | REGION_STACK)))
            data += (region->end - region->start) / TINE_PAGE_SIZE;
    }
    assert_int_equal(count, r->count);
    assert_int_equal(pages, r->pages);
    assert_int_equal(apart, r->apart);
    assert_int_equal(data, r->data_pages);
    assert_true(count >= fewest);
}

static void add(int first, int n, struct backing *backing, uint64_t offset, unsigned prot, unsigned flags)
{
    struct region model_region = { .start = AT(first), .end = AT(first + n), .backing = backing, .offset = offset,
                                   .prot = (uint8_t)prot, .flags = (uint8_t)flags };

    assert_true(regions_reserve(1));
    region_add(map, &model_region);
    for (int i = 0; i < n; i++)
        model[first + i] = (struct page){ 1, backing, offset + (uint64_t)i * TINE_PAGE_SIZE, prot, flags };
}

static void cut(int first, int n)
{
    assert_true(regions_reserve(2));
    regions_cut(map, AT(first), AT(first + n));
    for (int i = 0; i < n; i++)
        model[first + i].mapped = 0;
}

static void protect(int first, int n, unsigned prot)
{
    assert_true(regions_reserve(2));
    regions_protect(map, AT(first), AT(first + n), prot);
    for (int i = first; i < first + n; i++)
        if (model[i].mapped)
            model[i].prot = prot;
}

static void flag(int first, int n, unsigned set, unsigned clear)
{
    assert_true(regions_reserve(2));
    regions_flag(map, AT(first), AT(first + n), set, clear);
    for (int i = first; i < first + n; i++)
        if (model[i].mapped)
            model[i].flags = (model[i].flags | set) & ~clear;
}

static int model_free(int first, int n)
{
    for (int i = first; i < first + n; i++)
        if (model[i].mapped)
            return 0;
    return 1;
}

/* ---- examples ---------------------------------------------------------------------------------------------------------- */

static void empty(void **state)
{
    assert_null(region_first(map));
    assert_null(region_find(map, 0));
    assert_true(regions_free_range(map, 0, TINE_USER_END));
    assert_int_equal(regions_gap(map, 0x10000, 0x20000, 0x1000), 0x1f000);
    assert_int_equal(regions_gap(map, 0x10000, 0x20000, 0x11000), 0);
    check(map);
}

static void neighbours_merge(void **state)
{
    add(2, 2, NULL, 0, TINE_PROT_READ, 0);
    add(6, 2, NULL, 0, TINE_PROT_READ, 0);
    assert_int_equal(map->count, 2);
    add(4, 2, NULL, 0, TINE_PROT_READ, 0);
    assert_int_equal(map->count, 1);
    add(8, 1, NULL, 0, TINE_PROT_READ | TINE_PROT_WRITE, 0);
    assert_int_equal(map->count, 2);
    protect(8, 1, TINE_PROT_READ);
    assert_int_equal(map->count, 1);
    check(map);
}

static void files_merge_only_in_sequence(void **state)
{
    add(0, 2, &file[0], 0, TINE_PROT_READ, 0);
    add(2, 1, &file[0], 2 * TINE_PAGE_SIZE, TINE_PROT_READ, 0);
    assert_int_equal(map->count, 1);
    add(3, 1, &file[0], 0, TINE_PROT_READ, 0);
    add(4, 1, &file[1], TINE_PAGE_SIZE, TINE_PROT_READ, 0);
    assert_int_equal(map->count, 3);
    assert_int_equal(file[0].refs, 2);
    check(map);
}

static void cut_in_the_middle(void **state)
{
    add(0, 10, &file[0], 0, TINE_PROT_READ, REGION_SHARED);
    cut(3, 4);
    assert_int_equal(map->count, 2);
    assert_int_equal(file[0].refs, 2);
    check(map);
    cut(0, 10);
    assert_int_equal(map->count, 0);
    check(map);
}

static void gaps(void **state)
{
    add(10, 5, NULL, 0, TINE_PROT_READ, 0);
    add(20, 5, NULL, 0, TINE_PROT_READ, 0);
    assert_int_equal(regions_gap(map, AT(0), AT(30), 5 * TINE_PAGE_SIZE), AT(25));
    assert_int_equal(regions_gap(map, AT(0), AT(25), 5 * TINE_PAGE_SIZE), AT(15));
    assert_int_equal(regions_gap(map, AT(0), AT(23), 5 * TINE_PAGE_SIZE), AT(15));
    assert_int_equal(regions_gap(map, AT(0), AT(25), 6 * TINE_PAGE_SIZE), AT(4));
    assert_int_equal(regions_gap(map, AT(0), AT(18), 3 * TINE_PAGE_SIZE), AT(15));
    assert_int_equal(regions_gap(map, AT(5), AT(25), 6 * TINE_PAGE_SIZE), 0);
}

static void extended(void **state)
{
    struct region *stack;

    add(10, 2, NULL, 0, TINE_PROT_READ | TINE_PROT_WRITE, REGION_GROWS | REGION_STACK);
    stack = region_at_or_above(map, AT(4));
    region_extend(map, stack, AT(4), AT(12));
    for (int i = 4; i < 10; i++)
        model[i] = model[10];
    check(map);
}

static void copies_are_apart(void **state)
{
    struct regions *copy;

    add(0, 4, &file[0], 0, TINE_PROT_READ, 0);
    add(8, 4, NULL, 0, TINE_PROT_READ | TINE_PROT_WRITE, 0);
    copy = regions_copy(map);
    assert_non_null(copy);
    check(copy);
    regions_cut(copy, AT(0), AT(4));
    assert_int_equal(copy->count, 1);
    check(map);
    regions_put(copy);
    check(map);
}

/* ---- property ---------------------------------------------------------------------------------------------------------- */

static void random_step(void)
{
    static const unsigned prots[] = { 0, TINE_PROT_READ, TINE_PROT_READ | TINE_PROT_WRITE,
                                      TINE_PROT_READ | TINE_PROT_EXEC };
    static const unsigned flags[] = { 0, 0, REGION_SHARED, REGION_NO_FORK, REGION_HEAP };
    int first = rand() % PAGES, n = 1 + rand() % 8;

    if (first + n > PAGES)
        n = PAGES - first;
    switch (rand() % 5) {
    case 0:
        cut(first, n);
        break;
    case 1:
        protect(first, n, prots[rand() % 4]);
        break;
    case 2:
        flag(first, n, rand() % 2 ? REGION_NO_FORK : 0, rand() % 2 ? REGION_NO_FORK : 0);
        break;
    default:
        if (model_free(first, n))
            add(first, n, rand() % 2 ? NULL : &file[rand() % 2], (uint64_t)first * TINE_PAGE_SIZE, prots[rand() % 4],
                flags[rand() % 5]);
    }
}

static void anything(void **state)
{
    srand(1);
    for (int i = 0; i < 20000; i++) {
        struct regions *copy;

        random_step();
        check(map);
        if (i % 50)
            continue;
        copy = regions_copy(map);
        check(copy);
        regions_put(map);
        map = copy;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(empty, begin, end),
        cmocka_unit_test_setup_teardown(neighbours_merge, begin, end),
        cmocka_unit_test_setup_teardown(files_merge_only_in_sequence, begin, end),
        cmocka_unit_test_setup_teardown(cut_in_the_middle, begin, end),
        cmocka_unit_test_setup_teardown(gaps, begin, end),
        cmocka_unit_test_setup_teardown(extended, begin, end),
        cmocka_unit_test_setup_teardown(copies_are_apart, begin, end),
        cmocka_unit_test_setup_teardown(anything, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
