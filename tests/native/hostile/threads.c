/* Threads: registers, words and fields, and what cannot be set. */
#include "hostile.h"

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
    cap_t thread = make(TINE_KIND_THREAD);
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
    struct tine_values v;

    turns = 0;
    thread = spawn(turning, 0);
    expect_that("thread_start: it ran", turns == 1);
    expect("thread_start: not stopped", tine_thread_start(thread), TINE_ERR_STATE);
    expect("thread_stop: works", tine_thread_stop(thread), 0);
    expect("thread_stop: again", tine_thread_stop(thread), 0);
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
    states();
    wild();
}
