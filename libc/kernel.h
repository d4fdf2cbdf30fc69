/*
 * One inline stub per kernel operation. The contract of each is in kernel/include/tine.h and, with every error, in
 * docs/kernel.md. All return 0 or a negative enum tine_error; values go out through pointers.
 *
 * How one enters the kernel is in door.h, of which there is one for each placement.
 */
#ifndef LIBC_KERNEL_H
#define LIBC_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <tine.h>

typedef unsigned int cap_t; /* an index into the caller's capability space; 0 is never valid */
typedef long err_t;         /* 0 or a negative enum tine_error */
typedef uint64_t badge_t;

/* Values that an operation may return beside its status. */
struct tine_values {
    unsigned long a1, a2, a3;
};

#include <door.h>

/* Operations on ranges of a space: those whose second argument is an address of it. */
static inline int is_range(long op)
{
    return (op >= TINE_SPACE_SHARE && op <= TINE_SPACE_INSPECT) || op == TINE_SPACE_DEVICE;
}

/* Every operation but a message: up to seven arguments, up to three values. */
static inline err_t tine_op7(long op, unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
                             unsigned long a4, unsigned long a5, unsigned long a6, struct tine_values *out)
{
    register unsigned long r0 __asm__("a0") = a0;
    register unsigned long r1 __asm__("a1") = is_range(op) ? DOOR_ADDRESS(a1) : a1;
    register unsigned long r2 __asm__("a2") = a2;
    register unsigned long r3 __asm__("a3") = a3;
    register unsigned long r4 __asm__("a4") = a4;
    register unsigned long r5 __asm__("a5") = op == TINE_SPACE_SHARE ? DOOR_ADDRESS(a5) : a5;
    register unsigned long r6 __asm__("a6") = a6;
    register long r7 __asm__("a7") = -op;

    __asm__ volatile(DOOR_ENTER
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
                     :
                     : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "memory" DOOR_CLOBBERS);
    if (out)
        *out = (struct tine_values){ r1, r2, r3 };
    return (err_t)r0;
}

static inline err_t tine_op(long op, unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
                            unsigned long a4, unsigned long a5, struct tine_values *out)
{
    return tine_op7(op, a0, a1, a2, a3, a4, a5, 0, out);
}

/* ---- messages ------------------------------------------------------------------------------------------------------- */

/* The one shape of all message operations: registers in and out of `m`. t0 carries the status both ways. */
static inline err_t tine_message_op(long op, cap_t endpoint, cap_t reply, enum tine_answer answer, long status,
                                    cap_t *pass, cap_t accept, struct tine_message *m)
{
    register unsigned long r0 __asm__("a0") = m->w[0];
    register unsigned long r1 __asm__("a1") = m->w[1];
    register unsigned long r2 __asm__("a2") = m->w[2];
    register unsigned long r3 __asm__("a3") = m->w[3];
    register unsigned long r4 __asm__("a4") = m->w[4];
    register unsigned long r5 __asm__("a5") = m->w[5];
    register unsigned long r6 __asm__("a6") = endpoint;
    register long r7 __asm__("a7") = -op;
    register long s0 __asm__("t0") = status;
    register unsigned long s1 __asm__("t1") = reply;
    register unsigned long s2 __asm__("t2") = answer;
    register unsigned long s3 __asm__("t3") = pass ? *pass : 0;
    register unsigned long s4 __asm__("t4") = accept;

    __asm__ volatile(DOOR_ENTER
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(s0),
                       "+r"(s1), "+r"(s2), "+r"(s3), "+r"(s4)
                     :
                     : "t5", "t6", "memory" DOOR_MESSAGE_CLOBBERS);
    m->w[0] = r0;
    m->w[1] = r1;
    m->w[2] = r2;
    m->w[3] = r3;
    m->w[4] = r4;
    m->w[5] = r5;
    m->badge = r6;
    m->label = r7;
    if (pass)
        *pass = (cap_t)s3;
    return s0;
}

/* Calls `endpoint` with m (label and words) and waits for the answer, which replaces the words. */
static inline err_t tine_call(cap_t endpoint, struct tine_message *m)
{
    return tine_message_op(TINE_CALL, endpoint, 0, TINE_ANSWER_VALUE, m->label, NULL, 0, m);
}

