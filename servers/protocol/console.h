/*
 * The console driver: raw bytes in and out, both answered at once. vfs is its only client; the line discipline is there
 * (servers/vfs/tty.c), so that the driver of another UART is a small thing and every terminal behaves alike.
 */
#ifndef PROTOCOL_CONSOLE_H
#define PROTOCOL_CONSOLE_H

#include "libc/kernel.h"

/* Bit of the notification bound to vfs: input has come, or a full output ring has room again. Defined in vfs.h. */

enum console_label {
    CONSOLE_WRITE = 1, /* w[0] address, w[1] bytes; answer status 0, w[0] bytes taken into the ring (maybe 0) */
    CONSOLE_READ,      /* w[0] address, w[1] bytes at most; answer status 0, w[0] bytes given (maybe 0) */
    CONSOLE_DRAINED,   /* answer w[0] = bytes still to be sent */
    CONSOLE_FLUSH,     /* drops received input */
};

static inline err_t console_move(cap_t console, enum console_label label, void *bytes, size_t len, size_t *done)
{
    struct tine_message m = { .label = label, .w = { (unsigned long)bytes, len } };
    err_t err = tine_call(console, &m);

    *done = err ? 0 : m.w[0];
    return err;
}

/* Gives up to `len` bytes to the driver's ring; *done says how many it took. GONE while the driver is restarted. */
static inline err_t console_write(cap_t console, const void *bytes, size_t len, size_t *done)
{
    return console_move(console, CONSOLE_WRITE, (void *)bytes, len, done);
}

/* Takes up to `len` received bytes. */
static inline err_t console_read(cap_t console, void *bytes, size_t len, size_t *done)
{
    return console_move(console, CONSOLE_READ, bytes, len, done);
}

static inline err_t console_pending(cap_t console, size_t *pending)
{
    return console_move(console, CONSOLE_DRAINED, NULL, 0, pending);
}

static inline err_t console_flush(cap_t console)
{
    size_t none;

    return console_move(console, CONSOLE_FLUSH, NULL, 0, &none);
}

#endif
