/* Network namespaces: abstract names and the interface lo in each, who may change it, by ioctl and by netlink. */
#include "check.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define NOBODY 65534

static int unix_socket(int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0);
    return fd;
}

/* An abstract name, if `name` begins with @. */
static socklen_t address_of(const char *name, struct sockaddr_un *un)
{
    *un = (struct sockaddr_un){ .sun_family = AF_UNIX };
    strcpy(un->sun_path, name);
    if (*name == '@')
        un->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + (*name != '@'));
}

static int bind_to(int fd, const char *name)
{
    struct sockaddr_un un;
    socklen_t len = address_of(name, &un);

    return bind(fd, (struct sockaddr *)&un, len);
}

static int connect_to(int fd, const char *name)
{
    struct sockaddr_un un;
    socklen_t len = address_of(name, &un);

    return connect(fd, (struct sockaddr *)&un, len);
}

static int listener(const char *name)
{
    int fd = unix_socket(SOCK_STREAM);

    CHECK_EQUAL(bind_to(fd, name), 0);
    CHECK_EQUAL(listen(fd, 4), 0);
    return fd;
}

static int open_namespace(void)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    return fd;
}

static ino_t namespace_inode(void)
{
    struct stat st;

    CHECK_EQUAL(stat("/proc/self/ns/net", &st), 0);
    return st.st_ino;
}

/* A request about the interface. */
static int ask(int fd, unsigned long request, const char *name, struct ifreq *r)
{
    memset(r, 0, sizeof(*r));
    strcpy(r->ifr_name, name);
    return ioctl(fd, request, r);
}

static int flags_of_lo(int fd)
{
    struct ifreq r;

    CHECK_EQUAL(ask(fd, SIOCGIFFLAGS, "lo", &r), 0);
    return r.ifr_flags;
}

static int set_flags(int fd, const char *name, int flags)
{
    struct ifreq r = { .ifr_flags = (short)flags };

    strcpy(r.ifr_name, name);
    return ioctl(fd, SIOCSIFFLAGS, &r);
}

/* ---- abstract names ---------------------------------------------------------------------------------------------- */

TEST(an_abstract_name_is_of_one_namespace)
{
    int outside = listener("@netns");

    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
        CHECK_ERROR(connect_to(unix_socket(SOCK_STREAM), "@netns"), ECONNREFUSED);
        int inside = listener("@netns");
        CHECK_EQUAL(connect_to(unix_socket(SOCK_STREAM), "@netns"), 0);
        CHECK(accept(inside, NULL, NULL) >= 0);
        CHECK_ERROR(bind_to(unix_socket(SOCK_STREAM), "@netns"), EADDRINUSE);
    }
    CHECK_EQUAL(fcntl(outside, F_SETFL, O_NONBLOCK), 0);
    CHECK_ERROR(accept(outside, NULL, NULL), EAGAIN);
    CHECK_EQUAL(connect_to(unix_socket(SOCK_STREAM), "@netns"), 0);
    CHECK(accept(outside, NULL, NULL) >= 0);
}

TEST(a_path_leads_anywhere)
{
    int outside = listener("/tmp/netns.socket");

    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
        int fd = unix_socket(SOCK_STREAM);
        CHECK_EQUAL(connect_to(fd, "/tmp/netns.socket"), 0);
        CHECK_EQUAL(write(fd, "x", 1), 1);
    }
    CHECK(accept(outside, NULL, NULL) >= 0);
    CHECK_EQUAL(unlink("/tmp/netns.socket"), 0);
}

TEST(a_socket_stays_in_the_namespace_it_was_made_in)
{
    int before = unix_socket(SOCK_STREAM), outside = listener("@netns");

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    CHECK_EQUAL(connect_to(before, "@netns"), 0);
    CHECK_ERROR(connect_to(unix_socket(SOCK_STREAM), "@netns"), ECONNREFUSED);
    CHECK_EQUAL(set_flags(unix_socket(SOCK_DGRAM), "lo", IFF_UP), 0);
    CHECK_EQUAL(flags_of_lo(outside) & IFF_UP, 0);
}