/* As tine_call, passing a copy of capability *pass (0 for none); *pass becomes 1 if one came into slot `accept`. */
static inline err_t tine_call_cap(cap_t endpoint, struct tine_message *m, cap_t *pass, cap_t accept)
{
    return tine_message_op(TINE_CALL_CAP, endpoint, 0, TINE_ANSWER_VALUE, m->label, pass, accept, m);
}

static inline err_t tine_receive(cap_t endpoint, cap_t reply, struct tine_message *m, cap_t *came, cap_t accept)
{
    if (came)
        *came = 0;
    return tine_message_op(TINE_RECEIVE, endpoint, reply, TINE_ANSWER_VALUE, 0, came, accept, m);
}

static inline err_t tine_reply_receive(cap_t endpoint, cap_t reply, enum tine_answer answer, long status,
                                       struct tine_message *m)
{
    return tine_message_op(TINE_REPLY_RECEIVE, endpoint, reply, answer, status, NULL, 0, m);
}

static inline err_t tine_reply(cap_t reply, enum tine_answer answer, long status, struct tine_message *m, cap_t *pass)
{
    return tine_message_op(TINE_REPLY, 0, reply, answer, status, pass, 0, m);
}

/* Hands the caller held by `reply` to `endpoint` (0: its pager), as if it had called there with m. */
static inline err_t tine_forward(cap_t reply, cap_t endpoint, struct tine_message *m)
{
    return tine_message_op(TINE_FORWARD, endpoint, reply, TINE_ANSWER_VALUE, m->label, NULL, 0, m);
}

static inline err_t tine_copy_op(long op, cap_t cap, uint64_t theirs, const void *mine, size_t len, size_t *done)
{
    struct tine_values v;
    err_t err = tine_op(op, cap, theirs, (unsigned long)mine, len, 0, 0, &v);

    if (done)
        *done = v.a1;
    return err;
}

/* Copies from the memory of the caller that `reply` holds. On FAULT *done says how many bytes came before the fault. */
static inline err_t tine_reply_read(cap_t reply, uint64_t theirs, void *mine, size_t len, size_t *done)
{
    return tine_copy_op(TINE_REPLY_READ, reply, theirs, mine, len, done);
}

static inline err_t tine_reply_write(cap_t reply, uint64_t theirs, const void *mine, size_t len, size_t *done)
{
    return tine_copy_op(TINE_REPLY_WRITE, reply, theirs, mine, len, done);
}

static inline err_t tine_space_read(cap_t space, uint64_t theirs, void *mine, size_t len, size_t *done)
{
    return tine_copy_op(TINE_SPACE_READ, space, theirs, mine, len, done);
}

static inline err_t tine_space_write(cap_t space, uint64_t theirs, const void *mine, size_t len, size_t *done)
{
    return tine_copy_op(TINE_SPACE_WRITE, space, theirs, mine, len, done);
}

/* Up to TINE_PEEK_MOST bytes within a page: into v, zeroes behind them; or from w. */
static inline err_t tine_space_peek(cap_t space, uint64_t addr, size_t len, struct tine_values *v)
{
    return tine_op(TINE_SPACE_PEEK, space, addr, len, 0, 0, 0, v);
}

static inline err_t tine_space_poke(cap_t space, uint64_t addr, size_t len, const uint64_t w[3])
{
    return tine_op(TINE_SPACE_POKE, space, addr, len, w[0], w[1], w[2], NULL);
}

/* ---- capability spaces ------------------------------------------------------------------------------------------------ */

static inline err_t tine_cap_copy(cap_t cspace, cap_t slot, cap_t source, unsigned rights, badge_t badge)
{
    return tine_op(TINE_CAP_COPY, cspace, slot, source, rights, badge, 0, NULL);
}

static inline err_t tine_cap_move(cap_t cspace, cap_t slot, cap_t source)
{
    return tine_op(TINE_CAP_MOVE, cspace, slot, source, 0, 0, 0, NULL);
}

