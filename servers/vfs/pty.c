/*
 * Pseudo-terminals, pty(7): /dev/ptmx opens a master, and its slave appears in devpts under its number. The slave is a
 * terminal like any other; the master reads what its discipline puts out, and writes what it takes in. The pair lives
 * until the master and all files of the slave are closed; with the master the name goes, and the slave is hung up.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/open.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/text.h"
#include "servers/vfs/tty.h"
#include <linux/magic.h>
#include <stdlib.h>

#define PTYS 256U              /* kernel.pty.max; each takes 21 KiB of vfs's memory */
#define OUTPUT_MOST (LDISC_OUTPUT / 4) /* what may be queued when a program writes more */
#define SLAVE_MAJOR 136U
#define PIECE 1024U

struct pty {
    struct tty tty; /* the slave */
    unsigned index;
    bool locked;    /* TIOCSPTLCK: the slave cannot be opened */
    bool master;    /* is open */
    bool used;      /* the slave has been opened */
    unsigned files, slaves; /* open files of the slave; those not hung up */
    bool packet;            /* TIOCPKT */
    unsigned status;        /* of packet mode, not read yet */
    struct wait_queue reading, writing; /* of the master: for output, for room */
    struct entry *entry;                /* in devpts, counted; NULL: its name is gone */
};

static struct pty *ptys[PTYS];

static struct pty *pty_of(struct tty *tty)
{
    return (struct pty *)((char *)tty - offsetof(struct pty, tty));
}

static void pty_free(struct pty *pty)
{
    ptys[pty->index] = NULL;
    tty_end(&pty->tty);
    free(pty);
}

/* ---- the slave's driver ------------------------------------------------------------------------------------------ */

static bool pty_takes(const struct tty *tty)
{
    return !tty->ldisc.stopped && ldisc_queued(&tty->ldisc) < OUTPUT_MOST;
}

/* The master takes it. */
static bool pty_send(struct tty *tty)
{
    if (ldisc_queued(&tty->ldisc) && !tty->ldisc.stopped)
        wait_wake(&pty_of(tty)->reading);
    return pty_takes(tty);
}

static size_t pty_pending(struct tty *tty)
{
    return 0;
}

static uint64_t pty_pending_ns(struct tty *tty)
{
    return 0;
}

static void pty_drop(struct tty *tty)
{
}

static void pty_room(struct tty *tty)
{
    wait_wake(&pty_of(tty)->writing);
}

static void master_changed(struct pty *pty)
{
    wait_wake(&pty->reading);
    wait_wake(&pty->writing);
}

static long pty_opened(struct tty *tty)
{
    struct pty *pty = pty_of(tty);

    if (!pty->master || pty->locked)
        return -EIO;
    pty->files++;
    pty->slaves++;
    pty->used = true;
    master_changed(pty);
    return 0;
}

static void pty_closed(struct tty *tty, bool hung_up)
{
    struct pty *pty = pty_of(tty);

    pty->files--;
    if (!hung_up && --pty->slaves == 0)
        master_changed(pty);
    if (!pty->files && !pty->master)
        pty_free(pty);
}

static void pty_tell(struct tty *tty, unsigned event)
{
    struct pty *pty = pty_of(tty);

    if (!pty->packet)
        return;
    pty->status |= event;
    if (event & (TTY_STOPPED | TTY_STARTED))
        pty->status &= ~(event ^ (TTY_STOPPED | TTY_STARTED));
    wait_wake(&pty->reading);
}

static const struct tty_driver driver = {
    .send = pty_send,
    .takes = pty_takes,
    .pending = pty_pending,
    .pending_ns = pty_pending_ns,
    .drop = pty_drop,
    .room = pty_room,
    .opened = pty_opened,
    .closed = pty_closed,
    .tell = pty_tell,
};

/* ---- the master -------------------------------------------------------------------------------------------------- */

/* In packet mode each read begins with a byte: 0 before data, or what has happened, alone. */
static long read_packet(struct pty *pty, struct transfer *t, size_t n)
{
    char first = (char)pty->status;
    long err = transfer_out(t, &first, 1);

    if (!err && !first)
        err = transfer_out(t, pty->tty.ldisc.output + pty->tty.ldisc.output_start, n);
    if (err)
        return err;
    if (!first)
        ldisc_sent(&pty->tty.ldisc, n);
    pty->status = 0;
    return first ? 1 : (long)n + 1;
}

