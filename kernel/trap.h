/* From the trap to the door, and back. */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include "hart.h"

/* An ecall of the running thread that is out of the ordinary (direct.h sees the others off): does it and leaves for the
 * thread to go on with. The lock is held. The stack begins anew at the next trap, so nothing returns. */
__attribute__((noinline)) void trap_ecall(struct hart *hart, struct thread *thread);

/* Where riscv/trap.S goes with an operation of the first door that direct.h does not know, with another ecall, and with any
 * other trap. */
void trap_operation(struct thread *thread, unsigned long op);
/* Out of one that has returned `err`, where the thread may not be the one to go on with, or may be no more. */
void trap_operation_ends(struct thread *thread, err_t err);
void trap_ecall_first(struct thread *thread);
void trap_other(struct thread *thread, uint64_t scause);

/* Out of the kernel, to go on with the thread: all its registers are loaded. The lock was given back. */
void trap_return(struct thread *thread);

/* The first thread: leaves the kernel for it. The lock is held. */
_Noreturn void trap_leave(struct hart *hart, struct thread *thread);

/* Makes this hart trap to the kernel from now on. */
void trap_init(struct hart *hart);

#endif