/* The one with the socket outlives its last process. */
TEST(a_socket_keeps_its_namespace)
{
    int pair[2], home = open_namespace(), inside;
    struct sockaddr_un un;
    socklen_t len = sizeof(un);

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    inside = unix_socket(SOCK_DGRAM);
    CHECK_EQUAL(bind_to(inside, "@kept"), 0);
    CHECK_EQUAL(set_flags(inside, "lo", IFF_UP), 0);
    CHECK_EQUAL(setns(home, CLONE_NEWNET), 0);
    CHECK_ERROR(connect_to(unix_socket(SOCK_DGRAM), "@kept"), ECONNREFUSED);
    CHECK(flags_of_lo(inside) & IFF_UP);
    CHECK_EQUAL(getsockname(inside, (struct sockaddr *)&un, &len), 0);
    CHECK_EQUAL(memcmp(un.sun_path, "\0kept", 5), 0);
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_EQUAL(flags_of_lo(pair[0]) & IFF_UP, 0);
}

/* ---- made, entered, left ----------------------------------------------------------------------------------------- */

TEST(clone_makes_one)
{
    ino_t first = namespace_inode();
    pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);

    if (!child) {
        CHECK(namespace_inode() != first);
        CHECK_EQUAL(set_flags(unix_socket(SOCK_DGRAM), "lo", IFF_UP), 0);
        _exit(0);
    }
    CHECK(child > 0);
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(flags_of_lo(unix_socket(SOCK_DGRAM)) & IFF_UP, 0);
}

TEST(left_and_entered_again)
{
    ino_t first = namespace_inode();
    int home = open_namespace(), there;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    CHECK(namespace_inode() != first);
    there = open_namespace();
    CHECK_EQUAL(set_flags(unix_socket(SOCK_DGRAM), "lo", IFF_UP), 0);
    CHECK_ERROR(setns(home, CLONE_NEWUTS), EINVAL);
    CHECK_EQUAL(setns(home, CLONE_NEWNET), 0);
    CHECK_EQUAL(namespace_inode(), first);
    CHECK_EQUAL(flags_of_lo(unix_socket(SOCK_DGRAM)) & IFF_UP, 0);
    /* Nobody is in it: the descriptor keeps it. */
    CHECK_EQUAL(setns(there, 0), 0);
    IN_CHILD
        CHECK(flags_of_lo(unix_socket(SOCK_DGRAM)) & IFF_UP);
}

TEST(a_thousand_come_and_go)
{
    for (int i = 0; i < 1000; i++) {
        CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
        int fd = unix_socket(SOCK_DGRAM);
        CHECK_EQUAL(bind_to(fd, "@mine"), 0);
        CHECK_EQUAL(close(fd), 0);
    }
}

