/* Interrupts: see interrupt.h. */

#include "interrupt.h"
#include "notification.h"
#include "timer.h"
#include <riscv/csr.h>
#include <riscv/plic.h>

static struct interrupt *lines[INTERRUPT_LINES];

err_t interrupt_check(unsigned line)
{
    if (line == 0 || line >= plic_lines() || line >= INTERRUPT_LINES)
        return TINE_ERR_ARG;
    return lines[line] ? TINE_ERR_STATE : 0;
}

void interrupt_take(struct interrupt *interrupt, unsigned line, struct notification *notification, uint64_t bits)
{
    interrupt->line = line;
    interrupt->notification = notification;
    interrupt->bits = bits;
    object_ref(&notification->head);
    lines[line] = interrupt;
    plic_enable(harts[0].plic_context, line);
}

void interrupt_ack(struct interrupt *interrupt)
{
    if (!interrupt->claimed)
        return;
    interrupt->claimed = false;
    plic_complete(harts[0].plic_context, interrupt->line);
}

void interrupt_release(struct interrupt *interrupt)
{
    interrupt_ack(interrupt);
    plic_disable(harts[0].plic_context, interrupt->line);
    lines[interrupt->line] = NULL;
    object_unref(&interrupt->notification->head);
}

static void external(struct hart *hart)
{
    unsigned line;

    while ((line = plic_claim(hart->plic_context)) != 0) {
        struct interrupt *interrupt = line < INTERRUPT_LINES ? lines[line] : NULL;

        kernel_stat.interrupts++;
        if (!interrupt) {
            plic_complete(hart->plic_context, line);
            continue;
        }
        interrupt->claimed = true;
        notification_signal(interrupt->notification, interrupt->bits);
    }
}

bool interrupt_handle(struct hart *hart, uint64_t scause)
{
    switch (scause) {
    case SCAUSE_TIMER:
        return timer_interrupt(hart);
    case SCAUSE_EXTERNAL:
        external(hart);
        break;
    case SCAUSE_SOFTWARE:
        csr_clear(sip, SIE_SSIE);
        break;
    }
    return false;
}

bool interrupt_poll(struct hart *hart)
{
    unsigned long pending = csr_read(sip) & csr_read(sie);
    bool slice = false;

    if (pending & SIE_STIE)
        slice = timer_interrupt(hart);
    if (pending & SIE_SEIE)
        external(hart);
    if (pending & SIE_SSIE)
        csr_clear(sip, SIE_SSIE);
    return slice;
}
