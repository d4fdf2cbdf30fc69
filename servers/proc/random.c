/* The generator behind getrandom(2): random_seed, random_bytes. */
#include "servers/proc/random.h"
#include <string.h>

enum { BLOCK_WORDS = 16, KEY_WORDS = 8, ROUNDS = 20, STOCK_BLOCKS = 8 };

static uint32_t key[KEY_WORDS];

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static inline __attribute__((always_inline)) void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b;
    *d = rotate(*d ^ *a, 16);
    *c += *d;
    *b = rotate(*b ^ *c, 12);
    *a += *b;
    *d = rotate(*d ^ *a, 8);
    *c += *d;
    *b = rotate(*b ^ *c, 7);
}

void chacha20_block(const uint32_t k[8], uint32_t counter, const uint32_t nonce[3], uint32_t out[16])
{
    uint32_t start[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, k[0], k[1],
                                    k[2],       k[3],       k[4],       k[5],       k[6], k[7],
                                    counter,    nonce[0],   nonce[1],   nonce[2] };
    uint32_t *x = out;

    memcpy(x, start, sizeof(start));
    for (unsigned round = 0; round < ROUNDS; round += 2) {
        quarter_round(&x[0], &x[4], &x[8], &x[12]);
        quarter_round(&x[1], &x[5], &x[9], &x[13]);
        quarter_round(&x[2], &x[6], &x[10], &x[14]);
        quarter_round(&x[3], &x[7], &x[11], &x[15]);
        quarter_round(&x[0], &x[5], &x[10], &x[15]);
        quarter_round(&x[1], &x[6], &x[11], &x[12]);
        quarter_round(&x[2], &x[7], &x[8], &x[13]);
        quarter_round(&x[3], &x[4], &x[9], &x[14]);
    }
    for (unsigned i = 0; i < BLOCK_WORDS; i++)
        x[i] += start[i];
}

/* Some blocks at a time: the first bytes are the next key, the rest is given out once and forgotten. */
static uint8_t stock[STOCK_BLOCKS * sizeof(uint32_t) * BLOCK_WORDS];
static size_t stock_left; /* at its end */

void random_seed(const void *entropy, size_t bytes)
{
    static const uint32_t nonce[3] = { 0 };
    const uint8_t *from = entropy;
    uint32_t block[BLOCK_WORDS];

    for (size_t i = 0; i < bytes; i++) {
        key[i / sizeof(uint32_t) % KEY_WORDS] ^= (uint32_t)from[i] << 8 * (i % sizeof(uint32_t));
        if (i % sizeof(key) == sizeof(key) - 1 || i == bytes - 1) {
            chacha20_block(key, 0, nonce, block);
            memcpy(key, block, sizeof(key));
        }
    }
    stock_left = 0; /* what is left comes from before */
}

static void stock_refill(void)
{
    static const uint32_t nonce[3] = { 0 };
    uint32_t block[BLOCK_WORDS];

    for (uint32_t counter = 0; counter < STOCK_BLOCKS; counter++) {
        chacha20_block(key, counter, nonce, block);
        memcpy(stock + counter * sizeof(block), block, sizeof(block));
    }
    memcpy(key, stock, sizeof(key));
    stock_left = sizeof(stock) - sizeof(key);
}

void random_bytes(void *to, size_t bytes)
{
    uint8_t *out = to;

    while (bytes) {
        size_t n;
        uint8_t *from;

        if (!stock_left)
            stock_refill();
        n = bytes < stock_left ? bytes : stock_left;
        from = stock + sizeof(stock) - stock_left;
        memcpy(out, from, n);
        memset(from, 0, n);
        out += n;
        bytes -= n;
        stock_left -= n;
    }
}
