/*
 * From file to file without the client's memory: sendfile and copy_file_range. The source is a regular file, whose
 * pages lie in vfs's own memory, so each piece is an ordinary write whose transfer is local.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/cache.h"
#include "servers/vfs/file.h"
#include "servers/vfs/regular.h"
#include "servers/vfs/syscalls.h"

static char zeros[TINE_PAGE_SIZE];

/* Bytes of the node at `offset` that lie together, at most *len, which is cut to it. */
static char *piece_at(struct node *node, uint64_t offset, size_t *len)
{
    size_t within = offset % TINE_PAGE_SIZE, most = TINE_PAGE_SIZE - within;
    unsigned run = 1;
    char *page = node->pages ? pages_find(node->pages, offset / TINE_PAGE_SIZE, &run) : NULL;

    if (page)
        most = run * (size_t)TINE_PAGE_SIZE - within;
    if (*len > most)
        *len = most;
    return page ? page + within : zeros;
}

/*
 * Writes `count` bytes of `from` at *offset to `to`, until it takes no more. Bytes, -errno or DEFERRED; *offset is
 * behind what was written unless DEFERRED.
 */
static long copy_pieces(struct client *self, struct call *call, struct node *from, uint64_t *offset, struct file *to,
                        uint64_t *to_offset, size_t count)
{
    size_t done = 0;

    while (done < count && *offset < from->size) {
        size_t len = count - done < from->size - *offset ? count - done : from->size - *offset;
        char *piece = piece_at(from, *offset, &len);
        struct transfer t = { .client = self, .call = call, .local = piece, .left = len, .fd = -1 };
        long n = to->ops->write(to, &t, to_offset);

        if (n == DEFERRED && done) {
            /* The wait counts only this piece: say what came before it. */
            struct waiter *w = self->resumed ? self->resumed : LIST_FIRST(&self->waiters);

            if (w && w->waiting)
                w->done += done;
            return DEFERRED;
        }
        if (n < 0)
            return done ? (long)done : n;
        *offset += (uint64_t)n;
        done += (size_t)n;
        if ((size_t)n < len)
            break;
    }
    return (long)done;
}

/* A source that can be copied from: a regular file open for reading. */
static long check_source(const struct file *file)
{
    if (!file || !file_readable(file))
        return -EBADF;
    return file->ops == &regular_ops ? 0 : -EINVAL;
}

static long check_target(const struct file *file)
{
    if (!file || !file_writable(file))
        return -EBADF;
    return file->ops->write && !(file->flags & O_APPEND) ? 0 : -EINVAL;
}

/* An offset that the client keeps (address, 0 for the file's own). */
static long fetch_offset(struct client *self, struct call *call, uint64_t addr, const struct file *file,
                         uint64_t *offset)
{
    *offset = file->offset;
    if (!addr)
        return 0;
    long err = copy_in(self, call, offset, addr, sizeof(*offset));
    return err ? err : (int64_t)*offset < 0 ? -EINVAL : 0;
}

static void store_offset(struct client *self, struct call *call, uint64_t addr, struct file *file, uint64_t offset)
{
    if (addr)
        copy_out(self, call, addr, &offset, sizeof(offset));
    else
        file->offset = offset;
}

/* sendfile(2): out, in, address of the offset or 0, bytes. */
long sys_sendfile(struct client *self, struct call *call)
{
    struct file *out = file_get(self, (unsigned)call->m.w[0]), *in = file_get(self, (unsigned)call->m.w[1]);
    size_t count = call->m.w[3] < IO_LONGEST ? call->m.w[3] : IO_LONGEST;
    size_t before = self->resumed ? self->resumed->done : 0;
    uint64_t offset;
    long n, err = check_source(in);

    if (err || (err = check_target(out)) || (err = fetch_offset(self, call, call->m.w[2], in, &offset)))
        return err;
    offset += before;
    n = before < count ? copy_pieces(self, call, in->node, &offset, out, &out->offset, count - before) : 0;
    if (n == DEFERRED || (n < 0 && !before))
        return n;
    store_offset(self, call, call->m.w[2], in, offset);
    return (long)before + (n > 0 ? n : 0);
}

/* copy_file_range(2): in, its offset's address, out, its offset's address, bytes, flags. Regular files only, which
 * never wait. */
long sys_copy_file_range(struct client *self, struct call *call)
{
    struct file *in = file_get(self, (unsigned)call->m.w[0]), *out = file_get(self, (unsigned)call->m.w[2]);
    size_t count = call->m.w[4] < IO_LONGEST ? call->m.w[4] : IO_LONGEST;
    uint64_t from, to;
    long n, err = check_source(in);

    if (err || (err = check_target(out)))
        return err == -EINVAL && out && out->flags & O_APPEND ? -EBADF : err;
    if (call->m.w[5] || out->ops != &regular_ops)
        return -EINVAL;
    if ((err = fetch_offset(self, call, call->m.w[1], in, &from)) ||
        (err = fetch_offset(self, call, call->m.w[3], out, &to)))
        return err;
    if (in->node == out->node && from < to + count && to < from + count)
        return -EINVAL;
    n = copy_pieces(self, call, in->node, &from, out, &to, count);
    if (n > 0) {
        store_offset(self, call, call->m.w[1], in, from);
        store_offset(self, call, call->m.w[3], out, to);
    }
    return n;
}
