/* servers/proc/random.c: the block function against RFC 8439, and that output neither repeats nor overruns. */
#include "servers/proc/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 8439, section 2.3.2. */
static void block_of_the_rfc(void **state)
{
    static const uint32_t key[8] = { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
                                     0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c };
    static const uint32_t nonce[3] = { 0x09000000, 0x4a000000, 0x00000000 };
    static const uint32_t expected[16] = { 0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
                                           0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
                                           0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2 };
    uint32_t out[16];

    chacha20_block(key, 1, nonce, out);
    assert_memory_equal(out, expected, sizeof(out));
}

static void same_seed_same_start(void **state)
{
    uint8_t first[100], second[100];

    random_seed("seed", 4);
    random_bytes(first, sizeof(first));
    random_bytes(second, sizeof(second));
    assert_memory_not_equal(first, second, sizeof(first));
}

static void every_length(void **state)
{
    for (size_t n = 0; n < 300; n++) {
        uint8_t out[302];

        memset(out, 0x55, sizeof(out));
        random_bytes(out + 1, n);
        assert_int_equal(out[0], 0x55);
        assert_int_equal(out[1 + n], 0x55);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_of_the_rfc),
        cmocka_unit_test(same_seed_same_start),
        cmocka_unit_test(every_length),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
