/* The first door: from the number of an operation to its function. */

#include "invoke.h"
#include "cap.h"
#include "interrupt.h"
#include "invoke_message.h"
#include "invoke_table.h"
#include "sched.h"
#include "space.h"
#include "trace.h"

_Static_assert(SPACE_PREEMPTED == INVOKE_AGAIN, "a preempted range operation is executed again");

inv_fn *const invoke_table[TINE_OPS] = {
    [TINE_REPLY_READ] = inv_reply_read,
    [TINE_REPLY_WRITE] = inv_reply_write,
    [TINE_CAP_COPY] = inv_cap_copy,
    [TINE_CAP_MOVE] = inv_cap_move,
    [TINE_CAP_DELETE] = inv_cap_delete,
    [TINE_CAP_REVOKE] = inv_cap_revoke,
    [TINE_DESTROY] = inv_destroy,
    [TINE_IDENTIFY] = inv_identify,
    [TINE_POOL_SPLIT] = inv_pool_split,
    [TINE_POOL_BALANCE] = inv_pool_balance,
    [TINE_POOL_LIMIT] = inv_pool_limit,
    [TINE_CSPACE_CREATE] = inv_cspace_create,
    [TINE_SPACE_CREATE] = inv_space_create,
    [TINE_THREAD_CREATE] = inv_thread_create,
    [TINE_ENDPOINT_CREATE] = inv_endpoint_create,
    [TINE_REPLY_CREATE] = inv_reply_create,
    [TINE_NOTIFICATION_CREATE] = inv_notification_create,
    [TINE_TIMER_CREATE] = inv_timer_create,
    [TINE_ROUTE_CREATE] = inv_route_create,
    [TINE_INTERRUPT_CREATE] = inv_interrupt_create,
    [TINE_DEVICE_CREATE] = inv_device_create,
    [TINE_THREAD_START] = inv_thread_start,
    [TINE_THREAD_STOP] = inv_thread_stop,
    [TINE_THREAD_READ] = inv_thread_read,
    [TINE_THREAD_WRITE] = inv_thread_write,
    [TINE_THREAD_SET] = inv_thread_set,
    [TINE_THREAD_WORDS] = inv_thread_words,
    [TINE_THREAD_ATTENTION] = inv_thread_attention,
    [TINE_THREAD_INFO] = inv_thread_info,
    [TINE_THREAD_DIVERT] = inv_thread_divert,
    [TINE_THREAD_RESUME] = inv_thread_resume,
    [TINE_THREAD_SETTLE] = inv_thread_settle,
    [TINE_SPACE_SHARE] = inv_space_range,
    [TINE_SPACE_ZERO] = inv_space_range,
    [TINE_SPACE_COPY] = inv_space_range,
    [TINE_SPACE_CLONE] = inv_space_clone,
    [TINE_SPACE_PROTECT] = inv_space_range,
    [TINE_SPACE_UNMAP] = inv_space_range,
    [TINE_SPACE_INSPECT] = inv_space_inspect,
    [TINE_SPACE_READ] = inv_space_read,
    [TINE_SPACE_WRITE] = inv_space_write,
    [TINE_SPACE_PEEK] = inv_space_peek,
    [TINE_SPACE_POKE] = inv_space_poke,
    [TINE_SPACE_DEVICE] = inv_space_device,
    [TINE_SPACE_COUNT] = inv_space_count,
    [TINE_SIGNAL] = inv_signal,
    [TINE_POLL] = inv_poll,
    [TINE_BIND] = inv_bind,
    [TINE_TIMER_ARM] = inv_timer_arm,
    [TINE_INTERRUPT_ACK] = inv_interrupt_ack,
    [TINE_CONTROL_LOG] = inv_control_log,
    [TINE_CONTROL_HALT] = inv_control_halt,
    [TINE_CONTROL_STAT] = inv_control_stat,
    [TINE_CONTROL_CHECK] = inv_control_check,
    [TINE_CONTROL_TRACE] = inv_control_trace,
};

struct thread *invoke_again(struct thread *thread)
{
    struct hart *hart = hart_self();

    interrupt_poll(hart);
    sched_ready(thread);
    return sched_next(hart);
}

struct thread *invoke_after(struct hart *hart, struct thread *thread, err_t err)
{
    if (hart->self_destroyed) {
        hart->self_destroyed = false;
        return sched_next(hart);
    }
    if (err == INVOKE_AGAIN)
        return invoke_again(thread);
    invoke_done(thread, err);
    return thread->state == TINE_THREAD_READY ? sched_prefer(hart, thread) : sched_next(hart);
}

struct thread *invoke(struct hart *hart, struct thread *thread, unsigned long op)
{
    if (op <= TINE_SEND || op == TINE_CALL_CAP)
        return invoke_message(hart, thread, op);
    if (op == TINE_WAIT || op == TINE_YIELD)
        return invoke_wait(thread, op);
    trace_operation(hart, thread, op);
    return invoke_after(hart, thread, TINE_ERR_CALL);
}
