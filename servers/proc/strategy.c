/* Policy of fork's copying and of faults: see strategy.h. A new strategy begins here; docs/strategies.md says how. */
#include "servers/proc/strategy.h"
#include "servers/protocol/linux.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The hot pages of TINE_SPACE_CLONE, and what warm.h has learnt: more than that has to be asked for. A fault brings as
 * many pages as make it rare without doing much in vain: pager.c. */
enum { PREFAULT = 10, BATCH = 16 };

/* A strategy of fork is a granularity of the kernel. For `auto` the kernel sees how densely each table is filled, which
 * no list of regions tells. */
static const enum tine_granularity granularities[TINE_FORK_STRATEGIES] = {
    [TINE_FORK_AUTO] = TINE_CLONE_AUTO,       [TINE_FORK_FRAMES] = TINE_CLONE_FRAMES,
    [TINE_FORK_ENTRIES] = TINE_CLONE_ENTRIES, [TINE_FORK_NODES] = TINE_CLONE_NODES,
    [TINE_FORK_TREE] = TINE_CLONE_TREE,
};

static const char *const strategies[TINE_FORK_STRATEGIES] = {
    [TINE_FORK_AUTO] = "auto",   [TINE_FORK_FRAMES] = "frames", [TINE_FORK_ENTRIES] = "entries",
    [TINE_FORK_NODES] = "nodes", [TINE_FORK_TREE] = "tree",
};

static const char *const huge[TINE_HUGE_CHOICES] = {
    [TINE_HUGE_NEVER] = "never", [TINE_HUGE_MADVISE] = "madvise", [TINE_HUGE_ALWAYS] = "always"
};

static const struct {
    uint16_t least, most, at_first;
    const char *const *names; /* by value; NULL: it is a number */
} settings[TINE_FORK_SETTINGS] = {
    [TINE_FORK_STRATEGY] = { 0, TINE_FORK_STRATEGIES - 1, TINE_FORK_AUTO, strategies },
    [TINE_FORK_PREFAULT] = { 0, TINE_FORK_PREFAULT_MOST, PREFAULT, NULL },
    [TINE_FORK_BATCH] = { 1, TINE_FORK_BATCH_MOST, BATCH, NULL },
    [TINE_FORK_HUGE] = { 0, TINE_HUGE_CHOICES - 1, TINE_HUGE_MADVISE, huge },
};

struct fork_choice system_choice = { .of = { TINE_FORK_AUTO + 1, PREFAULT + 1, BATCH + 1, TINE_HUGE_MADVISE + 1 } };

long choice_set(struct fork_choice *choice, unsigned long setting, long value)
{
    if (setting >= TINE_FORK_SETTINGS)
        return -EINVAL;
    if (value == TINE_FORK_DEFAULT) {
        choice->of[setting] = choice == &system_choice ? settings[setting].at_first + 1 : 0;
        return 0;
    }
    if (value < settings[setting].least || value > settings[setting].most)
        return -EINVAL;
    choice->of[setting] = (uint16_t)(value + 1);
    return 0;
}

/* TINE_CLONE_BY and TINE_CLONE_PREFAULT: fields that hold a value + 1, as a choice does. */
enum { CALL_PREFAULT = 48, CALL_STRATEGY = 60 };

long choice_of_call(uint64_t *flags, struct fork_choice *call)
{
    uint64_t strategy = *flags >> CALL_STRATEGY;
    uint64_t prefault = *flags >> CALL_PREFAULT & ((1 << (CALL_STRATEGY - CALL_PREFAULT)) - 1);
    long err = 0;

    *flags &= (1UL << CALL_PREFAULT) - 1;
    *call = (struct fork_choice){ 0 };
    if (strategy)
        err = choice_set(call, TINE_FORK_STRATEGY, (long)strategy - 1);
    if (!err && prefault)
        err = choice_set(call, TINE_FORK_PREFAULT, (long)prefault - 1);
    return err;
}

struct fork_policy policy_of(const struct fork_choice *process, const struct fork_choice *call)
{
    unsigned strategy =
        call->of[TINE_FORK_STRATEGY] ? call->of[TINE_FORK_STRATEGY] - 1u : choice_get(process, TINE_FORK_STRATEGY);
    unsigned prefault =
        call->of[TINE_FORK_PREFAULT] ? call->of[TINE_FORK_PREFAULT] - 1u : choice_get(process, TINE_FORK_PREFAULT);

    if (strategy == TINE_FORK_FRAMES)
        prefault = 0; /* all is copied anyway */
    return (struct fork_policy){ granularities[strategy], prefault };
}

/* ---- as text ----------------------------------------------------------------------------------------------------- */

static const char level_above[] = "default";

size_t choice_print(const struct fork_choice *choice, enum tine_fork_setting setting, char text[CHOICE_TEXT])
{
    const char *const *names = settings[setting].names;
    unsigned value = choice->of[setting];

    if (value && !names)
        return (size_t)snprintf(text, CHOICE_TEXT, "%u\n", value - 1);
    return (size_t)snprintf(text, CHOICE_TEXT, "%s\n", value ? names[value - 1] : level_above);
}

static bool is(const char *text, size_t bytes, const char *name)
{
    return strlen(name) == bytes && !memcmp(text, name, bytes);
}

/* Decimal, and small: of four digits at most. */
static long number(const char *text, size_t bytes, long *value)
{
    *value = 0;
    if (!bytes || bytes > 4)
        return -EINVAL;
    for (; bytes; bytes--, text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        *value = *value * 10 + (*text - '0');
    }
    return 0;
}

long choice_read(enum tine_fork_setting setting, const char *text, size_t bytes, long *value)
{
    const char *const *names = settings[setting].names;

    if (bytes && text[bytes - 1] == '\n')
        bytes--;
    *value = TINE_FORK_DEFAULT;
    if (is(text, bytes, level_above))
        return 0;
    if (!names)
        return number(text, bytes, value);
    for (*value = 0; *value <= settings[setting].most; ++*value)
        if (is(text, bytes, names[*value]))
            return 0;
    return -EINVAL;
}
