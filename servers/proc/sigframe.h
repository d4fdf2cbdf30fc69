/*
 * The frame that a signal handler runs on: struct rt_sigframe of Linux's riscv64, to the byte, for libc's sigaction,
 * setcontext and unwinders read it. proc writes what comes before the registers; those the kernel moves between the thread
 * and its frame (DIVERT and RESUME).
 */
#ifndef PROC_SIGFRAME_H
#define PROC_SIGFRAME_H

#include "servers/proc/signal.h"

struct thread;

/*
 * Puts a frame on the stack (or the alternate one) of a thread that is held, which will put back the registers that it has
 * and `mask`, and gives it those of the handler's first instruction. `result` is null or what the call that it waits in has
 * come to: then the frame leads behind that. Returns 0, or -EFAULT: nothing changed.
 */
long sigframe_push(struct thread *thread, const struct signal_action *action, const struct signal_info *info,
                   sigmask_t mask, const long *result);

/*
 * Takes the topmost frame off: registers, floating-point registers, alternate stack, *mask. The thread has them upon
 * return. Returns 0, or -EFAULT: nothing changed.
 */
long sigframe_pop(struct thread *thread, sigmask_t *mask);

/* Whether sp lies on the thread's alternate stack. */
bool sigframe_on_altstack(const struct thread_signals *s, uint64_t sp);

#endif
