/* Several harts: see harts.h. */

#include "harts.h"
#include "print.h"
#include "resident.h"
#include "sched.h"
#include "space.h"
#include "trap.h"
#include <riscv/fpu.h>
#include <riscv/tlb.h>
#include <sbi/machine.h>
#include <sbi/paging.h>
#include <sbi/sbi.h>

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static struct secondary_start starts[HARTS_MAX];

/* The first C function of a hart but the first. */
static void hart_main(unsigned long id, void *argument)
{
    struct hart *hart = argument;

    (void)id;
    trap_init(hart);
    tlb_init_hart(hart);
    kernel_lock(hart);
    trap_leave(hart, sched_next(hart));
}

static void hart_init(struct hart *hart, const struct machine_hart *machine)
{
    hart->id = machine->id;
    hart->index = hart_count;
    hart->stack = (void *)stack_top(hart_count);
    hart->plic_context = machine->plic_context;
    hart->shared = hart->careful = true;
    sched_init(hart);
}

void harts_start(const struct machine *machine)
{
    if (machine->hart_count == 1 || !sbi_probe(SBI_EXT_HSM) || !sbi_probe(SBI_EXT_IPI) || !sbi_probe(SBI_EXT_RFNC))
        return;
    harts[0].shared = harts[0].careful = true;
    kernel_lock(&harts[0]);
    for (unsigned i = 1; i < machine->hart_count; i++) {
        struct hart *hart = &harts[hart_count];
        struct secondary_start *start = &starts[hart_count];

        hart_init(hart, &machine->harts[i]);
        *start = (struct secondary_start){ (unsigned long)hart->stack, hart_main, hart };
        if (sbi_hart_start(hart->id, image_to_phys(secondary_entry), (unsigned long)start) == 0)
            hart_count++;
        else
            kernel_log("hart %lu does not start\n", hart->id);
    }
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

void hart_kick(const struct hart *hart)
{
    kernel_stat.kicks++;
    sbi_send_ipi(1, hart->id);
}

static void ask_to_stop(struct thread *thread)
{
    if (thread->attention & THREAD_STOP)
        return; /* it was asked, and has not come yet */
    thread->attention |= THREAD_STOP;
    hart_kick(thread->hart);
}

bool thread_is_here(struct thread *thread)
{
    if (!thread_is_elsewhere(thread))
        return true;
    ask_to_stop(thread);
    return false;
}

bool space_is_left(const struct space *space)
{
    bool left = true;

    for (unsigned i = 0; i < hart_count; i++) {
        if (&harts[i] == hart_self() || harts[i].space != space)
            continue;
        left = false;
        if (harts[i].current && harts[i].current->space == space)
            ask_to_stop(harts[i].current); /* else it is on its way out, at the kernel's door */
    }
    return left;
}

/* The hart is in no space any more. */
static void leave_space(struct hart *hart)
{
    hart->space = NULL;
    csr_write(satp, kernel_satp);
    if (hart->flush_on_switch)
        __asm__ volatile("sfence.vma" ::: "memory");
}

void thread_stops_here(struct hart *hart, struct thread *thread)
{
    thread->attention &= (uint8_t)~THREAD_STOP;
    thread->state = TINE_THREAD_STOPPED;
    hart_before_idle(hart);
}

/* ---- switching --------------------------------------------------------------------------------------------------- */

void hart_before_switch(struct hart *hart, struct thread *next)
{
    if (hart->current)
        fpu_spill(hart->current);
    if (thread_is_resident(next)) { /* it would stay in the space of another, which may go meanwhile */
        leave_space(hart);
        return;
    }
    thread_move(next, hart);
    tlb_come_back(hart, next->space);
}

void hart_before_idle(struct hart *hart)
{
    if (hart->current)
        fpu_spill(hart->current);
    hart->current = NULL;
    leave_space(hart);
}
