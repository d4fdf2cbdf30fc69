/* From the trap to the door, and back. */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include "hart.h"

/* Called by riscv/trap.S for an ecall, or any other trap, of the running thread: takes the lock, does what is to be done,
 * gives it back, and returns the thread to go on with. */
struct thread *trap_ecall(struct thread *thread);
struct thread *trap_other(struct thread *thread, uint64_t scause);

/* The first thread: leaves the kernel for it. The lock is held. */
_Noreturn void trap_leave(struct hart *hart, struct thread *thread);

/* Makes this hart trap to the kernel from now on. */
void trap_init(struct hart *hart);

#endif
