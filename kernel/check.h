/* The invariant walker: walks everything and proves what DESIGN promises. docs/invariants.md explains each. */
#ifndef KERNEL_CHECK_H
#define KERNEL_CHECK_H

/* Returns how many invariants do not hold; each is named in the log. Takes time in proportion to the memory in use. */
unsigned long check_all(void);

#endif
