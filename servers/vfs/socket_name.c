/* Names of unix sockets: paths, which are nodes, and abstract names, a tree of them in each network namespace. */
#include "servers/vfs/abi.h"
#include "servers/vfs/netlink.h"
#include "servers/vfs/path.h"
#include "servers/vfs/socket.h"
#include "servers/vfs/syscalls.h"
#include <linux/un.h>
#include <stdlib.h>

#define FAMILY_SIZE offsetof(struct sockaddr_un, sun_path)
#define AF_UNIX_ 1

/* ---- addresses --------------------------------------------------------------------------------------------------- */

struct address *address_new(const char *path, size_t len)
{
    struct address *address = malloc(sizeof(*address) + len);

    if (!address)
        return NULL;
    address->refs = 1;
    address->len = (uint32_t)len;
    memcpy(address->path, path, len);
    return address;
}

struct address *address_ref(struct address *address)
{
    if (address)
        address->refs++;
    return address;
}

void address_put(struct address *address)
{
    if (address && --address->refs == 0)
        free(address);
}

long address_fetch(struct client *self, struct call *call, uint64_t addr, uint64_t len, char path[109])
{
    struct sockaddr_un un;
    long err;

    if (len < FAMILY_SIZE || len > sizeof(un))
        return -EINVAL;
    err = copy_in(self, call, &un, addr, len);
    if (err)
        return err;
    if (un.sun_family != AF_UNIX_)
        return -EINVAL;
    len -= FAMILY_SIZE;
    memcpy(path, un.sun_path, len);
    path[len] = 0;
    return path[0] ? (long)strlen(path) : (long)len;
}

size_t address_format(const struct address *address, char to[112])
{
    uint16_t family = AF_UNIX_;
    size_t len = address ? address->len : 0;

    memcpy(to, &family, sizeof(family));
    if (!len)
        return FAMILY_SIZE;
    memcpy(to + FAMILY_SIZE, address->path, len);
    if (!address->path[0])
        return FAMILY_SIZE + len;
    to[FAMILY_SIZE + len] = 0;
    return FAMILY_SIZE + len + 1;
}

long sockaddr_store(struct client *self, struct call *call, const void *bytes, size_t len, uint64_t addr,
                    uint64_t len_addr)
{
    int room, full = (int)len;
    long err;

    if (!addr)
        return 0;
    err = copy_in(self, call, &room, len_addr, sizeof(room));
    if (err)
        return err;
    if (room < 0)
        return -EINVAL;
    err = copy_out(self, call, addr, bytes, len < (size_t)room ? len : (size_t)room);
    return err ? err : copy_out(self, call, len_addr, &full, sizeof(full));
}

long address_store(struct client *self, struct call *call, const struct address *address, uint64_t addr,
                   uint64_t len_addr)
{
    char text[112];
    size_t len = address_format(address, text);

    return sockaddr_store(self, call, text, len, addr, len_addr);
}

/* ---- abstract names ---------------------------------------------------------------------------------------------- */

static int name_order(const struct socket *a, const struct socket *b)
{
    uint32_t len = a->name->len < b->name->len ? a->name->len : b->name->len;
    int order = memcmp(a->name->path, b->name->path, len);

    return order ? order : (a->name->len > b->name->len) - (a->name->len < b->name->len);
}

RB_GENERATE_INTERNAL(names, socket, by_name, name_order, static __attribute__((unused)))

static struct socket *abstract_find(struct net_space *net, struct address *name)
{
    struct socket like = { .name = name };

    return RB_FIND(names, &net->names, &like);
}

static long bind_abstract(struct socket *sock, struct address *name)
{
    if (abstract_find(sock->net, name))
        return -EADDRINUSE;
    sock->name = name;
    sock->is_abstract = true;
    RB_INSERT(names, &sock->net->names, sock);
    return 0;
}

