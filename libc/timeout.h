/*
 * Timeouts of a server: any number of them on one kernel timer that is armed to the earliest. Also the conversion
 * between nanoseconds and ticks of the timebase.
 *
 * Instants are absolute, in ticks as tine_time() gives them. A timeout is embedded in what waits, which is found from
 * it by its offset. Adding and removing take O(log n) and rarely a kernel operation: the timer is armed again only for
 * an earlier instant, and what fires for nothing finds nothing due.
 */
#ifndef LIBC_TIMEOUT_H
#define LIBC_TIMEOUT_H

#include "libc/kernel.h"
#include <stdbool.h>
#include <sys/tree.h>

struct timeout {
    RB_ENTRY(timeout) entry;
    uint64_t when;                            /* ticks; 0: not in the tree */
    void (*expired)(struct timeout *timeout); /* called when due, after removal; may add and remove any timeout */
};

/*
 * Makes the timer from `pool`; it signals `notification` (bound to this server's thread) with `bits`, upon which the
 * server calls timeouts_run. timebase_hz: ticks a second. Returns 0, or MEMORY or SLOT.
 */
err_t timeouts_start(cap_t pool, cap_t notification, uint64_t bits, uint64_t timebase_hz);

/* Arms t to expire at `when` (moves it if it was armed). An instant in the past is due at once, by the notification. */
void timeout_add(struct timeout *t, uint64_t when, void (*expired)(struct timeout *t));

/* Disarms t. Nothing happens if it is not armed: a zeroed struct timeout is not. */
void timeout_remove(struct timeout *t);

static inline bool timeout_armed(const struct timeout *t)
{
    return t->when != 0;
}

/* Calls `expired` of all that are due, earliest first. To be called when the timer's bits arrive. */
void timeouts_run(void);

/* ---- units ----------------------------------------------------------------------------------------------------- */

/* Sets the rate for the two below, > 0; timeouts_start does so too. Before it, both give 0. */
void ticks_rate(uint64_t timebase_hz);

/* The first tick that is not before `ns`: rounds up. Saturates at UINT64_MAX, which never comes. */
uint64_t ticks_from_ns(uint64_t ns);

/* Nanoseconds of `ticks`, rounded down. Some multiplications, no division. */
uint64_t ns_from_ticks(uint64_t ticks);

#endif
