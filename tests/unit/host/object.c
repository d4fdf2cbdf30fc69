/* Stands in for kernel/object.c, for tests of memory: pools and spaces are the only kinds that do anything. */
#include "object.h"
#include "hart.h"
#include "host.h"

static size_t bytes_of(const struct object *object);

void object_init(struct object *object, enum tine_kind kind, struct pool *pool)
{
    *object = (struct object){ .kind = kind, .pool = pool };
    LIST_INSERT_HEAD(&pool->objects, object, siblings);
    kernel_stat.objects[kind]++;
}
