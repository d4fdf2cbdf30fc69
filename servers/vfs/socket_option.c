/* Options of sockets. Those of networks are kept as they are set and have no effect on a unix socket, as in Linux. */
#include "servers/vfs/abi.h"
#include "servers/vfs/netlink.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/socket.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/users.h"
#include <asm/socket.h>

#define BUFFER_LEAST 4608U
#define BUFFER_MOST 425984U /* twice net.core.wmem_max of Linux */

struct timeval64 {
    int64_t sec, usec;
};

/* The options that are a bit without effect. */
static int boolean_of(int option)
{
    static const int booleans[] = { SO_DEBUG,     SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE,
                                    SO_OOBINLINE, SO_REUSEPORT, SO_NO_CHECK };

    for (unsigned i = 0; i < sizeof(booleans) / sizeof(booleans[0]); i++)
        if (booleans[i] == option)
            return (int)i;
    return -1;
}

/* ---- setting ----------------------------------------------------------------------------------------------------- */

static uint32_t buffer_size(int value)
{
    uint64_t doubled = 2 * (uint64_t)(uint32_t)value;

    return doubled < BUFFER_LEAST ? BUFFER_LEAST : doubled > BUFFER_MOST ? BUFFER_MOST : (uint32_t)doubled;
}

static long set_timeout(struct client *self, struct call *call, uint64_t *timeout_ns)
{
    struct timeval64 tv;
    long err;

    if ((uint32_t)call->m.w[4] < sizeof(tv))
        return -EINVAL;
    err = copy_in(self, call, &tv, call->m.w[3], sizeof(tv));
    if (err)
        return err;
    if (tv.usec < 0 || tv.usec >= 1000000)
        return -EDOM;
    if (tv.sec < 0)
        *timeout_ns = 1;
    else
        *timeout_ns = tv.sec < INT64_MAX / 2 / NS_PER_SEC ? (uint64_t)(tv.sec * NS_PER_SEC + tv.usec * 1000) : 0;
    return 0;
}

static long set_linger(struct client *self, struct call *call, struct socket *sock)
{
    return (uint32_t)call->m.w[4] < sizeof(sock->linger)
               ? -EINVAL
               : copy_in(self, call, sock->linger, call->m.w[3], sizeof(sock->linger));
}

static long set_number(struct socket *sock, int option, int value)
{
    int boolean = boolean_of(option);

    if (boolean >= 0) {
        sock->booleans = (sock->booleans & ~(1U << boolean)) | (uint32_t)(value != 0) << boolean;
        return 0;
    }
    switch (option) {
    case SO_PASSCRED:
        sock->passcred = value;
        return 0;
    case SO_SNDBUF:
    case SO_SNDBUFFORCE:
        sock->sndbuf = buffer_size(value);
        return 0;
    case SO_RCVBUF:
    case SO_RCVBUFFORCE:
        sock->rcvbuf = buffer_size(value);
        return 0;
    case SO_PRIORITY:
    case SO_RCVLOWAT:
    case SO_TIMESTAMP:
    case SO_MARK:
        return 0;
    }
    return -ENOPROTOOPT;
}

static long set_netlink(struct client *self, struct call *call, struct socket *sock, int option)
{
    int value;
    long err = (uint32_t)call->m.w[4] < sizeof(value) ? -EINVAL : copy_in(self, call, &value, call->m.w[3], sizeof(value));

    return err ? err : netlink_set_option(sock, option, value);
}

