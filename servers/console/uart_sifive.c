/*
 * SiFive's UART: SiFive FU540-C000 Manual, chapter "Universal Asynchronous Receiver/Transmitter". Eight bytes deep either
 * way; a watermark each says when it interrupts.
 */
#include "uart.h"
#include <stdint.h>

/* Registers of 32 bits, by their place. */
enum uart_register { TXDATA, RXDATA, TXCTRL, RXCTRL, IE, IP };
#define TXDATA_FULL  (1u << 31)
#define RXDATA_EMPTY (1u << 31)
enum { TXCTRL_TXEN = 1, TXCTRL_TXCNT_1 = 1 << 16 }; /* its watermark: fewer than one byte is left */
enum { RXCTRL_RXEN = 1 };                            /* with watermark 0: more than none has come */
enum { TXWM = 1, RXWM = 2 };                         /* bits of IE and IP */

static volatile uint32_t *base;
static uint32_t ie; /* as last written */

static void interrupts(uint32_t bits, bool on)
{
    uint32_t wanted = on ? ie | bits : ie & ~bits;

    if (wanted == ie)
        return;
    ie = wanted;
    base[IE] = ie;
}

static void start(void *registers, const struct root_facts *facts)
{
    (void)facts;
    base = registers;
    base[TXCTRL] = (base[TXCTRL] & 2) | TXCTRL_TXEN | TXCTRL_TXCNT_1; /* bit 1, the stop bits, as it was */
    base[RXCTRL] = RXCTRL_RXEN;
    ie = RXWM;
    base[IE] = ie;
}

static void send(struct ring *out)
{
    while (ring_used(out) && !(base[TXDATA] & TXDATA_FULL))
        base[TXDATA] = out->byte[out->head++ % RING_BYTES];
    interrupts(TXWM, ring_used(out) != 0);
}

/* A byte leaves the FIFO with the read that also says whether there was one: only with room for it. */
static bool receive(struct ring *in)
{
    unsigned before = in->tail;
    uint32_t data;

    while (ring_room(in) && !((data = base[RXDATA]) & RXDATA_EMPTY))
        in->byte[in->tail++ % RING_BYTES] = (unsigned char)data;
    return in->tail != before;
}

static bool serve(struct ring *in, struct ring *out)
{
    bool came = receive(in);

    if (!ring_room(in))
        interrupts(RXWM, false);
    if (ring_used(out))
        send(out);
    return came;
}

static void listen(const struct ring *in)
{
    if (ring_room(in))
        interrupts(RXWM, true);
}

static bool busy(void)
{
    return !(base[IP] & TXWM);
}

const struct uart uart_sifive = { start, send, serve, listen, busy };
