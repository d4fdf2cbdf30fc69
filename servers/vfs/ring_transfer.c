/* Between a client's buffers and a ring, page by page. */
#include "servers/vfs/ring_transfer.h"
#include "servers/vfs/abi.h"

long ring_fill(struct ring *ring, struct transfer *t, size_t n)
{
    for (uint32_t at = ring->tail; n;) {
        size_t len;
        char *to = ring_at(ring, at, &len);
        long err;

        if (!to)
            return -ENOMEM;
        len = n < len ? n : len;
        err = transfer_in(t, to, len);
        if (err)
            return err;
        n -= len;
        at += (uint32_t)len;
    }
    return 0;
}

long ring_drain(struct ring *ring, uint32_t skip, struct transfer *t, size_t n)
{
    for (uint32_t at = ring->head + skip; n;) {
        size_t len;
        char *from = ring_at(ring, at, &len);
        long err;

        len = n < len ? n : len;
        err = transfer_out(t, from, len);
        if (err)
            return err;
        n -= len;
        at += (uint32_t)len;
    }
    return 0;
}
