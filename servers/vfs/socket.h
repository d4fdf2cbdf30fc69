/*
 * Unix sockets, unix(7); netlink sockets are some, too, beyond what netlink.h says. A socket's input is a ring of bytes and, beside it, a queue of packets, which say how the bytes
 * belong together and what comes with them: descriptors, credentials, the sender's name. A stream joins what was sent
 * without such company into one packet.
 *
 * Who may touch what: packet.c the input, rights.c descriptors in flight, socket_name.c addresses, socket_connect.c the
 * relation of two sockets, socket_message.c sending and receiving, socket.c the rest.
 */
#ifndef VFS_SOCKET_H
#define VFS_SOCKET_H

#include "servers/vfs/file.h"
#include "servers/vfs/net_namespace.h"
#include "servers/vfs/ring_transfer.h"

/* What <linux/socket.h> leaves to the C library. */
enum { SOCK_STREAM_ = 1, SOCK_DGRAM_ = 2, SOCK_RAW_ = 3, SOCK_SEQPACKET_ = 5 };
enum {
    MSG_OOB_ = 1, MSG_PEEK_ = 2, MSG_CTRUNC_ = 8, MSG_TRUNC_ = 0x20, MSG_DONTWAIT_ = 0x40, MSG_EOR_ = 0x80,
    MSG_WAITALL_ = 0x100, MSG_NOSIGNAL_ = 0x4000, MSG_WAITFORONE_ = 0x10000, MSG_CMSG_CLOEXEC_ = 0x40000000,
};
#define POLLRDHUP_ 0x2000u
#define SIGPIPE_ 13

#define SOCKET_BUFFER 212992U /* SO_SNDBUF and SO_RCVBUF to begin with, as in Linux */
#define SOCKET_SLOTS 64U      /* pages of an input ring */
#define PACKETS_MOST 256U     /* that one input holds */

/* A bound name: sun_path, without its zero. Counted; NULL: none. */
struct address {
    uint32_t refs;
    uint32_t len; /* bytes; the first is 0 in an abstract name */
    char path[];
};

struct address *address_new(const char *path, size_t len);
struct address *address_ref(struct address *address);
void address_put(struct address *address);

struct ucred_ {
    int32_t pid;
    uint32_t uid, gid;
};

struct netlink;
struct rights;

struct packet {
    TAILQ_ENTRY(packet) entry;
    uint32_t len;           /* bytes that are left of it */
    struct ucred_ cred;     /* of who sent it */
    struct rights *rights;  /* NULL: no descriptors */
    struct address *from;   /* datagrams: counted */
};

enum socket_state {
    SOCKET_FRESH,
    SOCKET_LISTENING,
    SOCKET_CONNECTED, /* has a peer, or had one, which is gone (peer NULL) */
};

struct socket {
    struct file *file;      /* its own, borrowed; NULL: not accepted yet */
    struct net_space *net;  /* its namespace, counted */
    struct netlink *netlink; /* NULL: a unix socket */
    int type;               /* SOCK_STREAM_, SOCK_DGRAM_, SOCK_SEQPACKET_ */
    enum socket_state state;
    int error;              /* SO_ERROR: positive, told once */
    bool shut_read, shut_write;

    /* The other one: where what is sent goes to. Datagram sockets may have one that has another. */
    struct socket *peer;
    LIST_ENTRY(socket) of_peer;
    LIST_HEAD(, socket) senders; /* those whose peer this is */
    struct address *name, *peer_name;
    struct node *bound;          /* of a path: counted, node->socket is this */
    RB_ENTRY(socket) by_name;    /* of an abstract name */
    bool is_abstract;
    struct ucred_ cred, peer_cred;

    /* Input. */
    struct ring ring;
    TAILQ_HEAD(packets, packet) packets;
    unsigned npackets;
    struct wait_queue input, output, room; /* for packets or connections; for room at the peer; for room here */

    /* Listening: connections that wait to be accepted. A connection that waits is on its listener's list. */
    TAILQ_HEAD(, socket) pending;
    TAILQ_ENTRY(socket) of_listener;
    struct socket *listener;
    unsigned npending, backlog;

    /* Options. */
    bool passcred;
    uint32_t booleans;              /* those without effect, as they were set: a bit each */
    int linger[2];                  /* so, too */
    uint32_t sndbuf, rcvbuf;
    uint64_t rcvtimeo_ns, sndtimeo_ns; /* 0: none */

