/* The frame of the tests: objects that end with the test, the comparison of balances, the count of failures. */
#include "hostile.h"
#include "libc/layout.h"
#include <stdio.h>

#define SLOTS_MAX 96
#define FUZZ_EPISODES 300
#define STACK_BYTES 16384

cap_t pool;
static cap_t taken[SLOTS_MAX];
static unsigned taken_count, thread_count, failures;
static bool quiet; /* the first run of a test, which grows what grows once */
static char stacks[THREADS_MAX][STACK_BYTES] __attribute__((aligned(16)));

void expect_that(const char *name, bool holds)
{
    if (!quiet)
        printf("%s %s\n", holds ? "ok" : "not ok", name);
    if (!quiet && !holds)
        failures++;
}

void expect(const char *name, err_t got, err_t wanted)
{
    if (!quiet && got != wanted)
        printf("# %s: %ld instead of %ld\n", name, got, wanted);
    expect_that(name, got == wanted);
}

/* ---- objects --------------------------------------------------------------------------------------------------- */

cap_t slot(void)
{
    cap_t s = cap_take();

    if (!s || taken_count == SLOTS_MAX)
        expect_that("a slot for the test", false);
    else
        taken[taken_count++] = s;
    return s;
}

cap_t make(enum tine_kind kind)
{
    static const struct tine_route_map empty_route;
    cap_t s = slot();
    err_t err = TINE_ERR_ARG;

    switch (kind) {
    case TINE_KIND_POOL:
        err = tine_pool_split(pool, s, 0, 0);
        break;
    case TINE_KIND_CSPACE:
        err = tine_cspace_create(pool, s);
        break;
    case TINE_KIND_SPACE:
        err = tine_space_create(pool, s);
        break;
    case TINE_KIND_THREAD:
        err = tine_thread_create(pool, s, TINE_SLOT_SPACE, TINE_SLOT_CSPACE, 0);
        break;
    case TINE_KIND_ENDPOINT:
        err = tine_endpoint_create(pool, s);
        break;
    case TINE_KIND_REPLY:
        err = tine_reply_create(pool, s);
        break;
    case TINE_KIND_NOTIFICATION:
        err = tine_notification_create(pool, s);
        break;
    case TINE_KIND_TIMER:
        err = tine_timer_create(pool, s, make(TINE_KIND_NOTIFICATION), 1);
        break;
    case TINE_KIND_ROUTE:
        err = tine_route_create(pool, s, &empty_route);
        break;
    default:
        break;
    }
    if (err)
        expect("an object for the test", err, 0);
    return s;
}

cap_t with(cap_t cap, unsigned rights)
{
    cap_t s = slot();
    err_t err = tine_cap_copy(0, s, cap, rights, 0);

    if (err)
        expect("a capability for the test", err, 0);
    return s;
}

cap_t other(enum tine_kind than)
{
    return make(than == TINE_KIND_ENDPOINT ? TINE_KIND_NOTIFICATION : TINE_KIND_ENDPOINT);
}

cap_t nothing(void)
{
    return slot();
}

static void thread_end(void)
{
    /* A thread does not know its own capability: it ends by waiting where nobody ever signals. */
    for (;;) {
        uint64_t bits;

        tine_wait(TINE_SLOT_NOTIFICATION, &bits);
    }
}

cap_t spawn(void (*function)(unsigned long), unsigned long argument)
{
    struct tine_registers registers = { .pc = (uintptr_t)function };
    cap_t thread = make(TINE_KIND_THREAD);

    __asm__("mv %0, gp" : "=r"(registers.x[2]));
    __asm__("mv %0, tp" : "=r"(registers.x[3]));
    registers.x[0] = (uintptr_t)thread_end;
    registers.x[1] = (uintptr_t)&stacks[thread_count++ % THREADS_MAX][STACK_BYTES];
    registers.x[9] = argument;
    expect_that("a thread for the test", !tine_thread_write(thread, &registers, NULL) &&
                                             !tine_thread_set(thread, TINE_FIELD_PRIORITY, 20) &&
                                             !tine_thread_start(thread));
    return thread;
}

/* ---- running --------------------------------------------------------------------------------------------------- */

static unsigned long frames_used(void)
{
    struct tine_values v = { 0 };

    tine_pool_balance(TINE_SLOT_POOL, &v);
    return v.a1;
}

static void run_once(void (*test)(void))
{
    pool = cap_take();
    tine_pool_split(TINE_SLOT_POOL, pool, 0, 2048);
    taken_count = thread_count = 0;
    test();
    tine_space_unmap(TINE_SLOT_SPACE, ROOM, ROOM_PAGES);
    cap_destroy(pool);
    while (taken_count)
        cap_drop(taken[--taken_count]);
}

static void run(const char *name, void (*test)(void))
{
    unsigned long before, broken = 1;
    struct tine_stat stat_before, stat_after;
    char line[80];

    quiet = true;
    run_once(test);
    quiet = false;
    before = frames_used();
    tine_control_stat(TINE_SLOT_CONTROL, &stat_before);
    run_once(test);
    snprintf(line, sizeof(line), "%s: all memory is back", name);
    expect(line, (err_t)frames_used(), (err_t)before);
    tine_control_stat(TINE_SLOT_CONTROL, &stat_after);
    snprintf(line, sizeof(line), "%s: all capabilities are gone", name);
    expect(line, (err_t)stat_after.caps, (err_t)stat_before.caps);
    tine_control_check(TINE_SLOT_CONTROL, &broken);
    snprintf(line, sizeof(line), "%s: all invariants hold", name);
    expect(line, (err_t)broken, 0);
}

static void test_fuzz(void)
{
    fuzz(quiet ? 1 : FUZZ_EPISODES);
}

int main(void)
{
    /* Nobody less important runs meanwhile; what a test spawns is more important. */
    tine_thread_set(TINE_SLOT_THREAD, TINE_FIELD_PRIORITY, 16);
    run("pools", test_pools);
    run("creation", test_creation);
    run("capability spaces", test_cspaces);
    run("messages", test_messages);
    run("registers", test_registers);
    run("answers", test_answers);
    run("threads", test_threads);
    run("spaces", test_spaces);
    run("notifications", test_notifications);
    run("control", test_control);
    run("fuzz", test_fuzz);
    printf("tests done, %u failed\n", failures);
    tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_OFF, failures ? 1 : 0);
    return 0;
}
