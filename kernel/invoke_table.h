/*
 * The operations of the first door, but for those that decide who runs next (invoke_message.h): a function each, named
 * inv_ and the operation, in the file of its subject. It unpacks and checks, and calls the room. x[0] is a0. It returns
 * 0, an error, or INVOKE_AGAIN; values go to x[1] to x[3].
 *
 * Check, then do: every function looks up and checks everything before it changes anything.
 */
#ifndef KERNEL_INVOKE_TABLE_H
#define KERNEL_INVOKE_TABLE_H

#include "invoke.h"

typedef err_t inv_fn(struct thread *self, uint64_t *x);

extern inv_fn *const invoke_table[TINE_OPS];

/* The function of an operation, or null. */
static inline inv_fn *invoke_function(unsigned long op)
{
    return op < TINE_OPS ? invoke_table[op] : NULL;
}

/* invoke_cap.c */
inv_fn inv_cap_copy, inv_cap_move, inv_cap_delete, inv_cap_revoke, inv_destroy, inv_identify;

/* invoke_create.c */
inv_fn inv_pool_split, inv_pool_balance, inv_pool_limit, inv_cspace_create, inv_space_create, inv_thread_create, inv_endpoint_create,
    inv_reply_create, inv_notification_create, inv_timer_create, inv_route_create, inv_interrupt_create,
    inv_device_create;

/* invoke_thread.c */
inv_fn inv_thread_start, inv_thread_stop, inv_thread_read, inv_thread_write, inv_thread_set, inv_thread_words,
    inv_thread_attention, inv_thread_info, inv_thread_settle;

/* invoke_divert.c */
inv_fn inv_thread_divert, inv_thread_resume;

/* invoke_space.c */
inv_fn inv_space_range, inv_space_clone, inv_space_inspect, inv_space_read, inv_space_write, inv_space_peek,
    inv_space_poke, inv_space_device,    inv_space_count, inv_reply_read, inv_reply_write;

/* invoke_event.c */
inv_fn inv_signal, inv_poll, inv_bind, inv_timer_arm, inv_interrupt_ack;

/* invoke_control.c */
inv_fn inv_control_log, inv_control_halt, inv_control_stat, inv_control_check, inv_control_trace;

/* The thread that an argument names. CAP, RIGHTS. */
err_t named_thread(struct thread *self, uint64_t index, unsigned rights, struct thread **thread);

#endif
