/* Address spaces: ranges and rights that are refused, and that refused operations change nothing. */
#include "hostile.h"
#include <stdio.h>

#define RW (TINE_PROT_READ | TINE_PROT_WRITE)

static cap_t space, source;

enum range_op { ZERO, COPY, SHARE, CLONE, PROTECT, UNMAP, INSPECT, RANGE_OPS };
static const char *const names[] = { "space_zero",    "space_copy",  "space_share",  "space_clone",
                                     "space_protect", "space_unmap", "space_inspect" };

static err_t range_op(enum range_op op, cap_t on, uint64_t addr, size_t npages)
{
    struct tine_values v;

    switch (op) {
    case ZERO:
        return tine_space_zero(on, addr, npages, RW);
    case COPY:
        return tine_space_copy(on, addr, npages, RW);
    case SHARE:
        return tine_space_share(on, addr, npages, TINE_PROT_READ, source, 0);
    case CLONE:
        return tine_space_clone(on, addr, npages, TINE_CLONE_AUTO, source);
    case PROTECT:
        return tine_space_protect(on, addr, npages, TINE_PROT_READ);
    case UNMAP:
        return tine_space_unmap(on, addr, npages);
    default:
        return tine_space_inspect(on, addr, npages, &v);
    }
}

static void expect_named(const char *operation, const char *what, err_t got, err_t wanted)
{
    char name[80];

    snprintf(name, sizeof(name), "%s: %s", operation, what);
    expect(name, got, wanted);
}

static void ranges(void)
{
    cap_t wrong = other(TINE_KIND_SPACE), weak_read = with(space, TINE_READ), weak_write = with(space, TINE_WRITE);

    for (enum range_op op = ZERO; op < RANGE_OPS; op++) {
        const char *n = names[op];

        expect_named(n, "another kind", range_op(op, wrong, 0, 1), TINE_ERR_CAP);
        expect_named(n, "a right missing", range_op(op, op == INSPECT ? weak_write : weak_read, 0, 1), TINE_ERR_RIGHTS);
        expect_named(n, "unaligned", range_op(op, space, 8, 1), TINE_ERR_RANGE);
        expect_named(n, "beyond user addresses", range_op(op, space, TINE_USER_END, 1), TINE_ERR_RANGE);
        expect_named(n, "across the end of user addresses", range_op(op, space, TINE_USER_END - 0x1000, 2),
                     TINE_ERR_RANGE);
        expect_named(n, "in the kernel's half", range_op(op, space, 0xffffffff80000000, 1), TINE_ERR_RANGE);
        expect_named(n, "wrapping", range_op(op, space, 0x1000, ~0UL), TINE_ERR_RANGE);
        expect_named(n, "wrapping to a small number", range_op(op, space, 0x1000, 1UL << 52), TINE_ERR_RANGE);
    }
}

static void arguments(void)
{
    struct tine_values v;

    expect("space_zero: no such protection", tine_space_zero(space, 0, 1, 64), TINE_ERR_ARG);
    expect("space_zero: a protection of share", tine_space_zero(space, 0, 1, TINE_PROT_PRIVATE), TINE_ERR_ARG);
    expect("space_copy: no such protection", tine_space_copy(space, 0, 1, 64), TINE_ERR_ARG);
    expect("space_share: no such protection", tine_space_share(space, 0, 1, 64, source, 0), TINE_ERR_ARG);
    expect("space_protect: no such protection", tine_space_protect(space, 0, 1, 64), TINE_ERR_ARG);
    expect("space_clone: no such granularity", tine_space_clone(space, 0, 1, 99, source), TINE_ERR_ARG);
    expect("space_clone: onto itself", tine_space_clone(space, 0, 1, TINE_CLONE_AUTO, space), TINE_ERR_ARG);
    expect("space_share: source of another kind", tine_space_share(space, 0, 1, RW, other(TINE_KIND_SPACE), 0),
           TINE_ERR_CAP);
    expect("space_share: source unaligned", tine_space_share(space, 0, 1, TINE_PROT_READ, source, 8), TINE_ERR_RANGE);
    expect("space_share: source beyond user addresses",
           tine_space_share(space, 0, 2, TINE_PROT_READ, source, TINE_USER_END - 0x1000), TINE_ERR_RANGE);
    expect("space_share: writable from a source without WRITE",
           tine_space_share(space, 0, 1, RW, with(source, TINE_READ), 0), TINE_ERR_RIGHTS);
    expect("space_clone: source without WRITE", tine_space_clone(space, 0, 1, TINE_CLONE_AUTO, with(source, TINE_READ)),
           TINE_ERR_RIGHTS);
    tine_space_inspect(space, 0, 1, &v);
    expect_that("spaces: refused operations mapped nothing", v.a1 == 0);
}

