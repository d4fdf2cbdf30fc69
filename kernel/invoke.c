/*
 * The first door: unpacks and checks, and calls the room. A function per operation, named inv_ and the operation; x[0] is
 * a0. It returns 0, an error, or INVOKE_AGAIN; values go to x[1] to x[3]. Messages are in invoke_message.c, since they
 * also decide who runs next.
 *
 * Check, then do: every function looks up and checks everything before it changes anything.
 */

#include "invoke.h"
#include "cap.h"
#include "check.h"
#include "copy.h"
#include "endpoint.h"
#include "frame.h"
#include "interrupt.h"
#include "invoke_message.h"
#include "notification.h"
#include "pool.h"
#include "print.h"
#include "reply.h"
#include "route.h"
#include "sched.h"
#include "space.h"
#include "timer.h"
#include "trace.h"
#include <sbi/early.h>
#include <sbi/machine.h>
#include <string.h>

typedef err_t inv_fn(struct thread *self, uint64_t *x);

_Static_assert(SPACE_PREEMPTED == INVOKE_AGAIN, "a preempted range operation is executed again");

/* The capability space that an argument names: 0 is the caller's own. */
static err_t named_cspace(struct thread *self, uint64_t index, struct cspace **cspace)
{
    if (index) {
        struct object *object;
        err_t err = cap_get(self->cspace, index, TINE_KIND_CSPACE, TINE_WRITE, &object);

        *cspace = (struct cspace *)object;
        return err;
    }
    *cspace = self->cspace;
    return 0;
}

/* ---- capability spaces ----------------------------------------------------------------------------------------- */

static err_t inv_cap_copy(struct thread *self, uint64_t *x)
{
    struct cap *source = cap_at(self->cspace, x[2]);
    struct cspace *cspace;
    struct cap *slot;
    err_t err = named_cspace(self, x[0], &cspace);

    if (err)
        return err;
    if (!source)
        return TINE_ERR_CAP;
    if (x[3] & ~(uint64_t)source->rights)
        return TINE_ERR_RIGHTS;
    if (x[4] && (source->badge || !(source->rights & TINE_OWN)))
        return TINE_ERR_RIGHTS;
    if (source->depth == UINT16_MAX)
        return TINE_ERR_ARG;
    err = cap_slot(cspace, x[1], &slot);
    if (err)
        return err;

    cap_derive(slot, source, x[3], x[4]);
    return 0;
}

static err_t inv_cap_move(struct thread *self, uint64_t *x)
{
    struct cap *source = cap_at(self->cspace, x[2]);
    struct cspace *cspace;
    struct cap *slot;
    err_t err = named_cspace(self, x[0], &cspace);

    if (err)
        return err;
    if (!source)
        return TINE_ERR_CAP;
    err = cap_slot(cspace, x[1], &slot);
    if (err)
        return err;

    cap_move(slot, source);
    return 0;
}

static err_t inv_cap_delete(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    return cap_delete(cap) ? 0 : INVOKE_AGAIN;
}

static err_t inv_cap_revoke(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    return cap_revoke(cap) ? 0 : INVOKE_AGAIN;
}

static err_t inv_destroy(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    if (!(cap->rights & TINE_OWN))
        return TINE_ERR_RIGHTS;
    if (!cap->object->pool) /* the root pool outlives everything */
        return TINE_ERR_STATE;
    return object_destroy(cap->object) ? 0 : INVOKE_AGAIN;
}

static err_t inv_identify(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    x[1] = cap->kind;
    x[2] = cap->rights;
    x[3] = cap->badge;
    return 0;
}

/* ---- pools and creation ------------------------------------------------------------------------------------------ */

/* What every creation checks: the pool, and a slot for the new capability. */
static err_t creation(struct thread *self, const uint64_t *x, struct pool **pool, struct cap **slot)
{
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_POOL, TINE_WRITE, pool);

    return err ? err : cap_slot(self->cspace, x[1], slot);
}

/* Memory for an object of this kind, its head made and its capability in the slot; null if the pool has none left. */
static void *created(struct pool *pool, struct cap *slot, enum tine_kind kind, size_t head)
{
    char *memory = object_alloc(pool, kind);
    struct object *object = (struct object *)(memory + head);

    if (!memory)
        return NULL;
    object_init(object, kind, pool);
    cap_original(slot, object);
    return memory;
}

