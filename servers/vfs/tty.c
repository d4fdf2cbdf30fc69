/*
 * Terminals: what the console and pseudo-terminals have in common: line discipline (ldisc.h), session and foreground
 * group, settings. See termios(3), ioctl_tty(2), credentials(7). Where the bytes come from and go to is the driver's
 * business: console.c, pty.c.
 *
 * Output goes through the discipline's queue to the driver, which takes what it can; the rest waits here until the
 * driver says tty_go. A program's write waits only while the driver takes no more, so the screen keeps the order.
 *
 * Order of reading: job control, read and write, settings, ioctl, opening.
 */
#include "servers/vfs/tty.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/syscalls.h"
#include <asm/termios.h>

#define SIGHUP_ 1
#define SIGCONT_ 18
#define SIGTTIN_ 21
#define SIGTTOU_ 22
#define SIGWINCH_ 28

#define WRITE_PIECE 4096UL

static LIST_HEAD(, tty) ttys = LIST_HEAD_INITIALIZER(ttys); /* all of them */

/* ---- for drivers -------------------------------------------------------------------------------------------------- */

void tty_init(struct tty *tty, const struct tty_driver *driver, uint32_t device)
{
    tty->device = device;
    ldisc_init(&tty->ldisc);
    wait_queue_init(&tty->input);
    wait_queue_init(&tty->output);
    tty->driver = driver;
    LIST_INSERT_HEAD(&ttys, tty, all);
}

void tty_end(struct tty *tty)
{
    LIST_REMOVE(tty, all);
    wait_queue_close(&tty->input);
    wait_queue_close(&tty->output);
}

void tty_go(struct tty *tty)
{
    if (tty->driver->send(tty))
        wait_wake(&tty->output);
}

static void tty_tell(struct tty *tty, unsigned what)
{
    if (tty->driver->tell)
        tty->driver->tell(tty, what);
}

void tty_receive(struct tty *tty, const char *bytes, size_t n)
{
    bool stopped = tty->ldisc.stopped;

    for (size_t i = 0; i < n; i++) {
        int sig = ldisc_input(&tty->ldisc, (unsigned char)bytes[i]);

        if (sig && tty->pgrp)
            event_post(VFS_SIGNAL_GROUP, sig, tty->pgrp);
    }
    if (stopped != tty->ldisc.stopped)
        tty_tell(tty, stopped ? TTY_STARTED : TTY_STOPPED);
}

void tty_received(struct tty *tty)
{
    tty_go(tty); /* echo */
    if (ldisc_ready(&tty->ldisc))
        wait_wake(&tty->input);
}

/* ---- job control
 * --------------------------------------------------------------------------------------------------------------- */

static bool is_terminal_of(const struct tty *tty, const struct client *self)
{
    return self->sid && tty->sid == self->sid;
}

/*
 * 0, or what an access from the background comes to: the group gets `sig`, and the call runs again afterwards. Not
 * checked for a call that has waited already, nor when proc said that the signal is ignored (vfs_waive_tty).
 */
static long check_foreground(struct tty *tty, struct client *self, struct call *call, int sig)
{
    if (!is_terminal_of(tty, self) || !tty->pgrp || tty->pgrp == self->pgrp || self->resumed)
        return 0;
    if (self->waived == call->m.badge) {
        self->waived = 0;
        return 0;
    }
    return client_signal(self, call, sig, PROC_RESULT_RESTART, PROC_TO_GROUP);
}

static void session_drop(struct tty *tty)
{
    if (tty->pgrp) {
        event_post(VFS_SIGNAL_GROUP, SIGHUP_, tty->pgrp);
        event_post(VFS_SIGNAL_GROUP, SIGCONT_, tty->pgrp);
    }
    tty->sid = tty->pgrp = 0;
}

/* The controlling terminal of the session, or NULL. */
static struct tty *tty_of_session(uint32_t sid)
{
    struct tty *tty;

    if (sid)
        LIST_FOREACH(tty, &ttys, all)
            if (tty->sid == sid)
                return tty;
    return NULL;
}

long tty_of_client(const struct client *client)
{
    const struct tty *tty = tty_of_session(client->sid);

    return tty ? (long)tty->device << 32 | tty->pgrp : 0;
}

