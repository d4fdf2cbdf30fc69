/* What requests of NETLINK_ROUTE mean: the interface lo and its addresses, rtnetlink(7). */
#include "servers/vfs/abi.h"
#include "servers/vfs/netlink.h"
#include <linux/rtnetlink.h>

#define AF_INET_ 2
#define AF_INET6_ 10
#define ARPHRD_LOOPBACK_ 772
enum { OPER_UNKNOWN_ = 0, OPER_DOWN_ = 2 };

/* ---- attributes -------------------------------------------------------------------------------------------------- */

/* Those behind a request's head, of n bytes. */
struct attributes {
    const char *at;
    size_t left;
};

static struct attributes attributes_of(const struct nlmsghdr *request, size_t n)
{
    size_t skip = sizeof(*request) + NLMSG_ALIGN(n);

    return (struct attributes){ (const char *)request + skip, request->nlmsg_len > skip ? request->nlmsg_len - skip : 0 };
}

/* The next one, whose value is nla_len minus its header long, or NULL. */
static const struct nlattr *attribute_next(struct attributes *of)
{
    const struct nlattr *attribute = (const struct nlattr *)of->at;
    size_t step;

    if (of->left < sizeof(*attribute) || attribute->nla_len < sizeof(*attribute) || attribute->nla_len > of->left)
        return NULL;
    step = NLMSG_ALIGN(attribute->nla_len) < of->left ? NLMSG_ALIGN(attribute->nla_len) : of->left;
    of->at += step;
    of->left -= step;
    return attribute;
}

static unsigned type_of(const struct nlattr *attribute)
{
    return attribute->nla_type & NLA_TYPE_MASK;
}

static bool is_lo(const struct nlattr *name)
{
    size_t n = name->nla_len - sizeof(*name);
    const char *text = (const char *)(name + 1);

    return strnlen(text, n) == sizeof(LO_NAME) - 1 && !memcmp(text, LO_NAME, sizeof(LO_NAME) - 1);
}

