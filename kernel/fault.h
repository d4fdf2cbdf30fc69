/* Page faults, exceptions and attention: messages to the pager of the thread. */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include "hart.h"

/* The thread that runs took the exception `scause` with `stval`. Returns the thread to run next. */
struct thread *fault_call(struct thread *thread, uint64_t scause, uint64_t stval);

/* The thread (READY, in no queue) has attention set: it calls its pager. Returns the thread to run next. */
struct thread *fault_attention(struct thread *thread);

/* Nobody is there to answer: the thread stops, and the log says why. Returns the thread to run next. */
struct thread *fault_unanswered(struct thread *thread, const char *what);

#endif