void tty_hang_up(struct tty *tty)
{
    tty->hang_ups++;
    if (tty->sid) {
        event_post(VFS_SIGNAL_SESSION, SIGHUP_, tty->sid);
        event_post(VFS_SIGNAL_SESSION, SIGCONT_, tty->sid);
    }
    tty->sid = tty->pgrp = 0;
    wait_wake(&tty->input);
    wait_wake(&tty->output);
}

/* The session's leader ends. What it leaves behind may go on to read and write. */
void tty_session_end(uint32_t sid)
{
    struct tty *tty = tty_of_session(sid);

    if (tty)
        session_drop(tty);
}

static bool is_hung_up(const struct file *file)
{
    const struct tty *tty = file->data;

    return file->offset != tty->hang_ups;
}

/* ---- read
 * ------------------------------------------------------------------------------------------------------------------------
 */

/* Bytes that must be there before a read of `size` is answered; VMIN and VTIME only count without ICANON. */
static uint32_t enough(const struct tty *tty, size_t size)
{
    const struct termios2 *t = &tty->ldisc.termios;
    uint32_t least = t->c_cc[VMIN];

    if (t->c_lflag & ICANON)
        return 1;
    return least < size ? least : (uint32_t)size;
}

static uint64_t tenths_from_now(unsigned tenths)
{
    return tine_time() + ticks_from_ns(tenths * (NS_PER_SEC / 10));
}

/*
 * Nothing or too little is there. VTIME: with VMIN 0 the time for the first byte; with VMIN the time between bytes,
 * which begins with the first one.
 */
static long read_wait(struct tty *tty, struct client *self, struct call *call, uint32_t ready)
{
    const struct termios2 *t = &tty->ldisc.termios;
    bool canonical = t->c_lflag & ICANON;
    unsigned tenths = canonical ? 0 : t->c_cc[VTIME];
    long outcome;

    if (!canonical && !t->c_cc[VMIN])
        return wait_on(self, call, &tty->input, tenths_from_now(tenths));
    outcome = wait_on(self, call, &tty->input, 0);
    if (outcome == DEFERRED && tenths && ready)
        wait_deadline(self, tenths_from_now(tenths));
    return outcome;
}

/* Whether a read with `ready` bytes must wait for more. */
static bool read_incomplete(const struct tty *tty, struct client *self, size_t size, uint32_t ready)
{
    const struct termios2 *t = &tty->ldisc.termios;
    bool canonical = t->c_lflag & ICANON, expired = self->resumed && self->resumed->expired;

    if (canonical)
        return !ready;
    if (!t->c_cc[VMIN])
        return !ready && t->c_cc[VTIME] && !expired;
    return ready < enough(tty, size) && !(ready && expired);
}

static long tty_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    static char bytes[LDISC_INPUT];
    struct tty *tty = file->data;
    struct ldisc *ld = &tty->ldisc;
    size_t size = t->left < sizeof(bytes) ? t->left : sizeof(bytes), n;
    uint32_t ready = ldisc_ready(ld), advance;
    long err = check_foreground(tty, t->client, t->call, SIGTTIN_);

    if (err)
        return err;
    if (is_hung_up(file))
        return 0;
    if (file_nonblock(file) && !ready)
        return -EAGAIN;
    if (!file_nonblock(file) && read_incomplete(tty, t->client, size, ready))
        return read_wait(tty, t->client, t->call, ready);
    n = ldisc_peek(ld, bytes, size, &advance);
    err = n ? transfer_out(t, bytes, n) : 0;
    if (err)
        return err;
    ldisc_consume(ld, advance);
    tty->driver->room(tty);
    return (long)n;
}

/* ---- write
 * -----------------------------------------------------------------------------------------------------------------------
 */

/* Queues and sends the next bytes of t. The number, or an error having done nothing. */
static long write_piece(struct tty *tty, struct transfer *t)
{
    static char bytes[WRITE_PIECE];
    struct transfer ahead = *t;
    size_t n = t->left < sizeof(bytes) ? t->left : sizeof(bytes);
    long err = transfer_in(&ahead, bytes, n);

    if (err)
        return err;
    n = ldisc_write(&tty->ldisc, bytes, n);
    transfer_skip(t, n);
    return (long)n;
}

