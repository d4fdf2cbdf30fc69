/*
 * Locks of a node: a list of ranges, each with its owner: a descriptor table (fcntl), an open file (OFD), or an open
 * file for the whole of it (flock, a list of its own). Who cannot have one waits on the node's queue and tries again.
 */
#include "servers/vfs/lock.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/syscalls.h"
#include <stdlib.h>

#define LOCK_SH_ 1
#define LOCK_EX_ 2
#define LOCK_NB_ 4
#define LOCK_UN_ 8

struct lock {
    LIST_ENTRY(lock) entry;
    const void *owner;
    uint64_t start, end; /* inclusive */
    uint32_t pid;
    bool write;
    bool whole; /* of flock: unrelated to the others */
};

struct lock_list {
    LIST_HEAD(, lock) locks;
    struct wait_queue waiting;
};

static struct lock_list *list_of(struct node *node)
{
    if (!node->locks && (node->locks = malloc(sizeof(*node->locks)))) {
        LIST_INIT(&node->locks->locks);
        wait_queue_init(&node->locks->waiting);
    }
    return node->locks;
}

void locks_free(struct node *node)
{
    struct lock *lock;

    if (!node->locks)
        return;
    while ((lock = LIST_FIRST(&node->locks->locks))) {
        LIST_REMOVE(lock, entry);
        free(lock);
    }
    wait_queue_close(&node->locks->waiting);
    free(node->locks);
    node->locks = NULL;
}

static struct lock *conflict(struct lock_list *list, const struct lock *want)
{
    struct lock *lock;

    LIST_FOREACH(lock, &list->locks, entry)
        if (lock->whole == want->whole && lock->owner != want->owner && (lock->write || want->write) &&
            lock->start <= want->end && want->start <= lock->end)
            return lock;
    return NULL;
}

static struct lock *lock_add(struct lock_list *list, const struct lock *like)
{
    struct lock *lock = malloc(sizeof(*lock));

    if (lock) {
        *lock = *like;
        LIST_INSERT_HEAD(&list->locks, lock, entry);
    }
    return lock;
}

/* The owner's locks inside the range go; what sticks out remains. -ENOLCK: no memory for a second piece. */
static long locks_cut(struct lock_list *list, const struct lock *range)
{
    struct lock *lock, *next;

    for (lock = LIST_FIRST(&list->locks); lock; lock = next) {
        next = LIST_NEXT(lock, entry);
        if (lock->owner != range->owner || lock->whole != range->whole || lock->start > range->end ||
            range->start > lock->end)
            continue;
        if (lock->start < range->start && lock->end > range->end) {
            struct lock tail = *lock;

            tail.start = range->end + 1;
            if (!lock_add(list, &tail))
                return -ENOLCK;
            lock->end = range->start - 1;
        } else if (lock->start < range->start) {
            lock->end = range->start - 1;
        } else if (lock->end > range->end) {
            lock->start = range->end + 1;
        } else {
            LIST_REMOVE(lock, entry);
            free(lock);
        }
    }
    wait_wake(&list->waiting);
    return 0;
}

void locks_drop(struct node *node, const void *owner)
{
    struct lock all = { .owner = owner, .end = ~0UL };

    locks_cut(node->locks, &all);
}

void locks_release(struct file *file)
{
    struct lock all = { .owner = file, .end = ~0UL };

    locks_cut(file->node->locks, &all);
    all.whole = true;
    locks_cut(file->node->locks, &all);
}

/* ---- fcntl ------------------------------------------------------------------------------------------------------- */

/* The range that a struct flock means. */
static long range_of(const struct file *file, const struct flock *fl, struct lock *range)
{
    int64_t base = fl->l_whence == SEEK_SET_   ? 0
                   : fl->l_whence == SEEK_CUR_ ? (int64_t)file->offset
                   : fl->l_whence == SEEK_END_ ? (int64_t)file->node->size
                                               : -1;
    int64_t start = base + fl->l_start, len = fl->l_len;

    if (base < 0)
        return -EINVAL;
    if (len < 0) {
        start += len;
        len = -len;
    }
    if (start < 0)
        return -EINVAL;
    range->start = (uint64_t)start;
    range->end = len ? (uint64_t)start + (uint64_t)len - 1 : ~0UL;
    return 0;
}

static long lock_query(struct client *self, struct call *call, struct lock_list *list, const struct lock *want,
                       struct flock *fl)
{
    struct lock *other = conflict(list, want);

    if (!other) {
        fl->l_type = F_UNLCK;
    } else {
        fl->l_type = other->write ? F_WRLCK : F_RDLCK;
        fl->l_whence = SEEK_SET_;
        fl->l_start = (long)other->start;
        fl->l_len = other->end == ~0UL ? 0 : (long)(other->end - other->start + 1);
        fl->l_pid = other->pid == -1U ? -1 : (int)client_number_out(self, other->pid);
    }
    return copy_out(self, call, call->m.w[2], fl, sizeof(*fl));
}

static long lock_set(struct lock_list *list, const struct lock *want)
{
    long err = locks_cut(list, want);

    return err ? err : lock_add(list, want) ? 0 : -ENOLCK;
}

long lock_fcntl(struct client *self, struct call *call, struct file *file, unsigned cmd, uint64_t arg)
{
    bool ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
    struct lock want = { .owner = ofd ? (void *)file : (void *)self->files, .pid = ofd ? -1U : self->number };
    struct lock_list *list;
    struct flock fl;
    long err = copy_in(self, call, &fl, arg, sizeof(fl));

    if (err || (err = range_of(file, &fl, &want)))
        return err;
    if (fl.l_type != F_RDLCK && fl.l_type != F_WRLCK && fl.l_type != F_UNLCK)
        return -EINVAL;
    want.write = fl.l_type == F_WRLCK;
    list = list_of(file->node);
    if (!list)
        return -ENOLCK;
    if (cmd == F_GETLK || cmd == F_OFD_GETLK)
        return lock_query(self, call, list, &want, &fl);
    if (fl.l_type == F_UNLCK)
        return locks_cut(list, &want);
    if (want.write ? !file_writable(file) : !file_readable(file))
        return -EBADF;
    if (!conflict(list, &want))
        return lock_set(list, &want);
    return cmd == F_SETLKW || cmd == F_OFD_SETLKW ? wait_on(self, call, &list->waiting, 0) : -EAGAIN;
}

/* ---- flock ------------------------------------------------------------------------------------------------------- */

/* flock(2): descriptor, operation. */
long sys_flock(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);
    unsigned op = (unsigned)call->m.w[1], kind = op & ~(unsigned)LOCK_NB_;
    struct lock want = { .owner = file, .end = ~0UL, .whole = true, .write = kind == LOCK_EX_ };
    struct lock_list *list;

    if (!file || file->flags & O_PATH || !file->node)
        return -EBADF;
    if (kind != LOCK_SH_ && kind != LOCK_EX_ && kind != LOCK_UN_)
        return -EINVAL;
    list = list_of(file->node);
    if (!list)
        return -ENOLCK;
    if (kind == LOCK_UN_)
        return locks_cut(list, &want);
    if (!conflict(list, &want))
        return lock_set(list, &want);
    return op & LOCK_NB_ ? -EWOULDBLOCK : wait_on(self, call, &list->waiting, 0);
}
