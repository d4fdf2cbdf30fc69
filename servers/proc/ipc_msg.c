/*
 * System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2). A queue holds messages in the order in which they
 * came, receivers that found none to their liking, and senders that found no room, each with its message. What is sent
 * goes to the first receiver that wants it (message_post), else into the queue; what is received makes room for senders
 * (senders_retry).
 */
#include "servers/proc/ipc.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/text.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>

struct message {
    TAILQ_ENTRY(message) entry;
    size_t bytes;
    long type; /* > 0; with the text behind it as the user has it, struct msgbuf */
    char text[];
};

/* What a receiver wants. */
struct wish {
    uint64_t to, most; /* where it wants it, and how much of the text at most */
    long type;         /* msgrcv(2): 0: any; < 0: the lowest up to -type; with MSG_COPY: the how manieth */
    int flags;
};

/* A thread that waits. thread->waiter.word points to it. */
struct msg_wait {
    TAILQ_ENTRY(msg_wait) entry;
    struct msg_queue *queue;
    struct thread *thread;
    struct message *message; /* of a sender; NULL once it has been sent, and of receivers */
    struct wish wish;        /* of a receiver */
};

TAILQ_HEAD(msg_wait_list, msg_wait);

struct msg_queue {
    struct ipc_object object;
    TAILQ_HEAD(, message) messages;
    struct msg_wait_list senders, receivers;
    uint64_t count, bytes, most; /* of the messages; of bytes, and of messages, at most */
    int64_t sent, received;      /* times, 0: never */
    struct ipc_actor sender, receiver;
};

static struct msg_queue *queue_of(const struct thread *self, int id)
{
    return (struct msg_queue *)ipc_find(self->process, IPC_KIND_MSG, id);
}

static void message_free(struct message *message)
{
    if (message)
        ipc_release(message, sizeof(*message) + message->bytes);
}

/* ---- what is in the queue ------------------------------------------------------------------------------------------ */

static void queue_put(struct msg_queue *queue, struct message *message)
{
    TAILQ_INSERT_TAIL(&queue->messages, message, entry);
    queue->count++;
    queue->bytes += message->bytes;
    queue->object.in->messages++;
    queue->object.in->bytes += message->bytes;
}

/* Out of the queue, and freed. */
static void queue_drop(struct msg_queue *queue, struct message *message)
{
    TAILQ_REMOVE(&queue->messages, message, entry);
    queue->count--;
    queue->bytes -= message->bytes;
    queue->object.in->messages--;
    queue->object.in->bytes -= message->bytes;
    message_free(message);
}

static bool queue_has_room(const struct msg_queue *queue, size_t bytes)
{
    return queue->bytes + bytes <= queue->most && queue->count + 1 <= queue->most;
}

/* Whether the wish is for messages like this one; of those up to a type, the lowest is another question. */
static bool wished(const struct wish *wish, const struct message *message)
{
    if (wish->type < 0)
        return wish->type == LONG_MIN || message->type <= -wish->type;
    return !wish->type || (message->type == wish->type) == !(wish->flags & MSG_EXCEPT);
}

static struct message *message_number(const struct msg_queue *queue, long number)
{
    struct message *message;

    TAILQ_FOREACH(message, &queue->messages, entry)
        if (number-- == 0)
            return message;
    return NULL;
}

/* NULL: none. O(messages). */
static struct message *message_wished(const struct msg_queue *queue, const struct wish *wish)
{
    struct message *message, *best = NULL;

    if (wish->flags & MSG_COPY)
        return message_number(queue, wish->type);
    TAILQ_FOREACH(message, &queue->messages, entry) {
        if (!wished(wish, message) || (best && message->type >= best->type))
            continue;
        best = message;
        if (wish->type >= 0)
            break;
    }
    return best;
}

/* Into the receiver's memory. How much of the text it got, -E2BIG, or -EFAULT: it has not received it. */
static long message_deliver(struct process *process, const struct message *message, const struct wish *wish)
{
    size_t bytes = message->bytes <= wish->most ? message->bytes : wish->most;

    if (bytes < message->bytes && !(wish->flags & MSG_NOERROR))
        return -E2BIG;
    return user_write(process, wish->to, &message->type, sizeof(message->type) + bytes) ? -EFAULT : (long)bytes;
}