static long tty_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct tty *tty = file->data;
    bool stoppable = tty->ldisc.termios.c_lflag & TOSTOP;
    long err = stoppable ? check_foreground(tty, t->client, t->call, SIGTTOU_) : 0, moved = 0, n;

    if (err)
        return err;
    if (is_hung_up(file))
        return -EIO;
    while (tty->driver->send(tty) && t->left) {
        n = write_piece(tty, t);
        if (n < 0)
            return moved ? moved : n;
        moved += n;
    }
    if (!t->left)
        return moved;
    if (file_nonblock(file))
        return moved ? moved : -EAGAIN;
    return wait_on_done(t->client, t->call, &tty->output, (size_t)moved);
}

static unsigned tty_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct tty *tty = file->data;
    const struct termios2 *t = &tty->ldisc.termios;
    uint32_t least = t->c_lflag & ICANON || t->c_cc[VTIME] || !t->c_cc[VMIN] ? 1 : t->c_cc[VMIN];

    queues[0] = &tty->input;
    queues[1] = &tty->output;
    if (is_hung_up(file))
        return POLLIN | POLLOUT | POLLERR | POLLHUP;
    return (ldisc_ready(&tty->ldisc) >= least ? POLLIN : 0) | (tty->driver->takes(tty) ? POLLOUT : 0);
}

/* ---- settings
 * ---------------------------------------------------------------------------------------------------------------------
 */

enum when { NOW, DRAINED, FLUSHED };

/* 0 when everything written has left, or DEFERRED. A driver may only guess when that is. */
static long output_drain(struct tty *tty, struct client *self, struct call *call)
{
    struct waiter *resumed = self->resumed;
    uint64_t pending_ns;
    long outcome;

    if (!tty->driver->send(tty))
        return wait_on(self, call, &tty->output, 0);
    pending_ns = resumed && resumed->expired ? 0 : tty->driver->pending_ns(tty);
    if (!pending_ns)
        return 0;
    outcome = wait_on(self, call, &tty->output, tine_time() + ticks_from_ns(pending_ns));
    if (resumed && outcome == DEFERRED)
        wait_deadline(self, tine_time() + ticks_from_ns(pending_ns));
    return outcome;
}

static void input_flush(struct tty *tty)
{
    tty->driver->drop(tty);
    ldisc_flush_input(&tty->ldisc);
    tty->driver->room(tty);
}

/* The speeds follow the bits of c_cflag unless these say that c_ospeed counts. */
static void speeds_complete(struct termios2 *t)
{
    static const unsigned slow[] = {
        0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400
    };
    static const unsigned fast[] = { 0,       57600,   115200,  230400,  460800,  500000,  576000,  921600,
                                     1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000 };
    unsigned code = t->c_cflag & CBAUD;

    if (code == BOTHER)
        return;
    t->c_ospeed = t->c_ispeed = code & CBAUDEX ? fast[code & 15] : slow[code & 15];
}

/* tcsetattr. size tells struct termios from struct termios2, whose beginning is the same. */
static long settings_set(struct tty *tty, struct client *self, struct call *call, uint64_t arg, size_t size, enum when when)
{
    struct termios2 t = tty->ldisc.termios;
    long err = check_foreground(tty, self, call, SIGTTOU_);

    if (err || (err = copy_in(self, call, &t, arg, size)))
        return err;
    if (when != NOW && (err = output_drain(tty, self, call)))
        return err;
    if (when == FLUSHED)
        input_flush(tty);
    speeds_complete(&t);
    ldisc_set(&tty->ldisc, &t);
    tty_go(tty);
    wait_wake(&tty->input);
    return 0;
}

static long settings_get(struct tty *tty, struct client *self, struct call *call, uint64_t arg, size_t size)
{
    return copy_out(self, call, arg, &tty->ldisc.termios, size);
}

static long size_set(struct tty *tty, struct client *self, struct call *call, uint64_t arg)
{
    struct winsize size;
    long err = copy_in(self, call, &size, arg, sizeof(size));

    if (err || !memcmp(&size, &tty->size, sizeof(size)))
        return err;
    tty->size = size;
    if (tty->pgrp)
        event_post(VFS_SIGNAL_GROUP, SIGWINCH_, tty->pgrp);
    return 0;
}

