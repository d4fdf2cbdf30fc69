/*
 * System V semaphores: semget(2), semop(2), semctl(2). Read semop: all operations of a call are made at once (sem_attempt),
 * or the caller waits at the set with a copy of them; whoever changes a set tries those who wait there again
 * (sem_retry), in the order in which they came.
 */
#include "servers/proc/ipc_sem.h"
#include "servers/proc/cache.h"
#include "servers/proc/clock.h"
#include "servers/proc/ipc.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/text.h"
#include "servers/protocol/linux.h"
#include <linux/time.h>
#include <string.h>

struct semaphore {
    int value;
    struct ipc_actor last;
};

struct sem_set {
    struct ipc_object object;
    unsigned count;
    int64_t used; /* time of the last semop, 0: none */
    TAILQ_HEAD(, sem_wait) waiting;
    LIST_HEAD(, sem_undo) undos;
    struct semaphore sem[];
};

/* What is to be added when a list ends. */
struct sem_undo {
    LIST_ENTRY(sem_undo) of_set, of_list;
    struct sem_set *set;
    int16_t adjust[];
};

struct sem_undos {
    struct sem_undos *next; /* in the free list */
    unsigned refs;
    LIST_HEAD(, sem_undo) undos;
};

/* A thread that waits. thread->waiter.word points to it. */
struct sem_wait {
    TAILQ_ENTRY(sem_wait) entry;
    struct sem_set *set;
    struct thread *thread;
    unsigned n, blocking; /* operations; the first that could not be made */
    struct sembuf op[];
};

enum { MAY_ALTER = MAY_WRITE };

static struct cache lists = CACHE(struct sem_undos, 8);

static size_t set_bytes(unsigned count)
{
    return sizeof(struct sem_set) + count * sizeof(struct semaphore);
}

static size_t undo_bytes(const struct sem_set *set)
{
    return sizeof(struct sem_undo) + set->count * sizeof(int16_t);
}

static size_t wait_bytes(unsigned n)
{
    return sizeof(struct sem_wait) + n * sizeof(struct sembuf);
}

static struct sem_set *sem_find(const struct thread *self, int id)
{
    return (struct sem_set *)ipc_find(self->process, IPC_KIND_SEM, id);
}

/* ---- adjustments --------------------------------------------------------------------------------------------------- */

bool sem_undos_begin(struct process *process)
{
    if (process->sem_undos)
        return true;
    process->sem_undos = cache_take(&lists);
    if (!process->sem_undos)
        return false;
    process->sem_undos->refs = 1;
    LIST_INIT(&process->sem_undos->undos);
    return true;
}

void sem_undos_share(struct process *child, const struct process *parent)
{
    parent->sem_undos->refs++;
    child->sem_undos = parent->sem_undos;
}

/* The process's adjustments of that set, made if there are none; NULL: no memory. O(sets it has changed). */
static struct sem_undo *undo_of(struct process *process, struct sem_set *set)
{
    struct sem_undo *undo;

    if (!sem_undos_begin(process))
        return NULL;
    LIST_FOREACH(undo, &process->sem_undos->undos, of_list)
        if (undo->set == set)
            return undo;
    undo = ipc_alloc(undo_bytes(set));
    if (!undo)
        return NULL;
    undo->set = set;
    LIST_INSERT_HEAD(&set->undos, undo, of_set);
    LIST_INSERT_HEAD(&process->sem_undos->undos, undo, of_list);
    return undo;
}

static void undo_free(struct sem_undo *undo)
{
    LIST_REMOVE(undo, of_set);
    LIST_REMOVE(undo, of_list);
    ipc_release(undo, undo_bytes(undo->set));
}

/* SETVAL and SETALL: what was done to the semaphore before is nothing to undo any more. */
static void undos_forget(struct sem_set *set, unsigned first, unsigned n)
{
    struct sem_undo *undo;

    LIST_FOREACH(undo, &set->undos, of_set)
        memset(undo->adjust + first, 0, n * sizeof(undo->adjust[0]));
}

/* ---- operations ---------------------------------------------------------------------------------------------------- */

