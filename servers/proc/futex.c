/*
 * Futexes: sys_futex, futex_wake, and the robust list. A thread that waits is in exactly one queue: the one that its
 * key's hash names. Wake-ups go by the order of waiting.
 *
 * The word is read after everything else is ready: whoever changes it and then wakes comes to proc by a call of its
 * own, and so after the waiting thread has been queued.
 */
#include "servers/proc/futex.h"
#include "servers/proc/backing.h"
#include "servers/proc/clock.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/signal.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/futex.h>
#include <linux/time.h>

#define QUEUES 256

TAILQ_HEAD(futex_queue, futex_waiter);
static struct futex_queue queues[QUEUES];

void futex_start(void)
{
    for (unsigned i = 0; i < QUEUES; i++)
        TAILQ_INIT(&queues[i]);
}

static struct futex_queue *queue_of(const struct futex_key *key)
{
    uint64_t mixed = (key->owner ^ key->offset >> 2) * 0x9e3779b97f4a7c15UL;

    return &queues[mixed >> 56];
}

static struct thread *futex_thread(struct futex_waiter *w)
{
    return (struct thread *)((char *)w - offsetof(struct thread, futex));
}

static bool key_equal(const struct futex_key *a, const struct futex_key *b)
{
    return a->offset == b->offset && a->owner == b->owner;
}

/* Shared memory is named by what is mapped, so that all who map it meet; private memory by the space. */
static struct futex_key key_at(const struct space *space, uint64_t addr, bool private)
{
    const struct region *region = private ? NULL : region_find(space->regions, addr);

    if (region && region->backing && (region->flags & REGION_SHARED))
        return (struct futex_key){ backing_key(region->backing), addr - region->start + region->offset };
    return (struct futex_key){ (uint64_t)space, addr };
}

/* ---- waking ------------------------------------------------------------------------------------------------------ */

static void futex_leave(struct thread *thread)
{
    struct futex_waiter *w = &thread->futex;

    TAILQ_REMOVE(queue_of(&w->key), w, entry);
    w->queued = false;
}

static long wake_key(const struct futex_key *key, unsigned n, uint32_t bitset)
{
    struct futex_queue *queue = queue_of(key);
    struct futex_waiter *w, *next;
    unsigned woken = 0;

    for (w = TAILQ_FIRST(queue); w && woken < n; w = next) {
        next = TAILQ_NEXT(w, entry);
        if (!key_equal(&w->key, key) || !(w->bitset & bitset))
            continue;
        waiter_answer(futex_thread(w), 0);
        woken++;
    }
    return woken;
}

long futex_wake(struct process *process, uint64_t addr, unsigned n)
{
    struct futex_key key = key_at(process->space, addr, false);

    return wake_key(&key, n, FUTEX_BITSET_MATCH_ANY);
}

