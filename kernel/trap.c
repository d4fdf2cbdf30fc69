/* The middle of every trap: see trap.h. Reading order: riscv/trap.S, direct.c, trap_ecall, trap_other, then invoke.c, route.c or fault.c. */

#include "trap.h"
#include "fault.h"
#include "harts.h"
#include "interrupt.h"
#include "invoke_message.h"
#include "invoke_table.h"
#include "print.h"
#include "resident.h"
#include "route.h"
#include "sched.h"
#include "space.h"
#include "timer.h"
#include "trace.h"
#include <riscv/csr.h>
#include <riscv/fpu.h>
#include <riscv/offsets.h>
#include <riscv/tlb.h>

_Static_assert(offsetof(struct thread, regs) == 0, "trap.S");
_Static_assert(offsetof(struct thread, hart) == THREAD_HART, "trap.S");
_Static_assert(offsetof(struct thread, route) == THREAD_ROUTE, "trap.S");
_Static_assert(offsetof(struct thread, word) == THREAD_WORD, "trap.S");
_Static_assert(offsetof(struct thread, cspace) == THREAD_CSPACE, "trap.S");
_Static_assert(offsetof(struct thread, state) == THREAD_STATE, "trap.S");
_Static_assert(offsetof(struct thread, attention) == THREAD_ATTENTION_DUE, "trap.S");
_Static_assert(offsetof(struct thread, beaten_by) == THREAD_BEATEN_BY, "trap.S");
_Static_assert(offsetof(struct hart, ready_mask) == HART_READY_MASK, "trap.S");
_Static_assert(offsetof(struct hart, careful) == HART_CAREFUL, "trap.S");
_Static_assert(TINE_OPS == 65 && TINE_THREAD_READY == 1 && INVOKE_AGAIN == 1, "offsets.h");
_Static_assert(offsetof(struct hart, stack) == HART_STACK, "trap.S");
_Static_assert(offsetof(struct hart, current) == HART_CURRENT, "trap.S");
_Static_assert(offsetof(struct hart, storage) == HART_STORAGE, "image.lds");
_Static_assert(TINE_CALL == 1 && TINE_REPLY_RECEIVE == 3, "offsets.h");
_Static_assert(offsetof(struct route, target) == 0, "trap.S");
_Static_assert(TINE_ROUTE_CALLS == 512 && TINE_ROUTE_SLOTS == 4, "offsets.h");
_Static_assert(TINE_ROUTE_FETCH == 0x80 && (TINE_ROUTE_SLOTS & (TINE_ROUTE_SLOTS - 1)) == 0, "trap.S");

extern const char trap_entry[];

static inline struct thread *ecall(struct hart *hart, struct thread *thread)
{
    long nr = (long)thread->regs.x[REG_A7];

    if (nr >= 0 || !thread->cspace)
        return route_call(hart, thread, (unsigned long)nr);
    if (nr == -TINE_REPLY_RECEIVE)
        return invoke_reply_receive(hart, thread);
    if (nr == -TINE_CALL)
        return invoke_call(hart, thread);
    return invoke(hart, thread, (unsigned long)-nr);
}

static struct thread *interrupt(struct hart *hart, struct thread *thread, uint64_t scause)
{
    bool slice_over = interrupt_handle(hart, scause);
    bool stays = !hart->shared || hart_permits(hart, thread);

    if (stays && (!slice_over || !hart->ready_mask))
        return sched_prefer(hart, thread);
    sched_ready(thread);
    return sched_next(hart);
}

static struct thread *dispatch(struct hart *hart, struct thread *thread, uint64_t scause)
{
    if (scause & SCAUSE_INTERRUPT)
        return interrupt(hart, thread, scause);
    if (scause == SCAUSE_ILLEGAL && fpu_take(hart, thread))
        return thread;
    return fault_call(thread, scause, csr_read(stval));
}