TEST(who_may)
{
    int home = open_namespace(), theirs, before;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    theirs = open_namespace();
    before = unix_socket(SOCK_DGRAM);
    IN_CHILD {
        CHECK_EQUAL(setuid(NOBODY), 0);
        CHECK_ERROR(unshare(CLONE_NEWNET), EPERM);
        CHECK_ERROR(setns(home, CLONE_NEWNET), EPERM);
        CHECK_ERROR(set_flags(before, "lo", IFF_UP), EPERM);
        CHECK_ERROR(set_flags(before, "nothing", IFF_UP), EPERM);
        CHECK_EQUAL(flags_of_lo(before), IFF_LOOPBACK);
        /* Everything in its own, nothing in another's. */
        CHECK_EQUAL(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
        CHECK_EQUAL(set_flags(unix_socket(SOCK_DGRAM), "lo", IFF_UP), 0);
        CHECK(flags_of_lo(unix_socket(SOCK_DGRAM)) & IFF_UP);
        CHECK_ERROR(set_flags(before, "lo", IFF_UP), EPERM);
        CHECK_ERROR(setns(theirs, CLONE_NEWNET), EPERM);
    }
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
        CHECK_ERROR(set_flags(unix_socket(SOCK_DGRAM), "lo", IFF_UP), EPERM);
    }
    CHECK_EQUAL(flags_of_lo(before) & IFF_UP, 0);
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

TEST(lo)
{
    struct ifreq r;
    int fd;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    fd = unix_socket(SOCK_DGRAM);
    CHECK_EQUAL(flags_of_lo(fd), IFF_LOOPBACK);
    CHECK_EQUAL(ask(fd, SIOCGIFINDEX, "lo", &r), 0);
    CHECK_EQUAL(r.ifr_ifindex, 1);
    CHECK_EQUAL(ask(fd, SIOCGIFMTU, "lo", &r), 0);
    CHECK_EQUAL(r.ifr_mtu, 65536);
    CHECK_EQUAL(ask(fd, SIOCGIFTXQLEN, "lo", &r), 0);
    CHECK_EQUAL(r.ifr_qlen, 1000);
    CHECK_EQUAL(ask(fd, SIOCGIFHWADDR, "lo", &r), 0);
    CHECK_EQUAL(r.ifr_hwaddr.sa_family, 772);
    CHECK_EQUAL(memcmp(r.ifr_hwaddr.sa_data, "\0\0\0\0\0", 6), 0);
    memset(&r, 0, sizeof(r));
    r.ifr_ifindex = 1;
    CHECK_EQUAL(ioctl(fd, SIOCGIFNAME, &r), 0);
    CHECK_EQUAL(strcmp(r.ifr_name, "lo"), 0);
    CHECK_EQUAL(if_nametoindex("lo"), 1);
}

TEST(lo_goes_up_and_down)
{
    int fd;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    fd = unix_socket(SOCK_DGRAM);
    CHECK_EQUAL(set_flags(fd, "lo", IFF_UP), 0);
    CHECK_EQUAL(flags_of_lo(fd), IFF_LOOPBACK | IFF_UP | IFF_RUNNING);
    CHECK_EQUAL(set_flags(fd, "lo", 0), 0);
    CHECK_EQUAL(flags_of_lo(fd), IFF_LOOPBACK);
}

TEST(what_is_not_an_interface)
{
    int fd = unix_socket(SOCK_STREAM), file = open("/proc/self/stat", O_RDONLY);
    struct ifreq r;

    CHECK_ERROR(ask(fd, SIOCGIFFLAGS, "nothing", &r), ENODEV);
    CHECK_ERROR(ask(fd, SIOCGIFINDEX, "lo2", &r), ENODEV);
    CHECK_ERROR(set_flags(fd, "nothing", IFF_UP), ENODEV);
    memset(&r, 0, sizeof(r));
    r.ifr_ifindex = 12345;
    CHECK_ERROR(ioctl(fd, SIOCGIFNAME, &r), ENODEV);
    CHECK_ERROR(ioctl(fd, SIOCGIFFLAGS, (void *)8), EFAULT);
    CHECK_ERROR(ask(file, SIOCGIFFLAGS, "lo", &r), ENOTTY);
}

TEST(addresses_of_all_interfaces)
{
    struct ifreq r[4];
    struct ifconf conf = { .ifc_len = sizeof(r), .ifc_req = r };
    int fd;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    fd = unix_socket(SOCK_DGRAM);
    CHECK_EQUAL(ioctl(fd, SIOCGIFCONF, &conf), 0);
    CHECK_EQUAL(conf.ifc_len, 0);
    CHECK_EQUAL(set_flags(fd, "lo", IFF_UP), 0);
    conf.ifc_len = sizeof(r);
    CHECK_EQUAL(ioctl(fd, SIOCGIFCONF, &conf), 0);
    CHECK_EQUAL(conf.ifc_len, sizeof(r[0]));
    CHECK_EQUAL(strcmp(r[0].ifr_name, "lo"), 0);
    CHECK_EQUAL(r[0].ifr_addr.sa_family, AF_INET);
    CHECK_EQUAL(memcmp(r[0].ifr_addr.sa_data, "\0\0\x7f\0\0\1", 6), 0);
    conf = (struct ifconf){ .ifc_len = 0 };
    CHECK_EQUAL(ioctl(fd, SIOCGIFCONF, &conf), 0);
    CHECK_EQUAL(conf.ifc_len, sizeof(r[0]));
}

/* ---- netlink ----------------------------------------------------------------------------------------------------- */

static int netlink_socket(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    CHECK(fd >= 0);
    return fd;
}

static struct sockaddr_nl name_of(int fd)
{
    struct sockaddr_nl nl;
    socklen_t len = sizeof(nl);

    CHECK_EQUAL(getsockname(fd, (struct sockaddr *)&nl, &len), 0);
    CHECK_EQUAL(len, sizeof(nl));
    CHECK_EQUAL(nl.nl_family, AF_NETLINK);
    return nl;
}

static int bind_port(int fd, uint32_t port, uint32_t groups)
{
    struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = port, .nl_groups = groups };

    return bind(fd, (struct sockaddr *)&nl, sizeof(nl));
}

