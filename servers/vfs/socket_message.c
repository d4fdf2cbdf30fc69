/*
 * Sending and receiving. A receiver first copies everything out (bytes, address, control messages, header) and then
 * takes it from the input, so that a copy that fails leaves it there.
 */
#include "servers/vfs/socket_message.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/netlink.h"
#include "servers/vfs/socket_control.h"
#include "servers/vfs/syscalls.h"

#define DATAGRAM_OVERHEAD 32U /* what a datagram must leave of the sender's buffer, as in Linux */
#define MESSAGES_MOST 1024U   /* of sendmmsg and recvmmsg, and buffers of one message: UIO_MAXIOV */

static bool at_once(const struct file *file, const struct message *m)
{
    return file_nonblock(file) || m->flags & MSG_DONTWAIT_;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/* Only a stream's broken pipe has a signal. */
static long broken(struct client *self, struct call *call, const struct socket *sock, const struct message *m)
{
    if (!is_stream(sock) || m->flags & MSG_NOSIGNAL_)
        return -EPIPE;
    return client_signal(self, call, SIGPIPE_, -EPIPE, PROC_TO_THREAD);
}

/* What of a stream does not fit now waits for room, with what has been sent behind it. */
static long send_stream(struct client *self, struct call *call, struct file *file, struct message *m,
                        struct company *company)
{
    struct socket *sock = file->data, *peer = sock->peer;
    size_t room, n;
    long err;

    if (m->name && m->name_len)
        return sock->state == SOCKET_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    if (sock->shut_write || (!peer && sock->state == SOCKET_CONNECTED))
        return broken(self, call, sock, m);
    if (!peer)
        return -ENOTCONN;
    if (!m->t.left)
        return 0;
    room = packet_room(peer, sock);
    if (!room)
        return socket_wait(self, call, &sock->output, sock->sndtimeo_ns, at_once(file, m));
    n = m->t.left < room ? m->t.left : room;
    err = packet_add(peer, &m->t, n, &company->cred, company->rights, NULL);
    if (err)
        return err;
    company->rights = NULL;
    wait_wake(&peer->input);
    if (m->t.left && !at_once(file, m) && !m->at_once)
        return wait_on_done(self, call, &sock->output, n);
    return (long)n;
}

/* To whom a datagram goes. */
static long target_of(struct client *self, struct call *call, struct socket *sock, const struct message *m,
                      struct socket **target)
{
    char path[109];
    long len;

    *target = sock->peer;
    if (is_datagram(sock) && m->name && m->name_len) {
        len = address_fetch(self, call, m->name, m->name_len, path);
        return len < 0 ? len : address_find(self, sock->net, path, (size_t)len, sock->type, target);
    }
    if (*target)
        return 0;
    if (!is_datagram(sock))
        return sock->state == SOCKET_CONNECTED ? -EPIPE : -ENOTCONN;
    if (sock->state != SOCKET_CONNECTED)
        return -ENOTCONN;
    sock->state = SOCKET_FRESH;
    return -ECONNREFUSED;
}

static long send_packet(struct client *self, struct call *call, struct file *file, struct message *m,
                        struct company *company)
{
    struct socket *sock = file->data, *target;
    size_t len = m->t.left;
    struct address *from;
    long err;

    if (sock->shut_write)
        return -EPIPE;
    err = target_of(self, call, sock, m, &target);
    if (err)
        return err;
    if (is_datagram(sock) && target->peer && target->peer != sock)
        return -EPERM;
    if (target->shut_read)
        return -EPIPE;
    if (len > sock->sndbuf - DATAGRAM_OVERHEAD || len > SOCKET_SLOTS * RING_PAGE)
        return -EMSGSIZE;
    if (target->npackets >= PACKETS_MOST || (len && packet_room(target, sock) < len))
        return socket_wait(self, call, target == sock->peer ? &sock->output : &target->room, sock->sndtimeo_ns,
                           at_once(file, m));
    from = is_datagram(sock) ? address_ref(sock->name) : NULL;
    err = packet_add(target, &m->t, len, &company->cred, company->rights, from);
    if (err) {
        address_put(from);
        return err;
    }
    company->rights = NULL;
    wait_wake(&target->input);
    return (long)len;
}

long message_send(struct client *self, struct call *call, struct file *file, struct message *m)
{
    struct socket *sock = file->data;
    struct company company;
    long outcome;

    if (m->flags & MSG_OOB_)
        return -EOPNOTSUPP;
    if (sock->netlink)
        return netlink_send(self, call, file, m);
    outcome = socket_error_take(sock);
    if (outcome || (outcome = control_fetch(self, call, m, &company)))
        return outcome;
    outcome = is_stream(sock) ? send_stream(self, call, file, m, &company) : send_packet(self, call, file, m, &company);
    rights_put(company.rights);
    return outcome;
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

/* What a receive takes: bytes, and the packet whose company comes with them. */
struct plan {
    size_t bytes;
    struct packet *packet;
    bool whole; /* the rest of the packet goes, too */
};

/* Bytes of a stream: those of several packets, up to one with descriptors, or of another sender if that is told. */
static struct plan plan_stream(const struct socket *sock, size_t room)
{
    struct packet *packet = TAILQ_FIRST(&sock->packets);
    struct plan plan = { 0, packet, false };

    for (; packet && plan.bytes < room; packet = TAILQ_NEXT(packet, entry)) {
        size_t left = room - plan.bytes;

        if (sock->passcred && memcmp(&packet->cred, &plan.packet->cred, sizeof(packet->cred)))
            break;
        plan.bytes += packet->len < left ? packet->len : left;
        if (packet->rights) {
            plan.packet = packet;
            break;
        }
    }
    return plan;
}

static struct plan plan_packet(const struct socket *sock, struct message *m)
{
    struct packet *packet = TAILQ_FIRST(&sock->packets);
    struct plan plan = { packet->len < m->t.left ? packet->len : m->t.left, packet, true };

    if (packet->len > m->t.left)
        m->said |= MSG_TRUNC_;
    return plan;
}

/* Nothing is there. */
static long receive_nothing(struct client *self, struct call *call, struct file *file, const struct message *m)
{
    struct socket *sock = file->data;
    long err = socket_error_take(sock);

    if (err)
        return err;
    if (!is_datagram(sock) && sock->state != SOCKET_CONNECTED)
        return is_stream(sock) ? -EINVAL : -ENOTCONN;
    if (sock->shut_read)
        return 0;
    return socket_wait(self, call, &sock->input, sock->rcvtimeo_ns, at_once(file, m));
}

/* Whose address a receiver is told. */
static long store_name(struct client *self, struct call *call, const struct socket *sock, const struct address *name,
                       const struct message *m)
{
    uint64_t len_addr = m->header ? m->header + 8 : m->name_len;
    int none = 0;

    if (!m->name || !len_addr)
        return 0;
    if (sock->netlink)
        return netlink_store_name(self, call, 0, 0, m->name, len_addr);
    return name ? address_store(self, call, name, m->name, len_addr)
                : copy_out(self, call, len_addr, &none, sizeof(none));
}

/* The fields of struct msghdr that a receive changes: msg_controllen, msg_flags. */
static long store_header(struct client *self, struct call *call, const struct message *m)
{
    uint64_t control_len = m->control_len;
    uint32_t flags = m->said | (m->flags & MSG_CMSG_CLOEXEC_);
    long err;

    if (!m->header)
        return 0;
    err = copy_out(self, call, m->header + 40, &control_len, sizeof(control_len));
    return err ? err : copy_out(self, call, m->header + 48, &flags, sizeof(flags));
}

/* Copies all that the plan says to the client. */
static long deliver(struct client *self, struct call *call, struct socket *sock, struct message *m,
                    const struct plan *plan, struct given *given)
{
    struct address *from = is_datagram(sock) && plan->packet ? plan->packet->from : sock->peer_name;
    long err = plan->bytes ? ring_drain(&sock->ring, 0, &m->t, plan->bytes) : 0;

    given->count = 0;
    if (err || (err = store_name(self, call, sock, plan->packet ? from : NULL, m)) ||
        (err = control_store(self, call, sock, plan->packet, m, given)))
        return err;
    err = store_header(self, call, m);
    if (err)
        given_back(self, given);
    return err;
}

/* The plan has been carried out: what was received leaves the input. */
static void settle(struct socket *sock, const struct plan *plan)
{
    rights_put(plan->packet->rights);
    plan->packet->rights = NULL;
    packet_consume(sock, plan->whole ? 0 : plan->bytes, plan->whole);
    socket_room(sock);
}

long message_receive(struct client *self, struct call *call, struct file *file, struct message *m)
{
    struct socket *sock = file->data;
    struct plan plan = { 0 };
    struct given given;
    size_t full;
    long err;

    if (m->flags & MSG_OOB_)
        return is_stream(sock) ? -EINVAL : -EOPNOTSUPP;
    if (TAILQ_EMPTY(&sock->packets)) {
        err = receive_nothing(self, call, file, m);
        return err ? err : deliver(self, call, sock, m, &plan, &given);
    }
    plan = is_stream(sock) ? plan_stream(sock, m->t.left) : plan_packet(sock, m);
    full = plan.whole && m->flags & MSG_TRUNC_ ? plan.packet->len : plan.bytes;
    err = deliver(self, call, sock, m, &plan, &given);
    if (err)
        return err;
    if (m->flags & MSG_PEEK_)
        return (long)full;
    bool more = is_stream(sock) && m->flags & MSG_WAITALL_ && m->t.left && !plan.packet->rights && !sock->shut_read;
    settle(sock, &plan);
    if (more && TAILQ_EMPTY(&sock->packets) && !at_once(file, m))
        return wait_on_done(self, call, &sock->input, plan.bytes);
    return (long)full;
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static void one_buffer(struct message *m, struct client *self, struct call *call)
{
    size_t len = call->m.w[2] < IO_LONGEST ? call->m.w[2] : IO_LONGEST;

    *m = (struct message){ .t = { .client = self, .call = call, .addr = call->m.w[1], .len = len, .left = len, .fd = -1 },
                           .name = call->m.w[4],
                           .name_len = call->m.w[5],
                           .flags = (unsigned)call->m.w[3] };
}

static long one_buffer_call(struct client *self, struct call *call, bool send)
{
    struct socket *sock;
    struct file *file;
    struct message m;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    one_buffer(&m, self, call);
    transfer_resume(self, &m.t);
    err = send ? message_send(self, call, file, &m) : message_receive(self, call, file, &m);
    return transfer_total(self, err);
}

/* sendto(2): socket, bytes, how many, flags, address or 0, its length. */
long sys_sendto(struct client *self, struct call *call)
{
    return one_buffer_call(self, call, true);
}

/* recvfrom(2): socket, buffer, bytes, flags, address or 0, its length's address. */
long sys_recvfrom(struct client *self, struct call *call)
{
    return one_buffer_call(self, call, false);
}

/* struct msghdr of a 64-bit Linux. */
struct header {
    uint64_t name;
    uint32_t name_len, pad;
    uint64_t vector, nvector, control, control_len;
    uint32_t flags, pad2;
};

static long message_fetch(struct client *self, struct call *call, uint64_t at, unsigned flags, struct message *m)
{
    struct header h;
    long err = copy_in(self, call, &h, at, sizeof(h));

    if (err)
        return err;
    if (h.nvector > MESSAGES_MOST)
        return -EMSGSIZE;
    if ((int32_t)h.name_len < 0)
        return -EINVAL;
    *m = (struct message){ .name = h.name, .name_len = h.name_len, .control = h.control, .control_len = h.control_len,
                           .header = at, .flags = flags };
    err = transfer_vector(self, call, h.vector, h.nvector, &m->t);
    m->t.fd = -1;
    return err;
}

static long one_message(struct client *self, struct call *call, bool send)
{
    struct socket *sock;
    struct file *file;
    struct message m;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err || (err = message_fetch(self, call, call->m.w[1], (unsigned)call->m.w[2], &m)))
        return err;
    transfer_resume(self, &m.t);
    err = send ? message_send(self, call, file, &m) : message_receive(self, call, file, &m);
    return transfer_total(self, err);
}

/* sendmsg(2), recvmsg(2): socket, struct msghdr, flags. */
long sys_sendmsg(struct client *self, struct call *call)
{
    return one_message(self, call, true);
}

long sys_recvmsg(struct client *self, struct call *call)
{
    return one_message(self, call, false);
}

/* ---- several messages -------------------------------------------------------------------------------------------- */

#define ENTRY_SIZE 64U  /* struct mmsghdr: a struct msghdr and */
#define ENTRY_COUNT 56U /* how many bytes it came to */

/* One entry of an array: 0, an error, DEFERRED. Its effect comes last, after its count could be written. */
static long entry_do(struct client *self, struct call *call, struct file *file, uint64_t at, unsigned flags, bool send)
{
    struct message m;
    uint32_t count = 0;
    long n = message_fetch(self, call, at, flags, &m);

    if (n || (n = copy_out(self, call, at + ENTRY_COUNT, &count, sizeof(count))))
        return n;
    m.at_once = true;
    m.flags &= ~(unsigned)MSG_WAITALL_;
    n = send ? message_send(self, call, file, &m) : message_receive(self, call, file, &m);
    if (n < 0)
        return n;
    count = (uint32_t)n;
    copy_out(self, call, at + ENTRY_COUNT, &count, sizeof(count));
    return 0;
}

/* Entries that are done are counted as a waiter counts bytes: the next run begins behind them. */
static long entries_do(struct client *self, struct call *call, struct file *file, bool send)
{
    size_t before = self->resumed ? self->resumed->done : 0;
    uint64_t count = (uint32_t)call->m.w[2] < MESSAGES_MOST ? (uint32_t)call->m.w[2] : MESSAGES_MOST;
    unsigned flags = (unsigned)call->m.w[3];

    for (uint64_t i = before; i < count; i++) {
        unsigned later = i && flags & MSG_WAITFORONE_ ? MSG_DONTWAIT_ : 0;
        struct waiter *w;
        long err;

        if (self->resumed)
            self->resumed->done = 0; /* no bytes of a message */
        err = entry_do(self, call, file, call->m.w[1] + i * ENTRY_SIZE, (flags & ~MSG_WAITFORONE_) | later, send);
        w = self->resumed ? self->resumed : err == DEFERRED ? LIST_FIRST(&self->waiters) : NULL;
        if (w && w->waiting && w->call.m.badge == call->m.badge)
            w->done = i;
        if (err)
            return err == DEFERRED || !i ? err : (long)i;
    }
    return (long)count;
}

static long several(struct client *self, struct call *call, bool send)
{
    struct socket *sock;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    return err ? err : entries_do(self, call, file, send);
}

/* sendmmsg(2): socket, array of struct mmsghdr, how many, flags. */
long sys_sendmmsg(struct client *self, struct call *call)
{
    return several(self, call, true);
}

/* recvmmsg(2): the same, and a timeout, which is looked at between messages only: it ends no wait (BUGS of the man page). */
long sys_recvmmsg(struct client *self, struct call *call)
{
    return several(self, call, false);
}
