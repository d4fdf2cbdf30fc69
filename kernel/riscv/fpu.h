/*
 * Floating-point registers, switched lazily: they stay in the hart until another thread uses its own. A thread that
 * does not own them runs with sstatus.FS off, so that its first use traps.
 */
#ifndef RISCV_FPU_H
#define RISCV_FPU_H

#include "../hart.h"
#include <riscv/csr.h>

/* If the registers of `thread` are in a hart, copies them to thread->fp; they stay in the hart as well. */
void fpu_spill(struct thread *thread);

/* Whatever the hart holds of this thread is worth nothing any more. */
void fpu_forget(struct thread *thread);

/* The thread trapped on a floating-point instruction with FS off: gives it the registers. False if it had them. */
bool fpu_take(struct hart *hart, struct thread *thread);

/* Sets sstatus.FS for the thread that runs next. */
static inline void fpu_switch(struct hart *hart, const struct thread *thread)
{
    if (hart->fp_owner == thread)
        csr_set(sstatus, SSTATUS_FS);
    else
        csr_clear(sstatus, SSTATUS_FS);
}

#endif