static err_t inv_pool_split(struct thread *self, uint64_t *x)
{
    struct pool *pool, *child;
    struct cap *slot;
    err_t err = creation(self, x, &pool, &slot);

    if (err)
        return err;
    child = object_alloc(pool, TINE_KIND_POOL);
    if (!child)
        return TINE_ERR_MEMORY;
    object_init(&child->head, TINE_KIND_POOL, pool);
    err = pool_split(pool, child, x[2], x[3]);
    if (err) {
        object_destroy(&child->head); /* empty, so it goes at once */
        return err;
    }
    cap_original(slot, &child->head);
    return 0;
}

static err_t inv_pool_balance(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_POOL, TINE_READ, &pool);

    if (!err)
        pool_balance(pool, &x[1], &x[2], &x[3]);
    return err;
}

static err_t inv_cspace_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct cspace *cspace;
    err_t err = creation(self, x, &pool, &slot);

    if (err)
        return err;
    cspace = created(pool, slot, TINE_KIND_CSPACE, 0);
    if (!cspace)
        return TINE_ERR_MEMORY;
    err = cspace_init(cspace);
    if (err)
        object_destroy(&cspace->head);
    return err;
}

static err_t inv_space_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct space *space;
    err_t err = creation(self, x, &pool, &slot);

    if (err)
        return err;
    space = object_alloc(pool, TINE_KIND_SPACE);
    if (!space)
        return TINE_ERR_MEMORY;
    err = space_init(space, pool);
    if (err) {
        pool_free_object(pool, space, object_size(TINE_KIND_SPACE));
        return err;
    }
    object_init(&space->head, TINE_KIND_SPACE, pool);
    cap_original(slot, &space->head);
    return 0;
}

static err_t inv_thread_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct space *space;
    struct cspace *cspace = NULL;
    struct object *like = NULL;
    struct thread *thread;
    err_t err = creation(self, x, &pool, &slot);

    if (!err)
        err = cap_get(self->cspace, x[2], TINE_KIND_SPACE, TINE_WRITE, &space);
    if (!err && x[3])
        err = cap_get(self->cspace, x[3], TINE_KIND_CSPACE, TINE_WRITE, &cspace);
    if (!err && x[4])
        err = cap_get(self->cspace, x[4], TINE_KIND_THREAD, TINE_READ, &like);
    if (err)
        return err;
    thread = created(pool, slot, TINE_KIND_THREAD, offsetof(struct thread, head));
    if (!thread)
        return TINE_ERR_MEMORY;
    thread_init(thread, space, cspace, like ? thread_of(like) : NULL);
    return 0;
}

static err_t inv_endpoint_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct endpoint *endpoint;
    err_t err = creation(self, x, &pool, &slot);

    if (err)
        return err;
    endpoint = created(pool, slot, TINE_KIND_ENDPOINT, 0);
    if (!endpoint)
        return TINE_ERR_MEMORY;
    endpoint_init(endpoint);
    return 0;
}

static err_t inv_reply_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    err_t err = creation(self, x, &pool, &slot);

    if (err)
        return err;
    return created(pool, slot, TINE_KIND_REPLY, 0) ? 0 : TINE_ERR_MEMORY;
}

static err_t inv_notification_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct notification *notification;
    err_t err = creation(self, x, &pool, &slot);

    if (err)
        return err;
    notification = created(pool, slot, TINE_KIND_NOTIFICATION, 0);
    if (!notification)
        return TINE_ERR_MEMORY;
    notification_init(notification);
    return 0;
}

static err_t inv_timer_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct notification *notification;
    struct timer *timer;
    err_t err = creation(self, x, &pool, &slot);

    if (!err)
        err = cap_get(self->cspace, x[2], TINE_KIND_NOTIFICATION, TINE_WRITE, &notification);
    if (err)
        return err;
    timer = created(pool, slot, TINE_KIND_TIMER, 0);
    if (!timer)
        return TINE_ERR_MEMORY;
    timer->notification = notification;
    timer->bits = x[3];
    object_ref(&notification->head);
    return 0;
}

/* The endpoints that a route names, each with a reference once `route` is there to hold it. */
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

