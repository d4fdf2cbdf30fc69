/* How two sockets come together and part: listen, accept, connect, shutdown. */
#include "servers/vfs/abi.h"
#include "servers/vfs/netlink.h"
#include "servers/vfs/syscalls.h"
#include <linux/un.h>

#define AF_UNSPEC_ 0
#define BACKLOG_MOST 4096U /* net.core.somaxconn of Linux */
enum { SHUT_RD_, SHUT_WR_, SHUT_RDWR_ };

struct ucred_ ucred_of(const struct client *self)
{
    return (struct ucred_){ (int32_t)self->number, self->cred.euid, self->cred.egid };
}

static void changed(struct socket *sock)
{
    wait_wake(&sock->input);
    wait_wake(&sock->output);
}

/* ---- joining and parting ----------------------------------------------------------------------------------------- */

void socket_join(struct socket *sock, struct socket *peer)
{
    if (sock->peer)
        LIST_REMOVE(sock, of_peer);
    address_put(sock->peer_name);
    sock->peer = peer;
    sock->peer_name = address_ref(peer->name);
    sock->state = SOCKET_CONNECTED;
    LIST_INSERT_HEAD(&peer->senders, sock, of_peer);
}

static void leave_peer(struct socket *sock)
{
    if (sock->peer)
        LIST_REMOVE(sock, of_peer);
    sock->peer = NULL;
}

/* The one that `sock` sends to ends; `unread`: and had not read all. */
static void peer_ends(struct socket *sock, bool unread)
{
    leave_peer(sock);
    if (is_datagram(sock)) {
        sock->error = unread ? ECONNRESET : sock->error;
    } else {
        sock->shut_read = sock->shut_write = true;
        if (unread)
            sock->error = ECONNRESET;
    }
    changed(sock);
}

void socket_part(struct socket *sock)
{
    bool unread = !TAILQ_EMPTY(&sock->packets) || sock->listener;
    struct socket *sender;

    while ((sender = LIST_FIRST(&sock->senders)))
        peer_ends(sender, unread && !is_datagram(sock));
    leave_peer(sock);
}

void socket_room(struct socket *sock)
{
    struct socket *sender;

    LIST_FOREACH(sender, &sock->senders, of_peer)
        wait_wake(&sender->output);
    wait_wake(&sock->room);
}

/* shutdown(2): socket, how. */
long sys_shutdown(struct client *self, struct call *call)
{
    unsigned how = (unsigned)call->m.w[1];
    struct socket *sock, *peer;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    if (sock->netlink)
        return -EOPNOTSUPP;
    if (how > SHUT_RDWR_)
        return -EINVAL;
    peer = is_datagram(sock) ? NULL : sock->peer;
    if (how != SHUT_WR_) {
        sock->shut_read = true;
        if (peer)
            peer->shut_write = true;
    }
    if (how != SHUT_RD_) {
        sock->shut_write = true;
        if (peer)
            peer->shut_read = true;
    }
    changed(sock);
    socket_room(sock);
    if (peer)
        changed(peer);
    return 0;
}

/* ---- listening --------------------------------------------------------------------------------------------------- */

/* listen(2): socket, how many connections may wait. */
long sys_listen(struct client *self, struct call *call)
{
    unsigned backlog = (unsigned)call->m.w[1];
    struct socket *sock;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    if (is_datagram(sock))
        return -EOPNOTSUPP;
    if (!sock->name || sock->state == SOCKET_CONNECTED)
        return -EINVAL;
    sock->state = SOCKET_LISTENING;
    sock->backlog = backlog < BACKLOG_MOST ? backlog : BACKLOG_MOST;
    sock->cred = ucred_of(self);
    wait_wake(&sock->room);
    return 0;
}

