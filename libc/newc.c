/* One entry after the other: header, name, contents, each padded to four bytes. */
#include "libc/newc.h"
#include <string.h>

enum { HEADER_BYTES = 110, MAGIC_BYTES = 6, FIELDS = 13, FIELD_DIGITS = 8 };
enum field {
    INO,
    MODE,
    UID,
    GID,
    NLINK,
    MTIME,
    FILESIZE,
    DEV_MAJOR,
    DEV_MINOR,
    RDEV_MAJOR,
    RDEV_MINOR,
    NAMESIZE,
    CHECK
};

const char *newc_error_text(enum newc_error error)
{
    switch (error) {
    case NEWC_OK:
        return "no error";
    case NEWC_END:
        return "no further entry";
    case NEWC_MAGIC:
        return "not a newc archive, or damaged: an entry does not begin with 070701";
    case NEWC_TRUNCATED:
        return "the archive ends within an entry";
    case NEWC_NUMBER:
        return "a header field is not a hexadecimal number";
    case NEWC_NAME:
        return "an entry's name is empty, too long or unterminated";
    case NEWC_SUM:
        return "the checksum of a file is wrong";
    case NEWC_TRAILER:
        return "the archive ends without its trailer";
    }
    return "unknown error";
}

void newc_open(struct newc *archive, const void *image, size_t bytes)
{
    *archive = (struct newc){ .image = image, .bytes = bytes };
}

/* The value of a hexadecimal digit, or -1. */
static int digit(unsigned char c)
{
    unsigned letter = (c | 0x20U) - 'a';

    if (c >= '0' && c <= '9')
        return c - '0';
    return letter < 6 ? (int)letter + 10 : -1;
}

static int fields_read(const unsigned char *text, uint32_t field[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        uint32_t value = 0;

        for (int j = 0; j < FIELD_DIGITS; j++) {
            int d = digit(*text++);

            if (d < 0)
                return -1;
            value = value << 4 | (uint32_t)d;
        }
        field[i] = value;
    }
    return 0;
}

static size_t padded(size_t offset)
{
    return (offset + 3) & ~(size_t)3;
}

static uint32_t sum_of(const unsigned char *data, size_t bytes)
{
    uint32_t sum = 0;

    while (bytes--)
        sum += *data++;
    return sum;
}

static int is_magic(const struct newc *a, size_t offset)
{
    return a->bytes - offset >= MAGIC_BYTES && !memcmp(a->image + offset, "07070", 5) &&
           (a->image[offset + 5] == '1' || a->image[offset + 5] == '2');
}

/* Between archives: over zero bytes to the next one. NEWC_OK if one begins there. */
static enum newc_error between(struct newc *a)
{
    size_t at = a->offset;

    while (at < a->bytes && a->image[at] == 0)
        at++;
    if (at < a->bytes && is_magic(a, at))
        return a->offset = at, NEWC_OK;
    if (at == 0 || (at == a->bytes && a->archive == 0))
        return NEWC_MAGIC; /* there is no archive at all */
    a->offset = at;
    return NEWC_END;
}

/* The entry at a->offset; *end is where the next begins. */
static enum newc_error entry_read(const struct newc *a, struct newc_entry *e, size_t *end)
{
    const unsigned char *head = a->image + a->offset;
    uint32_t f[FIELDS];
    size_t name_at = a->offset + HEADER_BYTES, data_at;

    if (a->bytes - a->offset < HEADER_BYTES)
        return NEWC_TRUNCATED;
    if (fields_read(head + MAGIC_BYTES, f))
        return NEWC_NUMBER;
    if (f[NAMESIZE] < 2 || f[NAMESIZE] > NEWC_NAME_MAX)
        return NEWC_NAME;
    if (f[NAMESIZE] > a->bytes - name_at)
        return NEWC_TRUNCATED;
    if (memchr(a->image + name_at, 0, f[NAMESIZE]) != a->image + name_at + f[NAMESIZE] - 1)
        return NEWC_NAME;
    /* Headers begin at multiples of four from the start of their archive, which itself may lie anywhere. */
    data_at = a->offset + padded(HEADER_BYTES + f[NAMESIZE]);
    if (data_at > a->bytes || f[FILESIZE] > a->bytes - data_at)
        return NEWC_TRUNCATED;
    if (head[5] == '2' && sum_of(a->image + data_at, f[FILESIZE]) != f[CHECK])
        return NEWC_SUM;

    *e = (struct newc_entry){ (const char *)a->image + name_at,
                              f[NAMESIZE] - 1,
                              a->image + data_at,
                              f[FILESIZE],
                              f[INO],
                              f[MODE],
                              f[UID],
                              f[GID],
                              f[NLINK],
                              f[MTIME],
                              f[DEV_MAJOR],
                              f[DEV_MINOR],
                              f[RDEV_MAJOR],
                              f[RDEV_MINOR] };
    *end = data_at + padded(f[FILESIZE]);
    return NEWC_OK;
}

enum newc_error newc_next(struct newc *a, struct newc_entry *e)
{
    for (;;) {
        enum newc_error error;
        size_t end;

        if (!a->inside && (error = between(a)) != NEWC_OK)
            return error;
        if (a->inside && a->offset >= a->bytes)
            return NEWC_TRAILER;
        if (!is_magic(a, a->offset))
            return a->bytes - a->offset < MAGIC_BYTES ? NEWC_TRUNCATED : NEWC_MAGIC;
        error = entry_read(a, e, &end);
        if (error)
            return error;
        a->inside = strcmp(e->name, "TRAILER!!!") != 0;
        a->offset = end < a->bytes ? end : a->bytes; /* the last padding may be missing */
        if (a->inside)
            return NEWC_OK;
        a->archive++;
    }
}

enum newc_error newc_find(const void *image, size_t bytes, const char *name, struct newc_entry *entry)
{
    struct newc archive;
    enum newc_error error;

    newc_open(&archive, image, bytes);
    while ((error = newc_next(&archive, entry)) == NEWC_OK) {
        const char *found = entry->name;

        if (!strncmp(found, "./", 2))
            found += 2;
        while (*found == '/')
            found++;
        if (!strcmp(found, name))
            break;
    }
    return error;
}
