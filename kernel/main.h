/* Where sbi/ hands over. */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

struct machine;

/* On the first hart, on its own stack, with the kernel's address space in place (sbi/paging.h). */
_Noreturn void kernel_main(const struct machine *machine);

#endif
