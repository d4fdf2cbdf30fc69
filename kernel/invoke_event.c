/* Operations on notifications, timers and interrupts, but for waiting: see invoke_table.h. */

#include "invoke_table.h"
#include "cap.h"
#include "interrupt.h"
#include "notification.h"
#include "timer.h"

err_t inv_signal(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_NOTIFICATION, TINE_WRITE, &notification);

    if (!err)
        notification_signal(notification, x[1]);
    return err;
}

err_t inv_poll(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_NOTIFICATION, TINE_READ, &notification);

    if (err)
        return err;
    if (!notification->bits)
        return TINE_ERR_AGAIN;
    x[1] = notification->bits;
    notification->bits = 0;
    return 0;
}

err_t inv_bind(struct thread *self, uint64_t *x)
{
    struct notification *notification;
    struct thread *thread = NULL;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_NOTIFICATION, TINE_READ | TINE_OWN, &notification);

    if (!err && x[1])
        err = named_thread(self, x[1], TINE_WRITE, &thread);
    return err ? err : notification_bind(notification, thread);
}

err_t inv_timer_arm(struct thread *self, uint64_t *x)
{
    struct timer *timer;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_TIMER, TINE_WRITE, &timer);

    if (!err)
        timer_arm(timer, x[1]);
    return err;
}

err_t inv_interrupt_ack(struct thread *self, uint64_t *x)
{
    struct interrupt *interrupt;
    err_t err = cap_get(self->cspace, x[0], TINE_KIND_INTERRUPT, TINE_WRITE, &interrupt);

    if (!err)
        interrupt_ack(interrupt);
    return err;
}
