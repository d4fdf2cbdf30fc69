/* kernel/tree.c: the ways down, counts and groups of nodes, what is given back when. */
#include "host.h"
#include <setjmp.h>

#include <cmocka.h>
#include <sbi/paging.h>

#define GIB  0x40000000ul
#define PAGE (PTE_V | PTE_R | PTE_U | PTE_A)
#define RW   (PAGE | PTE_W | PTE_D | PTE_MAY_WRITE)

static struct pool *root;
static struct tree tree;

static int setup(void **state)
{
    root = host_machine(600);
    return tree_init(&tree, root);
}

static void map(struct tree *to, vaddr_t addr, pte_t flags)
{
    struct tree_leaf leaf;
    paddr_t pa;

    assert_int_equal(pool_take_frame(root, FRAME_PAGE, false, &pa), 0);
    assert_int_equal(tree_reach(to, addr, 1, &leaf), 0);
    tree_set(to, &leaf, leaf.first, pte_make(pa, flags));
}

static void unmap(struct tree *from, vaddr_t addr)
{
    struct tree_leaf leaf;
    size_t gap;

    tree_find(from, addr, 1, &leaf, &gap);
    assert_int_equal(gap, 0);
    tree_clear(from, &leaf, leaf.first);
    if (!leaf.frame->used)
        tree_prune(from, addr);
}

static uint64_t node_count(void)
{
    uint64_t pages = 0, nodes = 1;
    vaddr_t addr = 0;

    while (addr < TINE_USER_END && tree_count(&tree, &addr, &pages, &nodes))
        ;
    return nodes;
}

static size_t gap_from(vaddr_t addr, size_t npages)
{
    struct tree_leaf leaf;
    size_t gap;

    tree_find(&tree, addr, npages, &leaf, &gap);
    assert_true(leaf.entry ? gap < npages : gap == npages);
    return gap;
}

static void test_root_has_the_kernel(void **state)
{
    pte_t *kernel = phys_to_virt(kernel_root), *user = phys_to_virt(tree.root);
    paddr_t was = tree.root;

    assert_memory_equal(user + KERNEL_ROOT_FIRST, kernel + KERNEL_ROOT_FIRST, 256 * sizeof(pte_t));
    assert_int_equal(frame_of(tree.root)->used, 0);
    assert_false(tree_dismantle(&tree));
    tree_free(&tree);
    assert_int_equal(root->used, 0);
    for (unsigned i = 0; i < SV39_ENTRIES; i++) /* it is handed out again as it is */
        assert_int_equal(((pte_t *)phys_to_virt(was))[i], 0);
}

static void test_gaps(void **state)
{
    size_t all = TINE_USER_END >> 12;

    assert_int_equal(gap_from(0, all), all);
    map(&tree, 255 * GIB + 0x3fe00000, PAGE); /* the last leaf table of all */
    map(&tree, 17 * GIB + 0x600000, PAGE);
    assert_int_equal(gap_from(0, all), (17 * GIB + 0x600000) >> 12);
    assert_int_equal(gap_from(0, 100), 100);
    assert_int_equal(gap_from(17 * GIB + 0x5ff000, 3), 1);
    assert_int_equal(gap_from(17 * GIB + 0x600000 + 77 * 0x1000, 3), 0); /* the table is there, if not the page */
    assert_int_equal(gap_from(17 * GIB + 0x800000, all), (255 * GIB + 0x3fe00000 - 17 * GIB - 0x800000) >> 12);
    assert_int_equal(gap_from(255 * GIB, 10), 10);
    unmap(&tree, 17 * GIB + 0x600000);
    assert_int_equal(gap_from(0, all), (255 * GIB + 0x3fe00000) >> 12);
}

static void test_nodes_come_and_go(void **state)
{
    assert_int_equal(node_count(), 1);
    map(&tree, 0x10000, PAGE);
    assert_int_equal(node_count(), 3);
    map(&tree, 0x11000, PAGE);
    assert_int_equal(node_count(), 3);
    map(&tree, 0x200000, PAGE);
    assert_int_equal(node_count(), 4);
    map(&tree, GIB, PAGE);
    assert_int_equal(node_count(), 6);
    assert_int_equal(root->used, 6 + 4);
    unmap(&tree, 0x10000);
    assert_int_equal(node_count(), 6);
    unmap(&tree, 0x11000);
    assert_int_equal(node_count(), 5);
    unmap(&tree, 0x200000);
    assert_int_equal(node_count(), 3);
    unmap(&tree, GIB);
    assert_int_equal(node_count(), 1);
    assert_int_equal(root->used, 1);
    assert_int_equal(frame_of(tree.root)->used, 0);
}