/* A request: its head and one attribute, if n is not 0. */
struct request {
    struct nlmsghdr header;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
        char room[256];
    };
};

static void request_begin(struct request *r, unsigned type, unsigned flags, size_t head)
{
    memset(r, 0, sizeof(*r));
    r->header.nlmsg_len = (uint32_t)(sizeof(r->header) + head);
    r->header.nlmsg_type = (uint16_t)type;
    r->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    r->header.nlmsg_seq = 77;
}

static void request_attribute(struct request *r, unsigned type, const void *value, size_t n)
{
    struct rtattr *attribute = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

    attribute->rta_type = (unsigned short)type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(n);
    memcpy(RTA_DATA(attribute), value, n);
    r->header.nlmsg_len = (uint32_t)((char *)attribute - (char *)r + RTA_ALIGN(attribute->rta_len));
}

static char answer[16384] __attribute__((aligned(8)));

static const struct nlmsghdr *receive(int fd, size_t *n)
{
    ssize_t len = recv(fd, answer, sizeof(answer), 0);

    CHECK(len >= (ssize_t)sizeof(struct nlmsghdr));
    *n = (size_t)len;
    return (const struct nlmsghdr *)answer;
}

/* The error, positive, that a request is answered with; 0. */
static int error_of(int fd, const struct request *r)
{
    const struct nlmsghdr *message;
    const struct nlmsgerr *error;
    size_t n;

    CHECK_EQUAL(send(fd, r, r->header.nlmsg_len, 0), r->header.nlmsg_len);
    message = receive(fd, &n);
    error = NLMSG_DATA(message);
    CHECK_EQUAL(message->nlmsg_type, NLMSG_ERROR);
    CHECK_EQUAL(message->nlmsg_seq, 77);
    CHECK_EQUAL(message->nlmsg_pid, name_of(fd).nl_pid);
    CHECK_EQUAL(error->msg.nlmsg_len, r->header.nlmsg_len);
    CHECK_EQUAL(error->msg.nlmsg_type, r->header.nlmsg_type);
    return -error->error;
}

static const void *attribute_of(const struct nlmsghdr *message, size_t head, unsigned type)
{
    const struct rtattr *at = (const struct rtattr *)((const char *)message + NLMSG_SPACE(head));
    size_t left = message->nlmsg_len - NLMSG_SPACE(head);

    for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
        if (at->rta_type == type)
            return RTA_DATA(at);
    CHECK(!"no such attribute");
    return NULL;
}

