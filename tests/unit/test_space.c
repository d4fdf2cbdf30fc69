/* kernel/space.c: arguments and their errors one by one, then long random histories against the model. */
#include "check.h"
#include "hart.h"
#include "host.h"
#include "space_model.h"
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sbi/paging.h>

#define RW (TINE_PROT_READ | TINE_PROT_WRITE)
#define AT 0x10000000ul

static struct pool *root;

static struct space *new_space(void)
{
    struct space *space = object_alloc(root, TINE_KIND_SPACE);

    assert_non_null(space);
    assert_int_equal(space_init(space, root), 0);
    object_init(&space->head, TINE_KIND_SPACE, root);
    return space;
}

static int setup(void **state)
{
    root = host_machine(3000);
    host_space_teardown = space_teardown;
    return 0;
}

static int teardown(void **state)
{
    struct object *object;

    assert_int_equal(check_all(), 0);
    while ((object = LIST_FIRST(&root->objects)))
        object_destroy(object);
    assert_int_equal(root->used, 0);
    return 0;
}

#define RANGE(a, n)                                                                                                    \
    &(struct space_range)                                                                                              \
    {                                                                                                                  \
        (a), (n), (a)                                                                                                  \
    }

static uint64_t *word(struct space *space, vaddr_t addr, unsigned prot)
{
    return space_lookup(space, addr, prot);
}

static void test_bad_ranges(void **state)
{
    struct space *a = new_space(), *b = new_space();
    static const struct {
        vaddr_t addr;
        size_t npages;
    } bad[] = {
        { 1, 1 },
        { AT + 8, 1 },
        { TINE_USER_END, 1 },
        { TINE_USER_END, 0 },
        { TINE_USER_END - TINE_PAGE_SIZE, 2 },
        { 0, TINE_USER_END / TINE_PAGE_SIZE + 1 },
        { TINE_PAGE_SIZE, ~0ul },
        { 0xffffffc000000000, 1 },
        { ~0xffful, 1 },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct space_range good_to = { AT, bad[i].npages, bad[i].addr };
        unsigned page;
        size_t run;

        assert_int_equal(space_zero(a, RANGE(bad[i].addr, bad[i].npages), RW), TINE_ERR_RANGE);
        assert_int_equal(space_copy(a, RANGE(bad[i].addr, bad[i].npages), RW), TINE_ERR_RANGE);
        assert_int_equal(space_protect(a, RANGE(bad[i].addr, bad[i].npages), RW), TINE_ERR_RANGE);
        assert_int_equal(space_unmap(a, RANGE(bad[i].addr, bad[i].npages)), TINE_ERR_RANGE);
        assert_int_equal(space_clone(a, RANGE(bad[i].addr, bad[i].npages), 0, b), TINE_ERR_RANGE);
        assert_int_equal(space_share(a, RANGE(bad[i].addr, bad[i].npages), TINE_PROT_READ, b), TINE_ERR_RANGE);
        assert_int_equal(space_share(a, &good_to, TINE_PROT_READ, b), TINE_ERR_RANGE);
        assert_int_equal(space_device(a, RANGE(bad[i].addr, bad[i].npages), RW, 0x10000000), TINE_ERR_RANGE);
        assert_int_equal(space_inspect(a, bad[i].addr, bad[i].npages, &page, &run), TINE_ERR_RANGE);
    }
    assert_true(tree_is_empty(&a->tree));
}

