/* Sockets as open files: made, read and written, polled, shut down, closed. */
#include "servers/vfs/socket.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/netlink.h"
#include "servers/vfs/socket_message.h"
#include "servers/vfs/syscalls.h"
#include <asm/ioctls.h>
#include <linux/magic.h>
#include <linux/socket.h>
#include <stdlib.h>

#define PF_UNIX_ 1

static struct filesystem sockfs = { .type = "sockfs", .magic = SOCKFS_MAGIC, .device = 8 };
static const struct node_ops socket_node_ops;

/* ---- making and ending ------------------------------------------------------------------------------------------- */

struct socket *socket_new(struct net_space *net, int type)
{
    struct socket *sock = calloc(1, sizeof(*sock));

    if (!sock)
        return NULL;
    sock->net = net_space_get(net);
    sock->type = type;
    sock->sndbuf = sock->rcvbuf = SOCKET_BUFFER;
    LIST_INIT(&sock->senders);
    TAILQ_INIT(&sock->packets);
    TAILQ_INIT(&sock->pending);
    ring_init(&sock->ring);
    wait_queue_init(&sock->input);
    wait_queue_init(&sock->output);
    wait_queue_init(&sock->room);
    return sock;
}

void socket_free(struct socket *sock)
{
    struct socket *connection;

    sock->file = NULL;
    netlink_end(sock->netlink);
    socket_unbind(sock);
    while ((connection = TAILQ_FIRST(&sock->pending))) {
        TAILQ_REMOVE(&sock->pending, connection, of_listener);
        socket_free(connection);
    }
    socket_part(sock);
    packets_drop(sock);
    wait_queue_close(&sock->input);
    wait_queue_close(&sock->output);
    wait_queue_close(&sock->room);
    ring_free(&sock->ring);
    address_put(sock->name);
    address_put(sock->peer_name);
    net_space_put(sock->net);
    free(sock);
}

static void socket_release(struct file *file)
{
    socket_free(file->data);
    rights_collect();
}

long socket_install(struct client *self, struct socket *sock, uint32_t flags)
{
    struct node *node = node_new(&sockfs, &socket_node_ops, S_IFSOCK | 0777);
    struct file *file = node ? file_new(&socket_ops, O_RDWR | (flags & O_NONBLOCK)) : NULL;

    if (!file) {
        if (node)
            node_put(node);
        socket_free(sock);
        return -ENOMEM;
    }
    node->uid = self->cred.fsuid;
    node->gid = self->cred.fsgid;
    file->node = node;
    file->data = sock;
    sock->file = file;
    return file_install(self, file, 0, flags & O_CLOEXEC);
}

long socket_get(struct client *self, uint64_t fd, struct file **file, struct socket **sock)
{
    *file = file_get(self, (unsigned)fd);
    if (!*file || (*file)->flags & O_PATH)
        return -EBADF;
    *sock = (*file)->data;
    return (*file)->ops == &socket_ops ? 0 : -ENOTSOCK;
}

long socket_error_take(struct socket *sock)
{
    int error = sock->error;

    sock->error = 0;
    return -error;
}

long socket_wait(struct client *self, struct call *call, struct wait_queue *queue, uint64_t timeout_ns, bool nonblock)
{
    if (nonblock || (self->resumed && self->resumed->expired))
        return -EAGAIN;
    return wait_on(self, call, queue, timeout_ns ? tine_time() + ticks_from_ns(timeout_ns) : 0);
}

