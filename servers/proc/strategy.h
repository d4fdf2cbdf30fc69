/*
 * How fork copies memory and how many pages a fault brings: the one place for such policy. docs/strategies.md.
 *
 * Three levels decide: the call (bits of clone's flags), the process (prctl, /proc/PID/tine; fork copies its choice, exec
 * keeps it), the system (/proc/sys/tine/fork). Each may leave a setting to the next.
 */
#ifndef PROC_STRATEGY_H
#define PROC_STRATEGY_H

#include "libc/kernel.h"
#include "user/tine/numbers.h"
#include <stddef.h>
#include <stdint.h>

/* What one level says of each setting: value + 1, or 0: nothing. All zero is the default of a process. */
struct fork_choice {
    uint16_t of[TINE_FORK_SETTINGS];
};

/* What the system says, of everything. */
extern struct fork_choice system_choice;

/* What is in force for whoever has this choice of its own (NULL: none). O(1). */
static inline unsigned choice_get(const struct fork_choice *own, enum tine_fork_setting setting)
{
    unsigned value = own ? own->of[setting] : 0;

    return (value ? value : system_choice.of[setting]) - 1;
}

/* TINE_FORK_DEFAULT: leaves it to the next level; of the system, to what it was at first. 0 or -EINVAL. */
long choice_set(struct fork_choice *choice, unsigned long setting, long value);

/*
 * The choice that bits 32 to 63 of clone's flags make for one call: -EINVAL if they make none. *flags loses those bits,
 * and keeps the rest.
 */
long choice_of_call(uint64_t *flags, struct fork_choice *call);

/* As text: a name or a number and a newline; at most CHOICE_TEXT bytes. choice_read takes the same, with or without
 * the newline, into *value; -EINVAL. */
enum { CHOICE_TEXT = 16 };
size_t choice_print(const struct fork_choice *choice, enum tine_fork_setting setting, char text[CHOICE_TEXT]);
long choice_read(enum tine_fork_setting setting, const char *text, size_t bytes, long *value);

/* What a fork does, after all levels have spoken. */
struct fork_policy {
    enum tine_granularity granularity; /* of TINE_SPACE_CLONE */
    unsigned prefault;                 /* pages at most that are copied in advance */
};
struct fork_policy policy_of(const struct fork_choice *process, const struct fork_choice *call);

#endif
