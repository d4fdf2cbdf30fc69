/* Threads: see thread.h. */

#include "endpoint.h"
#include "harts.h"
#include "notification.h"
#include "reply.h"
#include "resident.h"
#include "route.h"
#include "sched.h"
#include "space.h"
#include <riscv/fpu.h>
#include <string.h>

/* What a copied thread has in common with its model; everything else of a fresh thread is zero. */
static void thread_copy(struct thread *thread, struct thread *like)
{
    thread->regs = like->regs;
    memcpy(thread->word, like->word, sizeof(thread->word));
    thread_set_priority(thread, like->priority);
    thread->affinity = like->affinity;
    thread->route = like->route;
    thread->pager = like->pager;
    thread->fp_used = like->fp_used;
    if (like->fp_used) {
        fpu_spill(like);
        thread->fp = like->fp;
    }
    if (like->call == CALL_ROUTED && (like->state == TINE_THREAD_WAITING || like->state == TINE_THREAD_CALLING)) {
        thread->regs.pc += 4;
        thread->regs.x[REG_A0] = 0;
    }
}

void thread_init(struct thread *thread, struct space *space, struct cspace *cspace, struct thread *like)
{
    thread_set_priority(thread, 0);
    if (like)
        thread_copy(thread, like);
    thread->state = TINE_THREAD_STOPPED;
    thread->hart = hart_self();
    thread->space = space;
    thread->cspace = cspace;
    object_ref(&space->head);
    if (cspace)
        object_ref(&cspace->head);
    if (thread->route)
        object_ref(&thread->route->head);
    if (thread->pager)
        object_ref(&thread->pager->head);
}

err_t thread_start(struct thread *thread)
{
    if (thread->state != TINE_THREAD_STOPPED || thread->space->head.dead)
        return TINE_ERR_STATE;

    sched_ready(thread);
    return 0;
}

bool thread_stop(struct thread *thread)
{
    if (!thread_is_here(thread))
        return false;
    switch (thread->state) {
    case TINE_THREAD_READY:
        if (thread->hart->current != thread)
            sched_remove(thread);
        break;
    case TINE_THREAD_CALLING:
    case TINE_THREAD_SENDING:
    case TINE_THREAD_RECEIVING:
        endpoint_leave(thread);
        break;
    case TINE_THREAD_WAITING:
        reply_take(thread->held);
        break;
    case TINE_THREAD_NOTIFIED:
        notification_leave(thread);
        break;
    }
    thread->state = TINE_THREAD_STOPPED;
    thread->attention &= (uint8_t)~THREAD_STOP;
    return true;
}

bool thread_release(struct thread *thread)
{
    if (!thread_stop(thread))
        return false;
    reply_unpair(thread);
    fpu_forget(thread);
    if (thread->hart->current == thread) {
        thread->hart->current = NULL;
        thread->hart->self_destroyed = true;
    }
    if (thread->bound)
        notification_bind(thread->bound, NULL);
    object_unref(&thread->space->head);
    if (thread->cspace)
        object_unref(&thread->cspace->head);
    if (thread->route)
        object_unref(&thread->route->head);
    if (thread->pager)
        object_unref(&thread->pager->head);
    return true;
}

err_t thread_read(struct thread *thread, struct tine_registers *regs, struct tine_fp_registers *fp)
{
    if (thread_is_resident(thread)) /* they are the kernel's */
        return TINE_ERR_STATE;
    if (thread_is_elsewhere(thread))
        return TINE_ERR_STATE;

    if (regs)
        *regs = thread->regs;
    if (fp) {
        fpu_spill(thread);
        *fp = thread->fp;
    }
    return 0;
}

err_t thread_write(struct thread *thread, const struct tine_registers *regs, const struct tine_fp_registers *fp)
{
    if (thread_is_resident(thread)) /* they are the kernel's */
        return TINE_ERR_STATE;
    if (thread_is_elsewhere(thread))
        return TINE_ERR_STATE;

    if (regs)
        thread->regs = *regs;
    if (fp) {
        fpu_forget(thread);
        thread->fp = *fp;
        thread->fp_used = true;
    }
    return 0;
}

void thread_set_priority(struct thread *thread, unsigned priority)
{
    thread->priority = priority;
    thread->beaten_by = (1u << (TINE_PRIORITIES - 1 - priority)) - 1;
}

void thread_attend(struct thread *thread)
{
    thread->attention |= THREAD_ATTENTION;
    if (thread_is_elsewhere(thread))
        hart_kick(thread->hart);
}
