/* pidfd_open(2): descriptors of processes. proc makes them and asks for whom they stand; here they are files that become
 * readable when the process has ended. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/identity.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/users.h"

static unsigned pidfd_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct identity *identity = file->data;

    queues[0] = &identity->end;
    return (identity->ended ? POLLIN : 0) | (identity->gone ? POLLHUP : 0);
}

static void pidfd_release(struct file *file)
{
    identity_put(file->data);
}

static const struct file_ops pidfd_ops = { .poll = pidfd_poll, .release = pidfd_release, .name = "anon_inode:[pidfd]" };

long pidfd_open(struct client *client, struct client *target, uint32_t flags)
{
    struct identity *identity = identity_of(target);

    if (!identity)
        return -ENOMEM;
    identity->refs++;
    return file_anonymous(client, &pidfd_ops, identity, O_RDWR | (flags & O_NONBLOCK), true);
}

static struct identity *identity_behind(struct client *client, unsigned long fd)
{
    struct file *file = file_get(client, fd);

    return file && file->ops == &pidfd_ops ? file->data : NULL;
}

long pidfd_number(struct client *client, unsigned long fd, bool directory)
{
    const struct identity *identity = identity_behind(client, fd);
    const struct file *file = file_get(client, fd);

    if (!identity)
        return file && directory && !(file->flags & O_PATH) ? procfs_number(file) : -EBADF;
    return identity->gone ? -ESRCH : (long)identity->number;
}

/* pidfd_getfd(2): descriptor of a process, its descriptor, flags. As for ptrace, the other must be the same user's. */
long sys_pidfd_getfd(struct client *self, struct call *call)
{
    const struct identity *identity = identity_behind(self, (unsigned)call->m.w[0]);
    struct client *other;
    struct file *file;

    if (call->m.w[2])
        return -EINVAL;
    if (!identity)
        return -EBADF;
    other = identity->ended ? NULL : client_find(identity->number);
    if (!other)
        return -ESRCH;
    if (!overrides_client(self, other) && (self->users != other->users || self->cred.uid != other->cred.uid || self->cred.uid != other->cred.euid ||
                                 self->cred.gid != other->cred.gid || self->cred.gid != other->cred.egid))
        return -EPERM;
    file = file_get(other, (unsigned)call->m.w[1]);
    return file ? file_install(self, file_ref(file), 0, true) : -EBADF;
}
