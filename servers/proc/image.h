/*
 * Programs on their way into memory: opened by vfs, checked by libc/elf.h, mapped into a space region by region. What
 * was loaded once is kept: frozen.h.
 */
#ifndef PROC_IMAGE_H
#define PROC_IMAGE_H

#include "libc/elf.h"
#include "servers/proc/backing.h"
#include "servers/proc/space.h"

enum { IMAGE_HEAD = 256 }; /* bytes of a file in which `#!` and the ELF header are looked for: BINPRM_BUF_SIZE */

struct executable {
    struct vfs_file file;    /* as vfs has just described it */
    struct backing *backing; /* a reference */
    size_t head_bytes;       /* of `head`, fewer if the file is shorter; after executable_read */
    char head[IMAGE_HEAD];
    struct elf_program elf; /* after executable_parse */
};

/* Where a program lies once it is loaded. */
struct image {
    uint64_t bias;  /* added to the addresses in the file */
    uint64_t entry; /* AT_ENTRY */
    uint64_t phdr;  /* AT_PHDR, 0: not in memory */
    unsigned phdr_count;
    uint64_t low, high; /* whole pages */
};

/* Opens a program for vfs client `client` as execveat(2) names it. 0 or a negative errno. Ended by executable_close. */
long executable_open(uint32_t client, int dirfd, const char *path, int flags, struct executable *x);
void executable_close(struct executable *x);

/* Reads its head. 0, -EIO, -ENOMEM. */
long executable_read(struct executable *x);

/* Reads it, and checks that it is an ELF program for this machine. 0, -ENOEXEC, or another negative errno. */
long executable_parse(struct executable *x);

/* Reads the name of the program's interpreter, of elf.interp_bytes bytes with its zero. 0, -ENOEXEC, -EIO. */
long executable_interpreter(const struct executable *x, char *path);

/* Where the data of a program begins, which is loaded with this bias; 0: it has none. */
uint64_t image_data(const struct elf_program *elf, uint64_t bias);

/*
 * Maps it into the space: text and data as private views of the file, the zeroed rest as anonymous memory.
 * `base` is where its first page goes if it is relocatable; it must end at or before `limit`. 0, -ENOMEM, -EIO; then
 * the space is to be given up.
 */
long image_load(struct space *space, const struct executable *x, uint64_t base, uint64_t limit, struct image *image);

#endif
