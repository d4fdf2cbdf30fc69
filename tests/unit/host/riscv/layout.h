/* Stands in for kernel/riscv/layout.h: RAM of the tests is an array, at physical address HOST_RAM_BASE. */
#ifndef RISCV_LAYOUT_H
#define RISCV_LAYOUT_H

#include <stdint.h>

#define HARTS_MAX    8
#define PHYSICAL_END 0x3f80000000

#define HOST_RAM_BASE 0x80000000ul
#define HOST_FRAMES   4096

typedef uint64_t paddr_t;
typedef uint64_t vaddr_t;

extern unsigned char host_ram[HOST_FRAMES * 4096ul];

static inline void *phys_to_virt(paddr_t pa)
{
    return host_ram + (pa - HOST_RAM_BASE);
}

static inline paddr_t virt_to_phys(const void *va)
{
    return (paddr_t)((const unsigned char *)va - host_ram) + HOST_RAM_BASE;
}

#endif
