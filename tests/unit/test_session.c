/*
 * servers/proc/session.c: forks, setpgid, setsid, ends and reaping in random order, each followed by a comparison with
 * what POSIX says of groups, counted anew from the processes alone.
 */
#include "servers/proc/frozen.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PROCESSES = 24, STEPS = 20000 };

static struct process process[PROCESSES + 1]; /* by pid; [1] is init */
static struct thread thread[PROCESSES + 1];
static unsigned hangups;
static uint64_t seed;

/* <stdlib.h> would bring types of the C library that Linux's headers define, too. */
static uint32_t next_random(void)
{
    seed = seed * 6364136223846793005UL + 1442695040888963407UL;
    return (uint32_t)(seed >> 33);
}

/* ---- what session.c calls
 * ------------------------------------------------------------------------------------------------------ */

struct process *process_by_pid(uint32_t pid)
{
    return pid <= PROCESSES && process[pid].state != PROCESS_FREE ? &process[pid] : NULL;
}

void cgroup_removed(uint32_t id)
{
    (void)id;
}

void namespace_released(uint32_t number)
{
    (void)number;
}

/* All live in the first pid namespace. */
struct pid_namespace pid_first;

uint32_t number_in(const struct pid_namespace *ns, uint32_t global, const struct pid_numbers *numbers)
{
    return global;
}

uint32_t number_global(const struct process *reader, uint32_t number)
{
    return number;
}

void numbers_free(struct pid_numbers *numbers)
{
}

void frozen_stale(uint64_t handle)
{
}

err_t tine_call(cap_t endpoint, struct tine_message *m)
{
    m->w[0] = 0;
    return 0;
}

long signal_send(struct process *p, int sig, const struct signal_info *info)
{
    if (sig == SIGCONT)
        p->signals.stopped = 0;
    return 0;
}

long signal_send_group(uint32_t pgrp, int sig, const struct signal_info *info)
{
    struct group_walk walk = group_walk(pgrp);
    struct process *p;

    hangups += sig == SIGHUP;
    while ((p = group_walk_next(&walk)))
        signal_send(p, sig, info);
    return 0;
}

long signal_send_thread(struct thread *t, int sig, const struct signal_info *info)
{
    return 0;
}

long signal_return(struct thread *self, struct call *call, long value)
{
    return value;
}

long signal_interrupted(struct thread *self, struct call *call, enum waiter_restart restart)
{
    return RESTARTED;
}

/* ---- the model
 * ---------------------------------------------------------------------------------------------------------------------
 */

static bool ties_to_session(const struct process *p)
{
    const struct process *parent = p->parent;

    return p->state == PROCESS_ALIVE && parent && parent->pid != 1 && parent->state == PROCESS_ALIVE &&
           process_sid(parent) == process_sid(p) && process_pgrp(parent) != process_pgrp(p);
}

static void check_group(uint32_t id)
{
    const struct group *group = group_find(id);
    unsigned members = 0, anchors = 0;

    for (unsigned i = 1; i <= PROCESSES; i++) {
        if (process[i].state == PROCESS_FREE || process_pgrp(&process[i]) != id)
            continue;
        assert_ptr_equal(process[i].member.group, group);
        assert_int_equal(process_sid(&process[i]), group->session->id);
        members++;
        anchors += ties_to_session(&process[i]);
    }
    assert_int_equal(group != NULL, members != 0);
    if (group)
        assert_int_equal(group->anchors, anchors);
}

static void check_all(void)
{
    for (uint32_t id = 1; id <= PROCESSES; id++)
        check_group(id);
}

/* ---- the steps
 * ----------------------------------------------------------------------------------------------------------------------
 */

static void born(uint32_t pid, struct process *parent)
{
    struct process *p = &process[pid];

    __builtin_memset(p, 0, sizeof(*p));
    p->state = PROCESS_ALIVE;
    p->pid = pid;
    p->parent = parent;
    TAILQ_INIT(&p->children);
    TAILQ_INIT(&p->zombies);
    thread[pid].process = p;
    if (!parent)
        return;
    TAILQ_INSERT_TAIL(&parent->children, p, sibling);
    group_join(p, parent->member.group);
}

static void step_fork(uint32_t pid, uint32_t other)
{
    if (process[other].state == PROCESS_FREE && !group_find(other))
        born(other, &process[pid]);
}

