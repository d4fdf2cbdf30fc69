/* Pools, and the creation of objects from them: see invoke_table.h. */

#include "invoke_table.h"
#include "harts.h"
#include "cap.h"
#include "copy.h"
#include "endpoint.h"
#include "frame.h"
#include "interrupt.h"
#include "notification.h"
#include "pool.h"
#include "reply.h"
#include "route.h"
#include "space.h"
#include "timer.h"
#include <string.h>

/*
 * The object that an operation (pool, slot, ...) asks for, after everything else it names was looked up: memory of the
 * pool, cleared, its head made and its capability in the slot. *memory, on success, is where it begins.
 */
static err_t create(struct thread *self, const uint64_t *x, enum tine_kind kind, void *memory)
{
    struct pool *pool;
    struct cap *slot;
    void *fresh;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_POOL, TINE_WRITE, &pool);

    if (!err)
        err = cap_slot(self->cspace, x[1], &slot);
    if (err)
        return err;
    fresh = object_alloc(pool, kind);
    if (!fresh)
        return TINE_ERR_MEMORY;
    object_init(object_head(fresh, kind), kind, pool);
    cap_original(slot, object_head(fresh, kind));
    *(void **)memory = fresh;
    return 0;
}

/* What was created could not be furnished: it goes again, at once since it is empty, and its capability with it. */
static err_t create_undo(struct object *object, err_t err)
{
    if (err)
        object_destroy(object);
    return err;
}

err_t inv_pool_split(struct thread *self, uint64_t *x)
{
    struct pool *child;
    err_t err = create(self, x, TINE_KIND_POOL, &child);

    return err ? err : create_undo(&child->head, pool_split(child->head.pool, child, x[2], x[3]));
}

err_t inv_pool_balance(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_POOL, TINE_READ, &pool);

    if (!err)
        pool_balance(pool, &x[1], &x[2], &x[3]);
    return err;
}

err_t inv_pool_limit(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_POOL, TINE_OWN, &pool);

    return err ? err : pool_limit(pool, x[1]);
}

err_t inv_cspace_create(struct thread *self, uint64_t *x)
{
    struct cspace *cspace;
    err_t err = create(self, x, TINE_KIND_CSPACE, &cspace);

    return err ? err : create_undo(&cspace->head, cspace_init(cspace));
}

err_t inv_space_create(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = create(self, x, TINE_KIND_SPACE, &space);

    return err ? err : create_undo(&space->head, space_init(space, space->head.pool));
}

err_t inv_thread_create(struct thread *self, uint64_t *x)
{
    struct space *space;
    struct cspace *cspace = NULL;
    struct thread *like = NULL, *thread;
    err_t err = cap_get(self->cspace, x[2], TINE_KIND_SPACE, TINE_WRITE, &space);

    if (!err && x[3])
        err = cap_get(self->cspace, x[3], TINE_KIND_CSPACE, TINE_WRITE, &cspace);
    if (!err && x[4])
        err = named_thread(self, x[4], TINE_READ, &like);
    if (!err && like && thread_is_elsewhere(like))
        err = TINE_ERR_STATE; /* its registers are in use */
    if (!err)
        err = create(self, x, TINE_KIND_THREAD, &thread);
    if (err)
        return err;
    thread_init(thread, space, cspace, like);
    if (x[5])
        thread->regs.x[REG_SP] = x[5];
    if (x[6])
        thread->regs.x[REG_TP] = x[6];
    return 0;
}

err_t inv_endpoint_create(struct thread *self, uint64_t *x)
{
    struct endpoint *endpoint;
    err_t err = create(self, x, TINE_KIND_ENDPOINT, &endpoint);

    if (!err)
        endpoint_init(endpoint);
    return err;
}

err_t inv_reply_create(struct thread *self, uint64_t *x)
{
    struct reply *reply;

    return create(self, x, TINE_KIND_REPLY, &reply);
}

