/*
 * A 16550A, or Synopsys' DesignWare variant of it. The line control register is never touched, which also keeps clear of
 * the DesignWare's busy quirk. Sources: National Semiconductor PC16550D, sections 6 and 8; Synopsys DW_apb_uart databook,
 * registers IIR and USR.
 */
#include "uart.h"
#include <stdint.h>

/* Register numbers and bits, as the data sheets name them. RBR and THR share a number, as do IIR and FCR. */
enum uart_register { RBR = 0, THR = 0, IER = 1, IIR = 2, FCR = 2, MCR = 4, LSR = 5, USR = 31 };
enum { IER_ERBFI = 1, IER_ETBEI = 2 };
enum { FCR_FIFO_ENABLE = 1 }; /* with the trigger level of one byte: whatever has come is taken at once */
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT2 = 8 };
enum { LSR_DR = 1, LSR_BI = 16, LSR_THRE = 32, LSR_TEMT = 64 };
enum { IIR_ID = 15, IIR_DW_BUSY = 7 };
enum { FIFO_BYTES = 16 };

static volatile unsigned char *base;
static unsigned shift; /* registers lie 1 << shift bytes apart */
static bool wide;      /* and are accessed by 32 bits */
static bool designware;
static unsigned char ier; /* as last written */

static inline unsigned get(enum uart_register n)
{
    volatile unsigned char *at = base + ((unsigned)n << shift);

    return wide ? *(volatile uint32_t *)at : *at;
}

static inline void put(enum uart_register n, unsigned value)
{
    volatile unsigned char *at = base + ((unsigned)n << shift);

    if (wide)
        *(volatile uint32_t *)at = value;
    else
        *at = (unsigned char)value;
}

/* Interrupts for `bits` on or off; a register access only if that changes something. */
static void interrupts(unsigned bits, bool on)
{
    unsigned char wanted = (unsigned char)(on ? ier | bits : ier & ~bits);

    if (wanted == ier)
        return;
    ier = wanted;
    put(IER, ier);
}

static void start(void *registers, const struct root_facts *facts)
{
    base = registers;
    shift = facts->uart_shift;
    wide = facts->uart_width == 4;
    designware = facts->uart_kind == ROOT_UART_DESIGNWARE;
    put(FCR, FCR_FIFO_ENABLE);
    put(MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
    ier = IER_ERBFI;
    put(IER, ier);
}

static void send(struct ring *out)
{
    unsigned char *from;
    unsigned n;

    while ((n = ring_front(out, &from)) && (get(LSR) & LSR_THRE)) {
        n = smaller(n, FIFO_BYTES);
        out->head += n;
        while (n--)
            put(THR, *from++);
    }
    interrupts(IER_ETBEI, n != 0);
}

/* Takes what has come, but for breaks: they come as a zero byte that nobody sent. */
static bool receive(struct ring *in)
{
    unsigned before = in->tail, lsr;

    while (ring_room(in) && ((lsr = get(LSR)) & LSR_DR)) {
        unsigned char byte = (unsigned char)get(RBR);

        if (!(lsr & LSR_BI))
            in->byte[in->tail++ % RING_BYTES] = byte;
    }
    return in->tail != before;
}

static bool serve(struct ring *in, struct ring *out)
{
    bool came;

    /* Reading IIR takes back the interrupt for an empty transmitter; the busy one goes by reading USR. */
    if ((get(IIR) & IIR_ID) == IIR_DW_BUSY && designware)
        get(USR);
    came = receive(in);
    if (!ring_room(in))
        interrupts(IER_ERBFI, false);
    if (ring_used(out))
        send(out);
    return came;
}

static void listen(const struct ring *in)
{
    if (ring_room(in))
        interrupts(IER_ERBFI, true);
}

static bool busy(void)
{
    return !(get(LSR) & LSR_TEMT);
}

const struct uart uart_16550 = { start, send, serve, listen, busy };
