/*
 * A text that grows: for what is generated on demand and read by people and scripts, never in a hot path.
 */
#ifndef PROC_TEXT_H
#define PROC_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *bytes;     /* not zero-terminated */
    size_t len, room;
    bool failed;     /* memory was exhausted: something is missing */
};

/* Empties it; the room stays. */
static inline void text_clear(struct text *text)
{
    text->len = 0;
    text->failed = false;
}

/* Room for n more bytes, as `bytes + len`; NULL if memory is exhausted. What is put there counts after text_added. */
char *text_room(struct text *text, size_t n);

static inline void text_added(struct text *text, size_t n)
{
    text->len += n;
}

void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Spaces up to this column of the line that begins at `line`, at least one. */
void text_pad(struct text *text, size_t line, size_t column);

#endif