/* One of them: 0, 1: it must wait, or an error. */
static long op_apply(struct semaphore *sem, const struct sembuf *op, struct sem_undo *undo)
{
    int value = sem->value + op->sem_op;
    int adjust = op->sem_flg & SEM_UNDO ? undo->adjust[op->sem_num] - op->sem_op : 0;

    if (value < 0 || (!op->sem_op && sem->value))
        return op->sem_flg & IPC_NOWAIT ? -EAGAIN : 1;
    if (value > SEMVMX || adjust < -SEMAEM - 1 || adjust > SEMAEM)
        return -ERANGE;
    sem->value = value;
    if (op->sem_flg & SEM_UNDO)
        undo->adjust[op->sem_num] = (int16_t)adjust;
    return 0;
}

static void op_revert(struct semaphore *sem, const struct sembuf *op, struct sem_undo *undo)
{
    sem->value -= op->sem_op;
    if (op->sem_flg & SEM_UNDO)
        undo->adjust[op->sem_num] = (int16_t)(undo->adjust[op->sem_num] + op->sem_op);
}

static bool any_flag(const struct sembuf *ops, unsigned n, int flag)
{
    for (unsigned i = 0; i < n; i++)
        if (ops[i].sem_flg & flag)
            return true;
    return false;
}

static bool any_alters(const struct sembuf *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (ops[i].sem_op)
            return true;
    return false;
}

/* All or nothing. 0; 1: it must wait, for *blocking; -EAGAIN, -ERANGE, -ENOMEM. */
static long sem_attempt(struct sem_set *set, struct process *process, const struct sembuf *ops, unsigned n,
                        unsigned *blocking)
{
    bool undoes = any_flag(ops, n, SEM_UNDO);
    struct sem_undo *undo = undoes ? undo_of(process, set) : NULL;
    unsigned done = 0;
    long err = undoes && !undo ? -ENOMEM : 0;

    while (!err && done < n && !(err = op_apply(&set->sem[ops[done].sem_num], &ops[done], undo)))
        done++;
    if (err) {
        *blocking = done;
        while (done-- > 0)
            op_revert(&set->sem[ops[done].sem_num], &ops[done], undo);
        return err;
    }
    for (unsigned i = 0; i < n; i++)
        ipc_actor_set(&set->sem[ops[i].sem_num].last, process);
    set->used = ipc_now();
    return 0;
}

/* The set has changed: those who wait go on if they can now. A change that one of them makes is for all the others. */
static void sem_retry(struct sem_set *set)
{
    struct sem_wait *wait = TAILQ_FIRST(&set->waiting), *next;

    while (wait) {
        long err = sem_attempt(set, wait->thread->process, wait->op, wait->n, &wait->blocking);
        bool changed = !err && any_alters(wait->op, wait->n);

        next = TAILQ_NEXT(wait, entry);
        if (err != 1)
            waiter_answer(wait->thread, err);
        wait = changed ? TAILQ_FIRST(&set->waiting) : next;
    }
}

static void undo_make(struct sem_undo *undo, const struct process *process)
{
    struct sem_set *set = undo->set;

    for (unsigned i = 0; i < set->count; i++) {
        int value = set->sem[i].value + undo->adjust[i];

        if (!undo->adjust[i])
            continue;
        set->sem[i].value = value < 0 ? 0 : value > SEMVMX ? SEMVMX : value;
        ipc_actor_set(&set->sem[i].last, process);
    }
    set->used = ipc_now();
    undo_free(undo);
    sem_retry(set);
}

void sem_undos_end(struct process *process)
{
    struct sem_undos *list = process->sem_undos;
    struct sem_undo *undo;

    if (!list)
        return;
    process->sem_undos = NULL;
    if (--list->refs)
        return;
    while ((undo = LIST_FIRST(&list->undos)))
        undo_make(undo, process);
    cache_give(&lists, list);
}

/* ---- waiting ------------------------------------------------------------------------------------------------------- */

