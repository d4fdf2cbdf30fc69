/*
 * The line discipline: what lies between a terminal's raw bytes and the programs that use it, termios(3). Pure: bytes
 * in, bytes out; no message, no clock, no memory but struct ldisc. tty.c moves the bytes and does what waits.
 *
 * Input: ldisc_input takes one received byte at a time; it edits the line, echoes into the output queue and says which
 * signal the byte stands for. Complete lines (or, without ICANON, all bytes) are looked at by ldisc_peek and removed by
 * ldisc_consume. Output: ldisc_write puts a program's bytes, processed, behind what is queued; tty.c sends the queue
 * from output[output_start] to output[output_end] unless `stopped`.
 */
#ifndef VFS_LDISC_H
#define VFS_LDISC_H

#include <asm/termbits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LDISC_INPUT 4096U /* bytes kept for reading, as in Linux; a power of two */
#define LDISC_OUTPUT 16384U
#define LDISC_WIDEST 16U /* most bytes that one byte becomes on output or in echo */

struct ldisc {
    struct termios2 termios;
    /* Input. Positions grow and wrap at 2^32: read at tail; complete lines end at canon; the line being edited at head.
     */
    uint32_t tail, canon, head;
    unsigned char input[LDISC_INPUT];
    uint32_t
        ends[LDISC_INPUT / 32]; /* a bit per byte: it ends a line. One of value 0 is an EOF, not part of the line */
    bool literal;               /* LNEXT came: the next byte is taken as it is */
    /* Output. */
    bool stopped;                 /* by STOP or TCOOFF */
    uint32_t column, line_column; /* of the cursor; where the line being edited began */
    size_t output_start, output_end;
    char output[LDISC_OUTPUT];
};

/* As Linux sets a new serial terminal: 115200 8N1, canonical, echoing, signals, ^S and ^Q. */
void ldisc_init(struct ldisc *ld);

/* New settings. What was received already stays readable: without ICANON all of it. */
void ldisc_set(struct ldisc *ld, const struct termios2 *termios);

/* One received byte. Returns 0 or the signal for the foreground group: SIGINT, SIGQUIT or SIGTSTP. */
int ldisc_input(struct ldisc *ld, unsigned char c);

/* How many bytes may be received now. 0 while unread lines fill the buffer; bytes beyond a line that is too long are
 * taken and dropped, so that its end can come. */
uint32_t ldisc_room(const struct ldisc *ld);

/* Bytes that a read could have now: 0 none. (An EOF alone counts, though the read gives 0 bytes.) */
static inline uint32_t ldisc_ready(const struct ldisc *ld)
{
    return (ld->termios.c_lflag & ICANON ? ld->canon : ld->head) - ld->tail;
}

/* Copies up to size bytes of what a read gets (at most one line with ICANON); *advance becomes what to consume with it.
 */
size_t ldisc_peek(const struct ldisc *ld, char *to, size_t size, uint32_t *advance);
void ldisc_consume(struct ldisc *ld, uint32_t advance);

void ldisc_flush_input(struct ldisc *ld);
void ldisc_flush_output(struct ldisc *ld);

/* Queues a program's bytes as OPOST says. Returns how many were taken: fewer when the queue is full. */
size_t ldisc_write(struct ldisc *ld, const char *from, size_t n);

static inline size_t ldisc_queued(const struct ldisc *ld)
{
    return ld->output_end - ld->output_start;
}

/* n bytes of the queue have been sent. */
static inline void ldisc_sent(struct ldisc *ld, size_t n)
{
    ld->output_start += n;
    if (ld->output_start == ld->output_end)
        ld->output_start = ld->output_end = 0;
}

#endif
