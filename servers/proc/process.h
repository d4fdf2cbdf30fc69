/*
 * Processes and threads: the two structs that everything in proc hangs on, how one is found, how it ends.
 *
 * A process is a thread group: one struct process, with its threads in `threads`. It lives until its last thread has
 * ended (process_exit, then a zombie), and its struct until its parent has waited for it (process_free). A thread's
 * badge at the kernel, its word LINUX_WORD_PROC_BADGE, is the address of its struct thread: whoever forwards or faults
 * is found without a search. Numbers are looked up in pid.h.
 *
 * No lock: proc is one thread and dispatches one message at a time. What may change under a function's feet is only
 * what it calls: signal_send and whatever ends a process may end the caller too. Structs that were given up stay
 * readable until the dispatch returns, so thread_dead() and process_dead() may be asked about them then.
 *
 * A system call is `long sys_NAME(struct thread *self, struct call *call)`: arguments in call->m.w[], the result or a
 * negative errno returned; or DEFERRED (the caller waits: waiter.h, or is gone), RESTARTED, ANSWER_ITEM
 * (libc/server.h).
 */
#ifndef PROC_PROCESS_H
#define PROC_PROCESS_H

#include "libc/server.h"
#include "servers/proc/attributes.h"
#include "servers/proc/clock.h"
#include "servers/proc/cred.h"
#include "servers/proc/futex.h"
#include "servers/proc/limits.h"
#include "servers/proc/namespace.h"
#include "servers/proc/posix_timer.h"
#include "servers/proc/session.h"
#include "servers/proc/signal.h"
#include "servers/proc/space.h"
#include "servers/proc/waiter.h"
#include "servers/protocol/root.h"
#include "servers/protocol/vfs.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define PROC_VFS ((cap_t)ROOT_PROC_VFS)
#define PROC_USERS ((cap_t)ROOT_PROC_USERS)
#define COMM_BYTES 16

/* What a wait4 or waitid is waiting for; kept while the thread waits. */
struct wait_for {
    enum { WAIT_ANY, WAIT_PID, WAIT_GROUP } which;
    uint32_t id;      /* pid or process group */
    unsigned options; /* WNOHANG, WUNTRACED, WEXITED, ... */
    bool info;        /* waitid: siginfo_t at `status` instead of an int */
    uint64_t status;  /* address in the caller's memory, 0: not wanted */
    uint64_t rusage;  /* as above */
};

struct sem_undos;

struct thread {
    LIST_ENTRY(thread) sibling; /* in process->threads. First: what a free list overwrites */
    struct process *process;    /* NULL: dead */
    cap_t cap;                  /* the kernel's thread */
    uint32_t tid;
    uint32_t client; /* its number at vfs: the process's, or its own if its tables are (VFS_PART) */
    struct pid_numbers *numbers; /* reference, as of its process */
    struct waiter waiter;
    struct thread_signals signals;
    struct futex_waiter futex;
    struct wait_for wait;        /* while it waits for a child */
    LIST_ENTRY(thread) waiting;  /* in process->waiting, then */
    struct process *vfork_child; /* while it waits for a vfork's child to exec or exit */
    uint64_t last_fault;         /* address; the same again means that the quick answer did not do */
    uint64_t clear_child_tid;    /* set_tid_address(2): zeroed and woken when the thread ends; 0: none */
    uint64_t affinity;           /* harts that it may run on, 0: all; as the kernel has it, which copies it, too */
    char comm[COMM_BYTES];       /* prctl(PR_SET_NAME) */
};

LIST_HEAD(thread_list, thread);
TAILQ_HEAD(process_list, process);

enum process_state { PROCESS_FREE, PROCESS_ALIVE, PROCESS_ZOMBIE };

struct process {
    TAILQ_ENTRY(process) sibling; /* in parent's `children` or `zombies`. First: what a free list overwrites */
    enum process_state state;
    bool embryo;              /* alive, made from outside, not started yet: embryo.c */
    uint32_t pid;             /* also the number of its vfs client (of threads: thread->client) */
    struct pid_numbers *numbers; /* reference: what it is called in other pid namespaces than the first; NULL: lives there */
    TAILQ_ENTRY(process) all; /* process_next(): alive and zombies, oldest first */

