/* kernel/pool.c: exact accounts, through splits, limits, death in any order, and the memory of small objects. */
#include "host.h"
#include "hart.h"
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t left(const struct pool *pool)
{
    uint64_t used, left, limit;

    pool_balance(pool, &used, &left, &limit);
    return left;
}

static uint64_t drawn(const struct pool *pool)
{
    return pool->used > pool->reserve ? pool->used : pool->reserve;
}

static void test_take_all(void **state)
{
    struct pool *root = host_machine(20);
    paddr_t pa[20];

    assert_int_equal(left(root), 20);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(pool_take_frame(root, FRAME_PAGE, false, &pa[i]), 0);
    assert_int_equal(pool_take_frame(root, FRAME_PAGE, false, &pa[0]), TINE_ERR_MEMORY);
    for (unsigned i = 0; i < 20; i++)
        frame_put(pa[i]);
    assert_int_equal(root->used, 0);
    assert_int_equal(frames_free_count(), 20);
}

static void test_reserve_then_parent(void **state)
{
    struct pool *root = host_machine(100), *child;
    uint64_t before;
    paddr_t pa[30];

    assert_int_equal(host_split(root, 10, 25, &child), 0);
    before = root->used;
    assert_int_equal(before, 11); /* the reserve and the frame with the structure */
    assert_int_equal(left(child), 25);
    for (unsigned i = 0; i < 25; i++) {
        assert_int_equal(pool_take_frame(child, FRAME_PAGE, false, &pa[i]), 0);
        assert_int_equal(root->used, before + (i < 10 ? 0 : i - 9));
    }
    assert_int_equal(pool_take_frame(child, FRAME_PAGE, false, &pa[25]), TINE_ERR_MEMORY);
    assert_int_equal(left(child), 0);
    for (unsigned i = 0; i < 25; i++)
        frame_put(pa[i]);
    assert_int_equal(root->used, before);
    object_destroy(&child->head);
    assert_int_equal(root->used, 0);
    assert_int_equal(frames_free_count(), 100);
}

static void test_limit_above(void **state)
{
    struct pool *root = host_machine(100), *middle, *leaf;
    paddr_t pa;

    assert_int_equal(host_split(root, 0, 5, &middle), 0);
    assert_int_equal(host_split(middle, 0, 0, &leaf), 0);
    for (unsigned i = 0; i < 4; i++) /* one frame holds the structure of `leaf` */
        assert_int_equal(pool_take_frame(leaf, FRAME_PAGE, false, &pa), 0);
    assert_int_equal(left(leaf), 0);
    assert_int_equal(pool_take_frame(leaf, FRAME_PAGE, false, &pa), TINE_ERR_MEMORY);
    assert_int_equal(leaf->used, 4);
    assert_int_equal(middle->used, 5);
}

static void test_split_refusals(void **state)
{
    struct pool *root = host_machine(100), *child, *deep = root;

    assert_int_equal(host_split(root, 101, 0, &child), TINE_ERR_MEMORY);
    assert_int_equal(host_split(root, ~0ul, 0, &child), TINE_ERR_MEMORY);
    assert_int_equal(host_split(root, 10, 9, &child), TINE_ERR_ARG);
    assert_int_equal(root->used, 0);
    for (unsigned i = 0; i < POOL_DEPTH_MAX; i++)
        assert_int_equal(host_split(deep, 0, 0, &deep), 0);
    assert_int_equal(host_split(deep, ~0ul, 0, &child), TINE_ERR_STATE);
    deep = (struct pool *)LIST_FIRST(&root->objects);
    assert_int_equal(host_split(deep, ~0ul, 0, &child), TINE_ERR_MEMORY); /* no limit of its own: must not wrap */
    object_destroy(&deep->head);
    assert_int_equal(root->used, 0);
    assert_int_equal(kernel_stat.objects[TINE_KIND_POOL], 1);
}

/* A page that outlives its pool is the parent's charge until it goes. */
static void test_forwarding(void **state)
{
    struct pool *root = host_machine(100), *middle, *leaf;
    paddr_t pa, other;

    assert_int_equal(host_split(root, 3, 0, &middle), 0);
    assert_int_equal(host_split(middle, 7, 0, &leaf), 0);
    assert_int_equal(pool_take_frame(leaf, FRAME_PAGE, false, &pa), 0);
    assert_int_equal(pool_take_frame(leaf, FRAME_PAGE, false, &other), 0);
    frame_of(pa)->refs++;
    frame_put(pa);
    object_destroy(&leaf->head);
    assert_int_equal(middle->used, 2 + 1); /* two pages, and the frame that holds the dead pool */
    object_destroy(&middle->head);
    assert_int_equal(root->used, 2 + 1 + 1);
    frame_put(other);
    assert_int_equal(root->used, 1 + 1 + 1);
    frame_put(pa);
    assert_int_equal(root->used, 0);
    assert_int_equal(frames_free_count(), 100);
}

