/*
 * The kernel's half of the address space (riscv/layout.h), made from `struct machine` on the first hart before
 * kernel_main, and never changed after.
 */
#ifndef SBI_PAGING_H
#define SBI_PAGING_H

#include <riscv/layout.h>

struct machine;

#define KERNEL_ROOT_FIRST 256 /* entries 256 to 511 of a root table are the kernel's */
#define KERNEL_ROOT_ENTRIES 256

/* The kernel's own root table: its lower half is empty. A space copies the entries that `kernel_root_used` lists. */
extern paddr_t kernel_root;
extern unsigned kernel_root_count;
extern uint16_t kernel_root_used[KERNEL_ROOT_ENTRIES];

/* satp for kernel_root: where a hart is when no space is. */
extern uint64_t kernel_satp;

/* Builds it all and switches to it. Gives null, or what is wrong in words. */
const char *paging_init(const struct machine *m);

/*
 * What a hart is started with (SBI HSM): pass the physical address of secondary_entry as the entry and the *kernel
 * virtual* address of this as `opaque`. The hart turns on paging with kernel_satp and calls entry(hart id, argument)
 * on that stack. tp is `argument`, too.
 */
struct secondary_start {
    unsigned long stack; /* top */
    void (*entry)(unsigned long hart, void *argument);
    void *argument;
};
void secondary_entry(void);

#endif
