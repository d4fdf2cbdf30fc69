/*
 * A 16550A, or Synopsys' DesignWare variant of it, driven by interrupts. Line settings stay as the firmware left them:
 * the line control register is never touched, which also keeps clear of the DesignWare's busy quirk. Sources: National
 * Semiconductor PC16550D, sections 6 and 8; Synopsys DW_apb_uart databook, registers IIR and USR.
 */
#ifndef CONSOLE_UART_H
#define CONSOLE_UART_H

#include "ring.h"
#include "servers/protocol/root.h"
#include <stdbool.h>

/* Takes over the UART whose registers are mapped at `registers`; FIFOs on, interrupt for input. */
void uart_start(void *registers, const struct root_facts *facts);

/* Sends from the ring as much as the UART takes now; the rest follows when it interrupts. */
void uart_send(struct ring *out);

/* What an interrupt calls for: input into `in`, output from `out`. Returns whether input came. If `in` is full, the
 * rest stays in the UART, which does not interrupt for it until uart_listen. Bounded by the rings. */
bool uart_serve(struct ring *in, struct ring *out);

/* `in` has room again: the UART may interrupt for input. Cheap when nothing changes. */
void uart_listen(const struct ring *in);

/* Whether bytes are still on their way out of the UART. */
bool uart_busy(void);

#endif