/* lo by name or, without one, by index: as Linux's flags. */
static unsigned link_flags(int fd, const char *name)
{
    const struct nlmsghdr *message;
    const struct ifinfomsg *link;
    struct request r;
    size_t n;

    request_begin(&r, RTM_GETLINK, 0, sizeof(r.link));
    r.link.ifi_index = name ? 0 : 1;
    if (name)
        request_attribute(&r, IFLA_IFNAME, name, strlen(name) + 1);
    CHECK_EQUAL(send(fd, &r, r.header.nlmsg_len, 0), r.header.nlmsg_len);
    message = receive(fd, &n);
    CHECK_EQUAL(message->nlmsg_type, RTM_NEWLINK);
    CHECK_EQUAL(message->nlmsg_len, n);
    link = NLMSG_DATA(message);
    CHECK_EQUAL(link->ifi_index, 1);
    CHECK_EQUAL(link->ifi_type, 772);
    CHECK_EQUAL(strcmp(attribute_of(message, sizeof(*link), IFLA_IFNAME), "lo"), 0);
    CHECK_EQUAL(*(const uint32_t *)attribute_of(message, sizeof(*link), IFLA_MTU), 65536);
    return link->ifi_flags;
}

static int link_set(int fd, unsigned type, int index, unsigned flags)
{
    struct request r;

    request_begin(&r, type, NLM_F_ACK, sizeof(r.link));
    r.link.ifi_index = index;
    r.link.ifi_flags = flags;
    r.link.ifi_change = IFF_UP;
    return error_of(fd, &r);
}

static int address_add(int fd, unsigned flags, int index, const char address[4], unsigned prefix)
{
    struct request r;

    request_begin(&r, RTM_NEWADDR, NLM_F_ACK | flags, sizeof(r.address));
    r.address.ifa_family = AF_INET;
    r.address.ifa_prefixlen = (unsigned char)prefix;
    r.address.ifa_index = (unsigned)index;
    request_attribute(&r, IFA_LOCAL, address, 4);
    request_attribute(&r, IFA_ADDRESS, address, 4);
    return error_of(fd, &r);
}

/* How many addresses of IPv4 there are; the last one in `last`. */
static int addresses(int fd, char last[4])
{
    struct request r;
    int count = 0;

    request_begin(&r, RTM_GETADDR, NLM_F_DUMP, sizeof(r.address));
    r.address.ifa_family = AF_INET;
    CHECK_EQUAL(send(fd, &r, r.header.nlmsg_len, 0), r.header.nlmsg_len);
    for (;;) {
        size_t n;
        const struct nlmsghdr *message = receive(fd, &n);

        for (; NLMSG_OK(message, n); message = NLMSG_NEXT(message, n)) {
            CHECK(message->nlmsg_flags & NLM_F_MULTI);
            CHECK_EQUAL(message->nlmsg_seq, 77);
            if (message->nlmsg_type == NLMSG_DONE)
                return count;
            CHECK_EQUAL(message->nlmsg_type, RTM_NEWADDR);
            memcpy(last, attribute_of(message, sizeof(struct ifaddrmsg), IFA_LOCAL), 4);
            count++;
        }
    }
}

TEST(netlink_ports)
{
    int first, second, third;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    first = netlink_socket();
    second = netlink_socket();
    third = netlink_socket();
    CHECK_EQUAL(name_of(first).nl_pid, 0);
    CHECK_EQUAL(bind_port(first, 0, 0), 0);
    CHECK_EQUAL(name_of(first).nl_pid, getpid());
    CHECK_EQUAL(bind_port(first, 0, 0), -1);
    CHECK_EQUAL(bind_port(first, (uint32_t)getpid(), 0), 0);
    CHECK_EQUAL(bind_port(second, 0, 0), 0);
    CHECK((int)name_of(second).nl_pid < 0);
    CHECK_ERROR(bind_port(third, (uint32_t)getpid(), 0), EADDRINUSE);
    CHECK_EQUAL(bind_port(third, 1234, 0), 0);
    CHECK_EQUAL(name_of(third).nl_pid, 1234);
}

