/* The vDSO's pages: vdso_start makes them, vdso_map shares them out. They are pages of proc's space and not of its image,
 * which may lie elsewhere (PLACEMENT=mono). */
#include "servers/proc/vdso.h"
#include "libc/layout.h"
#include "servers/proc/process.h"
#include "servers/proc/vdso/data.h"
#include "servers/protocol/linux.h"
#include <linux/elf.h>
#include <string.h>

extern const char vdso_image[], vdso_image_end[];

static struct vdso_data *const data = (struct vdso_data *)SERVER_SMALL; /* a page of its own */
#define CODE (SERVER_SMALL + TINE_PAGE_SIZE)

static void realtime_changed(uint64_t offset_ns)
{
    *(volatile uint64_t *)&data->realtime = vdso_realtime(offset_ns);
}

static uint64_t code_bytes(void)
{
    return (uint64_t)(vdso_image_end - vdso_image);
}

bool vdso_start(uint64_t timebase_hz)
{
    if (tine_space_zero(TINE_SLOT_SPACE, SERVER_SMALL, 1 + (code_bytes() >> TINE_PAGE_SHIFT),
                        TINE_PROT_READ | TINE_PROT_WRITE))
        return false;
    memcpy((void *)CODE, vdso_image, code_bytes());
    vdso_set_rate(data, timebase_hz);
    clock_realtime_changed = realtime_changed;
    realtime_changed(clock_realtime_offset_ns());
    return true;
}

static long map_pages(struct space *space, uint64_t at, uint64_t pages, uint64_t bytes, unsigned prot,
                      unsigned flags)
{
    struct region region = { .start = at, .end = at + bytes, .prot = (uint8_t)prot, .flags = (uint8_t)flags };

    if (!regions_reserve(1))
        return -ENOMEM;
    region_add(space->regions, &region);
    return tine_space_share(space->cap, at, bytes >> TINE_PAGE_SHIFT, prot, TINE_SLOT_SPACE, pages) ? -ENOMEM : 0;
}

long vdso_map(struct space *space)
{
    uint64_t at = layout_vdso(&space->layout);
    long err = map_pages(space, at, SERVER_SMALL, TINE_PAGE_SIZE, TINE_PROT_READ, REGION_VVAR);

    return err ? err
               : map_pages(space, vdso_header(space), CODE, code_bytes(), TINE_PROT_READ | TINE_PROT_EXEC, REGION_VDSO);
}

uint64_t vdso_header(const struct space *space)
{
    return layout_vdso(&space->layout) + TINE_PAGE_SIZE;
}

/* The trampoline is the image's entry point (vdso.lds). */
uint64_t process_sigreturn(const struct process *process)
{
    return vdso_header(process->space) + ((const struct elf64_hdr *)vdso_image)->e_entry;
}