static inline err_t tine_cap_delete(cap_t slot)
{
    return tine_op(TINE_CAP_DELETE, slot, 0, 0, 0, 0, 0, NULL);
}

static inline err_t tine_cap_revoke(cap_t slot)
{
    return tine_op(TINE_CAP_REVOKE, slot, 0, 0, 0, 0, 0, NULL);
}

static inline err_t tine_destroy(cap_t slot)
{
    return tine_op(TINE_DESTROY, slot, 0, 0, 0, 0, 0, NULL);
}

/* The same for a thread. *ticks: those that it ran; as it was if the operation fails. */
static inline err_t tine_destroy_thread(cap_t slot, uint64_t *ticks)
{
    struct tine_values v;
    err_t err = tine_op(TINE_DESTROY, slot, 0, 0, 0, 0, 0, &v);

    if (!err)
        *ticks = v.a1;
    return err;
}

/* v: kind, rights, badge. */
static inline err_t tine_identify(cap_t slot, struct tine_values *v)
{
    return tine_op(TINE_IDENTIFY, slot, 0, 0, 0, 0, 0, v);
}

/* ---- pools and creation ------------------------------------------------------------------------------------------------ */

static inline err_t tine_pool_split(cap_t pool, cap_t slot, size_t reserve_frames, size_t limit_frames)
{
    return tine_op(TINE_POOL_SPLIT, pool, slot, reserve_frames, limit_frames, 0, 0, NULL);
}

/* v: frames in use, frames that can still be had, limit. */
static inline err_t tine_pool_balance(cap_t pool, struct tine_values *v)
{
    return tine_op(TINE_POOL_BALANCE, pool, 0, 0, 0, 0, 0, v);
}

static inline err_t tine_pool_limit(cap_t pool, size_t limit_frames)
{
    return tine_op(TINE_POOL_LIMIT, pool, limit_frames, 0, 0, 0, 0, NULL);
}

static inline err_t tine_cspace_create(cap_t pool, cap_t slot)
{
    return tine_op(TINE_CSPACE_CREATE, pool, slot, 0, 0, 0, 0, NULL);
}

static inline err_t tine_space_create(cap_t pool, cap_t slot)
{
    return tine_op(TINE_SPACE_CREATE, pool, slot, 0, 0, 0, 0, NULL);
}

/* A stopped thread; with `like` it has that thread's registers, words, route, pager and priority. */
static inline err_t tine_thread_create(cap_t pool, cap_t slot, cap_t space, cap_t cspace, cap_t like)
{
    return tine_op(TINE_THREAD_CREATE, pool, slot, space, cspace, like, 0, NULL);
}

/* The same but for sp and tp, each of which may be 0: like that thread's. */
static inline err_t tine_thread_create_at(cap_t pool, cap_t slot, cap_t space, cap_t like, uint64_t sp, uint64_t tp)
{
    return tine_op7(TINE_THREAD_CREATE, pool, slot, space, 0, like, sp, tp, NULL);
}

static inline err_t tine_endpoint_create(cap_t pool, cap_t slot)
{
    return tine_op(TINE_ENDPOINT_CREATE, pool, slot, 0, 0, 0, 0, NULL);
}

static inline err_t tine_reply_create(cap_t pool, cap_t slot)
{
    return tine_op(TINE_REPLY_CREATE, pool, slot, 0, 0, 0, 0, NULL);
}

static inline err_t tine_notification_create(cap_t pool, cap_t slot)
{
    return tine_op(TINE_NOTIFICATION_CREATE, pool, slot, 0, 0, 0, 0, NULL);
}

static inline err_t tine_timer_create(cap_t pool, cap_t slot, cap_t notification, uint64_t bits)
{
    return tine_op(TINE_TIMER_CREATE, pool, slot, notification, bits, 0, 0, NULL);
}

static inline err_t tine_route_create(cap_t pool, cap_t slot, const struct tine_route_map *map)
{
    return tine_op(TINE_ROUTE_CREATE, pool, slot, (unsigned long)map, 0, 0, 0, NULL);
}

static inline err_t tine_interrupt_create(cap_t pool, cap_t slot, cap_t control, unsigned line, cap_t notification,
                                          uint64_t bits)
{
    return tine_op(TINE_INTERRUPT_CREATE, pool, slot, control, line, notification, bits, NULL);
}

