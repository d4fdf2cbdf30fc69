/*
 * Capability spaces: flat tables of capabilities, grown a leaf at a time from the pool of the space. A capability is
 * (object, rights, badge). Those of one object form a list in the order of derivation: behind each capability stand all
 * that were derived from it, deeper by at least one, so `revoke` is a walk of neighbours (the mapping database of L4
 * and seL4, here one list per object).
 */
#ifndef KERNEL_CAP_H
#define KERNEL_CAP_H

#include "object.h"

typedef uint64_t badge_t;

struct cap {
    struct object *object; /* null: an empty slot */
    union {
        struct {
            uint8_t kind;   /* of the object, so that a look-up touches one line */
            uint8_t rights; /* enum tine_right */
        };
        uint16_t kind_rights; /* both, so that one comparison checks both */
    };
    uint16_t depth;        /* in the derivation tree; 0 for the original */
    uint32_t reserved;
    badge_t badge;
    struct cap *next; /* in the object's list */
    struct cap *prev; /* null for the first */
    uint64_t pad[3];  /* a power of two, so that an index is a shift */
};

#define CSPACE_LEAF_SHIFT 6
#define CSPACE_LEAF_CAPS  (1u << CSPACE_LEAF_SHIFT)
#define CSPACE_LEAVES     512u
#define CSPACE_CAPS       (CSPACE_LEAVES * CSPACE_LEAF_CAPS)

struct cspace {
    struct object head;
    struct cap *first; /* leaf[0], where the capabilities of every message are; never null while alive */
    struct cap **leaf; /* a frame of CSPACE_LEAVES pointers, null where no capability was ever put */
};

/* Makes an empty capability space; its tables come from head.pool. */
err_t cspace_init(struct cspace *cspace);

/* Deletes all capabilities in it; false when stopped at a preemption point. Then its tables are gone. */
bool cspace_clear(struct cspace *cspace);

/* The capability at `index`, or null if there is none. O(1). */
static inline __attribute__((always_inline)) struct cap *cap_at(const struct cspace *cspace, unsigned long index)
{
    struct cap *leaf;

    if (index >= CSPACE_CAPS)
        return NULL;
    leaf = cspace->leaf[index >> CSPACE_LEAF_SHIFT];
    if (!leaf || !leaf[index & (CSPACE_LEAF_CAPS - 1)].object)
        return NULL;
    return &leaf[index & (CSPACE_LEAF_CAPS - 1)];
}

/* As cap_at, but an empty slot, or one that stands for it, instead of null: its kind is 0. */
static inline __attribute__((always_inline)) struct cap *cap_find(const struct cspace *cspace, unsigned long index)
{
    extern struct cap cap_none;
    struct cap *cap;

    if (__builtin_expect(index < CSPACE_LEAF_CAPS, 1))
        return &cspace->first[index];
    cap = cap_at(cspace, index);
    return cap ? cap : &cap_none;
}

static inline bool cap_is(const struct cap *cap, enum tine_kind kind, unsigned rights)
{
    uint16_t wanted = (uint16_t)(kind | rights << 8);

    return (cap->kind_rights & (0xff | rights << 8)) == wanted;
}

/*
 * The one look-up: existence, kind and rights in a line. *object is written on success.
 * CAP: no capability of that kind there; RIGHTS: it lacks one of `rights`.
 */
static inline __attribute__((always_inline)) err_t
cap_get(const struct cspace *cspace, unsigned long index, enum tine_kind kind, unsigned rights, void *object)
{
    struct cap *cap = cap_find(cspace, index);

    if (__builtin_expect(!cap_is(cap, kind, rights), 0))
        return cap->kind == kind ? TINE_ERR_RIGHTS : TINE_ERR_CAP;
    *(void **)object = cap->object;
    return 0;
}

/*
 * An empty slot to put a capability into. Takes a leaf from the space's pool when that part was never used.
 * SLOT: in use, 0, or too large; MEMORY. A slot that is found stays empty until one of the functions below fills it.
 */
err_t cap_slot(struct cspace *cspace, unsigned long index, struct cap **slot);

/* Puts the original capability of a fresh object into an empty slot, with all rights. */
void cap_original(struct cap *slot, struct object *object);

/* Derives `slot` (empty) from `source` with the rights given, a subset of the source's. badge 0 keeps the source's. */
void cap_derive(struct cap *slot, struct cap *source, unsigned rights, badge_t badge);

/* Moves a capability to an empty slot; its place in the derivation stays. */
void cap_move(struct cap *slot, struct cap *source);

/* Empties the slot without regard for the object. */
void cap_unlink(struct cap *cap);

/* Deletes the capability; the last one takes the object along. False when stopped at a preemption point. */
bool cap_delete(struct cap *cap);

/* Deletes all capabilities derived from this one. False when stopped at a preemption point: call again. */
bool cap_revoke(struct cap *cap);

#endif
