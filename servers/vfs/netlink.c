/* Netlink sockets: ports, requests in and answers out. What requests mean: rtnetlink.c. */
#include "servers/vfs/netlink.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/numbers.h"
#include <stdlib.h>

#define REQUESTS_MOST 16384U /* bytes sent at once */
#define QUOTED_MOST   2048U  /* of a request, in the answer that says what is wrong */
#define GROUPS_MOST   32

/* ---- life and ports ---------------------------------------------------------------------------------------------- */

long netlink_start(struct socket *sock, bool raw)
{
    struct netlink *netlink = calloc(1, sizeof(*netlink));

    if (!netlink)
        return -ENOMEM;
    netlink->sock = sock;
    netlink->raw = raw;
    sock->netlink = netlink;
    LIST_INSERT_HEAD(&sock->net->netlinks, netlink, entry);
    return 0;
}

void netlink_end(struct netlink *netlink)
{
    if (!netlink)
        return;
    LIST_REMOVE(netlink, entry);
    free(netlink);
}

static bool port_taken(const struct net_space *net, uint32_t port)
{
    const struct netlink *netlink;

    LIST_FOREACH(netlink, &net->netlinks, entry)
        if (netlink->port == port)
            return true;
    return false;
}

/* The process id, if that is free; else a number that none has. */
static uint32_t port_fresh(const struct client *self, const struct net_space *net)
{
    static uint32_t last = -4096U;
    uint32_t port = client_number(self, client_space(self));

    while (!port || port_taken(net, port)) {
        last = last > 1U << 31 ? last - 1 : -4097U;
        port = last;
    }
    return port;
}

/* A struct sockaddr_nl of the client. */
static long name_fetch(struct client *self, struct call *call, uint64_t addr, uint64_t len, struct sockaddr_nl *nl)
{
    long err = len < sizeof(*nl) ? -EINVAL : copy_in(self, call, nl, addr, sizeof(*nl));

    return err ? err : nl->nl_family == AF_NETLINK_ ? 0 : -EINVAL;
}

long netlink_store_name(struct client *self, struct call *call, uint32_t port, uint32_t groups, uint64_t addr,
                        uint64_t len_addr)
{
    struct sockaddr_nl nl = { .nl_family = AF_NETLINK_, .nl_pid = port, .nl_groups = groups };

    return sockaddr_store(self, call, &nl, sizeof(nl), addr, len_addr);
}

long netlink_bind(struct client *self, struct call *call, struct socket *sock)
{
    struct netlink *netlink = sock->netlink;
    struct sockaddr_nl nl;
    long err = name_fetch(self, call, call->m.w[1], (uint32_t)call->m.w[2], &nl);

    if (err)
        return err;
    if (netlink->port && nl.nl_pid != netlink->port)
        return -EINVAL;
    if (!netlink->port && nl.nl_pid && port_taken(sock->net, nl.nl_pid))
        return -EADDRINUSE;
    if (!netlink->port)
        netlink->port = nl.nl_pid ? nl.nl_pid : port_fresh(self, sock->net);
    netlink->groups = nl.nl_groups;
    return 0;
}

/* Only vfs itself can be spoken to. */
static long check_target(const struct client *self, const struct socket *sock, const struct sockaddr_nl *nl)
{
    if (!nl->nl_pid && !nl->nl_groups)
        return 0;
    return net_may_change(self, sock->net) ? -ECONNREFUSED : -EPERM;
}

