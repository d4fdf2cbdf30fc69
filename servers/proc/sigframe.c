/*
 * Frames of signal handlers: sigframe_push, sigframe_pop.
 *
 * user_regs_struct is struct tine_registers (pc, x1 to x31), and the D state is struct tine_fp_registers but for the
 * width of fcsr, whose upper half falls into what Linux reserves: so the kernel moves registers between a thread and its
 * frame, and proc sees the head alone. `head` stays zero wherever nothing below writes.
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

enum { REG_SP = 1 }; /* in tine_registers.x */

struct rt_sigframe {
    struct signal_info info;
    uint8_t info_rest[sizeof(siginfo_t) - sizeof(struct signal_info)];
    struct ucontext uc;
};
_Static_assert(offsetof(struct rt_sigframe, uc) == 128, "as Linux has it");
_Static_assert(sizeof(struct rt_sigframe) == 1088, "as Linux has it");
_Static_assert(sizeof(struct user_regs_struct) == sizeof(struct tine_registers), "the kernel stores them");
_Static_assert(offsetof(struct sigcontext, sc_regs) == 0, "the kernel stores them behind the head");
_Static_assert(offsetof(struct sigcontext, sc_fpregs) == sizeof(struct tine_registers), "and these behind those");
_Static_assert(sizeof(struct tine_fp_registers) <= sizeof(union __riscv_fp_state), "the rest is zero");

enum { HEAD = offsetof(struct rt_sigframe, uc.uc_mcontext) };

/* What comes before the registers. In one page: where it lies across two, the copy takes 80 instructions more. */
static _Alignas(512) struct {
    struct signal_info info;
    uint8_t info_rest[sizeof(siginfo_t) - sizeof(struct signal_info)];
    unsigned long flags;
    struct ucontext *link;
    stack_t stack;
    sigset_t mask;
    uint8_t mask_rest[HEAD - offsetof(struct rt_sigframe, uc.uc_sigmask) - sizeof(sigset_t)];
} head;
_Static_assert(sizeof(head) == HEAD, "as struct rt_sigframe");

/* The part of a head that rt_sigreturn reads, for a program may have put anything there. */
static struct {
    stack_t stack;
    sigset_t mask;
} incoming;

bool sigframe_on_altstack(const struct thread_signals *s, uint64_t sp)
{
    return sp - s->alt_sp - 1 < s->alt_size;
}

/* What uc_stack says: the settings, with SS_ONSTACK as of sp. */
static void altstack_save(const struct thread_signals *s, uint64_t sp)
{
    head.stack.ss_sp = (void *)s->alt_sp;
    head.stack.ss_size = s->alt_size;
    head.stack.ss_flags = (int)(s->alt_flags & SS_AUTODISARM);
    if (!s->alt_size)
        head.stack.ss_flags |= SS_DISABLE;
    else if (sigframe_on_altstack(s, sp))
        head.stack.ss_flags |= SS_ONSTACK;
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
    place = (top - sizeof(struct rt_sigframe)) & ~0xfUL;
    return on && !sigframe_on_altstack(s, place) ? 0 : place;
}

/* Says in the head what the alternate stack is, and where the frame goes: *place, 0 for what the thread's own stack has next. */
static long frame_begin(const struct thread *thread, uint64_t flags, uint64_t *place)
{
    const struct thread_signals *s = &thread->signals;
    struct tine_registers r;

    *place = 0;
    if (!s->alt_size) { /* then it matters to nobody where sp is */
        altstack_save(s, 0);
        return 0;
    }
    tine_thread_read(thread->cap, &r, NULL);
    altstack_save(s, r.x[REG_SP]);
    *place = frame_place(s, r.x[REG_SP], flags);
    return *place ? 0 : -EFAULT;
}

long sigframe_push(struct thread *thread, const struct signal_action *action, const struct signal_info *info,
                   sigmask_t mask, const long *result)
{
    struct thread_signals *s = &thread->signals;
    struct tine_divert divert = {
        .head = &head,
        .head_bytes = HEAD,
        .pc = action->handler,
        .ra = process_sigreturn(thread->process),
        .argument = (unsigned)info->signo,
        .offset = offsetof(struct rt_sigframe, uc),
        .bytes = sizeof(struct rt_sigframe),
        .behind = result != NULL,
        .value = result ? (unsigned long)*result : 0,
    };
    uint64_t place, at;
    err_t err;

    if (frame_begin(thread, action->flags, &place))
        return -EFAULT;
    head.info = *info;
    head.mask.sig[0] = mask;
    while ((err = tine_thread_divert(thread->cap, place, &divert, &at)) == TINE_ERR_FAULT)
        if (user_bring(thread->process, at, 1, TINE_PROT_WRITE))
            return -EFAULT;
    if (err)
        return -EFAULT;
    if (s->alt_flags & SS_AUTODISARM) {
        s->alt_sp = s->alt_size = 0;
        s->alt_flags = 0;
    }
    return 0;
}

/* A stack that sigaltstack(2) would refuse is not taken over; nor is that an error, as in Linux. */
static void altstack_restore(struct thread_signals *s)
{
    uint32_t flags = (uint32_t)incoming.stack.ss_flags;

    if (flags & SS_DISABLE) {
        s->alt_sp = s->alt_size = 0;
    } else if (incoming.stack.ss_size >= MINSIGSTKSZ) {
        s->alt_sp = (uint64_t)incoming.stack.ss_sp;
        s->alt_size = incoming.stack.ss_size;
    }
    s->alt_flags = flags & SS_AUTODISARM;
}

long sigframe_pop(struct thread *thread, sigmask_t *mask)
{
    const size_t first = offsetof(struct rt_sigframe, uc.uc_stack);
    uint64_t at;
    err_t err;

    while ((err = tine_thread_resume(thread->cap, 0, HEAD, &incoming, first, sizeof(incoming), &at)) == TINE_ERR_FAULT)
        if (user_bring(thread->process, at, 1, TINE_PROT_READ))
            return -EFAULT;
    if (err)
        return -EFAULT;
    *mask = incoming.mask.sig[0];
    altstack_restore(&thread->signals);
    return 0;
}
