/*
 * Contents of regular files. A transfer copies straight between the page and the client; the size grows and the offset
 * moves only after everything was copied, so a run that ends in a fault has had no effect that a reader could tell.
 */
#include "servers/vfs/regular.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/cache.h"
#include "servers/vfs/memfd.h"
#include "servers/vfs/mount.h"
#include <stdlib.h>

static const char zeros[TINE_PAGE_SIZE];

/* ---- contents ---------------------------------------------------------------------------------------------------- */

struct pages *regular_pages(struct node *node)
{
    if (!node->pages)
        node->pages = pages_new();
    return node->pages;
}

void regular_free(struct node *node)
{
    if (!node->pages)
        return;
    node->fs->used_pages -= node->pages->count;
    pages_free(node->pages);
    node->pages = NULL;
}

/* How far pages from `first` can be made without exceeding the size given to the mount. */
static uint64_t end_within(struct node *node, uint64_t first, uint64_t end)
{
    uint64_t room = node->fs->limit_pages - node->fs->used_pages, n = first;
    unsigned run;

    if (node->fs->used_pages > node->fs->limit_pages)
        room = 0;
    while (n < end) {
        if (pages_find(node->pages, n, &run)) {
            n += run;
        } else if (!room) {
            return n;
        } else {
            n++;
            room--;
        }
    }
    return end;
}

