/* Every operation that creates: the three things that all check, and a pool that has nothing left. */
#include "hostile.h"
#include <stdio.h>

static cap_t space, notification; /* to create a thread in, and a timer for */
static const struct tine_route_map route;

static err_t create(enum tine_kind kind, cap_t from, cap_t into)
{
    switch (kind) {
    case TINE_KIND_CSPACE:
        return tine_cspace_create(from, into);
    case TINE_KIND_SPACE:
        return tine_space_create(from, into);
    case TINE_KIND_THREAD:
        return tine_thread_create(from, into, space, 0, 0);
    case TINE_KIND_ENDPOINT:
        return tine_endpoint_create(from, into);
    case TINE_KIND_REPLY:
        return tine_reply_create(from, into);
    case TINE_KIND_NOTIFICATION:
        return tine_notification_create(from, into);
    case TINE_KIND_TIMER:
        return tine_timer_create(from, into, notification, 1);
    default:
        return tine_route_create(from, into, &route);
    }
}

static const struct {
    enum tine_kind kind;
    const char *name;
} kinds[] = {
    { TINE_KIND_CSPACE, "cspace_create" }, { TINE_KIND_SPACE, "space_create" },
    { TINE_KIND_THREAD, "thread_create" }, { TINE_KIND_ENDPOINT, "endpoint_create" },
    { TINE_KIND_REPLY, "reply_create" },   { TINE_KIND_NOTIFICATION, "notification_create" },
    { TINE_KIND_TIMER, "timer_create" },   { TINE_KIND_ROUTE, "route_create" },
};

static void expect_named(const char *operation, const char *what, err_t got, err_t wanted)
{
    char name[80];

    snprintf(name, sizeof(name), "%s: %s", operation, what);
    expect(name, got, wanted);
}

/* Objects of one kind from a pool of two frames, until it has nothing left. */
static void memory(enum tine_kind kind, const char *name)
{
    cap_t full = slot(), held[200];
    unsigned count = 0;
    err_t err = 0;

    tine_pool_split(pool, full, 0, 2);
    while (count < 200 && !err) {
        held[count] = cap_take();
        err = create(kind, full, held[count++]);
    }
    expect_named(name, "a pool without memory", err, TINE_ERR_MEMORY);
    while (count)
        cap_drop(held[--count]);
}

/* What a row of a route may be: a slot, a word, or a slot with a fetch. */
static void route_targets(cap_t pool)
{
    static const struct {
        unsigned char target;
        err_t outcome;
    } rows[] = {
        { TINE_ROUTE_SLOTS - 1, 0 },
        { TINE_THREAD_WORD_COUNT - 1, 0 },
        { TINE_THREAD_WORD_COUNT, TINE_ERR_ARG },
        { TINE_ROUTE_FETCH - 1, TINE_ERR_ARG },
        { TINE_ROUTE_FETCH, 0 },
        { TINE_ROUTE_FETCH + TINE_ROUTE_SLOTS - 1, 0 },
        { TINE_ROUTE_FETCH + TINE_ROUTE_SLOTS, TINE_ERR_ARG },
        { 255, TINE_ERR_ARG },
    };
    static struct tine_route_map map;

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cap_t made = slot();

        map.target[TINE_ROUTE_CALLS - 1] = rows[i].target;
        expect("route_create: a target", tine_route_create(pool, made, &map), rows[i].outcome);
        if (!rows[i].outcome)
            tine_destroy(made);
    }
}

void test_creation(void)
{
    space = make(TINE_KIND_SPACE);
    notification = make(TINE_KIND_NOTIFICATION);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        enum tine_kind kind = kinds[i].kind;
        struct tine_values v = { 0 };
        cap_t made = slot();

        expect_named(kinds[i].name, "pool of another kind", create(kind, notification, slot()), TINE_ERR_CAP);
        expect_named(kinds[i].name, "pool without WRITE", create(kind, with(pool, TINE_READ), slot()), TINE_ERR_RIGHTS);
        expect_named(kinds[i].name, "slot in use", create(kind, pool, notification), TINE_ERR_SLOT);
        expect_named(kinds[i].name, "slot 0", create(kind, pool, 0), TINE_ERR_SLOT);
        memory(kind, kinds[i].name);
        expect_named(kinds[i].name, "works", create(kind, pool, made), 0);
        tine_identify(made, &v);
        expect_that("identify: a new object", v.a1 == kind && v.a2 == TINE_ALL && v.a3 == 0);
        tine_destroy(made);
    }
    expect("thread_create: space of another kind", tine_thread_create(pool, slot(), notification, 0, 0), TINE_ERR_CAP);
    expect("thread_create: cspace of another kind", tine_thread_create(pool, slot(), space, space, 0), TINE_ERR_CAP);
    expect("thread_create: model of another kind", tine_thread_create(pool, slot(), space, 0, space), TINE_ERR_CAP);
    expect("thread_create: space without WRITE", tine_thread_create(pool, slot(), with(space, TINE_READ), 0, 0),
           TINE_ERR_RIGHTS);
    expect("timer_create: no notification", tine_timer_create(pool, slot(), space, 1), TINE_ERR_CAP);
    expect("timer_create: notification without WRITE",
           tine_timer_create(pool, slot(), with(notification, TINE_READ), 1), TINE_ERR_RIGHTS);
    expect("route_create: a map that is nowhere", tine_route_create(pool, slot(), (void *)NOWHERE), TINE_ERR_FAULT);
    route_targets(pool);
}
