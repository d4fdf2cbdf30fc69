/*
 * Sessions and groups: session_found, group_join, group_exit, group_leave, the calls, and the terminal's signals.
 *
 * Invariant: a group's `anchors` counts its members with `anchors` set, and those are the ones alive whose parent is
 * alive, not init, in the same session and another group. So "orphaned" (POSIX) is one comparison.
 */
#include "servers/proc/session.h"
#include "servers/proc/frozen.h"
#include "servers/proc/cache.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/deliver.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/signal.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/proc.h"
#include "servers/protocol/vfs.h"

#define HASH_SIZE 256

static LIST_HEAD(, group) hash[HASH_SIZE];
static struct cache groups = CACHE(struct group, 16);
static struct cache sessions = CACHE(struct session, 8);

struct group *group_find(uint32_t id)
{
    struct group *group;

    LIST_FOREACH(group, &hash[id % HASH_SIZE], hash)
        if (group->id == id)
            return group;
    return NULL;
}

bool group_orphaned(const struct group *group)
{
    return group->anchors == 0;
}

uint32_t process_pgrp(const struct process *process)
{
    return process->member.group->id;
}

uint32_t process_sid(const struct process *process)
{
    return process->member.group->session->id;
}

/* ---- groups and their members ------------------------------------------------------------------------------------ */

/* The number is the process's. */
static struct group *group_new(struct session *session, uint32_t id, struct process *founder)
{
    struct group *group = cache_take(&groups);

    if (!group)
        return NULL;
    group->id = id;
    group->numbers = numbers_get(founder->numbers);
    group->session = session;
    group->anchors = 0;
    TAILQ_INIT(&group->members);
    LIST_INSERT_HEAD(&hash[id % HASH_SIZE], group, hash);
    session->groups++;
    return group;
}

static void group_free(struct group *group)
{
    struct session *session = group->session;

    LIST_REMOVE(group, hash);
    numbers_put(group->numbers);
    cache_give(&groups, group);
    if (--session->groups)
        return;
    numbers_put(session->numbers);
    cache_give(&sessions, session);
}

static bool is_anchor(const struct process *process)
{
    const struct process *parent = process->parent;
    const struct group *own = process->member.group, *theirs;

    if (!parent || process_is_init(parent) || process_dead(process) || process_dead(parent))
        return false;
    theirs = parent->member.group;
    return theirs && theirs != own && theirs->session == own->session;
}

static void anchor_set(struct process *process, bool anchors)
{
    struct group_member *m = &process->member;

    if (m->anchors == anchors)
        return;
    m->anchors = anchors;
    if (anchors)
        m->group->anchors++;
    else
        m->group->anchors--;
}

static void member_add(struct process *process, struct group *group)
{
    process->member.group = group;
    process->member.anchors = false;
    TAILQ_INSERT_HEAD(&group->members, &process->member, entry);
}

static void member_remove(struct process *process)
{
    struct group *group = process->member.group;

    anchor_set(process, false);
    TAILQ_REMOVE(&group->members, &process->member, entry);
    process->member.group = NULL;
    if (TAILQ_EMPTY(&group->members))
        group_free(group);
}

/* The process takes another place; its own and its children's ties are counted anew. */
static void member_move(struct process *process, struct group *group)
{
    struct process *child;

    member_remove(process);
    member_add(process, group);
    anchor_set(process, is_anchor(process));
    TAILQ_FOREACH(child, &process->children, sibling)
        if (child->member.group)
            anchor_set(child, is_anchor(child));
}

static void vfs_follow(const struct process *process)
{
    const struct session *session = process->member.group->session;

    vfs_session(PROC_VFS, process->pid, session->id, process_pgrp(process), session->leader == process);
}

static struct group *session_new(uint32_t id, struct process *leader)
{
    struct session *session = cache_take(&sessions);
    struct group *group;

    if (!session)
        return NULL;
    session->id = id;
    session->numbers = numbers_get(leader->numbers);
    session->groups = 0;
    session->leader = leader;
    group = group_new(session, id, leader);
    if (!group) {
        numbers_put(session->numbers);
        cache_give(&sessions, session);
    }
    return group;
}

long session_found(struct process *process, uint32_t id)
{
    struct group *group = session_new(id, process);

    if (!group)
        return -ENOMEM;
    member_add(process, group);
    vfs_follow(process);
    return 0;
}

void group_join(struct process *child, struct group *group)
{
    member_add(child, group);
    anchor_set(child, is_anchor(child));
    child->member.executed = false;
}

void group_leave(struct process *process)
{
    if (process->member.group)
        member_remove(process);
}

/* Visited members go to the end: the first one that was visited ends the walk. */
struct group_walk group_walk(uint32_t id)
{
    static unsigned walks;

    return (struct group_walk){ .id = id, .visit = ++walks };
}

struct process *group_walk_next(struct group_walk *walk)
{
    struct group *group = group_find(walk->id);
    struct group_member *member = group ? TAILQ_FIRST(&group->members) : NULL;

    if (!member || member->visit == walk->visit)
        return NULL;
    TAILQ_REMOVE(&group->members, member, entry);
    TAILQ_INSERT_TAIL(&group->members, member, entry);
    member->visit = walk->visit;
    return member_process(member);
}

/* ---- orphans ----------------------------------------------------------------------------------------------------- */

static bool group_has_stopped(const struct group *group)
{
    struct group_member *member;

    TAILQ_FOREACH(member, &group->members, entry)
        if (member_process(member)->signals.stopped)
            return true;
    return false;
}

