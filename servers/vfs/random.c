/* ChaCha20 as a generator with fast key erasure: the first 32 bytes of each stream are the next key. Source: RFC 8439.
 * */
#include "servers/vfs/random.h"
#include "libc/kernel.h"
#include <string.h>

static uint32_t key[8];

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b;
    *d = ROTATE(*d ^ *a, 16);
    *c += *d;
    *b = ROTATE(*b ^ *c, 12);
    *a += *b;
    *d = ROTATE(*d ^ *a, 8);
    *c += *d;
    *b = ROTATE(*b ^ *c, 7);
}

static void block(uint64_t counter, uint32_t out[16])
{
    uint32_t in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

    memcpy(in + 4, key, sizeof(key));
    in[12] = (uint32_t)counter;
    in[13] = (uint32_t)(counter >> 32);
    memcpy(out, in, sizeof(in));
    for (int round = 0; round < 10; round++) {
        quarter(&out[0], &out[4], &out[8], &out[12]);
        quarter(&out[1], &out[5], &out[9], &out[13]);
        quarter(&out[2], &out[6], &out[10], &out[14]);
        quarter(&out[3], &out[7], &out[11], &out[15]);
        quarter(&out[0], &out[5], &out[10], &out[15]);
        quarter(&out[1], &out[6], &out[11], &out[12]);
        quarter(&out[2], &out[7], &out[8], &out[13]);
        quarter(&out[3], &out[4], &out[9], &out[14]);
    }
    for (int i = 0; i < 16; i++)
        out[i] += in[i];
}

void random_seed(uint64_t entropy)
{
    uint32_t out[16];

    key[0] ^= (uint32_t)entropy;
    key[1] ^= (uint32_t)(entropy >> 32);
    block(0, out);
    memcpy(key, out, sizeof(key));
}

/* The time of each request goes in too: it costs nothing and cannot be known exactly from outside. */
void random_bytes(void *to, size_t len)
{
    unsigned char *at = to;
    uint32_t next[16], out[16];

    key[2] ^= (uint32_t)tine_time();
    block(0, next);
    for (uint64_t counter = 1; len; counter++) {
        size_t piece = len < sizeof(out) ? len : sizeof(out);

        block(counter, out);
        memcpy(at, out, piece);
        at += piece;
        len -= piece;
    }
    memcpy(key, next, sizeof(key));
    memset(out, 0, sizeof(out));
}
