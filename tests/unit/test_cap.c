/*
 * Capability spaces against a model: a tree of plain records, one per capability. Random copies, moves, deletions and
 * revocations; after each the slots, the rights and the order of derivation must be those of the model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cap.h"
#include "endpoint.h"
#include "hart.h"
#include "host.h"
#include <stdlib.h>
#include <string.h>

/* What cap.c asks of object.c, for objects that have nothing but capabilities. */
static unsigned destroyed;

bool object_destroy(struct object *object)
{
    while (object->caps)
        cap_unlink(object->caps);
    object->dead = true;
    destroyed++;
    return true;
}

void object_condemn(struct object *object)
{
    destroyed++;
}

#define SPACES 2
#define SLOTS  100 /* more than a leaf */

struct record {
    bool used;
    unsigned rights;
    badge_t badge;
    int parent; /* index of its record, -1: the original */
};

static struct pool *pool;
static struct cspace spaces[SPACES];
static struct object object;
static struct record model[SPACES * SLOTS];

static struct cap *slot_of(int index)
{
    struct cap *slot = cap_at(&spaces[index / SLOTS], 1 + index % SLOTS);

    return slot;
}

static bool descends(int index, int from)
{
    for (index = model[index].parent; index >= 0; index = model[index].parent)
        if (index == from)
            return true;
    return false;
}

/* Deleting leaves the children to their grandparent. */
static void model_delete(int index)
{
    model[index].used = false;
    for (int i = 0; i < SPACES * SLOTS; i++)
        if (model[i].used && model[i].parent == index)
            model[i].parent = model[index].parent;
}

static void compare(void)
{
    unsigned alive = 0, listed = 0;

    for (int i = 0; i < SPACES * SLOTS; i++) {
        struct cap *cap = slot_of(i);

        assert_int_equal(model[i].used, cap != NULL);
        if (!cap)
            continue;
        alive++;
        assert_int_equal(model[i].rights, cap->rights);
        assert_int_equal(model[i].badge, cap->badge);
        assert_ptr_equal(cap->object, &object);
        if (cap->next)
            assert_ptr_equal(cap->next->prev, cap);
    }
    for (struct cap *cap = object.caps; cap; cap = cap->next)
        listed++;
    assert_int_equal(alive, listed);
    assert_int_equal(alive, kernel_stat.caps);
}

static int pick(bool used)
{
    int start = rand() % (SPACES * SLOTS);

    for (int i = 0; i < SPACES * SLOTS; i++) {
        int index = (start + i) % (SPACES * SLOTS);

        if (model[index].used == used)
            return index;
    }
    return -1;
}

static void random_copy(void)
{
    int from = pick(true), to = pick(false);
    struct cap *slot;
    unsigned rights;

    if (from < 0 || to < 0)
        return;
    rights = model[from].rights & (unsigned)rand();
    assert_int_equal(cap_slot(&spaces[to / SLOTS], 1 + to % SLOTS, &slot), 0);
    cap_derive(slot, slot_of(from), rights, 0);
    model[to] = (struct record){ true, rights, model[from].badge, from };
}

static void random_move(void)
{
    int from = pick(true), to = pick(false);
    struct cap *slot;

    if (from < 0 || to < 0)
        return;
    assert_int_equal(cap_slot(&spaces[to / SLOTS], 1 + to % SLOTS, &slot), 0);
    cap_move(slot, slot_of(from));
    model[to] = model[from];
    model[from].used = false;
    for (int i = 0; i < SPACES * SLOTS; i++)
        if (model[i].used && model[i].parent == from)
            model[i].parent = to;
}

static void random_delete(void)
{
    int index = pick(true);

    if (index < 0 || kernel_stat.caps < 2 || model[index].parent < 0)
        return;
    assert_true(cap_delete(slot_of(index)));
    model_delete(index);
}

static void random_revoke(void)
{
    int index = pick(true);

    if (index < 0)
        return;
    if (rand() % 2)
        host_preempt_after(1 + rand() % 4);
    while (!cap_revoke(slot_of(index)))
        ;
    host_preempt_after(0);
    for (int i = 0; i < SPACES * SLOTS; i++)
        if (model[i].used && descends(i, index))
            model[i].rights |= 0x100; /* marked: the walk above needs the parents */
    for (int i = 0; i < SPACES * SLOTS; i++)
        if (model[i].rights & 0x100)
            model[i] = (struct record){ 0 };
}