static void copies(void)
{
    static const uint64_t some[3] = { 1, 2, 3 };
    long word = 77, back = 0;
    struct tine_values v;
    size_t done = 9;

    tine_space_zero(space, 0x10000, 1, RW);
    tine_space_zero(space, 0x12000, 1, TINE_PROT_READ);
    expect("space_write: works", tine_space_write(space, 0x10008, &word, sizeof(word), &done), 0);
    expect("space_read: works", tine_space_read(space, 0x10008, &back, sizeof(back), &done), 0);
    expect_that("space_read: what was written", back == 77 && done == sizeof(back));
    expect("space_write: to what is read-only", tine_space_write(space, 0x12000, &word, 8, &done), TINE_ERR_FAULT);
    expect("space_write: across the end of what is mapped", tine_space_write(space, 0x10ffc, &word, 8, &done),
           TINE_ERR_FAULT);
    expect_that("space_write: says how far it came", done == 4);
    expect("space_read: from nowhere", tine_space_read(space, 0x20000, &back, 8, &done), TINE_ERR_FAULT);
    expect("space_read: to nowhere", tine_space_read(space, 0x10000, (void *)NOWHERE, 8, &done), TINE_ERR_FAULT);
    expect("space_read: to the kernel's half", tine_space_read(space, 0x10000, (void *)(~0UL << 31), 8, &done),
           TINE_ERR_FAULT);
    expect("space_read: from the kernel's half", tine_space_read(space, ~0UL << 31, &back, 8, &done), TINE_ERR_FAULT);
    expect("space_read: wrapping", tine_space_read(space, ~0UL - 3, &back, 8, &done), TINE_ERR_FAULT);
    expect("space_read: far too much", tine_space_read(space, 0x10000, &back, 1UL << 40, &done), TINE_ERR_ARG);
    expect("space_poke: works", tine_space_poke(space, 0x10011, 3, (uint64_t[3]){ 0x44332211 }), 0);
    expect("space_peek: works", tine_space_peek(space, 0x10008, TINE_PEEK_MOST, &v), 0);
    expect_that("space_peek: what was written", v.a1 == 77 && v.a2 == 0x33221100 && v.a3 == 0);
    expect("space_peek: a half word", tine_space_peek(space, 0x10010, 4, &v), 0);
    expect_that("space_peek: zeroes behind it", v.a1 == 0x33221100 && !v.a2 && !v.a3);
    expect("space_peek: too much", tine_space_peek(space, 0x10000, TINE_PEEK_MOST + 1, &v), TINE_ERR_ARG);
    expect("space_peek: far too much", tine_space_peek(space, 0x10000, ~0UL, &v), TINE_ERR_ARG);
    expect("space_peek: in two pages", tine_space_peek(space, 0x10ffc, 8, &v), TINE_ERR_ARG);
    expect("space_peek: from nowhere", tine_space_peek(space, 0x20000, 8, &v), TINE_ERR_FAULT);
    expect("space_peek: from the kernel's half", tine_space_peek(space, ~0UL << 31, 8, &v), TINE_ERR_FAULT);
    expect("space_peek: another kind", tine_space_peek(pool, 0x10000, 8, &v), TINE_ERR_CAP);
    expect("space_peek: without READ", tine_space_peek(with(space, TINE_WRITE), 0x10000, 8, &v), TINE_ERR_RIGHTS);
    expect("space_poke: to what is read-only", tine_space_poke(space, 0x12000, 8, some), TINE_ERR_FAULT);
    expect("space_poke: too much", tine_space_poke(space, 0x10000, TINE_PEEK_MOST + 1, some), TINE_ERR_ARG);
    expect("space_poke: another kind", tine_space_poke(pool, 0x10000, 8, some), TINE_ERR_CAP);
    expect("space_poke: without WRITE", tine_space_poke(with(space, TINE_READ), 0x10000, 8, some), TINE_ERR_RIGHTS);
    expect("space_read: another kind", tine_space_read(pool, 0x10000, &back, 8, &done), TINE_ERR_CAP);
    expect("space_read: without READ", tine_space_read(with(space, TINE_WRITE), 0x10000, &back, 8, &done),
           TINE_ERR_RIGHTS);
    expect("space_write: without WRITE", tine_space_write(with(space, TINE_READ), 0x10000, &word, 8, &done),
           TINE_ERR_RIGHTS);
}

