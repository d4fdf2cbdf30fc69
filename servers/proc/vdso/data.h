/*
 * The page before the vDSO's code, and how the counter of the timebase becomes time with it. proc writes the page, every
 * process reads it. Each field is one word, so that whoever reads while proc sets the clock sees the old time or the new
 * one, no mixture.
 */
#ifndef VDSO_DATA_H
#define VDSO_DATA_H

#include <stdint.h>

struct vdso_data {
    uint64_t hz;             /* ticks of the timebase a second */
    uint64_t seconds_factor; /* 2^64 / hz, rounded down */
    uint64_t ns_factor;      /* 10^9 * 2^32 / hz, rounded down */
    uint64_t realtime;       /* since 1970 at tick 0, as vdso_realtime packs it */
};

#define VDSO_NS_PER_S 1000000000UL
#define VDSO_NS_BITS  30

/* hz > 1. */
static inline void vdso_set_rate(struct vdso_data *data, uint64_t hz)
{
    data->hz = hz;
    data->seconds_factor = UINT64_MAX / hz;
    data->ns_factor = (VDSO_NS_PER_S << 32) / hz;
}

/* Both parts in one word: good until the year 2514. */
static inline uint64_t vdso_realtime(uint64_t ns)
{
    return ns / VDSO_NS_PER_S << VDSO_NS_BITS | ns % VDSO_NS_PER_S;
}

/* Ticks as seconds and nanoseconds, rounded down. A division costs more than all of this: hence the factors. The one for
 * seconds gives at most one too few. */
static inline void vdso_split(const volatile struct vdso_data *data, uint64_t ticks, uint64_t *sec, uint64_t *ns)
{
    uint64_t hz = data->hz;
    uint64_t s = (uint64_t)((unsigned __int128)ticks * data->seconds_factor >> 64);
    uint64_t rest = ticks - s * hz;

    if (rest >= hz) {
        rest -= hz;
        s++;
    }
    *sec = s;
    *ns = rest * data->ns_factor >> 32;
}

/* From the monotonic to the realtime clock. */
static inline void vdso_add_realtime(uint64_t realtime, uint64_t *sec, uint64_t *ns)
{
    *sec += realtime >> VDSO_NS_BITS;
    *ns += realtime & ((1UL << VDSO_NS_BITS) - 1);
    if (*ns >= VDSO_NS_PER_S) {
        *ns -= VDSO_NS_PER_S;
        ++*sec;
    }
}

/* ns / 1000 for ns < 2^32. */
static inline uint64_t vdso_us(uint64_t ns)
{
    return ns * 274877907UL >> 38; /* 2^38 / 1000, rounded up */
}

#endif