static err_t inv_route_create(struct thread *self, uint64_t *x)
{
    struct endpoint *endpoint[TINE_ROUTE_SLOTS];
    struct tine_route_map map;
    struct pool *pool;
    struct cap *slot;
    struct route *route;
    err_t err = creation(self, x, &pool, &slot);

    if (!err)
        err = copy_in(self->space, x[2], &map, sizeof(map));
    if (!err)
        err = route_endpoints(self, &map, endpoint);
    if (err)
        return err;
    for (unsigned i = 0; i < TINE_ROUTE_CALLS; i++)
        if (map.target[i] >= TINE_THREAD_WORD_COUNT)
            return TINE_ERR_ARG;
    route = created(pool, slot, TINE_KIND_ROUTE, offsetof(struct route, head));
    if (!route)
        return TINE_ERR_MEMORY;
    memcpy(route->target, map.target, sizeof(route->target));
    for (unsigned i = 1; i < TINE_ROUTE_SLOTS; i++)
        if ((route->endpoint[i] = endpoint[i]))
            object_ref(&endpoint[i]->head);
    return 0;
}

static err_t inv_interrupt_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct object *control;
    struct notification *notification;
    struct interrupt *interrupt;
    err_t err = creation(self, x, &pool, &slot);

    if (!err)
        err = cap_get(self->cspace, x[2], TINE_KIND_CONTROL, TINE_WRITE, &control);
    if (!err)
        err = cap_get(self->cspace, x[4], TINE_KIND_NOTIFICATION, TINE_WRITE, &notification);
    if (err)
        return err;
    interrupt = object_alloc(pool, TINE_KIND_INTERRUPT);
    if (!interrupt)
        return TINE_ERR_MEMORY;
    err = interrupt_take(interrupt, x[3], notification, x[5]);
    if (err) {
        pool_free_object(pool, interrupt, sizeof(*interrupt));
        return err;
    }
    object_init(&interrupt->head, TINE_KIND_INTERRUPT, pool);
    cap_original(slot, &interrupt->head);
    return 0;
}

static err_t inv_device_create(struct thread *self, uint64_t *x)
{
    struct pool *pool;
    struct cap *slot;
    struct object *control;
    struct device *device;
    err_t err = creation(self, x, &pool, &slot);

    if (!err)
        err = cap_get(self->cspace, x[2], TINE_KIND_CONTROL, TINE_WRITE, &control);
    if (err)
        return err;
    if ((x[3] | x[4]) & (TINE_PAGE_SIZE - 1) || x[4] == 0 || x[3] + x[4] < x[3] || frames_overlap(x[3], x[3] + x[4]))
        return TINE_ERR_RANGE;
    device = created(pool, slot, TINE_KIND_DEVICE, 0);
    if (!device)
        return TINE_ERR_MEMORY;
    device->base = x[3];
    device->bytes = x[4];
    return 0;
}

/* ---- threads ------------------------------------------------------------------------------------------------------ */

static err_t named_thread(struct thread *self, uint64_t index, unsigned rights, struct thread **thread)
{
    struct object *object;
    err_t err = cap_get(self->cspace, index, TINE_KIND_THREAD, rights, &object);

    if (!err)
        *thread = thread_of(object);
    return err;
}

static err_t inv_thread_start(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    return err ? err : thread_start(thread);
}

static err_t inv_thread_stop(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (!err)
        thread_stop(thread);
    return err;
}

static err_t inv_thread_read(struct thread *self, uint64_t *x)
{
    struct tine_registers regs;
    struct tine_fp_registers fp;
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_READ, &thread);

    if (!err)
        err = thread_read(thread, &regs, x[2] ? &fp : NULL);
    if (!err && x[1])
        err = copy_out(self->space, x[1], &regs, sizeof(regs));
    if (!err && x[2])
        err = copy_out(self->space, x[2], &fp, sizeof(fp));
    return err;
}

static err_t inv_thread_write(struct thread *self, uint64_t *x)
{
    struct tine_registers regs;
    struct tine_fp_registers fp;
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (!err && x[1])
        err = copy_in(self->space, x[1], &regs, sizeof(regs));
    if (!err && x[2])
        err = copy_in(self->space, x[2], &fp, sizeof(fp));
    return err ? err : thread_write(thread, x[1] ? &regs : NULL, x[2] ? &fp : NULL);
}

