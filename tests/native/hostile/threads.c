/* Threads: registers, words and fields, and what cannot be set. */
#include "hostile.h"
#include <string.h>

static void refusals(void)
{
    cap_t thread = make(TINE_KIND_THREAD), wrong = other(TINE_KIND_THREAD), weak = with(thread, TINE_READ);
    cap_t blind = with(thread, TINE_WRITE);
    struct tine_registers registers = { 0 };
    struct tine_values v;
    uint64_t words[8] = { 0 };

    expect("thread_start: another kind", tine_thread_start(wrong), TINE_ERR_CAP);
    expect("thread_start: without WRITE", tine_thread_start(weak), TINE_ERR_RIGHTS);
    expect("thread_stop: another kind", tine_thread_stop(wrong), TINE_ERR_CAP);
    expect("thread_stop: without WRITE", tine_thread_stop(weak), TINE_ERR_RIGHTS);
    expect("thread_read: another kind", tine_thread_read(wrong, &registers, NULL), TINE_ERR_CAP);
    expect("thread_read: without READ", tine_thread_read(blind, &registers, NULL), TINE_ERR_RIGHTS);
    expect("thread_read: to nowhere", tine_thread_read(thread, (void *)NOWHERE, NULL), TINE_ERR_FAULT);
    expect("thread_read: to text", tine_thread_read(thread, (void *)(uintptr_t)refusals, NULL), TINE_ERR_FAULT);
    expect("thread_write: another kind", tine_thread_write(wrong, &registers, NULL), TINE_ERR_CAP);
    expect("thread_write: without WRITE", tine_thread_write(weak, &registers, NULL), TINE_ERR_RIGHTS);
    expect("thread_write: from nowhere", tine_thread_write(thread, (void *)NOWHERE, NULL), TINE_ERR_FAULT);
    expect("thread_words: another kind", tine_thread_words(wrong, 0, 1, words), TINE_ERR_CAP);
    expect("thread_words: without WRITE", tine_thread_words(weak, 0, 1, words), TINE_ERR_RIGHTS);
    expect("thread_words: too many", tine_thread_words(thread, 0, 8, words), TINE_ERR_ARG);
    expect("thread_words: beyond the last", tine_thread_words(thread, TINE_THREAD_WORD_COUNT - 1, 2, words),
           TINE_ERR_ARG);
    expect("thread_words: wrapping", tine_thread_words(thread, ~0U, 2, words), TINE_ERR_ARG);
    expect("thread_attention: another kind", tine_thread_attention(wrong), TINE_ERR_CAP);
    expect("thread_attention: without WRITE", tine_thread_attention(weak), TINE_ERR_RIGHTS);
    expect("thread_info: another kind", tine_thread_info(wrong, &v), TINE_ERR_CAP);
    expect("thread_info: without READ", tine_thread_info(blind, &v), TINE_ERR_RIGHTS);
    expect("thread_info: works", tine_thread_info(thread, &v), 0);
    expect_that("thread_info: stopped", v.a1 == TINE_THREAD_STOPPED && v.a2 == 0);
}

/* In an image without resident servers there is none to be; what settling does is in the boot of PLACEMENT=mono. */
static void settling(void)
{
    cap_t thread = make(TINE_KIND_THREAD), wrong = other(TINE_KIND_THREAD), weak = with(thread, TINE_READ);

    expect("thread_settle: another kind", tine_thread_settle(wrong, TINE_SLOT_CONTROL, 0), TINE_ERR_CAP);
    expect("thread_settle: without WRITE", tine_thread_settle(weak, TINE_SLOT_CONTROL, 0), TINE_ERR_RIGHTS);
    expect("thread_settle: without control", tine_thread_settle(thread, thread, 0), TINE_ERR_CAP);
    expect("thread_settle: control without WRITE",
           tine_thread_settle(thread, with(TINE_SLOT_CONTROL, TINE_READ), 0), TINE_ERR_RIGHTS);
    expect("thread_settle: no such server", tine_thread_settle(thread, TINE_SLOT_CONTROL, TINE_RESIDENTS_MAX),
           TINE_ERR_ARG);
}

