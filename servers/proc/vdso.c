/* The vDSO from proc's side: its data page, and how it comes into a process. */
#include "servers/proc/vdso.h"
#include "servers/proc/clock.h"
#include "servers/proc/process.h"
#include "servers/proc/vdso/data.h"
#include "servers/protocol/linux.h"
#include <linux/elf.h>

#define NS_PER_S 1000000000UL

extern const char vdso_image[], vdso_image_end[];

static union {
    struct vdso_data data;
    char page[TINE_PAGE_SIZE];
} shared __attribute__((aligned(TINE_PAGE_SIZE)));

static uint64_t realtime(uint64_t offset_ns)
{
    return offset_ns / NS_PER_S << VDSO_NS_BITS | offset_ns % NS_PER_S;
}

static void realtime_changed(uint64_t offset_ns)
{
    *(volatile uint64_t *)&shared.data.realtime = realtime(offset_ns);
}

void vdso_start(const struct root_facts *facts)
{
    shared.data = (struct vdso_data){ .hz = facts->timebase_hz,
                                      .seconds_factor = UINT64_MAX / facts->timebase_hz,
                                      .ns_factor = (NS_PER_S << 32) / facts->timebase_hz,
                                      .realtime = realtime(clock_realtime_offset_ns()) };
    clock_realtime_changed = realtime_changed;
}

static long map(struct space *space, uint64_t addr, const void *pages, size_t bytes, unsigned prot, unsigned flag)
{
    struct region region = { .start = addr, .end = addr + bytes, .prot = (uint8_t)prot, .flags = (uint8_t)flag };

    if (!space_own_regions(space) || tine_space_share(space->cap, addr, bytes >> TINE_PAGE_SHIFT, prot,
                                                      TINE_SLOT_SPACE, (uint64_t)pages))
        return -ENOMEM;
    region_add(space->regions, &region);
    return 0;
}

long vdso_map(struct space *space)
{
    size_t bytes = (size_t)(vdso_image_end - vdso_image);
    uint64_t code = LAYOUT_VDSO + sizeof(shared);

    if (map(space, LAYOUT_VDSO, &shared, sizeof(shared), TINE_PROT_READ, REGION_VVAR) ||
        map(space, code, vdso_image, bytes, TINE_PROT_READ | TINE_PROT_EXEC, REGION_VDSO))
        return -ENOMEM;
    space->vdso = code;
    return 0;
}

uint64_t vdso_sigreturn(const struct space *space)
{
    return space->vdso + ((const Elf64_Ehdr *)vdso_image)->e_entry;
}
