/*
 * The page before the vDSO's first: what its functions compute the time from. proc writes it, every process reads it.
 * Each field is one word, so that whoever reads while proc sets the clock sees the old time or the new one, no mixture.
 *
 * A division costs more than everything else in a clock call, so the rates come as factors:
 *   seconds     = ticks * seconds_factor >> 64, which may be one too small, never too great
 *   nanoseconds = (ticks - seconds * hz) * ns_factor >> 32
 */
#ifndef VDSO_DATA_H
#define VDSO_DATA_H

#include <stdint.h>

struct vdso_data {
    uint64_t hz;             /* ticks of the timebase a second */
    uint64_t seconds_factor; /* 2^64 / hz, rounded down */
    uint64_t ns_factor;      /* 10^9 * 2^32 / hz, rounded down */
    uint64_t realtime;       /* since 1970 at tick 0: seconds << 30 | nanoseconds */
};

#define VDSO_NS_BITS 30

#endif
