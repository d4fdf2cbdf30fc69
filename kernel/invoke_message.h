/* Message operations, which decide who runs next. */
#ifndef KERNEL_INVOKE_MESSAGE_H
#define KERNEL_INVOKE_MESSAGE_H

#include "hart.h"

struct reply;
struct space;

/* The two operations of every message: TINE_CALL and TINE_REPLY_RECEIVE. Return the thread to run next. */
struct thread *invoke_call(struct hart *hart, struct thread *thread);
struct thread *invoke_reply_receive(struct hart *hart, struct thread *thread);

/* The others up to TINE_SEND, and TINE_CALL_CAP. Returns the thread to run next. */
struct thread *invoke_message(struct hart *hart, struct thread *thread, unsigned long op);

/* TINE_WAIT and TINE_YIELD. Returns the thread to run next. */
struct thread *invoke_wait(struct thread *thread, unsigned long op);

/* What the answer of `thread` to the caller that `reply` holds asks for before that goes on: the item or the copy. On an
 * error, ARG too, the caller is not to go on. INVOKE_AGAIN. */
err_t answer_before(struct thread *thread, struct reply *reply);

/*
 * A range operation on `space` in the name of `self`: SHARE, ZERO, COPY, PROTECT or UNMAP; range[0] is the address,
 * range[1] the number of pages, both advanced as it goes, like *source_addr. Returns as the operations of space.h do.
 */
err_t invoke_space_item(struct thread *self, struct space *space, uint64_t op, uint64_t *range, uint64_t *source_addr,
                        uint64_t prot, uint64_t source_index);

#endif