/* TCXONC, tcflow(3). TCIOFF and TCION send STOP and START to the other side. */
static long flow(struct tty *tty, struct client *self, struct call *call, uint64_t action)
{
    const struct termios2 *t = &tty->ldisc.termios;
    long err = check_foreground(tty, self, call, SIGTTOU_);
    char c;

    if (err)
        return err;
    switch (action) {
    case TCOOFF:
    case TCOON:
        tty->ldisc.stopped = action == TCOOFF;
        tty_tell(tty, action == TCOOFF ? TTY_STOPPED : TTY_STARTED);
        tty_go(tty);
        return 0;
    case TCIOFF:
    case TCION:
        c = (char)t->c_cc[action == TCIOFF ? VSTOP : VSTART];
        if (c)
            ldisc_write(&tty->ldisc, &c, 1);
        tty_go(tty);
        return 0;
    default:
        return -EINVAL;
    }
}

static long flush(struct tty *tty, struct client *self, struct call *call, uint64_t queue)
{
    long err = check_foreground(tty, self, call, SIGTTOU_);

    if (err)
        return err;
    if (queue > TCIOFLUSH)
        return -EINVAL;
    if (queue != TCOFLUSH) {
        input_flush(tty);
        tty_tell(tty, TTY_INPUT_FLUSHED);
    }
    if (queue != TCIFLUSH) {
        ldisc_flush_output(&tty->ldisc);
        tty_tell(tty, TTY_OUTPUT_FLUSHED);
        wait_wake(&tty->output);
    }
    return 0;
}

/* tcdrain, and tcsendbreak, which sends nothing here. */
static long drain(struct tty *tty, struct client *self, struct call *call, bool wait)
{
    long err = check_foreground(tty, self, call, SIGTTOU_);

    return err || !wait ? err : output_drain(tty, self, call);
}

/* ---- session and group
 * ------------------------------------------------------------------------------------------------------------- */

static void acquire(struct tty *tty, struct client *self)
{
    tty->sid = self->sid;
    tty->pgrp = self->pgrp;
}

/* TIOCSCTTY. Only an administrator may take a terminal from another session (arg 1). */
static long session_set(struct tty *tty, struct client *self, uint64_t arg)
{
    if (is_terminal_of(tty, self) && self->leader)
        return 0;
    if (!self->leader || !self->sid || tty_of_session(self->sid))
        return -EPERM;
    if (tty->sid && (arg != 1 || !(self->cred.rights & VFS_MAY_ALL)))
        return -EPERM;
    acquire(tty, self);
    return 0;
}

/* TIOCNOTTY. The leader gives the terminal up for its session. */
static long session_leave(struct tty *tty, struct client *self)
{
    if (!is_terminal_of(tty, self))
        return -ENOTTY;
    if (self->leader)
        session_drop(tty);
    return 0;
}

/* 0 if a client of that group is in the session. */
static long group_check(uint32_t pgrp, uint32_t sid)
{
    long err = -ESRCH;
    struct client *client;

    for (uint32_t from = 1; (client = client_next(from)); from = client->number + 1) {
        if (client->pgrp != pgrp)
            continue;
        if (client->sid == sid)
            return 0;
        err = -EPERM;
    }
    return err;
}

static long group_set(struct tty *tty, struct client *self, struct call *call, uint64_t arg)
{
    int32_t pgrp;
    uint32_t group;
    long err;

    if (!is_terminal_of(tty, self))
        return -ENOTTY;
    err = check_foreground(tty, self, call, SIGTTOU_);
    if (err || (err = copy_in(self, call, &pgrp, arg, sizeof(pgrp))))
        return err;
    if (pgrp < 0)
        return -EINVAL;
    group = client_number_in(self, (uint32_t)pgrp);
    err = group_check(group, tty->sid);
    if (!err)
        tty->pgrp = group;
    return err;
}

static long number_get(struct client *self, struct call *call, uint64_t arg, size_t number)
{
    int32_t value = (int32_t)number;

    return copy_out(self, call, arg, &value, sizeof(value));
}