/* The hart changes over to another thread. False if that one cannot run: its space is gone, or it belongs elsewhere. */
static inline bool change_over(struct hart *hart, struct thread *next)
{
    if (__builtin_expect(hart->shared, 0)) {
        if (!hart_permits(hart, next)) {
            sched_ready(next);
            return false;
        }
        hart_before_switch(hart, next);
    }
    if (next->space == hart->space) {
        hart->same_space_switches++;
    } else if (thread_is_resident(next)) {
        hart->same_space_switches++;
        hart->current = next;
        next->hart = hart;
        return true;
    } else if (!space_activate(hart, next->space)) {
        next->state = TINE_THREAD_STOPPED;
        return false;
    }
    hart->current = next;
    next->hart = hart;
    fpu_switch(hart, next);
    return true;
}

static struct thread *attend(struct hart *hart, struct thread *next)
{
    if (!(next->attention & THREAD_STOP))
        return fault_attention(next);
    thread_stops_here(hart, next);
    return sched_next(hart);
}

/* What every way out has in common: attention and the switch. */
static inline __attribute__((always_inline)) struct thread *resume(struct hart *hart, struct thread *next)
{
    for (;;) {
        if (__builtin_expect(next->attention, 0))
            next = attend(hart, next);
        else if (next == hart->current || change_over(hart, next))
            break;
        else
            next = sched_next(hart);
    }
    return next;
}

/* Out of the kernel, as the thread. `from` came into it by an ecall, or a call; null for other traps. */
static inline __attribute__((always_inline)) void leave(struct hart *hart, struct thread *from, struct thread *thread)
{
    kernel_unlock(hart);
    if (RESIDENTS && from && thread_is_resident(from) && from->state == TINE_THREAD_READY && from != thread)
        resident_keep(from); /* it gave way; one that waits for a message has nothing there */
    if (thread_is_resident(thread))
        return from == thread ? resident_return(thread) : resident_resume(thread);
    trap_return(thread);
}

/* Whether the running thread, whose operation is done, is the one that the hart goes on with, and nothing else is due. */
static inline bool goes_on(const struct hart *hart, const struct thread *thread)
{
    return thread->state == TINE_THREAD_READY && !thread->attention && !(hart->ready_mask & thread->beaten_by);
}

void trap_ecall(struct hart *hart, struct thread *thread)
{
    leave(hart, thread, resume(hart, ecall(hart, thread)));
}

void trap_operation_ends(struct thread *thread, err_t err)
{
    struct hart *hart = hart_self();

    leave(hart, thread, resume(hart, invoke_after(hart, thread, err)));
}

void trap_operation(struct thread *thread, unsigned long op)
{
    inv_fn *function = invoke_function(op);
    err_t err;

    kernel_lock(hart_self());
    if (__builtin_expect(!function, 0)) {
        trap_ecall(hart_self(), thread);
        return;
    }
    trace_operation(hart_self(), thread, op);
    err = function(thread, &thread->regs.x[REG_A0]);
    if (__builtin_expect(hart_self()->current != thread || err == INVOKE_AGAIN || !goes_on(hart_self(), thread), 0)) {
        trap_operation_ends(thread, err);
        return;
    }
    invoke_done(thread, err);
    kernel_unlock(hart_self());
    if (thread_is_resident(thread))
        return resident_return(thread);
    trap_return(thread);
}

void trap_ecall_first(struct thread *thread)
{
    struct hart *hart = hart_self();

    kernel_lock(hart);
    trap_ecall(hart, thread);
}

void trap_other(struct thread *thread, uint64_t scause)
{
    struct hart *hart = hart_self();

    kernel_lock(hart);
    leave(hart, NULL, resume(hart, dispatch(hart, thread, scause)));
}

void trap_leave(struct hart *hart, struct thread *thread)
{
    timer_tick_start(hart);
    leave(hart, NULL, resume(hart, thread));
    __builtin_unreachable();
}

void trap_init(struct hart *hart)
{
    hart_set_self(hart);
    csr_write(stvec, trap_entry);
    csr_write(sscratch, 0);
    csr_write(sie, SIE_SSIE | SIE_STIE | SIE_SEIE);
    csr_write(scounteren, SCOUNTEREN_TIME | SCOUNTEREN_CYCLE | SCOUNTEREN_INSTRET);
    csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP | SSTATUS_FS | SSTATUS_SUM);
    csr_set(sstatus, SSTATUS_SPIE);
}