static void test_bad_rights(void **state)
{
    struct space *a = new_space(), *b = new_space();

    assert_int_equal(space_zero(a, RANGE(AT, 1), 8), TINE_ERR_ARG);
    assert_int_equal(space_copy(a, RANGE(AT, 1), 64), TINE_ERR_ARG);
    assert_int_equal(space_copy(a, RANGE(AT, 2), RW | TINE_PROT_ZERO), TINE_ERR_ARG);
    assert_int_equal(space_protect(a, RANGE(AT, 1), TINE_PROT_PRIVATE), TINE_ERR_ARG);
    assert_int_equal(space_share(a, RANGE(AT, 1), 32, b), TINE_ERR_ARG);
    assert_int_equal(space_share(a, RANGE(AT, 1), RW | TINE_PROT_PRIVATE, b), TINE_ERR_ARG);
    assert_int_equal(space_clone(a, RANGE(AT, 1), TINE_CLONE_TREE + 1, b), TINE_ERR_ARG);
    assert_int_equal(space_clone(a, RANGE(AT, 1), 77, b), TINE_ERR_ARG);
    assert_int_equal(space_device(a, RANGE(AT, 1), TINE_PROT_EXEC, 0x10000000), TINE_ERR_ARG);
    assert_int_equal(space_device(a, RANGE(AT, 2), RW, HOST_RAM_BASE - TINE_PAGE_SIZE), TINE_ERR_RANGE);
}

static void test_empty_range_is_nothing(void **state)
{
    struct space *a = new_space(), *b = new_space();

    assert_int_equal(space_zero(a, RANGE(AT, 0), RW), 0);
    assert_int_equal(space_share(a, RANGE(AT, 0), RW, b), 0);
    assert_int_equal(space_clone(a, RANGE(AT, 0), 0, b), 0);
    assert_int_equal(space_unmap(a, RANGE(AT, 0)), 0);
    assert_true(tree_is_empty(&a->tree));
    assert_int_equal(host_flushes, 0);
}

static void test_cow_both_ways(void **state)
{
    struct space *parent = new_space(), *child = new_space();

    assert_int_equal(space_zero(parent, RANGE(AT, 2), RW), 0);
    *word(parent, AT, TINE_PROT_WRITE) = 11;
    assert_int_equal(space_clone(child, RANGE(0, TINE_USER_END / TINE_PAGE_SIZE), TINE_CLONE_ENTRIES, parent), 0);
    assert_null(word(parent, AT, TINE_PROT_WRITE));
    assert_null(word(child, AT, TINE_PROT_WRITE));
    assert_int_equal(*word(child, AT, TINE_PROT_READ), 11);

    assert_int_equal(space_copy(child, RANGE(AT, 1), RW), 0);
    assert_int_equal(kernel_stat.pages_copied, 1);
    *word(child, AT, TINE_PROT_WRITE) = 22;
    assert_int_equal(*word(parent, AT, TINE_PROT_READ), 11);

    /* The parent is alone with its page now: nothing is copied. */
    assert_int_equal(space_copy(parent, RANGE(AT, 1), RW), 0);
    assert_int_equal(kernel_stat.pages_copied, 1);
    *word(parent, AT, TINE_PROT_WRITE) = 33;
    assert_int_equal(*word(child, AT, TINE_PROT_READ), 22);
}

static void test_protect_does_not_undo_cow(void **state)
{
    struct space *parent = new_space(), *child = new_space();

    assert_int_equal(space_zero(parent, RANGE(AT, 1), RW), 0);
    assert_int_equal(space_protect(parent, RANGE(AT, 1), 0), 0);
    assert_null(word(parent, AT, TINE_PROT_READ));
    assert_int_equal(space_clone(child, RANGE(AT, 1), TINE_CLONE_AUTO, parent), 0);
    assert_int_equal(space_protect(parent, RANGE(AT, 1), RW), 0);
    assert_int_equal(space_protect(child, RANGE(AT, 1), RW), 0);
    assert_non_null(word(child, AT, TINE_PROT_READ));
    assert_null(word(parent, AT, TINE_PROT_WRITE));
    assert_null(word(child, AT, TINE_PROT_WRITE));
}

