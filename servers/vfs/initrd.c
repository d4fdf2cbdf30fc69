/*
 * The initial file system: one or several archives one after the other, each a cpio archive (libc/newc.h) or one
 * compressed by gzip, as Linux takes them. What cannot be read is logged and ends the walk; what was made before stays.
 */
#include "servers/vfs/initrd.h"
#include "libc/newc.h"
#include "libc/server.h"
#include "servers/protocol/root.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/layout.h"
#include "servers/vfs/node.h"
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define STEP (256UL * TINE_PAGE_SIZE) /* by which the inflated archive grows */

static void complain(const char *what, const char *name, long err)
{
    printf("vfs: initial file system: %s%s%s: error %ld\n", what, *name ? " " : "", name, -err);
}

/* ---- hard links: names of one file share its number within an archive
 * ------------------------------------------------------- */

struct seen {
    SLIST_ENTRY(seen) next;
    uint32_t ino, major, minor;
    unsigned archive;
    char path[];
};

static SLIST_HEAD(, seen) seen = SLIST_HEAD_INITIALIZER(seen);

/* The first name of that file, or NULL, having noted `path` as the first. (Without memory for that, links become
 * copies.) */
static const char *first_name(const struct newc_entry *e, unsigned archive, const char *path)
{
    struct seen *s;

    SLIST_FOREACH (s, &seen, next)
        if (s->ino == e->ino && s->major == e->dev_major && s->minor == e->dev_minor && s->archive == archive)
            return s->path;
    s = malloc(sizeof(*s) + strlen(path) + 1);
    if (!s)
        return NULL;
    s->ino = e->ino;
    s->major = e->dev_major;
    s->minor = e->dev_minor;
    s->archive = archive;
    strcpy(s->path, path);
    SLIST_INSERT_HEAD(&seen, s, next);
    return NULL;
}

static void seen_forget(void)
{
    struct seen *s;

    while ((s = SLIST_FIRST(&seen))) {
        SLIST_REMOVE_HEAD(&seen, next);
        free(s);
    }
}

/* ---- one entry
 * --------------------------------------------------------------------------------------------------------------- */

/* "/bin/sh" of "./bin/sh" or "bin/sh". */
static const char *absolute(const char *name)
{
    static char path[NEWC_NAME_MAX + 1];

    while (*name == '/' || (*name == '.' && (name[1] == '/' || !name[1])))
        name++;
    path[0] = '/';
    strcpy(path + 1, name);
    return path;
}

static long make(const char *path, const struct newc_entry *e, struct node **node)
{
    static char target[PATH_LONGEST];
    uint64_t rdev = e->rdev_major << 8 | (e->rdev_minor & 0xff) | (uint64_t)(e->rdev_minor & ~0xffU) << 12;

    if (S_ISLNK(e->mode)) {
        if (e->bytes >= sizeof(target))
            return -ENAMETOOLONG;
        memcpy(target, e->data, e->bytes);
        target[e->bytes] = 0;
    }
    return boot_make(path, e->mode, e->uid, e->gid, rdev, S_ISLNK(e->mode) ? target : NULL, e->mtime * NS_PER_SEC,
                     node);
}

static long unpack_entry(const struct newc_entry *e, unsigned archive)
{
    const char *path = absolute(e->name), *first = NULL;
    struct node *node = NULL;
    long err;

    if (S_ISREG(e->mode) && e->nlink > 1)
        first = first_name(e, archive, path);
    if (first && (err = boot_link(first, path)))
        return err;
    if (first && !e->bytes)
        return 0;
    /* With the contents at a later name, as cpio writes them, the file is there already. */
    err = first ? boot_find(path, &node) : make(path, e, &node);
    if (!err && S_ISREG(e->mode))
        err = boot_write(node, 0, e->data, e->bytes);
    return err;
}

/* ---- archives
 * ------------------------------------------------------------------------------------------------------------------ */

/* Unpacks plain archives from the image on: the bytes read. *failed: something was wrong with them. */
static size_t unpack(const unsigned char *image, size_t bytes, bool *failed)
{
    struct newc archive;
    struct newc_entry e;
    enum newc_error error;

    newc_open(&archive, image, bytes);
    while ((error = newc_next(&archive, &e)) == NEWC_OK) {
        long err = unpack_entry(&e, archive.archive);

        if (err)
            complain("cannot make", e.name, err);
        *failed = err == -ENOMEM || err == -ENOSPC;
        if (*failed)
            break;
    }
    seen_forget();
    if (error != NEWC_OK && error != NEWC_END) {
        printf("vfs: initial file system: %s, at byte %zu of %zu\n", newc_error_text(error), archive.offset, bytes);
        *failed = true;
    }
    return archive.offset;
}

