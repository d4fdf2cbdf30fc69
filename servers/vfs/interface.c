/* The interface of a network namespace, lo, as ioctl shows it: netdevice(7). */
#include "servers/vfs/abi.h"
#include "servers/vfs/netlink.h"
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#define NAME_SIZE 16
#define ARPHRD_LOOPBACK_ 772
#define AF_INET_ 2

/* struct ifreq of a 64-bit Linux. */
struct request {
    char name[NAME_SIZE];
    union {
        int16_t flags;
        int32_t number; /* index, MTU, queue length, metric */
        struct {
            uint16_t family, port;
            uint32_t address;
        }; /* a struct sockaddr_in, or of another one the beginning */
        char size[24];
    };
};

static uint32_t htonl_(uint32_t value)
{
    return __builtin_bswap32(value);
}

unsigned lo_flags(const struct net_space *net)
{
    return IFF_LOOPBACK_ | (net->up ? IFF_UP_ | IFF_RUNNING_ | IFF_LOWER_UP_ : 0);
}

void lo_set_up(struct net_space *net, bool up)
{
    const struct lo_address home = { htonl_(0x7f000001), htonl_(0x7f000001), .prefix = 8, .scope = RT_SCOPE_HOST };

    if (net->up == up)
        return;
    net->up = up;
    net->was_up |= up;
    rtnetlink_link_changed(net);
    if (up && !net->naddresses)
        lo_add_address(net, &home);
}

static bool same_net(const struct lo_address *a, const struct lo_address *b)
{
    uint32_t mask = a->prefix ? htonl_(-1U << (32 - a->prefix)) : 0;

    return a->prefix == b->prefix && !((a->address ^ b->address) & mask);
}

/* Where Linux puts it: what is no second one of its network before those that are, the wider scope behind the narrower. */
static unsigned place_for(const struct net_space *net, const struct lo_address *address)
{
    unsigned at = 0;

    if (address->flags & IFA_F_SECONDARY)
        return net->naddresses;
    for (unsigned i = 0; i < net->naddresses; i++)
        if (!(net->addresses[i].flags & IFA_F_SECONDARY) && address->scope <= net->addresses[i].scope)
            at = i + 1;
    return at;
}

long lo_add_address(struct net_space *net, const struct lo_address *address)
{
    struct lo_address fresh = *address, *at;

    fresh.flags = IFA_F_PERMANENT;
    for (unsigned i = 0; i < net->naddresses; i++) {
        if (!same_net(&net->addresses[i], address))
            continue;
        if (net->addresses[i].local == address->local)
            return -EEXIST;
        fresh.flags |= IFA_F_SECONDARY;
    }
    if (net->naddresses == LO_ADDRESSES)
        return -ENOBUFS;
    at = &net->addresses[place_for(net, &fresh)];
    memmove(at + 1, at, (size_t)(&net->addresses[net->naddresses++] - at) * sizeof(*at));
    *at = fresh;
    rtnetlink_address_added(net, at);
    return 0;
}

/* ---- ioctl ------------------------------------------------------------------------------------------------------- */

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
        r->number = LO_QUEUE;
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
    lo_set_up(net, r->flags & IFF_UP_);
    return 0;
}

/* A struct ifreq for each address; without a place for them, how many bytes they would be. */
static long list(struct client *self, struct call *call, const struct net_space *net, uint64_t arg)
{
    static struct request requests[LO_ADDRESSES];
    struct {
        int32_t len, pad;
        uint64_t at;
    } conf;
    unsigned n = net->naddresses;
    long err = copy_in(self, call, &conf, arg, sizeof(conf));

    if (err)
        return err;
    if (conf.len < 0)
        return -EINVAL;
    if (conf.at && n > (size_t)conf.len / sizeof(requests[0]))
        n = (unsigned)((size_t)conf.len / sizeof(requests[0]));
    for (unsigned i = 0; i < n; i++)
        requests[i] = (struct request){ .name = LO_NAME, .family = AF_INET_, .address = net->addresses[i].local };
    conf.len = (int32_t)(n * sizeof(requests[0]));
    err = conf.at ? copy_out(self, call, conf.at, requests, n * sizeof(requests[0])) : 0;
    return err ? err : copy_out(self, call, arg, &conf, sizeof(conf));
}

long interface_ioctl(struct client *self, struct call *call, struct net_space *net, unsigned cmd, uint64_t arg)
{
    static struct request r; /* it outlives the call: answer_out */
    bool known;
    long err;

    if (cmd == SIOCGIFCONF)
        return list(self, call, net, arg);
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
