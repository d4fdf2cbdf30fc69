/* libc/server.c against a kernel that hands out messages from a script and notes the answers. */
#define _GNU_SOURCE
#include "libc/layout.h"
#include "libc/server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

/* ---- the kernel ------------------------------------------------------------------------------------------------ */

#define SCRIPT_MAX 64
#define CAPS 4096

static struct tine_message script[SCRIPT_MAX];
static unsigned script_length, script_at;
static long holds[CAPS];  /* by reply object: the label of whom it holds, 0 for nobody */
static bool exists[CAPS]; /* reply objects */
static unsigned replies_made, pages_mapped;
static cap_t last_reply; /* that something was received with */
static bool exhausted, refuse_items;

struct answer {
    long label; /* of the call that was answered */
    enum tine_answer how;
    long status;
    unsigned long value;
};
static struct answer answers[SCRIPT_MAX];
static unsigned answer_count;

static err_t next_message(cap_t reply, struct tine_message *m)
{
    assert_true(exists[reply]);
    assert_int_equal(holds[reply], 0);
    last_reply = reply;
    if (script_at == script_length)
        return TINE_ERR_GONE;
    *m = script[script_at++];
    if (m->label != TINE_LABEL_NOTIFICATION)
        holds[reply] = m->label;
    return 0;
}

err_t tine_receive(cap_t endpoint, cap_t reply, struct tine_message *m, cap_t *came, cap_t accept)
{
    return next_message(reply, m);
}

err_t tine_reply(cap_t reply, enum tine_answer answer, long status, struct tine_message *m, cap_t *pass)
{
    if (!holds[reply])
        return TINE_ERR_STATE;
    if (answer == TINE_ANSWER_ITEM && refuse_items)
        return TINE_ERR_MEMORY;
    if (answer == TINE_ANSWER_COPY && refuse_items)
        return TINE_ERR_FAULT;
    answers[answer_count++] = (struct answer){ holds[reply], answer, status, m->w[0] };
    holds[reply] = 0;
    return 0;
}

err_t tine_reply_receive(cap_t endpoint, cap_t reply, enum tine_answer answer, long status, struct tine_message *m)
{
    err_t err = holds[reply] ? tine_reply(reply, answer, status, m, NULL) : 0;

    if (err) {
        m->badge = endpoint; /* as the stub would have it */
        m->label = -TINE_REPLY_RECEIVE;
        return err;
    }
    return next_message(reply, m);
}

err_t tine_forward(cap_t reply, cap_t endpoint, struct tine_message *m)
{
    if (!holds[reply])
        return TINE_ERR_STATE;
    answers[answer_count++] = (struct answer){ holds[reply], 100, m->label, m->w[0] };
    holds[reply] = 0;
    return 0;
}

err_t tine_reply_create(cap_t pool, cap_t slot)
{
    if (exhausted)
        return TINE_ERR_MEMORY;
    assert_false(exists[slot]);
    exists[slot] = true;
    replies_made++;
    return 0;
}

