/*
 * Netlink sockets, netlink(7), of NETLINK_ROUTE: a socket (socket.h) whose messages go to vfs itself. A request is worked
 * on while it is sent, and its answers lie in the input of the socket that sent it.
 */
#ifndef VFS_NETLINK_H
#define VFS_NETLINK_H

#include "servers/vfs/socket_message.h"
#include <linux/netlink.h>

#define AF_NETLINK_ 16
#define SOL_NETLINK_ 270

/* What a socket has besides if it is one. */
struct netlink {
    LIST_ENTRY(netlink) entry; /* of its namespace */
    struct socket *sock;
    uint32_t port;             /* nl_pid; 0: has none yet */
    uint32_t groups;           /* nl_groups that it is told of */
    bool raw;                  /* SOCK_RAW, which is no other than SOCK_DGRAM */
    bool cap_ack, ext_ack, strict;
};

/* The socket becomes one. -ENOMEM. */
long netlink_start(struct socket *sock, bool raw);
void netlink_end(struct netlink *netlink);

/* ---- calls: as those without the prefix in their man pages ------------------------------------------------------- */

long netlink_bind(struct client *self, struct call *call, struct socket *sock);
long netlink_connect(struct client *self, struct call *call, struct socket *sock);
long netlink_send(struct client *self, struct call *call, struct file *file, struct message *m);
long netlink_set_option(struct socket *sock, int option, int value);
long netlink_get_option(const struct socket *sock, int option, int *value);
/* Copies the address with that port, 0: vfs's own, as address_store. */
long netlink_store_name(struct client *self, struct call *call, uint32_t port, uint32_t groups, uint64_t addr,
                        uint64_t len_addr);

/* ---- messages ---------------------------------------------------------------------------------------------------- */

#define NETLINK_ANSWER 4096U

/* Messages that are put together, to be one datagram. */
struct answer {
    char bytes[NETLINK_ANSWER] __attribute__((aligned(8)));
    size_t len;
};

/* Begins a message of that type with a head of n bytes; attributes follow. The caller knows that
 * they fit. request NULL: nobody asked. */
struct nlmsghdr *answer_begin(struct answer *to, const struct nlmsghdr *request, uint32_t port, unsigned type,
                              unsigned flags, const void *head, size_t n);
void answer_attribute(struct answer *to, struct nlmsghdr *message, unsigned type, const void *value, size_t n);

/* Puts it into the input, which has an error instead (ENOBUFS) if it is full. */
void netlink_answer(struct socket *sock, const struct answer *answer);
/* To all of the namespace that listen to the group: enum rtnetlink_groups. */
void netlink_tell(struct net_space *net, unsigned group, const struct answer *answer);

/* Works on one request: 0, an error, or ANSWERED (by a dump, which no acknowledgement follows). rtnetlink.c. */
enum { ANSWERED = 1 };
long rtnetlink_request(struct client *self, struct socket *sock, const struct nlmsghdr *request);
/* lo has gone up or down, or has a new address: whoever listens is told. */
void rtnetlink_link_changed(struct net_space *net);
void rtnetlink_address_added(struct net_space *net, const struct lo_address *address);

#endif
