/* servers/proc/signal_queue.c and disposition.c: what is pending, in which order it is taken, and who shares actions.
 */
#include "servers/proc/deliver.h"
#include "servers/protocol/linux.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct signal_pending pending;

static int start(void **state)
{
    pending_init(&pending);
    return 0;
}

static void send(int sig, int code, uint64_t value)
{
    struct signal_info info = { .signo = sig, .code = code, .value = value };

    pending_add(&pending, &info, 4);
}

static void takes(int sig, uint64_t value)
{
    struct signal_info info;

    assert_int_equal(pending_take(&pending, ~0UL, &info), sig);
    assert_int_equal(info.signo, sig);
    assert_int_equal(info.value, value);
}

static void takes_nothing(void)
{
    struct signal_info info;

    assert_int_equal(pending_take(&pending, ~0UL, &info), 0);
    assert_int_equal(pending.count, 0);
    assert_int_equal(pending.set, 0);
}

static void standard_once(void **state)
{
    send(SIGUSR1, SI_USER, 1);
    send(SIGUSR1, SI_USER, 2);
    takes(SIGUSR1, 1);
    takes_nothing();
}

static void lowest_first_synchronous_before(void **state)
{
    send(SIGUSR2, SI_USER, 1);
    send(SIGHUP, SI_USER, 2);
    send(SIGSEGV, SI_KERNEL, 3);
    send(40, SI_QUEUE, 4);
    takes(SIGSEGV, 3);
    takes(SIGHUP, 2);
    takes(SIGUSR2, 1);
    takes(40, 4);
    takes_nothing();
}

static void every_number(void **state)
{
    for (int sig = 1; sig <= SIGNALS; sig++) {
        send(sig, SI_USER, (uint64_t)sig);
        takes(sig, (uint64_t)sig);
        takes_nothing();
    }
}

static void real_time_queues_in_order(void **state)
{
    send(40, SI_QUEUE, 1);
    send(41, SI_QUEUE, 9);
    send(40, SI_QUEUE, 2);
    send(40, SI_QUEUE, 3);
    takes(40, 1);
    assert_true(pending.set & SIGMASK(40));
    takes(40, 2);
    takes(40, 3);
    assert_false(pending.set & SIGMASK(40));
    takes(41, 9);
    takes_nothing();
}

static void limit_of_entries(void **state)
{
    struct signal_info queued = { .signo = 50, .code = SI_QUEUE }, sent = { .signo = 50, .code = SI_USER };

    for (int i = 0; i < 4; i++)
        assert_true(pending_add(&pending, &queued, 4));
    assert_false(pending_add(&pending, &queued, 4));
    assert_int_equal(pending.count, 4);
    /* kill is not refused: the signal is pending, without what is known of it. */
    sent.signo = 51;
    assert_false(pending_add(&pending, &sent, 4));
    assert_true(pending.set & SIGMASK(51));
    pending_drop(&pending, ~0UL);
    takes_nothing();
}

static void only_what_is_wanted(void **state)
{
    struct signal_info info;

    send(SIGTERM, SI_USER, 1);
    assert_int_equal(pending_take(&pending, ~SIGMASK(SIGTERM), &info), 0);
    takes(SIGTERM, 1);
}

static void drop_keeps_others(void **state)
{
    send(SIGTSTP, SI_USER, 1);
    send(SIGTERM, SI_USER, 2);
    send(SIGTTIN, SI_USER, 3);
    pending_drop(&pending, SIGMASK_STOP);
    takes(SIGTERM, 2);
    takes_nothing();
}

/* ---- dispositions
 * --------------------------------------------------------------------------------------------------------- */

static const struct signal_action ignore = { .handler = (uint64_t)SIG_IGN }, dfl = { .handler = (uint64_t)SIG_DFL };
static const struct signal_action handler = { .handler = 0x1000, .flags = SA_RESTART, .mask = 0xff00 };

static uint64_t handler_of(const struct signals *s, int sig)
{
    struct signal_action action;

    signals_action(s, sig, &action);
    return action.handler;
}

