/*
 * Pipes and fifos, pipe(7). A pipe lives as long as one of its ends is open. Order of reading: transfer of bytes, read
 * and write, opening and closing.
 *
 * Bytes are copied first and counted afterwards, so a copy that fails half way has had no effect.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/ring_transfer.h"
#include "servers/vfs/syscalls.h"
#include <asm/ioctls.h>
#include <linux/magic.h>
#include <stdlib.h>

#define PIPE_ATOMIC 4096 /* PIPE_BUF: writes up to here are not mixed with others */
#define SIGPIPE_ 13
/* Apart from the function that calls it, so that the common way through that one saves fewer registers. */
#define RARE __attribute__((noinline))

static const struct node_ops pipe_node_ops;
static struct filesystem pipefs = { .type = "pipefs", .magic = PIPEFS_MAGIC, .device = 12 };

struct pipe {
    struct ring ring;
    uint32_t readers, writers;           /* open ends */
    uint32_t reader_opens, writer_opens; /* ever: an open that waits sees that the other end came, be it gone again */
    struct wait_queue readable,
        writable;      /* waiters for bytes or the last writer's end; for room or the last reader's end */
    struct node *node; /* whose pipe it is; it outlives the ends */
    struct pipe *next; /* idle */
};

/* A fifo that is open for both is an end of either kind. */
static inline bool reads(const struct file *file)
{
    return (file->flags & O_ACCMODE) != O_WRONLY;
}

static inline bool writes(const struct file *file)
{
    return (file->flags & O_ACCMODE) != O_RDONLY;
}

/* ---- bytes
 * ---------------------------------------------------------------------------------------------------------------- */

/*
 * The n bytes at `from`, just written to an empty pipe, go straight to a reader that waits for them, whose read would
 * do nothing else if it ran again. They are in the ring only as far as the reader has no room. false: nothing was done.
 */
static bool hand_over(struct pipe *pipe, const char *from, size_t n)
{
    struct waiter *reader = wait_first(&pipe->readable);
    size_t size, len;

    if (!reader || reader->call.m.label != __NR_read || ring_used(&pipe->ring))
        return false;
    size = reader->call.m.w[2];
    len = n < size ? n : size;
    if (!wait_finish(reader, from, len))
        return false;
    if (len < n) {
        ring_put(&pipe->ring, (uint32_t)n);
        ring_take(&pipe->ring, (uint32_t)len);
        wait_wake(&pipe->readable);
    }
    return true;
}

static long pipe_read_empty(struct file *file, struct transfer *t)
{
    struct pipe *pipe = file->data;

    if (!pipe->writers)
        return 0;
    return file_nonblock(file) ? -EAGAIN : wait_on(t->client, t->call, &pipe->readable, 0);
}

static RARE long pipe_read_some(struct pipe *pipe, struct transfer *t, uint32_t n)
{
    size_t together;
    char *from = ring_at(&pipe->ring, pipe->ring.head, &together);

    if (n > together || !transfer_out_one(t, from, n)) {
        long err = ring_drain(&pipe->ring, 0, t, n);

        if (err)
            return err;
    }
    ring_take(&pipe->ring, n);
    wait_wake(&pipe->writable);
    return n;
}

static long pipe_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct pipe *pipe = file->data;
    uint32_t n = ring_used(&pipe->ring);

    if (!n)
        return pipe_read_empty(file, t);
    return pipe_read_some(pipe, t, n < t->left ? n : (uint32_t)t->left);
}

#define PROBE_MOST (1UL << 20)

/*
 * Whether the rest of a long write can be read, before any of it is: once a part is in the pipe, a page that is absent
 * would end the write early. Looks at a byte in each page; -EFAULT with the whole rest noted as missing.
 */
static long probe_rest(struct transfer *t, size_t begin)
{
    size_t end = t->left < PROBE_MOST ? t->left : PROBE_MOST;
    struct client *self = t->client;

    if (t->local || t->nmore)
        return 0;
    for (size_t at = begin; at < end; at = ((t->addr + at) | (TINE_PAGE_SIZE - 1)) + 1 - t->addr) {
        char byte;
        long err = copy_in(self, t->call, &byte, t->addr + at, 1);

        if (err && self->fault_len)
            self->fault_len = end - at;
        if (err)
            return err;
    }
    return 0;
}

