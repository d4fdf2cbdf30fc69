/*
 * State of each hart, and the one lock. The lock is taken at the entry to the kernel and given back before the return to
 * user space; everything in kernel/ is guarded by it, but the counters of a hart that only the hart itself writes.
 * A finer lock later would guard a thread queue, a pool or a space each: no function here relies on holding it for two.
 */
#ifndef KERNEL_HART_H
#define KERNEL_HART_H

#include "thread.h"
#include <riscv/layout.h>
#include <riscv/lock.h>
#include <riscv/self.h>

TAILQ_HEAD(thread_queue, thread);

struct hart {
    void *stack;              /* top of its kernel stack; trap.S knows the offset */
    struct thread *current;   /* runs or ran last; null while idle. libc/mono/door.h knows the offset */
    uint64_t storage[2];      /* thread-local variables of resident servers, which find them behind tp */
    struct thread *fp_owner;  /* whose floating-point registers are in the hart; null for nobody's */
    unsigned long id;         /* of the hardware, as SBI knows it */
    unsigned index;           /* ours, from 0 */
    unsigned plic_context;    /* of its supervisor mode */
    uint32_t ready_mask;      /* bit 31 - priority is set where the queue is not empty: sched.c */
    bool ticking;             /* the preemption timer is armed */
    bool flush_on_switch;     /* it has no ASIDs */
    bool shared;              /* other harts run the kernel, too */
    bool trace;               /* a line of the log per operation: trace.h */
    bool careful;             /* either of these: no message takes the short way, direct.h */
    bool stale_code;          /* fence.i is due before it changes over to another space */
    bool idle;                /* has nothing to do, and was given nothing since */
    bool self_destroyed;      /* the running thread is no more: its memory must not be touched */
    uint64_t next_tick;       /* in ticks of the timebase */
    uint64_t idle_time;       /* spent in wfi, in ticks of the timebase */
    uint64_t idle_since;      /* while it is in wfi, else 0 */
    uint64_t lock_waits;      /* times that it found the lock taken */
    struct space *space;      /* that satp points to; null for the kernel's own */
    uint64_t asid_generation; /* of the ASIDs that are valid: riscv/tlb.c */
    /* counters, one a hart: the hot paths touch them */
    uint64_t direct_calls, direct_answers; /* messages, each with a switch of space: direct.c */
    uint64_t direct_stays;                 /* those of them that needed none, for a resident server */
    uint64_t ipcs, space_switches, same_space_switches; /* the others */
    struct thread_queue ready[TINE_PRIORITIES];
};

extern struct hart harts[HARTS_MAX];
extern unsigned hart_count;
extern struct tine_stat kernel_stat;

/* A hart that is the only one has nobody to shut out. */
static inline void kernel_lock(const struct hart *hart)
{
    if (__builtin_expect(hart->shared, 0))
        kernel_lock_take(&((struct hart *)hart)->lock_waits);
}

static inline void kernel_unlock(const struct hart *hart)
{
    if (__builtin_expect(hart->shared, 0))
        kernel_lock_give();
}

#endif
