/*
 * Frames of signal handlers: sigframe_load, sigframe_push, sigframe_enter, sigframe_pop.
 *
 * user_regs_struct is struct tine_registers (pc, x1 to x31), and the D state is struct tine_fp_registers but for the
 * width of fcsr, whose upper half falls into what Linux reserves: so registers are never copied between layouts.
 * `frame` stays zero wherever nothing below writes.
 */

/* First: the C library has a macro of the name that struct ucontext gives its padding. */
#include <linux/signal.h>

#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#include "servers/proc/process.h"
#include "servers/proc/sigframe.h"
#include "servers/protocol/linux.h"
#include <stddef.h>
#include <string.h>

enum { FCSR_BITS = 0xff };
enum { REG_RA = 0, REG_SP = 1, REG_A0 = 9, REG_A1 = 10, REG_A2 = 11 }; /* in tine_registers.x */

struct rt_sigframe {
    struct signal_info info;
    uint8_t info_rest[sizeof(siginfo_t) - sizeof(struct signal_info)];
    struct ucontext uc;
};
_Static_assert(offsetof(struct rt_sigframe, uc) == 128, "as Linux has it");
_Static_assert(sizeof(struct rt_sigframe) == 1088, "as Linux has it");
_Static_assert(sizeof(struct user_regs_struct) == sizeof(struct tine_registers), "read and written without copying");
_Static_assert(sizeof(struct tine_fp_registers) <= sizeof(union __riscv_fp_state), "read and written without copying");

/* Each in one page: where one lies across two, every copy takes 80 instructions more. */
static _Alignas(2048) struct rt_sigframe frame;
/* The part of a frame that rt_sigreturn reads, for a program may have put anything there. */
static _Alignas(2048) struct rt_sigframe incoming;

static struct tine_registers *frame_registers(void)
{
    return (struct tine_registers *)&frame.uc.uc_mcontext.sc_regs;
}

static struct tine_fp_registers *frame_fp_registers(void)
{
    return (struct tine_fp_registers *)&frame.uc.uc_mcontext.sc_fpregs;
}

bool sigframe_on_altstack(const struct thread_signals *s, uint64_t sp)
{
    return sp - s->alt_sp - 1 < s->alt_size;
}

struct tine_registers *sigframe_load(struct thread *thread)
{
    tine_thread_read(thread->cap, frame_registers(), frame_fp_registers());
    return frame_registers();
}

/* What uc_stack says: the settings, with SS_ONSTACK as of sp. */
static void altstack_save(const struct thread_signals *s, uint64_t sp)
{
    frame.uc.uc_stack.ss_sp = (void *)s->alt_sp;
    frame.uc.uc_stack.ss_size = s->alt_size;
    frame.uc.uc_stack.ss_flags = (int)(s->alt_flags & SS_AUTODISARM);
    if (!s->alt_size)
        frame.uc.uc_stack.ss_flags |= SS_DISABLE;
    else if (sigframe_on_altstack(s, sp))
        frame.uc.uc_stack.ss_flags |= SS_ONSTACK;
}

/* Where the frame goes, or 0 if it would leave the alternate stack that the thread is on already. */
static uint64_t frame_place(const struct thread_signals *s, uint64_t sp, uint64_t flags)
{
    bool on = s->alt_size && sigframe_on_altstack(s, sp);
    uint64_t top = sp, place;

    if ((flags & SA_ONSTACK) && s->alt_size && !on) {
        top = s->alt_sp + s->alt_size;
        on = true;
    }
    place = (top - sizeof(frame)) & ~0xfUL;
    return on && !sigframe_on_altstack(s, place) ? 0 : place;
}

long sigframe_push(struct thread *thread, const struct signal_action *action, const struct signal_info *info,
                   sigmask_t mask)
{
    struct tine_registers *r = frame_registers();
    struct thread_signals *s = &thread->signals;
    uint64_t sp = frame_place(s, r->x[REG_SP], action->flags);

    if (!sp)
        return -EFAULT;
    frame.info = *info;
    frame.uc.uc_sigmask.sig[0] = mask;
    altstack_save(s, r->x[REG_SP]);
    if (user_write(thread->process, sp, &frame, sizeof(frame)))
        return -EFAULT;

    if (s->alt_flags & SS_AUTODISARM) {
        s->alt_sp = s->alt_size = 0;
        s->alt_flags = 0;
    }
    r->pc = action->handler;
    r->x[REG_RA] = process_sigreturn(thread->process);
    r->x[REG_SP] = sp;
    r->x[REG_A0] = (unsigned)info->signo;
    r->x[REG_A1] = sp + offsetof(struct rt_sigframe, info);
    r->x[REG_A2] = sp + offsetof(struct rt_sigframe, uc);
    return 0;
}

void sigframe_enter(struct thread *thread)
{
    tine_thread_write(thread->cap, frame_registers(), NULL);
}

/* A stack that sigaltstack(2) would refuse is not taken over; nor is that an error, as in Linux. */
static void altstack_restore(struct thread_signals *s)
{
    uint32_t flags = (uint32_t)incoming.uc.uc_stack.ss_flags;

    if (flags & SS_DISABLE) {
        s->alt_sp = s->alt_size = 0;
    } else if (incoming.uc.uc_stack.ss_size >= MINSIGSTKSZ) {
        s->alt_sp = (uint64_t)incoming.uc.uc_stack.ss_sp;
        s->alt_size = incoming.uc.uc_stack.ss_size;
    }
    s->alt_flags = flags & SS_AUTODISARM;
}

long sigframe_pop(struct thread *thread, sigmask_t *mask)
{
    const size_t first = offsetof(struct rt_sigframe, uc.uc_stack);
    const size_t end = offsetof(struct rt_sigframe, uc.uc_mcontext.sc_fpregs) + sizeof(struct tine_fp_registers);
    struct tine_registers *r = (struct tine_registers *)&incoming.uc.uc_mcontext.sc_regs;
    struct tine_fp_registers *fp = (struct tine_fp_registers *)&incoming.uc.uc_mcontext.sc_fpregs;

    tine_thread_read(thread->cap, r, NULL);
    if (user_read(thread->process, r->x[REG_SP] + first, (char *)&incoming + first, end - first))
        return -EFAULT;

    *mask = incoming.uc.uc_sigmask.sig[0];
    fp->fcsr &= FCSR_BITS;
    altstack_restore(&thread->signals);
    tine_thread_write(thread->cap, r, fp);
    return 0;
}
