/* Capability spaces and derivation: see cap.h. Reading order: cap_slot, cap_derive, cap_delete, cap_revoke. */

#include "cap.h"
#include "frame.h"
#include "hart.h"
#include "pool.h"
#include "preempt.h"
#include <riscv/layout.h>

_Static_assert(sizeof(struct cap) << CSPACE_LEAF_SHIFT == TINE_PAGE_SIZE, "a leaf is a frame");
_Static_assert(sizeof(struct cap *) * CSPACE_LEAVES == TINE_PAGE_SIZE, "the table of leaves is a frame");

/* The table of a dead capability space, which a thread may still have: no look-up needs to ask whether it lives. */
static struct cap *nothing[CSPACE_LEAVES];
static struct cap no_caps[CSPACE_LEAF_CAPS];

struct cap cap_none;

err_t cspace_init(struct cspace *cspace)
{
    paddr_t frame;
    err_t err = pool_take_frame(cspace->head.pool, FRAME_OBJECT, true, &frame);

    if (err)
        return err;
    cspace->leaf = phys_to_virt(frame);
    err = pool_take_frame(cspace->head.pool, FRAME_OBJECT, true, &frame);
    if (err) {
        frame_put(virt_to_phys(cspace->leaf));
        cspace->leaf = NULL;
        return err;
    }
    cspace->first = cspace->leaf[0] = phys_to_virt(frame);
    return 0;
}

/* With the last capability the object dies; only the root pool cannot. */
static bool cap_is_last(const struct cap *cap)
{
    return !cap->prev && !cap->next && cap->object->pool;
}

/* Takes out a capability that others may be derived from: these now descend from its own source, not from whoever stands
 * before it in the list. O(descendants). */
static void cap_remove(struct cap *cap)
{
    for (struct cap *below = cap->next; below && below->depth > cap->depth; below = below->next)
        below->depth--;
    cap_unlink(cap);
}

/* Objects that lose their last capability here are condemned and die after this: without recursion, however deep
 * capability spaces lie in each other, and also where they do so in a ring. */
static void leaf_clear(struct cap *leaf)
{
    for (unsigned i = 0; i < CSPACE_LEAF_CAPS; i++) {
        struct object *object = leaf[i].object;

        if (!object)
            continue;
        if (cap_is_last(&leaf[i]))
            object_condemn(object);
        cap_remove(&leaf[i]);
    }
}

bool cspace_clear(struct cspace *cspace)
{
    if (!cspace->leaf || cspace->leaf == nothing)
        return true;
    cspace->first = no_caps;
    for (unsigned i = 0; i < CSPACE_LEAVES; i++) {
        struct cap *leaf = cspace->leaf[i];

        if (!leaf)
            continue;
        leaf_clear(leaf);
        cspace->leaf[i] = NULL;
        frame_put(virt_to_phys(leaf));
        if (preempt_pending())
            return false;
    }
    frame_put(virt_to_phys(cspace->leaf));
    cspace->leaf = nothing;
    return true;
}

err_t cap_slot(struct cspace *cspace, unsigned long index, struct cap **slot)
{
    struct cap **leaf;

    if (index == 0 || index >= CSPACE_CAPS || cspace->leaf == nothing)
        return TINE_ERR_SLOT;
    leaf = &cspace->leaf[index >> CSPACE_LEAF_SHIFT];
    if (!*leaf) {
        paddr_t frame;
        err_t err = pool_take_frame(cspace->head.pool, FRAME_OBJECT, true, &frame);

        if (err)
            return err;
        *leaf = phys_to_virt(frame);
    }
    *slot = &(*leaf)[index & (CSPACE_LEAF_CAPS - 1)];
    return (*slot)->object ? TINE_ERR_SLOT : 0;
}

static void cap_link(struct cap *cap, struct cap *after)
{
    cap->prev = after;
    cap->next = after->next;
    if (after->next)
        after->next->prev = cap;
    after->next = cap;
}

void cap_original(struct cap *slot, struct object *object)
{
    *slot = (struct cap){ .object = object, .kind = object->kind, .rights = TINE_ALL };
    object->caps = slot;
    kernel_stat.caps++;
}

void cap_derive(struct cap *slot, struct cap *source, unsigned rights, badge_t badge)
{
    *slot = (struct cap){ .object = source->object,
                          .kind = source->kind,
                          .rights = (uint8_t)rights,
                          .depth = source->depth + 1,
                          .badge = badge ? badge : source->badge };
    cap_link(slot, source);
    kernel_stat.caps++;
}

void cap_move(struct cap *slot, struct cap *source)
{
    *slot = *source;
    if (slot->prev)
        slot->prev->next = slot;
    else
        slot->object->caps = slot;
    if (slot->next)
        slot->next->prev = slot;
    *source = (struct cap){ 0 };
}

void cap_unlink(struct cap *cap)
{
    if (cap->prev)
        cap->prev->next = cap->next;
    else
        cap->object->caps = cap->next;
    if (cap->next)
        cap->next->prev = cap->prev;
    *cap = (struct cap){ 0 };
    kernel_stat.caps--;
}

bool cap_delete(struct cap *cap)
{
    if (cap_is_last(cap))
        return object_destroy(cap->object); /* takes this capability with it */
    cap_remove(cap);
    return true;
}

bool cap_revoke(struct cap *cap)
{
    while (cap->next && cap->next->depth > cap->depth) {
        if (preempt_pending())
            return false;
        cap_unlink(cap->next);
    }
    return true;
}
