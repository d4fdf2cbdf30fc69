/*
 * A ring of bytes between the UART and vfs. head and tail only grow and wrap as unsigned numbers do; their difference
 * is what the ring holds. Contiguous pieces are handed out, so that bytes are copied between it and a caller in one go.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <stddef.h>

#define RING_BYTES 8192U /* a power of two */

struct ring {
    unsigned head; /* where the next byte is taken */
    unsigned tail; /* where the next byte is put */
    unsigned char byte[RING_BYTES];
};

static inline unsigned ring_used(const struct ring *r)
{
    return r->tail - r->head;
}

static inline unsigned ring_room(const struct ring *r)
{
    return RING_BYTES - ring_used(r);
}

static inline unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Bytes that lie one after the other from the head on: *at is the first. To be taken by adding to head. */
static inline unsigned ring_front(struct ring *r, unsigned char **at)
{
    unsigned start = r->head % RING_BYTES;

    *at = &r->byte[start];
    return smaller(ring_used(r), RING_BYTES - start);
}

/* Room that lies one after the other from the tail on: *at is its start. To be given by adding to tail. */
static inline unsigned ring_back(struct ring *r, unsigned char **at)
{
    unsigned start = r->tail % RING_BYTES;

    *at = &r->byte[start];
    return smaller(ring_room(r), RING_BYTES - start);
}

#endif
