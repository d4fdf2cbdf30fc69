/*
 * What is pending: a set of signals and, in the order they came, what is known of each. Pure: no IPC, no process.
 * Standard signals are pending at most once; real-time signals as often as they were sent.
 */
#ifndef PROC_SIGNAL_QUEUE_H
#define PROC_SIGNAL_QUEUE_H

#include <linux/signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* A set of signals: bit n-1 for signal n, as in Linux's sigset_t. */
typedef uint64_t sigmask_t;
#define SIGNALS 64
#define SIGMASK(sig) (1UL << ((sig)-1))
#define SIGMASK_UNBLOCKABLE (SIGMASK(SIGKILL) | SIGMASK(SIGSTOP))
#define SIGMASK_STOP (SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) | SIGMASK(SIGTTOU))
/* Ignored by default. */
#define SIGMASK_IGNORE (SIGMASK(SIGCHLD) | SIGMASK(SIGCONT) | SIGMASK(SIGURG) | SIGMASK(SIGWINCH))

/* The part of siginfo_t that is ever used: its first 48 bytes as Linux lays them out. */
struct signal_info {
    int32_t signo, error, code, pad;
    union {
        uint64_t word[4];
        struct {
            int32_t pid;  /* sender, or child; SI_TIMER: the timer */
            uint32_t uid; /* SI_TIMER: how often it has expired beside */
            union {
                uint64_t value; /* sigqueue */
                int32_t status; /* SIGCHLD */
            };
            int64_t utime, stime; /* SIGCHLD, in clock ticks of 1/100 s */
        };
        uint64_t addr; /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
    };
};
_Static_assert(sizeof(struct signal_info) == 48, "the used part of siginfo_t");
_Static_assert(offsetof(struct signal_info, utime) == offsetof(siginfo_t, si_utime), "laid out as Linux does");

struct signal_queued {
    STAILQ_ENTRY(signal_queued) entry;
    struct signal_info info;
};

struct signal_pending {
    sigmask_t set;  /* a bit may be set without an entry: memory was short, the sender is unknown */
    unsigned count; /* entries */
    STAILQ_HEAD(signal_list, signal_queued) queue;
};

void pending_init(struct signal_pending *p);

/*
 * Adds a signal; a standard one that is pending already is dropped. limit: most entries. Returns false if there was no
 * room for the information: then the signal is pending without it, unless it is a real-time one of sigqueue (code < 0),
 * which was not added. O(1).
 */
bool pending_add(struct signal_pending *p, const struct signal_info *info, uint64_t limit);

/* As pending_take, when it is known that there is one. */
int pending_take_due(struct signal_pending *p, sigmask_t wanted, struct signal_info *info);

/*
 * Takes the signal that is due next among those in `wanted`: synchronous ones (SIGSEGV and its like) first, then the
 * lowest number, of one number the oldest. Returns its number and *info, or 0. O(entries before it).
 */
static inline int pending_take(struct signal_pending *p, sigmask_t wanted, struct signal_info *info)
{
    return p->set & wanted ? pending_take_due(p, wanted, info) : 0;
}

/* Whether a signal of this timer (SI_TIMER) is among them. O(entries). */
bool pending_has_timer(const struct signal_pending *p, uint32_t timer);

/* Drops all pending signals of the set, information and all. O(entries). */
void pending_drop(struct signal_pending *p, sigmask_t signals);

#endif
