/*
 * Limits (getrlimit(2)), shared copy-on-write, and use of resources (getrusage(2), times(2)), per process.
 */
#ifndef PROC_LIMITS_H
#define PROC_LIMITS_H

#include <linux/resource.h>
#include <stdint.h>

struct process;
struct thread;

struct limits {
    unsigned refs;
    struct limits *next; /* in the free list */
    struct rlimit64 limit[RLIM_NLIMITS];
};

/* Of the first process. *Gives* a reference; NULL if memory is exhausted. nproc: most processes of a user. */
struct limits *limits_default(uint64_t nproc);

static inline struct limits *limits_get(struct limits *limits)
{
    limits->refs++;
    return limits;
}

void limits_put(struct limits *limits);

/* What a process has used: all times in ticks of the timebase. struct process embeds two: own (ended threads) and
 * children (those waited for). */
struct usage {
    uint64_t ticks;          /* of threads that have ended */
    uint64_t minflt, majflt; /* faults answered from memory, faults that waited for a file */
    uint64_t switches;
};

/* Destroys the kernel's thread; its time goes to its process. One kernel operation. */
void usage_destroy_thread(struct thread *thread);

/* Time that one thread has run, in ticks of the timebase: the kernel counts by its preemption timer. */
uint64_t usage_thread_ticks(const struct thread *thread);

/* Time that the process's threads have run, ended ones included; in ticks of the timebase. O(threads). */
uint64_t usage_ticks(const struct process *process);

/* The parent has waited for the child: what the child used, and its children, counts for the parent's children. O(1).
 */
void usage_reap(struct process *parent, const struct process *child);

/* struct rusage of the process without its children, as wait4 reports it. */
void usage_report(const struct usage *usage, struct rusage *out);

#endif