static void fields(void)
{
    cap_t thread = make(TINE_KIND_THREAD), wrong = other(TINE_KIND_THREAD), weak = with(thread, TINE_READ);

    expect("thread_set: another kind", tine_thread_set(wrong, TINE_FIELD_PRIORITY, 1), TINE_ERR_CAP);
    expect("thread_set: without WRITE", tine_thread_set(weak, TINE_FIELD_PRIORITY, 1), TINE_ERR_RIGHTS);
    expect("thread_set: no such field", tine_thread_set(thread, 99, 1), TINE_ERR_ARG);
    expect("thread_set: priority too high", tine_thread_set(thread, TINE_FIELD_PRIORITY, TINE_PRIORITIES),
           TINE_ERR_ARG);
    expect("thread_set: on no hart", tine_thread_set(thread, TINE_FIELD_AFFINITY, 1UL << 63), TINE_ERR_ARG);
    expect("thread_set: space of another kind", tine_thread_set(thread, TINE_FIELD_SPACE, wrong), TINE_ERR_CAP);
    expect("thread_set: cspace of another kind", tine_thread_set(thread, TINE_FIELD_CSPACE, wrong), TINE_ERR_CAP);
    expect("thread_set: route of another kind", tine_thread_set(thread, TINE_FIELD_ROUTE, wrong), TINE_ERR_CAP);
    expect("thread_set: pager of another kind", tine_thread_set(thread, TINE_FIELD_PAGER, thread), TINE_ERR_CAP);
    expect("thread_set: pager without WRITE", tine_thread_set(thread, TINE_FIELD_PAGER, with(wrong, TINE_READ)),
           TINE_ERR_RIGHTS);
    expect("thread_set: space without WRITE",
           tine_thread_set(thread, TINE_FIELD_SPACE, with(TINE_SLOT_SPACE, TINE_READ)), TINE_ERR_RIGHTS);
}

static void registers(void)
{
    cap_t thread = make(TINE_KIND_THREAD), copy;
    struct tine_registers in, out;
    struct tine_fp_registers fp_in, fp_out;
    bool same = true;

    in.pc = 0x12345678;
    for (int i = 0; i < 31; i++)
        in.x[i] = 0x1111UL * (unsigned)i;
    for (int i = 0; i < 32; i++)
        fp_in.f[i] = 0x7ff0000000000000 | (unsigned)i;
    fp_in.fcsr = 0x1f;
    expect("thread_write: works", tine_thread_write(thread, &in, &fp_in), 0);
    expect("thread_read: works", tine_thread_read(thread, &out, &fp_out), 0);
    for (int i = 0; i < 31; i++)
        same &= in.x[i] == out.x[i];
    expect_that("thread_read: registers", same && in.pc == out.pc);
    for (int i = 0; i < 32; i++)
        same &= fp_in.f[i] == fp_out.f[i];
    expect_that("thread_read: floating-point registers", same && fp_out.fcsr == fp_in.fcsr);
    copy = slot();
    expect("thread_create: with sp and tp of its own",
           tine_thread_create_at(pool, copy, TINE_SLOT_SPACE, thread, 0x7770, 0x8880), 0);
    tine_thread_read(copy, &out, NULL);
    expect_that("thread_create: sp and tp", out.x[1] == 0x7770 && out.x[3] == 0x8880);
    expect_that("thread_create: the others like the model's", out.x[2] == in.x[2] && out.x[30] == in.x[30]);
}

/* ---- DIVERT and RESUME ------------------------------------------------------------------------------------------ */

enum { HEAD_WORDS = 3, REST = 16, HEAD = 8 * HEAD_WORDS };

static const unsigned long head[HEAD_WORDS] = { 0x123, 0x456, 0x789 };

struct stored {
    unsigned long head[HEAD_WORDS];
    struct tine_registers r;
    struct tine_fp_registers fp;
    unsigned long rest[REST / 8];
};

static struct tine_divert somewhere(void)
{
    return (struct tine_divert){ .head = head, .head_bytes = HEAD, .pc = 0x4000, .ra = 0x5000, .argument = 7,
                                 .offset = 24, .bytes = sizeof(struct stored) };
}

/* A stopped thread with registers that can be told apart, whose stack ends at sp. */
static cap_t standing(unsigned long sp)
{
    cap_t thread = make(TINE_KIND_THREAD);
    struct tine_registers r = { .pc = 0x2000 };
    struct tine_fp_registers fp = { .fcsr = 1 };

    for (int i = 0; i < 31; i++)
        r.x[i] = 0x100UL + (unsigned)i;
    for (int i = 0; i < 32; i++)
        fp.f[i] = 0x200UL + (unsigned)i;
    r.x[1] = sp;
    tine_thread_write(thread, &r, &fp);
    return thread;
}

static bool same(const void *a, const void *b, size_t bytes)
{
    return !memcmp(a, b, bytes);
}

