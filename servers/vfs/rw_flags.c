/* preadv2(2), pwritev2(2): reads and writes with flags of their own. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/syscalls.h"

enum { RWF_HIPRI_ = 1, RWF_DSYNC_ = 2, RWF_SYNC_ = 4, RWF_NOWAIT_ = 8, RWF_APPEND_ = 16 };
#define RWF_KNOWN (RWF_HIPRI_ | RWF_DSYNC_ | RWF_SYNC_ | RWF_NOWAIT_ | RWF_APPEND_)

/* What one of these calls is about. */
struct flagged {
    struct file *file;
    struct transfer t;
    uint64_t own, *offset; /* the call's offset; which one counts */
};

/* Files whose operations wait know no RWF_NOWAIT: only those with an offset, which never do. */
static long flagged_begin(struct client *self, struct call *call, bool write, struct flagged *f)
{
    unsigned flags = (unsigned)call->m.w[5];
    bool at_offset = (int64_t)call->m.w[3] != -1;

    f->file = file_get(self, (unsigned)call->m.w[0]);
    f->own = call->m.w[3];
    if (!f->file || !(write ? file_writable(f->file) : file_readable(f->file)))
        return -EBADF;
    if (flags & ~(unsigned)RWF_KNOWN || (flags & RWF_NOWAIT_ && !f->file->ops->offset_matters) ||
        (flags & RWF_APPEND_ && !write))
        return -EOPNOTSUPP;
    if (!(write ? f->file->ops->write : f->file->ops->read))
        return -EINVAL;
    if (at_offset && !f->file->ops->offset_matters)
        return -ESPIPE;
    if (at_offset && (int64_t)f->own < 0)
        return -EINVAL;
    f->offset = at_offset ? &f->own : &f->file->offset;
    return transfer_vector(self, call, call->m.w[1], call->m.w[2], &f->t);
}

/* preadv2(2): descriptor, vector, count, offset or -1, its upper half (no matter here), flags. */
long sys_preadv2(struct client *self, struct call *call)
{
    struct flagged f;
    long err = flagged_begin(self, call, false, &f);

    if (err)
        return err;
    if (f.offset == &f.own)
        f.t.fd = -1;
    return f.t.left ? f.file->ops->read(f.file, &f.t, f.offset) : 0;
}

/* pwritev2(2): the same. */
long sys_pwritev2(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[5];
    struct flagged f;
    uint32_t kept;
    long n = flagged_begin(self, call, true, &f);

    if (n || !f.t.left)
        return n;
    transfer_resume(self, &f.t);
    kept = f.file->flags;
    f.file->flags |= flags & RWF_APPEND_ ? O_APPEND : 0;
    n = f.file->ops->write(f.file, &f.t, f.offset);
    f.file->flags = kept;
    return transfer_total(self, n);
}