/* A name of the system's choosing: a zero and five hexadecimal digits. */
static long bind_auto(struct socket *sock)
{
    uint32_t *last = &sock->net->last_name;
    struct address *name = address_new("\0" "00000", 6);

    if (!name)
        return -ENOMEM;
    for (uint32_t tries = 0; tries < 1U << 20; tries++) {
        *last = (*last + 1) & 0xfffff;
        for (unsigned i = 0; i < 5; i++)
            name->path[1 + i] = "0123456789abcdef"[*last >> (16 - 4 * i) & 15];
        if (!bind_abstract(sock, name))
            return 0;
    }
    address_put(name);
    return -ENOSPC;
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static long bind_walked(struct client *self, struct walk *w, struct socket *sock)
{
    const struct node_ops *ops = w->dir.entry->node->ops;
    struct entry *made;
    long err;

    if (w->at.entry || w->last != LAST_NAME)
        return -EADDRINUSE;
    if (w->slash || w->dir.entry->deleted)
        return -ENOENT;
    if ((err = permit_change(self, &w->dir)))
        return err;
    if (!ops->make)
        return -EPERM;
    err = ops->make(self, w->dir.entry, w->name, w->len, S_IFSOCK | (0777 & ~self->fs->umask), 0, NULL, &made);
    if (err)
        return err;
    sock->bound = node_ref(made->node);
    made->node->socket = sock;
    entry_put(made);
    return 0;
}

static long bind_path(struct client *self, struct socket *sock, struct address *name, const char *path)
{
    struct walk w;
    long err = walk(self, AT_FDCWD, path, WALK_LAST, &w);

    if (err)
        return err;
    err = bind_walked(self, &w, sock);
    walk_end(&w);
    if (!err)
        sock->name = name;
    return err;
}

void socket_unbind(struct socket *sock)
{
    if (sock->bound) {
        sock->bound->socket = NULL;
        node_put(sock->bound);
        sock->bound = NULL;
    }
    if (sock->is_abstract)
        RB_REMOVE(names, &sock->net->names, sock);
    sock->is_abstract = false;
}

/* bind(2): socket, address, its length. */
long sys_bind(struct client *self, struct call *call)
{
    struct address *name;
    struct socket *sock;
    struct file *file;
    char path[109];
    long err = socket_get(self, call->m.w[0], &file, &sock), len;

    if (err)
        return err;
    if (sock->netlink)
        return netlink_bind(self, call, sock);
    len = address_fetch(self, call, call->m.w[1], (uint32_t)call->m.w[2], path);
    if (len < 0)
        return len;
    if (sock->name)
        return -EINVAL;
    if (!len)
        return bind_auto(sock);
    name = address_new(path, (size_t)len);
    if (!name)
        return -ENOMEM;
    err = path[0] ? bind_path(self, sock, name, path) : bind_abstract(sock, name);
    if (err)
        address_put(name);
    return err;
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static long find_path(struct client *self, const char *path, struct socket **found)
{
    struct node *node;
    struct walk w;
    long err = walk(self, AT_FDCWD, path, WALK_FOLLOW, &w);

    if (err)
        return err;
    node = w.at.entry->node;
    err = permit(self, node, MAY_WRITE);
    if (!err && (!S_ISSOCK(node->mode) || !node->socket))
        err = -ECONNREFUSED;
    if (!err)
        *found = node->socket;
    walk_end(&w);
    return err;
}

long address_find(struct client *self, struct net_space *net, const char *path, size_t len, int type,
                  struct socket **found)
{
    struct address *name;
    long err = 0;

    if (!len)
        return -ECONNREFUSED;
    if (path[0]) {
        err = find_path(self, path, found);
    } else {
        name = address_new(path, len);
        *found = name ? abstract_find(net, name) : NULL;
        err = !name ? -ENOMEM : *found ? 0 : -ECONNREFUSED;
        address_put(name);
    }
    return err ? err : (*found)->type == type ? 0 : -EPROTOTYPE;
}

/* getsockname(2): socket, address, its length. */
long sys_getsockname(struct client *self, struct call *call)
{
    struct socket *sock;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    if (sock->netlink)
        return netlink_store_name(self, call, sock->netlink->port, sock->netlink->groups, call->m.w[1], call->m.w[2]);
    return address_store(self, call, sock->name, call->m.w[1], call->m.w[2]);
}

/* getpeername(2): socket, address, its length. */
long sys_getpeername(struct client *self, struct call *call)
{
    struct socket *sock;
    struct file *file;
    long err = socket_get(self, call->m.w[0], &file, &sock);

    if (err)
        return err;
    if (sock->netlink)
        return netlink_store_name(self, call, 0, 0, call->m.w[1], call->m.w[2]);
    if (sock->state != SOCKET_CONNECTED)
        return -ENOTCONN;
    return address_store(self, call, sock->peer_name, call->m.w[1], call->m.w[2]);
}