static bool value_u32(const struct nlattr *attribute, uint32_t *value)
{
    if (attribute->nla_len != sizeof(*attribute) + sizeof(*value))
        return false;
    memcpy(value, attribute + 1, sizeof(*value));
    return true;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static void put_u8(struct answer *to, struct nlmsghdr *message, unsigned type, uint8_t value)
{
    answer_attribute(to, message, type, &value, sizeof(value));
}

static void put_u32(struct answer *to, struct nlmsghdr *message, unsigned type, uint32_t value)
{
    answer_attribute(to, message, type, &value, sizeof(value));
}

static void put_link(struct answer *to, const struct net_space *net, const struct nlmsghdr *request, uint32_t port,
                     unsigned flags)
{
    const struct ifinfomsg head = { .ifi_type = ARPHRD_LOOPBACK_, .ifi_index = LO_INDEX, .ifi_flags = lo_flags(net) };
    const char *qdisc = net->was_up ? "noqueue" : "noop";
    static const char none[6];
    struct nlmsghdr *m = answer_begin(to, request, port, RTM_NEWLINK, flags, &head, sizeof(head));

    answer_attribute(to, m, IFLA_IFNAME, LO_NAME, sizeof(LO_NAME));
    put_u32(to, m, IFLA_TXQLEN, LO_QUEUE);
    put_u8(to, m, IFLA_OPERSTATE, net->up ? OPER_UNKNOWN_ : OPER_DOWN_);
    put_u8(to, m, IFLA_LINKMODE, 0);
    put_u32(to, m, IFLA_MTU, LO_MTU);
    put_u32(to, m, IFLA_GROUP, 0);
    put_u32(to, m, IFLA_PROMISCUITY, 0);
    put_u8(to, m, IFLA_CARRIER, 1);
    answer_attribute(to, m, IFLA_QDISC, qdisc, strlen(qdisc) + 1);
    answer_attribute(to, m, IFLA_ADDRESS, none, sizeof(none));
    answer_attribute(to, m, IFLA_BROADCAST, none, sizeof(none));
}

static const struct ifa_cacheinfo for_ever = { .ifa_prefered = -1U, .ifa_valid = -1U };

static void put_address(struct answer *to, const struct lo_address *address, const struct nlmsghdr *request,
                        uint32_t port, unsigned flags)
{
    const struct ifaddrmsg head = { .ifa_family = AF_INET_, .ifa_prefixlen = address->prefix,
                                    .ifa_flags = address->flags, .ifa_scope = address->scope, .ifa_index = LO_INDEX };
    struct nlmsghdr *m = answer_begin(to, request, port, RTM_NEWADDR, flags, &head, sizeof(head));

    put_u32(to, m, IFA_ADDRESS, address->address);
    put_u32(to, m, IFA_LOCAL, address->local);
    answer_attribute(to, m, IFA_LABEL, LO_NAME, sizeof(LO_NAME));
    put_u32(to, m, IFA_FLAGS, address->flags);
    answer_attribute(to, m, IFA_CACHEINFO, &for_ever, sizeof(for_ever));
}

/* Those that one can ask for by family, 0: all. */
static void put_addresses(struct answer *to, const struct net_space *net, const struct nlmsghdr *request, uint32_t port,
                          unsigned family)
{
    if (family && family != AF_INET_)
        return;
    for (unsigned i = 0; i < net->naddresses; i++)
        put_address(to, &net->addresses[i], request, port, NLM_F_MULTI);
}

static long dump_end(struct socket *sock, const struct nlmsghdr *request, struct answer *answer)
{
    static const int32_t none;

    if (answer->len)
        netlink_answer(sock, answer);
    answer->len = 0;
    answer_begin(answer, request, sock->netlink->port, NLMSG_DONE, NLM_F_MULTI, &none, sizeof(none));
    netlink_answer(sock, answer);
    return ANSWERED;
}

/* ---- links ------------------------------------------------------------------------------------------------------- */

void rtnetlink_link_changed(struct net_space *net)
{
    static struct answer answer;

    answer.len = 0;
    put_link(&answer, net, NULL, 0, 0);
    netlink_tell(net, RTNLGRP_LINK, &answer);
}

void rtnetlink_address_added(struct net_space *net, const struct lo_address *address)
{
    static struct answer answer;

    answer.len = 0;
    put_address(&answer, address, NULL, 0, 0);
    netlink_tell(net, RTNLGRP_IPV4_IFADDR, &answer);
}

/* Which interface a request is about: 0 if it is lo, -EINVAL if it does not say, -ENODEV. */
static long link_of(const struct nlmsghdr *request, const struct ifinfomsg *head)
{
    struct attributes left = attributes_of(request, sizeof(*head));
    const struct nlattr *attribute;

    if (head->ifi_index > 0)
        return head->ifi_index == LO_INDEX ? 0 : -ENODEV;
    while ((attribute = attribute_next(&left)))
        if (type_of(attribute) == IFLA_IFNAME || type_of(attribute) == IFLA_ALT_IFNAME)
            return is_lo(attribute) ? 0 : -ENODEV;
    return -EINVAL;
}

static long link_get(struct socket *sock, const struct nlmsghdr *request, const struct ifinfomsg *head)
{
    static struct answer answer;
    long err;

    answer.len = 0;
    if (request->nlmsg_flags & NLM_F_DUMP) {
        put_link(&answer, sock->net, request, sock->netlink->port, NLM_F_MULTI);
        return dump_end(sock, request, &answer);
    }
    if ((err = link_of(request, head)))
        return err;
    put_link(&answer, sock->net, request, sock->netlink->port, 0);
    netlink_answer(sock, &answer);
    return 0;
}

/* lo goes up and down; nothing else of it changes. */
static long link_set(struct socket *sock, const struct nlmsghdr *request, const struct ifinfomsg *head)
{
    struct attributes left = attributes_of(request, sizeof(*head));
    unsigned change = head->ifi_change ? head->ifi_change : head->ifi_flags ? -1U : 0;
    const struct nlattr *attribute;
    long err = link_of(request, head);

    if (err && request->nlmsg_type == RTM_NEWLINK)
        return request->nlmsg_flags & NLM_F_CREATE ? -EOPNOTSUPP : -ENODEV;
    if (err)
        return err;
    if (request->nlmsg_type == RTM_NEWLINK && request->nlmsg_flags & NLM_F_EXCL)
        return -EEXIST;
    while ((attribute = attribute_next(&left)))
        if (type_of(attribute) != IFLA_EXT_MASK && !(type_of(attribute) == IFLA_IFNAME && is_lo(attribute)))
            return -EOPNOTSUPP;
    if (change & IFF_UP_)
        lo_set_up(sock->net, head->ifi_flags & IFF_UP_);
    return 0;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static long address_get(struct socket *sock, const struct nlmsghdr *request, const struct ifaddrmsg *head)
{
    static struct answer answer;
    bool filtered = sock->netlink->strict && request->nlmsg_len >= sizeof(*request) + sizeof(*head) && head->ifa_index;

    if (!(request->nlmsg_flags & NLM_F_DUMP))
        return -EOPNOTSUPP;
    if (filtered && head->ifa_index != LO_INDEX)
        return -ENODEV;
    answer.len = 0;
    put_addresses(&answer, sock->net, request, sock->netlink->port, head->ifa_family);
    return dump_end(sock, request, &answer);
}

static long address_parse(const struct nlmsghdr *request, const struct ifaddrmsg *head, struct lo_address *address)
{
    struct attributes left = attributes_of(request, sizeof(*head));
    const struct nlattr *attribute;
    bool has_local = false, has_address = false;
    uint32_t value;

    if (head->ifa_family != AF_INET_)
        return -EOPNOTSUPP;
    if (head->ifa_prefixlen > 32)
        return -EINVAL;
    *address = (struct lo_address){ .prefix = head->ifa_prefixlen, .scope = head->ifa_scope };
    while ((attribute = attribute_next(&left))) {
        if (type_of(attribute) != IFA_LOCAL && type_of(attribute) != IFA_ADDRESS)
            return -EOPNOTSUPP;
        if (!value_u32(attribute, &value))
            return -EINVAL;
        if (type_of(attribute) == IFA_LOCAL) {
            address->local = value;
            has_local = true;
        } else {
            address->address = value;
            has_address = true;
        }
    }
    if (!has_local)
        return -EINVAL;
    if (!has_address)
        address->address = address->local;
    return head->ifa_index == LO_INDEX ? 0 : -ENODEV;
}

static long address_add(struct socket *sock, const struct nlmsghdr *request, const struct ifaddrmsg *head)
{
    struct lo_address address;
    long err = address_parse(request, head, &address);

    if (!err)
        err = lo_add_address(sock->net, &address);
    if (err == -EEXIST && request->nlmsg_flags & NLM_F_REPLACE && !(request->nlmsg_flags & NLM_F_EXCL))
        return 0;
    return err;
}

/* ---- any --------------------------------------------------------------------------------------------------------- */

/* The head of a request, of at most `size` bytes; what it leaves out is 0. */
static void head_copy(const struct nlmsghdr *request, void *head, size_t size)
{
    size_t n = request->nlmsg_len - sizeof(*request);

    memset(head, 0, size);
    memcpy(head, request + 1, n < size ? n : size);
}

long rtnetlink_request(struct client *self, struct socket *sock, const struct nlmsghdr *request)
{
    unsigned type = request->nlmsg_type;
    size_t n = request->nlmsg_len - sizeof(*request);
    bool dumps = request->nlmsg_flags & NLM_F_DUMP;
    struct ifaddrmsg address;
    struct ifinfomsg link;

    if (type > RTM_MAX)
        return -EOPNOTSUPP;
    if (n < sizeof(struct rtgenmsg))
        return 0;
    /* Types come in fours: new, delete, get, set. */
    if (type % 4 != RTM_GETLINK % 4 && !net_may_change(self, sock->net))
        return -EPERM;
    head_copy(request, &link, sizeof(link));
    head_copy(request, &address, sizeof(address));
    switch (type) {
    case RTM_GETLINK:
        return n < sizeof(link) && !dumps ? -EINVAL : link_get(sock, request, &link);
    case RTM_NEWLINK:
    case RTM_SETLINK:
        return n < sizeof(link) ? -EINVAL : link_set(sock, request, &link);
    case RTM_GETADDR:
        return address_get(sock, request, &address);
    case RTM_NEWADDR:
        return n < sizeof(address) ? -EINVAL : address_add(sock, request, &address);
    }
    return -EOPNOTSUPP;
}
