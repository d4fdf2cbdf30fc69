/* What needs the control capability: see invoke_table.h. */

#include "invoke_table.h"
#include "cap.h"
#include "check.h"
#include "copy.h"
#include "frame.h"
#include "sched.h"
#include "timer.h"
#include "trace.h"
#include <riscv/check_map.h>
#include <riscv/layout.h>
#include <sbi/early.h>
#include <sbi/machine.h>

/* READ lets a server report and count; WRITE is power over the machine. */
static err_t control(struct thread *self, const uint64_t *x, unsigned rights)
{
    struct object *object;

    return cap_get(self->cspace, x[0], TINE_KIND_CONTROL, rights, &object);
}

err_t inv_control_log(struct thread *self, uint64_t *x)
{
    char text[256];
    err_t err = control(self, x, TINE_READ);

    if (err)
        return err;
    if (x[2] > sizeof(text))
        return TINE_ERR_ARG;
    err = copy_in(self->space, x[1], text, x[2]);
    if (!err)
        early_write(text, x[2]);
    return err;
}

/* The true way into a panic: above the last stack nothing is ever mapped. */
static void crash(void)
{
    *(volatile char *)stack_top(HARTS_MAX) = 0;
}

err_t inv_control_halt(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_WRITE);

    if (err)
        return err;
    if (x[1] > TINE_HALT_CRASH)
        return TINE_ERR_ARG;
    if (x[1] == TINE_HALT_CRASH)
        crash();
    machine_halt(x[1] == TINE_HALT_REBOOT, (int)x[2]);
}

err_t inv_control_stat(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_READ);

    if (err)
        return err;
    kernel_stat.ipcs = kernel_stat.switches = kernel_stat.space_switches = kernel_stat.lock_waits = 0;
    for (unsigned i = 0; i < hart_count; i++) {
        kernel_stat.ipcs += harts[i].ipcs + harts[i].direct_calls;
        kernel_stat.space_switches += harts[i].space_switches + harts[i].direct_calls + harts[i].direct_answers -
                                      harts[i].direct_stays;
        kernel_stat.lock_waits += harts[i].lock_waits;
        kernel_stat.switches += harts[i].same_space_switches + harts[i].direct_stays;
    }
    kernel_stat.switches += kernel_stat.space_switches;
    kernel_stat.frames = frames_total();
    kernel_stat.frames_free = frames_free_count();
    kernel_stat.idle_ticks = timer_idle_ticks(sched_idle_time());
    kernel_stat.harts = hart_count;
    kernel_stat.tick_hz = TICK_HZ;
    return copy_out(self->space, x[1], &kernel_stat, sizeof(kernel_stat));
}

err_t inv_control_check(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_WRITE);

    if (!err)
        x[1] = check_all() + check_map();
    return err;
}

err_t inv_control_trace(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_WRITE);

    if (!err)
        trace_set(x[1] != 0);
    return err;
}
