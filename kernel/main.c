/* Boot as a table of contents: memory, harts, interrupts, the first task. */

#include "main.h"
#include "boot.h"
#include "frame.h"
#include "harts.h"
#include "pool.h"
#include "print.h"
#include "resident.h"
#include "sched.h"
#include "space.h"
#include "timer.h"
#include "trap.h"
#include <riscv/plic.h>
#include <riscv/tlb.h>
#include <sbi/early.h>
#include <sbi/machine.h>

/* The others stay with the firmware until harts_start. */
static void first_hart_init(const struct machine *machine)
{
    struct hart *hart = &harts[0];

    hart_count = 1;
    hart->id = machine->harts[0].id;
    hart->stack = (void *)stack_top(0);
    hart->plic_context = machine->harts[0].plic_context;
    sched_init(hart);
    trap_init(hart);
}

static void interrupts_init(const struct machine *machine)
{
    if (!machine->plic.base || harts[0].plic_context == MACHINE_NO_CONTEXT)
        panic("the device tree names no interrupt controller for hart %lu", harts[0].id);
    plic_init(phys_to_virt(machine->plic.base), machine->plic.lines + 1);
    plic_context_init(harts[0].plic_context);
    timer_start(machine->timebase_hz);
    kernel_stat.timebase_hz = machine->timebase_hz;
}

void kernel_main(const struct machine *machine)
{
    struct thread *first;
    struct pool *pool;

    first_hart_init(machine);
    timer_init(machine);
    interrupts_init(machine);
    tlb_init(&harts[0], !machine_asks(machine, "tine.asid=off"));
    space_checks_code = machine_asks(machine, "tine.check=code");
    pool = boot_memory(machine);
    if (RESIDENTS)
        residents_boot(pool);
    first = boot_first_task(machine, pool);
    harts_start(machine);
    trap_leave(&harts[0], first);
}