static long master_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct pty *pty = file->data;
    struct ldisc *ld = &pty->tty.ldisc;
    size_t n = ld->stopped ? 0 : ldisc_queued(ld), room = t->left - pty->packet;
    long moved;

    if (!n && !pty->status) {
        if (pty->used && !pty->slaves)
            return -EIO;
        return file_nonblock(file) ? -EAGAIN : wait_on(t->client, t->call, &pty->reading, 0);
    }
    n = n < room ? n : room;
    if (pty->packet) {
        moved = read_packet(pty, t, n);
    } else {
        moved = transfer_out(t, ld->output + ld->output_start, n);
        if (!moved) {
            ldisc_sent(ld, n);
            moved = (long)n;
        }
    }
    tty_go(&pty->tty);
    return moved;
}

static long master_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct pty *pty = file->data;
    char bytes[PIECE];
    long moved = 0, err = 0;
    uint32_t room;

    while (t->left && (room = ldisc_room(&pty->tty.ldisc))) {
        size_t n = t->left < room ? t->left : room;

        n = n < sizeof(bytes) ? n : sizeof(bytes);
        err = transfer_in(t, bytes, n);
        if (err)
            break;
        tty_receive(&pty->tty, bytes, n);
        moved += (long)n;
    }
    if (moved)
        tty_received(&pty->tty);
    if (err || !t->left)
        return moved ? moved : err;
    if (file_nonblock(file))
        return moved ? moved : -EAGAIN;
    return wait_on_done(t->client, t->call, &pty->writing, (size_t)moved);
}

static unsigned master_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct pty *pty = file->data;
    struct ldisc *ld = &pty->tty.ldisc;

    queues[0] = &pty->reading;
    queues[1] = &pty->writing;
    return (pty->status || (ldisc_queued(ld) && !ld->stopped) ? POLLIN : 0) | (pty->status ? POLLPRI : 0) |
           (ldisc_room(ld) ? POLLOUT : 0) | (pty->used && !pty->slaves ? POLLHUP : 0);
}

static long put_number(struct client *self, struct call *call, uint64_t arg, unsigned number)
{
    return copy_out(self, call, arg, &number, sizeof(number));
}

static long get_flag(struct client *self, struct call *call, uint64_t arg, bool *flag)
{
    int value;
    long err = copy_in(self, call, &value, arg, sizeof(value));

    if (!err)
        *flag = value != 0;
    return err;
}

