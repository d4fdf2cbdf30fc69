/*
 * Futexes: futex(2), and the robust list. A futex is named by (owner, offset): for private memory the address space and
 * the address, for shared memory the mapped object and the offset in it. Waiting threads hang in a hash of queues.
 */
#ifndef PROC_FUTEX_H
#define PROC_FUTEX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct process;
struct thread;

struct futex_key {
    uint64_t owner; /* struct space *, or the object's handle */
    uint64_t offset;
};

/* Of a thread; struct thread embeds it as `futex`. */
struct futex_waiter {
    TAILQ_ENTRY(futex_waiter) entry;
    struct futex_key key;
    uint32_t bitset;
    bool queued;
    uint64_t robust; /* set_robust_list: address of the head in the thread's memory, 0: none */
};

void futex_start(void);

/* Wakes up to n threads that wait on the word at addr of the process's memory. Returns how many. */
long futex_wake(struct process *process, uint64_t addr, unsigned n);

/* The thread ends with its memory still there: words of the robust list are marked, waiters woken. Bounded. */
void futex_thread_exit(struct thread *thread);

#endif