err_t inv_notification_create(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    err_t err = create(self, x, TINE_KIND_NOTIFICATION, &notification);

    if (!err)
        notification_init(notification);
    return err;
}

err_t inv_timer_create(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    struct timer *timer;
    err_t err = cap_get(self->cspace, x[2], TINE_KIND_NOTIFICATION, TINE_WRITE, &notification);

    if (!err)
        err = create(self, x, TINE_KIND_TIMER, &timer);
    if (err)
        return err;
    timer->notification = notification;
    timer->bits = x[3];
    object_ref(&notification->head);
    return 0;
}

/* The endpoints that a route names, each with a reference once the route is there to hold it. */
static err_t route_endpoints(struct thread *self, const struct tine_route_map *map, struct endpoint **endpoint)
{
    for (unsigned i = 1; i < TINE_ROUTE_SLOTS; i++) {
        err_t err = 0;

        endpoint[i] = NULL;
        if (map->endpoint[i])
            err = cap_get(self->cspace, map->endpoint[i], TINE_KIND_ENDPOINT, TINE_WRITE, &endpoint[i]);
        if (err)
            return err;
    }
    return 0;
}

static bool target_valid(unsigned target)
{
    return target & TINE_ROUTE_FETCH ? target - TINE_ROUTE_FETCH < TINE_ROUTE_SLOTS : target < TINE_THREAD_WORD_COUNT;
}

/* Fetches the map that an operation names, and checks it. */
static err_t route_map(struct thread *self, uint64_t addr, struct tine_route_map *map, struct endpoint **endpoint)
{
    err_t err = copy_in(self->space, addr, map, sizeof(*map));

    if (!err)
        err = route_endpoints(self, map, endpoint);
    for (unsigned i = 0; !err && i < TINE_ROUTE_CALLS; i++)
        if (!target_valid(map->target[i]))
            err = TINE_ERR_ARG;
    return err;
}

err_t inv_route_create(struct thread *self, uint64_t *x)
{
    struct endpoint *endpoint[TINE_ROUTE_SLOTS];
    struct tine_route_map map;
    struct route *route;
    err_t err = route_map(self, x[2], &map, endpoint);

    if (!err)
        err = create(self, x, TINE_KIND_ROUTE, &route);
    if (err)
        return err;
    memcpy(route->target, map.target, sizeof(route->target));
    for (unsigned i = 1; i < TINE_ROUTE_SLOTS; i++)
        if ((route->endpoint[i] = endpoint[i]))
            object_ref(&endpoint[i]->head);
    return 0;
}

err_t inv_interrupt_create(struct thread *self, uint64_t *x)
{
    struct object *control;
    struct notification *notification;
    struct interrupt *interrupt;
    err_t err = cap_get(self->cspace, x[2], TINE_KIND_CONTROL, TINE_WRITE, &control);

    if (!err)
        err = cap_get(self->cspace, x[4], TINE_KIND_NOTIFICATION, TINE_WRITE, &notification);
    if (!err)
        err = interrupt_check(x[3]);
    if (!err)
        err = create(self, x, TINE_KIND_INTERRUPT, &interrupt);
    if (!err)
        interrupt_take(interrupt, x[3], notification, x[5]);
    return err;
}

err_t inv_device_create(struct thread *self, uint64_t *x)
{
    uint64_t base = x[3], bytes = x[4];
    struct object *control;
    struct device *device;
    err_t err = cap_get(self->cspace, x[2], TINE_KIND_CONTROL, TINE_WRITE, &control);

    if (err)
        return err;
    if ((base | bytes) & (TINE_PAGE_SIZE - 1) || bytes == 0 || base + bytes < base || frames_overlap(base, base + bytes))
        return TINE_ERR_RANGE;
    err = create(self, x, TINE_KIND_DEVICE, &device);
    if (err)
        return err;
    device->base = base;
    device->bytes = bytes;
    return 0;
}