    /* In flight, rights.c: how many messages hold its file. */
    unsigned flying, outside;
    bool candidate;
    LIST_ENTRY(socket) of_flying;
};

extern const struct file_ops socket_ops;

/* The socket behind a descriptor, or -EBADF, -ENOTSOCK. */
long socket_get(struct client *self, uint64_t fd, struct file **file, struct socket **sock);

static inline bool is_stream(const struct socket *sock)
{
    return sock->type == SOCK_STREAM_;
}

static inline bool is_datagram(const struct socket *sock)
{
    return sock->type == SOCK_DGRAM_;
}

/* ---- life, socket.c ---------------------------------------------------------------------------------------------- */

/* NULL: no memory. */
struct socket *socket_new(struct net_space *net, int type);
void socket_free(struct socket *sock);

/* A file on the socket at the lowest free descriptor; the socket belongs to it from now on, also on failure, when it is
 * freed. The descriptor, -EMFILE, -ENOMEM. */
long socket_install(struct client *self, struct socket *sock, uint32_t flags);

/* A pending error, told once: 0 or negative. */
long socket_error_take(struct socket *sock);

/* Waits on the queue for as long as the socket's timeout (ns, 0 for ever) allows: DEFERRED; -EAGAIN when it is over or
 * the call must not wait. */
long socket_wait(struct client *self, struct call *call, struct wait_queue *queue, uint64_t timeout_ns, bool nonblock);

/* ---- relations, socket_connect.c --------------------------------------------------------------------------------- */

struct ucred_ ucred_of(const struct client *self);

/* From now on what is sent goes to `peer`. */
void socket_join(struct socket *sock, struct socket *peer);

/* The socket ends: its peers see that. */
void socket_part(struct socket *sock);

/* Room in the socket's input has come to be. */
void socket_room(struct socket *sock);

/* ---- names, socket_name.c ---------------------------------------------------------------------------------------- */

/* The client's struct sockaddr_un at addr: length of the path (0: none) in path[108]. -EINVAL, -EFAULT. */
long address_fetch(struct client *self, struct call *call, uint64_t addr, uint64_t len, char path[109]);

/* Who is bound to that name, if it is abstract in that namespace: -ECONNREFUSED, -EPROTOTYPE (another type), -EACCES and what a path may fail with. */
long address_find(struct client *self, struct net_space *net, const char *path, size_t len, int type,
                  struct socket **found);

/* Copies an address (NULL: none) out to addr, whose room is the int at len_addr, which becomes its length. addr 0: not
 * wanted. */
long address_store(struct client *self, struct call *call, const struct address *address, uint64_t addr,
                   uint64_t len_addr);

/* The same with the bytes of any address. */
long sockaddr_store(struct client *self, struct call *call, const void *bytes, size_t len, uint64_t addr,
                    uint64_t len_addr);

/* As a struct sockaddr_un: its length. */
size_t address_format(const struct address *address, char to[112]);

/* Gives the name up. */
void socket_unbind(struct socket *sock);

/* ---- input, packet.c --------------------------------------------------------------------------------------------- */

/* Bytes that `from` may put into `to` now, by both their limits. */
size_t packet_room(const struct socket *to, const struct socket *from);

/* Adds n bytes of t with company to the input: 0, -EFAULT, -ENOMEM with no effect. Takes rights and from (may be NULL)
 * on success. */
long packet_add(struct socket *to, struct transfer *t, size_t n, const struct ucred_ *cred, struct rights *rights,
                struct address *from);

/* The first packet has been received as far as n bytes (all of it, if `whole`); its rights went elsewhere or are dropped
 * here. */
void packet_consume(struct socket *sock, size_t n, bool whole);
void packets_drop(struct socket *sock);

/* ---- descriptors in flight, rights.c ----------------------------------------------------------------------------- */

#define RIGHTS_MOST 253U /* descriptors in one message, as in Linux */

struct rights {
    struct rights *next; /* of those that are being dropped */
    unsigned count;
    struct file *files[];
};

/* The files of those descriptors, counted. -EBADF, -EINVAL, -ETOOMANYREFS, -ENOMEM. */
long rights_new(struct client *self, const int *fds, unsigned count, struct rights **rights);
/* Drops what is in flight no more. NULL is ignored. */
void rights_put(struct rights *rights);
/* A socket has been closed: cycles that only messages hold together go. */
void rights_collect(void);

#endif
