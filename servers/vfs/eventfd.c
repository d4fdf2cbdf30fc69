/* eventfd(2): a counter that is read and written as eight bytes. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/syscalls.h"
#include <stdlib.h>

#define EFD_SEMAPHORE_ 1U
#define COUNT_MOST     (~0UL - 1)

struct eventfd {
    uint64_t count;
    bool semaphore;                     /* a read takes one, not all */
    struct wait_queue readers, writers; /* wait for the count to be more than 0, to be less */
};

static long eventfd_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct eventfd *event = file->data;
    uint64_t taken = event->semaphore ? 1 : event->count;
    long err;

    if (t->left < sizeof(taken))
        return -EINVAL;
    if (!event->count)
        return file_nonblock(file) ? -EAGAIN : wait_on(t->client, t->call, &event->readers, 0);
    err = transfer_out(t, &taken, sizeof(taken));
    if (err)
        return err;
    event->count -= taken;
    wait_wake(&event->writers);
    return sizeof(taken);
}

static long eventfd_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct eventfd *event = file->data;
    uint64_t added;
    long err;

    if (t->left < sizeof(added))
        return -EINVAL;
    err = transfer_in(t, &added, sizeof(added));
    if (err)
        return err;
    if (added > COUNT_MOST)
        return -EINVAL;
    if (added > COUNT_MOST - event->count)
        return file_nonblock(file) ? -EAGAIN : wait_on(t->client, t->call, &event->writers, 0);
    event->count += added;
    wait_wake(&event->readers);
    return sizeof(added);
}

static unsigned eventfd_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct eventfd *event = file->data;

    queues[0] = &event->readers;
    queues[1] = &event->writers;
    return (event->count ? POLLIN : 0) | (event->count < COUNT_MOST ? POLLOUT : 0);
}

static void eventfd_release(struct file *file)
{
    struct eventfd *event = file->data;

    wait_queue_close(&event->readers);
    wait_queue_close(&event->writers);
    free(event);
}

static const struct file_ops eventfd_ops = {
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .release = eventfd_release,
    .seek = anonymous_seek,
    .name = "anon_inode:[eventfd]",
};

/* eventfd2(2): the count to begin with, flags. */
long sys_eventfd2(struct client *self, struct call *call)
{
    uint32_t flags = (uint32_t)call->m.w[1];
    struct eventfd *event;

    if (flags & ~(EFD_SEMAPHORE_ | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    event = malloc(sizeof(*event));
    if (!event)
        return -ENOMEM;
    event->count = (uint32_t)call->m.w[0];
    event->semaphore = flags & EFD_SEMAPHORE_;
    wait_queue_init(&event->readers);
    wait_queue_init(&event->writers);
    return file_anonymous(self, &eventfd_ops, event, O_RDWR | (flags & O_NONBLOCK), flags & O_CLOEXEC);
}
