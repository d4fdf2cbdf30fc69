/* File pages and the windows to them. Order of reading: pages_find, pages_make, pages_drop; windows below. */
#include "servers/vfs/cache.h"
#include "libc/server.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/root.h"
#include "servers/vfs/layout.h"
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (CHUNK_PAGES * TINE_PAGE_SIZE)
#define RW          (TINE_PROT_READ | TINE_PROT_WRITE)

static int chunk_compare(const struct chunk *a, const struct chunk *b)
{
    return a->index < b->index ? -1 : a->index > b->index;
}

RB_PROTOTYPE_STATIC(chunks, chunk, entry, chunk_compare)
RB_GENERATE_STATIC(chunks, chunk, entry, chunk_compare)

/* ---- windows: chunks keep theirs for life, so a free chunk is a free window -------------------------------------- */

static struct chunk *idle; /* linked through `window` */
static uint64_t windows_next = LAYOUT_WINDOWS;

static struct chunk *chunk_take(void)
{
    struct chunk *chunk = idle;

    if (chunk) {
        idle = (struct chunk *)chunk->entry.rbe_parent;
        return chunk;
    }
    if (windows_next == LAYOUT_WINDOWS_END || !(chunk = malloc(sizeof(*chunk))))
        return NULL;
    chunk->window = (char *)windows_next;
    windows_next += CHUNK_BYTES;
    return chunk;
}

static void chunk_give(struct chunk *chunk)
{
    chunk->entry.rbe_parent = idle;
    idle = chunk;
}

/* ---- lookup ------------------------------------------------------------------------------------------------------ */

static struct chunk *chunk_find(struct pages *pages, uint64_t index)
{
    struct chunk key = { .index = index }, *chunk = pages->last;

    if (chunk && chunk->index == index)
        return chunk;
    chunk = RB_FIND(chunks, &pages->chunks, &key);
    if (chunk)
        pages->last = chunk;
    return chunk;
}

/* Bits from `bit` on that equal its own, in a word of CHUNK_PAGES bits. */
static unsigned run_of(uint32_t present, unsigned bit)
{
    uint32_t rest = present >> bit;

    if (rest & 1)
        rest = ~rest;
    rest |= 1U << (CHUNK_PAGES - bit);
    return (unsigned)__builtin_ctz(rest);
}

char *pages_find(struct pages *pages, uint64_t n, unsigned *run)
{
    struct chunk *chunk = chunk_find(pages, n / CHUNK_PAGES);
    unsigned bit = n % CHUNK_PAGES;

    if (!chunk) {
        *run = CHUNK_PAGES - bit;
        return NULL;
    }
    *run = run_of(chunk->present, bit);
    return chunk->present >> bit & 1 ? chunk->window + bit * TINE_PAGE_SIZE : NULL;
}

uint64_t pages_seek(struct pages *pages, uint64_t n, bool data)
{
    struct chunk *chunk, key = { .index = n / CHUNK_PAGES };
    unsigned run;

    for (;;) {
        if (!!pages_find(pages, n, &run) == data)
            return n;
        n += run;
        if (!data || chunk_find(pages, n / CHUNK_PAGES))
            continue;
        key.index = n / CHUNK_PAGES;
        chunk = RB_NFIND(chunks, &pages->chunks, &key);
        if (!chunk)
            return ~0UL;
        n = chunk->index * CHUNK_PAGES;
    }
}

/* ---- making and dropping ----------------------------------------------------------------------------------------- */

struct pages *pages_new(void)
{
    struct pages *pages = calloc(1, sizeof(*pages));

    if (!pages)
        return NULL;
    pages->space = cap_take();
    if (pages->space && !tine_space_create(ROOT_VFS_USERS, pages->space)) {
        RB_INIT(&pages->chunks);
        return pages;
    }
    cap_give(pages->space);
    free(pages);
    return NULL;
}

/* The space goes with all its pages at once: only the windows are unmapped one by one. */
void pages_free(struct pages *pages)
{
    struct chunk *chunk, *next;

    for (chunk = RB_MIN(chunks, &pages->chunks); chunk; chunk = next) {
        next = RB_NEXT(chunks, &pages->chunks, chunk);
        tine_space_unmap(TINE_SLOT_SPACE, (uint64_t)chunk->window, CHUNK_PAGES);
        RB_REMOVE(chunks, &pages->chunks, chunk);
        chunk_give(chunk);
    }
    cap_drop(pages->reader);
    cap_drop(pages->writer);
    cap_destroy(pages->space);
    free(pages);
}