static void sem_leave(struct thread *thread)
{
    struct sem_wait *wait = (struct sem_wait *)thread->waiter.word;

    TAILQ_REMOVE(&wait->set->waiting, wait, entry);
    ipc_release(wait, wait_bytes(wait->n));
}

static void sem_timed_out(struct timeout *timeout)
{
    waiter_answer(thread_of_timeout(timeout), -EAGAIN);
}

/* when: 0 for ever. */
static long sem_wait_begin(struct thread *self, struct call *call, struct sem_set *set, const struct sembuf *ops,
                           unsigned n, unsigned blocking, uint64_t when)
{
    struct sem_wait *wait;
    long err;

    if (when && when <= tine_time())
        return -EAGAIN;
    if (signal_deliverable(self))
        return signal_interrupted(self, call, WAITER_EINTR);
    wait = ipc_alloc(wait_bytes(n));
    if (!wait)
        return -ENOMEM;
    err = waiter_begin(self, call, WAITER_EINTR, sem_leave);
    if (err != DEFERRED) {
        ipc_release(wait, wait_bytes(n));
        return err;
    }

    wait->set = set;
    wait->thread = self;
    wait->n = n;
    wait->blocking = blocking;
    memcpy(wait->op, ops, n * sizeof(*ops));
    TAILQ_INSERT_TAIL(&set->waiting, wait, entry);
    self->waiter.word = (uint64_t)wait;
    if (when)
        timeout_add(&self->waiter.timeout, when, sem_timed_out);
    return DEFERRED;
}

static long ops_check(const struct process *process, const struct sem_set *set, const struct sembuf *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (ops[i].sem_num >= set->count)
            return -EFBIG;
    return ipc_permitted(process, &set->object, any_alters(ops, n) ? MAY_ALTER : MAY_READ);
}

static long semop(struct thread *self, struct call *call, uint64_t when)
{
    static struct sembuf ops[SEMOPM]; /* the limit is not raised above that */
    int id = (int)call->m.w[0];
    unsigned n = (unsigned)call->m.w[2], blocking;
    struct sem_set *set;
    long err;

    if (n < 1 || id < 0)
        return -EINVAL;
    if (n > process_ipc(self->process)->limit[IPC_SEMOPM])
        return -E2BIG;
    if (user_read(self->process, call->m.w[1], ops, n * sizeof(ops[0])))
        return -EFAULT;
    set = sem_find(self, id);
    if (!set)
        return -EINVAL;
    err = ops_check(self->process, set, ops, n);
    if (!err)
        err = sem_attempt(set, self->process, ops, n, &blocking);
    if (err == 1)
        return sem_wait_begin(self, call, set, ops, n, blocking, when);
    if (!err && any_alters(ops, n))
        sem_retry(set);
    return err;
}

long sys_semop(struct thread *self, struct call *call)
{
    return semop(self, call, 0);
}

long sys_semtimedop(struct thread *self, struct call *call)
{
    uint64_t when;
    long err = clock_deadline(self, call->m.w[3], CLOCK_MONOTONIC, false, &when);

    return err ? err : semop(self, call, when);
}

/* ---- making and removing ------------------------------------------------------------------------------------------- */

static long sem_make(struct thread *self, int32_t key, int count, int flags)
{
    struct ipc_namespace *ipc = process_ipc(self->process);
    struct sem_set *set;
    long id;

    if (!count)
        return -EINVAL;
    if (ipc->semaphores + (unsigned)count > ipc->limit[IPC_SEMMNS])
        return -ENOSPC;
    set = ipc_alloc(set_bytes((unsigned)count));
    if (!set)
        return -ENOMEM;
    set->count = (unsigned)count;
    TAILQ_INIT(&set->waiting);
    LIST_INIT(&set->undos);
    id = ipc_insert(self->process, IPC_KIND_SEM, (unsigned)ipc->limit[IPC_SEMMNI], key, flags, &set->object);
    if (id < 0)
        ipc_release(set, set_bytes(set->count));
    else
        ipc->semaphores += set->count;
    return id;
}

