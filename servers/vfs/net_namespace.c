/* Network namespaces: made and dropped by proc, held by sockets. */
#include "servers/vfs/net_namespace.h"
#include "servers/vfs/abi.h"
#include <stdlib.h>

static struct net_space first = { .number = VFS_NET_FIRST, .refs = 1 };
static LIST_HEAD(, net_space) spaces = LIST_HEAD_INITIALIZER(spaces);

void net_start(void)
{
    LIST_INSERT_HEAD(&spaces, &first, all);
    client_boot.namespaces[NS_NET] = VFS_NET_FIRST;
}

static struct net_space *space_find(uint32_t number)
{
    struct net_space *net;

    LIST_FOREACH(net, &spaces, all)
        if (net->number == number)
            return net;
    return NULL;
}

struct net_space *net_space_of(const struct client *client)
{
    return space_find(client->namespaces[NS_NET]);
}

long net_space_new(uint32_t number)
{
    struct net_space *net = space_find(number) ? NULL : calloc(1, sizeof(*net));

    if (!net)
        return space_find(number) ? -EEXIST : -ENOMEM;
    net->number = number;
    net->refs = 1;
    RB_INIT(&net->names);
    LIST_INIT(&net->netlinks);
    LIST_INSERT_HEAD(&spaces, net, all);
    return 0;
}

void net_space_drop(uint32_t number)
{
    struct net_space *net = space_find(number);

    if (!net || net == &first)
        return;
    LIST_REMOVE(net, all);
    net_space_put(net);
}

struct net_space *net_space_get(struct net_space *net)
{
    net->refs++;
    return net;
}

void net_space_put(struct net_space *net)
{
    if (--net->refs == 0)
        free(net);
}

bool net_may_change(const struct client *self, const struct net_space *net)
{
    return self->cred.rights & VFS_MAY_NET && self->namespaces[NS_NET] == net->number;
}
