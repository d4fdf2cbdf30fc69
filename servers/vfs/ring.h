/*
 * Bytes in order of arrival: the buffer of a pipe. Its pages come when they are written to and go when they are
 * drained; one is kept, so that a short exchange allocates nothing. Pure but for malloc and buffer.h.
 */
#ifndef VFS_RING_H
#define VFS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_PAGE 4096U
#define RING_SLOTS 16U       /* at first: what Linux gives a pipe */
#define RING_SLOTS_MOST 256U /* 1 MiB, fs.pipe-max-size of Linux */

/* Positions only grow and wrap at 2^32, a multiple of every size. A position lies in slot (position / page) % slots. */
struct ring {
    uint32_t head, tail; /* the bytes held are those from head to tail */
    uint32_t slots;      /* a power of two */
    char **slot;         /* pages; NULL where none is needed */
    char *first[RING_SLOTS];
};

void ring_init(struct ring *ring);

/* Gives all pages back; to be initialised again. */
void ring_free(struct ring *ring);

static inline uint32_t ring_used(const struct ring *ring)
{
    return ring->tail - ring->head;
}

static inline uint32_t ring_room(const struct ring *ring)
{
    return ring->slots * RING_PAGE - ring_used(ring);
}

static inline char **ring_slot(struct ring *ring, uint32_t position)
{
    return &ring->slot[position / RING_PAGE & (ring->slots - 1)];
}

/* A page at *slot that has none yet. false: no memory. */
bool ring_page(char **slot);

/* Where the byte of a position is to be written or read; *len becomes the bytes that lie there together. The page comes
 * if need be; NULL: no memory. */
static inline char *ring_at(struct ring *ring, uint32_t position, size_t *len)
{
    char **slot = ring_slot(ring, position);
    uint32_t offset = position % RING_PAGE;

    *len = RING_PAGE - offset;
    return *slot || ring_page(slot) ? *slot + offset : NULL;
}

/* The next n bytes after the tail have been written. */
static inline void ring_put(struct ring *ring, uint32_t n)
{
    ring->tail += n;
}

/* The first n bytes have been read. */
void ring_take(struct ring *ring, uint32_t n);

/* Another number of slots (a power of two up to RING_SLOTS_MOST); the bytes held must fit. false: no memory. */
bool ring_resize(struct ring *ring, uint32_t slots);

#endif
