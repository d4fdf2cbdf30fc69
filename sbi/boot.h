/* From the first C function to kernel_main. */
#ifndef SBI_BOOT_H
#define SBI_BOOT_H

#include <riscv/layout.h>

struct machine;

/* entry.S: leaves the present stack for ever and calls entry(machine). */
_Noreturn void stack_switch(vaddr_t top, void (*entry)(const struct machine *), const struct machine *machine);

/* entry.S calls these. */
_Noreturn void boot_main(unsigned long hart, paddr_t dtb);
_Noreturn void boot_trap(unsigned long cause, unsigned long pc, unsigned long address);

#endif
