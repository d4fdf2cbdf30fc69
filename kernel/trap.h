/* From the trap to the door, and back. */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include "hart.h"

/* Where riscv/trap.S goes for an ecall, or any other trap, of the running thread: takes the lock, does what is to be done,
 * gives it back, and leaves for the thread to go on with. The stack begins anew at the next trap, so nothing returns. */
_Noreturn __attribute__((hot)) void trap_ecall(struct thread *thread);
_Noreturn __attribute__((hot)) void trap_other(struct thread *thread, uint64_t scause);

/* The first thread: leaves the kernel for it. The lock is held. */
_Noreturn void trap_leave(struct hart *hart, struct thread *thread);

/* Makes this hart trap to the kernel from now on. */
void trap_init(struct hart *hart);

#endif
