/*
 * Threads: registers, words, and the state of waiting. A thread is in at most one queue: ready on a hart, at an endpoint
 * or at a notification; or it is held by a reply object; or it is stopped.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include "cap.h"
#include "object.h"

struct endpoint;
struct hart;
struct notification;
struct reply;
struct route;
struct space;

/* How a thread came to wait for an answer; decides what it sees of it. */
enum call_kind {
    CALL_NATIVE,  /* CALL: six words and a status */
    CALL_PASSING, /* CALL_CAP: the same, and maybe a capability */
    CALL_ROUTED,  /* personality call: one word */
    CALL_FAULT,   /* fault, exception or attention: nothing */
    CALL_SEND,    /* no answer: goes on as soon as the message is taken */
};

/* Indices into regs.x[]: x[n - 1] is register xn. */
enum reg { REG_RA = 0, REG_SP = 1, REG_TP = 3, REG_T0 = 4, REG_T1 = 5, REG_T2 = 6, REG_S0 = 7, REG_A0 = 9, REG_A1 = 10, REG_A2 = 11,
           REG_A3 = 12, REG_A4 = 13, REG_A5 = 14, REG_A6 = 15, REG_A7 = 16, REG_T3 = 27, REG_T4 = 28 };

enum thread_attention {
    THREAD_ATTENTION = 1, /* it calls its pager */
    THREAD_STOP = 2,      /* it stops: another hart wants it so (harts.h) */
};

struct thread {
    struct tine_registers regs;             /* trap.S: offset 0; pc of a trapped ecall is that of the ecall */
    struct hart *hart;                      /* trap.S: where it runs or ran last */
    struct route *route;                    /* trap.S: null for native threads without personality */
    uint64_t word[TINE_THREAD_WORD_COUNT];  /* trap.S: badges and constants */

    /* state */
    uint8_t state;     /* enum tine_thread_state */
    uint8_t call;      /* enum call_kind, while CALLING, SENDING or WAITING */
    uint8_t priority;  /* thread_set_priority */
    uint8_t attention; /* enum thread_attention: what comes before its next user instruction */
    bool fp_used;      /* has floating-point registers: in `fp`, or in the hart that it owns */
    uint32_t affinity; /* bit mask of hart indices, 0 for any */
    uint32_t beaten_by; /* bits of hart->ready_mask that stand for higher priorities */
    TAILQ_ENTRY(thread) queue;

    /* what it belongs to; each is a reference */
    struct space *space;
    struct cspace *cspace; /* null: the kernel's door is closed to it */
    struct endpoint *pager;

    /* waiting */
    struct endpoint *endpoint;       /* whose queue it is in */
    struct notification *notified;   /* whose queue it is in */
    struct reply *held;              /* that holds it while WAITING */
    struct reply *receive_reply;     /* that shall hold the next caller, while RECEIVING */
    struct notification *bound;      /* whose bits reach it while it receives */
    badge_t badge;                   /* of the message in the queue */
    long label;
    uint64_t message[6];             /* words of a fault or a forwarded message; a call's are in its registers */
    bool words_in_registers;

    /* counters */
    uint64_t ticks;

    struct tine_fp_registers fp;
    struct object head;
};

#define thread_of(object) ((struct thread *)((char *)(object) - offsetof(struct thread, head)))

/* Makes a stopped thread in `space` (borrowed; a reference is taken). `like` null, or the thread that it copies:
 * registers, words, route, pager, priority. A copy of a thread that waits in a routed call stands behind that call, with
 * 0 as its result. */
void thread_init(struct thread *thread, struct space *space, struct cspace *cspace, struct thread *like);

/* Stopped to ready. STATE if it is not stopped or has no space. */
err_t thread_start(struct thread *thread);

/* To stopped from any state; its own call, if any, is forgotten. False: it runs on another hart yet; come again. */
bool thread_stop(struct thread *thread);

/* Ends what a dying thread has to do with others. False as thread_stop. */
bool thread_release(struct thread *thread);

/* Its registers and, where the pointers are not null, its floating-point registers. STATE while it runs elsewhere. */
err_t thread_read(struct thread *thread, struct tine_registers *regs, struct tine_fp_registers *fp);
err_t thread_write(struct thread *thread, const struct tine_registers *regs, const struct tine_fp_registers *fp);

/* It is in no ready queue. */
void thread_set_priority(struct thread *thread, unsigned priority);

/* Before its next user instruction the thread calls its pager. */
void thread_attend(struct thread *thread);

#endif
