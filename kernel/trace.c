#include "trace.h"
#include "print.h"

void trace_set(bool on)
{
    for (unsigned i = 0; i < HARTS_MAX; i++)
        harts[i].trace = on, harts[i].careful = on || harts[i].shared;
}

void trace_line(const struct thread *thread, unsigned long op)
{
    const uint64_t *x = &thread->regs.x[REG_A0];

    if (op >= TINE_OPS)
        kernel_log("[%p] call %lu (%lx, %lx, %lx, %lx, %lx, %lx)\n", (const void *)thread, op - TINE_OPS, x[0], x[1],
                   x[2], x[3], x[4], x[5]);
    else
        kernel_log("[%p] op %lu (%lx, %lx, %lx, %lx, %lx, %lx; %lx)\n", (const void *)thread, op, x[0], x[1], x[2],
                   x[3], x[4], x[5], x[6]);
}