/* Exchanges one of the references that a thread holds. `field` and the new object may be null. */
static void thread_exchange(struct object **field, struct object *object)
{
    if (object)
        object_ref(object);
    if (*field)
        object_unref(*field);
    *field = object;
}

static err_t thread_set_object(struct thread *self, struct thread *thread, uint64_t field, uint64_t index)
{
    struct object *object;
    err_t err;

    switch (field) {
    case TINE_FIELD_SPACE:
        err = cap_get(self->cspace, index, TINE_KIND_SPACE, TINE_WRITE, &object);
        if (!err)
            thread_exchange((struct object **)&thread->space, object);
        if (!err && thread->hart->current == thread)
            thread->hart->current = NULL; /* so that its new space is switched to */
        return err;
    case TINE_FIELD_CSPACE:
        err = cap_get(self->cspace, index, TINE_KIND_CSPACE, TINE_WRITE, &object);
        if (!err)
            thread_exchange((struct object **)&thread->cspace, object);
        return err;
    case TINE_FIELD_PAGER:
        err = cap_get(self->cspace, index, TINE_KIND_ENDPOINT, TINE_WRITE, &object);
        if (!err)
            thread_exchange((struct object **)&thread->pager, object);
        return err;
    default: /* TINE_FIELD_ROUTE */
        err = cap_get(self->cspace, index, TINE_KIND_ROUTE, TINE_READ, &object);
        if (err)
            return err;
        object_ref(object);
        if (thread->route)
            object_unref(&thread->route->head);
        thread->route = route_of(object);
        return 0;
    }
}

static err_t inv_thread_set(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);
    bool queued;

    if (err)
        return err;
    switch (x[1]) {
    case TINE_FIELD_SPACE:
    case TINE_FIELD_CSPACE:
    case TINE_FIELD_ROUTE:
    case TINE_FIELD_PAGER:
        return thread_set_object(self, thread, x[1], x[2]);
    case TINE_FIELD_PRIORITY:
        if (x[2] >= TINE_PRIORITIES)
            return TINE_ERR_ARG;
        queued = thread->state == TINE_THREAD_READY && thread->hart->current != thread;
        if (queued)
            sched_remove(thread);
        thread_set_priority(thread, x[2]);
        if (queued)
            sched_ready(thread);
        return 0;
    case TINE_FIELD_AFFINITY:
        if (x[2] && !(x[2] & ((1ul << hart_count) - 1)))
            return TINE_ERR_ARG;
        thread->affinity = x[2];
        return 0;
    }
    return TINE_ERR_ARG;
}

static err_t inv_thread_words(struct thread *self, uint64_t *x)
{
    uint64_t words[7] = { x[3], x[4], x[5], x[6], self->regs.x[REG_T0], self->regs.x[REG_T1], self->regs.x[REG_T2] };
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (err)
        return err;
    if (x[2] > 7 || x[1] > TINE_THREAD_WORD_COUNT - x[2])
        return TINE_ERR_ARG;
    for (unsigned i = 0; i < x[2]; i++)
        thread->word[x[1] + i] = words[i];
    return 0;
}

static err_t inv_thread_attention(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (!err)
        thread_attend(thread);
    return err;
}

static err_t inv_thread_info(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_READ, &thread);

    if (err)
        return err;
    x[1] = thread->state;
    x[2] = thread->ticks;
    return 0;
}

/* ---- address spaces ------------------------------------------------------------------------------------------------ */

err_t invoke_space_item(struct thread *self, struct space *space, uint64_t op, uint64_t *range, uint64_t *source_addr,
                        uint64_t prot, uint64_t source_index)
{
    struct space_range r = { .addr = range[0], .npages = range[1], .source_addr = *source_addr };
    struct space *source;
    err_t err;

    switch (op) {
    case TINE_SPACE_SHARE:
        err = cap_get(self->cspace, source_index, TINE_KIND_SPACE,
                      TINE_READ | (prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE) ? TINE_WRITE : 0), &source);
        if (!err)
            err = space_share(space, &r, prot, source);
        break;
    case TINE_SPACE_ZERO:
        err = space_zero(space, &r, prot);
        break;
    case TINE_SPACE_COPY:
        err = space_copy(space, &r, prot);
        break;
    case TINE_SPACE_PROTECT:
        err = space_protect(space, &r, prot);
        break;
    case TINE_SPACE_UNMAP:
        err = space_unmap(space, &r);
        break;
    default:
        return TINE_ERR_ARG;
    }
    range[0] = r.addr;
    range[1] = r.npages;
    *source_addr = r.source_addr;
    return err;
}