/* setsockopt(2): socket, level, option, value, its size. */
long sys_setsockopt(struct client *self, struct call *call)
{
    int level = (int)call->m.w[1], option = (int)call->m.w[2], value;
    struct socket *sock;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    if (sock->netlink && level == SOL_NETLINK_)
        return set_netlink(self, call, sock, option);
    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (option == SO_RCVTIMEO_OLD || option == SO_SNDTIMEO_OLD)
        return set_timeout(self, call, option == SO_RCVTIMEO_OLD ? &sock->rcvtimeo_ns : &sock->sndtimeo_ns);
    if (option == SO_LINGER)
        return set_linger(self, call, sock);
    if ((uint32_t)call->m.w[4] < sizeof(value))
        return -EINVAL;
    err = copy_in(self, call, &value, call->m.w[3], sizeof(value));
    if (err)
        return err;
    err = set_number(sock, option, value);
    wait_wake(&sock->output);
    return err;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* Gives `size` bytes, or as many as the client has room for, and says how many. */
static long answer(struct client *self, struct call *call, const void *value, size_t size)
{
    int room, given;
    long err = copy_in(self, call, &room, call->m.w[4], sizeof(room));

    if (err)
        return err;
    if (room < 0)
        return -EINVAL;
    given = (size_t)room < size ? room : (int)size;
    err = copy_out(self, call, call->m.w[3], value, (size_t)given);
    return err ? err : copy_out(self, call, call->m.w[4], &given, sizeof(given));
}

static long get_number(struct socket *sock, int option, int *value)
{
    int boolean = boolean_of(option);

    *value = boolean >= 0 ? sock->booleans >> boolean & 1 : 0;
    if (boolean >= 0)
        return 0;
    switch (option) {
    case SO_TYPE:
        *value = sock->netlink && sock->netlink->raw ? SOCK_RAW_ : sock->type;
        return 0;
    case SO_DOMAIN:
        *value = sock->netlink ? AF_NETLINK_ : 1;
        return 0;
    case SO_ERROR:
        *value = sock->error;
        return 0;
    case SO_ACCEPTCONN:
        *value = sock->state == SOCKET_LISTENING;
        return 0;
    case SO_PASSCRED:
        *value = sock->passcred;
        return 0;
    case SO_SNDBUF:
        *value = (int)sock->sndbuf;
        return 0;
    case SO_RCVBUF:
        *value = (int)sock->rcvbuf;
        return 0;
    case SO_RCVLOWAT:
        *value = 1;
        return 0;
    case SO_PROTOCOL:
    case SO_PRIORITY:
    case SO_TIMESTAMP:
    case SO_MARK:
        return 0;
    }
    return -ENOPROTOOPT;
}

static long get_timeout(struct client *self, struct call *call, uint64_t timeout_ns)
{
    struct timeval64 tv = { (int64_t)(timeout_ns / NS_PER_SEC), (int64_t)(timeout_ns % NS_PER_SEC / 1000) };

    return answer(self, call, &tv, sizeof(tv));
}

static long get_peercred(struct client *self, struct call *call, const struct socket *sock)
{
    struct ucred_ cred = { 0, -1U, -1U };

    if (sock->peer_cred.pid) {
        cred = sock->peer_cred;
        cred.pid = (int32_t)client_number_out(self, (uint32_t)cred.pid);
        cred.uid = uid_out(self, cred.uid);
        cred.gid = gid_out(self, cred.gid);
    }
    return answer(self, call, &cred, sizeof(cred));
}

static long get_netlink(struct client *self, struct call *call, const struct socket *sock, int option)
{
    int value;
    long err = netlink_get_option(sock, option, &value);

    return err ? err : answer(self, call, &value, sizeof(value));
}

/* getsockopt(2): socket, level, option, value, its size's address. */
long sys_getsockopt(struct client *self, struct call *call)
{
    int level = (int)call->m.w[1], option = (int)call->m.w[2], value;
    struct socket *sock;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    if (sock->netlink && level == SOL_NETLINK_)
        return get_netlink(self, call, sock, option);
    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    switch (option) {
    case SO_PEERCRED:
        return get_peercred(self, call, sock);
    case SO_RCVTIMEO_OLD:
        return get_timeout(self, call, sock->rcvtimeo_ns);
    case SO_SNDTIMEO_OLD:
        return get_timeout(self, call, sock->sndtimeo_ns);
    case SO_LINGER:
        return answer(self, call, sock->linger, sizeof(sock->linger));
    }
    err = get_number(sock, option, &value);
    if (err || (err = answer(self, call, &value, sizeof(value))))
        return err;
    if (option == SO_ERROR)
        sock->error = 0;
    return 0;
}
