/*
 * Ticks and nanoseconds, by fixed-point factors of 64 bits before the point and 64 behind it. The part behind is
 * rounded down, at an error of value * 2^-64: nothing, where the rates divide each other evenly as 10 MHz and 4 MHz do.
 */
#include "libc/timeout.h"

#define NS_A_SECOND 1000000000UL

struct factor {
    uint64_t whole, fraction;
};

static struct factor ns_a_tick, ticks_a_ns;

/* num / den: a long division, once at the start. den > 0. */
static struct factor factor_of(uint64_t num, uint64_t den)
{
    struct factor f = { num / den, 0 };
    uint64_t rest = num % den;

    for (int bit = 63; bit >= 0; bit--) {
        if (rest >= den - rest) {
            rest -= den - rest;
            f.fraction |= 1UL << bit;
        } else {
            rest += rest;
        }
    }
    return f;
}

void ticks_rate(uint64_t timebase_hz)
{
    ns_a_tick = factor_of(NS_A_SECOND, timebase_hz);
    ticks_a_ns = factor_of(timebase_hz, NS_A_SECOND);
}

uint64_t ticks_from_ns(uint64_t ns)
{
    unsigned __int128 part = (unsigned __int128)ns * ticks_a_ns.fraction;
    unsigned __int128 ticks = (unsigned __int128)ns * ticks_a_ns.whole + (uint64_t)(part >> 64) + ((uint64_t)part != 0);

    return ticks >> 64 ? UINT64_MAX : (uint64_t)ticks;
}

uint64_t ns_from_ticks(uint64_t ticks)
{
    uint64_t part = (uint64_t)((unsigned __int128)ticks * ns_a_tick.fraction >> 64);
    unsigned __int128 ns = (unsigned __int128)ticks * ns_a_tick.whole + part;

    return ns >> 64 ? UINT64_MAX : (uint64_t)ns;
}