static long accept_one(struct client *self, struct call *call, uint32_t flags)
{
    struct socket *sock, *connection;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    if (is_datagram(sock))
        return -EOPNOTSUPP;
    if (sock->state != SOCKET_LISTENING || sock->shut_read)
        return -EINVAL;
    connection = TAILQ_FIRST(&sock->pending);
    if (!connection)
        return socket_wait(self, call, &sock->input, sock->rcvtimeo_ns, file_nonblock(file));
    err = address_store(self, call, connection->peer_name, call->m.w[1], call->m.w[2]);
    if (err)
        return err;
    TAILQ_REMOVE(&sock->pending, connection, of_listener);
    sock->npending--;
    connection->listener = NULL;
    wait_wake(&sock->room);
    return socket_install(self, connection, flags);
}

/* accept(2): socket, address or 0, its length. */
long sys_accept(struct client *self, struct call *call)
{
    return accept_one(self, call, 0);
}

/* accept4(2): socket, address or 0, its length, flags. */
long sys_accept4(struct client *self, struct call *call)
{
    return accept_one(self, call, (uint32_t)call->m.w[3]);
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

static long connect_datagram(struct client *self, struct socket *sock, const char *path, size_t len)
{
    struct socket *target;
    long err = address_find(self, sock->net, path, len, sock->type, &target);

    if (err)
        return err;
    if (target->peer && target->peer != sock)
        return -EPERM;
    socket_join(sock, target);
    changed(sock);
    return 0;
}

/* The connection's other end waits at the listener. */
static long connect_to(struct client *self, struct socket *sock, struct socket *listener)
{
    struct socket *other = socket_new(sock->net, sock->type);

    if (!other)
        return -ENOMEM;
    sock->cred = ucred_of(self);
    sock->peer_cred = listener->cred;
    other->cred = listener->cred;
    other->peer_cred = sock->cred;
    other->passcred = listener->passcred;
    other->name = address_ref(listener->name);
    socket_join(sock, other);
    socket_join(other, sock);
    other->listener = listener;
    TAILQ_INSERT_TAIL(&listener->pending, other, of_listener);
    listener->npending++;
    wait_wake(&listener->input);
    changed(sock);
    return 0;
}

static long connect_stream(struct client *self, struct call *call, struct file *file, const char *path, size_t len)
{
    struct socket *sock = file->data, *listener;
    long err = address_find(self, sock->net, path, len, sock->type, &listener);

    if (err)
        return err;
    if (sock->state != SOCKET_FRESH)
        return sock->state == SOCKET_CONNECTED ? -EISCONN : -EINVAL;
    if (listener->state != SOCKET_LISTENING || listener->shut_read)
        return -ECONNREFUSED;
    if (listener->npending > listener->backlog)
        return socket_wait(self, call, &listener->room, sock->sndtimeo_ns, file_nonblock(file));
    return connect_to(self, sock, listener);
}

/* connect(2) to no address: a datagram socket has no peer any longer. */
static bool is_dissolving(struct client *self, struct call *call, long *err)
{
    uint16_t family = 1;

    *err = (uint32_t)call->m.w[2] >= sizeof(family) ? copy_in(self, call, &family, call->m.w[1], sizeof(family)) : 0;
    return !*err && family == AF_UNSPEC_;
}

/* connect(2): socket, address, its length. */
long sys_connect(struct client *self, struct call *call)
{
    struct socket *sock;
    struct file *file;
    char path[109];
    long err = socket_get(self, call->m.w[0], &file, &sock), len;

    if (err)
        return err;
    if (is_datagram(sock) && is_dissolving(self, call, &err)) {
        if (sock->netlink)
            return 0;
        leave_peer(sock);
        address_put(sock->peer_name);
        sock->peer_name = NULL;
        sock->state = SOCKET_FRESH;
        changed(sock);
        return 0;
    }
    if (err)
        return err;
    if (sock->netlink)
        return netlink_connect(self, call, sock);
    len = address_fetch(self, call, call->m.w[1], (uint32_t)call->m.w[2], path);
    if (len < 0)
        return len;
    return is_datagram(sock) ? connect_datagram(self, sock, path, (size_t)len)
                             : connect_stream(self, call, file, path, (size_t)len);
}
