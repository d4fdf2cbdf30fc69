/* Loading programs: executable_open, executable_read, executable_parse, image_load, segment_map. */
#include "servers/proc/image.h"
#include "servers/proc/pager.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"
#include <string.h>

#define PAGE_DOWN(addr) ((addr) & ~(TINE_PAGE_SIZE - 1UL))
#define PAGE_UP(addr) PAGE_DOWN((addr) + TINE_PAGE_SIZE - 1)

/* Makes sure that the pages of [start, end) in the file are in memory; it may be shorter. */
static long file_bring(struct backing *backing, uint64_t start, uint64_t end)
{
    for (uint64_t at = PAGE_DOWN(start); at < end;) {
        long n = backing_populate(backing, at, (PAGE_UP(end) - at) >> TINE_PAGE_SHIFT);

        if (n <= 0)
            return n ? -ENOMEM : -EIO;
        at += (uint64_t)n << TINE_PAGE_SHIFT;
    }
    return 0;
}

static long file_read(struct backing *backing, uint64_t offset, void *to, size_t bytes)
{
    long err;

    if (!tine_space_read(backing->cap, offset, to, bytes, NULL))
        return 0;
    err = file_bring(backing, offset, offset + bytes);
    if (err)
        return err;
    return tine_space_read(backing->cap, offset, to, bytes, NULL) ? -EIO : 0;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

long executable_open(uint32_t client, int dirfd, const char *path, int flags, struct executable *x)
{
    long err = vfs_open_exec(PROC_VFS, client, dirfd, path, flags, &x->file);

    if (err)
        return err < -900 ? -ENOMEM : err;
    x->backing = backing_of_file(&x->file, false);
    return x->backing ? 0 : -ENOMEM;
}

void executable_close(struct executable *x)
{
    backing_put(x->backing);
    x->backing = NULL;
}

long executable_read(struct executable *x)
{
    x->head_bytes = x->file.size < IMAGE_HEAD ? x->file.size : IMAGE_HEAD;
    return x->head_bytes ? file_read(x->backing, 0, x->head, x->head_bytes) : 0;
}

long executable_parse(struct executable *x)
{
    static char phdrs[ELF_PHDRS_MAX * ELF_PHDR_BYTES];
    uint64_t size = x->file.size;
    struct elf_program *elf = &x->elf;
    uint64_t bytes;
    long err = executable_read(x);

    if (err)
        return err;
    if (elf_header(x->head, x->head_bytes, size, elf))
        return -ENOEXEC;
    bytes = elf->phdr_count * ELF_PHDR_BYTES;
    if (elf->phdr_offset + bytes <= x->head_bytes)
        memcpy(phdrs, x->head + elf->phdr_offset, bytes);
    else if (file_read(x->backing, elf->phdr_offset, phdrs, bytes))
        return -EIO;
    return elf_segments(phdrs, size, elf) ? -ENOEXEC : 0;
}

long executable_interpreter(const struct executable *x, char *path)
{
    long err = file_read(x->backing, x->elf.interp_offset, path, x->elf.interp_bytes);

    if (err)
        return err;
    return memchr(path, 0, x->elf.interp_bytes) == path + x->elf.interp_bytes - 1 ? 0 : -ENOEXEC;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

/* Bytes of the last page that lie behind the file's part of a writable segment are zero. */
static long tail_clear(struct space *space, uint64_t end)
{
    static const char zeroes[TINE_PAGE_SIZE];
    size_t bytes = PAGE_UP(end) - end;

    if (!bytes)
        return 0;
    if (pager_bring(space, end, bytes, TINE_PROT_WRITE))
        return -ENOMEM;
    return tine_space_write(space->cap, end, zeroes, bytes, NULL) ? -ENOMEM : 0;
}

/* The part that comes from the file: [start, end), of which `end` need not be a page's. Its pages come when they are
 * touched. */
static long map_file(struct space *space, const struct executable *x, const struct elf_segment *segment, uint64_t start,
                     uint64_t end)
{
    struct region region = { .start = start,
                             .end = PAGE_UP(end),
                             .backing = x->backing,
                             .offset = PAGE_DOWN(segment->offset),
                             .prot = (uint8_t)segment->prot };

    region_add(space->regions, &region);
    if (!(segment->prot & TINE_PROT_WRITE) || segment->memory_bytes == segment->file_bytes)
        return 0;
    return tail_clear(space, end);
}

/* The rest: zeroes, whole pages. */
static void map_zero(struct space *space, const struct elf_segment *segment, uint64_t start, uint64_t end)
{
    struct region region = { .start = start, .end = end, .prot = (uint8_t)segment->prot };

    if (start < end)
        region_add(space->regions, &region);
}

uint64_t image_data(const struct elf_program *elf, uint64_t bias)
{
    for (unsigned i = 0; i < elf->segment_count; i++)
        if (elf->segment[i].prot & TINE_PROT_WRITE)
            return PAGE_DOWN(elf->segment[i].addr + bias);
    return 0;
}

static long segment_map(struct space *space, const struct executable *x, const struct elf_segment *segment,
                        uint64_t bias)
{
    uint64_t addr = segment->addr + bias, file_end = addr + segment->file_bytes;
    uint64_t start = PAGE_DOWN(addr), end = PAGE_UP(addr + segment->memory_bytes);
    long err = 0;

    if (!regions_free_range(space->regions, start, end) || !regions_reserve(2))
        return -ENOMEM;
    if (segment->file_bytes)
        err = map_file(space, x, segment, start, file_end);
    if (!err)
        map_zero(space, segment, segment->file_bytes ? PAGE_UP(file_end) : start, end);
    return err;
}

/* What /proc/PID/stat says of code and data. */
static void note_extents(struct space *space, const struct elf_segment *segment, uint64_t bias)
{
    uint64_t start = segment->addr + bias, end = start + segment->file_bytes;

    if (segment->prot & TINE_PROT_EXEC) {
        if (!space->code_start)
            space->code_start = start;
        space->code_end = end;
    } else if (segment->prot & TINE_PROT_WRITE) {
        if (!space->data_start)
            space->data_start = start;
        space->data_end = end;
    }
}

long image_load(struct space *space, const struct executable *x, uint64_t base, uint64_t limit, struct image *image)
{
    const struct elf_program *elf = &x->elf;
    uint64_t bias = elf->relocatable ? base - elf->low : 0;

    if (elf->low + bias < LAYOUT_LOW || elf->high + bias > limit || elf->high + bias < elf->low + bias)
        return -ENOMEM;
    if (!space->warm_start)
        space->warm_start = image_data(elf, bias);
    for (unsigned i = 0; i < elf->segment_count; i++) {
        long err = segment_map(space, x, &elf->segment[i], bias);

        if (err)
            return err;
        note_extents(space, &elf->segment[i], bias);
    }
    *image = (struct image){ .bias = bias,
                             .entry = elf->entry + bias,
                             .phdr = elf->phdr_addr ? elf->phdr_addr + bias : 0,
                             .phdr_count = elf->phdr_count,
                             .low = elf->low + bias,
                             .high = elf->high + bias };
    return 0;
}
