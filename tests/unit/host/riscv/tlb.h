/* Stands in for kernel/riscv/tlb.h: host/tlb.c counts what it is asked for. */
#ifndef RISCV_TLB_H
#define RISCV_TLB_H

#include <stdint.h>

struct space;

void tlb_leave(struct space *space);
void tlb_flush_page(struct space *space, uint64_t addr);
void tlb_flush_space(struct space *space);
void tlb_fence_code(const struct space *space);

#endif