/* TIOCGPTPEER: opens the slave without its path. */
static long open_peer(struct client *self, struct call *call, const struct pty *pty, uint32_t flags)
{
    struct place place = { mount_root, pty->entry };
    struct mount *mount;
    struct file *file;
    long err;

    if (flags & ~(uint32_t)(O_ACCMODE | O_NOCTTY | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    TAILQ_FOREACH(mount, &mount_space_of(self)->mounts, order)
        if (mount->fs == devpts())
            place.mount = mount;
    err = open_place(self, call, &place, flags & ~(uint32_t)O_CLOEXEC, &file);
    return err ? err : file_install(self, file, 0, flags & O_CLOEXEC);
}

/* What the master's side sees as its input is the slave's output. */
static long master_flush(struct pty *pty, uint64_t queue)
{
    if (queue > TCIOFLUSH)
        return -EINVAL;
    if (queue != TCOFLUSH) {
        ldisc_flush_output(&pty->tty.ldisc);
        tty_go(&pty->tty);
    }
    if (queue != TCIFLUSH) {
        ldisc_flush_input(&pty->tty.ldisc);
        wait_wake(&pty->writing);
    }
    return 0;
}

static long master_ioctl(struct file *file, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    struct pty *pty = file->data;

    switch (cmd) {
    case TIOCGPTN:
        return put_number(self, call, arg, pty->index);
    case TIOCSPTLCK:
        return get_flag(self, call, arg, &pty->locked);
    case TIOCGPTLCK:
        return put_number(self, call, arg, pty->locked);
    case TIOCGPTPEER:
        return open_peer(self, call, pty, (uint32_t)arg);
    case TIOCPKT:
        return get_flag(self, call, arg, &pty->packet);
    case TIOCGPKT:
        return put_number(self, call, arg, pty->packet);
    case TIOCSIG:
        if (arg != 2 && arg != 3 && arg != 20) /* SIGINT, SIGQUIT, SIGTSTP */
            return -EINVAL;
        if (pty->tty.pgrp)
            event_post(VFS_SIGNAL_GROUP, (int)arg, pty->tty.pgrp);
        return 0;
    case FIONREAD:
        return put_number(self, call, arg, (unsigned)ldisc_queued(&pty->tty.ldisc));
    case TCFLSH:
        return master_flush(pty, arg);
    case TIOCGPGRP:
        return put_number(self, call, arg, client_number_out(self, pty->tty.pgrp));
    case TIOCGSID:
        return pty->tty.sid ? put_number(self, call, arg, client_number_out(self, pty->tty.sid)) : -ENOTTY;
    }
    return tty_command(&pty->tty, self, call, cmd, arg);
}

static void master_release(struct file *file)
{
    struct pty *pty = file->data;

    pty->master = false;
    wait_queue_close(&pty->reading);
    wait_queue_close(&pty->writing);
    tty_hang_up(&pty->tty);
    pty->slaves = 0;
    entry_detach(pty->entry);
    entry_put(pty->entry);
    pty->entry = NULL;
    if (!pty->files)
        pty_free(pty);
}

static const struct file_ops master_ops = {
    .read = master_read,
    .write = master_write,
    .ioctl = master_ioctl,
    .poll = master_poll,
    .release = master_release,
};

/* ---- names and opening ------------------------------------------------------------------------------------------- */

/* Names come and go with the pairs, and no other way. */
static const struct node_ops devpts_ops = { .lookup = tmpfs_lookup, .list = tmpfs_list };

/* A device in devpts: its entry, counted once more than by its directory. NULL: no memory. */
static struct entry *name_new(struct filesystem *fs, const char *name, size_t len, uint32_t mode, uint64_t rdev)
{
    struct node *node = node_new(fs, &devpts_ops, S_IFCHR | mode);
    struct entry *entry = node ? entry_new(fs->root, name, len, node) : NULL;

    if (!entry) {
        if (node)
            node_put(node);
        return NULL;
    }
    node->rdev = rdev;
    entry_attach(entry);
    return entry;
}

struct filesystem *devpts(void)
{
    static struct filesystem *fs;
    struct entry *ptmx;

    if (fs)
        return fs;
    fs = filesystem_new("devpts", DEVPTS_SUPER_MAGIC);
    if (!fs || tmpfs_start(fs, 0755) || !(ptmx = name_new(fs, "ptmx", 4, 0, 0x502)))
        abort();
    entry_put(ptmx);
    fs->root->node->ops = &devpts_ops;
    fs->refs++;
    return fs;
}

static struct pty *pty_new(struct client *self, unsigned index)
{
    struct pty *pty = calloc(1, sizeof(*pty));
    char name[21];

    if (!pty)
        return NULL;
    pty->entry = name_new(devpts(), name, number_text(index, name), 0600, SLAVE_MAJOR << 8 | index);
    if (!pty->entry) {
        free(pty);
        return NULL;
    }
    pty->entry->node->uid = self->cred.fsuid;
    pty->entry->node->gid = self->cred.fsgid;
    pty->index = index;
    pty->locked = pty->master = true;
    wait_queue_init(&pty->reading);
    wait_queue_init(&pty->writing);
    tty_init(&pty->tty, &driver, SLAVE_MAJOR << 8 | index);
    return pty;
}

long pty_open_master(struct file *file, struct client *self)
{
    unsigned index = 0;

    while (index < PTYS && ptys[index])
        index++;
    if (index == PTYS)
        return -ENOSPC;
    ptys[index] = pty_new(self, index);
    if (!ptys[index])
        return -ENOMEM;
    file->ops = &master_ops;
    file->data = ptys[index];
    return 0;
}

long pty_open_slave(struct file *file, struct client *self, unsigned index)
{
    return index < PTYS && ptys[index] ? tty_open(file, self, &ptys[index]->tty) : -EIO;
}
