/* The one preemption point: long operations ask here now and then, and stop when the answer is yes. */
#ifndef KERNEL_PREEMPT_H
#define KERNEL_PREEMPT_H

#include <stdbool.h>

/* True if an interrupt waits for this hart: the operation shall save its progress and return SPACE_PREEMPTED. */
bool preempt_pending(void);

#endif
