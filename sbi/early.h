/*
 * What works before any driver does, and after all of them have failed: characters to the firmware's console, and the
 * end. Usable from the first line of C; the caller sees to it that only one hart at a time is inside.
 */
#ifndef SBI_EARLY_H
#define SBI_EARLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine;

/* Bytes as they are, but that a newline gets a carriage return before it. */
void early_write(const char *text, size_t len);

/* A string. */
void early_puts(const char *text);

/*
 * Ends the machine or starts it again. `code` 0 is the ordinary end; another one becomes the exit status of an emulator
 * that has a test finisher (its low 16 bits). Returns never: where nothing obeys, the hart waits for ever.
 */
_Noreturn void machine_halt(bool reboot, int code);

/* Tells machine_halt of the test finisher, if the machine has one. */
void finisher_init(const struct machine *machine);

/* Chooses how timer_set works on this machine. Once, before the first timer_set. */
void timer_init(const struct machine *machine);

/* When this hart's next timer interrupt comes: absolute ticks of the timebase, ~0 for never. */
void timer_set(uint64_t ticks);

#endif
