/* Texts without printf, which costs some hundred instructions a number. */
#include "servers/vfs/text.h"
#include <stdarg.h>

void text_strings(struct text *text, ...)
{
    const char *s;
    va_list list;

    va_start(list, text);
    while ((s = va_arg(list, const char *)))
        text_string(text, s);
    va_end(list);
}

size_t number_text(uint64_t number, char *to)
{
    char digits[20];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    for (size_t i = 0; i < n; i++)
        to[i] = digits[n - 1 - i];
    to[n] = 0;
    return n;
}

void text_number(struct text *text, uint64_t number)
{
    char digits[21];

    text_bytes(text, digits, number_text(number, digits));
}

bool text_is_number(const char *s, size_t len, uint32_t *number)
{
    uint32_t value = 0;

    if (!len || len > 9 || (s[0] == '0' && len > 1))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(s[i] - '0');
    }
    *number = value;
    return true;
}