/* Wherever one entry is, and wherever one asks from, the next one is found. */
static void test_next(void **state)
{
    static pte_t entry[SV39_ENTRIES];
    struct frame node = { .groups = 0 };

    assert_int_equal(node_next(entry, &node, 0, SV39_ENTRIES), SV39_ENTRIES);
    for (unsigned used = 0; used < SV39_ENTRIES; used++) {
        entry[used] = 1;
        node.groups = 1u << used / 16 | 1u << 31; /* the last is marked in vain */
        for (unsigned from = 0; from <= SV39_ENTRIES; from += 1 + from % 5) {
            assert_int_equal(node_next(entry, &node, from, SV39_ENTRIES), from <= used ? used : SV39_ENTRIES);
            assert_int_equal(node_next(entry, &node, from, 300), from <= used && used < 300 ? used : 300);
        }
        entry[used] = 0;
    }
}

static void test_foreach_stays_inside(void **state)
{
    struct tree_leaf leaf;
    unsigned met;

    for (unsigned i = 0; i < SV39_ENTRIES; i += 3)
        map(&tree, i * 0x1000ul, PAGE);
    assert_int_equal(tree_reach(&tree, 0, SV39_ENTRIES, &leaf), 0);
    for (unsigned first = 0; first < SV39_ENTRIES; first += 7)
        for (unsigned end = first + 1; end <= SV39_ENTRIES; end += 11) {
            leaf.first = first;
            leaf.end = end;
            met = 0;
            LEAF_FOREACH (i, &leaf) {
                assert_true(i >= first && i < end && i % 3 == 0);
                met++;
            }
            assert_int_equal(met, (end + 2) / 3 - (first + 2) / 3);
        }
}

static void test_reach_fails_clean(void **state)
{
    struct tree_leaf leaf;
    uint64_t limit = root->limit;

    for (unsigned allowed = 0; allowed < 2; allowed++) {
        root->limit = root->used + allowed;
        assert_int_equal(tree_reach(&tree, GIB, 1, &leaf), TINE_ERR_MEMORY);
        assert_int_equal(node_count(), 1);
        assert_int_equal(root->used, 1);
    }
    root->limit = limit;
    assert_int_equal(tree_reach(&tree, GIB, 1, &leaf), 0);
    assert_int_equal(node_count(), 3);
}

static void test_clone_marks_both(void **state)
{
    struct tree_leaf from, to;
    struct tree copy;

    map(&tree, 0x5000, RW);
    map(&tree, 0x6000, PAGE);
    map(&tree, 0x7000, PTE_U | PTE_A | PTE_MAY_WRITE); /* PROT_NONE */
    assert_int_equal(tree_init(&copy, root), 0);
    assert_int_equal(tree_reach(&tree, 0, SV39_ENTRIES, &from), 0);
    assert_int_equal(tree_reach(&copy, 0, SV39_ENTRIES, &to), 0);
    assert_true(tree_clone_entries(&copy, &to, &from));
    assert_memory_equal(from.entry, to.entry, TINE_PAGE_SIZE);
    assert_int_equal(from.entry[5] & PTE_FLAGS, PAGE | PTE_COW);
    assert_int_equal(from.entry[6] & PTE_FLAGS, PAGE);
    assert_int_equal(from.entry[7] & PTE_FLAGS, PTE_U | PTE_A | PTE_COW);
    assert_int_equal(to.frame->used, 3);
    for (unsigned i = 5; i < 8; i++)
        assert_int_equal(pte_frame(from.entry[i])->refs, 2);

    while (tree_dismantle(&copy))
        ;
    assert_true(tree_is_empty(&copy));
    for (unsigned i = 5; i < 8; i++)
        assert_int_equal(pte_frame(from.entry[i])->refs, 1);
}

static void test_dismantle_is_complete(void **state)
{
    for (unsigned i = 0; i < 40; i++)
        map(&tree, (i * 6 * GIB + i * 0x1234000ul) & (TINE_USER_END - 0x1000), i % 2 ? RW : PAGE);
    while (tree_dismantle(&tree))
        ;
    assert_true(tree_is_empty(&tree));
    assert_int_equal(root->used, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_root_has_the_kernel),
        TEST(test_gaps),
        TEST(test_nodes_come_and_go),
        TEST(test_next),
        TEST(test_foreach_stays_inside),
        TEST(test_reach_fails_clean),
        TEST(test_clone_marks_both),
        TEST(test_dismantle_is_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