/* ---- gzip
 * ------------------------------------------------------------------------------------------------------------------------
 */

/* One step more of memory at LAYOUT_INFLATED + size, which belongs to `space`. */
static err_t inflated_grow(cap_t space, size_t size)
{
    size_t npages = STEP / TINE_PAGE_SIZE;
    err_t err;

    if (LAYOUT_INFLATED + size + STEP > LAYOUT_INFLATED_END)
        return TINE_ERR_MEMORY;
    err = tine_space_zero(space, size, npages, TINE_PROT_READ | TINE_PROT_WRITE);
    if (!err)
        err = tine_space_share(TINE_SLOT_SPACE, LAYOUT_INFLATED + size, npages, TINE_PROT_READ | TINE_PROT_WRITE, space, size);
    return err;
}

/* Inflates the stream at z->next_in to LAYOUT_INFLATED: the bytes, or 0 with what is wrong logged. *mapped: pages there, in
 * bytes. */
static size_t inflate_all(z_stream *z, cap_t space, size_t *mapped)
{
    int state = Z_OK;

    while (state == Z_OK) {
        if (!z->avail_out) {
            if (inflated_grow(space, *mapped)) {
                printf("vfs: initial file system: no memory to inflate it, after %zu bytes\n", *mapped);
                return 0;
            }
            z->next_out = (Bytef *)(LAYOUT_INFLATED + *mapped);
            z->avail_out = STEP;
            *mapped += STEP;
        }
        state = inflate(z, Z_NO_FLUSH);
    }
    if (state == Z_STREAM_END)
        return z->total_out;
    printf("vfs: initial file system: gzip: %s, at byte %lu\n", z->msg ? z->msg : "it ends too early", z->total_in);
    return 0;
}

/* Unpacks the gzip member at `image`: the bytes it took. *failed as unpack. */
static size_t unpack_gzip(const unsigned char *image, size_t bytes, bool *failed)
{
    z_stream z = { .next_in = (Bytef *)image, .avail_in = (uInt)bytes };
    cap_t space = cap_take();
    size_t mapped = 0, inflated = 0;

    if (space && !tine_space_create(ROOT_VFS_USERS, space) && inflateInit2(&z, 16 + MAX_WBITS) == Z_OK) {
        inflated = inflate_all(&z, space, &mapped);
        inflateEnd(&z);
    }
    if (inflated)
        unpack((const unsigned char *)LAYOUT_INFLATED, inflated, failed);
    else
        *failed = true;
    tine_space_unmap(TINE_SLOT_SPACE, LAYOUT_INFLATED, mapped / TINE_PAGE_SIZE);
    cap_destroy(space);
    return z.total_in;
}

/* ---- everything
 * --------------------------------------------------------------------------------------------------------------------
 */

static bool is_gzip(const unsigned char *at, size_t left)
{
    return left > 2 && at[0] == 0x1f && at[1] == 0x8b;
}

/* Archives until the end. Zero bytes between them mean nothing. */
static void unpack_all(const unsigned char *image, size_t bytes)
{
    bool failed = false;
    size_t at = 0, n;

    while (at < bytes && !failed) {
        if (!image[at]) {
            at++;
            continue;
        }
        n = is_gzip(image + at, bytes - at) ? unpack_gzip(image + at, bytes - at, &failed)
                                            : unpack(image + at, bytes - at, &failed);
        failed |= !n;
        at += n;
    }
}

void initrd_load(void)
{
    const struct root_facts *facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;
    size_t npages = (facts->initrd_start + facts->initrd_bytes + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;
    err_t err;

    if (!facts->initrd_bytes)
        return;
    err = tine_space_share(TINE_SLOT_SPACE, LAYOUT_IMAGE, npages, TINE_PROT_READ, ROOT_VFS_INITRD, 0);
    if (err)
        printf("vfs: initial file system: cannot be mapped: kernel error %ld\n", err);
    else
        unpack_all((const unsigned char *)(LAYOUT_IMAGE + facts->initrd_start), facts->initrd_bytes);
    tine_space_unmap(TINE_SLOT_SPACE, LAYOUT_IMAGE, npages);
    tine_cap_delete(ROOT_VFS_INITRD);
}
