/*
 * Frozen images: a program as it stands after loading and before its first instruction, with its segments, its linker,
 * the vDSO and the regions of all that, in a space that nobody runs in. To execute the program again is to clone that
 * space. Of a script its first line is kept.
 *
 * An image stands for contents: it belongs to the version of the file that it was made of, and of the linker's. Every
 * exec asks vfs for the file and so for its version; besides, vfs says when either changes or loses its name
 * (VFS_FILE_STALE), so that an image that nobody can use any more goes at once.
 *
 * An image begins without pages of its files. What a run of the program touches is added to it (frozen_learn), so that
 * the next run has it from the start: no run maps what none has used, and few have to fault.
 *
 * Images are paid by the pool that programs live on, and are what it gives up first: at most IMAGES_MOST are kept, the
 * least recently used goes, and all go when memory is short (frozen_drop_all).
 */
#ifndef PROC_FROZEN_H
#define PROC_FROZEN_H

#include "servers/proc/image.h"
#include <sys/queue.h>

#define IMAGES_MOST 64

struct frozen {
    TAILQ_ENTRY(frozen) use; /* First: what a free list overwrites */
    uint64_t serial;         /* no other image has it; 0: it was dropped */
    struct backing *file;    /* a reference */
    uint64_t version;        /* of the file's contents */
    struct backing *linker;  /* a reference; NULL: none */
    uint64_t linker_version;
    struct space *space;   /* a reference; NULL: this is a script */
    bool random;           /* its layout is a random one */
    struct image image;    /* of the program */
    uint64_t base;         /* AT_BASE: where the linker is, 0: none */
    uint64_t linker_data;  /* where its data is, 0: none */
    uint64_t pc;           /* the first instruction */
    char text[IMAGE_HEAD]; /* path of the linker, or a script's first line, cut */
    size_t text_bytes;     /* without a zero */
};

/* What is kept of the program that was opened, lent; NULL: nothing. O(1). */
struct frozen *frozen_find(const struct executable *x);

/* Whether the image was made with this linker. */
bool frozen_has_linker(const struct frozen *frozen, const struct executable *linker);

/* Keeps an image, of which all but `use` is set: *takes* its references, also when it fails. NULL: memory is exhausted.
 */
struct frozen *frozen_keep(const struct frozen *model);

/* The file behind this handle has changed or lost its name: nothing is kept of it, nor known of it as a library. */
void frozen_stale(uint64_t handle);

/* A space for the program to begin in, without its stack. NULL: memory is exhausted. */
struct space *frozen_thaw(struct frozen *frozen, cap_t pool);

/* A program that began as a clone of an image has touched npages pages of a file in a region, from addr on, that it had
 * not before: the image gets them, too; short of memory, it does not. Whether the region is one of the image's. */
bool frozen_learn(const struct space *space, const struct region *region, uint64_t addr, uint64_t npages);

void frozen_drop(struct frozen *frozen);

/* Memory is short: no image is kept, and nothing known of libraries. How many of both there were. */
unsigned frozen_drop_all(void);

/* Images there are, and the frames that they hold and share with no file: their tables. */
extern unsigned frozen_count;
uint64_t frozen_tables(void);

#endif