long sys_semget(struct thread *self, struct call *call)
{
    int32_t key = (int32_t)call->m.w[0];
    int count = (int)call->m.w[1], flags = (int)call->m.w[2];
    struct ipc_object *found;
    long err;

    if (count < 0 || (unsigned)count > process_ipc(self->process)->limit[IPC_SEMMSL])
        return -EINVAL;
    err = ipc_lookup(self->process, IPC_KIND_SEM, key, flags, &found);
    if (err)
        return err;
    if (!found)
        return sem_make(self, key, count, flags);
    if ((unsigned)count > ((struct sem_set *)found)->count)
        return -EINVAL;
    err = ipc_permitted(self->process, found, (unsigned)flags);
    return err ? err : found->id;
}

void sem_set_destroy(struct ipc_object *object)
{
    struct sem_set *set = (struct sem_set *)object;
    struct sem_wait *wait;
    struct sem_undo *undo;

    ipc_remove(object);
    while ((wait = TAILQ_FIRST(&set->waiting)))
        waiter_answer(wait->thread, -EIDRM);
    while ((undo = LIST_FIRST(&set->undos)))
        undo_free(undo);
    for (unsigned i = 0; i < set->count; i++)
        ipc_actor_put(&set->sem[i].last);
    object->in->semaphores -= set->count;
    ipc_release(set, set_bytes(set->count));
}

/* ---- semctl: the set ----------------------------------------------------------------------------------------------- */

static long sem_information(struct thread *self, int command, uint64_t to)
{
    const struct ipc_namespace *ipc = process_ipc(self->process);
    struct seminfo info = { .semmap = SEMMAP, .semmni = (int)ipc->limit[IPC_SEMMNI],
                            .semmns = (int)ipc->limit[IPC_SEMMNS], .semmnu = SEMMNU,
                            .semmsl = (int)ipc->limit[IPC_SEMMSL], .semopm = (int)ipc->limit[IPC_SEMOPM],
                            .semume = SEMUME, .semusz = SEMUSZ, .semvmx = SEMVMX, .semaem = SEMAEM };

    if (command == SEM_INFO) {
        info.semusz = (int)ipc->table[IPC_KIND_SEM].count;
        info.semaem = (int)ipc->semaphores;
    }
    return user_write(self->process, to, &info, sizeof(info)) ? -EFAULT : ipc_highest(self->process, IPC_KIND_SEM);
}

void sem_set_print(struct text *text, const struct process *reader, const struct ipc_object *object)
{
    const struct sem_set *set = (const struct sem_set *)object;
    struct ipc64_perm perm;

    ipc_perm_fill(reader, object, &perm);
    text_print(text, "%10d %10d  %4o %10u %5u %5u %5u %5u %10ld %10ld\n", perm.key, object->id, perm.mode, set->count,
               perm.uid, perm.gid, perm.cuid, perm.cgid, (long)set->used, (long)object->changed);
}

static long sem_stat(struct thread *self, int id, int command, uint64_t to)
{
    struct ipc_object *object;
    struct semid64_ds ds = { 0 };
    long err = ipc_stat_find(self->process, IPC_KIND_SEM, id, command == IPC_STAT, command == SEM_STAT_ANY, &object);

    if (err)
        return err;
    ipc_perm_fill(self->process, object, &ds.sem_perm);
    ds.sem_otime = ((const struct sem_set *)object)->used;
    ds.sem_ctime = object->changed;
    ds.sem_nsems = ((const struct sem_set *)object)->count;
    if (user_write(self->process, to, &ds, sizeof(ds)))
        return -EFAULT;
    return command == IPC_STAT ? 0 : object->id;
}

static long sem_change(struct thread *self, int id, int command, uint64_t from)
{
    struct sem_set *set;
    struct semid64_ds ds;
    long err;

    if (command == IPC_SET && user_read(self->process, from, &ds, sizeof(ds)))
        return -EFAULT;
    set = sem_find(self, id);
    err = set ? ipc_may_change(self->process, &set->object) : -EINVAL;
    if (err)
        return err;
    if (command == IPC_SET)
        return ipc_perm_set(self->process, &set->object, &ds.sem_perm);
    sem_set_destroy(&set->object);
    return 0;
}