static void test_read_only_view_stays_so(void **state)
{
    struct space *file = new_space(), *user = new_space(), *other = new_space();

    assert_int_equal(space_zero(file, RANGE(AT, 1), RW), 0);
    assert_int_equal(space_share(user, RANGE(AT, 1), TINE_PROT_READ, file), 0);
    assert_int_equal(space_protect(user, RANGE(AT, 1), RW), 0);
    assert_null(word(user, AT, TINE_PROT_WRITE));
    assert_int_equal(space_share(other, RANGE(AT, 1), RW, user), TINE_ERR_RIGHTS);
    assert_int_equal(space_share(other, RANGE(AT, 1), TINE_PROT_READ | TINE_PROT_MAY_WRITE, user), TINE_ERR_RIGHTS);
    assert_true(tree_is_empty(&other->tree)); /* no table is left behind */
    assert_int_equal(space_share(other, RANGE(AT, 1), TINE_PROT_READ | TINE_PROT_MAY_WRITE, file), 0);
    assert_int_equal(space_protect(other, RANGE(AT, 1), RW), 0);
    *word(other, AT, TINE_PROT_WRITE) = 5;
    assert_int_equal(*word(user, AT, TINE_PROT_READ), 5);
}

static void test_device(void **state)
{
    struct space *driver = new_space(), *child = new_space();
    unsigned page;
    size_t run;

    assert_int_equal(space_device(driver, RANGE(AT, 3), RW, 0x10000000), 0);
    assert_null(word(driver, AT, TINE_PROT_READ)); /* the kernel does not touch it for anybody */
    assert_int_equal(space_copy(driver, RANGE(AT, 1), RW), TINE_ERR_RIGHTS);
    assert_int_equal(space_clone(child, RANGE(AT, 3), TINE_CLONE_FRAMES, driver), 0);
    assert_int_equal(space_inspect(child, AT, 100, &page, &run), 0);
    assert_true(page & TINE_PAGE_WRITABLE);
    assert_int_equal(run, 3);
    assert_int_equal(space_protect(child, RANGE(AT, 3), TINE_PROT_READ), 0);
    assert_int_equal(space_protect(child, RANGE(AT, 3), RW), 0);
    assert_int_equal(space_inspect(child, AT, 1, &page, &run), 0);
    assert_false(page & TINE_PAGE_WRITABLE);
    assert_int_equal(space_unmap(driver, RANGE(AT, 3)), 0);
}

static void test_adopted_pages(void **state)
{
    struct space *a = new_space();
    uint64_t total = frames_total();
    paddr_t hole = kernel_root;

    memset(phys_to_virt(hole + TINE_PAGE_SIZE), 7, TINE_PAGE_SIZE);
    assert_int_equal(space_adopt(a, RANGE(AT, 2), TINE_PROT_READ, hole + TINE_PAGE_SIZE), 0);
    assert_int_equal(frames_total(), total + 2);
    assert_int_equal(*(unsigned char *)space_lookup(a, AT + 5, TINE_PROT_READ), 7);
    assert_int_equal(check_all(), 0);
    assert_int_equal(space_unmap(a, RANGE(AT, 1)), 0);
    assert_int_equal(frames_free_count() + root->used, total + 2);
    assert_int_equal(space_adopt(a, RANGE(AT, 2), TINE_PROT_READ, 0x1000), TINE_ERR_RANGE);
}

static void test_gone_space(void **state)
{
    struct space *a = new_space(), *b = new_space();

    assert_int_equal(space_zero(a, RANGE(AT, 1), RW), 0);
    a->head.refs++; /* as a thread in it would hold */
    object_destroy(&a->head);
    assert_int_equal(space_zero(a, RANGE(AT, 1), RW), TINE_ERR_GONE);
    assert_int_equal(space_share(a, RANGE(AT, 1), RW, b), TINE_ERR_GONE);
    assert_int_equal(space_clone(b, RANGE(AT, 1), 0, a), TINE_ERR_GONE);
    assert_int_equal(space_unmap(a, RANGE(AT, 1)), TINE_ERR_GONE);
    assert_null(word(a, AT, TINE_PROT_READ));
    object_unref(&a->head);
}