/* Moves up to n waiters from one key to the other; they sleep on. */
static long requeue(const struct futex_key *from, const struct futex_key *to, unsigned n)
{
    struct futex_queue *queue = queue_of(from);
    struct futex_waiter *w, *next;
    unsigned moved = 0;

    for (w = TAILQ_FIRST(queue); w && moved < n; w = next) {
        next = TAILQ_NEXT(w, entry);
        if (!key_equal(&w->key, from))
            continue;
        TAILQ_REMOVE(queue, w, entry);
        w->key = *to;
        TAILQ_INSERT_TAIL(queue_of(to), w, entry);
        moved++;
    }
    return moved;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void futex_timed_out(struct timeout *timeout)
{
    waiter_answer(thread_of_timeout(timeout), -ETIMEDOUT);
}

static long word_read(struct process *process, uint64_t addr, uint32_t *value)
{
    return user_read(process, addr, value, sizeof(*value));
}

/* when: 0 for ever. */
static long futex_wait(struct thread *self, struct call *call, const struct futex_key *key, uint32_t bitset,
                       uint64_t when)
{
    enum waiter_restart restart = when ? WAITER_EINTR : WAITER_SYS;
    struct futex_waiter *w = &self->futex;
    uint32_t value;
    long err;

    if (!bitset)
        return -EINVAL;
    if (word_read(self->process, call->m.w[0], &value))
        return -EFAULT;
    if (value != (uint32_t)call->m.w[2])
        return -EAGAIN;
    if (when && when <= tine_time())
        return -ETIMEDOUT;
    if (signal_deliverable(self))
        return signal_interrupted(self, call, restart);
    err = waiter_begin(self, call, restart, futex_leave);
    if (err != DEFERRED)
        return err;

    w->key = *key;
    w->bitset = bitset;
    w->queued = true;
    TAILQ_INSERT_TAIL(queue_of(key), w, entry);
    if (when)
        timeout_add(&self->waiter.timeout, when, futex_timed_out);
    return DEFERRED;
}

/* ---- FUTEX_WAKE_OP ----------------------------------------------------------------------------------------------- */

static int sign_extended_12(uint32_t value)
{
    return (int)(value << 20) >> 20;
}

/* The new value of the second word, or -ENOSYS. */
static long wake_op_apply(uint32_t encoded, uint32_t old, uint32_t *fresh)
{
    uint32_t op = encoded >> 28 & 7;
    uint32_t arg = (uint32_t)sign_extended_12(encoded >> 12 & 0xfff);

    if (encoded >> 28 & FUTEX_OP_OPARG_SHIFT)
        arg = 1U << (arg & 31);
    switch (op) {
    case FUTEX_OP_SET:
        *fresh = arg;
        return 0;
    case FUTEX_OP_ADD:
        *fresh = old + arg;
        return 0;
    case FUTEX_OP_OR:
        *fresh = old | arg;
        return 0;
    case FUTEX_OP_ANDN:
        *fresh = old & ~arg;
        return 0;
    case FUTEX_OP_XOR:
        *fresh = old ^ arg;
        return 0;
    default:
        return -ENOSYS;
    }
}

/* Whether the old value of the second word asks for its waiters to be woken; or -ENOSYS. */
static long wake_op_compare(uint32_t encoded, uint32_t old)
{
    int value = (int)old, arg = sign_extended_12(encoded & 0xfff);

    switch (encoded >> 24 & 15) {
    case FUTEX_OP_CMP_EQ:
        return value == arg;
    case FUTEX_OP_CMP_NE:
        return value != arg;
    case FUTEX_OP_CMP_LT:
        return value < arg;
    case FUTEX_OP_CMP_LE:
        return value <= arg;
    case FUTEX_OP_CMP_GT:
        return value > arg;
    case FUTEX_OP_CMP_GE:
        return value >= arg;
    default:
        return -ENOSYS;
    }
}

static long wake_op(struct thread *self, struct call *call, const struct futex_key *key, const struct futex_key *key2)
{
    uint32_t encoded = (uint32_t)call->m.w[5], old, fresh;
    long err, second, woken;

    if (word_read(self->process, call->m.w[4], &old))
        return -EFAULT;
    second = wake_op_compare(encoded, old);
    err = wake_op_apply(encoded, old, &fresh);
    if (err || second < 0)
        return -ENOSYS;
    if (user_write(self->process, call->m.w[4], &fresh, sizeof(fresh)))
        return -EFAULT;
    woken = wake_key(key, (unsigned)call->m.w[2], FUTEX_BITSET_MATCH_ANY);
    if (second)
        woken += wake_key(key2, (unsigned)call->m.w[3], FUTEX_BITSET_MATCH_ANY);
    return woken;
}

/* ---- the call ---------------------------------------------------------------------------------------------------- */

static long cmp_requeue(struct thread *self, struct call *call, const struct futex_key *key,
                        const struct futex_key *key2, bool compare)
{
    int wake = (int)call->m.w[2], move = (int)call->m.w[3];
    uint32_t value;
    long woken, moved;

    if (wake < 0 || move < 0)
        return -EINVAL;
    if (word_read(self->process, call->m.w[0], &value))
        return -EFAULT;
    if (compare && value != (uint32_t)call->m.w[5])
        return -EAGAIN;
    woken = wake_key(key, (unsigned)wake, FUTEX_BITSET_MATCH_ANY);
    moved = key_equal(key, key2) ? 0 : requeue(key, key2, (unsigned)move);
    /* CMP_REQUEUE counts both, REQUEUE those woken: futex(2). */
    return compare ? woken + moved : woken;
}

static long key_of(struct thread *self, uint64_t addr, bool private, struct futex_key *key)
{
    if (addr % sizeof(uint32_t))
        return -EINVAL;
    if (addr >= TINE_USER_END)
        return -EFAULT;
    *key = key_at(self->process->space, addr, private);
    return 0;
}

static bool op_has_second(unsigned op)
{
    return op == FUTEX_REQUEUE || op == FUTEX_CMP_REQUEUE || op == FUTEX_WAKE_OP;
}

long sys_futex(struct thread *self, struct call *call)
{
    unsigned op = (unsigned)call->m.w[1] & (unsigned)FUTEX_CMD_MASK;
    bool private = (call->m.w[1] & FUTEX_PRIVATE_FLAG) != 0;
    int clock = call->m.w[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    uint32_t bitset =
        op == FUTEX_WAIT_BITSET || op == FUTEX_WAKE_BITSET ? (uint32_t)call->m.w[5] : FUTEX_BITSET_MATCH_ANY;
    struct futex_key key, key2;
    uint64_t when;
    long err = key_of(self, call->m.w[0], private, &key);

    if (!err && op_has_second(op))
        err = key_of(self, call->m.w[4], private, &key2);
    if (err)
        return err;
    switch (op) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        err = clock_deadline(self, call->m.w[3], clock, op == FUTEX_WAIT_BITSET, &when);
        return err ? err : futex_wait(self, call, &key, bitset, when);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
        return bitset ? wake_key(&key, (unsigned)call->m.w[2], bitset) : -EINVAL;
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
        return cmp_requeue(self, call, &key, &key2, op == FUTEX_CMP_REQUEUE);
    case FUTEX_WAKE_OP:
        return wake_op(self, call, &key, &key2);
    default:
        return -ENOSYS;
    }
}

/* ---- the robust list --------------------------------------------------------------------------------------------- */

#define ROBUST_LIMIT 2048

struct robust_head {
    uint64_t next;
    int64_t offset; /* of the futex word from an entry */
    uint64_t pending;
};
_Static_assert(sizeof(struct robust_head) == sizeof(struct robust_list_head), "as Linux has it");

/* Marks the lock that the dying thread holds, and wakes one that waits for it. */
static void robust_release(struct thread *thread, uint64_t addr, bool pi)
{
    uint32_t value, died;

    if (addr % sizeof(value) || word_read(thread->process, addr, &value) || (value & FUTEX_TID_MASK) != thread_number(thread->process, thread))
        return;
    died = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
    if (user_write(thread->process, addr, &died, sizeof(died)))
        return;
    if (!pi && (value & FUTEX_WAITERS))
        futex_wake(thread->process, addr, 1);
}

/* Nobody but the thread sees its memory: no lock in it can be waited for. */
static bool memory_lonely(const struct process *process)
{
    return process->thread_count == 1 && process->space->refs == 1 && !process->space->regions->apart;
}

void futex_thread_exit(struct thread *thread)
{
    struct robust_head head;
    uint64_t entry, next;

    if (!thread->futex.robust || memory_lonely(thread->process) ||
        user_read(thread->process, thread->futex.robust, &head, sizeof(head)))
        return;
    entry = head.next;
    for (unsigned i = 0; i < ROBUST_LIMIT && (entry & ~1UL) != thread->futex.robust; i++) {
        bool last = user_read(thread->process, entry & ~1UL, &next, sizeof(next)) != 0;

        if ((entry & ~1UL) != (head.pending & ~1UL))
            robust_release(thread, (entry & ~1UL) + (uint64_t)head.offset, entry & 1);
        if (last)
            break;
        entry = next;
    }
    if (head.pending)
        robust_release(thread, (head.pending & ~1UL) + (uint64_t)head.offset, head.pending & 1);
}

long sys_set_robust_list(struct thread *self, struct call *call)
{
    if (call->m.w[1] != sizeof(struct robust_head))
        return -EINVAL;
    self->futex.robust = call->m.w[0];
    return 0;
}

long sys_get_robust_list(struct thread *self, struct call *call)
{
    int tid = (int)call->m.w[0];
    struct thread *thread = tid ? thread_named(self->process, (uint32_t)tid) : self;
    uint64_t length = sizeof(struct robust_head);

    if (tid < 0 || !thread)
        return -ESRCH;
    if (thread->process != self->process && !cred_may_signal(self->process, thread->process, 0))
        return -EPERM;
    if (user_write(self->process, call->m.w[2], &length, sizeof(length)))
        return -EFAULT;
    return user_write(self->process, call->m.w[1], &thread->futex.robust, sizeof(uint64_t));
}