static void test_objects_do_not_overlap(void **state)
{
    struct pool *root = host_machine(400);
    static struct {
        unsigned char *memory;
        size_t bytes;
    } object[300];
    unsigned seed = 7;

    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = rand_r(&seed) % 300;

        if (object[i].memory) {
            for (size_t at = 0; at < object[i].bytes; at++)
                assert_int_equal(object[i].memory[at], i & 0xff);
            pool_free_object(root, object[i].memory, object[i].bytes);
            object[i].memory = NULL;
            continue;
        }
        object[i].bytes = rand_r(&seed) % 10 ? 1 + rand_r(&seed) % 1000 : 1 + rand_r(&seed) % POOL_OBJECT_MAX;
        object[i].memory = pool_take_object(root, object[i].bytes);
        assert_non_null(object[i].memory);
        assert_int_equal((uintptr_t)object[i].memory % 64, 0);
        memset(object[i].memory, i & 0xff, object[i].bytes);
    }
    for (unsigned i = 0; i < 300; i++)
        if (object[i].memory)
            pool_free_object(root, object[i].memory, object[i].bytes);
    assert_int_equal(root->used, 0);
    assert_true(LIST_EMPTY(&root->slabs));
}

static void test_no_memory_for_objects(void **state)
{
    struct pool *root = host_machine(3);
    unsigned count = 0;

    while (pool_take_object(root, 1024))
        count++;
    assert_int_equal(count, 3 * 3);
    assert_non_null(pool_take_object(root, 64));
}

/* ---- random trees of pools against a recount --------------------------------------------------------------------- */

#define POOLS 12
#define PAGES 200

static struct pool *pools[POOLS]; /* 0: the root */
static struct {
    paddr_t pa;
    unsigned refs;
} pages[PAGES];

/* Every pool says what its frames and children add up to; live children only, so dead ones are found through pages. */
static void recount(struct pool *root)
{
    uint64_t used = 0;

    for (unsigned i = 0; i < PAGES; i++)
        used += pages[i].refs != 0;
    assert_true(root->used >= used);
    for (unsigned i = 0; i < POOLS; i++) {
        struct object *object;
        uint64_t below = 0;

        if (!pools[i])
            continue;
        LIST_FOREACH(object, &pools[i]->objects, siblings)
            if (object->kind == TINE_KIND_POOL)
                below += drawn((struct pool *)object);
        assert_true(pools[i]->used >= below);
        assert_true(pools[i]->used <= pools[i]->limit);
    }
}

static void forget_below(struct pool *pool)
{
    struct object *object;

    LIST_FOREACH(object, &pool->objects, siblings)
        if (object->kind == TINE_KIND_POOL)
            forget_below((struct pool *)object);
    for (unsigned i = 0; i < POOLS; i++)
        if (pools[i] == pool)
            pools[i] = NULL;
}

static void random_step(unsigned *seed)
{
    unsigned p = rand_r(seed) % POOLS, q = rand_r(seed) % POOLS, page = rand_r(seed) % PAGES;
    unsigned what = rand_r(seed) % 16;

    if (what == 0 && pools[p] && q && !pools[q]) {
        if (host_split(pools[p], rand_r(seed) % 12, rand_r(seed) % 2 ? 0 : 12 + rand_r(seed) % 40, &pools[q]))
            pools[q] = NULL;
    } else if (what == 1 && p && pools[p]) {
        struct pool *dying = pools[p];

        forget_below(dying);
        object_destroy(&dying->head);
    } else if (what == 2 && pools[p]) {
        host_object(pools[p], TINE_KIND_TIMER);
    } else if (what < 10 && pools[p] && !pages[page].refs) {
        uint64_t can = left(pools[p]);
        err_t err = pool_take_frame(pools[p], FRAME_PAGE, false, &pages[page].pa);

        assert_int_equal(err, can ? 0 : TINE_ERR_MEMORY);
        pages[page].refs = err ? 0 : 1;
    } else if (pages[page].refs && what < 12) {
        frame_of(pages[page].pa)->refs++;
        pages[page].refs++;
    } else if (pages[page].refs) {
        frame_put(pages[page].pa);
        pages[page].refs--;
    }
}

static void test_random(void **state)
{
    for (unsigned seed = 1; seed <= 40; seed++) {
        unsigned s = seed;
        struct pool *root = host_machine(150);
        struct object *object;

        memset(pools, 0, sizeof(pools));
        memset(pages, 0, sizeof(pages));
        pools[0] = root;
        for (unsigned i = 0; i < 3000; i++) {
            random_step(&s);
            recount(root);
        }
        while ((object = LIST_FIRST(&root->objects)))
            object_destroy(object);
        for (unsigned i = 0; i < PAGES; i++)
            while (pages[i].refs) {
                frame_put(pages[i].pa);
                pages[i].refs--;
            }
        assert_int_equal(root->used, 0);
        assert_int_equal(frames_free_count(), 150);
        assert_int_equal(kernel_stat.objects[TINE_KIND_POOL], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_all),
        cmocka_unit_test(test_reserve_then_parent),
        cmocka_unit_test(test_limit_above),
        cmocka_unit_test(test_split_refusals),
        cmocka_unit_test(test_forwarding),
        cmocka_unit_test(test_objects_do_not_overlap),
        cmocka_unit_test(test_no_memory_for_objects),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
