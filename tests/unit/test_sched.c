/* The ready queues against a model: plain lists by priority. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "harts.h"
#include "interrupt.h"
#include "sched.h"
#include "timer.h"
#include <riscv/csr.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 40

uint64_t host_time;
static struct thread threads[THREADS];
static struct thread *model[TINE_PRIORITIES][THREADS];
static unsigned count[TINE_PRIORITIES];
static struct thread *wakes; /* what an interrupt makes ready while the hart is idle */
static bool ticking;

void thread_set_priority(struct thread *thread, unsigned priority)
{
    thread->priority = (uint8_t)priority;
    thread->beaten_by = (1u << (TINE_PRIORITIES - 1 - priority)) - 1;
}

void timer_tick_start(struct hart *hart)
{
    ticking = true;
}

void timer_tick_stop(struct hart *hart)
{
    ticking = false;
}

void host_idle(void)
{
    host_time += 5;
}

bool interrupt_poll(struct hart *hart)
{
    if (wakes)
        sched_ready(wakes);
    wakes = NULL;
    return false;
}

void kernel_lock_take(uint64_t *waits)
{
    fail();
}

static unsigned kicked; /* bits of harts */

void hart_kick(const struct hart *hart)
{
    kicked |= 1u << hart->index;
}

void hart_before_idle(struct hart *hart)
{
    hart->current = NULL;
}

void kernel_lock_give(void)
{
    fail();
}

static int setup(void **state)
{
    memset(harts, 0, sizeof(harts));
    memset(threads, 0, sizeof(threads));
    memset(count, 0, sizeof(count));
    sched_init(&harts[0]);
    for (int i = 0; i < THREADS; i++) {
        threads[i].hart = &harts[0];
        thread_set_priority(&threads[i], (unsigned)rand() % TINE_PRIORITIES);
    }
    return 0;
}

static void model_remove(struct thread *thread)
{
    unsigned p = thread->priority, i = 0;

    while (model[p][i] != thread)
        i++;
    memmove(&model[p][i], &model[p][i + 1], (count[p] - i - 1) * sizeof(model[p][0]));
    count[p]--;
}

static struct thread *model_first(void)
{
    for (int p = TINE_PRIORITIES - 1; p >= 0; p--)
        if (count[p])
            return model[p][0];
    return NULL;
}

static void ready(struct thread *thread, bool front)
{
    unsigned p = thread->priority;

    if (front) {
        sched_ready_front(&harts[0], thread);
        memmove(&model[p][1], &model[p][0], count[p] * sizeof(model[p][0]));
        model[p][0] = thread;
    } else {
        sched_ready(thread);
        model[p][count[p]] = thread;
    }
    count[p]++;
}

static void test_random(void **state)
{
    for (int round = 0; round < 20000; round++) {
        struct thread *thread = &threads[rand() % THREADS];
        struct thread *first = model_first();

        if (thread->state != TINE_THREAD_READY) {
            ready(thread, rand() % 4 == 0);
        } else if (rand() % 3 == 0) {
            sched_remove(thread);
            model_remove(thread);
            thread->state = TINE_THREAD_STOPPED;
        } else {
            assert_ptr_equal(sched_pick(&harts[0]), first);
            model_remove(first);
            first->state = TINE_THREAD_STOPPED;
        }
    }
}

static void test_prefer(void **state)
{
    thread_set_priority(&threads[0], 10);
    thread_set_priority(&threads[1], 10);
    thread_set_priority(&threads[2], 11);
    sched_ready(&threads[1]);
    assert_ptr_equal(sched_prefer(&harts[0], &threads[0]), &threads[0]); /* an equal waits its turn */
    sched_ready(&threads[2]);
    assert_ptr_equal(sched_prefer(&harts[0], &threads[0]), &threads[2]);
    assert_ptr_equal(sched_pick(&harts[0]), &threads[0]); /* before its equal: its slice was not over */
    assert_ptr_equal(sched_pick(&harts[0]), &threads[1]);
    assert_null(sched_pick(&harts[0]));
}

static void test_extremes(void **state)
{
    thread_set_priority(&threads[0], 0);
    thread_set_priority(&threads[1], TINE_PRIORITIES - 1);
    sched_ready(&threads[0]);
    assert_ptr_equal(sched_prefer(&harts[0], &threads[1]), &threads[1]);
    sched_ready(&threads[1]);
    assert_ptr_equal(sched_pick(&harts[0]), &threads[1]);
    assert_ptr_equal(sched_pick(&harts[0]), &threads[0]);
}