/* There and back, with the stack pointer at sp. */
static void divert_at(unsigned long sp, unsigned long behind, const char *there, const char *back)
{
    cap_t thread = standing(sp);
    struct tine_divert d = somewhere();
    struct tine_registers before, now;
    struct tine_fp_registers fp_before, fp_now;
    struct stored stored;
    static const struct tine_fp_registers none;
    unsigned long words[2] = { 0 };
    uint64_t at, fault;

    tine_thread_read(thread, &before, &fp_before);
    memset((void *)(sp - 2048), 0x5a, 2048);
    d.behind = behind;
    d.value = 0x77;
    expect(there, tine_thread_divert(thread, 0, &d, &at), 0);
    expect_that("thread_divert: below the stack pointer", at == ((sp - sizeof(stored)) & ~15UL));
    memcpy(&stored, (void *)at, sizeof(stored));
    tine_thread_read(thread, &now, NULL);
    expect_that("thread_divert: pc, ra, sp", now.pc == 0x4000 && now.x[0] == 0x5000 && now.x[1] == at);
    expect_that("thread_divert: its arguments", now.x[9] == 7 && now.x[10] == at && now.x[11] == at + 24);
    expect_that("thread_divert: all else as it was", same(&now.x[12], &before.x[12], sizeof(now.x) - 12 * 8));
    if (behind) {
        before.pc += 4;
        before.x[9] = 0x77;
    }
    expect_that("thread_divert: the head is stored", same(stored.head, head, HEAD));
    expect_that("thread_divert: the registers are stored", same(&stored.r, &before, sizeof(before)));
    expect_that("thread_divert: and those of floating point", same(&stored.fp, &fp_before, sizeof(fp_before)));
    expect_that("thread_divert: zeroes behind them", !stored.rest[0] && !stored.rest[1]);
    tine_thread_write(thread, &now, &none);
    expect(back, tine_thread_resume(thread, 0, HEAD, words, 8, sizeof(words), &fault), 0);
    tine_thread_read(thread, &now, &fp_now);
    expect_that("thread_resume: part of the head", words[0] == head[1] && words[1] == head[2]);
    expect_that("thread_resume: the registers are back", same(&now, &before, sizeof(now)));
    expect_that("thread_resume: and those of floating point", same(&fp_now, &fp_before, sizeof(fp_now)));
}

static void divert_refusals(void)
{
    cap_t wrong = other(TINE_KIND_THREAD), thread = standing(ROOM + 4096), gone = make(TINE_KIND_SPACE), far = slot();
    struct tine_divert d = somewhere();
    struct tine_registers before, now;
    unsigned long word;
    uint64_t at;

    tine_thread_read(thread, &before, NULL);
    expect("thread_divert: another kind", tine_thread_divert(wrong, 0, &d, &at), TINE_ERR_CAP);
    expect("thread_divert: without READ", tine_thread_divert(with(thread, TINE_WRITE), 0, &d, &at), TINE_ERR_RIGHTS);
    expect("thread_divert: without WRITE", tine_thread_divert(with(thread, TINE_READ), 0, &d, &at), TINE_ERR_RIGHTS);
    expect("thread_divert: to nowhere", tine_thread_divert(thread, NOWHERE, &d, &at), TINE_ERR_FAULT);
    expect_that("thread_divert: says where", at == NOWHERE);
    expect("thread_divert: to text", tine_thread_divert(thread, (uintptr_t)standing & ~7UL, &d, &at), TINE_ERR_FAULT);
    expect("thread_divert: beyond all addresses", tine_thread_divert(thread, ~0UL - 7, &d, &at), TINE_ERR_FAULT);
    expect("thread_divert: to the kernel", tine_thread_divert(thread, 0xffffffff80200000, &d, &at), TINE_ERR_FAULT);
    expect("thread_divert: half there", tine_thread_divert(thread, ROOM + ROOM_PAGES * 4096 - 64, &d, &at),
           TINE_ERR_FAULT);
    expect_that("thread_divert: says which half", at == ROOM + ROOM_PAGES * 4096);
    expect("thread_divert: unaligned", tine_thread_divert(thread, ROOM + 4, &d, &at), TINE_ERR_ARG);
    d.bytes = HEAD + 8;
    expect("thread_divert: no room for registers", tine_thread_divert(thread, ROOM, &d, &at), TINE_ERR_ARG);
    d.bytes = TINE_DIVERT_MOST + 8;
    expect("thread_divert: too much", tine_thread_divert(thread, ROOM, &d, &at), TINE_ERR_ARG);
    d.bytes = sizeof(struct stored);
    d.head_bytes = ~0UL - 7;
    expect("thread_divert: a head that wraps", tine_thread_divert(thread, ROOM, &d, &at), TINE_ERR_ARG);
    d.head_bytes = HEAD;
    d.head = (void *)NOWHERE;
    expect("thread_divert: a head from nowhere", tine_thread_divert(thread, ROOM, &d, &at), TINE_ERR_FAULT);

    expect("thread_resume: another kind", tine_thread_resume(wrong, ROOM, HEAD, &word, 0, 8, &at), TINE_ERR_CAP);
    expect("thread_resume: without WRITE", tine_thread_resume(with(thread, TINE_READ), ROOM, HEAD, &word, 0, 8, &at),
           TINE_ERR_RIGHTS);
    expect("thread_resume: from nowhere", tine_thread_resume(thread, NOWHERE, HEAD, &word, 0, 8, &at), TINE_ERR_FAULT);
    expect("thread_resume: from the kernel", tine_thread_resume(thread, 0xffffffff80200000, HEAD, &word, 0, 8, &at),
           TINE_ERR_FAULT);
    expect("thread_resume: half there",
           tine_thread_resume(thread, ROOM + ROOM_PAGES * 4096 - 64, HEAD, &word, 0, 8, &at), TINE_ERR_FAULT);
    expect("thread_resume: unaligned", tine_thread_resume(thread, ROOM + 4, HEAD, &word, 0, 8, &at), TINE_ERR_ARG);
    expect("thread_resume: beyond the head", tine_thread_resume(thread, ROOM, HEAD, &word, HEAD, 8, &at), TINE_ERR_ARG);
    expect("thread_resume: a head too large", tine_thread_resume(thread, ROOM, ~0UL - 7, &word, 0, 8, &at), TINE_ERR_ARG);
    expect("thread_resume: to nowhere", tine_thread_resume(thread, ROOM, HEAD, (void *)NOWHERE, 0, 8, &at),
           TINE_ERR_FAULT);
    tine_thread_read(thread, &now, NULL);
    expect_that("thread_divert: a refusal changes nothing", same(&now, &before, sizeof(now)));

    tine_thread_create(pool, far, gone, 0, 0);
    tine_destroy(gone);
    expect("thread_divert: its space is destroyed", tine_thread_divert(far, ROOM, &(struct tine_divert){ .bytes = 520 }, &at),
           TINE_ERR_GONE);
}