/* A snapshot does not follow its source, nor the source the snapshot; and neither can be made writable but by copying.
 */
static void snapshots(void)
{
    long word = 1, back = 0;
    size_t done;

    tine_space_zero(source, 0x40000, 2, RW);
    tine_space_write(source, 0x40000, &word, 8, &done);
    expect("space_clone: entries", tine_space_clone(space, 0x40000, 2, TINE_CLONE_ENTRIES, source), 0);
    word = 2;
    expect("space_clone: the source is frozen", tine_space_write(source, 0x40000, &word, 8, &done), TINE_ERR_FAULT);
    expect("space_protect: does not thaw it", tine_space_protect(source, 0x40000, 1, RW), 0);
    expect("space_write: still frozen", tine_space_write(source, 0x40000, &word, 8, &done), TINE_ERR_FAULT);
    expect("space_copy: thaws it", tine_space_copy(source, 0x40000, 1, RW), 0);
    expect("space_write: after copying", tine_space_write(source, 0x40000, &word, 8, &done), 0);
    tine_space_read(space, 0x40000, &back, 8, &done);
    expect_that("space_clone: the snapshot keeps what it had", back == 1);
    /* The mark that the kernel leaves in a6 when it looked at the hot pages, forged, with addresses of its own. */
    expect("space_clone: forged hot pages",
           tine_op7(TINE_SPACE_CLONE, space, 0x41000, 1, TINE_CLONE_ENTRIES, source, 0xffffffc080000000,
                    1ul << 63 | 0x4000000000, NULL),
           0);
    tine_space_zero(source, 0x44000, 4, RW);
    expect("space_clone: copies",
           tine_space_clone_copies(space, 0x44000, 4, TINE_CLONE_ENTRIES, source, 0, 0, 0x44000, 0xf5), 0);
    expect("space_write: a copy is writable", tine_space_write(space, 0x46000, &word, 8, &done), 0);
    expect("space_write: others are not", tine_space_write(space, 0x45000, &word, 8, &done), TINE_ERR_FAULT);
    expect("space_write: nor is the source's", tine_space_write(source, 0x46000, &word, 8, &done), TINE_ERR_FAULT);
    expect("space_clone: copies of everything from everywhere",
           tine_space_clone_copies(space, 0x44000, 4, TINE_CLONE_TREE, source, 0, 0, ~0UL - 9, ~0UL), 0);
    tine_space_unmap(source, 0x44000, 4);
    tine_space_unmap(space, 0x44000, 4);
    expect("space_clone: frames", tine_space_clone(space, 0x40000, 1, TINE_CLONE_FRAMES, source), 0);
    expect("space_write: both stay writable", tine_space_write(source, 0x40000, &word, 8, &done), 0);
    expect("space_write: both", tine_space_write(space, 0x40000, &word, 8, &done), 0);
}

/* A read-only view must not become writable by any way that does not copy. */
static void escalation(void)
{
    cap_t view = make(TINE_KIND_SPACE), third = make(TINE_KIND_SPACE);
    long word = 5, back = 0;
    size_t done;

    tine_space_zero(source, 0x80000, 1, RW);
    tine_space_write(source, 0x80000, &word, 8, &done);
    tine_space_share(view, 0, 1, TINE_PROT_READ, source, 0x80000);
    tine_space_protect(view, 0, 1, RW);
    expect("space_protect: a read-only view stays so", tine_space_write(view, 0, &word, 8, &done), TINE_ERR_FAULT);
    expect("space_share: writable from a read-only view", tine_space_share(third, 0, 1, RW, view, 0), TINE_ERR_RIGHTS);
    tine_space_copy(view, 0, 1, RW);
    word = 6;
    expect("space_copy: makes it private", tine_space_write(view, 0, &word, 8, &done), 0);
    tine_space_read(source, 0x80000, &back, 8, &done);
    expect_that("space_copy: the source is untouched", back == 5);
}

void test_spaces(void)
{
    struct tine_values v;

    space = make(TINE_KIND_SPACE);
    source = make(TINE_KIND_SPACE);
    ranges();
    arguments();
    copies();
    snapshots();
    escalation();
    expect("space_count: another kind", tine_space_count(pool, &v), TINE_ERR_CAP);
    expect("space_count: without READ", tine_space_count(with(space, TINE_WRITE), &v), TINE_ERR_RIGHTS);
    expect("space_count: works", tine_space_count(space, &v), 0);
    expect_that("space_count: pages", v.a2 == 4);
}