static void test_work_is_bounded(void **state)
{
    struct space *a = new_space();
    struct space_range all = { 0, TINE_USER_END / TINE_PAGE_SIZE, 0 };
    unsigned pieces = 0;

    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(space_zero(a, RANGE(i * 0x40000000ul, 1), RW), 0);
    for (;;) {
        host_preempt_after(1);
        if (space_unmap(a, &all) != SPACE_PREEMPTED)
            break;
        pieces++;
    }
    host_preempt_after(0);
    assert_in_range(pieces, 20, 80);
    assert_true(tree_is_empty(&a->tree));
}

/* Every allocation of an operation fails once; nothing is lost and nothing half made. */
static void test_each_allocation_fails(void **state)
{
    for (unsigned granularity = TINE_CLONE_AUTO; granularity <= TINE_CLONE_TREE; granularity++) {
        struct space *source = new_space();
        bool complete = false;

        assert_int_equal(space_zero(source, RANGE(0x1ff000, 3), RW), 0);
        assert_int_equal(space_zero(source, RANGE(0x7ffff000, 2), RW), 0);
        for (unsigned allowed = 0; !complete; allowed++) {
            struct space *to = new_space();
            uint64_t before = root->used, limit = root->limit;
            err_t err;

            root->limit = root->used + allowed;
            err = space_clone(to, RANGE(0, TINE_USER_END / TINE_PAGE_SIZE), granularity, source);
            root->limit = limit;
            assert_true(err == 0 || err == TINE_ERR_MEMORY);
            assert_int_equal(check_all(), 0);
            complete = !err;
            assert_int_equal(space_unmap(to, RANGE(0, TINE_USER_END / TINE_PAGE_SIZE)), 0);
            assert_int_equal(root->used, before);
            object_destroy(&to->head);
        }
    }
}

#define BIG_AT 0x40200000ul
#define BIG(a) RANGE(a, RUN_FRAMES)

static void zero_big(struct space *space, vaddr_t addr)
{
    assert_int_equal(space_zero(space, BIG(addr), RW | TINE_PROT_BIG), 0);
}

static void test_big_page(void **state)
{
    struct space *a = new_space();
    uint64_t used = root->used;
    unsigned page;
    size_t run;

    assert_int_equal(space_zero(a, RANGE(BIG_AT, 1), RW | TINE_PROT_BIG), TINE_ERR_ARG);
    assert_int_equal(space_zero(a, BIG(BIG_AT + 0x1000), RW | TINE_PROT_BIG), TINE_ERR_ARG);
    zero_big(a, BIG_AT);
    assert_int_equal(root->used, used + RUN_FRAMES + 1); /* and one table, not two */
    assert_int_equal(space_zero(a, BIG(BIG_AT), RW | TINE_PROT_BIG), TINE_ERR_STATE);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        assert_int_equal(*word(a, BIG_AT + i * 0x1000ul + 8, TINE_PROT_WRITE), 0);
        *word(a, BIG_AT + i * 0x1000ul + 8, TINE_PROT_WRITE) = i;
    }
    assert_int_equal(space_inspect(a, BIG_AT, 1000, &page, &run), 0);
    assert_int_equal(run, RUN_FRAMES);
    assert_true(page & TINE_PAGE_EXCLUSIVE && page & TINE_PAGE_WRITABLE);
    assert_int_equal(space_unmap(a, RANGE(BIG_AT + 0x5000, 1)), 0); /* in part: it is broken */
    assert_int_equal(kernel_stat.pages_broken, 1);
    assert_null(word(a, BIG_AT + 0x5000, TINE_PROT_READ));
    assert_int_equal(*word(a, BIG_AT + 0x6008, TINE_PROT_READ), 6);
    assert_int_equal(root->used, used + RUN_FRAMES + 1);
    assert_int_equal(check_all(), 0);
    zero_big(a, BIG_AT + RUN_BYTES);
    assert_int_equal(space_protect(a, BIG(BIG_AT + RUN_BYTES), TINE_PROT_READ), 0);
    assert_null(word(a, BIG_AT + RUN_BYTES, TINE_PROT_WRITE));
    assert_int_equal(space_unmap(a, RANGE(BIG_AT, 2 * RUN_FRAMES)), 0);
    assert_int_equal(kernel_stat.pages_broken, 1);
    assert_int_equal(root->used, used);
}