/* Share, zero, copy, protect, unmap: (space, addr, npages, prot, source, source addr). */
static err_t inv_space_range(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_WRITE, &space);

    if (err)
        return err;
    return invoke_space_item(self, space, -self->regs.x[REG_A7], &x[1], &x[5], x[3], x[4]);
}

/* Hot pages of a clone are looked at once, before anything changes; their addresses, or 0, then stand in x[5] and, with this
 * bit, in x[6] while the operation is executed again. */
#define HOT_KNOWN (1ul << 63)

static err_t clone_hot(struct thread *self, const struct space *source, uint64_t *x)
{
    struct thread *thread;
    uint64_t stack = 0;
    err_t err = x[6] ? named_thread(self, x[6], TINE_READ, &thread) : 0;

    if (err)
        return err;
    if (x[6])
        stack = space_hot(source, thread->regs.x[REG_SP]);
    x[5] = x[5] ? space_hot(source, x[5]) : 0;
    x[6] = stack | HOT_KNOWN;
    return 0;
}

static err_t inv_space_clone(struct thread *self, uint64_t *x)
{
    struct space_range r = { .addr = x[1], .npages = x[2] };
    struct space *space, *source;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_WRITE, &space);

    if (!err)
        err = cap_get(self->cspace, x[4], TINE_KIND_SPACE, TINE_READ | TINE_WRITE, &source);
    if (!err && space == source)
        err = TINE_ERR_ARG;
    if (!err && !(x[6] & HOT_KNOWN))
        err = clone_hot(self, source, x);
    if (err)
        return err;
    err = space_clone(space, &r, x[3], source);
    x[1] = r.addr;
    x[2] = r.npages;
    if (!err) {
        space_unshare(space, source, x[5]);
        space_unshare(space, source, x[6] & ~HOT_KNOWN);
    }
    return err;
}

static err_t inv_space_inspect(struct thread *self, uint64_t *x)
{
    struct space *space;
    unsigned state;
    size_t run;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_READ, &space);

    if (!err)
        err = space_inspect(space, x[1], x[2], &state, &run);
    if (err)
        return err;
    x[1] = state;
    x[2] = run;
    return 0;
}

static err_t inv_space_device(struct thread *self, uint64_t *x)
{
    struct space_range r = { .addr = x[1], .npages = x[2] };
    struct space *space;
    struct device *device;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_WRITE, &space);

    if (!err)
        err = cap_get(self->cspace, x[4], TINE_KIND_DEVICE, TINE_READ | TINE_WRITE, &device);
    if (err)
        return err;
    if (x[5] & (TINE_PAGE_SIZE - 1) || x[5] > device->bytes || x[2] > (device->bytes - x[5]) >> TINE_PAGE_SHIFT)
        return TINE_ERR_RANGE;
    err = space_device(space, &r, x[3], device->base + x[5]);
    x[5] += r.addr - x[1];
    x[1] = r.addr;
    x[2] = r.npages;
    return err;
}

static err_t inv_space_count(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_READ, &space);

    if (!err)
        space_count(space, &x[1], &x[2]);
    return err;
}

/* Copies x[3] bytes between the caller's memory at x[2] and `other` at x[1]; the values are what came and, on FAULT,
 * where the other side stopped it. */
static err_t copy_op(struct thread *self, uint64_t *x, struct space *other, bool to_other)
{
    uint64_t fault = 0;
    size_t done;
    err_t err = to_other ? copy_between(other, x[1], self->space, x[2], x[3], &done, &fault)
                         : copy_between(self->space, x[2], other, x[1], x[3], &done, &fault);

    x[1] = done;
    x[2] = fault;
    return err;
}

static err_t inv_space_read(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_READ, &space);

    return err ? err : copy_op(self, x, space, false);
}

static err_t inv_space_write(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_WRITE, &space);

    return err ? err : copy_op(self, x, space, true);
}