/* The group has just lost its last anchor: nobody can continue its stopped members any more. */
static void group_orphan(struct group *group)
{
    uint32_t id = group->id;

    if (!group_has_stopped(group))
        return;
    signal_send_group(id, SIGHUP, NULL);
    signal_send_group(id, SIGCONT, NULL);
}

static void anchor_lost(struct process *process)
{
    struct group *group = process->member.group;

    if (!group || !process->member.anchors)
        return;
    anchor_set(process, false);
    if (group_orphaned(group))
        group_orphan(group);
}

void group_exit(struct process *process)
{
    struct session *session = process->member.group->session;

    if (session->leader == process)
        session->leader = NULL;
    anchor_lost(process);
}

void group_reparented(struct process *child)
{
    if (!child->member.group)
        return;
    if (is_anchor(child))
        anchor_set(child, true);
    else
        anchor_lost(child);
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

/* Whom setpgid may move: the caller, or a child that has not yet executed a program. */
static long setpgid_target(struct thread *self, uint32_t pid, struct process **target)
{
    struct process *process = pid ? process_named(self->process, pid) : self->process;

    if (!process || (process != self->process && process->parent != self->process))
        return -ESRCH;
    if (process != self->process) {
        if (process_sid(process) != process_sid(self->process))
            return -EPERM;
        if (process->member.executed)
            return -EACCES;
    }
    if (process->member.group->session->leader == process)
        return -EPERM;
    *target = process;
    return 0;
}

long sys_setpgid(struct thread *self, struct call *call)
{
    int pid = (int)call->m.w[0], pgid = (int)call->m.w[1];
    struct process *process;
    struct group *group;
    uint32_t id;
    long err;

    if (pgid < 0)
        return -EINVAL;
    if (pid < 0)
        return -ESRCH;
    err = setpgid_target(self, (uint32_t)pid, &process);
    if (err)
        return err;
    id = pgid ? number_global(self->process, (uint32_t)pgid) : process->pid;
    group = group_find(id);
    if (group == process->member.group)
        return 0;
    if (group ? group->session != process->member.group->session : id != process->pid)
        return -EPERM;
    if (!group)
        group = group_new(process->member.group->session, id, process);
    if (!group)
        return -ENOMEM;

    member_move(process, group);
    if (!process_dead(process))
        vfs_follow(process);
    return 0;
}

long sys_setsid(struct thread *self, struct call *call)
{
    struct process *process = self->process;
    struct group *group;

    (void)call;
    if (group_find(process->pid))
        return -EPERM;
    group = session_new(process->pid, process);
    if (!group)
        return -ENOMEM;
    member_move(process, group);
    vfs_follow(process);
    return (long)process_number(process, process);
}

/* The process of a number, 0 for the caller's own. Negative ones are nobody's. */
static const struct process *named(struct thread *self, struct call *call)
{
    uint32_t pid = (uint32_t)call->m.w[0];

    return pid ? process_named(self->process, pid) : self->process;
}

long sys_getpgid(struct thread *self, struct call *call)
{
    const struct process *process = named(self, call);

    return process && process->member.group ? (long)group_number(self->process, process->member.group) : -ESRCH;
}

long sys_getsid(struct thread *self, struct call *call)
{
    const struct process *process = named(self, call);

    return process && process->member.group ? (long)session_number(self->process, process->member.group->session) : -ESRCH;
}

/* ---- the terminal ------------------------------------------------------------------------------------------------ */

/* A background access to the terminal: termios(3), "orphaned" and "ignoring" decide before the signal is sent. */
static long background_access(struct thread *self, struct call *call, int sig)
{
    const struct signals *s = &self->process->signals;
    bool deaf = ((s->ignored | self->signals.blocked) & SIGMASK(sig)) != 0;

    if (deaf && sig == SIGTTOU) {
        vfs_waive_tty(PROC_VFS, thread_vfs_badge(self));
        return RESTARTED;
    }
    if (deaf || group_orphaned(self->process->member.group))
        return -EIO;
    self->signals.here = true;
    signal_send_group(process_pgrp(self->process), sig, NULL);
    if (thread_dead(self))
        return DEFERRED;
    return signal_interrupted(self, call, WAITER_SYS);
}

long session_tty_signal(struct thread *self, struct call *call)
{
    int sig = (int)call->m.w[0];
    long result = (long)call->m.w[1];
    struct signal_info info = {
        .signo = sig, .code = SI_USER, .pid = (int32_t)self->process->pid, .uid = self->process->cred->uid
    };

    if (sig < 1 || sig > SIGNALS)
        return -EINVAL;
    if (sig == SIGTTIN || sig == SIGTTOU)
        return background_access(self, call, sig);
    self->signals.here = true;
    if (call->m.w[2] == PROC_TO_GROUP)
        signal_send_group(process_pgrp(self->process), sig, NULL);
    else
        signal_send_thread(self, sig, &info);
    return signal_return(self, call, result);
}

static void session_signal(uint32_t sid, int sig)
{
    struct process *leader = process_by_pid(sid);

    if (leader && leader->member.group && leader->member.group->session->leader == leader)
        signal_send(leader, sig, NULL);
}

void session_events(void)
{
    uint32_t number;
    long kind;
    int sig;

    while ((kind = vfs_event(PROC_VFS, &sig, &number)) > 0) {
        if (kind == VFS_SIGNAL_GROUP)
            signal_send_group(number, sig, NULL);
        else if (kind == VFS_SIGNAL_SESSION)
            session_signal(number, sig);
        else if (kind == VFS_CGROUP_REMOVED)
            cgroup_removed(number);
        else if (kind == VFS_NS_RELEASED)
            namespace_released(number);
        else
            frozen_stale(number);
    }
}
