/* See text.h. */
#include "servers/proc/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16384

char *text_room(struct text *text, size_t n)
{
    size_t room = text->room ? text->room : ROOM_FIRST;
    char *bytes;

    while (room - text->len < n)
        room *= 2;
    if (room != text->room) {
        bytes = realloc(text->bytes, room);
        if (!bytes) {
            text->failed = true;
            return NULL;
        }
        text->bytes = bytes;
        text->room = room;
    }
    return text->bytes + text->len;
}

void text_print(struct text *text, const char *format, ...)
{
    size_t n = 128;

    for (;;) {
        char *to = text_room(text, n);
        size_t left = text->room - text->len;
        va_list args;
        int len;

        if (!to)
            return;
        va_start(args, format);
        len = vsnprintf(to, left, format, args);
        va_end(args);
        if (len < 0)
            return;
        if ((size_t)len < left) {
            text_added(text, (size_t)len);
            return;
        }
        n = (size_t)len + 1;
    }
}

void text_pad(struct text *text, size_t line, size_t column)
{
    size_t at = text->len - line, n = at < column ? column - at : 1;
    char *to = text_room(text, n);

    if (!to)
        return;
    memset(to, ' ', n);
    text_added(text, n);
}