/* ---- semctl: semaphores -------------------------------------------------------------------------------------------- */

static long values_get(struct thread *self, const struct sem_set *set, uint64_t to)
{
    size_t bytes = set->count * sizeof(uint16_t);
    uint16_t *values = ipc_alloc(bytes);
    long err;

    if (!values)
        return -ENOMEM;
    for (unsigned i = 0; i < set->count; i++)
        values[i] = (uint16_t)set->sem[i].value;
    err = user_write(self->process, to, values, bytes);
    ipc_release(values, bytes);
    return err;
}

static void value_put(struct sem_set *set, unsigned i, int value, const struct process *process)
{
    set->sem[i].value = value;
    ipc_actor_set(&set->sem[i].last, process);
}

/* After SETVAL and SETALL. */
static void values_changed(struct sem_set *set, unsigned first, unsigned n)
{
    undos_forget(set, first, n);
    set->object.changed = ipc_now();
    sem_retry(set);
}

static long values_check(const uint16_t *values, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (values[i] > SEMVMX)
            return -ERANGE;
    return 0;
}

static long values_set(struct thread *self, struct sem_set *set, uint64_t from)
{
    size_t bytes = set->count * sizeof(uint16_t);
    uint16_t *values = ipc_alloc(bytes);
    long err = values ? user_read(self->process, from, values, bytes) : -ENOMEM;

    if (!err)
        err = values_check(values, set->count);
    for (unsigned i = 0; i < set->count && !err; i++)
        value_put(set, i, values[i], self->process);
    ipc_release(values, bytes);
    if (!err)
        values_changed(set, 0, set->count);
    return err;
}

static long value_set(struct thread *self, struct sem_set *set, unsigned i, int value)
{
    if (value < 0 || value > SEMVMX)
        return -ERANGE;
    value_put(set, i, value, self->process);
    values_changed(set, i, 1);
    return 0;
}

/* Who waits for the semaphore: to become zero, or to grow. */
static long waiters_count(const struct sem_set *set, unsigned number, bool zero)
{
    const struct sem_wait *wait;
    long n = 0;

    TAILQ_FOREACH(wait, &set->waiting, entry) {
        const struct sembuf *op = &wait->op[wait->blocking];

        n += op->sem_num == number && (op->sem_op == 0) == zero;
    }
    return n;
}

static long value_command(struct thread *self, struct sem_set *set, unsigned i, int command, int value)
{
    switch (command) {
    case GETVAL:
        return set->sem[i].value;
    case GETPID:
        return ipc_actor_seen(self->process, &set->sem[i].last);
    case GETNCNT:
        return waiters_count(set, i, false);
    case GETZCNT:
        return waiters_count(set, i, true);
    default:
        return value_set(self, set, i, value);
    }
}

static long sem_values(struct thread *self, int id, int number, int command, uint64_t argument)
{
    bool alters = command == SETVAL || command == SETALL;
    struct sem_set *set = sem_find(self, id);
    long err = set ? ipc_permitted(self->process, &set->object, alters ? MAY_ALTER : MAY_READ) : -EINVAL;

    if (err)
        return err;
    if (command == GETALL)
        return values_get(self, set, argument);
    if (command == SETALL)
        return values_set(self, set, argument);
    if (number < 0 || (unsigned)number >= set->count)
        return -EINVAL;
    return value_command(self, set, (unsigned)number, command, (int)argument);
}

long sys_semctl(struct thread *self, struct call *call)
{
    int id = (int)call->m.w[0], number = (int)call->m.w[1], command = (int)call->m.w[2];
    uint64_t argument = call->m.w[3];

    if (id < 0)
        return -EINVAL;
    switch (command) {
    case IPC_INFO:
    case SEM_INFO:
        return sem_information(self, command, argument);
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY:
        return sem_stat(self, id, command, argument);
    case IPC_SET:
    case IPC_RMID:
        return sem_change(self, id, command, argument);
    case GETALL:
    case SETALL:
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
    case SETVAL:
        return sem_values(self, id, number, command, argument);
    default:
        return -EINVAL;
    }
}