TEST(netlink_kinds)
{
    int fd = netlink_socket(), value, pair[2];
    socklen_t len = sizeof(value);
    struct sockaddr_un un = { .sun_family = AF_UNIX };

    CHECK_ERROR(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT);
    CHECK_ERROR(socket(AF_NETLINK, SOCK_RAW, 1000), EPROTONOSUPPORT);
    CHECK_ERROR(socketpair(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, pair), EOPNOTSUPP);
    CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len), 0);
    CHECK_EQUAL(value, AF_NETLINK);
    CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len), 0);
    CHECK_EQUAL(value, SOCK_RAW);
    CHECK_ERROR(listen(fd, 1), EOPNOTSUPP);
    CHECK_ERROR(accept(fd, NULL, NULL), EOPNOTSUPP);
    CHECK_ERROR(shutdown(fd, SHUT_RDWR), EOPNOTSUPP);
    CHECK_ERROR(bind(fd, (struct sockaddr *)&un, sizeof(un)), EINVAL);
    CHECK_ERROR(recv(fd, &value, sizeof(value), MSG_DONTWAIT), EAGAIN);
}

TEST(links_by_netlink)
{
    int fd;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    fd = netlink_socket();
    CHECK_EQUAL(link_flags(fd, "lo"), IFF_LOOPBACK);
    CHECK_EQUAL(link_set(fd, RTM_NEWLINK, 1, IFF_UP), 0);
    CHECK_EQUAL(link_flags(fd, NULL), IFF_LOOPBACK | IFF_UP | IFF_RUNNING | 0x10000);
    CHECK_EQUAL(flags_of_lo(fd), IFF_LOOPBACK | IFF_UP | IFF_RUNNING);
    CHECK_EQUAL(link_set(fd, RTM_SETLINK, 1, 0), 0);
    CHECK_EQUAL(link_flags(fd, NULL), IFF_LOOPBACK);
    CHECK_EQUAL(link_set(fd, RTM_NEWLINK, 12345, IFF_UP), ENODEV);
    CHECK_EQUAL(link_set(fd, RTM_NEWLINK, 0, IFF_UP), ENODEV);
    CHECK_EQUAL(link_set(fd, RTM_SETLINK, 0, IFF_UP), EINVAL);
}

TEST(addresses_by_netlink)
{
    char last[4];
    int fd;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    fd = netlink_socket();
    CHECK_EQUAL(addresses(fd, last), 0);
    CHECK_EQUAL(link_set(fd, RTM_NEWLINK, 1, IFF_UP), 0);
    CHECK_EQUAL(addresses(fd, last), 1);
    CHECK_EQUAL(memcmp(last, "\x7f\0\0\1", 4), 0);
    CHECK_EQUAL(address_add(fd, NLM_F_CREATE | NLM_F_EXCL, 1, "\x7f\0\0\1", 8), EEXIST);
    CHECK_EQUAL(address_add(fd, NLM_F_CREATE | NLM_F_EXCL, 1, "\x0a\1\2\3", 24), 0);
    CHECK_EQUAL(addresses(fd, last), 2);
    CHECK_EQUAL(memcmp(last, "\x0a\1\2\3", 4), 0);
    CHECK_EQUAL(address_add(fd, NLM_F_CREATE, 1, "\x0a\1\2\4", 33), EINVAL);
    CHECK_EQUAL(address_add(fd, NLM_F_CREATE, 12345, "\x0a\1\2\4", 24), ENODEV);
    CHECK_EQUAL(addresses(fd, last), 2);
}

