/* Random bytes for getrandom(2), AT_RANDOM and whoever needs some: ChaCha20 (RFC 8439) with a key that is replaced
 * after each request, so that nothing given out can be computed from what is in memory later. Pure but for the clock.
 */
#ifndef PROC_RANDOM_H
#define PROC_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Seeds the generator; more entropy may be mixed in at any time by calling it again. */
void random_seed(const void *entropy, size_t bytes);

/* Fills `to`. O(bytes). */
void random_bytes(void *to, size_t bytes);

/* One block of ChaCha20, RFC 8439 section 2.3: key of 8 words, counter, nonce of 3 words. */
void chacha20_block(const uint32_t key[8], uint32_t counter, const uint32_t nonce[3], uint32_t out[16]);

#endif
