/* libc/newc.c: archives built here, well formed and damaged in every field. */
#include "libc/newc.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- building -------------------------------------------------------------------------------------------------- */

static char image[8192];
static size_t image_bytes;

static void reset(void)
{
    memset(image, 0, sizeof(image));
    image_bytes = 0;
}

static void pad(void)
{
    image_bytes = (image_bytes + 3) & ~(size_t)3;
}

static void entry(char version, const char *name, const char *data, unsigned bytes, unsigned sum)
{
    char head[111];

    snprintf(head, sizeof(head), "07070%c%08X%08X%08x%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", version, 7, 0100644, 1,
             2, 1, 0x5f000000, bytes, 3, 4, 5, 6, (unsigned)strlen(name) + 1, sum);
    memcpy(image + image_bytes, head, 110);
    image_bytes += 110;
    strcpy(image + image_bytes, name);
    image_bytes += strlen(name) + 1;
    pad();
    memcpy(image + image_bytes, data, bytes);
    image_bytes += bytes;
    pad();
}

static void trailer(void)
{
    entry('1', "TRAILER!!!", "", 0, 0);
}

/* Walks an exact copy on the heap, so that the sanitizer sees every byte read beyond. Returns how the walk ended. */
static enum newc_error walk(unsigned *entries, size_t *offset)
{
    char *copy = malloc(image_bytes ? image_bytes : 1);
    struct newc archive;
    struct newc_entry e;
    enum newc_error error;

    memcpy(copy, image, image_bytes);
    newc_open(&archive, copy, image_bytes);
    *entries = 0;
    while ((error = newc_next(&archive, &e)) == NEWC_OK) {
        assert_int_equal(strlen(e.name), e.name_bytes);
        assert_in_range((uintptr_t)e.data, (uintptr_t)copy, (uintptr_t)copy + image_bytes - e.bytes);
        ++*entries;
    }
    assert_int_equal(newc_next(&archive, &e), error);
    assert_true(archive.offset <= image_bytes);
    *offset = archive.offset;
    free(copy);
    return error;
}

static void expect(enum newc_error error, unsigned entries)
{
    unsigned seen;
    size_t offset;

    assert_int_equal(walk(&seen, &offset), error);
    assert_int_equal(seen, entries);
}

/* ---- well formed ----------------------------------------------------------------------------------------------- */

static void reads_all_fields(void **state)
{
    struct newc_entry e;

    reset();
    entry('1', "dir/file", "hello", 5, 0);
    trailer();
    assert_int_equal(newc_find(image, image_bytes, "dir/file", &e), NEWC_OK);
    assert_int_equal(e.ino, 7);
    assert_int_equal(e.mode, 0100644);
    assert_int_equal(e.uid, 1);
    assert_int_equal(e.gid, 2);
    assert_int_equal(e.nlink, 1);
    assert_int_equal(e.mtime, 0x5f000000);
    assert_int_equal(e.dev_major, 3);
    assert_int_equal(e.dev_minor, 4);
    assert_int_equal(e.rdev_major, 5);
    assert_int_equal(e.rdev_minor, 6);
    assert_int_equal(e.bytes, 5);
    assert_memory_equal(e.data, "hello", 5);
}

static void finds_by_name(void **state)
{
    struct newc_entry e;

    reset();
    entry('1', ".", "", 0, 0);
    entry('1', "./proc", "p", 1, 0);
    entry('1', "/vfs", "v", 1, 0);
    trailer();
    assert_int_equal(newc_find(image, image_bytes, "proc", &e), NEWC_OK);
    assert_int_equal(newc_find(image, image_bytes, "vfs", &e), NEWC_OK);
    assert_int_equal(newc_find(image, image_bytes, "pro", &e), NEWC_END);
}

static void concatenated(void **state)
{
    struct newc archive;
    struct newc_entry e;

    reset();
    entry('1', "a", "", 0, 0);
    trailer();
    image_bytes += 512; /* zero bytes between */
    entry('1', "b", "", 0, 0);
    trailer();
    image_bytes += 3;
    newc_open(&archive, image, image_bytes);
    assert_int_equal(newc_next(&archive, &e), NEWC_OK);
    assert_int_equal(archive.archive, 0);
    assert_int_equal(newc_next(&archive, &e), NEWC_OK);
    assert_string_equal(e.name, "b");
    assert_int_equal(archive.archive, 1);
    assert_int_equal(newc_next(&archive, &e), NEWC_END);
    assert_int_equal(archive.offset, image_bytes);
}