static void step_exit(uint32_t pid)
{
    struct process *p = &process[pid], *child;

    if (pid == 1)
        return;
    p->state = PROCESS_ZOMBIE;
    group_exit(p);
    while ((child = TAILQ_FIRST(&p->children))) {
        TAILQ_REMOVE(&p->children, child, sibling);
        child->parent = &process[1];
        TAILQ_INSERT_TAIL(&process[1].children, child, sibling);
        group_reparented(child);
    }
    TAILQ_REMOVE(&p->parent->children, p, sibling);
}

static void step_reap(uint32_t pid)
{
    group_leave(&process[pid]);
    process[pid].state = PROCESS_FREE;
}

static long setpgid_of(uint32_t self, uint32_t pid, uint32_t pgid)
{
    struct call call = { .m.w = { pid, pgid } };

    return sys_setpgid(&thread[self], &call);
}

static void step(void)
{
    uint32_t pid = 1 + next_random() % PROCESSES, other = 1 + next_random() % PROCESSES;
    struct call call = { 0 };

    if (process[pid].state == PROCESS_ZOMBIE) {
        step_reap(pid);
    } else if (process[pid].state == PROCESS_ALIVE) {
        switch (next_random() % 8) {
        case 0:
            step_exit(pid);
            break;
        case 1:
            sys_setsid(&thread[pid], &call);
            break;
        case 2:
            setpgid_of(pid, 0, 0);
            break;
        case 3:
            setpgid_of(pid, other, 1 + next_random() % PROCESSES);
            break;
        case 4:
            process[pid].signals.stopped = next_random() % 2 ? SIGSTOP : 0;
            break;
        default:
            step_fork(pid, other);
        }
    }
}

static int start(void **state)
{
    __builtin_memset(process, 0, sizeof(process));
    hangups = 0;
    born(1, NULL);
    return (int)session_found(&process[1], 1);
}

static int end(void **state)
{
    for (uint32_t pid = 1; pid <= PROCESSES; pid++)
        if (process[pid].state != PROCESS_FREE)
            step_reap(pid);
    return group_find(1) != NULL;
}

static void random_lives(void **state)
{
    seed = 1;
    for (unsigned i = 0; i < STEPS; i++) {
        step();
        check_all();
    }
    assert_true(hangups > 0);
}

/* A shell (2) in its own session with a stopped job (3): when the shell ends, the job is hung up. */
static void stopped_orphans_are_hung_up(void **state)
{
    struct call call = { 0 };

    born(2, &process[1]);
    assert_int_equal(sys_setsid(&thread[2], &call), 2);
    born(3, &process[2]);
    assert_int_equal(setpgid_of(2, 3, 3), 0);
    assert_false(group_orphaned(group_find(3)));
    process[3].signals.stopped = SIGTSTP;
    step_exit(2);
    assert_true(group_orphaned(group_find(3)));
    assert_int_equal(hangups, 1);
    assert_int_equal(process[3].signals.stopped, 0);
}

static void setpgid_errors(void **state)
{
    struct call call = { 0 };

    born(2, &process[1]);
    born(3, &process[2]);
    born(4, &process[3]);
    assert_int_equal(setpgid_of(2, 4, 4), -ESRCH); /* no child */
    assert_int_equal(setpgid_of(2, 9, 9), -ESRCH); /* nobody */
    assert_int_equal(setpgid_of(2, 3, 7), -EPERM); /* no such group */
    assert_int_equal(setpgid_of(2, 3, (uint32_t)-1), -EINVAL);
    process[3].member.executed = true;
    assert_int_equal(setpgid_of(2, 3, 3), -EACCES);
    assert_int_equal(setpgid_of(3, 0, 0), 0);
    assert_int_equal(sys_setsid(&thread[3], &call), -EPERM); /* leads a group */
    assert_int_equal(sys_setsid(&thread[4], &call), 4);
    assert_int_equal(setpgid_of(4, 0, 0), -EPERM); /* leads a session */
    assert_int_equal(setpgid_of(2, 0, 4), -EPERM); /* a group of another session */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_lives, start, end),
        cmocka_unit_test_setup_teardown(stopped_orphans_are_hung_up, start, end),
        cmocka_unit_test_setup_teardown(setpgid_errors, start, end),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
