/*
 * The UARTs that the console driver knows, each driven by interrupts, each a file. Line settings
 * stay as the firmware left them.
 */
#ifndef CONSOLE_UART_H
#define CONSOLE_UART_H

#include "ring.h"
#include "servers/protocol/root.h"
#include <stdbool.h>

struct uart {
    /* Takes over the UART whose registers are mapped at `registers`; FIFOs on, interrupt for input. */
    void (*start)(void *registers, const struct root_facts *facts);

    /* Sends from the ring as much as the UART takes now; the rest follows when it interrupts. */
    void (*send)(struct ring *out);

    /* What an interrupt calls for: input into `in`, output from `out`. Returns whether input came. If `in` is full, the
     * rest stays in the UART, which does not interrupt for it until `listen`. Bounded by the rings. */
    bool (*serve)(struct ring *in, struct ring *out);

    /* `in` has room again: the UART may interrupt for input. Cheap when nothing changes. */
    void (*listen)(const struct ring *in);

    /* Whether bytes are still on their way out of the UART, as far as it says. */
    bool (*busy)(void);
};

extern const struct uart uart_16550, uart_sifive;

#endif
