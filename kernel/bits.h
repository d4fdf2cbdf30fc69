/* Bit tricks for a machine without the instructions for them (rv64imac). */
#ifndef KERNEL_BITS_H
#define KERNEL_BITS_H

#include <stdint.h>

/* Index of the lowest set bit of a word that is not 0. Leiserson, Prokop, Randall, "Using de Bruijn Sequences to
 * Index a 1 in a Computer Word", 1998. */
static inline unsigned lowest_bit(uint64_t word)
{
    static const uint8_t index[64] = {
        0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
        22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
        23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
    };

    return index[(word & -word) * 0x022fdd63cc95386d >> 58];
}

#endif
