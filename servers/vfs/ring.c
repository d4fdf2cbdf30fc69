/* The buffer of a pipe: pages that come and go under a window of positions. */
#include "servers/vfs/ring.h"
#include "servers/vfs/buffer.h"
#include <stdlib.h>
#include <string.h>

bool ring_page(char **slot)
{
    *slot = buffer_take();
    return *slot != NULL;
}

static void page_give(char **slot)
{
    if (*slot)
        buffer_give(*slot);
    *slot = NULL;
}

void ring_init(struct ring *ring)
{
    ring->head = ring->tail = 0;
    ring->slots = RING_SLOTS;
    ring->slot = ring->first;
    for (unsigned i = 0; i < RING_SLOTS; i++)
        ring->first[i] = NULL;
}

void ring_free(struct ring *ring)
{
    for (unsigned i = 0; i < ring->slots; i++)
        page_give(&ring->slot[i]);
    if (ring->slot != ring->first)
        free(ring->slot);
}

/* The page that begins at `start` also holds bytes before `end`: a full ring that begins inside a page ends in the
 * same. */
static bool page_shared(const struct ring *ring, uint32_t start, uint32_t end)
{
    return (int32_t)(end - (start + ring->slots * RING_PAGE)) > 0;
}

void ring_take(struct ring *ring, uint32_t n)
{
    uint32_t start = ring->head & -RING_PAGE, end = ring->tail;

    ring->head += n;
    if (ring->head == end) {
        /* Empty: the last page is used again from its beginning. */
        ring->head = ring->tail = (end - 1) & -RING_PAGE;
    }
    for (; start != (ring->head & -RING_PAGE); start += RING_PAGE)
        if (!page_shared(ring, start, end))
            page_give(ring_slot(ring, start));
}

/* Everything in `from` to the end of `to`, page by page. false: no memory. */
static bool copy_all(struct ring *to, struct ring *from)
{
    for (uint32_t at = from->head; at != from->tail;) {
        size_t have, room, n = from->tail - at;
        char *source = ring_at(from, at, &have), *target = ring_at(to, to->tail, &room);

        if (!target)
            return false;
        n = n < have ? n : have;
        n = n < room ? n : room;
        memcpy(target, source, n);
        at += (uint32_t)n;
        ring_put(to, (uint32_t)n);
    }
    return true;
}

bool ring_resize(struct ring *ring, uint32_t slots)
{
    struct ring other;

    if (slots == ring->slots)
        return true;
    ring_init(&other);
    other.slots = slots;
    if (slots > RING_SLOTS && !(other.slot = calloc(slots, sizeof(*other.slot))))
        return false;
    if (!copy_all(&other, ring)) {
        ring_free(&other);
        return false;
    }
    ring_free(ring);
    *ring = other;
    if (slots <= RING_SLOTS)
        ring->slot = ring->first;
    return true;
}
