/* A table of places; an entry knows its handle, so the same file by the same name has one. */
#include "servers/vfs/handle.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/mount.h"
#include <stdlib.h>

struct handle {
    struct place place; /* counted; entry NULL: free, and `count` is the next free one */
    uint32_t count;
};

static struct handle *handles; /* [0] is never used */
static uint32_t size, first_free;

/* Twice as many; new ones go to the free list. */
static bool handles_grow(void)
{
    uint32_t bigger = size ? size * 2 : 64;
    struct handle *table = realloc(handles, bigger * sizeof(*table));

    if (!table)
        return false;
    for (uint32_t i = size; i < bigger; i++)
        table[i] = (struct handle){ .count = i + 1 < bigger ? i + 1 : 0 };
    first_free = size ? size : 1;
    handles = table;
    size = bigger;
    return true;
}

uint64_t handle_get(const struct place *place)
{
    uint32_t index = place->entry->handle;

    if (index) {
        handles[index].count++;
        return index;
    }
    if (!first_free && !handles_grow())
        return 0;
    index = first_free;
    first_free = handles[index].count;
    handles[index].place = *place;
    place_ref(&handles[index].place);
    handles[index].count = 1;
    place->entry->handle = index;
    return index;
}

const struct place *handle_find(uint64_t handle)
{
    return handle && handle < size && handles[handle].place.entry ? &handles[handle].place : NULL;
}

long handle_put(uint64_t handle)
{
    if (!handle_find(handle))
        return -EBADF;
    if (--handles[handle].count)
        return 0;
    handles[handle].place.entry->handle = 0;
    place_put(&handles[handle].place);
    handles[handle].count = first_free;
    first_free = (uint32_t)handle;
    return 0;
}

void exe_ref(uint64_t handle)
{
    handles[handle].count++;
    handles[handle].place.entry->node->executing++;
}

void exe_put(uint64_t handle)
{
    handles[handle].place.entry->node->executing--;
    handle_put(handle);
}
