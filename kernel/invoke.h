/* The first door: operations on objects named by capability. */
#ifndef KERNEL_INVOKE_H
#define KERNEL_INVOKE_H

#include "hart.h"

/* The thread, which has a capability space, executed an ecall with a7 = -op, which is not in invoke_table: a message, waiting,
 * or nothing. Returns the thread to run next. */
struct thread *invoke(struct hart *hart, struct thread *thread, unsigned long op);

/* What an operation returns beside errors: it stopped at a preemption point and is to be executed again. */
#define INVOKE_AGAIN 1

/* The operation of `thread` stopped so: whoever waits runs first. Returns the thread to run next. */
struct thread *invoke_again(struct thread *thread);

/* An operation has returned `err`: the thread stands behind its ecall. */
static inline void invoke_done(struct thread *thread, err_t err)
{
    thread->regs.pc += 4;
    thread->regs.x[REG_A0] = (uint64_t)err;
}

/* The same, or that it is to be executed again, where the thread may not be the one to go on with, or may be no more. Returns
 * the thread to run next. */
struct thread *invoke_after(struct hart *hart, struct thread *thread, err_t err);

#endif