static void something_else_follows(void **state)
{
    unsigned seen;
    size_t offset, where;

    reset();
    entry('1', "a", "", 0, 0);
    trailer();
    where = image_bytes += 8;
    memcpy(image + image_bytes, "\037\213xx", 4); /* gzip */
    image_bytes += 4;
    assert_int_equal(walk(&seen, &offset), NEWC_END);
    assert_int_equal(offset, where);
}

static void checksums(void **state)
{
    reset();
    entry('2', "a", "\001\377", 2, 0x100);
    trailer();
    expect(NEWC_END, 1);
    reset();
    entry('2', "a", "\001\377", 2, 0x101);
    trailer();
    expect(NEWC_SUM, 0);
}

/* ---- damaged --------------------------------------------------------------------------------------------------- */

static void not_an_archive(void **state)
{
    reset();
    expect(NEWC_MAGIC, 0);
    image_bytes = 64;
    expect(NEWC_MAGIC, 0);
    strcpy(image, "070707 is another format");
    expect(NEWC_MAGIC, 0);
}

static void every_truncation(void **state)
{
    size_t whole;

    reset();
    entry('1', "a", "hello", 5, 0);
    entry('1', "b", "world!", 6, 0);
    trailer();
    whole = image_bytes;
    for (image_bytes = 0; image_bytes < whole; image_bytes++) {
        unsigned seen;
        size_t offset;
        enum newc_error error = walk(&seen, &offset);

        if (error != NEWC_END) {
            assert_true(error == NEWC_TRUNCATED || error == NEWC_TRAILER || error == NEWC_MAGIC);
            assert_true(seen <= 2);
        } else {
            assert_true(whole - image_bytes <= 3); /* but for the last padding */
        }
    }
}

static void bad_numbers(void **state)
{
    for (int at = 6; at < 110; at++) {
        reset();
        entry('1', "a", "", 0, 0);
        trailer();
        image[at] = at % 2 ? 'g' : '/';
        expect(NEWC_NUMBER, 0);
    }
}

static void put_field(int field, const char *digits)
{
    memcpy(image + 6 + 8 * field, digits, 8);
}

static void bad_names(void **state)
{
    const char *const lengths[] = { "00000000", "00000001", "00001001", "FFFFFFFF", "00000003", "00000005" };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        reset();
        entry('1', "abc", "0123456789", 10, 0);
        trailer();
        put_field(11, lengths[i]);
        expect(NEWC_NAME, 0);
    }
}

static void huge_sizes(void **state)
{
    const char *const sizes[] = { "FFFFFFFF", "FFFFFFFC", "7FFFFFFF", "00002000" };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        reset();
        entry('1', "abc", "0123456789", 10, 0);
        trailer();
        put_field(6, sizes[i]);
        expect(NEWC_TRUNCATED, 0);
    }
}

static void no_trailer(void **state)
{
    reset();
    entry('1', "a", "x", 1, 0);
    expect(NEWC_TRAILER, 1);
}

static void lost_in_the_middle(void **state)
{
    reset();
    entry('1', "a", "hello", 5, 0);
    image_bytes += 4; /* zero bytes are fine between archives only */
    entry('1', "b", "", 0, 0);
    trailer();
    expect(NEWC_MAGIC, 1);
}

static void every_error_has_its_sentence(void **state)
{
    for (int e = NEWC_OK; e <= NEWC_TRAILER; e++)
        assert_string_not_equal(newc_error_text(e), "unknown error");
    assert_string_equal(newc_error_text(99), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_fields),
        cmocka_unit_test(finds_by_name),
        cmocka_unit_test(concatenated),
        cmocka_unit_test(checksums),
        cmocka_unit_test(not_an_archive),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(bad_numbers),
        cmocka_unit_test(bad_names),
        cmocka_unit_test(huge_sizes),
        cmocka_unit_test(no_trailer),
        cmocka_unit_test(lost_in_the_middle),
        cmocka_unit_test(something_else_follows),
        cmocka_unit_test(every_error_has_its_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