static void test_idle(void **state)
{
    uint64_t before = sched_idle_time();

    wakes = &threads[3];
    ticking = true;
    harts[0].current = &threads[0];
    assert_ptr_equal(sched_next(&harts[0]), &threads[3]);
    assert_true(ticking);
    assert_null(harts[0].current);
    assert_int_equal(sched_idle_time() - before, 5);
}

/* ---- several harts ------------------------------------------------------------------------------------------------- */

static int setup_several(void **state)
{
    setup(state);
    hart_count = 4;
    kicked = 0;
    for (unsigned i = 0; i < hart_count; i++) {
        harts[i].index = i;
        harts[i].shared = true;
        sched_init(&harts[i]);
    }
    for (int i = 0; i < THREADS; i++)
        thread_set_priority(&threads[i], 5);
    return 0;
}

static int teardown_several(void **state)
{
    hart_count = 1;
    return setup(state);
}

static void test_ready_goes_to_an_idle_hart(void **state)
{
    harts[2].idle = harts[3].idle = true;
    harts[1].current = &threads[9];
    threads[0].hart = &harts[3]; /* where it ran before */
    sched_ready(&threads[0]);
    assert_ptr_equal(threads[0].hart, &harts[3]);
    assert_int_equal(kicked, 1 << 3);
    sched_ready(&threads[1]); /* ran on this hart, which is busy */
    assert_ptr_equal(threads[1].hart, &harts[2]);
    sched_ready(&threads[2]); /* nobody is idle any more */
    assert_ptr_equal(threads[2].hart, &harts[0]);
    assert_int_equal(kicked, 1 << 3 | 1 << 2);
}

static void test_a_busy_hart_hears_of_greater_priority(void **state)
{
    harts[1].current = &threads[9];
    threads[0].hart = threads[1].hart = &harts[1];
    sched_ready(&threads[0]);
    assert_int_equal(kicked, 0);
    thread_set_priority(&threads[1], 6);
    sched_ready(&threads[1]);
    assert_int_equal(kicked, 1 << 1);
}

static void test_affinity(void **state)
{
    harts[1].idle = harts[3].idle = true;
    threads[0].affinity = 1 << 2;
    sched_ready(&threads[0]);
    assert_ptr_equal(threads[0].hart, &harts[2]);
    assert_null(hart_steal(&harts[3]));
    threads[0].affinity = 1 << 3 | 1 << 2;
    assert_ptr_equal(hart_steal(&harts[3]), &threads[0]);
    assert_ptr_equal(threads[0].hart, &harts[3]);
    threads[1].hart = &harts[1];
    harts[1].idle = false;
    sched_ready(&threads[1]);
    threads[1].affinity = 1;
    thread_replace(&threads[1]); /* waits at hart 1, where it must not be any more */
    assert_ptr_equal(threads[1].hart, &harts[0]);
    assert_ptr_equal(sched_pick(&harts[0]), &threads[1]);
    assert_null(sched_pick(&harts[1]));
}

/* The most important of those that wait elsewhere, each once, and what is in a hart's floating-point unit is in memory. */
static void test_steal(void **state)
{
    for (int i = 0; i < 3; i++) {
        thread_set_priority(&threads[i], 5 + (unsigned)i);
        threads[i].hart = &harts[i];
        harts[i].fp_owner = &threads[i];
        sched_ready(&threads[i]);
    }
    for (int i = 2; i >= 0; i--) {
        assert_ptr_equal(hart_steal(&harts[3]), &threads[i]);
        assert_ptr_equal(threads[i].hart, &harts[3]);
        assert_null(harts[i].fp_owner);
    }
    assert_null(hart_steal(&harts[3]));
}

static void test_next_steals_before_it_idles(void **state)
{
    threads[0].hart = &harts[1];
    sched_ready(&threads[0]);
    assert_ptr_equal(sched_next(&harts[0]), &threads[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_random, setup),
        cmocka_unit_test_setup(test_prefer, setup),
        cmocka_unit_test_setup(test_extremes, setup),
        cmocka_unit_test_setup(test_idle, setup),
        cmocka_unit_test_setup_teardown(test_ready_goes_to_an_idle_hart, setup_several, teardown_several),
        cmocka_unit_test_setup_teardown(test_a_busy_hart_hears_of_greater_priority, setup_several, teardown_several),
        cmocka_unit_test_setup_teardown(test_affinity, setup_several, teardown_several),
        cmocka_unit_test_setup_teardown(test_steal, setup_several, teardown_several),
        cmocka_unit_test_setup_teardown(test_next_steals_before_it_idles, setup_several, teardown_several),
    };

    srand(2);
    return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
