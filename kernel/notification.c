/* Notifications: see notification.h. */

#include "notification.h"
#include "endpoint.h"
#include "sched.h"

void notification_init(struct notification *notification)
{
    TAILQ_INIT(&notification->waiters);
}

void notification_deliver(struct notification *notification, struct thread *thread)
{
    uint64_t *x = thread->regs.x;

    x[REG_A0] = notification->bits;
    x[REG_A6] = 0;
    x[REG_A7] = (uint64_t)TINE_LABEL_NOTIFICATION;
    x[REG_T0] = 0;
    x[REG_T3] = 0;
    notification->bits = 0;
    thread->regs.pc += 4;
}

static void wake(struct notification *notification, struct thread *thread)
{
    notification_leave(thread);
    thread->regs.x[REG_A0] = 0;
    thread->regs.x[REG_A1] = notification->bits;
    notification->bits = 0;
    thread->regs.pc += 4;
    sched_ready(thread);
}

void notification_signal(struct notification *notification, uint64_t bits)
{
    struct thread *bound = notification->bound;

    notification->bits |= bits;
    if (!notification->bits)
        return;
    if (bound && bound->state == TINE_THREAD_RECEIVING) {
        endpoint_leave(bound);
        notification_deliver(notification, bound);
        sched_ready(bound);
    } else if (!TAILQ_EMPTY(&notification->waiters)) {
        wake(notification, TAILQ_FIRST(&notification->waiters));
    }
}

bool notification_wait(struct notification *notification, struct thread *thread, uint64_t *bits)
{
    if (notification->bits) {
        *bits = notification->bits;
        notification->bits = 0;
        return false;
    }
    thread->state = TINE_THREAD_NOTIFIED;
    thread->notified = notification;
    TAILQ_INSERT_TAIL(&notification->waiters, thread, queue);
    return true;
}

err_t notification_bind(struct notification *notification, struct thread *thread)
{
    if (thread && (notification->bound || thread->bound))
        return TINE_ERR_STATE;

    if (notification->bound)
        notification->bound->bound = NULL;
    notification->bound = thread;
    if (thread)
        thread->bound = notification;
    return 0;
}

void notification_leave(struct thread *thread)
{
    if (!thread->notified)
        return;
    TAILQ_REMOVE(&thread->notified->waiters, thread, queue);
    thread->notified = NULL;
}

void notification_release(struct notification *notification)
{
    struct thread *thread;

    if (notification->bound)
        notification->bound->bound = NULL;
    while ((thread = TAILQ_FIRST(&notification->waiters))) {
        notification_leave(thread);
        thread->regs.x[REG_A0] = TINE_ERR_GONE;
        thread->regs.pc += 4;
        sched_ready(thread);
    }
}