/* Session and foreground group are told to members only. */
static long group_get(struct tty *tty, struct client *self, struct call *call, uint64_t arg, uint32_t number)
{
    return is_terminal_of(tty, self) ? number_get(self, call, arg, client_number_out(self, number)) : -ENOTTY;
}

/* ---- ioctl
 * --------------------------------------------------------------------------------------------------------------------------
 */

static long ioctl_settings(struct tty *tty, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    const size_t old = sizeof(struct termios), new = sizeof(struct termios2);

    switch (cmd) {
    case TCGETS:
        return settings_get(tty, self, call, arg, old);
    case TCGETS2:
        return settings_get(tty, self, call, arg, new);
    case TCSETS:
        return settings_set(tty, self, call, arg, old, NOW);
    case TCSETSW:
        return settings_set(tty, self, call, arg, old, DRAINED);
    case TCSETSF:
        return settings_set(tty, self, call, arg, old, FLUSHED);
    case TCSETS2:
        return settings_set(tty, self, call, arg, new, NOW);
    case TCSETSW2:
        return settings_set(tty, self, call, arg, new, DRAINED);
    case TCSETSF2:
        return settings_set(tty, self, call, arg, new, FLUSHED);
    case TIOCGWINSZ:
        return copy_out(self, call, arg, &tty->size, sizeof(tty->size));
    case TIOCSWINSZ:
        return size_set(tty, self, call, arg);
    }
    return -ENOTTY;
}

static long ioctl_session(struct tty *tty, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    switch (cmd) {
    case TIOCGPGRP:
        return group_get(tty, self, call, arg, tty->pgrp);
    case TIOCGSID:
        return group_get(tty, self, call, arg, tty->sid);
    case TIOCSPGRP:
        return group_set(tty, self, call, arg);
    case TIOCSCTTY:
        return session_set(tty, self, arg);
    case TIOCNOTTY:
        return session_leave(tty, self);
    case TIOCEXCL:
    case TIOCNXCL:
        tty->exclusive = cmd == TIOCEXCL;
        return 0;
    }
    return ioctl_settings(tty, self, call, cmd, arg);
}

long tty_command(struct tty *tty, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    switch (cmd) {
    case FIONREAD:
        return number_get(self, call, arg, ldisc_ready(&tty->ldisc));
    case TIOCOUTQ:
        return number_get(self, call, arg, tty->driver->pending(tty) + ldisc_queued(&tty->ldisc));
    case TIOCGETD:
        return number_get(self, call, arg, 0); /* N_TTY */
    case TCSBRK:
        return drain(tty, self, call, arg != 0);
    case TCSBRKP:
        return drain(tty, self, call, false);
    case TCXONC:
        return flow(tty, self, call, arg);
    case TCFLSH:
        return flush(tty, self, call, arg);
    }
    return ioctl_session(tty, self, call, cmd, arg);
}

static long tty_ioctl(struct file *file, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    return is_hung_up(file) ? cmd == TIOCSPGRP ? -ENOTTY : -EIO : tty_command(file->data, self, call, cmd, arg);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static void tty_release(struct file *file)
{
    struct tty *tty = file->data;

    if (tty->driver->closed)
        tty->driver->closed(tty, is_hung_up(file));
}

static const struct file_ops tty_ops = {
    .read = tty_read, .write = tty_write, .ioctl = tty_ioctl, .poll = tty_poll, .release = tty_release,
};

#define CONSOLE_DEVICE 0x501 /* never becomes a controlling terminal by being opened */

long tty_open(struct file *file, struct client *self, struct tty *tty)
{
    long err;

    if (tty->exclusive && !(self->cred.rights & VFS_MAY_ALL))
        return -EBUSY;
    if (tty->driver->opened && (err = tty->driver->opened(tty)))
        return err;
    file->ops = &tty_ops;
    file->data = tty;
    file->offset = tty->hang_ups;
    if (file->node->rdev != CONSOLE_DEVICE && !(file->flags & O_NOCTTY) && self->leader && self->sid && !tty->sid &&
        !tty_of_session(self->sid))
        acquire(tty, self);
    return 0;
}

long tty_open_controlling(struct file *file, struct client *self)
{
    struct tty *tty = tty_of_session(self->sid);

    return tty ? tty_open(file, self, tty) : -ENXIO;
}