static int setup(void **state)
{
    struct cap *slot;

    pool = host_machine(64);
    memset(model, 0, sizeof(model));
    memset(&object, 0, sizeof(object));
    object.kind = TINE_KIND_ENDPOINT;
    object.pool = pool;
    destroyed = 0;
    for (int i = 0; i < SPACES; i++) {
        memset(&spaces[i], 0, sizeof(spaces[i]));
        spaces[i].head.pool = pool;
        assert_int_equal(cspace_init(&spaces[i]), 0);
    }
    assert_int_equal(cap_slot(&spaces[0], 1, &slot), 0);
    cap_original(slot, &object);
    model[0] = (struct record){ true, TINE_ALL, 0, -1 };
    return 0;
}

static int teardown(void **state)
{
    for (int i = 0; i < SPACES; i++)
        assert_true(cspace_clear(&spaces[i]));
    assert_int_equal(kernel_stat.caps, 0);
    assert_int_equal(pool->used, 0);
    return 0;
}

static void test_random(void **state)
{
    for (int round = 0; round < 4000; round++) {
        switch (rand() % 8) {
        case 0:
            random_revoke();
            break;
        case 1:
            random_move();
            break;
        case 2:
            random_delete();
            break;
        default:
            random_copy();
        }
        if (round % 16 == 0)
            compare();
    }
    compare();
    assert_int_equal(destroyed, 0);
}

static void test_lookup(void **state)
{
    struct cap *slot;
    void *found = NULL;

    assert_int_equal(cap_get(&spaces[0], 1, TINE_KIND_ENDPOINT, TINE_ALL, &found), 0);
    assert_ptr_equal(found, &object);
    assert_int_equal(cap_get(&spaces[0], 1, TINE_KIND_REPLY, TINE_READ, &found), TINE_ERR_CAP);
    assert_int_equal(cap_get(&spaces[0], 2, TINE_KIND_ENDPOINT, TINE_READ, &found), TINE_ERR_CAP);
    assert_int_equal(cap_get(&spaces[0], 99, TINE_KIND_ENDPOINT, TINE_READ, &found), TINE_ERR_CAP);
    assert_int_equal(cap_get(&spaces[0], ~0ul, TINE_KIND_ENDPOINT, TINE_READ, &found), TINE_ERR_CAP);
    assert_int_equal(cap_slot(&spaces[1], 70, &slot), 0);
    cap_derive(slot, cap_at(&spaces[0], 1), TINE_READ, 7);
    assert_int_equal(cap_get(&spaces[1], 70, TINE_KIND_ENDPOINT, TINE_READ, &found), 0);
    assert_int_equal(cap_get(&spaces[1], 70, TINE_KIND_ENDPOINT, TINE_WRITE, &found), TINE_ERR_RIGHTS);
    assert_int_equal(cap_at(&spaces[1], 70)->badge, 7);
}

static void test_slots(void **state)
{
    struct cap *slot;

    assert_int_equal(cap_slot(&spaces[0], 0, &slot), TINE_ERR_SLOT);
    assert_int_equal(cap_slot(&spaces[0], 1, &slot), TINE_ERR_SLOT);
    assert_int_equal(cap_slot(&spaces[0], CSPACE_CAPS, &slot), TINE_ERR_SLOT);
    assert_int_equal(cap_slot(&spaces[0], CSPACE_CAPS - 1, &slot), 0);
}

static void test_slot_without_memory(void **state)
{
    struct cap *slot;
    paddr_t pa[64];
    unsigned count = 0;

    while (!pool_take_frame(pool, FRAME_OBJECT, false, &pa[count]))
        count++;
    assert_int_equal(cap_slot(&spaces[0], 1000, &slot), TINE_ERR_MEMORY);
    assert_null(cap_at(&spaces[0], 1000));
    while (count)
        frame_put(pa[--count]);
    assert_int_equal(cap_slot(&spaces[0], 1000, &slot), 0);
}

static void test_last_takes_the_object(void **state)
{
    struct cap *slot;

    assert_int_equal(cap_slot(&spaces[1], 5, &slot), 0);
    cap_derive(slot, cap_at(&spaces[0], 1), TINE_READ, 0);
    assert_true(cap_delete(cap_at(&spaces[0], 1)));
    assert_int_equal(destroyed, 0);
    assert_true(cap_delete(cap_at(&spaces[1], 5)));
    assert_int_equal(destroyed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lookup, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slot_without_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_takes_the_object, setup, teardown),
    };

    srand(1);
    return cmocka_run_group_tests_name("cap", tests, NULL, NULL);
}
