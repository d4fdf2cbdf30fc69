/* Operations on threads: see invoke_table.h. */

#include "invoke_table.h"
#include "harts.h"
#include "cap.h"
#include "copy.h"
#include "endpoint.h"
#include "resident.h"
#include "route.h"
#include "sched.h"
#include "space.h"

err_t named_thread(struct thread *self, uint64_t index, unsigned rights, struct thread **thread)
{
    struct object *object;
    err_t err = cap_get(self->cspace, index, TINE_KIND_THREAD, rights, &object);

    if (!err)
        *thread = thread_of(object);
    return err;
}

/* (thread, first, count, a3 a4 a5 a6 t0 t1 t2): what WORDS and START have in common. */
static err_t words_check(const uint64_t *x)
{
    return x[2] > 7 || x[1] > TINE_THREAD_WORD_COUNT - x[2] ? TINE_ERR_ARG : 0;
}

static void words_set(struct thread *thread, const struct thread *self, const uint64_t *x)
{
    const uint64_t words[7] = { x[3], x[4], x[5], x[6], self->regs.x[REG_T0], self->regs.x[REG_T1], self->regs.x[REG_T2] };

    for (unsigned i = 0; i < x[2]; i++)
        thread->word[x[1] + i] = words[i];
}

err_t inv_thread_words(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (!err)
        err = words_check(x);
    if (!err)
        words_set(thread, self, x);
    return err;
}

err_t inv_thread_start(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (!err)
        err = words_check(x);
    if (!err)
        err = thread_start(thread);
    if (!err)
        words_set(thread, self, x);
    return err;
}

err_t inv_thread_stop(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (!err && !thread_stop(thread))
        err = INVOKE_AGAIN;
    return err;
}

err_t inv_thread_read(struct thread *self, uint64_t *x)
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

err_t inv_thread_write(struct thread *self, uint64_t *x)
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

err_t inv_thread_set(struct thread *self, uint64_t *x)
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
        if (thread_is_elsewhere(thread)) /* it uses them at this moment */
            return TINE_ERR_STATE;
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
        thread_replace(thread);
        return 0;
    }
    return TINE_ERR_ARG;
}

/* x[1]: 1 when it is executed again, because the thread ran on another hart, which has been told. */
err_t inv_thread_attention(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (err)
        return err;
    if (!x[1])
        thread_attend(thread);
    x[1] = 1;
    return thread_is_elsewhere(thread) && thread->attention & THREAD_ATTENTION ? INVOKE_AGAIN : 0;
}

err_t inv_thread_info(struct thread *self, uint64_t *x)
{
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_READ, &thread);

    if (err)
        return err;
    x[1] = thread->state;
    x[2] = thread->ticks;
    x[3] = thread->hart->index;
    return 0;
}

err_t inv_thread_settle(struct thread *self, uint64_t *x)
{
    struct object *control;
    struct thread *thread;
    err_t err = named_thread(self, x[0], TINE_WRITE, &thread);

    if (!err)
        err = cap_get(self->cspace, x[1], TINE_KIND_CONTROL, TINE_WRITE, &control);
    if (err)
        return err;
    return RESIDENTS ? resident_settle(thread, x[2]) : TINE_ERR_ARG;
}