static void queue_received(struct msg_queue *queue, const struct process *process)
{
    queue->received = ipc_now();
    ipc_actor_set(&queue->receiver, process);
}

/* ---- sending ------------------------------------------------------------------------------------------------------- */

/* Takes the message, for which there is room. A receiver whose buffer does not do is told so, and the next one asked. */
static void message_post(struct msg_queue *queue, struct message *message, const struct process *from)
{
    struct msg_wait *wait = TAILQ_FIRST(&queue->receivers), *next;

    queue->sent = ipc_now();
    ipc_actor_set(&queue->sender, from);
    for (; wait; wait = next) {
        struct thread *thread = wait->thread;
        long got;

        next = TAILQ_NEXT(wait, entry);
        if (!wished(&wait->wish, message))
            continue;
        got = message_deliver(thread->process, message, &wait->wish);
        if (got >= 0)
            queue_received(queue, thread->process);
        waiter_answer(thread, got);
        if (got < 0)
            continue;
        message_free(message);
        return;
    }
    queue_put(queue, message);
}

/* There may be room now. */
static void senders_retry(struct msg_queue *queue)
{
    struct msg_wait *wait = TAILQ_FIRST(&queue->senders), *next;

    for (; wait; wait = next) {
        struct message *message = wait->message;

        next = TAILQ_NEXT(wait, entry);
        if (!queue_has_room(queue, message->bytes))
            continue;
        wait->message = NULL;
        message_post(queue, message, wait->thread->process);
        waiter_answer(wait->thread, 0);
    }
}

static void sender_leave(struct thread *thread)
{
    struct msg_wait *wait = (struct msg_wait *)thread->waiter.word;

    TAILQ_REMOVE(&wait->queue->senders, wait, entry);
    message_free(wait->message);
    ipc_release(wait, sizeof(*wait));
}

static void receiver_leave(struct thread *thread)
{
    struct msg_wait *wait = (struct msg_wait *)thread->waiter.word;

    TAILQ_REMOVE(&wait->queue->receivers, wait, entry);
    ipc_release(wait, sizeof(*wait));
}

/* With a message, which is *taken* if the answer is DEFERRED: as a sender. */
static long msg_wait_begin(struct thread *self, struct call *call, struct msg_queue *queue, struct message *message,
                           const struct wish *wish)
{
    struct msg_wait *wait;
    long err;

    if (signal_deliverable(self))
        return signal_interrupted(self, call, WAITER_EINTR);
    wait = ipc_alloc(sizeof(*wait));
    if (!wait)
        return -ENOMEM;
    err = waiter_begin(self, call, WAITER_EINTR, message ? sender_leave : receiver_leave);
    if (err != DEFERRED) {
        ipc_release(wait, sizeof(*wait));
        return err;
    }

    wait->queue = queue;
    wait->thread = self;
    wait->message = message;
    if (wish)
        wait->wish = *wish;
    TAILQ_INSERT_TAIL(message ? &queue->senders : &queue->receivers, wait, entry);
    self->waiter.word = (uint64_t)wait;
    return DEFERRED;
}

/* The message is *given*. -EINVAL, -EFAULT, -ENOMEM. */
static long message_read(struct thread *self, uint64_t from, uint64_t bytes, struct message **fresh)
{
    uint64_t most = process_ipc(self->process)->limit[IPC_MSGMAX];
    struct message *message;
    long type;

    if (user_read(self->process, from, &type, sizeof(type)))
        return -EFAULT;
    if (bytes > most || type < 1)
        return -EINVAL;
    message = ipc_alloc(sizeof(*message) + bytes);
    if (!message)
        return -ENOMEM;
    message->bytes = bytes;
    message->type = type;
    if (!user_read_all(self->process, from + sizeof(type), message->text, bytes)) {
        *fresh = message;
        return 0;
    }
    message_free(message);
    return -EFAULT;
}

long sys_msgsnd(struct thread *self, struct call *call)
{
    int id = (int)call->m.w[0], flags = (int)call->m.w[3];
    struct message *message;
    struct msg_queue *queue;
    long err = message_read(self, call->m.w[1], call->m.w[2], &message);

    if (err)
        return err;
    queue = queue_of(self, id);
    err = queue ? ipc_permitted(self->process, &queue->object, MAY_WRITE) : -EINVAL;
    if (!err && queue_has_room(queue, message->bytes)) {
        message_post(queue, message, self->process);
        return 0;
    }
    if (!err)
        err = flags & IPC_NOWAIT ? -EAGAIN : msg_wait_begin(self, call, queue, message, NULL);
    if (err != DEFERRED)
        message_free(message);
    return err;
}