    /* family */
    struct process *parent;       /* NULL: the first process */
    struct process_list children; /* alive */
    struct process_list zombies;  /* ended, not waited for; in the order in which they ended */
    struct thread_list waiting;   /* its threads that wait for a child */
    bool subreaper;               /* prctl(PR_SET_CHILD_SUBREAPER) */
    bool has_subreaper;           /* an ancestor may be one */

    /* threads; empty for zombies */
    struct thread_list threads; /* newest first */
    unsigned thread_count;
    struct thread *leader; /* whose tid is the pid; NULL once it has ended */

    /* memory */
    struct space *space;         /* shared after vfork and CLONE_VM; NULL for zombies */
    struct thread *vfork_parent; /* waits until this process executes or ends */

    /* ending */
    uint8_t exit_signal; /* to the parent, 0: none */
    int status;          /* of a zombie, as wait4 reports it */
    bool listed;         /* of a zombie: vfs shows its number in /proc (vfs_zombie) */

    /* the rest, by subject */
    struct signals signals;
    struct cred *cred;     /* reference */
    struct limits *limits; /* reference */
    struct cgroup *cgroup;     /* reference, but to the root: cgroup.h */
    struct namespace_set *set; /* reference: namespace.h */
    struct sem_undos *sem_undos; /* reference, NULL: none. ipc_sem.h */
    struct group_member member;
    struct itimers timers;
    struct posix_timers posix_timers;
    struct usage usage;          /* of threads that have ended, and faults */
    struct usage usage_children; /* of children waited for */
    uint64_t start;              /* instant of its making, in ticks */
    int8_t nice;
    struct attributes attributes; /* fork copies it */
    uint8_t death_signal;         /* prctl(PR_SET_PDEATHSIG) */
    bool not_dumpable;            /* prctl(PR_SET_DUMPABLE) */
    bool keep_capabilities;       /* prctl(PR_SET_KEEPCAPS) */
    char comm[COMM_BYTES];        /* of the leader; survives it */
};

/* ---- making and ending: process.c, exit.c ---------------------------------------------------------------------------
 */

/* An empty process and thread, in no list, with no number: NULL if memory is exhausted. O(1). */
struct process *process_new(void);
struct thread *thread_new(void);

/* Gives the structs back. What they own must have been given up. */
void process_give(struct process *process);
void thread_give(struct thread *thread);

/* The thread joins the process: into its list. Cannot fail. */
void thread_join(struct thread *thread, struct process *process);

/* The words of a thread's route that proc alone decides: badges, numbers. (cred_words: the others.) */
void thread_set_words(const struct thread *thread);
void thread_start(const struct thread *thread); /* sets them, too */
void thread_set_ppid(const struct thread *thread);

/*
 * Ends a process whatever its threads are doing: threads and memory go at once, parent and vfs are told, children get
 * another parent. `status` as wait4 reports it: a signal's number, or exit code << 8. O(threads + children).
 */
void process_exit(struct process *process, int status);

/* Ends one thread; the last takes its process along with `status`. */
void thread_exit(struct thread *thread, int status);

/* The thread's name; the leader's is its process's, too. */
void thread_rename(struct thread *thread, const char name[COMM_BYTES]);

/* A child stopped or went on: whoever waits for that in its parent is answered. */
void process_state_changed(struct process *process);

/* ---- finding: process.c, pid.c
 * ---------------------------------------------------------------------------------------- */

static inline struct thread *thread_by_badge(badge_t badge)
{
    return (struct thread *)badge;
}

/* Alive or zombie; NULL if there is none. O(1). */
struct process *process_by_pid(uint32_t pid);

/* NULL if no live thread has this number. O(1). */
struct thread *thread_by_tid(uint32_t tid);

/* All processes, zombies included; NULL: the first. NULL after the last. */
struct process *process_next(const struct process *process);