static inline err_t tine_device_create(cap_t pool, cap_t slot, cap_t control, uint64_t physical, size_t bytes)
{
    return tine_op(TINE_DEVICE_CREATE, pool, slot, control, physical, bytes, 0, NULL);
}

/* ---- threads ------------------------------------------------------------------------------------------------------------ */

static inline err_t tine_thread_start(cap_t thread)
{
    return tine_op(TINE_THREAD_START, thread, 0, 0, 0, 0, 0, NULL);
}

static inline err_t tine_thread_stop(cap_t thread)
{
    return tine_op(TINE_THREAD_STOP, thread, 0, 0, 0, 0, 0, NULL);
}

static inline err_t tine_thread_read(cap_t thread, struct tine_registers *r, struct tine_fp_registers *fp)
{
    return tine_op(TINE_THREAD_READ, thread, (unsigned long)r, (unsigned long)fp, 0, 0, 0, NULL);
}

static inline err_t tine_thread_write(cap_t thread, const struct tine_registers *r, const struct tine_fp_registers *fp)
{
    return tine_op(TINE_THREAD_WRITE, thread, (unsigned long)r, (unsigned long)fp, 0, 0, 0, NULL);
}

static inline err_t tine_thread_set(cap_t thread, enum tine_thread_field field, unsigned long value)
{
    return tine_op(TINE_THREAD_SET, thread, field, value, 0, 0, 0, NULL);
}

static inline err_t tine_words_op(long op, cap_t thread, unsigned first, unsigned count, const uint64_t *w)
{
    register unsigned long r0 __asm__("a0") = thread;
    register unsigned long r1 __asm__("a1") = first;
    register unsigned long r2 __asm__("a2") = count;
    register unsigned long r3 __asm__("a3") = w[0];
    register unsigned long r4 __asm__("a4") = count > 1 ? w[1] : 0;
    register unsigned long r5 __asm__("a5") = count > 2 ? w[2] : 0;
    register unsigned long r6 __asm__("a6") = count > 3 ? w[3] : 0;
    register long r7 __asm__("a7") = -op;
    register unsigned long s0 __asm__("t0") = count > 4 ? w[4] : 0;
    register unsigned long s1 __asm__("t1") = count > 5 ? w[5] : 0;
    register unsigned long s2 __asm__("t2") = count > 6 ? w[6] : 0;

    __asm__ volatile(DOOR_ENTER
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(s0),
                       "+r"(s1), "+r"(s2)
                     :
                     : "t3", "t4", "t5", "t6", "memory" DOOR_CLOBBERS);
    return (err_t)r0;
}

/* Sets up to seven words of the thread from `first` on: badges and route constants. */
static inline err_t tine_thread_words(cap_t thread, unsigned first, unsigned count, const uint64_t *w)
{
    return tine_words_op(TINE_THREAD_WORDS, thread, first, count, w);
}

/* Sets them, and starts it. */
static inline err_t tine_thread_start_with(cap_t thread, unsigned first, unsigned count, const uint64_t *w)
{
    return tine_words_op(TINE_THREAD_START, thread, first, count, w);
}

static inline err_t tine_thread_attention(cap_t thread)
{
    return tine_op(TINE_THREAD_ATTENTION, thread, 0, 0, 0, 0, 0, NULL);
}

/* As struct tine_divert says; addr 0: below the thread's stack pointer. *at becomes the address of what was stored, or on FAULT
 * the one that stopped it. */
static inline err_t tine_thread_divert(cap_t thread, uint64_t addr, const struct tine_divert *d, uint64_t *at)
{
    register unsigned long r0 __asm__("a0") = thread;
    register unsigned long r1 __asm__("a1") = addr;
    register unsigned long r2 __asm__("a2") = (unsigned long)d->head;
    register unsigned long r3 __asm__("a3") = d->head_bytes;
    register unsigned long r4 __asm__("a4") = d->pc;
    register unsigned long r5 __asm__("a5") = d->ra;
    register unsigned long r6 __asm__("a6") = d->argument;
    register long r7 __asm__("a7") = -TINE_THREAD_DIVERT;
    register unsigned long s0 __asm__("t0") = d->offset;
    register unsigned long s1 __asm__("t1") = d->bytes;
    register unsigned long s2 __asm__("t2") = d->behind;
    register unsigned long s3 __asm__("t3") = d->value;

    __asm__ volatile(DOOR_ENTER
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(s0),
                       "+r"(s1), "+r"(s2), "+r"(s3)
                     :
                     : "t4", "t5", "t6", "memory" DOOR_CLOBBERS);
    *at = r0 ? r2 : r1;
    return (err_t)r0;
}

