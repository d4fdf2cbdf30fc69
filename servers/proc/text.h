/*
 * A text that is made anew for each read of it: writers put everything, of which only the part that the reader asked for
 * is kept. So a text may be of any length and needs no buffer of it.
 */
#ifndef PROC_TEXT_H
#define PROC_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *to;      /* the part asked for */
    size_t room;   /* bytes of it still missing */
    size_t length; /* bytes of it that there are */
    uint64_t skip; /* bytes of the whole before it */
};

/* Whether more may be put; false: the reader has all that it asked for. */
static inline int text_wants(const struct text *t)
{
    return t->room != 0;
}

void text_put(struct text *t, const char *bytes, size_t n);

/* As printf; at most 255 bytes. */
void text_print(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
