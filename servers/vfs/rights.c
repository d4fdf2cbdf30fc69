/*
 * Descriptors in flight (SCM_RIGHTS). A message holds counted open files. A socket whose file only messages hold can
 * never be received from if those messages lie in the inputs of such sockets alone: then nobody can reach any of them.
 * rights_collect finds these by counting, for each socket that only messages hold, the references that come from
 * elsewhere than the inputs of its like.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/socket.h"
#include <stdlib.h>

static LIST_HEAD(, socket) flying_sockets = LIST_HEAD_INITIALIZER(flying_sockets);
static unsigned flying_files; /* of all kinds */
static struct rights *dying;  /* to be dropped, one after the other: a file's end may drop further ones */
static bool dropping;

static struct socket *socket_of(const struct file *file)
{
    return file->ops == &socket_ops ? file->data : NULL;
}

static void takes_off(struct file *file)
{
    struct socket *sock = socket_of(file);

    flying_files++;
    if (sock && !sock->flying++)
        LIST_INSERT_HEAD(&flying_sockets, sock, of_flying);
}

static void lands(struct file *file)
{
    struct socket *sock = socket_of(file);

    flying_files--;
    if (sock && !--sock->flying)
        LIST_REMOVE(sock, of_flying);
}

long rights_new(struct client *self, const int *fds, unsigned count, struct rights **rights)
{
    struct rights *r;

    if (count > RIGHTS_MOST)
        return -EINVAL;
    for (unsigned i = 0; i < count; i++)
        if (!file_get(self, (unsigned)fds[i]))
            return -EBADF;
    if (flying_files + count > self->nofile && !(self->cred.rights & VFS_MAY_ALL))
        return -ETOOMANYREFS;
    r = malloc(sizeof(*r) + count * sizeof(r->files[0]));
    if (!r)
        return -ENOMEM;
    r->count = count;
    for (unsigned i = 0; i < count; i++) {
        r->files[i] = file_ref(file_get(self, (unsigned)fds[i]));
        takes_off(r->files[i]);
    }
    *rights = r;
    return 0;
}

/* A chain of sockets in the inputs of sockets is as long as programs like; vfs's stack is not. */
static void drop_all(void)
{
    struct rights *r;

    if (dropping)
        return;
    dropping = true;
    while ((r = dying)) {
        dying = r->next;
        for (unsigned i = 0; i < r->count; i++) {
            lands(r->files[i]);
            file_put(r->files[i]);
        }
        free(r);
    }
    dropping = false;
}

void rights_put(struct rights *rights)
{
    if (!rights)
        return;
    rights->next = dying;
    dying = rights;
    drop_all();
}

/* ---- cycles ------------------------------------------------------------------------------------------------------ */

/* Calls `see` for each candidate that the messages in a socket's input hold; a listener's connections have inputs, too. */
static void for_each_held(struct socket *sock, void (*see)(struct socket *held))
{
    struct socket *connection;
    struct packet *packet;

    TAILQ_FOREACH(packet, &sock->packets, entry) {
        for (unsigned i = 0; packet->rights && i < packet->rights->count; i++) {
            struct socket *held = socket_of(packet->rights->files[i]);

            if (held && held->candidate)
                see(held);
        }
    }
    TAILQ_FOREACH(connection, &sock->pending, of_listener)
        for_each_held(connection, see);
}

static void held_inside(struct socket *held)
{
    held->outside--;
}

/* Held by one that can be reached. */
static bool found_more;

static void held_by_live(struct socket *held)
{
    held->candidate = false;
    found_more = true;
    held->outside = 1;
}

/* Candidates with a reference from outside, and what they hold, can be reached. Each pass settles one generation. */
static void spare_reachable(void)
{
    struct socket *sock;

    do {
        found_more = false;
        LIST_FOREACH(sock, &flying_sockets, of_flying) {
            if (sock->outside == 0 || sock->outside == ~0U)
                continue;
            sock->candidate = false;
            sock->outside = ~0U; /* done */
            for_each_held(sock, held_by_live);
        }
    } while (found_more);
}

/* The descriptors in its messages go; the bytes stay, and nobody will read them. */
static void strip(struct socket *sock)
{
    struct socket *connection;
    struct packet *packet;

    TAILQ_FOREACH(packet, &sock->packets, entry) {
        if (packet->rights) {
            packet->rights->next = dying;
            dying = packet->rights;
            packet->rights = NULL;
        }
    }
    TAILQ_FOREACH(connection, &sock->pending, of_listener)
        strip(connection);
}

void rights_collect(void)
{
    struct socket *sock;

    if (dropping || LIST_EMPTY(&flying_sockets))
        return;
    LIST_FOREACH(sock, &flying_sockets, of_flying) {
        sock->candidate = sock->file->refs == sock->flying;
        sock->outside = sock->candidate ? sock->flying : 0;
    }
    LIST_FOREACH(sock, &flying_sockets, of_flying)
        if (sock->candidate)
            for_each_held(sock, held_inside);
    spare_reachable();
    LIST_FOREACH(sock, &flying_sockets, of_flying)
        if (sock->candidate)
            strip(sock);
    drop_all();
}
