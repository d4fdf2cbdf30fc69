/*
 * Moving bytes: read, write and their kin. A call that waited with part of a write done comes again with that part
 * behind it (transfer_resume), and its count is added at the end (transfer_total).
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/regular.h"
#include "servers/vfs/syscalls.h"

#define SEGMENTS 1024

static struct segment segments[SEGMENTS];

/* ---- progress ---------------------------------------------------------------------------------------------------- */

void transfer_resume(struct client *self, struct transfer *t)
{
    if (self->resumed && self->resumed->done)
        transfer_skip(t, self->resumed->done);
}

long transfer_total(struct client *self, long outcome)
{
    size_t before = self->resumed ? self->resumed->done : 0;

    if (!before || outcome == DEFERRED)
        return outcome;
    return outcome >= 0 ? (long)before + outcome : (long)before;
}

/* ---- one buffer -------------------------------------------------------------------------------------------------- */

/* read(2): descriptor, buffer, bytes. */
long sys_read(struct client *self, struct call *call)
{
    unsigned fd = (unsigned)call->m.w[0];
    size_t len = call->m.w[2] < IO_LONGEST ? call->m.w[2] : IO_LONGEST;
    struct file *file = file_get(self, fd);
    struct transfer t = { .client = self, .call = call, .addr = call->m.w[1], .len = len, .left = len, .fd = (int)fd };

    if (!file || !file_readable(file))
        return -EBADF;
    if (!file->ops->read)
        return -EINVAL;
    return len ? file->ops->read(file, &t, &file->offset) : 0;
}

/* write(2): descriptor, buffer, bytes. */
long sys_write(struct client *self, struct call *call)
{
    unsigned fd = (unsigned)call->m.w[0];
    size_t len = call->m.w[2] < IO_LONGEST ? call->m.w[2] : IO_LONGEST;
    struct file *file = file_get(self, fd);
    struct transfer t = { .client = self, .call = call, .addr = call->m.w[1], .len = len, .left = len, .fd = (int)fd };
    long outcome;

    if (!file || !file_writable(file))
        return -EBADF;
    if (!file->ops->write)
        return -EINVAL;
    if (!self->resumed)
        return file->ops->write(file, &t, &file->offset);
    transfer_resume(self, &t);
    outcome = file->ops->write(file, &t, &file->offset);
    return transfer_total(self, outcome);
}

/* Of pread and pwrite: the file, or an error in *err. */
static struct file *file_at(struct client *self, unsigned fd, int64_t offset, bool write, long *err)
{
    struct file *file = file_get(self, fd);

    *err = !file || !(write ? file_writable(file) : file_readable(file)) ? -EBADF
           : !(write ? file->ops->write : file->ops->read)              ? -EINVAL
           : !file->ops->offset_matters                                 ? -ESPIPE
           : offset < 0                                                 ? -EINVAL
                                                                        : 0;
    return file;
}

/* pread64(2): descriptor, buffer, bytes, offset. */
long sys_pread64(struct client *self, struct call *call)
{
    size_t len = call->m.w[2] < IO_LONGEST ? call->m.w[2] : IO_LONGEST;
    uint64_t offset = call->m.w[3];
    struct transfer t = { .client = self, .call = call, .addr = call->m.w[1], .len = len, .left = len, .fd = -1 };
    long err;
    struct file *file = file_at(self, (unsigned)call->m.w[0], (int64_t)offset, false, &err);

    return err ? err : len ? file->ops->read(file, &t, &offset) : 0;
}

/* pwrite64(2): descriptor, buffer, bytes, offset. */
long sys_pwrite64(struct client *self, struct call *call)
{
    size_t len = call->m.w[2] < IO_LONGEST ? call->m.w[2] : IO_LONGEST;
    uint64_t offset = call->m.w[3];
    struct transfer t = { .client = self, .call = call, .addr = call->m.w[1], .len = len, .left = len, .fd = -1 };
    long err;
    struct file *file = file_at(self, (unsigned)call->m.w[0], (int64_t)offset, true, &err);

    return err ? err : file->ops->write(file, &t, &offset);
}

/* ---- several buffers --------------------------------------------------------------------------------------------- */

long transfer_vector(struct client *self, struct call *call, uint64_t vector, uint64_t count, struct transfer *t)
{
    long err;

    *t = (struct transfer){ .client = self, .call = call, .fd = (int)call->m.w[0] };
    if (count > SEGMENTS)
        return -EINVAL;
    if (!count)
        return 0;
    err = copy_in(self, call, segments, vector, count * sizeof(segments[0]));
    if (err)
        return err;
    for (uint64_t i = 0; i < count; i++) {
        if (segments[i].len > (uint64_t)INT64_MAX)
            return -EINVAL;
        if (segments[i].len > IO_LONGEST - t->left)
            segments[i].len = IO_LONGEST - t->left;
        t->left += segments[i].len;
    }
    t->addr = segments[0].base;
    t->len = segments[0].len;
    t->more = segments + 1;
    t->nmore = (unsigned)count - 1;
    transfer_skip(t, 0);
    return 0;
}

static long read_vector(struct client *self, struct call *call, struct file *file, uint64_t *offset, int fd)
{
    struct transfer t;
    long err = transfer_vector(self, call, call->m.w[1], call->m.w[2], &t);

    if (err)
        return err;
    t.fd = fd;
    return t.left ? file->ops->read(file, &t, offset) : 0;
}

static long write_vector(struct client *self, struct call *call, struct file *file, uint64_t *offset)
{
    struct transfer t;
    long err = transfer_vector(self, call, call->m.w[1], call->m.w[2], &t);

    if (err)
        return err;
    if (!t.left)
        return 0;
    transfer_resume(self, &t);
    err = file->ops->write(file, &t, offset);
    return transfer_total(self, err);
}

/* readv(2): descriptor, vector, count. */
long sys_readv(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    if (!file || !file_readable(file))
        return -EBADF;
    return file->ops->read ? read_vector(self, call, file, &file->offset, (int)call->m.w[0]) : -EINVAL;
}

/* writev(2): descriptor, vector, count. */
long sys_writev(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    if (!file || !file_writable(file))
        return -EBADF;
    return file->ops->write ? write_vector(self, call, file, &file->offset) : -EINVAL;
}

/* preadv(2): descriptor, vector, count, offset. */
long sys_preadv(struct client *self, struct call *call)
{
    uint64_t offset = call->m.w[3];
    long err;
    struct file *file = file_at(self, (unsigned)call->m.w[0], (int64_t)offset, false, &err);

    return err ? err : read_vector(self, call, file, &offset, -1);
}

/* pwritev(2): descriptor, vector, count, offset. */
long sys_pwritev(struct client *self, struct call *call)
{
    uint64_t offset = call->m.w[3];
    long err;
    struct file *file = file_at(self, (unsigned)call->m.w[0], (int64_t)offset, true, &err);

    return err ? err : write_vector(self, call, file, &offset);
}

/* lseek(2): descriptor, offset, whence. */
long sys_lseek(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    if (!file || file->flags & O_PATH)
        return -EBADF;
    return file->ops->seek ? file->ops->seek(file, (int64_t)call->m.w[1], (int)call->m.w[2]) : -ESPIPE;
}