/* ---- receiving ----------------------------------------------------------------------------------------------------- */

static bool wish_senseless(const struct wish *wish)
{
    return wish->most > LONG_MAX ||
           (wish->flags & MSG_COPY && (wish->flags & MSG_EXCEPT || !(wish->flags & IPC_NOWAIT)));
}

static long msg_take(struct thread *self, struct msg_queue *queue, struct message *message, const struct wish *wish)
{
    long got = message_deliver(self->process, message, wish);

    if (got < 0 || wish->flags & MSG_COPY)
        return got;
    queue_received(queue, self->process);
    queue_drop(queue, message);
    senders_retry(queue);
    return got;
}

long sys_msgrcv(struct thread *self, struct call *call)
{
    int id = (int)call->m.w[0];
    struct wish wish = {
        .to = call->m.w[1], .most = call->m.w[2], .type = (long)call->m.w[3], .flags = (int)call->m.w[4]
    };
    struct message *message;
    struct msg_queue *queue;
    long err;

    if (wish_senseless(&wish))
        return -EINVAL;
    queue = queue_of(self, id);
    err = queue ? ipc_permitted(self->process, &queue->object, MAY_READ) : -EINVAL;
    if (err)
        return err;
    message = message_wished(queue, &wish);
    if (message)
        return msg_take(self, queue, message, &wish);
    return wish.flags & IPC_NOWAIT ? -ENOMSG : msg_wait_begin(self, call, queue, NULL, &wish);
}

/* ---- making and removing ------------------------------------------------------------------------------------------- */

static long msg_make(struct thread *self, int32_t key, int flags)
{
    const uint64_t *limit = process_ipc(self->process)->limit;
    struct msg_queue *queue = ipc_alloc(sizeof(*queue));
    long id;

    if (!queue)
        return -ENOMEM;
    TAILQ_INIT(&queue->messages);
    TAILQ_INIT(&queue->senders);
    TAILQ_INIT(&queue->receivers);
    queue->most = limit[IPC_MSGMNB];
    id = ipc_insert(self->process, IPC_KIND_MSG, (unsigned)limit[IPC_MSGMNI], key, flags, &queue->object);
    if (id < 0)
        ipc_release(queue, sizeof(*queue));
    return id;
}

long sys_msgget(struct thread *self, struct call *call)
{
    int32_t key = (int32_t)call->m.w[0];
    int flags = (int)call->m.w[1];
    struct ipc_object *found;
    long err = ipc_lookup(self->process, IPC_KIND_MSG, key, flags, &found);

    if (err)
        return err;
    if (!found)
        return msg_make(self, key, flags);
    err = ipc_permitted(self->process, found, (unsigned)flags);
    return err ? err : found->id;
}

void msg_queue_destroy(struct ipc_object *object)
{
    struct msg_queue *queue = (struct msg_queue *)object;
    struct message *message;
    struct msg_wait *wait;

    ipc_remove(object);
    while ((wait = TAILQ_FIRST(&queue->receivers)))
        waiter_answer(wait->thread, -EIDRM);
    while ((wait = TAILQ_FIRST(&queue->senders)))
        waiter_answer(wait->thread, -EIDRM);
    while ((message = TAILQ_FIRST(&queue->messages)))
        queue_drop(queue, message);
    ipc_actor_put(&queue->sender);
    ipc_actor_put(&queue->receiver);
    ipc_release(queue, sizeof(*queue));
}

/* ---- msgctl -------------------------------------------------------------------------------------------------------- */

static long msg_information(struct thread *self, int command, uint64_t to)
{
    const struct ipc_namespace *ipc = process_ipc(self->process);
    struct msginfo info = { .msgmax = (int)ipc->limit[IPC_MSGMAX], .msgmnb = (int)ipc->limit[IPC_MSGMNB],
                            .msgmni = (int)ipc->limit[IPC_MSGMNI], .msgssz = MSGSSZ, .msgseg = MSGSEG,
                            .msgpool = MSGPOOL, .msgmap = MSGMAP, .msgtql = MSGTQL };

    if (command == MSG_INFO) {
        info.msgpool = (int)ipc->table[IPC_KIND_MSG].count;
        info.msgmap = (int)ipc->messages;
        info.msgtql = (int)ipc->bytes;
    }
    return user_write(self->process, to, &info, sizeof(info)) ? -EFAULT : ipc_highest(self->process, IPC_KIND_MSG);
}

