/* Building a text in a buffer: what does not fit is cut off. */
#ifndef VFS_TEXT_H
#define VFS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *to;
    size_t size, len;
};

static inline void text_bytes(struct text *text, const char *from, size_t n)
{
    if (n > text->size - text->len)
        n = text->size - text->len;
    memcpy(text->to + text->len, from, n);
    text->len += n;
}

static inline void text_string(struct text *text, const char *s)
{
    text_bytes(text, s, strlen(s));
}

/* Strings up to a NULL. */
void text_strings(struct text *text, ...);

/* In decimal. */
void text_number(struct text *text, uint64_t number);

/* Zero-terminated decimal into `to` (at least 21 bytes): its length. */
size_t number_text(uint64_t number, char *to);

/* A decimal number without leading zeros that fills the whole string: true if it is one, below 2^32. */
bool text_is_number(const char *s, size_t len, uint32_t *number);

#endif
