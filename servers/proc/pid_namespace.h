/*
 * PID namespaces: pid_namespaces(7). Every process, thread, group and session has a number in the first namespace, by which
 * proc and vfs know it (pid.h); those that live further in have one in each namespace from there to their own: struct
 * pid_numbers, which the four share and which keeps the numbers taken. So for whoever is in the first namespace nothing
 * here costs more than a look at a null pointer.
 *
 * A call takes numbers as its caller counts and gives them so: *_named and *_number translate at the door; everything
 * behind it speaks of structs and of numbers in the first namespace.
 */
#ifndef PROC_PID_NAMESPACE_H
#define PROC_PID_NAMESPACE_H

#include "servers/proc/process.h"

#define PID_LEVELS VFS_LEVELS /* how deep they nest: Linux's MAX_PID_NS_LEVEL */

struct pid_namespace {
    struct namespace ns;
    unsigned level;       /* 0: the first */
    bool begun;           /* had an init; without one now, nothing begins in it any more */
    struct process *init; /* its process 1, while that lives */
    unsigned living;      /* processes in it and below */
    uint32_t last;        /* number given out last */
    uint32_t size;        /* of `global` */
    uint32_t *global;     /* the number in the first namespace of each number here; 0: free */
};

struct pid_numbers {
    struct pid_numbers *next; /* in the free list */
    unsigned refs;
    struct pid_namespace *ns;    /* the innermost: counted */
    uint32_t number[PID_LEVELS]; /* in the namespace of level n at n - 1; up to ns->level */
};

extern struct pid_namespace pid_first;

/* For namespace_types. */
long pid_namespace_make(struct namespace *from, const struct process *maker, struct namespace **fresh);
void pid_namespace_free(struct namespace *ns);

static inline struct pid_namespace *pid_namespace_of(struct namespace *ns)
{
    return (struct pid_namespace *)ns;
}

static inline struct pid_namespace *process_pid_namespace(const struct process *process)
{
    return process->numbers ? process->numbers->ns : &pid_first;
}

/* Whether `inner` is `outer` or lies below it. O(depth). */
bool pid_namespace_within(const struct pid_namespace *inner, const struct pid_namespace *outer);

/* Numbers for whoever has this one in the first namespace, in each level down to ns; *given*, counted once. The innermost
 * `count` levels have the numbers of `wanted`, from 1 to PID_MAX - 1, innermost first. 0; -EEXIST: somebody has one of
 * these; -ENOMEM: no memory, no number left, or the namespace has lost its init. */
long numbers_reserve(struct pid_namespace *ns, uint32_t global, const uint32_t *wanted, unsigned count,
                     struct pid_numbers **numbers);

void numbers_free(struct pid_numbers *numbers);

/* NULL is allowed in all three. */
static inline struct pid_numbers *numbers_get(struct pid_numbers *numbers)
{
    if (numbers)
        numbers->refs++;
    return numbers;
}

static inline void numbers_put(struct pid_numbers *numbers)
{
    if (numbers && --numbers->refs == 0)
        numbers_free(numbers);
}

/* What someone with these numbers, and this one in the first namespace, is called in ns; 0: not seen from there. */
uint32_t number_in(const struct pid_namespace *ns, uint32_t global, const struct pid_numbers *numbers);

/* vfs learns what the process is called; it has numbers. 0, -ENOMEM. */
long numbers_tell(const struct process *process);

/* ---- translating: `reader` is who asks --------------------------------------------------------------------------- */

/* The number in the first namespace that the reader calls `number`; 0: nobody's. */
uint32_t number_global(const struct process *reader, uint32_t number);

static inline struct process *process_named(const struct process *reader, uint32_t number)
{
    return process_by_pid(number_global(reader, number));
}

static inline struct thread *thread_named(const struct process *reader, uint32_t number)
{
    return thread_by_tid(number_global(reader, number));
}

static inline uint32_t process_number(const struct process *reader, const struct process *process)
{
    return number_in(process_pid_namespace(reader), process->pid, process->numbers);
}

static inline uint32_t thread_number(const struct process *reader, const struct thread *thread)
{
    return number_in(process_pid_namespace(reader), thread->tid, thread->numbers);
}

static inline uint32_t group_number(const struct process *reader, const struct group *group)
{
    return number_in(process_pid_namespace(reader), group->id, group->numbers);
}

static inline uint32_t session_number(const struct process *reader, const struct session *session)
{
    return number_in(process_pid_namespace(reader), session->id, session->numbers);
}

/* Of a process's parent, 0 if it is outside. */
uint32_t parent_number(const struct process *reader, const struct process *process);

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* Its number is 1 where it lives: signals without a handler do not touch it, orphans become its children. */
static inline bool process_is_init(const struct process *process)
{
    return process->numbers ? process->numbers->ns->init == process : process->pid == 1;
}

/* Who gets the children of an ended process if no subreaper does. */
struct process *pid_namespace_reaper(const struct process *process);

/* A process begins, and ends. With its init a namespace's other processes are killed. */
void pid_namespace_begin(struct process *process);
void pid_namespace_end(struct process *process);

#endif