/* Takes back what DIVERT stored behind a head of head_bytes at addr, or at the thread's stack pointer; `len` bytes of the head,
 * from `offset` on, are copied to `mine`. On FAULT *fault is the address that stopped it. */
static inline err_t tine_thread_resume(cap_t thread, uint64_t addr, size_t head_bytes, void *mine, size_t offset,
                                       size_t len, uint64_t *fault)
{
    struct tine_values v;
    err_t err = tine_op(TINE_THREAD_RESUME, thread, addr, head_bytes, (unsigned long)mine, offset, len, &v);

    *fault = v.a2;
    return err;
}

/* The thread and its space become those of server `number` among tine_boot.resident. */
static inline err_t tine_thread_settle(cap_t thread, cap_t control, unsigned number)
{
    return tine_op(TINE_THREAD_SETTLE, thread, control, number, 0, 0, 0, NULL);
}

/* v: enum tine_thread_state, ticks run. */
static inline err_t tine_thread_info(cap_t thread, struct tine_values *v)
{
    return tine_op(TINE_THREAD_INFO, thread, 0, 0, 0, 0, 0, v);
}

/* ---- address spaces ------------------------------------------------------------------------------------------------------ */

static inline err_t tine_space_share(cap_t space, uint64_t addr, size_t npages, unsigned prot, cap_t source,
                                     uint64_t source_addr)
{
    return tine_op(TINE_SPACE_SHARE, space, addr, npages, prot, source, source_addr, NULL);
}

static inline err_t tine_space_zero(cap_t space, uint64_t addr, size_t npages, unsigned prot)
{
    return tine_op(TINE_SPACE_ZERO, space, addr, npages, prot, 0, 0, NULL);
}

static inline err_t tine_space_copy(cap_t space, uint64_t addr, size_t npages, unsigned prot)
{
    return tine_op(TINE_SPACE_COPY, space, addr, npages, prot, 0, 0, NULL);
}

/* As tine_space_clone; the writable pages at `hot` and at the stack pointer of `thread` (each may be 0) are copied at once. */
static inline err_t tine_space_clone_hot(cap_t space, uint64_t addr, size_t npages, enum tine_granularity granularity,
                                         cap_t source, uint64_t hot, cap_t thread)
{
    return tine_op7(TINE_SPACE_CLONE, space, addr, npages, granularity, source, hot, thread, NULL);
}

/* The same, and pages from `first` on that have a bit become the new space's own. */
static inline err_t tine_space_clone_copies(cap_t space, uint64_t addr, size_t npages, enum tine_granularity granularity,
                                            cap_t source, uint64_t hot, cap_t thread, uint64_t first, uint64_t bits)
{
    register unsigned long r0 __asm__("a0") = space;
    register unsigned long r1 __asm__("a1") = DOOR_ADDRESS(addr);
    register unsigned long r2 __asm__("a2") = npages;
    register unsigned long r3 __asm__("a3") = granularity | TINE_CLONE_COPIES;
    register unsigned long r4 __asm__("a4") = source;
    register unsigned long r5 __asm__("a5") = hot;
    register unsigned long r6 __asm__("a6") = thread;
    register long r7 __asm__("a7") = -TINE_SPACE_CLONE;
    register unsigned long s0 __asm__("t0") = first;
    register unsigned long s1 __asm__("t1") = bits;

    __asm__ volatile(DOOR_ENTER
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(s0), "+r"(s1)
                     :
                     : "t2", "t3", "t4", "t5", "t6", "memory" DOOR_CLOBBERS);
    return (err_t)r0;
}

