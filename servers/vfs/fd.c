/* The calls on descriptors as such: close, dup, fcntl, ioctl's common part. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/lock.h"
#include "servers/vfs/memfd.h"
#include "servers/vfs/syscalls.h"
#include <asm/ioctls.h>

#define F_DUPFD_CLOEXEC_ (F_LINUX_SPECIFIC_BASE + 6)
/* What F_SETFL may change. */
#define FLAGS_SETTABLE   (O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT | FASYNC)

/* close(2). */
long sys_close(struct client *self, struct call *call)
{
    return file_close(self, (unsigned)call->m.w[0]);
}

/* close_range(2): first, last, flags. */
long sys_close_range(struct client *self, struct call *call)
{
    uint32_t first = (uint32_t)call->m.w[0], last = (uint32_t)call->m.w[1], flags = (uint32_t)call->m.w[2];

    if (flags & ~6U || first > last)
        return -EINVAL;
    if (flags & 2 && self->files->refs > 1) {
        struct files *own = files_copy(self->files);

        if (!own)
            return -ENOMEM;
        files_put(self->files, self);
        self->files = own;
    }
    for (uint32_t fd = first; fd < self->files->top && fd <= last; fd++) {
        if (flags & 4 && file_get(self, fd))
            file_set_cloexec(self, fd, true);
        else if (!(flags & 4))
            file_close(self, fd);
    }
    return 0;
}

/* dup(2). */
long sys_dup(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    return file ? file_install(self, file_ref(file), 0, false) : -EBADF;
}

/* dup3(2): old, new, flags. */
long sys_dup3(struct client *self, struct call *call)
{
    unsigned from = (unsigned)call->m.w[0], to = (unsigned)call->m.w[1], flags = (unsigned)call->m.w[2];
    struct file *file = file_get(self, from);

    if (flags & ~(unsigned)O_CLOEXEC || from == to)
        return -EINVAL;
    if (!file || to >= self->nofile)
        return -EBADF;
    return file_install_at(self, file_ref(file), to, flags & O_CLOEXEC);
}

static long set_flags(struct file *file, uint64_t flags)
{
    file->flags = (uint32_t)((file->flags & ~(unsigned)FLAGS_SETTABLE) | (flags & FLAGS_SETTABLE));
    return 0;
}

static long duplicate(struct client *self, struct file *file, uint64_t from, bool cloexec)
{
    if (from >= self->nofile)
        return -EINVAL;
    return file_install(self, file_ref(file), (unsigned)from, cloexec);
}

/* fcntl(2): descriptor, command, argument. */
long sys_fcntl(struct client *self, struct call *call)
{
    unsigned fd = (unsigned)call->m.w[0], cmd = (unsigned)call->m.w[1];
    uint64_t arg = call->m.w[2];
    struct file *file = file_get(self, fd);

    if (!file)
        return -EBADF;
    if (file->flags & O_PATH && cmd != F_DUPFD && cmd != F_DUPFD_CLOEXEC_ && cmd != F_GETFD && cmd != F_SETFD &&
        cmd != F_GETFL)
        return -EBADF;
    switch (cmd) {
    case F_DUPFD:
        return duplicate(self, file, arg, false);
    case F_DUPFD_CLOEXEC_:
        return duplicate(self, file, arg, true);
    case F_GETFD:
        return file_cloexec(self, fd);
    case F_SETFD:
        file_set_cloexec(self, fd, arg & FD_CLOEXEC);
        return 0;
    case F_GETFL:
        return file->flags;
    case F_SETFL:
        return set_flags(file, arg);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_fcntl(self, call, file, cmd, arg);
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
        return file->ops->pipe_size ? file->ops->pipe_size(file, cmd, arg) : -EBADF;
    case F_ADD_SEALS:
    case F_GET_SEALS:
        return seals_fcntl(file, cmd, arg);
    case F_GETOWN:
    case F_SETOWN:
        return 0;
    }
    return -EINVAL;
}

static long ioctl_nonblock(struct client *self, struct call *call, struct file *file, uint64_t arg)
{
    int on;
    long err = copy_in(self, call, &on, arg, sizeof(on));

    if (!err)
        file->flags = on ? file->flags | O_NONBLOCK : file->flags & ~(unsigned)O_NONBLOCK;
    return err;
}

/* Bytes that a regular file still has from the offset on. */
static long ioctl_left(struct client *self, struct call *call, struct file *file, uint64_t arg)
{
    int left = file->node->size > file->offset ? (int)(file->node->size - file->offset) : 0;

    return copy_out(self, call, arg, &left, sizeof(left));
}

/* ioctl(2): descriptor, command, argument. */
long sys_ioctl(struct client *self, struct call *call)
{
    unsigned fd = (unsigned)call->m.w[0], cmd = (unsigned)call->m.w[1];
    struct file *file = file_get(self, fd);

    if (!file || file->flags & O_PATH)
        return -EBADF;
    switch (cmd) {
    case FIOCLEX:
    case FIONCLEX:
        file_set_cloexec(self, fd, cmd == FIOCLEX);
        return 0;
    case FIONBIO:
        return ioctl_nonblock(self, call, file, call->m.w[2]);
    case FIONREAD:
        if (file->node && S_ISREG(file->node->mode))
            return ioctl_left(self, call, file, call->m.w[2]);
    }
    return file->ops->ioctl ? file->ops->ioctl(file, self, call, cmd, call->m.w[2]) : -ENOTTY;
}
