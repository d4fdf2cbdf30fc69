/* Texts: text_put, text_print. */
#include "servers/proc/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_put(struct text *t, const char *bytes, size_t n)
{
    if (t->skip >= n) {
        t->skip -= n;
        return;
    }
    bytes += t->skip;
    n -= t->skip;
    t->skip = 0;
    if (n > t->room)
        n = t->room;
    memcpy(t->to + t->length, bytes, n);
    t->length += n;
    t->room -= n;
}

void text_print(struct text *t, const char *format, ...)
{
    char line[256];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n > 0)
        text_put(t, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}