static void diversions(void)
{
    tine_space_zero(TINE_SLOT_SPACE, ROOM, ROOM_PAGES, TINE_PROT_READ | TINE_PROT_WRITE);
    divert_at(ROOM + 4096 - 8, 0, "thread_divert: works", "thread_resume: works");
    divert_at(ROOM + 2 * 4096 + 256, 1, "thread_divert: across two pages", "thread_resume: across two pages");
    divert_refusals();
}

static volatile unsigned long turns;

static void turning(unsigned long unused)
{
    (void)unused;
    turns++;
}

static void states(void)
{
    cap_t space = make(TINE_KIND_SPACE), homeless = slot(), thread;
    uint64_t words[7] = { 0 }, ticks = 9;
    struct tine_values v;

    thread = make(TINE_KIND_THREAD);
    expect("thread_start: too many words", tine_thread_start_with(thread, 0, 8, words), TINE_ERR_ARG);
    expect("thread_start: words beyond the last", tine_thread_start_with(thread, TINE_THREAD_WORD_COUNT, 1, words),
           TINE_ERR_ARG);
    tine_thread_info(thread, &v);
    expect_that("thread_start: refused words leave it stopped", v.a1 == TINE_THREAD_STOPPED);
    turns = 0;
    thread = spawn(turning, 0);
    expect_that("thread_start: it ran", turns == 1);
    expect("thread_start: not stopped", tine_thread_start(thread), TINE_ERR_STATE);
    expect("thread_stop: works", tine_thread_stop(thread), 0);
    expect("thread_stop: again", tine_thread_stop(thread), 0);
    expect("destroy: a thread says how long it ran",
           tine_destroy_thread(make(TINE_KIND_THREAD), &ticks), 0);
    expect_that("destroy: a thread that never ran", ticks == 0);
    tine_thread_info(thread, &v);
    expect_that("thread_info: stopped again", v.a1 == TINE_THREAD_STOPPED);
    tine_thread_create(pool, homeless, space, 0, 0);
    tine_destroy(space);
    expect("thread_start: its space is destroyed", tine_thread_start(homeless), TINE_ERR_STATE);
}

/* A thread at a wild address, without a pager: it must stand still and harm nobody. */
static void wild(void)
{
    cap_t thread = make(TINE_KIND_THREAD);
    static const unsigned long places[] = { 0, 1, NOWHERE, TINE_USER_END, 0xffffffff80200000, ~0UL, 0x10001 };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct tine_registers r = { .pc = places[i] };

        tine_thread_set(thread, TINE_FIELD_PRIORITY, 20);
        tine_thread_write(thread, &r, NULL);
        tine_thread_start(thread);
        expect("thread: at a wild address", tine_thread_stop(thread), 0);
    }
}

void test_threads(void)
{
    refusals();
    settling();
    fields();
    registers();
    diversions();
    states();
    wild();
}
