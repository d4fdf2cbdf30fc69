/* The interface of a network namespace, lo, as ioctl shows it: netdevice(7). */
#include "servers/vfs/abi.h"
#include "servers/vfs/net_namespace.h"
#include <linux/sockios.h>

#define NAME_SIZE 16
#define ARPHRD_LOOPBACK_ 772
enum { IFF_UP_ = 1, IFF_LOOPBACK_ = 8, IFF_RUNNING_ = 0x40 };

/* struct ifreq of a 64-bit Linux. */
struct request {
    char name[NAME_SIZE];
    union {
        int16_t flags;
        int32_t number; /* index, MTU, queue length, metric */
        uint16_t family; /* of a struct sockaddr; its bytes follow */
        char size[24];
    };
};

unsigned lo_flags(const struct net_space *net)
{
    return IFF_LOOPBACK_ | (net->up ? IFF_UP_ | IFF_RUNNING_ : 0);
}

static bool reads(unsigned cmd)
{
    return cmd == SIOCGIFFLAGS || cmd == SIOCGIFINDEX || cmd == SIOCGIFNAME || cmd == SIOCGIFMTU ||
           cmd == SIOCGIFHWADDR || cmd == SIOCGIFTXQLEN || cmd == SIOCGIFMETRIC;
}

static void fill(const struct net_space *net, unsigned cmd, struct request *r)
{
    memset(r->size, 0, sizeof(r->size));
    switch (cmd) {
    case SIOCGIFFLAGS:
        r->flags = (int16_t)lo_flags(net);
        return;
    case SIOCGIFINDEX:
        r->number = LO_INDEX;
        return;
    case SIOCGIFMTU:
        r->number = LO_MTU;
        return;
    case SIOCGIFTXQLEN:
        r->number = 1000;
        return;
    case SIOCGIFHWADDR:
        r->family = ARPHRD_LOOPBACK_;
        return;
    }
}

static long set_flags(const struct client *self, struct net_space *net, bool known, const struct request *r)
{
    if (!net_may_change(self, net))
        return -EPERM;
    if (!known)
        return -ENODEV;
    net->up = r->flags & IFF_UP_;
    return 0;
}

long interface_ioctl(struct client *self, struct call *call, struct net_space *net, unsigned cmd, uint64_t arg)
{
    struct request r;
    bool known;
    long err;

    if (!reads(cmd) && cmd != SIOCSIFFLAGS)
        return -ENOTTY;
    if ((err = copy_in(self, call, &r, arg, sizeof(r))))
        return err;
    if (cmd == SIOCGIFNAME) {
        known = r.number == LO_INDEX;
        memcpy(r.name, LO_NAME, sizeof(LO_NAME));
    } else {
        r.name[NAME_SIZE - 1] = 0;
        known = strcmp(r.name, LO_NAME) == 0;
    }
    if (cmd == SIOCSIFFLAGS)
        return set_flags(self, net, known, &r);
    if (!known)
        return -ENODEV;
    if (cmd != SIOCGIFNAME)
        fill(net, cmd, &r);
    return answer_out(self, call, arg, &r, sizeof(r));
}
