/* Maps of user namespaces: a list of those that proc has told, which is as long as there are such namespaces. */
#include "servers/vfs/users.h"
#include "servers/vfs/node.h"
#include <stdlib.h>
#include <string.h>

enum { OVERFLOW_ID = 65534 };

struct map {
    struct vfs_id_extent *extents;
    unsigned count;
};

struct users {
    LIST_ENTRY(users) entry;
    uint32_t number;
    struct map uid, gid;
};

static LIST_HEAD(, users) all;

static struct users *find(uint32_t number)
{
    struct users *users;

    LIST_FOREACH(users, &all, entry)
        if (users->number == number)
            return users;
    return NULL;
}

struct users *users_find(uint32_t number)
{
    struct users *users = number == VFS_USER_FIRST ? NULL : find(number);

    if (users || number == VFS_USER_FIRST)
        return users;
    users = calloc(1, sizeof(*users));
    if (!users)
        return NULL;
    users->number = number;
    LIST_INSERT_HEAD(&all, users, entry);
    return users;
}

long users_set(uint32_t number, bool gid, const struct vfs_id_extent *extents, unsigned count)
{
    struct users *users = users_find(number);
    struct vfs_id_extent *copy = users && count ? malloc(count * sizeof(*copy)) : NULL;
    struct map *map;

    if (users && !count)
        return 0;
    if (!copy)
        return -ENOMEM;
    map = gid ? &users->gid : &users->uid;
    memcpy(copy, extents, count * sizeof(*copy));
    free(map->extents);
    *map = (struct map){ copy, count };
    return 0;
}

void users_drop(uint32_t number)
{
    struct users *users = find(number);

    if (!users)
        return;
    LIST_REMOVE(users, entry);
    free(users->uid.extents);
    free(users->gid.extents);
    free(users);
}

/* ---- translating ------------------------------------------------------------------------------------------------- */

static uint32_t outward(const struct map *map, uint32_t id)
{
    for (unsigned i = 0; i < map->count; i++)
        if (id - map->extents[i].to < map->extents[i].count)
            return map->extents[i].from + (id - map->extents[i].to);
    return -1U;
}

static uint32_t inward(const struct map *map, uint32_t id)
{
    for (unsigned i = 0; i < map->count; i++)
        if (id - map->extents[i].from < map->extents[i].count)
            return map->extents[i].to + (id - map->extents[i].from);
    return -1U;
}

static uint32_t or_overflow(uint32_t id)
{
    return id == -1U ? OVERFLOW_ID : id;
}

uint32_t uid_out(const struct client *self, uint32_t uid)
{
    return self->users ? or_overflow(outward(&self->users->uid, uid)) : uid;
}

uint32_t gid_out(const struct client *self, uint32_t gid)
{
    return self->users ? or_overflow(outward(&self->users->gid, gid)) : gid;
}

uint32_t uid_in(const struct client *self, uint32_t uid)
{
    return self->users ? inward(&self->users->uid, uid) : uid;
}

uint32_t gid_in(const struct client *self, uint32_t gid)
{
    return self->users ? inward(&self->users->gid, gid) : gid;
}

bool overrides(const struct client *self, const struct node *node)
{
    if (!self->cred.override || !self->users)
        return self->cred.override;
    return outward(&self->users->uid, node->uid) != -1U && outward(&self->users->gid, node->gid) != -1U;
}

bool overrides_client(const struct client *self, const struct client *other)
{
    return self->cred.override && (!self->users || self->users == other->users);
}
