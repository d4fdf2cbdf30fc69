/* The console: the terminal on the console driver, which has the UART (servers/console). */
#include "servers/protocol/console.h"
#include "servers/protocol/root.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/tty.h"

/* About how long a byte takes at 115200 baud. */
#define BYTE_NS 87000UL

static struct tty console;
static bool held; /* the driver has input that found no room here */

/* Sends what is queued, as far as the driver takes it. true: nothing is left. */
static bool console_send(struct tty *tty)
{
    struct ldisc *ld = &tty->ldisc;

    while (ldisc_queued(ld)) {
        size_t sent;

        if (ld->stopped || console_write(ROOT_VFS_CONSOLE, ld->output + ld->output_start, ldisc_queued(ld), &sent) ||
            !sent)
            return false;
        ldisc_sent(ld, sent);
    }
    return true;
}

static bool console_takes(const struct tty *tty)
{
    return !ldisc_queued(&tty->ldisc);
}

/* Takes from the driver what the discipline has room for. The rest stays in the driver's ring. */
static void input_fetch(void)
{
    char bytes[256];
    size_t n, room;

    while ((room = ldisc_room(&console.ldisc))) {
        room = room < sizeof(bytes) ? room : sizeof(bytes);
        if (console_read(ROOT_VFS_CONSOLE, bytes, room, &n) || !n)
            break;
        tty_receive(&console, bytes, n);
    }
    held = !room;
    tty_received(&console);
}

void tty_notified(void)
{
    input_fetch();
}

static void console_room(struct tty *tty)
{
    if (held)
        input_fetch();
}

static size_t pending(struct tty *tty)
{
    size_t n;

    return console_pending(ROOT_VFS_CONSOLE, &n) ? 0 : n;
}

/* The driver does not tell when its ring has run empty, so its bytes are given the time that they take on the line. */
static uint64_t pending_ns(struct tty *tty)
{
    return pending(tty) * BYTE_NS;
}

static void console_drop(struct tty *tty)
{
    console_flush(ROOT_VFS_CONSOLE);
}

static const struct tty_driver driver = {
    .send = console_send,
    .takes = console_takes,
    .pending = pending,
    .pending_ns = pending_ns,
    .drop = console_drop,
    .room = console_room,
};

void console_start(void)
{
    tty_init(&console, &driver, 4 << 8 | 64);
}

long console_open(struct file *file, struct client *self)
{
    return tty_open(file, self, &console);
}