/* More than there is room for: what fits, unless it is to go in one piece; the rest when there is room. */
static RARE long pipe_write_part(struct file *file, struct transfer *t)
{
    struct pipe *pipe = file->data;
    struct waiter *resumed = t->client->resumed;
    uint32_t n = ring_room(&pipe->ring);
    long err = 0;

    if (t->left <= PIPE_ATOMIC && !(resumed && resumed->done))
        n = 0;
    if (!resumed && !file_nonblock(file))
        err = probe_rest(t, n);
    if (!err && n)
        err = ring_fill(&pipe->ring, t, n);
    if (err)
        return err;
    if (n) {
        ring_put(&pipe->ring, n);
        wait_wake(&pipe->readable);
    }
    if (file_nonblock(file))
        return n ? (long)n : -EAGAIN;
    return wait_on_done(t->client, t->call, &pipe->writable, n);
}

/* What fits, but not in one piece. */
static RARE long pipe_write_pieces(struct pipe *pipe, struct transfer *t, size_t n)
{
    long err = n ? ring_fill(&pipe->ring, t, n) : 0;

    if (err)
        return err;
    ring_put(&pipe->ring, (uint32_t)n);
    wait_wake(&pipe->readable);
    return (long)n;
}

static long pipe_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct pipe *pipe = file->data;
    size_t n = t->left, together;
    char *to;

    if (!pipe->readers)
        return client_signal(t->client, t->call, SIGPIPE_, -EPIPE, PROC_TO_THREAD);
    if (n > ring_room(&pipe->ring))
        return pipe_write_part(file, t);
    to = ring_at(&pipe->ring, pipe->ring.tail, &together);
    if (!to || !n || n > together || !transfer_in_one(t, to, n))
        return pipe_write_pieces(pipe, t, n);
    if (TAILQ_EMPTY(&pipe->readable)) {
        ring_put(&pipe->ring, (uint32_t)n);
    } else if (!hand_over(pipe, to, n)) {
        ring_put(&pipe->ring, (uint32_t)n);
        wait_wake_all(&pipe->readable);
    }
    return (long)n;
}

/* ---- other operations
 * ------------------------------------------------------------------------------------------------------ */

static unsigned pipe_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct pipe *pipe = file->data;
    unsigned events = 0;

    if (reads(file)) {
        queues[0] = &pipe->readable;
        events |= ring_used(&pipe->ring) ? POLLIN : 0;
        events |= !pipe->writers && pipe->writer_opens ? POLLHUP : 0;
    }
    if (writes(file)) {
        queues[1] = &pipe->writable;
        events |= ring_room(&pipe->ring) >= PIPE_ATOMIC ? POLLOUT : 0;
        events |= !pipe->readers ? POLLERR : 0;
    }
    return events;
}

static long pipe_ioctl(struct file *file, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    struct pipe *pipe = file->data;
    int used = (int)ring_used(&pipe->ring);

    return cmd == FIONREAD ? copy_out(self, call, arg, &used, sizeof(used)) : -ENOTTY;
}

static long pipe_set_size(struct pipe *pipe, uint64_t bytes)
{
    uint32_t slots = 1;

    if (bytes > RING_SLOTS_MOST * RING_PAGE)
        return -EPERM;
    while (slots * RING_PAGE < bytes)
        slots *= 2;
    if (slots * RING_PAGE < ring_used(&pipe->ring))
        return -EBUSY;
    if (!ring_resize(&pipe->ring, slots))
        return -ENOMEM;
    wait_wake(&pipe->writable);
    return (long)slots * RING_PAGE;
}

static long pipe_size(struct file *file, unsigned cmd, uint64_t arg)
{
    struct pipe *pipe = file->data;

    return cmd == F_SETPIPE_SZ ? pipe_set_size(pipe, arg) : (long)pipe->ring.slots * RING_PAGE;
}

/* ---- making and ending
 * ------------------------------------------------------------------------------------------------------ */

static struct pipe *idle;

static struct pipe *pipe_new(struct node *node)
{
    struct pipe *pipe = idle;

    if (pipe)
        idle = pipe->next;
    else if (!(pipe = malloc(sizeof(*pipe))))
        return NULL;
    ring_init(&pipe->ring);
    pipe->readers = pipe->writers = 0;
    pipe->reader_opens = pipe->writer_opens = 0;
    wait_queue_init(&pipe->readable);
    wait_queue_init(&pipe->writable);
    pipe->node = node;
    node->pipe = pipe;
    return pipe;
}

/* Whoever still waits closed the descriptor that he waits for, from another thread: he looks again and finds it gone.
 */
static void pipe_free(struct pipe *pipe)
{
    wait_queue_close(&pipe->readable);
    wait_queue_close(&pipe->writable);
    ring_free(&pipe->ring);
    pipe->node->pipe = NULL;
    pipe->next = idle;
    idle = pipe;
}

