/*
 * Network namespaces: network_namespaces(7). Each has abstract names of unix sockets and one interface, `lo`. proc knows it
 * by a number; its sockets hold it, too, so that it may outlast that.
 */
#ifndef VFS_NET_NAMESPACE_H
#define VFS_NET_NAMESPACE_H

#include "servers/vfs/client.h"
#include <sys/tree.h>

struct netlink;
struct socket;

#define LO_ADDRESSES 16U /* as many addresses can be given to lo */

/* One of IPv4, bytes in the order of networks. */
struct lo_address {
    uint32_t address, local;      /* IFA_ADDRESS, IFA_LOCAL */
    uint8_t prefix, scope, flags; /* IFA_F_* */
};

struct net_space {
    LIST_ENTRY(net_space) all;       /* those that proc still names */
    uint32_t number;
    uint32_t refs;                   /* its sockets, and one of proc's */
    RB_HEAD(names, socket) names;    /* bound to an abstract name, socket_name.c */
    uint32_t last_name;              /* of the system's choosing */
    LIST_HEAD(, netlink) netlinks;   /* its netlink sockets, netlink.h */
    bool up, was_up;                 /* lo is; and has been some time */
    unsigned naddresses;
    struct lo_address addresses[LO_ADDRESSES];
};

void net_start(void);
/* A new one, whose lo is down. -EEXIST, -ENOMEM. */
long net_space_new(uint32_t number);
/* proc names it no more. */
void net_space_drop(uint32_t number);

struct net_space *net_space_of(const struct client *client);
struct net_space *net_space_get(struct net_space *net);
void net_space_put(struct net_space *net);

/* Whether the client may change what is in it: it has CAP_NET_ADMIN over it and, which Linux does not ask, is in it. */
bool net_may_change(const struct client *self, const struct net_space *net);

/* ---- interface.c ------------------------------------------------------------------------------------------------- */

#define LO_INDEX 1
#define LO_NAME  "lo"
#define LO_MTU   65536
#define LO_QUEUE 1000

enum { IFF_UP_ = 1, IFF_LOOPBACK_ = 8, IFF_RUNNING_ = 0x40, IFF_LOWER_UP_ = 0x10000 };

/* IFF_* of netdevice(7). */
unsigned lo_flags(const struct net_space *net);

/* One that goes up without an address gets 127.0.0.1. */
void lo_set_up(struct net_space *net, bool up);
/* Flags are not the caller's to set. -EEXIST, -ENOBUFS. */
long lo_add_address(struct net_space *net, const struct lo_address *address);

/* ioctl of a socket about interfaces: netdevice(7). -ENOTTY: it is about something else. */
long interface_ioctl(struct client *self, struct call *call, struct net_space *net, unsigned cmd, uint64_t arg);

#endif
