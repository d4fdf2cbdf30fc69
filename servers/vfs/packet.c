/* The input of a socket: a ring of bytes and the packets that they make up. */
#include "servers/vfs/abi.h"
#include "servers/vfs/socket.h"
#include <stdlib.h>

static struct packet *idle; /* linked through entry */

static struct packet *packet_take(void)
{
    struct packet *packet = idle;

    if (!packet)
        return malloc(sizeof(*packet));
    idle = TAILQ_NEXT(packet, entry);
    return packet;
}

static void packet_give(struct packet *packet)
{
    TAILQ_NEXT(packet, entry) = idle;
    idle = packet;
}

size_t packet_room(const struct socket *to, const struct socket *from)
{
    size_t used = ring_used(&to->ring), room = SOCKET_SLOTS * RING_PAGE - used;

    if (to->npackets >= PACKETS_MOST || used >= from->sndbuf)
        return 0;
    return room < from->sndbuf - used ? room : from->sndbuf - used;
}

/* The packet that bytes without company join: the last one, if it has none either. */
static struct packet *packet_to_join(struct socket *to, const struct ucred_ *cred, const struct rights *rights)
{
    struct packet *last = TAILQ_LAST(&to->packets, packets);

    return is_stream(to) && last && !rights && !last->rights && !memcmp(&last->cred, cred, sizeof(*cred)) ? last
                                                                                                          : NULL;
}

long packet_add(struct socket *to, struct transfer *t, size_t n, const struct ucred_ *cred, struct rights *rights,
                struct address *from)
{
    struct packet *join = packet_to_join(to, cred, rights), *packet = join ? join : packet_take();
    long err;

    if (!packet)
        return -ENOMEM;
    err = to->ring.slots < SOCKET_SLOTS && !ring_resize(&to->ring, SOCKET_SLOTS) ? -ENOMEM : ring_fill(&to->ring, t, n);
    if (err) {
        if (!join)
            packet_give(packet);
        return err;
    }

    ring_put(&to->ring, (uint32_t)n);
    if (join) {
        join->len += (uint32_t)n;
        return 0;
    }
    packet->len = (uint32_t)n;
    packet->cred = *cred;
    packet->rights = rights;
    packet->from = from;
    TAILQ_INSERT_TAIL(&to->packets, packet, entry);
    to->npackets++;
    return 0;
}

static void packet_end(struct socket *sock, struct packet *packet)
{
    TAILQ_REMOVE(&sock->packets, packet, entry);
    sock->npackets--;
    rights_put(packet->rights);
    address_put(packet->from);
    packet_give(packet);
}

void packet_consume(struct socket *sock, size_t n, bool whole)
{
    struct packet *packet;

    while ((packet = TAILQ_FIRST(&sock->packets))) {
        size_t part = whole || packet->len < n ? packet->len : n;

        if (part)
            ring_take(&sock->ring, (uint32_t)part);
        packet->len -= (uint32_t)part;
        n -= whole ? n : part;
        if (!packet->len)
            packet_end(sock, packet);
        if (!n)
            return;
    }
}

void packets_drop(struct socket *sock)
{
    struct packet *packet;

    while ((packet = TAILQ_FIRST(&sock->packets)))
        packet_end(sock, packet);
    ring_free(&sock->ring);
    ring_init(&sock->ring);
}
