/* One line of the log per operation, while CONTROL_TRACE has switched it on. */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "hart.h"

void trace_line(const struct thread *thread, unsigned long op);

/* Switches tracing on or off, on all harts. */
void trace_set(bool on);

/* The thread is about to execute operation `op`. */
static inline void trace_operation(const struct hart *hart, const struct thread *thread, unsigned long op)
{
    if (__builtin_expect(hart->trace, 0))
        trace_line(thread, op);
}

/* The thread is about to make call `nr` of its personality. */
static inline void trace_call(const struct hart *hart, const struct thread *thread, unsigned long nr)
{
    if (__builtin_expect(hart->trace, 0))
        trace_line(thread, nr + TINE_OPS);
}

#endif