err_t tine_space_zero(cap_t space, uint64_t addr, size_t npages, unsigned prot)
{
    if (exhausted)
        return TINE_ERR_MEMORY;
    pages_mapped++;
    return mmap((void *)addr, npages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
                   MAP_FAILED
               ? TINE_ERR_MEMORY
               : 0;
}

err_t tine_cap_delete(cap_t slot)
{
    return 0;
}

err_t tine_destroy(cap_t slot)
{
    return 0;
}

/* ---- the server ------------------------------------------------------------------------------------------------ */

static struct call kept[SCRIPT_MAX];
static unsigned kept_count, again_count;
static uint64_t notified_bits;
static struct call seen_failed;

enum { VALUE = 1, KEEP, FORWARD, RESTART, ITEM, COPY, STATUS, FAULT, WAKE_ALL, WAKE_TWO, WAKE_AND_LEAVE, LABELS };

static long dispatch(struct call *call);

static long again(struct call *call)
{
    again_count++;
    return again_count % 2 ? DEFERRED : 7;
}

/* Every second time it waits again. */
static long keep_or_answer(struct call *call)
{
    struct call copy = *call;
    cap_t reply;

    if (again(call) == 7)
        return 7;
    reply = call_keep(call);
    if (!reply)
        return -12;
    copy.reply = reply;
    kept[kept_count++] = copy;
    return DEFERRED;
}

static void wake_all(void)
{
    struct call old[SCRIPT_MAX];
    unsigned n = kept_count;

    memcpy(old, kept, sizeof(old));
    kept_count = 0;
    for (unsigned i = 0; i < n; i++)
        call_again(&old[i], dispatch);
}

/* The last that were kept, the last first. */
static void wake(unsigned n)
{
    while (n--) {
        kept_count--;
        reply_value(kept[kept_count].reply, 20 + (long)kept_count);
    }
}

static long dispatch(struct call *call)
{
    switch (call->m.label) {
    case KEEP:
        return keep_or_answer(call);
    case FORWARD:
        return call_forward(call, 9, 55);
    case RESTART:
        return RESTARTED;
    case ITEM:
        return ANSWER_ITEM;
    case COPY:
        return call_copy(call, 7, 0x2000, "bytes", 5);
    case STATUS:
        call->status = -3;
        return ANSWER_STATUS;
    case FAULT:
        return call_fault(call, 0x1000, TINE_PROT_READ, 8);
    case WAKE_ALL:
        wake_all();
        return 0;
    case WAKE_TWO:
        wake(2);
        return 0;
    case WAKE_AND_LEAVE:
        wake(1);
        return call_forward(call, 9, 55);
    default:
        return (long)call->m.w[0] + 1;
    }
}

static void notified(uint64_t bits)
{
    notified_bits |= bits;
    if (bits == 4)
        wake(1);
}

static long failed(struct call *call, err_t err)
{
    assert_int_equal(err, TINE_ERR_MEMORY);
    seen_failed = *call;
    return RESTARTED;
}

static long uncopied(struct call *call, err_t err)
{
    assert_int_equal(err, TINE_ERR_FAULT);
    seen_failed = *call;
    return -14;
}

static const struct server server = { dispatch, notified, failed, uncopied };

/* A loop begins with TINE_SLOT_REPLY: gets that back from among the idle ones, for the loop to come. */
static void rewind_replies(void)
{
    cap_t others[SCRIPT_MAX];
    unsigned n = 0;

    reply_give(last_reply);
    while ((others[n] = reply_take()) != TINE_SLOT_REPLY)
        n++;
    while (n)
        reply_give(others[--n]);
}

static void serve(const struct tine_message *messages, unsigned n)
{
    memcpy(script, messages, n * sizeof(*messages));
    script_length = n;
    script_at = answer_count = kept_count = again_count = 0;
    exists[TINE_SLOT_REPLY] = true;
    assert_int_equal(server_loop(TINE_SLOT_ENDPOINT, &server), TINE_ERR_GONE);
    rewind_replies();
}

#define SERVE(...) \
    do { \
        const struct tine_message messages[] = { __VA_ARGS__ }; \
        serve(messages, sizeof(messages) / sizeof(messages[0])); \
    } while (0)

static void expect(unsigned i, long label, int how, long status, unsigned long value)
{
    assert_true(i < answer_count);
    assert_int_equal(answers[i].label, label);
    assert_int_equal(answers[i].how, how);
    assert_int_equal(answers[i].status, status);
    assert_int_equal(answers[i].value, value);
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static void values(void **state)
{
    /* The neighbours of the special outcomes are values. */
    SERVE({ .label = VALUE, .w = { 4 } }, { .label = VALUE, .w = { (unsigned long)ANSWER_COPY - 2 } },
          { .label = VALUE, .w = { (unsigned long)DEFERRED } });
    assert_int_equal(answer_count, 3);
    expect(0, VALUE, TINE_ANSWER_VALUE, 0, 5);
    expect(1, VALUE, TINE_ANSWER_VALUE, 0, (unsigned long)ANSWER_COPY - 1);
    expect(2, VALUE, TINE_ANSWER_VALUE, 0, (unsigned long)DEFERRED + 1);
}

static void other_outcomes(void **state)
{
    SERVE({ .label = RESTART }, { .label = FORWARD, .w = { 3 } }, { .label = STATUS }, { .label = FAULT },
          { .label = VALUE });
    assert_int_equal(answer_count, 5);
    expect(0, RESTART, TINE_ANSWER_RESTART, 0, 0);
    expect(1, FORWARD, 100, 55, 3);
    expect(2, STATUS, TINE_ANSWER_VALUE, -3, 0);
    expect(3, FAULT, 100, TINE_LABEL_FAULT, 0x1000);
    expect(4, VALUE, TINE_ANSWER_VALUE, 0, 1);
}

static void notification(void **state)
{
    notified_bits = 0;
    SERVE({ .label = TINE_LABEL_NOTIFICATION, .w = { 6 } }, { .label = VALUE });
    assert_int_equal(notified_bits, 6);
    assert_int_equal(answer_count, 1);
}

static void items(void **state)
{
    SERVE({ .label = ITEM, .w = { TINE_SPACE_ZERO, 0x5000 } }, { .label = VALUE });
    expect(0, ITEM, TINE_ANSWER_ITEM, 0, TINE_SPACE_ZERO);
    refuse_items = true;
    SERVE({ .label = ITEM, .badge = 77, .w = { TINE_SPACE_ZERO, 0x5000 } }, { .label = VALUE });
    refuse_items = false;
    assert_int_equal(seen_failed.m.badge, 77);
    assert_int_equal(seen_failed.m.label, ITEM);
    assert_int_equal(seen_failed.m.w[1], 0x5000);
    expect(0, ITEM, TINE_ANSWER_RESTART, 0, answers[0].value);
    expect(1, VALUE, TINE_ANSWER_VALUE, 0, 1);
}

static void copies(void **state)
{
    SERVE({ .label = COPY }, { .label = VALUE });
    expect(0, COPY, TINE_ANSWER_COPY, 0, 7);
    refuse_items = true;
    SERVE({ .label = COPY, .badge = 78 }, { .label = VALUE });
    refuse_items = false;
    assert_int_equal(seen_failed.m.badge, 78);
    assert_int_equal(seen_failed.m.label, COPY);
    assert_int_equal(seen_failed.m.w[0], 7);
    assert_int_equal(seen_failed.m.w[1], 0x2000);
    assert_int_equal(seen_failed.m.w[3], 5);
    expect(0, COPY, TINE_ANSWER_VALUE, 0, (unsigned long)-14);
    expect(1, VALUE, TINE_ANSWER_VALUE, 0, 1);
}

static void keeping(void **state)
{
    SERVE({ .label = KEEP, .w = { 1 } }, { .label = VALUE }, { .label = WAKE_ALL });
    assert_int_equal(answer_count, 3);
    expect(0, VALUE, TINE_ANSWER_VALUE, 0, 1);
    expect(1, KEEP, TINE_ANSWER_VALUE, 0, 7); /* the second time it runs */
    expect(2, WAKE_ALL, TINE_ANSWER_VALUE, 0, 0);
}

/* Everybody is answered once, in order; the last answer goes with the receive where nobody else is answered then. */
static void answers_put_off(void **state)
{
    SERVE({ .label = KEEP }, { .label = KEEP }, { .label = KEEP }, { .label = WAKE_TWO }, { .label = VALUE });
    assert_int_equal(answer_count, 5); /* the second was not kept */
    expect(1, KEEP, TINE_ANSWER_VALUE, 0, 21);
    expect(2, KEEP, TINE_ANSWER_VALUE, 0, 20);
    expect(3, WAKE_TWO, TINE_ANSWER_VALUE, 0, 0);
    SERVE({ .label = KEEP }, { .label = WAKE_AND_LEAVE, .w = { 3 } }, { .label = VALUE });
    assert_int_equal(answer_count, 3);
    expect(0, WAKE_AND_LEAVE, 100, 55, 3);
    expect(1, KEEP, TINE_ANSWER_VALUE, 0, 20);
    expect(2, VALUE, TINE_ANSWER_VALUE, 0, 1);
    SERVE({ .label = KEEP }, { .label = TINE_LABEL_NOTIFICATION, .w = { 4 } }, { .label = VALUE });
    assert_int_equal(answer_count, 2);
    expect(0, KEEP, TINE_ANSWER_VALUE, 0, 20);
    replies_send(); /* there is none */
    assert_int_equal(answer_count, 2);
}

/* However often callers are kept, only as many reply objects are made as were needed at once. */
static void replies_are_used_again(void **state)
{
    unsigned before;

    SERVE({ .label = KEEP }, { .label = WAKE_ALL });
    before = replies_made;
    for (int i = 0; i < 1000; i++)
        SERVE({ .label = KEEP }, { .label = WAKE_ALL });
    assert_int_equal(replies_made, before);
    reply_value(reply_take(), 5); /* holds nobody: no harm */
    assert_int_equal(replies_made, before);
}

static void out_of_memory(void **state)
{
    cap_t taken[SCRIPT_MAX];
    unsigned n = 0;

    exhausted = true;
    while ((taken[n] = reply_take()))
        n++;
    assert_true(n < SCRIPT_MAX);
    SERVE({ .label = KEEP }, { .label = VALUE });
    exhausted = false;
    expect(0, KEEP, TINE_ANSWER_VALUE, 0, -12UL);
    expect(1, VALUE, TINE_ANSWER_VALUE, 0, 1);
    while (n)
        reply_give(taken[--n]);
}

static void slots(void **state)
{
    static cap_t taken[3000];

    for (unsigned i = 0; i < 3000; i++) {
        taken[i] = cap_take();
        assert_true(taken[i] >= TINE_SLOT_DYNAMIC);
    }
    for (unsigned i = 0; i < 3000; i++)
        for (unsigned j = i + 1; j < 3000; j++)
            assert_int_not_equal(taken[i], taken[j]);
    cap_give(taken[7]);
    assert_int_equal(cap_take(), taken[7]);
    cap_give(0);
    for (unsigned i = 0; i < 3000; i++)
        cap_drop(taken[i]);
    assert_true(pages_mapped <= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),        cmocka_unit_test(other_outcomes), cmocka_unit_test(notification),
        cmocka_unit_test(items),         cmocka_unit_test(keeping),
        cmocka_unit_test(answers_put_off),        cmocka_unit_test(replies_are_used_again),
        cmocka_unit_test(out_of_memory), cmocka_unit_test(slots),         cmocka_unit_test(copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
