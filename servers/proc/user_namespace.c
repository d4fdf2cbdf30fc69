/* User namespaces: making one, translating ids, and the maps that /proc/PID/uid_map and its like are for. */
#include "servers/proc/user_namespace.h"
#include "servers/proc/cache.h"
#include "servers/proc/process.h"
#include "servers/proc/text.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

enum { OVERFLOW_ID = 65534 };

static struct cache spaces = CACHE(struct user_namespace, 8);

static struct user_namespace *process_user(const struct process *process)
{
    return user_namespace_of(process->cred->user);
}

static struct user_namespace *parent_of(const struct user_namespace *user)
{
    return user_namespace_of(user->ns.parent);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

long user_namespace_make(struct namespace *from, const struct process *maker, struct namespace **fresh)
{
    const struct user_namespace *parent = user_namespace_of(from);
    const struct cred *cred = maker->cred;
    struct user_namespace *user;

    if (id_to(parent, &parent->uid, cred->euid) == ID_NOBODY || id_to(parent, &parent->gid, cred->egid) == ID_NOBODY)
        return -EPERM;
    if (parent->level > USER_LEVELS)
        return -ENOSPC;
    user = cache_take(&spaces);
    if (!user)
        return -ENOMEM;
    memset(user, 0, sizeof(*user));
    user->level = parent->level + 1;
    user->owner = cred->euid;
    user->group = cred->egid;
    user->setgroups_denied = parent->setgroups_denied;
    user->maker_could_setfcap = cred_capable_in(maker, from, CAP_SETFCAP);
    *fresh = &user->ns;
    return 0;
}

void user_namespace_free(struct namespace *ns)
{
    struct user_namespace *user = user_namespace_of(ns);

    free(user->uid.extent);
    free(user->gid.extent);
    cache_give(&spaces, user);
}

/* ---- translating ------------------------------------------------------------------------------------------------- */

uint32_t id_to(const struct user_namespace *user, const struct id_map *map, uint32_t id)
{
    if (!user->level)
        return id;
    for (unsigned i = 0; i < map->count; i++)
        if (id - map->extent[i].to < map->extent[i].count)
            return map->extent[i].from + (id - map->extent[i].to);
    return ID_NOBODY;
}

uint32_t id_from(const struct user_namespace *user, const struct id_map *map, uint32_t id)
{
    if (!user->level)
        return id;
    for (unsigned i = 0; i < map->count; i++)
        if (id - map->extent[i].from < map->extent[i].count)
            return map->extent[i].to + (id - map->extent[i].from);
    return ID_NOBODY;
}

static uint32_t or_overflow(uint32_t id)
{
    return id == ID_NOBODY ? OVERFLOW_ID : id;
}

uint32_t uid_seen(const struct process *reader, uint32_t uid)
{
    return or_overflow(id_to(process_user(reader), &process_user(reader)->uid, uid));
}

uint32_t gid_seen(const struct process *reader, uint32_t gid)
{
    return or_overflow(id_to(process_user(reader), &process_user(reader)->gid, gid));
}

uint32_t uid_meant(const struct process *speaker, uint32_t uid)
{
    return id_from(process_user(speaker), &process_user(speaker)->uid, uid);
}

uint32_t gid_meant(const struct process *speaker, uint32_t gid)
{
    return id_from(process_user(speaker), &process_user(speaker)->gid, gid);
}

bool uid_is_root(const struct namespace *ns, uint32_t uid)
{
    const struct user_namespace *user = user_namespace_of(ns);

    return uid == id_from(user, &user->uid, 0) && uid != ID_NOBODY;
}

long user_namespace_tell(const struct user_namespace *user)
{
    long err = vfs_id_map(PROC_VFS, user->ns.number, false, user->uid.extent, user->uid.count);

    return err ? err : vfs_id_map(PROC_VFS, user->ns.number, true, user->gid.extent, user->gid.count);
}

/* ---- reading a map ----------------------------------------------------------------------------------------------- */

/* In the words of the reader's namespace, or, if that is the one that is mapped, of its parent. */
void user_map_text(struct text *text, const struct process *reader, const struct process *process, bool gid)
{
    const struct user_namespace *user = process_user(process), *words = process_user(reader);
    const struct id_map *map = gid ? &user->gid : &user->uid;

    if (!user->level) {
        text_print(text, "%10u %10u %10u\n", 0, 0, UINT32_MAX);
        return;
    }
    if (words == user)
        words = parent_of(user);
    for (unsigned i = 0; i < map->count; i++)
        text_print(text, "%10u %10u %10u\n", map->extent[i].from,
                   id_to(words, gid ? &words->gid : &words->uid, map->extent[i].to), map->extent[i].count);
}

/* ---- writing a map ----------------------------------------------------------------------------------------------- */

/* A decimal number and the blanks before it. False: there is none, or it is too large. */
static bool number_next(const char **at, const char *end, uint32_t *number)
{
    uint64_t value = 0;
    const char *first;

    while (*at < end && (**at == ' ' || **at == '\t'))
        ++*at;
    for (first = *at; *at < end && **at >= '0' && **at <= '9'; ++*at)
        if ((value = value * 10 + (uint64_t)(**at - '0')) > UINT32_MAX)
            return false;
    *number = (uint32_t)value;
    return *at > first;
}

static bool ranges_meet(uint32_t a, uint32_t n, uint32_t b, uint32_t m)
{
    return a - b < m || b - a < n;
}

static bool extent_good(const struct id_map *map, const struct vfs_id_extent *e)
{
    if (!e->count || e->from > UINT32_MAX - e->count || e->to > UINT32_MAX - e->count)
        return false;
    for (unsigned i = 0; i < map->count; i++)
        if (ranges_meet(map->extent[i].from, map->extent[i].count, e->from, e->count) ||
            ranges_meet(map->extent[i].to, map->extent[i].count, e->to, e->count))
            return false;
    return true;
}

/* One extent a line: "from to count". The map has room for VFS_ID_EXTENTS. */
static bool map_parse(struct id_map *map, const char *at, const char *end)
{
    while (at < end) {
        struct vfs_id_extent e;

        if (map->count == VFS_ID_EXTENTS || !number_next(&at, end, &e.from) || !number_next(&at, end, &e.to) ||
            !number_next(&at, end, &e.count))
            return false;
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\0'))
            at++;
        if ((at < end && *at++ != '\n') || !extent_good(map, &e))
            return false;
        map->extent[map->count++] = e;
    }
    return map->count > 0;
}

/* user_namespaces(7), likewise: the parent's root is only for who could give capabilities to files there. */
static bool map_of_root_permitted(const struct process *writer, const struct user_namespace *user,
                                  const struct id_map *map)
{
    bool has_root = false;

    for (unsigned i = 0; i < map->count; i++)
        has_root |= map->extent[i].to == 0;
    if (!has_root || writer->cred->user == &user->ns)
        return !has_root || user->maker_could_setfcap;
    return cred_capable_in(writer, user->ns.parent, CAP_SETFCAP);
}

/* user_namespaces(7), "Defining user and group ID mappings". `map` is in the words of the parent. */
static bool map_permitted(const struct process *writer, const struct user_namespace *user, const struct id_map *map,
                          bool gid)
{
    const struct user_namespace *parent = parent_of(user);
    const struct cred *cred = writer->cred;
    uint32_t to = map->count == 1 && map->extent[0].count == 1 ? map->extent[0].to : ID_NOBODY;

    if (!gid && !map_of_root_permitted(writer, user, map))
        return false;
    if (to != ID_NOBODY && user->owner == cred->euid) {
        if (!gid && id_from(parent, &parent->uid, to) == cred->euid)
            return true;
        if (gid && user->setgroups_denied && id_from(parent, &parent->gid, to) == cred->egid)
            return true;
    }
    return cred_capable_in(writer, &parent->ns, gid ? CAP_SETGID : CAP_SETUID);
}

/* From the parent's words to ids of the first namespace. False: the parent does not have one of them. */
static bool map_lower(const struct user_namespace *parent, struct id_map *map, bool gid)
{
    const struct id_map *through = gid ? &parent->gid : &parent->uid;

    for (unsigned i = 0; i < map->count; i++) {
        struct vfs_id_extent *e = &map->extent[i];
        uint32_t first = id_from(parent, through, e->to), last = id_from(parent, through, e->to + (e->count - 1));

        if (first == ID_NOBODY || last == ID_NOBODY || last - first != e->count - 1)
            return false;
        e->to = first;
    }
    return true;
}

static long map_install(struct user_namespace *user, bool gid, const struct id_map *map)
{
    struct id_map *own = gid ? &user->gid : &user->uid;
    struct vfs_id_extent *copy = malloc(map->count * sizeof(*copy));
    long err;

    if (!copy)
        return -ENOMEM;
    memcpy(copy, map->extent, map->count * sizeof(*copy));
    err = vfs_id_map(PROC_VFS, user->ns.number, gid, copy, map->count);
    if (err) {
        free(copy);
        return err;
    }
    *own = (struct id_map){ copy, map->count };
    return 0;
}

/* Those in the namespace see themselves differently from now on. */
static void words_follow(const struct user_namespace *user)
{
    for (struct process *process = process_next(NULL); process; process = process_next(process))
        if (process->cred && process->cred->user == &user->ns && !process_dead(process))
            cred_tell(process);
}

static long write_check(const struct process *writer, const struct user_namespace *user)
{
    const struct namespace *from = writer->cred->user;

    if (!user->level || (from != &user->ns && from != user->ns.parent))
        return -EPERM;
    return cred_capable_in(writer, &user->ns, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

long user_map_write(const struct thread *self, const struct process *process, bool gid, const char *line, size_t bytes)
{
    static struct vfs_id_extent extents[VFS_ID_EXTENTS];
    struct user_namespace *user = process_user(process);
    struct id_map map = { extents, 0 };
    long err = write_check(self->process, user);

    if (!err && (gid ? user->gid : user->uid).count)
        err = -EPERM;
    if (!err && !map_parse(&map, line, line + bytes))
        err = -EINVAL;
    if (!err && (!map_permitted(self->process, user, &map, gid) || !map_lower(parent_of(user), &map, gid)))
        err = -EPERM;
    if (!err)
        err = map_install(user, gid, &map);
    if (err)
        return err;
    words_follow(user);
    return (long)bytes;
}

/* "deny" before gid_map is written; never "allow" again. */
long user_setgroups_write(const struct thread *self, const struct process *process, const char *line, size_t bytes)
{
    struct user_namespace *user = process_user(process);
    size_t length = bytes && line[bytes - 1] == '\n' ? bytes - 1 : bytes;
    bool deny = length == 4 && !memcmp(line, "deny", 4);

    if (!cred_capable_in(self->process, &user->ns, CAP_SYS_ADMIN))
        return -EPERM;
    if (!deny && !(length == 5 && !memcmp(line, "allow", 5)))
        return -EINVAL;
    if (deny ? user->gid.count || !user->level : user->setgroups_denied)
        return -EPERM;
    user->setgroups_denied = deny;
    return (long)bytes;
}
