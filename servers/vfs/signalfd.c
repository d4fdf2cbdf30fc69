/* signalfd(2), the descriptor's side: proc has the signals. It says which are pending (VFS_PENDING), so that a poll can be
 * answered here, and is handed every read (PROC_LABEL_SIGNALFD). Whose signals: the caller's, not the maker's. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/identity.h"
#include "servers/vfs/syscalls.h"
#include <stdlib.h>

#define INFO_SIZE 128U /* struct signalfd_siginfo */

static long signalfd_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct call *call = t->call;

    if (t->left < INFO_SIZE || t->local)
        return -EINVAL;
    call->m.w[0] = *(uint64_t *)file->data;
    call->m.w[1] = t->addr;
    call->m.w[2] = t->len;
    call->m.w[3] = file_nonblock(file);
    return call_forward(call, 0, PROC_LABEL_SIGNALFD);
}

static unsigned signalfd_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct identity *identity = identity_of(self);

    if (!identity)
        return 0;
    queues[0] = &identity->signals;
    return identity->pending & *(uint64_t *)file->data ? POLLIN : 0;
}

static void signalfd_release(struct file *file)
{
    free(file->data);
}

static const struct file_ops signalfd_ops = {
    .read = signalfd_read,
    .poll = signalfd_poll,
    .release = signalfd_release,
    .seek = anonymous_seek,
    .name = "anon_inode:[signalfd]",
};

static long mask_change(struct client *client, int fd, uint64_t mask)
{
    struct file *file = file_get(client, (unsigned)fd);

    if (!file)
        return -EBADF;
    if (file->ops != &signalfd_ops)
        return -EINVAL;
    *(uint64_t *)file->data = mask;
    if (client->identity)
        wait_wake(&client->identity->signals);
    return fd;
}

long signalfd_set(struct client *client, int fd, uint64_t mask, uint32_t flags)
{
    uint64_t *data;

    if (fd != -1)
        return mask_change(client, fd, mask);
    data = malloc(sizeof(*data));
    if (!data)
        return -ENOMEM;
    *data = mask;
    return file_anonymous(client, &signalfd_ops, data, O_RDWR | (flags & O_NONBLOCK), flags & O_CLOEXEC);
}

void signalfd_pending(struct client *client, uint64_t pending)
{
    struct identity *identity = pending ? identity_of(client) : client->identity;

    if (!identity)
        return;
    identity->pending = pending;
    if (pending)
        wait_wake(&identity->signals);
}