static struct chunk *chunk_make(struct pages *pages, uint64_t index)
{
    struct chunk *chunk = chunk_find(pages, index);

    if (chunk)
        return chunk;
    chunk = chunk_take();
    if (!chunk)
        return NULL;
    chunk->index = index;
    chunk->present = 0;
    RB_INSERT(chunks, &pages->chunks, chunk);
    pages->last = chunk;
    return chunk;
}

static void chunk_remove(struct pages *pages, struct chunk *chunk)
{
    RB_REMOVE(chunks, &pages->chunks, chunk);
    if (pages->last == chunk)
        pages->last = NULL;
    chunk_give(chunk);
}

/* A run of absent pages inside one chunk becomes present. */
static long run_make(struct pages *pages, struct chunk *chunk, unsigned bit, unsigned run)
{
    uint64_t addr = (chunk->index * CHUNK_PAGES + bit) * TINE_PAGE_SIZE;
    uint64_t window = (uint64_t)chunk->window + bit * TINE_PAGE_SIZE;

    if (tine_space_zero(pages->space, addr, run, RW))
        return -ENOSPC;
    if (tine_space_share(TINE_SLOT_SPACE, window, run, RW, pages->space, addr)) {
        tine_space_unmap(TINE_SLOT_SPACE, window, run);
        tine_space_unmap(pages->space, addr, run);
        return -ENOMEM;
    }
    chunk->present |= ((1U << run) - 1) << bit;
    pages->count += run;
    return 0;
}

long pages_make(struct pages *pages, uint64_t n, uint64_t npages, uint64_t *made)
{
    for (uint64_t end = n + npages; n < end;) {
        struct chunk *chunk = chunk_make(pages, n / CHUNK_PAGES);
        unsigned bit = n % CHUNK_PAGES, run;

        if (!chunk)
            return -ENOMEM;
        run = run_of(chunk->present, bit);
        if (run > end - n)
            run = (unsigned)(end - n);
        if (!(chunk->present >> bit & 1)) {
            long err = run_make(pages, chunk, bit, run);

            if (err) {
                if (!chunk->present)
                    chunk_remove(pages, chunk);
                return err;
            }
            *made += run;
        }
        n += run;
    }
    return 0;
}

/* Pages from bit to `end` of the chunk go. */
static unsigned chunk_drop(struct pages *pages, struct chunk *chunk, unsigned bit, unsigned end)
{
    uint32_t mask = (uint32_t)(((1UL << end) - 1) & ~((1UL << bit) - 1));
    unsigned dropped = (unsigned)__builtin_popcount(chunk->present & mask);

    if (dropped) {
        tine_space_unmap(TINE_SLOT_SPACE, (uint64_t)chunk->window + bit * TINE_PAGE_SIZE, end - bit);
        tine_space_unmap(pages->space, (chunk->index * CHUNK_PAGES + bit) * TINE_PAGE_SIZE, end - bit);
    }
    chunk->present &= ~mask;
    if (!chunk->present)
        chunk_remove(pages, chunk);
    return dropped;
}

uint64_t pages_drop(struct pages *pages, uint64_t n, uint64_t end)
{
    struct chunk key = { .index = n / CHUNK_PAGES }, *chunk, *next;
    uint64_t dropped = 0;

    for (chunk = RB_NFIND(chunks, &pages->chunks, &key); chunk; chunk = next) {
        uint64_t first = chunk->index * CHUNK_PAGES;

        if (first >= end)
            break;
        next = RB_NEXT(chunks, &pages->chunks, chunk);
        dropped += chunk_drop(pages, chunk, first < n ? (unsigned)(n - first) : 0,
                              end - first < CHUNK_PAGES ? (unsigned)(end - first) : CHUNK_PAGES);
    }
    pages->count -= dropped;
    return dropped;
}

cap_t pages_cap(struct pages *pages, bool writable)
{
    cap_t *cap = writable ? &pages->writer : &pages->reader;

    if (*cap)
        return *cap;
    *cap = cap_take();
    if (*cap && tine_cap_copy(0, *cap, pages->space, writable ? TINE_READ | TINE_WRITE : TINE_READ, 0)) {
        cap_give(*cap);
        *cap = 0;
    }
    return *cap;
}
