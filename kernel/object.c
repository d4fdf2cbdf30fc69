/* The life and death of objects: see object.h. One row per kind says what is special about it. */

#include "object.h"
#include "cap.h"
#include "endpoint.h"
#include "hart.h"
#include "interrupt.h"
#include "notification.h"
#include "pool.h"
#include "preempt.h"
#include "reply.h"
#include "route.h"
#include "space.h"
#include "thread.h"
#include "timer.h"
#include <string.h>

/* Undoes what the object did to others. False when stopped at a preemption point. */
typedef bool release_fn(struct object *object);

/*
 * Objects that are being destroyed, out of the lists of their pools. What an object takes with it is put in front of it
 * and dies first, so nothing here recurses: a chain of objects that hold each other may be as long as memory is large.
 */
static LIST_HEAD(, object) condemned = LIST_HEAD_INITIALIZER(condemned);

/* One member at a time; the pool comes again when that is gone. */
static bool pool_empty(struct object *object)
{
    struct pool *pool = (struct pool *)object;

    if (!LIST_EMPTY(&pool->objects))
        object_condemn(LIST_FIRST(&pool->objects));
    return true;
}

#define RELEASE(name, type, call)                                                                                      \
    static bool name(struct object *object)                                                                           \
    {                                                                                                                  \
        call((struct type *)object);                                                                                   \
        return true;                                                                                                   \
    }

RELEASE(release_endpoint, endpoint, endpoint_release)
RELEASE(release_reply, reply, reply_release)
RELEASE(release_notification, notification, notification_release)
RELEASE(release_timer, timer, timer_release)
RELEASE(release_interrupt, interrupt, interrupt_release)

static bool release_thread(struct object *object)
{
    return thread_release(thread_of(object));
}

static bool release_route(struct object *object)
{
    route_release(route_of(object));
    return true;
}

static bool release_cspace(struct object *object)
{
    return cspace_clear((struct cspace *)object);
}

static bool release_space(struct object *object)
{
    return space_teardown((struct space *)object);
}

static bool release_nothing(struct object *object)
{
    (void)object;
    return true;
}

static const struct {
    size_t bytes;
    size_t head; /* offset of the head in it */
    release_fn *release;
} kinds[TINE_KINDS] = {
    [TINE_KIND_POOL] = { sizeof(struct pool), 0, pool_empty },
    [TINE_KIND_CSPACE] = { sizeof(struct cspace), 0, release_cspace },
    [TINE_KIND_SPACE] = { sizeof(struct space), 0, release_space },
    [TINE_KIND_THREAD] = { sizeof(struct thread), offsetof(struct thread, head), release_thread },
    [TINE_KIND_ENDPOINT] = { sizeof(struct endpoint), 0, release_endpoint },
    [TINE_KIND_REPLY] = { sizeof(struct reply), 0, release_reply },
    [TINE_KIND_NOTIFICATION] = { sizeof(struct notification), 0, release_notification },
    [TINE_KIND_TIMER] = { sizeof(struct timer), 0, release_timer },
    [TINE_KIND_INTERRUPT] = { sizeof(struct interrupt), 0, release_interrupt },
    [TINE_KIND_DEVICE] = { sizeof(struct device), 0, release_nothing },
    [TINE_KIND_ROUTE] = { sizeof(struct route), offsetof(struct route, head), release_route },
    [TINE_KIND_CONTROL] = { sizeof(struct object), 0, release_nothing },
};

size_t object_size(enum tine_kind kind)
{
    return kinds[kind].bytes;
}

struct object *object_head(void *memory, enum tine_kind kind)
{
    return (struct object *)((char *)memory + kinds[kind].head);
}

void *object_alloc(struct pool *pool, enum tine_kind kind)
{
    void *memory = pool_take_object(pool, kinds[kind].bytes);

    if (memory)
        memset(memory, 0, kinds[kind].bytes);
    return memory;
}

void object_init(struct object *object, enum tine_kind kind, struct pool *pool)
{
    object->kind = kind;
    object->dead = false;
    object->condemned = false;
    object->refs = 0;
    object->pool = pool;
    object->caps = NULL;
    LIST_INSERT_HEAD(&pool->objects, object, siblings);
    kernel_stat.objects[kind]++;
}

static void object_free(struct object *object)
{
    enum tine_kind kind = object->kind;

    if (kind == TINE_KIND_POOL) {
        pool_retire((struct pool *)object);
        return;
    }
    pool_free_object(object->pool, (char *)object - kinds[kind].head, kinds[kind].bytes);
}

void object_unref(struct object *object)
{
    if (--object->refs == 0 && object->dead)
        object_free(object);
}

void object_condemn(struct object *object)
{
    if (object->condemned)
        return;
    object->condemned = true;
    LIST_REMOVE(object, siblings);
    LIST_INSERT_HEAD(&condemned, object, siblings);
}

/* Some progress with the foremost condemned object. False when stopped at a preemption point. */
static bool destroy_step(void)
{
    struct object *object = LIST_FIRST(&condemned);
    enum tine_kind kind = object->kind;
    bool released;

    object->refs++; /* whatever it lets go below must not free it yet */
    released = kinds[kind].release(object);
    if (released && LIST_FIRST(&condemned) == object) {
        while (object->caps)
            cap_unlink(object->caps);
        LIST_REMOVE(object, siblings);
        object->dead = true;
        kernel_stat.objects[kind]--;
    }
    object_unref(object);
    return released;
}

bool object_destroy(struct object *object)
{
    bool done;

    object->refs++;
    object_condemn(object);
    while (destroy_step() && !object->dead && !preempt_pending())
        ;
    done = object->dead;
    object_unref(object);
    /* What somebody began to destroy and did not live to finish. */
    while (done && !LIST_EMPTY(&condemned) && !preempt_pending() && destroy_step())
        ;
    return done;
}
