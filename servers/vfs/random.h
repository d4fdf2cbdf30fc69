/* Random bytes for /dev/random and /dev/urandom: the ChaCha20 stream under a key that changes with every use. */
#ifndef VFS_RANDOM_H
#define VFS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Mixes what is known to be unpredictable into the key. */
void random_seed(uint64_t entropy);

/* Fills `to`. Earlier output cannot be computed from the state that remains. */
void random_bytes(void *to, size_t len);

#endif