long netlink_connect(struct client *self, struct call *call, struct socket *sock)
{
    struct sockaddr_nl nl;
    long err = name_fetch(self, call, call->m.w[1], (uint32_t)call->m.w[2], &nl);

    if (err || (err = check_target(self, sock, &nl)))
        return err;
    if (!sock->netlink->port)
        sock->netlink->port = port_fresh(self, sock->net);
    return 0;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

long netlink_set_option(struct socket *sock, int option, int value)
{
    struct netlink *netlink = sock->netlink;
    uint32_t group = value > 0 && value <= GROUPS_MOST ? 1U << (value - 1) : 0;

    switch (option) {
    case NETLINK_ADD_MEMBERSHIP:
    case NETLINK_DROP_MEMBERSHIP:
        if (!group)
            return -EINVAL;
        netlink->groups = option == NETLINK_ADD_MEMBERSHIP ? netlink->groups | group : netlink->groups & ~group;
        return 0;
    case NETLINK_CAP_ACK:
        netlink->cap_ack = value;
        return 0;
    case NETLINK_EXT_ACK:
        netlink->ext_ack = value;
        return 0;
    case NETLINK_GET_STRICT_CHK:
        netlink->strict = value;
        return 0;
    }
    return -ENOPROTOOPT;
}

long netlink_get_option(const struct socket *sock, int option, int *value)
{
    const struct netlink *netlink = sock->netlink;

    switch (option) {
    case NETLINK_CAP_ACK:
        *value = netlink->cap_ack;
        return 0;
    case NETLINK_EXT_ACK:
        *value = netlink->ext_ack;
        return 0;
    case NETLINK_GET_STRICT_CHK:
        *value = netlink->strict;
        return 0;
    }
    return -ENOPROTOOPT;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* Room for n bytes more, filled up with zeroes to the alignment of messages. */
static char *extend(struct answer *to, size_t n)
{
    char *at = to->bytes + to->len;

    if (NLMSG_ALIGN(n) > sizeof(to->bytes) - to->len)
        abort();
    memset(at, 0, NLMSG_ALIGN(n));
    to->len += NLMSG_ALIGN(n);
    return at;
}

struct nlmsghdr *answer_begin(struct answer *to, const struct nlmsghdr *request, uint32_t port, unsigned type,
                              unsigned flags, const void *head, size_t n)
{
    struct nlmsghdr *message = (struct nlmsghdr *)extend(to, sizeof(*message) + n);

    message->nlmsg_len = (uint32_t)(sizeof(*message) + n);
    message->nlmsg_type = (uint16_t)type;
    message->nlmsg_flags = (uint16_t)flags;
    message->nlmsg_seq = request ? request->nlmsg_seq : 0;
    message->nlmsg_pid = port;
    memcpy(message + 1, head, n);
    return message;
}

void answer_attribute(struct answer *to, struct nlmsghdr *message, unsigned type, const void *value, size_t n)
{
    struct nlattr *attribute = (struct nlattr *)extend(to, sizeof(*attribute) + n);

    attribute->nla_len = (uint16_t)(sizeof(*attribute) + n);
    attribute->nla_type = (uint16_t)type;
    memcpy(attribute + 1, value, n);
    message->nlmsg_len = (uint32_t)(to->bytes + to->len - (char *)message);
}

void netlink_answer(struct socket *sock, const struct answer *answer)
{
    struct transfer t = { .client = &client_boot, .local = (char *)answer->bytes, .len = answer->len, .left = answer->len };
    struct ucred_ none = { 0 };

    if (packet_room(sock, sock) < answer->len || packet_add(sock, &t, answer->len, &none, NULL, NULL))
        sock->error = ENOBUFS;
    wait_wake(&sock->input);
}

void netlink_tell(struct net_space *net, unsigned group, const struct answer *answer)
{
    struct netlink *netlink;

    LIST_FOREACH(netlink, &net->netlinks, entry)
        if (netlink->groups & 1U << (group - 1))
            netlink_answer(netlink->sock, answer);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* The error, or 0, and the request that it is about: of one that succeeded, the header. */
static void acknowledge(struct socket *sock, const struct nlmsghdr *request, long err)
{
    static struct answer answer;
    static struct {
        int32_t error;
        char request[QUOTED_MOST];
    } body;
    bool capped = !err || sock->netlink->cap_ack || request->nlmsg_len > QUOTED_MOST;
    size_t quoted = capped ? sizeof(*request) : request->nlmsg_len;

    body.error = (int32_t)err;
    memcpy(body.request, request, quoted);
    answer.len = 0;
    answer_begin(&answer, request, sock->netlink->port, NLMSG_ERROR, capped ? NLM_F_CAPPED : 0, &body,
                 sizeof(body.error) + quoted);
    netlink_answer(sock, &answer);
}

static void requests_do(struct client *self, struct socket *sock, const char *at, size_t left)
{
    while (left >= sizeof(struct nlmsghdr)) {
        const struct nlmsghdr *request = (const struct nlmsghdr *)at;
        size_t step;
        long err = 0;

        if (request->nlmsg_len < sizeof(*request) || request->nlmsg_len > left)
            return;
        if (request->nlmsg_flags & NLM_F_REQUEST && request->nlmsg_type >= NLMSG_MIN_TYPE)
            err = rtnetlink_request(self, sock, request);
        if (err < 0 || (err != ANSWERED && request->nlmsg_flags & NLM_F_ACK))
            acknowledge(sock, request, err);
        step = NLMSG_ALIGN(request->nlmsg_len) < left ? NLMSG_ALIGN(request->nlmsg_len) : left;
        at += step;
        left -= step;
    }
}

long netlink_send(struct client *self, struct call *call, struct file *file, struct message *m)
{
    static char requests[REQUESTS_MOST] __attribute__((aligned(8)));
    struct socket *sock = file->data;
    struct sockaddr_nl nl = { 0 };
    size_t len = m->t.left;
    long err = m->name && m->name_len ? name_fetch(self, call, m->name, m->name_len, &nl) : 0;

    if (err || (err = check_target(self, sock, &nl)))
        return err;
    if (!len)
        return -ENODATA;
    if (len > sizeof(requests))
        return -EMSGSIZE;
    if ((err = transfer_in(&m->t, requests, len)))
        return err;
    if (!sock->netlink->port)
        sock->netlink->port = port_fresh(self, sock->net);
    requests_do(self, sock, requests, len);
    return (long)len;
}
