/* Stands in for kernel/riscv/tlb.c: counts. */
#include "host.h"
#include <riscv/tlb.h>

void tlb_leave(struct space *space)
{
}

void tlb_flush_page(struct space *space, uint64_t addr)
{
    host_flushes++;
}

void tlb_flush_space(struct space *space)
{
    host_flushes++;
}

/* There is but one hart. */
bool space_is_left(const struct space *space)
{
    return true;
}

void tlb_fence_code(const struct space *space)
{
}