/* An end more; whoever waits for one to be there looks again. */
static void pipe_join(struct file *file)
{
    struct pipe *pipe = file->data;

    if (reads(file)) {
        pipe->readers++;
        pipe->reader_opens++;
        wait_wake(&pipe->writable);
    }
    if (writes(file)) {
        pipe->writers++;
        pipe->writer_opens++;
        wait_wake(&pipe->readable);
    }
}

static void pipe_release(struct file *file)
{
    struct pipe *pipe = file->data;

    if (reads(file) && --pipe->readers == 0)
        wait_wake(&pipe->writable);
    if (writes(file) && --pipe->writers == 0)
        wait_wake(&pipe->readable);
    if (!pipe->readers && !pipe->writers)
        pipe_free(pipe);
}

static const struct file_ops pipe_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .ioctl = pipe_ioctl,
    .poll = pipe_poll,
    .release = pipe_release,
    .pipe_size = pipe_size,
};

/* ---- fifos
 * ------------------------------------------------------------------------------------------------------------------ */

/* The first run of an open: the end counts from now on. file->offset keeps what tells that the other end has come. */
static long fifo_attach(struct file *file)
{
    struct node *node = file->node;
    struct pipe *pipe = node->pipe;
    unsigned mode = file->flags & O_ACCMODE;

    if (mode == O_WRONLY && file_nonblock(file) && node->fs != &pipefs && !(pipe && pipe->readers))
        return -ENXIO;
    if (!pipe && !(pipe = pipe_new(node)))
        return -ENOMEM;
    file->data = pipe;
    file->ops = &pipe_ops;
    file->offset = mode == O_RDONLY ? pipe->writer_opens : pipe->reader_opens;
    pipe_join(file);
    return 0;
}

/* Whether the other end is there, was there since, or is not waited for: never when a pipe of pipe2 is opened again
 * (/proc/self/fd/N), whose other end may be gone for good. */
static bool fifo_complete(const struct file *file)
{
    const struct pipe *pipe = file->data;

    if (file->node->fs == &pipefs)
        return true;
    switch (file->flags & O_ACCMODE) {
    case O_RDONLY:
        return pipe->writers || file_nonblock(file) || pipe->writer_opens != (uint32_t)file->offset;
    case O_WRONLY:
        return pipe->readers || pipe->reader_opens != (uint32_t)file->offset;
    default:
        return true;
    }
}

long fifo_open(struct file *file, struct client *self, struct call *call)
{
    struct pipe *pipe;
    long err;

    if (!file->data && (err = fifo_attach(file)))
        return err;
    if (fifo_complete(file))
        return 0;
    pipe = file->data;
    err = wait_on(self, call, reads(file) ? &pipe->readable : &pipe->writable, 0);
    if (err != DEFERRED) {
        pipe_release(file);
        file->ops = &path_ops;
    }
    return err;
}

/* ---- pipe2
 * -------------------------------------------------------------------------------------------------------------------
 */

static struct file *end_new(struct pipe *pipe, struct node *node, uint32_t flags)
{
    struct file *file = file_new(&pipe_ops, flags);

    if (!file)
        return NULL;
    file->data = pipe;
    file->node = node;
    return file;
}

/* Both ends, each with its reference to the node. */
static long ends_new(struct client *self, uint32_t flags, struct file *ends[2])
{
    struct node *node = node_new(&pipefs, &pipe_node_ops, S_IFIFO | 0600);
    struct pipe *pipe = node ? pipe_new(node) : NULL;

    ends[0] = pipe ? end_new(pipe, node, O_RDONLY | flags) : NULL;
    ends[1] = ends[0] ? end_new(pipe, node, O_WRONLY | flags) : NULL;
    if (!ends[1]) {
        if (ends[0]) {
            ends[0]->ops = &path_ops;
            ends[0]->node = NULL;
            file_put(ends[0]);
        }
        if (pipe)
            pipe_free(pipe);
        if (node)
            node_put(node);
        return -ENOMEM;
    }
    node_ref(node);
    node->uid = self->cred.fsuid;
    node->gid = self->cred.fsgid;
    pipe_join(ends[0]);
    pipe_join(ends[1]);
    return 0;
}

/* pipe2(2): two descriptors, flags. */
long sys_pipe2(struct client *self, struct call *call)
{
    uint32_t flags = (uint32_t)call->m.w[1];
    bool cloexec = flags & O_CLOEXEC;
    struct file *ends[2];
    int fd[2];
    long err;

    if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    err = ends_new(self, flags & O_NONBLOCK, ends);
    if (err)
        return err;
    err = fd[0] = (int)file_install(self, ends[0], 0, cloexec);
    if (err < 0) {
        file_put(ends[1]);
        return err;
    }
    fd[1] = (int)file_install(self, ends[1], 0, cloexec);
    return file_tell_pair(self, call, call->m.w[0], fd);
}