static void test_big_page_is_cleared_in_pieces(void **state)
{
    struct space *a = new_space();
    unsigned pieces = 0;
    err_t err;

    do {
        host_preempt_after(1);
        err = space_zero(a, BIG(BIG_AT), RW | TINE_PROT_BIG);
        assert_null(word(a, BIG_AT, TINE_PROT_READ)); /* nobody sees it before it is clear */
        pieces++;
        if (err)
            assert_int_equal(err, SPACE_PREEMPTED);
    } while (pieces < 10);
    host_preempt_after(0);
    zero_big(a, BIG_AT);
    for (vaddr_t at = BIG_AT; at < BIG_AT + RUN_BYTES; at += 8)
        assert_int_equal(*word(a, at, TINE_PROT_READ), 0);
}

static void test_big_page_under_cow(void **state)
{
    static const unsigned granularity[] = { TINE_CLONE_AUTO, TINE_CLONE_ENTRIES, TINE_CLONE_NODES, TINE_CLONE_TREE };

    for (unsigned i = 0; i < 4; i++) {
        struct space *parent = new_space(), *child = new_space();
        uint64_t used;

        zero_big(parent, BIG_AT);
        *word(parent, BIG_AT + 0x3000, TINE_PROT_WRITE) = 1;
        used = root->used;
        assert_int_equal(space_clone(child, RANGE(0, TINE_USER_END >> 12), granularity[i], parent), 0);
        assert_in_range(root->used - used, 0, 1); /* a table at most, and no page */
        assert_null(word(parent, BIG_AT + 0x3000, TINE_PROT_WRITE));
        assert_int_equal(space_copy(child, RANGE(BIG_AT + 0x3000, 1), RW), 0);
        *word(child, BIG_AT + 0x3000, TINE_PROT_WRITE) = 2;
        assert_int_equal(*word(parent, BIG_AT + 0x3000, TINE_PROT_READ), 1);
        assert_int_equal(*word(child, BIG_AT + 0x4000, TINE_PROT_READ), 0);
        assert_int_equal(check_all(), 0);
        object_destroy(&child->head);

        /* The last one out: a write makes all of it writable, and breaks nothing. */
        used = kernel_stat.pages_broken;
        assert_int_equal(space_copy(parent, RANGE(BIG_AT + 0x7000, 1), RW), 0);
        assert_int_equal(kernel_stat.pages_broken, used);
        assert_non_null(word(parent, BIG_AT + 0x1ff000, TINE_PROT_WRITE));
        object_destroy(&parent->head);
        assert_int_equal(check_all(), 0);
    }
}

/* No run is left: small pages must do, and single frames are had from runs again. */
static void test_runs_and_single_frames(void **state)
{
    struct space *a = new_space(), *b = new_space();
    vaddr_t at = BIG_AT;

    while (!space_zero(a, BIG(at), RW | TINE_PROT_BIG))
        at += RUN_BYTES;
    assert_in_range((at - BIG_AT) / RUN_BYTES, 2, 5);
    assert_int_equal(space_zero(b, RANGE(AT, 4000), RW), TINE_ERR_MEMORY);
    assert_int_equal(space_unmap(a, BIG(BIG_AT)), 0);
    assert_int_equal(space_unmap(b, RANGE(0, TINE_USER_END >> 12)), 0);
    zero_big(a, BIG_AT); /* the same run */
    assert_int_equal(space_unmap(a, BIG(BIG_AT)), 0);
    assert_int_equal(space_zero(b, RANGE(AT, 4000), RW), TINE_ERR_MEMORY);
    assert_int_equal(frames_free_count(), 0);
    assert_int_equal(check_all(), 0);
}

