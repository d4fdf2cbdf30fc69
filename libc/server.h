/*
 * What every native server stands on: the loop, reply objects and capability slots. Read servers/console/main.c first
 * for the smallest example.
 *
 * The loop (server_loop) receives a message, lets the server dispatch it and answers with what dispatch returned, in
 * one kernel operation together with the next receive. What dispatch may return:
 *
 * - a value: the answer, w[0] = value. Whoever came by TINE_CALL also gets w[1] to w[5] as dispatch left them in
 *   call->m, and status 0; a routed client sees only a0. Any value but the five below.
 * - DEFERRED: nothing is to be answered now. The caller was kept (call_keep), forwarded or answered already.
 * - RESTARTED: the caller executes its ecall, or its faulting instruction, again.
 * - ANSWER_ITEM: call->m.w are an operation on the caller's space (tine.h, TINE_ANSWER_ITEM), then as RESTARTED. If the
 *   kernel refuses it, server->failed decides what happens instead.
 * - ANSWER_COPY: as a value, w[0], once w[3] bytes of the server's memory at w[2] are in the caller's at w[1]; see
 *   call_copy. If the kernel cannot write there, server->uncopied decides what happens instead.
 * - ANSWER_STATUS: a native caller gets call->status as the status of its call; the words as they stand.
 *
 * To answer later: call_keep() gives the reply object that holds the caller and puts a fresh one into the call, which
 * the loop receives with next. The holder ends the wait by one of reply_value, reply_restart, reply_forward, or by
 * call_again; each gives the reply object back. Keeping costs no kernel operation once enough reply objects exist.
 *
 * One thread, no lock; nothing here waits but server_loop.
 */
#ifndef LIBC_SERVER_H
#define LIBC_SERVER_H

#include "libc/kernel.h"

#define DEFERRED (-100000L)
#define RESTARTED (-100001L)
#define ANSWER_ITEM (-100002L)
#define ANSWER_STATUS (-100003L)
#define ANSWER_COPY (-100004L)

/* A message that was received, and the right to answer it. */
struct call {
    struct tine_message m; /* label, badge, words; dispatch may change the words */
    cap_t reply;           /* holds the caller; empty after call_keep, forward or answer */
    err_t status;          /* read only for ANSWER_STATUS */
};

struct server {
    /* Any message that has a caller: calls, faults, exceptions, attention. */
    long (*dispatch)(struct call *call);
    /* Bits of the notification that is bound to the server's thread. May be NULL if none is. */
    void (*notified)(uint64_t bits);
    /*
     * The kernel refused an ANSWER_ITEM with `err` (mostly MEMORY). The caller is still held: badge and label in
     * call->m are as they came, w[0] and w[1] the item's operation and address, the other words lost. Returns an
     * outcome as dispatch does. A server that leaves this NULL restarts the caller.
     */
    long (*failed)(struct call *call, err_t err);
    /* The same for an ANSWER_COPY (mostly FAULT), but all words are as dispatch left them. */
    long (*uncopied)(struct call *call, err_t err);
};

/* Serves `endpoint` until receiving from it fails; returns that error. Begins with reply object TINE_SLOT_REPLY, so it
 * is called once. */
err_t server_loop(cap_t endpoint, const struct server *server);

/* ---- capability slots ------------------------------------------------------------------------------------------ */

/* An unused slot of the own capability space, or 0 if there is no memory for more. O(1). */
cap_t cap_take(void);

/* Gives back a slot of cap_take whose capability is gone (deleted, destroyed, moved, or never came). 0 is ignored. */
void cap_give(cap_t slot);

/* Deletes the capability and gives its slot back. 0 is ignored. */
void cap_drop(cap_t slot);

/* Destroys the object and gives the slot back. 0 is ignored. */
void cap_destroy(cap_t slot);

/* ---- answering later ------------------------------------------------------------------------------------------- */

/* An empty reply object, made from TINE_SLOT_POOL when none is left over, or 0 if memory is exhausted. */
cap_t reply_take(void);

/* Gives back an empty reply object, to be used again. 0 is ignored. */
void reply_give(cap_t reply);

/*
 * Keeps the caller of `call`: returns the reply object that holds it, to be given up by one of the functions below, or
 * 0 if there is no memory (then nothing changed; answer with an error). Dispatch then returns DEFERRED. The message is
 * not kept: copy what is needed, or the whole struct call before this, see call_again.
 */
static inline cap_t call_keep(struct call *call)
{
    cap_t kept = call->reply, next = reply_take();

    if (!next)
        return 0;
    call->reply = next;
    return kept;
}

/*
 * Answers a kept caller with w[0] = value and gives the reply object back. A caller that is gone is no error. The answer is
 * put off until dispatch has returned: if nobody else is to be answered then, it goes with the next receive, in one
 * operation. replies_send sends it now, for whoever is about to ask what the caller does.
 */
void reply_value(cap_t reply, long value);
void replies_send(void);

/* Lets a kept caller execute its ecall or faulting instruction again, and gives the reply object back. */
void reply_restart(cap_t reply);

/* Hands a kept caller on to `endpoint` (0: its pager) with message m, which is used up; gives the reply object back. */
void reply_forward(cap_t reply, cap_t endpoint, struct tine_message *m);

/*
 * Runs a kept call again from its beginning: `kept` is a copy of the struct call with kept->reply what call_keep gave.
 * Answers according to what dispatch returns; if dispatch keeps the caller again, that is a new wait. kept->reply is
 * used up. `dispatch` sees its own copy of the call, so `kept` may be freed from within.
 */
void call_again(const struct call *kept, long (*dispatch)(struct call *call));

/* ---- what dispatch may do instead of answering itself: each returns what dispatch shall return ----------------- */

/* Forwards the caller to `endpoint` (0: its pager) with call->m's words and this label. */
long call_forward(struct call *call, cap_t endpoint, long label);

/*
 * Sends the caller to its pager because len bytes at addr in its memory could not be accessed with `prot`; its ecall
 * runs again once they can. The call must have had no effect yet. (If they cannot be made accessible, the pager answers
 * the caller.)
 */
long call_fault(struct call *call, uint64_t addr, unsigned prot, size_t len);

/*
 * Answers with `value` and len bytes (at most 65,536) from `from` copied to the caller's memory at `to`: one kernel
 * operation, as dispatch has returned. So what is at `from` outlives dispatch, and dispatch has no effect that could not
 * be undone or be had again if it turns out that `to` cannot be written.
 */
static inline long call_copy(struct call *call, long value, uint64_t to, const void *from, size_t len)
{
    call->m.w[0] = (unsigned long)value;
    call->m.w[1] = to;
    call->m.w[2] = (unsigned long)from;
    call->m.w[3] = len;
    return ANSWER_COPY;
}

/* Answers a native caller with w[0] = value and a copy of capability `pass`, with the rights and badge that it has. */
long call_answer_cap(struct call *call, long value, cap_t pass);

#endif