/* Domain, type with flags, protocol: the type, or an error. */
static long check_kind(uint64_t domain, uint64_t kind, uint64_t protocol)
{
    int type = (int)kind & 15;

    if ((int)kind & ~(15 | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    if ((int)domain != PF_UNIX_ && (int)domain != AF_NETLINK_)
        return -EAFNOSUPPORT;
    if ((int)domain == AF_NETLINK_ && type != SOCK_RAW_ && type != SOCK_DGRAM_)
        return -ESOCKTNOSUPPORT;
    if (protocol && ((int)domain == AF_NETLINK_ || (int)protocol != PF_UNIX_))
        return -EPROTONOSUPPORT; /* NETLINK_ROUTE is 0 */
    if (type == SOCK_RAW_)
        return SOCK_DGRAM_;
    return type == SOCK_STREAM_ || type == SOCK_DGRAM_ || type == SOCK_SEQPACKET_ ? type : -ESOCKTNOSUPPORT;
}

/* socket(2): domain, type, protocol. */
long sys_socket(struct client *self, struct call *call)
{
    long type = check_kind(call->m.w[0], call->m.w[1], call->m.w[2]);
    struct socket *sock = type > 0 ? socket_new(net_space_of(self), (int)type) : NULL;

    if (!sock)
        return type > 0 ? -ENOMEM : type;
    if ((int)call->m.w[0] == AF_NETLINK_ && netlink_start(sock, (call->m.w[1] & 15) == SOCK_RAW_)) {
        socket_free(sock);
        return -ENOMEM;
    }
    return socket_install(self, sock, (uint32_t)call->m.w[1]);
}

static long pair_new(struct client *self, int type, struct socket *pair[2])
{
    pair[0] = socket_new(net_space_of(self), type);
    pair[1] = pair[0] ? socket_new(pair[0]->net, type) : NULL;
    if (!pair[1]) {
        if (pair[0])
            socket_free(pair[0]);
        return -ENOMEM;
    }
    pair[0]->cred = pair[1]->cred = pair[0]->peer_cred = pair[1]->peer_cred = ucred_of(self);
    socket_join(pair[0], pair[1]);
    socket_join(pair[1], pair[0]);
    return 0;
}

/* socketpair(2): domain, type, protocol, two descriptors. */
long sys_socketpair(struct client *self, struct call *call)
{
    long type = check_kind(call->m.w[0], call->m.w[1], call->m.w[2]), err;
    uint32_t flags = (uint32_t)call->m.w[1];
    struct socket *pair[2];
    int fd[2];

    if (type < 0)
        return type;
    if ((int)call->m.w[0] == AF_NETLINK_)
        return -EOPNOTSUPP;
    if ((err = pair_new(self, (int)type, pair)))
        return err;
    err = fd[0] = (int)socket_install(self, pair[0], flags);
    if (err < 0) {
        socket_free(pair[1]);
        return err;
    }
    fd[1] = (int)socket_install(self, pair[1], flags);
    return file_tell_pair(self, call, call->m.w[3], fd);
}

/* ---- the open file ----------------------------------------------------------------------------------------------- */

static long socket_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct message m = { .t = *t };

    return message_receive(t->client, t->call, file, &m);
}

static long socket_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct message m = { .t = *t };

    return message_send(t->client, t->call, file, &m);
}

static unsigned poll_output(const struct socket *sock)
{
    const struct socket *peer = sock->peer;

    if (is_datagram(sock))
        return !peer || packet_room(peer, sock) ? POLLOUT : 0;
    if (!peer || sock->shut_write)
        return POLLOUT;
    return ring_used(&peer->ring) * 4 <= sock->sndbuf && packet_room(peer, sock) ? POLLOUT : 0;
}

static unsigned socket_poll(struct file *file, struct client *self, struct wait_queue *queues[2])
{
    struct socket *sock = file->data;
    unsigned events = sock->error ? POLLERR : 0;

    queues[0] = &sock->input;
    queues[1] = &sock->output;
    if (sock->state == SOCKET_LISTENING)
        return events | (sock->npending ? POLLIN : 0);
    if (!TAILQ_EMPTY(&sock->packets) || sock->shut_read)
        events |= POLLIN;
    if (sock->shut_read)
        events |= POLLRDHUP_;
    if (sock->shut_read && sock->shut_write)
        events |= POLLHUP;
    if (!is_datagram(sock) && sock->state == SOCKET_FRESH)
        events |= POLLHUP;
    return events | poll_output(sock);
}

static long socket_ioctl(struct file *file, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    struct socket *sock = file->data;
    struct packet *first = TAILQ_FIRST(&sock->packets);
    int n;

    switch (cmd) {
    case FIONREAD:
        if (sock->state == SOCKET_LISTENING)
            return -EINVAL;
        n = (int)(!is_datagram(sock) ? ring_used(&sock->ring) : first ? first->len : 0);
        return copy_out(self, call, arg, &n, sizeof(n));
    case TIOCOUTQ:
        n = sock->peer ? (int)ring_used(&sock->peer->ring) : 0;
        return copy_out(self, call, arg, &n, sizeof(n));
    }
    return interface_ioctl(self, call, sock->net, cmd, arg);
}

const struct file_ops socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .ioctl = socket_ioctl,
    .poll = socket_poll,
    .release = socket_release,
};