/* Processes and threads there are. */
extern unsigned process_count, thread_count;

static inline bool thread_dead(const struct thread *thread)
{
    return !thread->process;
}

static inline bool process_dead(const struct process *process)
{
    return process->state != PROCESS_ALIVE;
}

static inline struct process *member_process(struct group_member *member)
{
    return (struct process *)((char *)member - offsetof(struct process, member));
}

static inline struct process *signals_process(struct signals *signals)
{
    return (struct process *)((char *)signals - offsetof(struct process, signals));
}

/* Of a timeout that is thread->waiter.timeout. */
static inline struct thread *thread_of_timeout(struct timeout *timeout)
{
    return (struct thread *)((char *)timeout - offsetof(struct thread, waiter.timeout));
}

static inline uint64_t thread_vfs_badge(const struct thread *thread)
{
    return VFS_BADGE(thread->client, thread->tid);
}

/* ---- memory of a process: pager.c
 * --------------------------------------------------------------------------------------- */

/*
 * Copies from and to a live process's memory, bringing pages in as its own access would. 0 or -EFAULT (then a part may
 * have been copied). No thread of it need be held.
 */
long user_read_all(struct process *process, uint64_t addr, void *to, size_t bytes);
long user_write_all(struct process *process, uint64_t addr, const void *from, size_t bytes);

/* The same: a few bytes come and go in registers. */
static inline long user_read(struct process *process, uint64_t addr, void *to, size_t bytes)
{
    struct tine_values v;

    if (__builtin_constant_p(bytes) && bytes <= sizeof(v) && process->space &&
        !tine_space_peek(process->space->cap, addr, bytes, &v)) {
        __builtin_memcpy(to, &v, bytes);
        return 0;
    }
    return user_read_all(process, addr, to, bytes);
}

static inline long user_write(struct process *process, uint64_t addr, const void *from, size_t bytes)
{
    uint64_t w[TINE_PEEK_MOST / sizeof(uint64_t)] = { 0 };

    if (__builtin_constant_p(bytes) && bytes <= sizeof(w) && process->space) {
        __builtin_memcpy(w, from, bytes);
        if (!tine_space_poke(process->space->cap, addr, bytes, w))
            return 0;
    }
    return user_write_all(process, addr, from, bytes);
}

/* Makes [addr, addr + bytes) accessible with `prot`, as an access would. 0 or a negative errno. */
long user_bring(struct process *process, uint64_t addr, size_t bytes, unsigned prot);

/*
 * As user_write to the caller's memory and then the answer 0, in one: the last thing that a call does, for what it has done
 * stands even if the address is bad (-EFAULT). What is at `from` outlives dispatch.
 */
static inline long user_answer(struct call *call, uint64_t addr, const void *from, size_t bytes)
{
    return call_copy(call, 0, addr, from, bytes);
}

/* The kernel could not write such an answer (server.h, uncopied): pages are brought. */
long user_answer_failed(struct call *call, err_t err);

/* A zero-terminated string. Its length without the zero, -EFAULT, or -E2BIG if `bytes` do not hold it. */
long user_read_string(struct process *process, uint64_t addr, char *to, size_t bytes);

/* Address of the trampoline that a signal handler returns to (vDSO). */
uint64_t process_sigreturn(const struct process *process);

/* Which signals to the process this thread acts on: those it lets in, but for what the first thread lets in, too, since
 * that one has precedence. */
static inline sigmask_t signal_share(const struct thread *thread)
{
    const struct thread *leader = thread->process->leader;
    sigmask_t mask = ~thread->signals.blocked;

    return leader && leader != thread ? mask & leader->signals.blocked : mask;
}

/* Whether something is pending that the thread would have to act on now: a wait must not begin. */
static inline bool signal_deliverable(const struct thread *thread)
{
    const struct thread_signals *s = &thread->signals;
    sigmask_t to_process = thread->process->signals.pending.set;

    return (s->pending.set & ~s->blocked) || (to_process && (to_process & signal_share(thread)));
}

#endif
