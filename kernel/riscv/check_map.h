/* The walker of the kernel's own half of the address space: what docs/invariants.md promises of it. */
#ifndef RISCV_CHECK_MAP_H
#define RISCV_CHECK_MAP_H

/* Returns how many of its invariants do not hold; each is named in the log. Bounded by the size of the kernel's tables. */
unsigned long check_map(void);

#endif
