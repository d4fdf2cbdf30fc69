/* The loop, then slots and reply objects, then the ways to end a kept call. */
#include "libc/server.h"
#include "libc/layout.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* ---- the loop -------------------------------------------------------------------------------------------------- */

/* A reply that failed leaves its caller unanswered: gone, or not ours to answer. Go on with the next. */
static err_t receive_after(err_t err, cap_t endpoint, struct call *call)
{
    return likely(!err) ? 0 : tine_receive(endpoint, call->reply, &call->m, NULL, 0);
}

/* An answer that was put off: reply_value. */
static struct {
    cap_t reply; /* 0: none */
    long value;
} put_off;

void replies_send(void)
{
    struct tine_message m = { .w = { (unsigned long)put_off.value } };
    cap_t reply = put_off.reply;

    if (!reply)
        return;
    put_off.reply = 0;
    tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL);
    reply_give(reply);
}

/* Receives; if an answer was put off, with that, and with its reply object from now on. */
static err_t receive(cap_t endpoint, struct call *call)
{
    cap_t empty = call->reply;

    if (!put_off.reply)
        return tine_receive(endpoint, empty, &call->m, NULL, 0);
    call->reply = put_off.reply;
    call->m.w[0] = (unsigned long)put_off.value;
    put_off.reply = 0;
    reply_give(empty);
    return receive_after(tine_reply_receive(endpoint, call->reply, TINE_ANSWER_VALUE, 0, &call->m), endpoint, call);
}

/* Answers with the item or the copy in call->m. Returns 0 if the next message has come, else *outcome is what to do
 * instead, which `failed` says. */
static err_t answer_asking(cap_t endpoint, enum tine_answer answer, long (*failed)(struct call *call, err_t err),
                           struct call *call, long *outcome)
{
    badge_t badge = call->m.badge;
    long label = call->m.label;
    unsigned long op = call->m.w[0], addr = call->m.w[1];
    err_t err = tine_reply_receive(endpoint, call->reply, answer, 0, &call->m);

    if (likely(!err))
        return 0;
    call->m.badge = badge;
    call->m.label = label;
    call->m.w[0] = op;
    call->m.w[1] = addr;
    *outcome = failed ? failed(call, err) : RESTARTED;
    if (unlikely(put_off.reply) && *outcome != DEFERRED)
        replies_send();
    return err;
}

/* Every outcome; returns when the next message has come, or with the error of the receive. */
static err_t answer_receive(cap_t endpoint, const struct server *server, struct call *call, long outcome)
{
    for (;;) {
        switch (outcome) {
        case ANSWER_ITEM:
            if (!answer_asking(endpoint, TINE_ANSWER_ITEM, server->failed, call, &outcome))
                return 0;
            break;
        case ANSWER_COPY:
            if (!answer_asking(endpoint, TINE_ANSWER_COPY, server->uncopied, call, &outcome))
                return 0;
            break;
        case DEFERRED:
            return receive(endpoint, call);
        case RESTARTED:
            return receive_after(tine_reply_receive(endpoint, call->reply, TINE_ANSWER_RESTART, 0, &call->m), endpoint,
                                 call);
        case ANSWER_STATUS:
            return receive_after(tine_reply_receive(endpoint, call->reply, TINE_ANSWER_VALUE, call->status, &call->m),
                                 endpoint, call);
        default:
            call->m.w[0] = (unsigned long)outcome;
            return receive_after(tine_reply_receive(endpoint, call->reply, TINE_ANSWER_VALUE, 0, &call->m), endpoint,
                                 call);
        }
    }
}

static inline int is_value(long outcome)
{
    return (unsigned long)(outcome - ANSWER_COPY) > (unsigned long)(DEFERRED - ANSWER_COPY);
}

err_t server_loop(cap_t endpoint, const struct server *server)
{
    struct call call = { .reply = TINE_SLOT_REPLY };
    err_t err = tine_receive(endpoint, call.reply, &call.m, NULL, 0);

    while (likely(!err)) {
        long outcome;

        if (unlikely(call.m.label == TINE_LABEL_NOTIFICATION)) {
            server->notified(call.m.w[0]);
            err = receive(endpoint, &call);
            continue;
        }
        outcome = server->dispatch(&call);
        if (unlikely(put_off.reply) && outcome != DEFERRED)
            replies_send();
        if (likely(is_value(outcome))) {
            call.m.w[0] = (unsigned long)outcome;
            err =
                receive_after(tine_reply_receive(endpoint, call.reply, TINE_ANSWER_VALUE, 0, &call.m), endpoint, &call);
        } else {
            err = answer_receive(endpoint, server, &call, outcome);
        }
    }
    return err;
}

/* ---- capability slots and reply objects: two stacks, linked through one table indexed by slot ------------------ */

#define LINKS_A_PAGE (TINE_PAGE_SIZE / sizeof(cap_t))

