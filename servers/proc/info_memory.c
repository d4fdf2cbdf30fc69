/* /proc/PID: the memory of a process, and what lies in it. proc(5). */
#include "servers/proc/backing.h"
#include "servers/proc/info_texts.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"
#include <stdio.h>

enum { NAME_COLUMN = 73 };

#define MAJOR(device) ((unsigned)((device) >> 8) & 0xfff)
#define MINOR(device) ((unsigned)((device) & 0xff))

static const char *region_name(const struct region *region)
{
    if (region->backing)
        return region->backing->file.path;
    if (region->flags & REGION_HEAP)
        return "[heap]";
    if (region->flags & REGION_STACK)
        return "[stack]";
    if (region->flags & REGION_VVAR)
        return "[vvar]";
    return region->flags & REGION_VDSO ? "[vdso]" : "";
}

static void put_region(struct text *t, const struct region *region)
{
    const struct vfs_file *file = region->backing ? &region->backing->file : NULL;
    const char *name = region_name(region);
    char line[128];
    int n = snprintf(line, sizeof(line), "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", region->start, region->end,
                     region->prot & TINE_PROT_READ ? 'r' : '-', region->prot & TINE_PROT_WRITE ? 'w' : '-',
                     region->prot & TINE_PROT_EXEC ? 'x' : '-', region->flags & REGION_SHARED ? 's' : 'p',
                     region->offset, file ? MAJOR(file->device) : 0, file ? MINOR(file->device) : 0,
                     file ? file->inode : 0);

    text_put(t, line, (size_t)n);
    if (*name)
        text_print(t, "%*s%.200s", n < NAME_COLUMN ? NAME_COLUMN - n : 0, "", name);
    text_print(t, "\n");
}

void text_maps(struct text *t, struct process *process)
{
    struct region *region;

    if (!process->space)
        return;
    for (region = region_first(process->space->regions); region && text_wants(t); region = region_next(region))
        put_region(t, region);
}

static uint64_t region_resident(const struct space *space, const struct region *region)
{
    struct tine_values v;
    uint64_t pages = 0;

    for (uint64_t addr = region->start; addr < region->end; addr += v.a2 << TINE_PAGE_SHIFT) {
        if (tine_space_inspect(space->cap, addr, (region->end - addr) >> TINE_PAGE_SHIFT, &v))
            break;
        if (v.a1 & TINE_PAGE_PRESENT)
            pages += v.a2;
    }
    return pages;
}

void text_smaps(struct text *t, struct process *process)
{
    const uint64_t kib = TINE_PAGE_SIZE / 1024;
    struct region *region;

    if (!process->space)
        return;
    for (region = region_first(process->space->regions); region && text_wants(t); region = region_next(region)) {
        put_region(t, region);
        text_print(t, "Size:           %8lu kB\nRss:            %8lu kB\n", (region->end - region->start) / 1024,
                   region_resident(process->space, region) * kib);
    }
}

/* Bytes of its memory, as they are now. */
static void put_memory(struct text *t, struct process *process, uint64_t start, uint64_t end)
{
    char part[1024];

    while (start < end && text_wants(t)) {
        size_t n = end - start < sizeof(part) ? end - start : sizeof(part);

        if (user_read(process, start, part, n))
            return;
        text_put(t, part, n);
        start += n;
    }
}

void text_cmdline(struct text *t, struct process *process)
{
    if (process->space)
        put_memory(t, process, process->space->arg_start, process->space->arg_end);
}

void text_environ(struct text *t, struct process *process)
{
    if (process->space)
        put_memory(t, process, process->space->env_start, process->space->env_end);
}

void text_auxv(struct text *t, struct process *process)
{
    if (process->space)
        put_memory(t, process, process->space->auxv_start, process->space->auxv_end);
}