/* The space of the caller that a reply object holds. */
static err_t held_space(struct thread *self, uint64_t index, struct space **space)
{
    struct reply *reply;
    err_t err = cap_get(self->cspace, index, TINE_KIND_REPLY, TINE_WRITE, &reply);

    if (err)
        return err;
    if (!reply->caller)
        return TINE_ERR_STATE;
    *space = reply->caller->space;
    return (*space)->head.dead ? TINE_ERR_GONE : 0;
}

static err_t inv_reply_read(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = held_space(self, x[0], &space);

    return err ? err : copy_op(self, x, space, false);
}

static err_t inv_reply_write(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = held_space(self, x[0], &space);

    return err ? err : copy_op(self, x, space, true);
}

/* ---- notifications, timers, interrupts ----------------------------------------------------------------------------- */

static err_t inv_signal(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_NOTIFICATION, TINE_WRITE, &notification);

    if (!err)
        notification_signal(notification, x[1]);
    return err;
}

static err_t inv_poll(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_NOTIFICATION, TINE_READ, &notification);

    if (err)
        return err;
    if (!notification->bits)
        return TINE_ERR_AGAIN;
    x[1] = notification->bits;
    notification->bits = 0;
    return 0;
}

static err_t inv_bind(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    struct thread *thread = NULL;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_NOTIFICATION, TINE_READ | TINE_OWN, &notification);

    if (!err && x[1])
        err = named_thread(self, x[1], TINE_WRITE, &thread);
    return err ? err : notification_bind(notification, thread);
}

static err_t inv_timer_arm(struct thread *self, uint64_t *x)
{
    struct timer *timer;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_TIMER, TINE_WRITE, &timer);

    if (!err)
        timer_arm(timer, x[1]);
    return err;
}

static err_t inv_interrupt_ack(struct thread *self, uint64_t *x)
{
    struct interrupt *interrupt;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_INTERRUPT, TINE_WRITE, &interrupt);

    if (!err)
        interrupt_ack(interrupt);
    return err;
}

/* ---- the machine ------------------------------------------------------------------------------------------------------ */

/* READ lets a server report and count; WRITE is power over the machine. */
static err_t control(struct thread *self, const uint64_t *x, unsigned rights)
{
    struct object *object;

    return cap_get(self->cspace, x[0], TINE_KIND_CONTROL, rights, &object);
}

static err_t inv_control_log(struct thread *self, uint64_t *x)
{
    char text[256];
    err_t err = control(self, x, TINE_READ);

    if (err)
        return err;
    if (x[2] > sizeof(text))
        return TINE_ERR_ARG;
    err = copy_in(self->space, x[1], text, x[2]);
    if (!err)
        early_write(text, x[2]);
    return err;
}

static err_t inv_control_halt(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_WRITE);

    if (err)
        return err;
    if (x[1] != TINE_HALT_OFF && x[1] != TINE_HALT_REBOOT)
        return TINE_ERR_ARG;
    machine_halt(x[1] == TINE_HALT_REBOOT, (int)x[2]);
}

static err_t inv_control_stat(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_READ);

    if (err)
        return err;
    kernel_stat.ipcs = kernel_stat.switches = kernel_stat.space_switches = 0;
    for (unsigned i = 0; i < hart_count; i++) {
        kernel_stat.ipcs += harts[i].ipcs;
        kernel_stat.switches += harts[i].space_switches + harts[i].same_space_switches;
        kernel_stat.space_switches += harts[i].space_switches;
    }
    kernel_stat.frames = frames_total();
    kernel_stat.frames_free = frames_free_count();
    kernel_stat.idle_ticks = timer_idle_ticks(sched_idle_time());
    kernel_stat.harts = hart_count;
    kernel_stat.tick_hz = TICK_HZ;
    return copy_out(self->space, x[1], &kernel_stat, sizeof(kernel_stat));
}

static err_t inv_control_check(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_WRITE);

    if (!err)
        x[1] = check_all();
    return err;
}

static err_t inv_control_trace(struct thread *self, uint64_t *x)
{
    err_t err = control(self, x, TINE_WRITE);

    if (!err)
        trace_set(x[1] != 0);
    return err;
}

