/*
 * The console driver: two rings between the UART and vfs (servers/protocol/console.h). Nothing here ever waits: a write
 * takes what fits, a read gives what is there, and a notification tells vfs when asking again is worth it.
 */
#include "libc/layout.h"
#include "libc/server.h"
#include "servers/protocol/console.h"
#include "servers/protocol/vfs.h"
#include "uart.h"

#define EVENT_INTERRUPT 1 /* of its notification; root bound the interrupt to it */

static const struct uart *uart;
static struct ring in, out;
static bool cut_short; /* a write found too little room; vfs waits to be told of more */

static void vfs_tell(void)
{
    tine_signal(ROOT_CONSOLE_VFS_EVENTS, VFS_EVENT_CONSOLE);
}

/* The answer to a call that moved `done` bytes; one that moved none because of an error says which. */
static long moved(struct call *call, err_t err, size_t done)
{
    if (!err || done)
        return (long)done;
    call->m.w[0] = 0;
    call->status = err;
    return ANSWER_STATUS;
}

static long console_take(struct call *call)
{
    uint64_t from = call->m.w[0];
    size_t len = call->m.w[1], done = 0, piece, copied;
    unsigned char *to;
    err_t err = 0;

    /* Where the UART is quick, sending makes room, and one call takes more than a ring holds. */
    while (!err && done < len && (piece = ring_back(&out, &to))) {
        if (piece > len - done)
            piece = len - done;
        err = tine_reply_read(call->reply, from + done, to, piece, &copied);
        out.tail += (unsigned)copied;
        done += copied;
        uart->send(&out);
    }
    if (!err && done < len)
        cut_short = true;
    return moved(call, err, done);
}

static long console_give(struct call *call)
{
    uint64_t to = call->m.w[0];
    size_t len = call->m.w[1], done = 0, piece, copied;
    unsigned char *from;
    err_t err = 0;

    while (!err && done < len && (piece = ring_front(&in, &from))) {
        if (piece > len - done)
            piece = len - done;
        err = tine_reply_write(call->reply, to + done, from, piece, &copied);
        in.head += (unsigned)copied;
        done += copied;
    }
    uart->listen(&in);
    return moved(call, err, done);
}

static long console_dispatch(struct call *call)
{
    switch (call->m.label) {
    case CONSOLE_WRITE:
        return console_take(call);
    case CONSOLE_READ:
        return console_give(call);
    case CONSOLE_DRAINED:
        return (long)ring_used(&out) + uart->busy();
    case CONSOLE_FLUSH:
        in.head = in.tail;
        uart->listen(&in);
        return 0;
    default:
        call->status = TINE_ERR_CALL;
        return ANSWER_STATUS;
    }
}

static void console_notified(uint64_t bits)
{
    bool news;

    if (!(bits & EVENT_INTERRUPT))
        return;
    news = uart->serve(&in, &out);
    if (cut_short && ring_room(&out) >= RING_BYTES / 2) {
        cut_short = false;
        news = true;
    }
    if (news)
        vfs_tell();
    tine_interrupt_ack(ROOT_CONSOLE_INTERRUPT);
}

int main(void)
{
    static const struct server server = { .dispatch = console_dispatch, .notified = console_notified };
    const struct root_facts *facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;

    if (tine_space_device(TINE_SLOT_SPACE, SERVER_DEVICES, 1, TINE_PROT_READ | TINE_PROT_WRITE, ROOT_CONSOLE_DEVICE, 0))
        return 1;
    uart = facts->uart_kind == ROOT_UART_SIFIVE ? &uart_sifive : &uart_16550;
    uart->start((void *)(SERVER_DEVICES + facts->uart_offset), facts);
    /* A driver before this one may have died at any point: take what it left, and let vfs try again. */
    console_notified(EVENT_INTERRUPT);
    vfs_tell();
    server_loop(TINE_SLOT_ENDPOINT, &server);
    return 1;
}
