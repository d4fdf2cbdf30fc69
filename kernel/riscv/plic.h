/* The platform-level interrupt controller (RISC-V PLIC specification 1.0.0). One context per hart and mode. */
#ifndef RISCV_PLIC_H
#define RISCV_PLIC_H

#include <stdint.h>

/* `registers`: where the kernel has it mapped; lines: number of sources, riscv,ndev + 1. */
void plic_init(volatile uint32_t *registers, unsigned lines);
unsigned plic_lines(void);

/* Lets this context take every enabled line. */
void plic_context_init(unsigned context);

void plic_enable(unsigned context, unsigned line);
void plic_disable(unsigned context, unsigned line);

/* The pending line of highest priority, 0 if there is none; it stays quiet until completed. */
unsigned plic_claim(unsigned context);
void plic_complete(unsigned context, unsigned line);

#endif
