/* Back traces by reading the stack: the kernel is compiled without frame pointers. */
#ifndef RISCV_BACKTRACE_H
#define RISCV_BACKTRACE_H

#include <stdint.h>

/* Logs an address of the kernel's text with the name of its function. */
void log_address(uintptr_t address);

/* Logs the return addresses on the stack of a hart from `sp` on, innermost first. Nothing for any other address. */
void backtrace(const void *sp);

#endif
