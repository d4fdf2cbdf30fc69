/*
 * The frame that a signal handler runs on: struct rt_sigframe of Linux's riscv64, to the byte, for libc's sigaction,
 * setcontext and unwinders read it. One frame is in work at a time; it lives here, so that the kernel writes the
 * registers straight into it and only what changes is written.
 *
 *   delivery      sigframe_load, sigframe_push once for each handler, sigframe_enter
 *   rt_sigreturn  sigframe_pop, then as delivery, or sigframe_enter to go on
 */
#ifndef PROC_SIGFRAME_H
#define PROC_SIGFRAME_H

#include "servers/proc/signal.h"

struct thread;

/* Reads the registers of a thread that is held; the caller may change them before a frame is pushed. */
struct tine_registers *sigframe_load(struct thread *thread);

/*
 * Puts a frame on the thread's stack (or its alternate one) that will put back the registers as they are now and
 * `mask`, and makes the registers those at the handler's first instruction. Returns 0, or -EFAULT: nothing changed.
 */
long sigframe_push(struct thread *thread, const struct signal_action *action, const struct signal_info *info,
                   sigmask_t mask);

/* Gives the thread the registers as they are now. */
void sigframe_enter(struct thread *thread);

/*
 * Takes the topmost frame off: registers, floating-point registers, alternate stack, *mask. The thread has them upon
 * return. Returns 0, or -EFAULT: nothing changed.
 */
long sigframe_pop(struct thread *thread, sigmask_t *mask);

/* Whether sp lies on the thread's alternate stack. */
bool sigframe_on_altstack(const struct thread_signals *s, uint64_t sp);

#endif
