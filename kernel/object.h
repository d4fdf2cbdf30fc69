/*
 * What every kernel object begins with. An object lives in memory of its pool; it is reached through capabilities, all
 * of which hang on its list `caps` in the order of their derivation (cap.h). It dies when the last one is deleted, when
 * it is destroyed, or with its pool. Other objects that point to it hold a reference; its memory goes back to the pool
 * when it is dead and the last reference is gone.
 *
 * All of it is guarded by the kernel lock.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <tine.h>

typedef long err_t; /* 0 or a negative enum tine_error; kernel/space.h adds SPACE_PREEMPTED */

struct cap;
struct pool;

struct object {
    uint8_t kind; /* enum tine_kind */
    uint8_t dead;
    uint8_t condemned; /* is being destroyed: in the list of those, not in that of its pool */
    uint8_t resident;  /* thread or space of a resident server: its number, from 1 on (resident.h) */
    uint32_t refs; /* from other objects, not from capabilities */
    struct pool *pool;
    LIST_ENTRY(object) siblings; /* in pool->objects */
    struct cap *caps;            /* the original capability; the others follow it */
};

/* Makes the head of a fresh object: alive, no capability, no reference, in the list of its pool. */
void object_init(struct object *object, enum tine_kind kind, struct pool *pool);

static inline void object_ref(struct object *object)
{
    object->refs++;
}

/* Drops a reference; null is allowed. The memory of a dead object goes back with the last one. */
void object_unref(struct object *object);

/*
 * Destroys the object: takes away its capabilities, undoes what it did to others, gives its memory back.
 * Returns false when it stopped at a preemption point: call again. The object may then be half gone, but still dies.
 */
bool object_destroy(struct object *object);

/* The object is to die with the one that is being destroyed, before that. */
void object_condemn(struct object *object);

/* The bytes that an object of this kind takes from its pool. */
size_t object_size(enum tine_kind kind);

/* The head of the object of this kind that begins at `memory`. */
struct object *object_head(void *memory, enum tine_kind kind);

/* Takes memory for an object from `pool` and clears it. NULL if the pool has none. */
void *object_alloc(struct pool *pool, enum tine_kind kind);

#endif
