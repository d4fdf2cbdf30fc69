/* libc/newc.c on any bytes: ends, stays inside the image, and hands out only what lies in it. */
#include "libc/newc.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct newc archive;
    struct newc_entry e;
    enum newc_error error;
    size_t entries = 0;
    unsigned sum = 0;

    newc_open(&archive, data, bytes);
    while ((error = newc_next(&archive, &e)) == NEWC_OK) {
        const uint8_t *contents = e.data;

        if (strlen(e.name) != e.name_bytes || contents < data || e.bytes > (size_t)(data + bytes - contents))
            abort();
        for (size_t i = 0; i < e.bytes; i++)
            sum += contents[i];
        if (++entries > bytes / 110)
            abort();
    }
    if (newc_next(&archive, &e) != error || archive.offset > bytes)
        abort();
    newc_find(data, bytes, "a", &e);
    return (int)(sum & 0);
}