static cap_t *const link = (cap_t *)SERVER_SLOTS; /* of a free slot or an idle reply object: the next below it */
static cap_t free_slots, idle_replies;            /* tops; 0: empty */
static cap_t next_slot = TINE_SLOT_DYNAMIC;       /* never taken yet, like all above it */
static cap_t links_end;                           /* slots below have their link mapped */

/* A slot that was never used. Its link gets its page now, so that giving it back cannot fail. */
static cap_t slot_new(void)
{
    if (next_slot >= links_end) {
        uintptr_t addr = SERVER_SLOTS + links_end * sizeof(cap_t);

        if (addr >= SERVER_SLOTS_END || tine_space_zero(TINE_SLOT_SPACE, addr, 1, TINE_PROT_READ | TINE_PROT_WRITE))
            return 0;
        links_end += LINKS_A_PAGE;
    }
    return next_slot++;
}

cap_t cap_take(void)
{
    cap_t slot = free_slots;

    if (unlikely(!slot))
        return slot_new();
    free_slots = link[slot];
    return slot;
}

void cap_give(cap_t slot)
{
    if (!slot)
        return;
    link[slot] = free_slots;
    free_slots = slot;
}

void cap_drop(cap_t slot)
{
    if (slot)
        tine_cap_delete(slot);
    cap_give(slot);
}

void cap_destroy(cap_t slot)
{
    if (slot)
        tine_destroy(slot);
    cap_give(slot);
}

/* Apart from the two below so that these, which are in the path of every wait, need no stack frame. */
static __attribute__((noinline)) cap_t reply_new(void)
{
    cap_t reply = cap_take();

    if (reply && tine_reply_create(TINE_SLOT_POOL, reply)) {
        cap_give(reply);
        return 0;
    }
    return reply;
}

/* TINE_SLOT_REPLY can come back before any slot was taken, when there is no link to put it in yet. */
static __attribute__((noinline)) void reply_give_first(cap_t reply)
{
    cap_give(slot_new());
    if (links_end)
        reply_give(reply);
}

cap_t reply_take(void)
{
    cap_t reply = idle_replies;

    if (unlikely(!reply))
        return reply_new();
    idle_replies = link[reply];
    return reply;
}

void reply_give(cap_t reply)
{
    if (!reply)
        return;
    if (unlikely(!links_end)) {
        reply_give_first(reply);
        return;
    }
    link[reply] = idle_replies;
    idle_replies = reply;
}

/* ---- ends of a kept call --------------------------------------------------------------------------------------- */

void reply_value(cap_t reply, long value)
{
    replies_send();
    put_off.reply = reply;
    put_off.value = value;
}

void reply_restart(cap_t reply)
{
    struct tine_message m = { 0 };

    tine_reply(reply, TINE_ANSWER_RESTART, 0, &m, NULL);
    reply_give(reply);
}

void reply_forward(cap_t reply, cap_t endpoint, struct tine_message *m)
{
    if (tine_forward(reply, endpoint, m))
        tine_reply(reply, TINE_ANSWER_RESTART, 0, m, NULL);
    reply_give(reply);
}

/* As answer_receive, without receiving. An item or copy that is refused ends in a restart: the caller comes again by
 * itself. */
static void call_finish(struct call *call, long outcome)
{
    switch (outcome) {
    case DEFERRED:
        return;
    case ANSWER_ITEM:
    case ANSWER_COPY:
        if (!tine_reply(call->reply, outcome == ANSWER_ITEM ? TINE_ANSWER_ITEM : TINE_ANSWER_COPY, 0, &call->m, NULL))
            return;
        /* fall through */
    case RESTARTED:
        tine_reply(call->reply, TINE_ANSWER_RESTART, 0, &call->m, NULL);
        return;
    case ANSWER_STATUS:
        tine_reply(call->reply, TINE_ANSWER_VALUE, call->status, &call->m, NULL);
        return;
    default:
        call->m.w[0] = (unsigned long)outcome;
        tine_reply(call->reply, TINE_ANSWER_VALUE, 0, &call->m, NULL);
    }
}

void call_again(const struct call *kept, long (*dispatch)(struct call *call))
{
    struct call call = *kept;

    call_finish(&call, dispatch(&call));
    reply_give(call.reply);
}

/* ---- from within dispatch -------------------------------------------------------------------------------------- */

long call_forward(struct call *call, cap_t endpoint, long label)
{
    call->m.label = label;
    return tine_forward(call->reply, endpoint, &call->m) ? RESTARTED : DEFERRED;
}

long call_fault(struct call *call, uint64_t addr, unsigned prot, size_t len)
{
    call->m.w[0] = addr;
    call->m.w[1] = prot;
    call->m.w[2] = 0;
    call->m.w[3] = len;
    return call_forward(call, 0, TINE_LABEL_FAULT);
}

long call_answer_cap(struct call *call, long value, cap_t pass)
{
    call->m.w[0] = (unsigned long)value;
    call->status = tine_reply(call->reply, TINE_ANSWER_VALUE, 0, &call->m, &pass);
    return call->status ? ANSWER_STATUS : DEFERRED;
}
