/*
 * Sessions and process groups: setpgid(2), setsid(2), credentials(7). A group is in one session; it exists as long as
 * it has a member, a session as long as it has a group. The number of either is the pid of the process that founded it;
 * pid.c must not give out a number for which group_find() answers.
 *
 * vfs knows each client's session and group (vfs_session) and owns the terminal; it asks for signals by forwarding
 * (PROC_LABEL_SIGNAL) and by events (PROC_EVENT_VFS).
 */
#ifndef PROC_SESSION_H
#define PROC_SESSION_H

#include "libc/server.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct process;
struct thread;

struct session {
    uint32_t id;                 /* of its founder, in the first pid namespace */
    struct pid_numbers *numbers; /* its founder's: reference */
    unsigned groups;        /* that are in it */
    struct process *leader; /* NULL once it has ended */
    struct session *next;   /* in the free list */
};

struct group {
    LIST_ENTRY(group) hash; /* also the free list */
    uint32_t id;                 /* of its founder, in the first pid namespace */
    struct pid_numbers *numbers; /* its founder's: reference */
    struct session *session;
    unsigned anchors; /* members whose parent is in another group of the same session; 0: orphaned */
    TAILQ_HEAD(group_members, group_member) members;
};

/* A process's place; struct process embeds it as `member`. */
struct group_member {
    TAILQ_ENTRY(group_member) entry;
    struct group *group; /* NULL: in none (being made, or reaped) */
    unsigned visit;      /* the last walk that came here */
    bool anchors;        /* counted in group->anchors */
    bool executed;       /* has called exec: setpgid by its parent is over (EACCES) */
};

/* The first process founds session and group `id`. 0 or -ENOMEM. */
long session_found(struct process *process, uint32_t id);

/* fork: the child joins its parent's group; its parent pointer must be set. Cannot fail. O(1). */
void group_join(struct process *child, struct group *group);

/*
 * The process ends (before its children get another parent): a session leader's end sends SIGHUP to the foreground,
 * which vfs does upon vfs_exit; groups that become orphaned and have a stopped member get SIGHUP and SIGCONT. It stays
 * a member as a zombie. O(1) but for processes with children.
 */
void group_exit(struct process *process);

/* Child got another parent: whether it anchors its group must be decided anew. */
void group_reparented(struct process *child);

/* The process has been reaped: it leaves its group. */
void group_leave(struct process *process);

/* The group with this number, or NULL. O(1). */
struct group *group_find(uint32_t id);

/*
 * Members of a group one by one, while what is done to one may end any of them or the group. Each is visited once:
 *     struct group_walk walk = group_walk(id);
 *     while ((process = group_walk_next(&walk))) ...
 */
struct group_walk {
    uint32_t id;
    unsigned visit;
};
struct group_walk group_walk(uint32_t id);
struct process *group_walk_next(struct group_walk *walk);

bool group_orphaned(const struct group *group);

uint32_t process_pgrp(const struct process *process);
uint32_t process_sid(const struct process *process);

/* PROC_LABEL_SIGNAL: vfs forwarded the thread with a signal for it or its group. */
long session_tty_signal(struct thread *self, struct call *call);

/* PROC_EVENT_VFS: fetches the terminal's signals until there is none. */
void session_events(void);

#endif
