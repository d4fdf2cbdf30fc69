/* The memory of a process as /proc shows it: maps, smaps, and the sums for status and statm. */
#include "servers/proc/backing.h"
#include "servers/proc/info.h"
#include "servers/proc/process.h"
#include <linux/limits.h>

#define NAME_COLUMN 73 /* where Linux puts the name in a line of maps */
#define KIB         1024UL

static uint64_t region_bytes(const struct region *region)
{
    return region->end - region->start;
}

/* ---- what is present --------------------------------------------------------------------------------------------- */

/* A page of a file is the file's own as well: what nobody else refers to in a private mapping has been copied. */
struct presence {
    uint64_t present, shared; /* pages: all; that others refer to as well */
};

/* O(runs of pages alike). */
static struct presence region_presence(const struct space *space, const struct region *region)
{
    struct presence p = { 0 };
    uint64_t addr = region->start;

    while (addr < region->end) {
        struct tine_values v;

        if (tine_space_inspect(space->cap, addr, (region->end - addr) >> TINE_PAGE_SHIFT, &v) || !v.a2)
            break;
        if (v.a1 & TINE_PAGE_PRESENT) {
            p.present += v.a2;
            p.shared += v.a1 & TINE_PAGE_EXCLUSIVE ? 0 : v.a2;
        }
        addr += v.a2 << TINE_PAGE_SHIFT;
    }
    return p;
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

static bool is_executable(const struct region *region)
{
    return region->prot & TINE_PROT_EXEC && !(region->prot & TINE_PROT_WRITE);
}

void info_memory(const struct space *space, struct memory_use *use)
{
    uint64_t executable = 0;
    struct region *region;
    struct tine_values v;

    *use = (struct memory_use){ 0 };
    if (!space)
        return;
    for (region = region_first(space->regions); region; region = region_next(region)) {
        uint64_t bytes = region_bytes(region);

        if (region->flags & REGION_STACK)
            use->stack += bytes;
        else if (is_executable(region))
            executable += bytes;
        else if (region->prot & TINE_PROT_WRITE && !(region->flags & REGION_SHARED))
            use->data += bytes;
        if (region->backing)
            use->resident_file += region_presence(space, region).shared << TINE_PAGE_SHIFT;
    }
    use->size = space->regions->pages << TINE_PAGE_SHIFT;
    use->program = (space->code_end - space->code_start + TINE_PAGE_SIZE - 1) & ~(TINE_PAGE_SIZE - 1UL);
    use->libraries = executable > use->program ? executable - use->program : 0;
    if (!tine_space_count(space->cap, &v)) {
        use->resident = v.a2 << TINE_PAGE_SHIFT;
        use->tables = v.a3 << TINE_PAGE_SHIFT;
    }
}

/* ---- maps, smaps ------------------------------------------------------------------------------------------------- */

static const char *file_name(const struct backing *backing, uint32_t reader)
{
    static char path[PATH_MAX];

    if (!backing->file.handle)
        return "/dev/zero (deleted)";
    return vfs_path(PROC_VFS, reader, backing->file.handle, path, sizeof(path)) ? NULL : path;
}

static const char *region_name(const struct region *region, uint32_t reader)
{
    if (region->backing)
        return file_name(region->backing, reader);
    if (region->flags & REGION_HEAP)
        return "[heap]";
    if (region->flags & REGION_STACK)
        return "[stack]";
    if (region->flags & REGION_VVAR)
        return "[vvar]";
    return region->flags & REGION_VDSO ? "[vdso]" : NULL;
}

static void print_region(struct text *text, const struct region *region, uint32_t reader)
{
    const struct vfs_file *file = region->backing ? &region->backing->file : NULL;
    const char *name = region_name(region, reader);
    unsigned prot = region->prot;
    size_t line = text->len;

    text_print(text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", region->start, region->end,
               prot & TINE_PROT_READ ? 'r' : '-', prot & TINE_PROT_WRITE ? 'w' : '-', prot & TINE_PROT_EXEC ? 'x' : '-',
               region->flags & REGION_SHARED ? 's' : 'p', region->offset, file ? (unsigned)(file->device >> 8) : 0,
               file ? (unsigned)(file->device & 0xff) : 0, file ? file->inode : 0);
    if (name) {
        text_pad(text, line, NAME_COLUMN);
        text_print(text, "%s", name);
    }
    text_print(text, "\n");
}

static void print_size(struct text *text, const char *name, uint64_t pages)
{
    text_print(text, "%-16s%8lu kB\n", name, (pages << TINE_PAGE_SHIFT) / KIB);
}

static void print_presence(struct text *text, const struct space *space, const struct region *region)
{
    struct presence p = region_presence(space, region);
    uint64_t alone = p.present - p.shared;
    bool anonymous = !region->backing && !(region->flags & (REGION_VVAR | REGION_VDSO));

    print_size(text, "Size:", region_bytes(region) >> TINE_PAGE_SHIFT);
    print_size(text, "KernelPageSize:", 1);
    print_size(text, "MMUPageSize:", 1);
    print_size(text, "Rss:", p.present);
    print_size(text, "Shared_Clean:", anonymous ? 0 : p.shared);
    print_size(text, "Shared_Dirty:", anonymous ? p.shared : 0);
    print_size(text, "Private_Clean:", 0);
    print_size(text, "Private_Dirty:", alone);
    print_size(text, "Anonymous:", anonymous ? p.present : alone);
    print_size(text, "Swap:", 0);
    print_size(text, "Locked:", 0);
    text_print(text, "VmFlags: %s%s%s%s%s\n", region->prot & TINE_PROT_READ ? "rd " : "",
               region->prot & TINE_PROT_WRITE ? "wr " : "", region->prot & TINE_PROT_EXEC ? "ex " : "",
               region->flags & REGION_SHARED ? "sh " : "", region->flags & REGION_GROWS ? "gd " : "");
}

void info_maps(struct text *text, const struct space *space, uint32_t reader, bool full)
{
    struct region *region;

    if (!space)
        return;
    for (region = region_first(space->regions); region; region = region_next(region)) {
        print_region(text, region, reader);
        if (full)
            print_presence(text, space, region);
    }
}