/* What is done to a family of spaces after a snapshot; each may have to copy tables. */
static err_t change(unsigned which, struct space *space)
{
    switch (which) {
    case 0:
        return space_copy(space, RANGE(0x1ff000, 1), RW);
    case 1:
        return space_copy(space, RANGE(0x1ff000, 3), RW);
    case 2:
        return space_protect(space, RANGE(0x200000, 1), TINE_PROT_READ);
    case 3:
        return space_unmap(space, RANGE(0x1ff000, 2));
    case 4:
        return space_zero(space, RANGE(0x210000, 1), RW);
    case 5:
        return space_copy(space, RANGE(BIG_AT + 0x4000, 1), RW);
    default:
        return space_unmap(space, RANGE(BIG_AT + 0x4000, 1));
    }
}

/* Every allocation of a split fails once: nobody's memory has changed, and when there is memory again it succeeds. */
static void test_each_allocation_of_a_split_fails(void **state)
{
    for (unsigned granularity = TINE_CLONE_AUTO; granularity <= TINE_CLONE_TREE; granularity++)
        for (unsigned which = 0; which < 7; which++) {
            struct space *parent, *child;
            err_t err = TINE_ERR_MEMORY;

            setup(state);
            parent = new_space();
            child = new_space();
            assert_int_equal(space_zero(parent, RANGE(0x1ff000, 3), RW), 0);
            zero_big(parent, BIG_AT);
            *word(parent, 0x1ff000, TINE_PROT_WRITE) = 5;
            *word(parent, BIG_AT + 0x4000, TINE_PROT_WRITE) = 6;
            assert_int_equal(space_clone(child, RANGE(0, TINE_USER_END >> 12), granularity, parent), 0);
            for (unsigned allowed = 0; err; allowed++) {
                uint64_t limit = root->limit;

                root->limit = root->used + allowed;
                err = change(which, child);
                root->limit = limit;
                assert_true(err == 0 || err == TINE_ERR_MEMORY);
                assert_int_equal(check_all(), 0);
                assert_int_equal(*word(parent, 0x1ff000, TINE_PROT_READ), 5);
                assert_int_equal(*word(parent, BIG_AT + 0x4000, TINE_PROT_READ), 6);
                if (err && which != 1 && which != 3) /* those may have done a part */
                    assert_int_equal(*word(child, 0x1ff000, TINE_PROT_READ), 5);
            }
            object_destroy(&parent->head);
            object_destroy(&child->head);
        }
}

/* Generations of snapshots, each of the last; and many of one. */
static void test_deep_and_wide(void **state)
{
    enum { GENERATIONS = 200 };
    static struct space *line[GENERATIONS];

    for (unsigned wide = 0; wide < 2; wide++) {
        line[0] = new_space();
        assert_int_equal(space_zero(line[0], RANGE(0x1f0000, 32), RW), 0);
        for (unsigned i = 1; i < GENERATIONS; i++) {
            struct space *from = line[wide ? 0 : i - 1];

            line[i] = new_space();
            assert_int_equal(space_clone(line[i], RANGE(0, TINE_USER_END >> 12), TINE_CLONE_TREE, from), 0);
            if (i % 3 == 0) {
                assert_int_equal(space_copy(from, RANGE(0x1f0000, 1), RW), 0);
                *word(from, 0x1f0000, TINE_PROT_WRITE) = i;
            }
        }
        assert_int_equal(check_all(), 0);
        if (wide)
            for (unsigned i = 1; i < GENERATIONS; i++) /* as it was when they were made */
                assert_int_equal(*word(line[i], 0x1f0000, TINE_PROT_READ), (i - 1) / 3 * 3);
        for (unsigned i = 0; i < GENERATIONS; i++)
            object_destroy(&line[(i * 77) % GENERATIONS]->head);
        assert_int_equal(root->used, 0);
    }
}

static void test_model(void **state)
{
    static uint8_t bytes[8000];
    unsigned refused = 0;

    for (unsigned seed = 1; seed <= 60; seed++) {
        unsigned s = seed;

        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)(rand_r(&s) >> 8);
        refused += model_run(bytes, sizeof(bytes));
    }
    assert_true(refused > 100);
}