/* As bubblewrap does: an address first, in a namespace whose owner is nobody else. */
TEST(nobody_in_its_own)
{
    CHECK_EQUAL(setuid(NOBODY), 0);
    int outside = netlink_socket();
    CHECK_EQUAL(link_set(outside, RTM_NEWLINK, 1, IFF_UP), EPERM);
    CHECK_EQUAL(address_add(outside, NLM_F_CREATE, 1, "\x0a\1\2\3", 24), EPERM);
    CHECK(link_flags(outside, "lo") & IFF_LOOPBACK);
    CHECK_EQUAL(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
    int fd = netlink_socket();
    char last[4];
    CHECK_EQUAL(address_add(fd, NLM_F_CREATE | NLM_F_EXCL, 1, "\x7f\0\0\1", 8), 0);
    CHECK_EQUAL(link_set(fd, RTM_NEWLINK, 1, IFF_UP), 0);
    CHECK_EQUAL(addresses(fd, last), 1);
    CHECK_EQUAL(link_set(outside, RTM_NEWLINK, 1, IFF_UP), EPERM);
}

TEST(listeners_are_told)
{
    const struct nlmsghdr *message;
    const struct ifinfomsg *link;
    int fd, listener;
    size_t n;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    fd = unix_socket(SOCK_DGRAM);
    listener = netlink_socket();
    CHECK_EQUAL(bind_port(listener, 0, RTMGRP_LINK), 0);
    CHECK_EQUAL(set_flags(fd, "lo", IFF_UP), 0);
    message = receive(listener, &n);
    link = NLMSG_DATA(message);
    CHECK_EQUAL(message->nlmsg_type, RTM_NEWLINK);
    CHECK_EQUAL(message->nlmsg_pid, 0);
    CHECK_EQUAL(link->ifi_index, 1);
    CHECK(link->ifi_flags & IFF_UP);
}

TEST(malformed_requests)
{
    struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = 4321 };
    struct request r;
    char byte;
    int fd;

    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    fd = netlink_socket();
    CHECK_ERROR(send(fd, (void *)8, 32, 0), EFAULT);
    /* Lengths that do not hold: ignored, as is what asks for nothing. */
    for (uint32_t len = 0; len < 2000; len = len * 2 + 1) {
        request_begin(&r, RTM_NEWLINK, NLM_F_ACK, sizeof(r.link));
        r.header.nlmsg_len = len;
        CHECK_EQUAL(send(fd, &r, 15, 0), 15);
    }
    CHECK_ERROR(recv(fd, &byte, 1, MSG_DONTWAIT), EAGAIN);
    request_begin(&r, 9999, NLM_F_ACK, sizeof(r.link));
    CHECK_EQUAL(error_of(fd, &r), EOPNOTSUPP);
    request_begin(&r, RTM_GETLINK, 0, sizeof(r.link));
    CHECK_EQUAL(error_of(fd, &r), EINVAL);
    request_begin(&r, RTM_GETLINK, 0, sizeof(r.link));
    r.link.ifi_index = 12345;
    CHECK_EQUAL(error_of(fd, &r), ENODEV);
    /* An attribute that is longer than the message is none. */
    request_begin(&r, RTM_GETLINK, 0, sizeof(r.link));
    request_attribute(&r, IFLA_IFNAME, "lo", 3);
    ((struct rtattr *)((char *)&r + NLMSG_SPACE(sizeof(r.link))))->rta_len = 5000;
    CHECK_EQUAL(error_of(fd, &r), EINVAL);
    CHECK_ERROR(sendto(fd, &r, 32, 0, (struct sockaddr *)&nl, sizeof(nl)), ECONNREFUSED);
    CHECK_EQUAL(setuid(NOBODY), 0);
    CHECK_ERROR(sendto(fd, &r, 32, 0, (struct sockaddr *)&nl, sizeof(nl)), EPERM);
}

/* Who never reads loses answers, and is told so. */
TEST(a_full_input)
{
    struct request r;
    int fd = netlink_socket();
    ssize_t n = 1;

    CHECK_EQUAL(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    request_begin(&r, RTM_GETLINK, 0, sizeof(r.link));
    r.link.ifi_index = 1;
    for (int i = 0; i < 5000 && n > 0; i++)
        n = send(fd, &r, r.header.nlmsg_len, 0);
    while ((n = recv(fd, answer, sizeof(answer), 0)) > 0)
        ;
    CHECK(errno == ENOBUFS || errno == EAGAIN);
    CHECK(link_flags(fd, "lo") & IFF_LOOPBACK);
}
