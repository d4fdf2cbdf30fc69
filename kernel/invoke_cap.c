/* Operations on capability spaces and on objects of any kind, by capability: see invoke_table.h. */

#include "invoke_table.h"
#include "cap.h"
#include "thread.h"

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

/* Of copy and move: the capability space at x[0], and the source at x[2] of the caller's own. */
static err_t cspace_and_source(struct thread *self, const uint64_t *x, struct cspace **cspace, struct cap **source)
{
    err_t err = named_cspace(self, x[0], cspace);

    *source = cap_at(self->cspace, x[2]);
    return err || *source ? err : TINE_ERR_CAP;
}

err_t inv_cap_copy(struct thread *self, uint64_t *x)
{
    struct cap *source, *slot;
    struct cspace *cspace;
    err_t err = cspace_and_source(self, x, &cspace, &source);

    if (err)
        return err;
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

err_t inv_cap_move(struct thread *self, uint64_t *x)
{
    struct cap *source, *slot;
    struct cspace *cspace;
    err_t err = cspace_and_source(self, x, &cspace, &source);

    if (!err)
        err = cap_slot(cspace, x[1], &slot);
    if (err)
        return err;

    cap_move(slot, source);
    return 0;
}

err_t inv_cap_delete(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    return cap_delete(cap) ? 0 : INVOKE_AGAIN;
}

err_t inv_cap_revoke(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    return cap_revoke(cap) ? 0 : INVOKE_AGAIN;
}

err_t inv_destroy(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    if (!(cap->rights & TINE_OWN))
        return TINE_ERR_RIGHTS;
    if (!cap->object->pool) /* the root pool outlives everything */
        return TINE_ERR_STATE;
    if (cap->kind == TINE_KIND_THREAD)
        x[1] = thread_of(cap->object)->ticks;
    return object_destroy(cap->object) ? 0 : INVOKE_AGAIN;
}

err_t inv_identify(struct thread *self, uint64_t *x)
{
    struct cap *cap = cap_at(self->cspace, x[0]);

    if (!cap)
        return TINE_ERR_CAP;
    x[1] = cap->kind;
    x[2] = cap->rights;
    x[3] = cap->badge;
    return 0;
}
