/* A table of places; an entry knows its handle, so the same file by the same name has one. */
#include "servers/vfs/handle.h"
#include "servers/protocol/vfs.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/mount.h"
#include <stdlib.h>

struct handle {
    struct place place; /* counted; entry NULL: free, and `count` is the next free one */
    uint32_t count;
    bool watched;
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

uint64_t handle_of(const struct place *place)
{
    uint32_t index = place->entry->handle;

    if (index)
        return index;
    if (!first_free && !handles_grow())
        return 0;
    index = first_free;
    first_free = handles[index].count;
    handles[index] = (struct handle){ .place = *place };
    place_ref(&handles[index].place);
    place->entry->handle = index;
    return index;
}

void handle_ref(uint64_t handle)
{
    handles[handle].count++;
}

const struct place *handle_find(uint64_t handle)
{
    return handle && handle < size && handles[handle].place.entry ? &handles[handle].place : NULL;
}

long handle_put(uint64_t handle)
{
    if (!handle_find(handle))
        return -EBADF;
    if (handles[handle].count && --handles[handle].count)
        return 0;
    handles[handle].place.entry->handle = 0;
    place_put(&handles[handle].place);
    handles[handle].count = first_free;
    first_free = (uint32_t)handle;
    return 0;
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

void handle_unlinked(uint64_t handle)
{
    if (!handles[handle].watched)
        return;
    handles[handle].watched = false;
    event_post(VFS_FILE_STALE, 0, (uint32_t)handle);
}

/* What has no name any more does not wait for losing it. */
void handle_watch(uint64_t handle)
{
    handles[handle].watched = true;
    handles[handle].place.entry->node->watched = true;
    if (handles[handle].place.entry->deleted)
        handle_unlinked(handle);
}

/* A file that ran as a program is seldom written to, and few programs are known: a search will do. */
void handles_changed(const struct node *node)
{
    for (uint32_t i = 1; i < size; i++)
        if (handles[i].place.entry && handles[i].place.entry->node == node)
            handle_unlinked(i);
}

/* ---- programs that run ------------------------------------------------------------------------------------------- */

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
