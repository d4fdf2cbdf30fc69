/*
 * servers/vfs/ldisc.c on anything: the input is a script of settings, received bytes, reads and writes. What was
 * promised in the header must hold after each step.
 */
#include "servers/vfs/ldisc.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct ldisc ld;

struct script {
    const uint8_t *at, *end;
};

static uint8_t next(struct script *s)
{
    return s->at < s->end ? *s->at++ : 0;
}

static void settings(struct script *s)
{
    struct termios2 t = ld.termios;

    t.c_iflag = next(s) | next(s) << 8;
    t.c_oflag = next(s) | next(s) << 8;
    t.c_lflag = next(s) | next(s) << 8;
    t.c_cc[next(s) % NCCS] = next(s);
    ldisc_set(&ld, &t);
}

static void receive(struct script *s)
{
    unsigned repeat = 1U << (next(s) & 7);
    uint8_t c = next(s);

    while (repeat--) {
        int sig = ldisc_input(&ld, c);

        if (sig && sig != 2 && sig != 3 && sig != 20)
            abort();
    }
}

static void read_some(struct script *s)
{
    size_t size = next(s) * 4U, n;
    char *to = malloc(size + 1);
    uint32_t advance, ready = ldisc_ready(&ld);

    n = ldisc_peek(&ld, to, size, &advance);
    if (n > size || n > advance || advance > ready || (size && ready && !advance))
        abort();
    ldisc_consume(&ld, advance);
    if (ldisc_ready(&ld) != ready - advance)
        abort();
    free(to);
}

static void write_some(struct script *s)
{
    size_t n = next(s), queued = ldisc_queued(&ld);
    char *from = malloc(n + 1);

    memset(from, next(s), n);
    if (ldisc_write(&ld, from, n) < n && !queued)
        abort();
    free(from);
}

static void send_some(struct script *s)
{
    size_t n = next(s) * 64U;

    ldisc_sent(&ld, n < ldisc_queued(&ld) ? n : ldisc_queued(&ld));
}

static void check(void)
{
    if (ld.head - ld.tail > LDISC_INPUT || ld.canon - ld.tail > ld.head - ld.tail || ldisc_room(&ld) > LDISC_INPUT)
        abort();
    if (ld.output_start > ld.output_end || ld.output_end > LDISC_OUTPUT)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static void (*const step[])(struct script *) = { settings,  receive,    receive,  receive,
                                                     read_some, write_some, send_some };
    struct script s = { data, data + bytes };

    ldisc_init(&ld);
    while (s.at < s.end) {
        step[next(&s) % (sizeof(step) / sizeof(step[0]))](&s);
        check();
    }
    return 0;
}