static inline err_t tine_space_clone(cap_t space, uint64_t addr, size_t npages, enum tine_granularity granularity,
                                     cap_t source)
{
    return tine_space_clone_hot(space, addr, npages, granularity, source, 0, 0);
}

static inline err_t tine_space_protect(cap_t space, uint64_t addr, size_t npages, unsigned prot)
{
    return tine_op(TINE_SPACE_PROTECT, space, addr, npages, prot, 0, 0, NULL);
}

static inline err_t tine_space_unmap(cap_t space, uint64_t addr, size_t npages)
{
    return tine_op(TINE_SPACE_UNMAP, space, addr, npages, 0, 0, 0, NULL);
}

/* v: enum tine_page bits of the first page (0: absent), how many pages from there are alike (at most npages). */
static inline err_t tine_space_inspect(cap_t space, uint64_t addr, size_t npages, struct tine_values *v)
{
    return tine_op(TINE_SPACE_INSPECT, space, addr, npages, 0, 0, 0, v);
}

static inline err_t tine_space_device(cap_t space, uint64_t addr, size_t npages, unsigned prot, cap_t device,
                                      size_t offset)
{
    return tine_op(TINE_SPACE_DEVICE, space, addr, npages, prot, device, offset, NULL);
}

/* v: pages mapped, table frames. */
static inline err_t tine_space_count(cap_t space, struct tine_values *v)
{
    return tine_op(TINE_SPACE_COUNT, space, 0, 0, 0, 0, 0, v);
}

/* ---- notifications, timers, interrupts, the machine -------------------------------------------------------------------- */

static inline err_t tine_signal(cap_t notification, uint64_t bits)
{
    return tine_op(TINE_SIGNAL, notification, bits, 0, 0, 0, 0, NULL);
}

static inline err_t tine_wait(cap_t notification, uint64_t *bits)
{
    struct tine_values v;
    err_t err = tine_op(TINE_WAIT, notification, 0, 0, 0, 0, 0, &v);

    *bits = v.a1;
    return err;
}

static inline err_t tine_poll(cap_t notification, uint64_t *bits)
{
    struct tine_values v;
    err_t err = tine_op(TINE_POLL, notification, 0, 0, 0, 0, 0, &v);

    *bits = v.a1;
    return err;
}

static inline err_t tine_bind(cap_t notification, cap_t thread)
{
    return tine_op(TINE_BIND, notification, thread, 0, 0, 0, 0, NULL);
}

static inline err_t tine_timer_arm(cap_t timer, uint64_t when_ticks)
{
    return tine_op(TINE_TIMER_ARM, timer, when_ticks, 0, 0, 0, 0, NULL);
}

static inline err_t tine_interrupt_ack(cap_t interrupt)
{
    return tine_op(TINE_INTERRUPT_ACK, interrupt, 0, 0, 0, 0, 0, NULL);
}

static inline err_t tine_control_log(cap_t control, const char *text, size_t len)
{
    return tine_op(TINE_CONTROL_LOG, control, (unsigned long)text, len, 0, 0, 0, NULL);
}

static inline err_t tine_control_halt(cap_t control, enum tine_halt how, int code)
{
    return tine_op(TINE_CONTROL_HALT, control, how, code, 0, 0, 0, NULL);
}

static inline err_t tine_control_stat(cap_t control, struct tine_stat *stat)
{
    return tine_op(TINE_CONTROL_STAT, control, (unsigned long)stat, 0, 0, 0, 0, NULL);
}

/* *broken becomes the number of invariants that do not hold; each is named in the kernel's log. */
static inline err_t tine_control_check(cap_t control, unsigned long *broken)
{
    struct tine_values v;
    err_t err = tine_op(TINE_CONTROL_CHECK, control, 0, 0, 0, 0, 0, &v);

    *broken = v.a1;
    return err;
}

static inline void tine_yield(void)
{
    tine_op(TINE_YIELD, 0, 0, 0, 0, 0, 0, NULL);
}

/* Ticks of the timebase since reset. */
static inline uint64_t tine_time(void)
{
    uint64_t t;

    __asm__ volatile("rdtime %0" : "=r"(t));
    return t;
}

#endif