static void plain_needs_no_table(void **state)
{
    struct signals s;

    signals_init(&s);
    assert_int_equal(signals_set_action(&s, SIGINT, &ignore), 0);
    assert_int_equal(signals_set_action(&s, SIGTERM, &dfl), 0);
    assert_null(s.actions);
    assert_int_equal(handler_of(&s, SIGINT), (uint64_t)SIG_IGN);
    assert_int_equal(handler_of(&s, SIGTERM), (uint64_t)SIG_DFL);
    /* The table, once there, knows what was ignored before. */
    signals_set_action(&s, SIGUSR1, &handler);
    assert_int_equal(handler_of(&s, SIGINT), (uint64_t)SIG_IGN);
    assert_int_equal(s.caught, SIGMASK(SIGUSR1));
    signals_free(&s);
}

static void fork_shares_until_changed(void **state)
{
    struct signals parent, child;

    signals_init(&parent);
    signals_set_action(&parent, SIGUSR1, &handler);
    signals_fork(&child, &parent, false);
    assert_ptr_equal(child.actions, parent.actions);
    signals_set_action(&child, SIGUSR1, &dfl);
    assert_ptr_not_equal(child.actions, parent.actions);
    assert_int_equal(handler_of(&parent, SIGUSR1), 0x1000);
    assert_int_equal(handler_of(&child, SIGUSR1), (uint64_t)SIG_DFL);
    signals_free(&child);
    assert_int_equal(parent.actions->refs, 1);
    signals_free(&parent);
}

static void sighand_shares_for_good(void **state)
{
    struct signals a, b, c;

    signals_init(&a);
    signals_fork(&b, &a, true);
    signals_fork(&c, &b, true);
    signals_set_action(&b, SIGUSR2, &handler);
    signals_set_action(&c, SIGHUP, &ignore);
    assert_int_equal(handler_of(&a, SIGUSR2), 0x1000);
    assert_int_equal(handler_of(&a, SIGHUP), (uint64_t)SIG_IGN);
    signals_leave_ring(&b);
    signals_set_action(&b, SIGUSR2, &dfl);
    assert_int_equal(handler_of(&c, SIGUSR2), 0x1000);
    signals_free(&c);
    signals_set_action(&a, SIGUSR2, &ignore);
    signals_free(&b);
    signals_free(&a);
}

static void exec_keeps_ignored(void **state)
{
    struct signals s;

    signals_init(&s);
    signals_set_action(&s, SIGINT, &ignore);
    signals_set_action(&s, SIGUSR1, &handler);
    signals_clear_handlers(&s);
    assert_null(s.actions);
    assert_int_equal(s.caught, 0);
    assert_int_equal(handler_of(&s, SIGINT), (uint64_t)SIG_IGN);
    assert_int_equal(handler_of(&s, SIGUSR1), (uint64_t)SIG_DFL);
    signals_free(&s);
}

static void zombies(void **state)
{
    struct signal_action nocldwait = { .handler = (uint64_t)SIG_DFL, .flags = SA_NOCLDWAIT };
    struct signals s;

    signals_init(&s);
    assert_false(signals_no_zombies(&s));
    signals_set_action(&s, SIGCHLD, &nocldwait);
    assert_true(signals_no_zombies(&s));
    signals_set_action(&s, SIGCHLD, &ignore);
    assert_true(signals_no_zombies(&s));
    signals_set_action(&s, SIGCHLD, &handler);
    assert_false(signals_no_zombies(&s));
    signals_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(standard_once, start),
        cmocka_unit_test_setup(lowest_first_synchronous_before, start),
        cmocka_unit_test_setup(every_number, start),
        cmocka_unit_test_setup(real_time_queues_in_order, start),
        cmocka_unit_test_setup(limit_of_entries, start),
        cmocka_unit_test_setup(only_what_is_wanted, start),
        cmocka_unit_test_setup(drop_keeps_others, start),
        cmocka_unit_test(plain_needs_no_table),
        cmocka_unit_test(fork_shares_until_changed),
        cmocka_unit_test(sighand_shares_for_good),
        cmocka_unit_test(exec_keeps_ignored),
        cmocka_unit_test(zombies),
    };

    return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
