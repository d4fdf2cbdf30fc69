/* Network namespaces: abstract names and the interface lo in each, who may change it, how long they live. */
#include "check.h"

#include <fcntl.h>
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
