/*
 * Reading cpio archives of the "newc" format (070701, and 070702 with checksums): the boot archive and the initial file
 * system. Pure and in place: entries point into the image, nothing is copied, no number in the image is trusted.
 *
 *     struct newc archive;
 *     struct newc_entry entry;
 *     newc_open(&archive, image, bytes);
 *     while ((error = newc_next(&archive, &entry)) == NEWC_OK)
 *         ...
 *     if (error != NEWC_END) report(newc_error_text(error), archive.offset);
 *
 * As in Linux, several archives may follow each other, with zero bytes between them. Something else that follows (a
 * compressed archive) ends the walk with NEWC_END and archive.offset < bytes at its first byte.
 * Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#ifndef LIBC_NEWC_H
#define LIBC_NEWC_H

#include <stddef.h>
#include <stdint.h>

enum newc_error {
    NEWC_OK,
    NEWC_END,       /* no further entry */
    NEWC_MAGIC,     /* no archive begins here, or an entry does not begin with 070701 or 070702 */
    NEWC_TRUNCATED, /* an entry's header, name or contents reach beyond the image */
    NEWC_NUMBER,    /* a header field is not eight hexadecimal digits */
    NEWC_NAME,      /* a name that is empty, longer than NEWC_NAME_MAX, unterminated or with a zero byte inside */
    NEWC_SUM,       /* 070702: the checksum of the contents is wrong */
    NEWC_TRAILER,   /* the image ends without the entry TRAILER!!! */
};

#define NEWC_NAME_MAX 4096 /* with the final zero byte */

struct newc {
    const unsigned char *image;
    size_t bytes;
    size_t offset;    /* where the next entry begins; after an error, where the bad one does */
    unsigned archive; /* which of the concatenated archives, from 0: inode numbers are unique within one */
    int inside;       /* between the first entry of an archive and its trailer */
};

struct newc_entry {
    const char *name;  /* zero-terminated, as in the archive: perhaps with leading "./" or "/", or ".." */
    size_t name_bytes; /* without the final zero byte */
    const void *data;  /* contents of a file, target of a symbolic link (not zero-terminated) */
    size_t bytes;      /* of data */
    uint32_t ino, mode, uid, gid, nlink, mtime; /* mode: type and permissions as in struct stat */
    uint32_t dev_major, dev_minor;              /* where the file was */
    uint32_t rdev_major, rdev_minor;            /* of a device node */
};

void newc_open(struct newc *archive, const void *image, size_t bytes);

/* The next entry, NEWC_END after the last, or an error, which repeats when called again. */
enum newc_error newc_next(struct newc *archive, struct newc_entry *entry);

/* The entry of that name ("proc"; a leading "./" or "/" in the archive does not matter). NEWC_END: there is none. */
enum newc_error newc_find(const void *image, size_t bytes, const char *name, struct newc_entry *entry);

/* A sentence for the error. */
const char *newc_error_text(enum newc_error error);

#endif