static void queue_describe(const struct process *reader, const struct msg_queue *queue, struct msqid64_ds *ds)
{
    ipc_perm_fill(reader, &queue->object, &ds->msg_perm);
    ds->msg_stime = queue->sent;
    ds->msg_rtime = queue->received;
    ds->msg_ctime = queue->object.changed;
    ds->msg_cbytes = queue->bytes;
    ds->msg_qnum = queue->count;
    ds->msg_qbytes = queue->most;
    ds->msg_lspid = ipc_actor_seen(reader, &queue->sender);
    ds->msg_lrpid = ipc_actor_seen(reader, &queue->receiver);
}

void msg_queue_print(struct text *text, const struct process *reader, const struct ipc_object *object)
{
    struct msqid64_ds ds = { 0 };
    const struct ipc64_perm *perm = &ds.msg_perm;

    queue_describe(reader, (const struct msg_queue *)object, &ds);
    text_print(text, "%10d %10d  %4o  %10lu %10lu %5d %5d ", perm->key, object->id, perm->mode, ds.msg_cbytes,
               ds.msg_qnum, ds.msg_lspid, ds.msg_lrpid);
    text_print(text, "%5u %5u %5u %5u %10ld %10ld %10ld\n", perm->uid, perm->gid, perm->cuid, perm->cgid, ds.msg_stime,
               ds.msg_rtime, ds.msg_ctime);
}

static long msg_stat(struct thread *self, int id, int command, uint64_t to)
{
    struct ipc_object *object;
    struct msqid64_ds ds = { 0 };
    long err = ipc_stat_find(self->process, IPC_KIND_MSG, id, command == IPC_STAT, command == MSG_STAT_ANY, &object);

    if (err)
        return err;
    queue_describe(self->process, (const struct msg_queue *)object, &ds);
    if (user_write(self->process, to, &ds, sizeof(ds)))
        return -EFAULT;
    return command == IPC_STAT ? 0 : object->id;
}

/* Who may no longer receive stops waiting. */
static void receivers_recheck(struct msg_queue *queue)
{
    struct msg_wait *wait = TAILQ_FIRST(&queue->receivers), *next;

    for (; wait; wait = next) {
        next = TAILQ_NEXT(wait, entry);
        if (ipc_permitted(wait->thread->process, &queue->object, MAY_READ))
            waiter_answer(wait->thread, -EACCES);
    }
}

static long queue_set(const struct process *process, struct msg_queue *queue, const struct msqid64_ds *ds)
{
    long err;

    if (ds->msg_qbytes > queue->object.in->limit[IPC_MSGMNB] && !cred_capable(process, CAP_SYS_RESOURCE))
        return -EPERM;
    err = ipc_perm_set(process, &queue->object, &ds->msg_perm);
    if (err)
        return err;
    queue->most = ds->msg_qbytes;
    receivers_recheck(queue);
    senders_retry(queue);
    return 0;
}

static long msg_change(struct thread *self, int id, int command, uint64_t from)
{
    struct msg_queue *queue;
    struct msqid64_ds ds;
    long err;

    if (command == IPC_SET && user_read(self->process, from, &ds, sizeof(ds)))
        return -EFAULT;
    queue = queue_of(self, id);
    err = queue ? ipc_may_change(self->process, &queue->object) : -EINVAL;
    if (err)
        return err;
    if (command == IPC_SET)
        return queue_set(self->process, queue, &ds);
    msg_queue_destroy(&queue->object);
    return 0;
}

long sys_msgctl(struct thread *self, struct call *call)
{
    int id = (int)call->m.w[0], command = (int)call->m.w[1];
    uint64_t argument = call->m.w[2];

    if (id < 0)
        return -EINVAL;
    switch (command) {
    case IPC_INFO:
    case MSG_INFO:
        return msg_information(self, command, argument);
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY:
        return msg_stat(self, id, command, argument);
    case IPC_SET:
    case IPC_RMID:
        return msg_change(self, id, command, argument);
    default:
        return -EINVAL;
    }
}
