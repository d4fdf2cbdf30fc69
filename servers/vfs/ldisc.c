/* The line discipline. Order of reading: output, echo, erasing, input, reading, settings. */
#include "servers/vfs/ldisc.h"
#include <string.h>

#define SIGINT_ 2
#define SIGQUIT_ 3
#define SIGTSTP_ 20

#define BELL '\a'

static inline bool iflag(const struct ldisc *ld, unsigned flag)
{
    return ld->termios.c_iflag & flag;
}

static inline bool oflag(const struct ldisc *ld, unsigned flag)
{
    return ld->termios.c_oflag & flag;
}

static inline bool lflag(const struct ldisc *ld, unsigned flag)
{
    return ld->termios.c_lflag & flag;
}

/* c is the special character `which`; 0 disables one. */
static inline bool is(const struct ldisc *ld, unsigned which, unsigned char c)
{
    return c && ld->termios.c_cc[which] == c;
}

static inline bool is_control(unsigned char c)
{
    return c < ' ' || c == 0x7f;
}

/* A byte of a UTF-8 sequence that is not its first takes no column. */
static inline bool is_continuation(const struct ldisc *ld, unsigned char c)
{
    return iflag(ld, IUTF8) && (c & 0xc0) == 0x80;
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static unsigned char upper(unsigned char c)
{
    return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

/* ---- output
 * ------------------------------------------------------------------------------------------------------------------ */

/* Room for whatever one byte may become; the queue moves to the front of its buffer if that helps. */
static bool output_room(struct ldisc *ld)
{
    if (ld->output_end + LDISC_WIDEST <= LDISC_OUTPUT)
        return true;
    if (ld->output_start < LDISC_OUTPUT / 2)
        return false;
    memmove(ld->output, ld->output + ld->output_start, ldisc_queued(ld));
    ld->output_end -= ld->output_start;
    ld->output_start = 0;
    return true;
}

static inline void put(struct ldisc *ld, char c)
{
    ld->output[ld->output_end++] = c;
}

static void put_newline(struct ldisc *ld)
{
    if (oflag(ld, ONLCR))
        put(ld, '\r');
    if (oflag(ld, ONLCR | ONLRET))
        ld->column = 0;
    ld->line_column = ld->column;
    put(ld, '\n');
}

static void put_return(struct ldisc *ld)
{
    if (oflag(ld, ONOCR) && !ld->column)
        return;
    if (oflag(ld, OCRNL)) {
        if (oflag(ld, ONLRET))
            ld->column = ld->line_column = 0;
        put(ld, '\n');
        return;
    }
    ld->column = ld->line_column = 0;
    put(ld, '\r');
}

static void put_tab(struct ldisc *ld)
{
    unsigned spaces = 8 - (ld->column & 7);

    ld->column += spaces;
    if ((ld->termios.c_oflag & TABDLY) != XTABS) {
        put(ld, '\t');
        return;
    }
    while (spaces--)
        put(ld, ' ');
}

static void put_plain(struct ldisc *ld, unsigned char c)
{
    if (c == '\b' && ld->column)
        ld->column--;
    if (oflag(ld, OLCUC))
        c = upper(c);
    if (!is_control(c) && !is_continuation(ld, c))
        ld->column++;
    put(ld, (char)c);
}

/* One byte with OPOST in force. */
static void put_processed(struct ldisc *ld, unsigned char c)
{
    switch (c) {
    case '\n':
        put_newline(ld);
        return;
    case '\r':
        put_return(ld);
        return;
    case '\t':
        put_tab(ld);
        return;
    default:
        put_plain(ld, c);
    }
}

size_t ldisc_write(struct ldisc *ld, const char *from, size_t n)
{
    size_t i;

    for (i = 0; i < n && output_room(ld); i++) {
        if (oflag(ld, OPOST))
            put_processed(ld, (unsigned char)from[i]);
        else
            put(ld, from[i]);
    }
    return i;
}

/* ---- echo: dropped when the queue is full
 * ------------------------------------------------------------------------------------- */

static void echo_raw(struct ldisc *ld, unsigned char c)
{
    if (!output_room(ld))
        return;
    if (oflag(ld, OPOST))
        put_processed(ld, c);
    else
        put(ld, (char)c);
}

/* Control characters are shown as ^X with ECHOCTL. */
static void echo(struct ldisc *ld, unsigned char c)
{
    if (lflag(ld, ECHOCTL) && is_control(c) && c != '\t') {
        echo_raw(ld, '^');
        c ^= 0100;
    }
    echo_raw(ld, c);
}

/* The cursor goes back over one column, which becomes blank. */
static void echo_rubout(struct ldisc *ld)
{
    static const char rubout[] = "\b \b";

    if (!output_room(ld))
        return;
    for (unsigned i = 0; i < 3; i++)
        put(ld, rubout[i]);
    if (ld->column)
        ld->column--;
}

/* ---- erasing
 * --------------------------------------------------------------------------------------------------------------------
 */

static inline unsigned char input_at(const struct ldisc *ld, uint32_t position)
{
    return ld->input[position % LDISC_INPUT];
}

/* How far a tab before `end` in the line being edited had moved the cursor: counted from the tab before it, or from
 * where the line began. */
static unsigned tab_width(const struct ldisc *ld, uint32_t end)
{
    unsigned column = 0;
    bool tab = false;

    for (uint32_t at = end; at != ld->canon && !tab; at--) {
        unsigned char c = input_at(ld, at - 1);

        tab = c == '\t';
        if (tab || is_continuation(ld, c))
            continue;
        if (!is_control(c))
            column++;
        else if (lflag(ld, ECHOCTL))
            column += 2;
    }
    if (!tab)
        column += ld->line_column;
    return 8 - (column & 7);
}

static void echo_erased_tab(struct ldisc *ld, uint32_t at)
{
    for (unsigned width = tab_width(ld, at); width && output_room(ld); width--) {
        put(ld, '\b');
        if (ld->column)
            ld->column--;
    }
}

/* What erasing c, which was at position `at`, does on the screen. */
static void echo_erased(struct ldisc *ld, unsigned char c, uint32_t at)
{
    if (c == '\t') {
        echo_erased_tab(ld, at);
        return;
    }
    if (is_control(c) && lflag(ld, ECHOCTL))
        echo_rubout(ld);
    if (!is_control(c) || lflag(ld, ECHOCTL))
        echo_rubout(ld);
}

/* Takes the last character of the line, all bytes of it, and gives its first byte. */
static unsigned char character_drop(struct ldisc *ld)
{
    unsigned char c;

    do
        c = input_at(ld, --ld->head);
    while (is_continuation(ld, c) && ld->head != ld->canon);
    return c;
}

static void erase_character(struct ldisc *ld)
{
    unsigned char c = character_drop(ld);

    if (!lflag(ld, ECHO))
        return;
    if (lflag(ld, ECHOE))
        echo_erased(ld, c, ld->head);
    else
        echo(ld, ld->termios.c_cc[VERASE]);
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c >= 0x80;
}

/* The last word and what separates it from the cursor. */
static void erase_word(struct ldisc *ld)
{
    bool seen = false;

    while (ld->head != ld->canon) {
        bool word = is_word(input_at(ld, ld->head - 1));

        if (seen && !word)
            return;
        seen = word;
        erase_character(ld);
    }
}

static void erase_line(struct ldisc *ld)
{
    if (lflag(ld, ECHO) && lflag(ld, ECHOK) && lflag(ld, ECHOKE) && lflag(ld, ECHOE)) {
        while (ld->head != ld->canon)
            erase_character(ld);
        return;
    }
    ld->head = ld->canon;
    if (!lflag(ld, ECHO))
        return;
    echo(ld, ld->termios.c_cc[VKILL]);
    if (lflag(ld, ECHOK))
        echo_raw(ld, '\n');
}

static void erase(struct ldisc *ld, unsigned char c)
{
    if (ld->head == ld->canon)
        return;
    if (is(ld, VKILL, c))
        erase_line(ld);
    else if (is(ld, VERASE, c))
        erase_character(ld);
    else
        erase_word(ld);
}

/* ---- input
 * -----------------------------------------------------------------------------------------------------------------------
 */

/* Bytes that fit. The last place is for the end of a line. */
static uint32_t input_room(const struct ldisc *ld)
{
    return LDISC_INPUT - (ld->head - ld->tail);
}

static void store(struct ldisc *ld, unsigned char c)
{
    ld->input[ld->head++ % LDISC_INPUT] = c;
}

/* Stores c as the end of a line: the line is complete. */
static void store_end(struct ldisc *ld, unsigned char c)
{
    uint32_t place = ld->head % LDISC_INPUT;

    ld->ends[place / 32] |= 1U << place % 32;
    store(ld, c);
    ld->canon = ld->head;
}

static void refuse(struct ldisc *ld)
{
    if (iflag(ld, IMAXBEL))
        echo_raw(ld, BELL);
}

/* A byte that means nothing special. PARMRK marks errors by 0xff, so a real 0xff comes twice. */
static void input_plain(struct ldisc *ld, unsigned char c)
{
    bool twice = iflag(ld, PARMRK) && c == 0xff;

    if (input_room(ld) <= 1U + twice) {
        refuse(ld);
        return;
    }
    if (lflag(ld, ECHO)) {
        if (ld->head == ld->canon)
            ld->line_column = ld->column;
        if (c == '\n')
            echo_raw(ld, c);
        else
            echo(ld, c);
    }
    if (twice)
        store(ld, c);
    store(ld, c);
}

static void input_end(struct ldisc *ld, unsigned char c, bool echoed)
{
    if (!input_room(ld)) {
        refuse(ld);
        return;
    }
    if (echoed && c == '\n')
        echo_raw(ld, c);
    else if (echoed)
        echo(ld, c);
    store_end(ld, c);
}

/* REPRINT: the line again, on a new line. */
static void reprint(struct ldisc *ld)
{
    echo(ld, ld->termios.c_cc[VREPRINT]);
    echo_raw(ld, '\n');
    for (uint32_t at = ld->canon; at != ld->head; at++)
        echo(ld, input_at(ld, at));
}

static void take_literally(struct ldisc *ld)
{
    ld->literal = true;
    if (lflag(ld, ECHO) && lflag(ld, ECHOCTL)) {
        echo_raw(ld, '^');
        echo_raw(ld, '\b');
    }
}

/* Editing of a line. */
static void input_canonical(struct ldisc *ld, unsigned char c)
{
    bool extended = lflag(ld, IEXTEN);

    if (is(ld, VERASE, c) || is(ld, VKILL, c) || (extended && is(ld, VWERASE, c)))
        erase(ld, c);
    else if (extended && is(ld, VLNEXT, c))
        take_literally(ld);
    else if (extended && lflag(ld, ECHO) && is(ld, VREPRINT, c))
        reprint(ld);
    else if (c == '\n')
        input_end(ld, c, lflag(ld, ECHO | ECHONL));
    else if (is(ld, VEOF, c))
        input_end(ld, 0, false);
    else if (is(ld, VEOL, c) || (extended && is(ld, VEOL2, c)))
        input_end(ld, c, lflag(ld, ECHO));
    else
        input_plain(ld, c);
}

static int signal_of(const struct ldisc *ld, unsigned char c)
{
    if (!lflag(ld, ISIG))
        return 0;
    return is(ld, VINTR, c) ? SIGINT_ : is(ld, VQUIT, c) ? SIGQUIT_ : is(ld, VSUSP, c) ? SIGTSTP_ : 0;
}

static int input_signal(struct ldisc *ld, unsigned char c, int sig)
{
    if (!lflag(ld, NOFLSH)) {
        ldisc_flush_input(ld);
        ldisc_flush_output(ld);
    }
    if (iflag(ld, IXON))
        ld->stopped = false;
    if (lflag(ld, ECHO))
        echo(ld, c);
    return sig;
}

/* START and STOP, and IXANY: true if the byte was just that. */
static bool flow_control(struct ldisc *ld, unsigned char c)
{
    if (!iflag(ld, IXON))
        return false;
    if (is(ld, VSTART, c) || is(ld, VSTOP, c)) {
        ld->stopped = !is(ld, VSTART, c);
        return true;
    }
    if (iflag(ld, IXANY))
        ld->stopped = false;
    return false;
}

int ldisc_input(struct ldisc *ld, unsigned char c)
{
    int sig;

    if (iflag(ld, ISTRIP))
        c &= 0x7f;
    if (iflag(ld, IUCLC) && lflag(ld, IEXTEN))
        c = lower(c);
    if (ld->literal) {
        ld->literal = false;
        input_plain(ld, c);
        return 0;
    }
    if (flow_control(ld, c))
        return 0;
    if ((sig = signal_of(ld, c)))
        return input_signal(ld, c, sig);
    if (c == '\r' && iflag(ld, IGNCR))
        return 0;
    if (c == '\r' && iflag(ld, ICRNL))
        c = '\n';
    else if (c == '\n' && iflag(ld, INLCR))
        c = '\r';
    if (lflag(ld, ICANON))
        input_canonical(ld, c);
    else
        input_plain(ld, c);
    return 0;
}

uint32_t ldisc_room(const struct ldisc *ld)
{
    uint32_t room = input_room(ld) - 1;

    return lflag(ld, ICANON) && ld->canon == ld->tail ? LDISC_INPUT : room > LDISC_INPUT ? 0 : room;
}

/* ---- reading
 * ------------------------------------------------------------------------------------------------------------------------
 */

static bool ends_line(const struct ldisc *ld, uint32_t position)
{
    uint32_t place = position % LDISC_INPUT;

    return ld->ends[place / 32] >> place % 32 & 1;
}

static bool is_eof(const struct ldisc *ld, uint32_t position)
{
    return ends_line(ld, position) && !input_at(ld, position);
}

size_t ldisc_peek(const struct ldisc *ld, char *to, size_t size, uint32_t *advance)
{
    bool canonical = lflag(ld, ICANON), ended = false;
    uint32_t end = canonical ? ld->canon : ld->head, at = ld->tail;
    size_t n = 0;

    while (n < size && at != end && !ended) {
        ended = canonical && ends_line(ld, at);
        if (!is_eof(ld, at))
            to[n++] = (char)input_at(ld, at);
        at++;
    }
    /* An EOF behind what just filled the buffer would look like an end of file to the next read. */
    if (canonical && n && !ended && at != end && is_eof(ld, at))
        at++;
    *advance = at - ld->tail;
    return n;
}

void ldisc_consume(struct ldisc *ld, uint32_t advance)
{
    for (; advance; advance--, ld->tail++) {
        uint32_t place = ld->tail % LDISC_INPUT;

        ld->ends[place / 32] &= ~(1U << place % 32);
    }
    if ((int32_t)(ld->canon - ld->tail) < 0)
        ld->canon = ld->tail;
}

void ldisc_flush_input(struct ldisc *ld)
{
    ld->tail = ld->canon = ld->head;
    memset(ld->ends, 0, sizeof(ld->ends));
    ld->literal = false;
}

void ldisc_flush_output(struct ldisc *ld)
{
    ld->output_start = ld->output_end = 0;
}

/* ---- settings
 * ------------------------------------------------------------------------------------------------------------------------
 */

/* Without lines there are no ends, and an EOF is no byte that could be read. */
static void ends_remove(struct ldisc *ld)
{
    uint32_t to = ld->tail;

    for (uint32_t at = ld->tail; at != ld->head; at++)
        if (!is_eof(ld, at))
            ld->input[to++ % LDISC_INPUT] = input_at(ld, at);
    ld->head = to;
    memset(ld->ends, 0, sizeof(ld->ends));
}

void ldisc_set(struct ldisc *ld, const struct termios2 *termios)
{
    bool before = lflag(ld, ICANON), after = termios->c_lflag & ICANON;

    ld->termios = *termios;
    if (before && !after)
        ends_remove(ld);
    if (before != after) {
        ld->canon = ld->head; /* received so far: to be read as it is */
        ld->literal = false;
    }
    if (!iflag(ld, IXON))
        ld->stopped = false;
}

void ldisc_init(struct ldisc *ld)
{
    static const struct termios2 initial = {
        .c_iflag = ICRNL | IXON,
        .c_oflag = OPOST | ONLCR,
        .c_cflag = B115200 | CS8 | CREAD | HUPCL,
        .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
        .c_cc = { [VINTR] = 3,
                  [VQUIT] = 034,
                  [VERASE] = 0177,
                  [VKILL] = 025,
                  [VEOF] = 4,
                  [VMIN] = 1,
                  [VSTART] = 021,
                  [VSTOP] = 023,
                  [VSUSP] = 032,
                  [VREPRINT] = 022,
                  [VDISCARD] = 017,
                  [VWERASE] = 027,
                  [VLNEXT] = 026 },
        .c_ispeed = 115200,
        .c_ospeed = 115200,
    };

    memset(ld, 0, offsetof(struct ldisc, output));
    ld->termios = initial;
}
