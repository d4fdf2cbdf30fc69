/* The vDSO's pages: vdso_start finds the trampoline and fills the data page, vdso_map shares them out. */
#include "servers/proc/vdso.h"
#include "servers/proc/process.h"
#include "servers/proc/vdso/data.h"
#include "servers/protocol/linux.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_A_SECOND 1000000000UL

extern const char vdso_image[], vdso_image_end[];
extern struct vdso_data vdso_page;

static uint64_t sigreturn_offset;

static const Elf64_Shdr *section(const Elf64_Ehdr *header, uint32_t type)
{
    const Elf64_Shdr *s = (const Elf64_Shdr *)((const char *)header + header->e_shoff);

    for (unsigned i = 0; i < header->e_shnum; i++)
        if (s[i].sh_type == type)
            return &s[i];
    return NULL;
}

/* Offset of a function in the image; 0 if there is none. */
static uint64_t symbol(const char *name)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)vdso_image;
    const Elf64_Shdr *table = section(header, SHT_DYNSYM);
    const Elf64_Shdr *strings = (const Elf64_Shdr *)(vdso_image + header->e_shoff) + table->sh_link;
    const Elf64_Sym *sym = (const Elf64_Sym *)(vdso_image + table->sh_offset);

    for (uint64_t i = 0; i < table->sh_size / sizeof(*sym); i++)
        if (!strcmp(vdso_image + strings->sh_offset + sym[i].st_name, name))
            return sym[i].st_value;
    return 0;
}

static void realtime_changed(uint64_t offset_ns)
{
    vdso_page.realtime_ns = offset_ns;
}

void vdso_start(uint64_t timebase_hz)
{
    sigreturn_offset = symbol("__vdso_rt_sigreturn");
    if (!sigreturn_offset) {
        printf("proc: the vDSO has no __vdso_rt_sigreturn\n");
        abort();
    }
    vdso_page.ns_whole = NS_A_SECOND / timebase_hz;
    vdso_page.ns_fraction = (uint64_t)(((unsigned __int128)(NS_A_SECOND % timebase_hz) << 64) / timebase_hz);
    vdso_page.tick_ns = vdso_page.ns_whole ? vdso_page.ns_whole : 1;
    clock_realtime_changed = realtime_changed;
    realtime_changed(clock_realtime_offset_ns());
}

static long map_pages(struct space *space, uint64_t at, const void *pages, uint64_t bytes, unsigned prot,
                      unsigned flags)
{
    struct region region = { .start = at, .end = at + bytes, .prot = (uint8_t)prot, .flags = (uint8_t)flags };

    if (!regions_reserve(1))
        return -ENOMEM;
    region_add(space->regions, &region);
    return tine_space_share(space->cap, at, bytes >> TINE_PAGE_SHIFT, prot, TINE_SLOT_SPACE, (uint64_t)pages)
               ? -ENOMEM
               : 0;
}

long vdso_map(struct space *space)
{
    uint64_t code = (uint64_t)(vdso_image_end - vdso_image);
    long err = map_pages(space, LAYOUT_VDSO, &vdso_page, TINE_PAGE_SIZE, TINE_PROT_READ, REGION_VVAR);

    space->vdso = LAYOUT_VDSO + TINE_PAGE_SIZE;
    return err ? err : map_pages(space, space->vdso, vdso_image, code, TINE_PROT_READ | TINE_PROT_EXEC, REGION_VDSO);
}

uint64_t vdso_header(void)
{
    return LAYOUT_VDSO + TINE_PAGE_SIZE;
}

uint64_t process_sigreturn(const struct process *process)
{
    return process->space->vdso + sigreturn_offset;
}