/* What hardware would do wrong, and QEMU never: the walker says so. */
static void test_walker_finds_what_hardware_would(void **state)
{
    struct space *space = new_space(), *child = new_space();
    pte_t *entry, good;

    assert_int_equal(space_zero(space, RANGE(AT, 4), RW), 0);
    entry = tree_own_entry(&space->tree, AT);
    good = *entry;
    host_quiet = true;
    *entry = good & ~PTE_A;
    assert_int_equal(check_all(), 1);
    *entry = good & ~PTE_D;
    assert_int_equal(check_all(), 1);
    *entry = good | PTE_X; /* past the one function that fences */
    assert_int_equal(check_all(), 1);
    host_quiet = false;
    *entry = good;

    assert_int_equal(space_protect(space, RANGE(AT, 4), RW | TINE_PROT_EXEC), 0);
    assert_int_equal(check_all(), 0);
    assert_int_equal(space_clone(child, RANGE(0, TINE_USER_END / TINE_PAGE_SIZE), TINE_CLONE_FRAMES, space), 0);
    assert_int_equal(check_all(), 0); /* copies of code are fresh code */
    assert_int_equal(space_clone(child, RANGE(AT, 4), TINE_CLONE_ENTRIES, space), 0);
    space_unshare(child, space, AT);
    assert_int_equal(check_all(), 0);
    assert_ptr_not_equal(word(space, AT, TINE_PROT_READ), word(child, AT, TINE_PROT_READ));
}

/* Of a clone's pages those with a bit are copied, one between two preemption points; what cannot be had is left. */
static void test_copies_of_a_clone(void **state)
{
    struct space *parent = new_space(), *child = new_space();
    uint64_t bits = 0x8000000000000009, none = ~0ul;

    assert_int_equal(space_zero(parent, RANGE(AT, 4), RW), 0);
    assert_int_equal(space_clone(child, RANGE(AT, 4), TINE_CLONE_ENTRIES, parent), 0);
    host_preempt_after(1);
    assert_int_equal(space_copy_some(child, AT + 8, &bits), SPACE_PREEMPTED);
    assert_int_equal(bits, 0x8000000000000008);
    assert_ptr_not_equal(word(child, AT, TINE_PROT_WRITE), word(parent, AT, TINE_PROT_READ));
    assert_null(word(child, AT + 3 * TINE_PAGE_SIZE, TINE_PROT_WRITE));
    host_preempt_after(0);
    assert_int_equal(space_copy_some(child, AT, &bits), 0);
    assert_int_equal(bits, 0);
    assert_non_null(word(child, AT + 3 * TINE_PAGE_SIZE, TINE_PROT_WRITE));
    assert_null(word(child, AT + TINE_PAGE_SIZE, TINE_PROT_WRITE));
    assert_null(word(parent, AT, TINE_PROT_WRITE));
    assert_int_equal(space_copy_some(child, TINE_USER_END - TINE_PAGE_SIZE, &none), 0); /* beyond the last page */
    none = ~0ul;
    assert_int_equal(space_copy_some(child, ~0ul - 100, &none), 0);
    assert_int_equal(check_all(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bad_ranges),
        TEST(test_bad_rights),
        TEST(test_empty_range_is_nothing),
        TEST(test_cow_both_ways),
        TEST(test_copies_of_a_clone),
        TEST(test_protect_does_not_undo_cow),
        TEST(test_read_only_view_stays_so),
        TEST(test_device),
        TEST(test_adopted_pages),
        TEST(test_gone_space),
        TEST(test_work_is_bounded),
        TEST(test_each_allocation_fails),
        TEST(test_big_page),
        TEST(test_big_page_is_cleared_in_pieces),
        TEST(test_big_page_under_cow),
        TEST(test_runs_and_single_frames),
        TEST(test_each_allocation_of_a_split_fails),
        TEST(test_deep_and_wide),
        TEST(test_walker_finds_what_hardware_would),
        cmocka_unit_test(test_model),
    };

    space_checks_code = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
