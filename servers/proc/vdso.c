/* The vDSO's pages: vdso_start fills the data page, vdso_map shares both out. */
#include "servers/proc/vdso.h"
#include "servers/proc/process.h"
#include "servers/proc/vdso/data.h"
#include "servers/protocol/linux.h"
#include <linux/elf.h>

extern const char vdso_image[], vdso_image_end[];
extern struct vdso_data vdso_page;

static void realtime_changed(uint64_t offset_ns)
{
    *(volatile uint64_t *)&vdso_page.realtime = vdso_realtime(offset_ns);
}

void vdso_start(uint64_t timebase_hz)
{
    vdso_set_rate(&vdso_page, timebase_hz);
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

/* The trampoline is the image's entry point (vdso.lds). */
uint64_t process_sigreturn(const struct process *process)
{
    return process->space->vdso + ((const struct elf64_hdr *)vdso_image)->e_entry;
}
