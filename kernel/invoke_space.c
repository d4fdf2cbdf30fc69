/* Operations on address spaces, and copying between them and from and to waiting callers: see invoke_table.h. */

#include "invoke_table.h"
#include "cap.h"
#include "copy.h"
#include "invoke_message.h"
#include "reply.h"
#include "space.h"

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
err_t inv_space_range(struct thread *self, uint64_t *x)
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

err_t inv_space_clone(struct thread *self, uint64_t *x)
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
    err = space_clone(space, &r, x[3] & ~(uint64_t)TINE_CLONE_COPIES, source);
    x[1] = r.npages ? r.addr : 0; /* nothing of nothing, if it is executed again for the copies */
    x[2] = r.npages;
    if (err)
        return err;
    space_unshare(space, source, x[5]);
    space_unshare(space, source, x[6] & ~HOT_KNOWN);
    return x[3] & TINE_CLONE_COPIES ? space_copy_some(space, self->regs.x[REG_T0], &self->regs.x[REG_T1]) : 0;
}

err_t inv_space_inspect(struct thread *self, uint64_t *x)
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

err_t inv_space_device(struct thread *self, uint64_t *x)
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

err_t inv_space_count(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_READ, &space);

    return err ? err : space_count(space, &x[1], &x[2], &x[3]);
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

err_t inv_space_read(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_READ, &space);

    return err ? err : copy_op(self, x, space, false);
}

err_t inv_space_write(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, TINE_WRITE, &space);

    return err ? err : copy_op(self, x, space, true);
}

/* Where x[2] bytes at x[1] of the space x[0] are. */
static err_t word_place(struct thread *self, const uint64_t *x, unsigned prot, void **place)
{
    struct space *space;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_SPACE, prot & TINE_PROT_WRITE ? TINE_WRITE : TINE_READ, &space);

    if (err)
        return err;
    if (x[2] > TINE_PEEK_MOST || (x[1] & (TINE_PAGE_SIZE - 1)) + x[2] > TINE_PAGE_SIZE)
        return TINE_ERR_ARG;
    *place = space_lookup(space, x[1], prot);
    return *place ? 0 : TINE_ERR_FAULT;
}

err_t inv_space_peek(struct thread *self, uint64_t *x)
{
    size_t len = x[2];
    void *place;
    err_t err = word_place(self, x, TINE_PROT_READ, &place);

    if (err)
        return err;
    x[1] = x[2] = x[3] = 0;
    copy_piece((char *)&x[1], place, len);
    return 0;
}

err_t inv_space_poke(struct thread *self, uint64_t *x)
{
    void *place;
    err_t err = word_place(self, x, TINE_PROT_WRITE, &place);

    if (!err)
        copy_piece(place, (const char *)&x[3], x[2]);
    return err;
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

err_t inv_reply_read(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = held_space(self, x[0], &space);

    return err ? err : copy_op(self, x, space, false);
}

err_t inv_reply_write(struct thread *self, uint64_t *x)
{
    struct space *space;
    err_t err = held_space(self, x[0], &space);

    return err ? err : copy_op(self, x, space, true);
}
