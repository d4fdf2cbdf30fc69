/*
 * Terminals. A driver embeds struct tty in what it knows of the line; tty.c does what every terminal does. The driver's
 * bytes come in by tty_receive and go out from the discipline's queue (ldisc.h).
 */
#ifndef VFS_TTY_H
#define VFS_TTY_H

#include "servers/vfs/file.h"
#include "servers/vfs/ldisc.h"
#include <asm/termios.h>

struct tty;

/* What a driver is told of (TIOCPKT): numbers as Linux's TIOCPKT_*. */
enum tty_event { TTY_INPUT_FLUSHED = 1, TTY_OUTPUT_FLUSHED = 2, TTY_STOPPED = 4, TTY_STARTED = 8 };

struct tty_driver {
    /* Takes what it can of the queue. true: a program may write more now. */
    bool (*send)(struct tty *tty);
    /* The same answer without taking anything. */
    bool (*takes)(const struct tty *tty);
    /* Bytes that it has taken and that have not left yet; and for about how long (0: at most the queue is left). */
    size_t (*pending)(struct tty *tty);
    uint64_t (*pending_ns)(struct tty *tty);
    /* Input that it holds is dropped. */
    void (*drop)(struct tty *tty);
    /* There may be room for input again (ldisc_room). */
    void (*room)(struct tty *tty);
    /* One more open file: 0 or an error; one less, which had been hung up or not. May be NULL. */
    long (*opened)(struct tty *tty);
    void (*closed)(struct tty *tty, bool hung_up);
    /* enum tty_event; may be NULL. */
    void (*tell)(struct tty *tty, unsigned event);
};

struct tty {
    LIST_ENTRY(tty) all;
    const struct tty_driver *driver;
    struct ldisc ldisc;
    struct winsize size;
    uint32_t device;                 /* its number: major << 8 | minor */
    uint32_t sid, pgrp;              /* the session whose terminal it is, 0 none; its foreground group */
    uint64_t hang_ups;               /* so far; an open file's offset is how many there were when it was opened */
    bool exclusive;                  /* TIOCEXCL */
    struct wait_queue input, output; /* waiters for bytes; for the driver to take more */
};

void tty_init(struct tty *tty, const struct tty_driver *driver, uint32_t device);
/* The terminal of the client's session: its device above 32 bits of its foreground group; 0: it has none. */
long tty_of_client(const struct client *client);

/* No file is open on it any longer. */
void tty_end(struct tty *tty);

/* Sends, and lets writers go on when nothing holds them back any more. */
void tty_go(struct tty *tty);

/* Received bytes, no more than ldisc_room; after the last of them, tty_received. */
void tty_receive(struct tty *tty, const char *bytes, size_t n);
void tty_received(struct tty *tty);

/* The line is gone: open files read nothing and write no more, the session loses its terminal and its leader gets
 * SIGHUP. */
void tty_hang_up(struct tty *tty);

/* Opens the terminal; /dev/tty: the client's controlling one (-ENXIO). -EBUSY, and what the driver says. */
long tty_open(struct file *file, struct client *self, struct tty *tty);
long tty_open_controlling(struct file *file, struct client *self);

/* An ioctl on the terminal. */
long tty_command(struct tty *tty, struct client *self, struct call *call, unsigned cmd, uint64_t arg);

/* console.c */
void console_start(void);
long console_open(struct file *file, struct client *self);

/* pty.c: /dev/ptmx, and what has a number in /dev/pts. */
long pty_open_master(struct file *file, struct client *self);
long pty_open_slave(struct file *file, struct client *self, unsigned index);
/* The one devpts, which all its mounts show; NULL: no memory. */
struct filesystem *devpts(void);

#endif
