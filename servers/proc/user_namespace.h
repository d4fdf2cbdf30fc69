/*
 * User namespaces: user_namespaces(7). Credentials hold the ids of the first namespace, and what a process sees and says
 * are those of its own: translated at the door by id_seen and id_meant. Capabilities count in the namespace of the
 * credentials and below it: cred_capable_in.
 */
#ifndef PROC_USER_NAMESPACE_H
#define PROC_USER_NAMESPACE_H

#include "servers/proc/namespace.h"

struct thread;

#define USER_LEVELS 32          /* how deep they nest */
#define ID_NOBODY ((uint32_t)-1) /* no id; not mapped */

struct id_map {
    struct vfs_id_extent *extent; /* `to` is an id of the first namespace; NULL: not written yet, nobody is mapped */
    unsigned count;
};

struct user_namespace {
    struct namespace ns;
    unsigned level;        /* 0: the first */
    uint32_t owner, group; /* effective ids of whoever made it, of the first namespace */
    bool setgroups_denied;
    bool maker_could_setfcap; /* whether the maker may map its own namespace's root: map_of_root_permitted */
    struct id_map uid, gid;
};

extern struct user_namespace user_first;

/* For namespace_types. -EPERM: the maker's ids are not mapped where it is; -ENOSPC: nested too deep. */
long user_namespace_make(struct namespace *from, const struct process *maker, struct namespace **fresh);
void user_namespace_free(struct namespace *ns);

static inline struct user_namespace *user_namespace_of(const struct namespace *ns)
{
    return (struct user_namespace *)ns;
}

/* What the id of the first namespace is called, ID_NOBODY if nothing; and the id that is called so. O(extents). */
uint32_t id_to(const struct user_namespace *user, const struct id_map *map, uint32_t id);
uint32_t id_from(const struct user_namespace *user, const struct id_map *map, uint32_t id);

/* As the process sees it: the overflow id 65534 where it has no name for it. */
uint32_t uid_seen(const struct process *reader, uint32_t uid);
uint32_t gid_seen(const struct process *reader, uint32_t gid);

/* What the process means by it; ID_NOBODY: nothing. */
uint32_t uid_meant(const struct process *speaker, uint32_t uid);
uint32_t gid_meant(const struct process *speaker, uint32_t gid);

/* Whether the id, of the first namespace, is the superuser's there. */
bool uid_is_root(const struct namespace *user, uint32_t uid);

/* vfs learns the maps, once there is something in them. */
long user_namespace_tell(const struct user_namespace *user);

/* The files uid_map, gid_map (gid set) and setgroups of /proc/PID; a write is one line or more, whole. The count, or
 * -EINVAL, -EPERM, -EFAULT, -ENOMEM. */
struct text;
void user_map_text(struct text *text, const struct process *reader, const struct process *process, bool gid);
long user_map_write(const struct thread *self, const struct process *process, bool gid, const char *line, size_t bytes);
long user_setgroups_write(const struct thread *self, const struct process *process, const char *line, size_t bytes);

#endif