long regular_fill(struct node *node, uint64_t offset, uint64_t len)
{
    uint64_t first = offset / TINE_PAGE_SIZE, end = (offset + len + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE, made = 0;
    struct filesystem *fs = node->fs;
    long err;

    if (!regular_pages(node))
        return -ENOSPC;
    if (fs->limit_pages)
        end = end_within(node, first, end);
    err = pages_make(node->pages, first, end - first, &made);
    fs->used_pages += made;
    return !err && end * TINE_PAGE_SIZE < offset + len ? -ENOSPC : err;
}

/* Zeroes bytes that lie inside one page, if it is there. */
static void page_clear(struct node *node, uint64_t offset, uint64_t end)
{
    unsigned run;
    char *page = node->pages ? pages_find(node->pages, offset / TINE_PAGE_SIZE, &run) : NULL;

    if (page && end > offset)
        memset(page + offset % TINE_PAGE_SIZE, 0, end - offset);
}

static void pages_gone(struct node *node, uint64_t first, uint64_t end)
{
    if (node->pages)
        node->fs->used_pages -= pages_drop(node->pages, first, end);
}

void regular_punch(struct node *node, uint64_t offset, uint64_t len)
{
    uint64_t end = offset + len, first = (offset + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE, last = end / TINE_PAGE_SIZE;

    if (first > last) {
        page_clear(node, offset, end);
        return;
    }
    page_clear(node, offset, first * TINE_PAGE_SIZE);
    page_clear(node, last * TINE_PAGE_SIZE, end);
    pages_gone(node, first, last);
}

long regular_truncate(struct node *node, uint64_t size)
{
    if (size > FILE_BIGGEST)
        return -EFBIG;
    if (node->seals && seals_size(node, size))
        return -EPERM;
    if (size < node->size) {
        pages_gone(node, (size + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE, ~0UL);
        page_clear(node, size, (size + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE * TINE_PAGE_SIZE);
    }
    node->size = size;
    node_changed(node);
    node->mtime = node->ctime = now_ns();
    return 0;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Contiguous memory at `offset` (NULL for a hole), and how far it goes, at most len. */
static char *memory_at(struct node *node, uint64_t offset, size_t *len)
{
    unsigned run;
    size_t within = offset % TINE_PAGE_SIZE;
    char *page = NULL;

    if (node->pages)
        page = pages_find(node->pages, offset / TINE_PAGE_SIZE, &run);
    if (!page)
        run = 1;
    if (*len > run * (size_t)TINE_PAGE_SIZE - within)
        *len = run * (size_t)TINE_PAGE_SIZE - within;
    return page ? page + within : NULL;
}

long regular_read_node(struct node *node, struct transfer *t, uint64_t *offset)
{
    uint64_t at = *offset;
    size_t left = t->left;

    if (at >= node->size)
        return 0;
    if (left > node->size - at)
        left = node->size - at;
    for (uint64_t end = at + left; at < end;) {
        size_t piece = end - at;
        const char *memory = memory_at(node, at, &piece);
        long err;

        if (piece == left)
            return transfer_answer(t, memory ? memory : zeros, piece, offset);
        err = transfer_out(t, memory ? memory : zeros, piece);
        if (err)
            return err;
        at += piece;
    }
    *offset = at;
    return (long)left;
}

static long regular_read(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct node *node = file->node;
    long done = regular_read_node(node, t, offset);

    /* As Linux's relatime: enough to see whether it was read since it was written. */
    if ((done > 0 || done == ANSWER_COPY) && node->atime <= node->mtime && !(file->flags & O_NOATIME))
        node->atime = now_ns();
    return done;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Bytes from `offset` whose pages are present, at most len: what can be written though there is no room for all. */
static size_t bytes_present(struct node *node, uint64_t offset, size_t len)
{
    size_t bytes = 0;

    while (bytes < len) {
        size_t piece = len - bytes;

        if (!memory_at(node, offset + bytes, &piece))
            break;
        bytes += piece;
    }
    return bytes;
}

/* Makes pages for at most this much before any of it is copied: what the caller says it has may not be there. */
#define WRITE_PIECE (256UL * TINE_PAGE_SIZE)

/* Copies `left` bytes to pages made a piece at a time, as far as there is room: *done. */
static long write_pieces(struct node *node, struct transfer *t, uint64_t at, size_t left, size_t *done)
{
    for (*done = 0; *done < left;) {
        size_t room = left - *done < WRITE_PIECE ? left - *done : WRITE_PIECE, piece;
        long err = regular_fill(node, at, room);

        if (err && !(room = bytes_present(node, at, room)))
            return *done ? 0 : err;
        for (uint64_t end = at + room; at < end; at += piece, *done += piece) {
            char *memory;

            piece = end - at;
            memory = memory_at(node, at, &piece);
            err = transfer_in(t, memory, piece);
            if (err)
                return err;
        }
    }
    return 0;
}

long regular_write_node(struct node *node, struct transfer *t, uint64_t *offset)
{
    size_t done;
    long err = write_pieces(node, t, *offset, t->left, &done);

    if (err)
        return err;
    *offset += done;
    if (*offset > node->size)
        node->size = *offset;
    node_changed(node);
    return (long)done;
}

/* How much may be written from `offset`: the client's limit and the greatest file. 0: nothing, and SIGXFSZ or EFBIG. */
static uint64_t room_at(const struct client *self, uint64_t offset)
{
    uint64_t limit = self->fsize_limit < FILE_BIGGEST ? self->fsize_limit : FILE_BIGGEST;

    return offset < limit ? limit - offset : 0;
}

static long regular_write(struct file *file, struct transfer *t, uint64_t *offset)
{
    struct node *node = file->node;
    uint64_t at = file->flags & O_APPEND ? node->size : *offset, room;
    long done;

    if (!t->left)
        return 0;
    if (node->seals && seals_write(node, at + t->left))
        return -EPERM;
    room = room_at(t->client, at);
    if (!room)
        return at >= FILE_BIGGEST ? -EFBIG : client_signal(t->client, t->call, SIGXFSZ_, -EFBIG, PROC_TO_THREAD);
    if (t->left > room)
        t->left = room;
    done = regular_write_node(node, t, &at);
    if (done < 0)
        return done;
    *offset = at;
    node->mtime = node->ctime = now_ns();
    if (node->mode & (S_ISUID | S_ISGID) && !t->client->cred.override)
        node->mode &= ~(uint32_t)(S_ISUID | (node->mode & S_IXGRP ? S_ISGID : 0));
    return done;
}

/* ---- lseek ------------------------------------------------------------------------------------------------------- */

static long seek_data(struct node *node, int64_t offset, bool data)
{
    uint64_t found, page = (uint64_t)offset / TINE_PAGE_SIZE;

    if (offset < 0 || (uint64_t)offset >= node->size)
        return -ENXIO;
    if (!node->pages)
        return data ? -ENXIO : offset;
    found = pages_seek(node->pages, page, data);
    if (found != ~0UL)
        found = found == page ? (uint64_t)offset : found * TINE_PAGE_SIZE;
    if (found >= node->size)
        return data ? -ENXIO : (long)node->size;
    return (long)found;
}

static long regular_seek(struct file *file, int64_t offset, int whence)
{
    struct node *node = file->node;
    int64_t base = 0;

    if (whence == SEEK_DATA_ || whence == SEEK_HOLE_) {
        long found = seek_data(node, offset, whence == SEEK_DATA_);

        if (found >= 0)
            file->offset = (uint64_t)found;
        return found;
    }
    if (whence == SEEK_CUR_)
        base = (int64_t)file->offset;
    else if (whence == SEEK_END_)
        base = (int64_t)node->size;
    else if (whence != SEEK_SET_)
        return -EINVAL;
    if (__builtin_add_overflow(base, offset, &base))
        return -EOVERFLOW;
    if (base < 0)
        return -EINVAL;
    file->offset = (uint64_t)base;
    return base;
}

const struct file_ops regular_ops = {
    .read = regular_read,
    .write = regular_write,
    .seek = regular_seek,
    .offset_matters = true,
};
