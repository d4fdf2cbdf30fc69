/* The first door: operations on objects named by capability. */
#ifndef KERNEL_INVOKE_H
#define KERNEL_INVOKE_H

#include "hart.h"

/* The thread, which has a capability space, executed an ecall with a7 = -op. Returns the thread to run next. */
struct thread *invoke(struct hart *hart, struct thread *thread, unsigned long op);

/* What an operation returns beside errors: it stopped at a preemption point and is to be executed again. */
#define INVOKE_AGAIN 1

/* The operation of `thread` stopped so: whoever waits runs first. Returns the thread to run next. */
struct thread *invoke_again(struct thread *thread);

#endif
