/*
 * Root is the pager of every server, and no server ever needs one: a message from a server means that it is broken. A
 * driver is started again; without proc or vfs there is no system left.
 */
#include "libc/layout.h"
#include "libc/timeout.h"
#include "root.h"
#include <stdio.h>
#include <string.h>

/* A server that dies more often than this is not worth restarting. */
#define RESTARTS_MAX 8
#define RESTARTS_SECONDS 60

static struct service *const *services;
static unsigned service_count;
static const struct tine_boot *boot;

/* ---- the report ------------------------------------------------------------------------------------------------ */

/* Privileged specification, table of scause; the synchronous ones that user mode can raise. */
static const char *cause_text(unsigned long cause)
{
    static const char *const text[16] = {
        [0] = "misaligned instruction",
        [1] = "instruction access",
        [2] = "illegal instruction, or its own end",
        [3] = "breakpoint",
        [4] = "misaligned load",
        [5] = "load access",
        [6] = "misaligned store",
        [7] = "store access",
        [8] = "unexpected system call",
    };

    return cause < 16 && text[cause] ? text[cause] : "exception";
}

static void death_report(const struct service *service, const struct tine_message *m)
{
    if (m->label == TINE_LABEL_FAULT)
        printf("root: %s died: %s of 0x%lx at pc 0x%lx\n", service->name,
               m->w[1] & TINE_PROT_WRITE  ? "write"
               : m->w[1] & TINE_PROT_EXEC ? "execution"
                                          : "read",
               m->w[0], m->w[2]);
    else if (m->label == TINE_LABEL_EXCEPTION)
        printf("root: %s died: %s (cause %lu, value 0x%lx) at pc 0x%lx\n", service->name, cause_text(m->w[1]), m->w[1],
               m->w[0], m->w[2]);
    else
        printf("root: %s died: it made call %ld\n", service->name, m->label);
}

/* ---- restart --------------------------------------------------------------------------------------------------- */

/* Whether one more death is within bounds; remembers it. */
static bool death_tolerable(void)
{
    static uint64_t deaths[RESTARTS_MAX]; /* instants of the last ones, in a ring */
    static unsigned next;
    uint64_t now = tine_time(), oldest = deaths[next];

    deaths[next] = now;
    next = (next + 1) % RESTARTS_MAX;
    return !oldest || now - oldest > RESTARTS_SECONDS * boot->timebase_hz;
}

static void service_revive(struct service *service, badge_t badge)
{
    const char *wrong;

    if (!service->restart)
        root_fail("root: there is no system without %s", service->name);
    if (!death_tolerable())
        root_fail("root: %s dies again and again", service->name);
    service_stop(service);
    wrong = service_start(service, badge, boot);
    if (wrong)
        root_fail("root: %s cannot be started again: %s", service->name, wrong);
    printf("root: %s runs again\n", service->name);
}

static long watch_dispatch(struct call *call)
{
    badge_t badge = call->m.badge;
    struct service *service;

    if (badge == 0 || badge > service_count)
        return RESTARTED;
    service = services[badge - 1];
    death_report(service, &call->m);
    service_revive(service, badge);
    return DEFERRED; /* whom the reply object held is gone */
}

/* ---- the test of it: boot argument tine.test=restart-SERVER breaks that server some seconds after the start ---- */

#define TEST_SECONDS 3

static void test_break(struct timeout *timeout)
{
    struct tine_registers nowhere = { .pc = 0 };
    const char *name = NULL;

    (void)timeout;
    bootarg_find(facts->bootargs, "tine.test=restart-", &name);
    for (unsigned i = 0; name && i < service_count; i++) {
        size_t len = strlen(services[i]->name);

        if (strncmp(name, services[i]->name, len) || (name[len] != ' ' && name[len] != 0))
            continue;
        printf("root: breaking %s, as the boot arguments ask\n", services[i]->name);
        if (services[i]->resident) {
            printf("root: %s is part of the kernel: nobody can break it alone\n", services[i]->name);
            continue;
        }
        tine_thread_stop(services[i]->thread);
        tine_thread_write(services[i]->thread, &nowhere, NULL);
        tine_thread_start(services[i]->thread);
    }
}

static void watch_notified(uint64_t bits)
{
    if (bits & ROOT_EVENT_TIMER)
        timeouts_run();
}

_Noreturn void watch(struct service *const list[], unsigned count, const struct tine_boot *from)
{
    static const struct server server = { .dispatch = watch_dispatch, .notified = watch_notified };
    static struct timeout test;
    const char *name;

    services = list;
    service_count = count;
    boot = from;
    if (bootarg_find(facts->bootargs, "tine.test=restart-", &name) &&
        !timeouts_start(TINE_SLOT_POOL, TINE_SLOT_NOTIFICATION, ROOT_EVENT_TIMER, boot->timebase_hz))
        timeout_add(&test, tine_time() + TEST_SECONDS * boot->timebase_hz, test_break);
    root_fail("root: cannot receive: error %ld", server_loop(TINE_SLOT_ENDPOINT, &server));
}