static inv_fn *const table[TINE_OPS] = {
    [TINE_REPLY_READ] = inv_reply_read,
    [TINE_REPLY_WRITE] = inv_reply_write,
    [TINE_CAP_COPY] = inv_cap_copy,
    [TINE_CAP_MOVE] = inv_cap_move,
    [TINE_CAP_DELETE] = inv_cap_delete,
    [TINE_CAP_REVOKE] = inv_cap_revoke,
    [TINE_DESTROY] = inv_destroy,
    [TINE_IDENTIFY] = inv_identify,
    [TINE_POOL_SPLIT] = inv_pool_split,
    [TINE_POOL_BALANCE] = inv_pool_balance,
    [TINE_CSPACE_CREATE] = inv_cspace_create,
    [TINE_SPACE_CREATE] = inv_space_create,
    [TINE_THREAD_CREATE] = inv_thread_create,
    [TINE_ENDPOINT_CREATE] = inv_endpoint_create,
    [TINE_REPLY_CREATE] = inv_reply_create,
    [TINE_NOTIFICATION_CREATE] = inv_notification_create,
    [TINE_TIMER_CREATE] = inv_timer_create,
    [TINE_ROUTE_CREATE] = inv_route_create,
    [TINE_INTERRUPT_CREATE] = inv_interrupt_create,
    [TINE_DEVICE_CREATE] = inv_device_create,
    [TINE_THREAD_START] = inv_thread_start,
    [TINE_THREAD_STOP] = inv_thread_stop,
    [TINE_THREAD_READ] = inv_thread_read,
    [TINE_THREAD_WRITE] = inv_thread_write,
    [TINE_THREAD_SET] = inv_thread_set,
    [TINE_THREAD_WORDS] = inv_thread_words,
    [TINE_THREAD_ATTENTION] = inv_thread_attention,
    [TINE_THREAD_INFO] = inv_thread_info,
    [TINE_SPACE_SHARE] = inv_space_range,
    [TINE_SPACE_ZERO] = inv_space_range,
    [TINE_SPACE_COPY] = inv_space_range,
    [TINE_SPACE_CLONE] = inv_space_clone,
    [TINE_SPACE_PROTECT] = inv_space_range,
    [TINE_SPACE_UNMAP] = inv_space_range,
    [TINE_SPACE_INSPECT] = inv_space_inspect,
    [TINE_SPACE_READ] = inv_space_read,
    [TINE_SPACE_WRITE] = inv_space_write,
    [TINE_SPACE_DEVICE] = inv_space_device,
    [TINE_SPACE_COUNT] = inv_space_count,
    [TINE_SIGNAL] = inv_signal,
    [TINE_POLL] = inv_poll,
    [TINE_BIND] = inv_bind,
    [TINE_TIMER_ARM] = inv_timer_arm,
    [TINE_INTERRUPT_ACK] = inv_interrupt_ack,
    [TINE_CONTROL_LOG] = inv_control_log,
    [TINE_CONTROL_HALT] = inv_control_halt,
    [TINE_CONTROL_STAT] = inv_control_stat,
    [TINE_CONTROL_CHECK] = inv_control_check,
    [TINE_CONTROL_TRACE] = inv_control_trace,
};

/* After an operation: the thread goes on, unless it stopped itself or woke somebody more important. */
static struct thread *after(struct hart *hart, struct thread *thread)
{
    return thread->state == TINE_THREAD_READY ? sched_prefer(hart, thread) : sched_next(hart);
}

struct thread *invoke_again(struct thread *thread)
{
    struct hart *hart = hart_self();

    interrupt_poll(hart);
    sched_ready(thread);
    return sched_pick(hart);
}

struct thread *invoke(struct hart *hart, struct thread *thread, unsigned long op)
{
    inv_fn *function;
    err_t err;

    if (op <= TINE_SEND || op == TINE_CALL_CAP)
        return invoke_message(hart, thread, op);
    if (op == TINE_WAIT || op == TINE_YIELD)
        return invoke_wait(thread, op);
    function = op < TINE_OPS ? table[op] : NULL;
    trace_operation(hart, thread, op);
    err = function ? function(thread, &thread->regs.x[REG_A0]) : TINE_ERR_CALL;
    if (hart->self_destroyed) {
        hart->self_destroyed = false;
        return sched_next(hart);
    }
    if (err == INVOKE_AGAIN)
        return invoke_again(thread);
    thread->regs.pc += 4;
    thread->regs.x[REG_A0] = (uint64_t)err;
    return after(hart, thread);
}
