/* Stands in for kernel/object.c, for tests of memory: only pools and spaces have something to release. */
#include "object.h"
#include "hart.h"
#include "host.h"
#include "space.h"

bool (*host_space_teardown)(struct space *space);

size_t object_size(enum tine_kind kind)
{
    return kind == TINE_KIND_POOL ? sizeof(struct pool) : kind == TINE_KIND_SPACE ? sizeof(struct space) : 192;
}

void *object_alloc(struct pool *pool, enum tine_kind kind)
{
    void *memory = pool_take_object(pool, object_size(kind));

    if (memory)
        memset(memory, 0, object_size(kind));
    return memory;
}

void object_init(struct object *object, enum tine_kind kind, struct pool *pool)
{
    object->kind = kind;
    object->dead = false;
    object->refs = 0;
    object->pool = pool;
    object->caps = NULL;
    LIST_INSERT_HEAD(&pool->objects, object, siblings);
    kernel_stat.objects[kind]++;
}

void object_unref(struct object *object)
{
    if (--object->refs || !object->dead)
        return;
    if (object->kind == TINE_KIND_POOL)
        pool_retire((struct pool *)object);
    else
        pool_free_object(object->pool, object, object_size(object->kind));
}

bool object_destroy(struct object *object)
{
    struct object *member;

    object->refs++;
    if (object->kind == TINE_KIND_POOL)
        while ((member = LIST_FIRST(&((struct pool *)object)->objects)))
            while (!object_destroy(member))
                ;
    if (object->kind == TINE_KIND_SPACE && !host_space_teardown((struct space *)object)) {
        object->refs--;
        return false;
    }
    LIST_REMOVE(object, siblings);
    object->dead = true;
    kernel_stat.objects[object->kind]--;
    object_unref(object);
    return true;
}

struct object *host_object(struct pool *pool, enum tine_kind kind)
{
    struct object *object = object_alloc(pool, kind);

    if (object)
        object_init(object, kind, pool);
    return object;
}

err_t host_split(struct pool *parent, uint64_t reserve, uint64_t limit, struct pool **child)
{
    err_t err;

    *child = (struct pool *)host_object(parent, TINE_KIND_POOL);
    if (!*child)
        return TINE_ERR_MEMORY;
    err = pool_split(parent, *child, reserve, limit);
    if (err)
        object_destroy(&(*child)->head);
    return err;
}
