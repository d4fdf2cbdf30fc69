/*
 * The short way of a message: straight from the registers of the one who sends it to those of the one who waits for it,
 * where nothing is unusual. Calls, routed calls and answers come here first, from riscv/trap.S, with the six words still in
 * a0-a5, where the other side wants them; that side's registers are then loaded without them.
 *
 * Each function decides by looking only. If all is as usual (somebody waits, may run here now;
 * nobody more important is ready) it does what endpoint.h and reply.h would have done. Otherwise it has changed nothing and
 * goes on with trap_ecall, which knows everything. So what the operations mean is said there; here they are only fast.
 */
#ifndef KERNEL_DIRECT_H
#define KERNEL_DIRECT_H

#include <stdint.h>

struct endpoint;
struct hart;
struct thread;

/* Call number `nr` of the running thread's personality, which has a route that leads it to slot `slot`. All registers
 * are saved. */
void direct_routed(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5, unsigned long slot,
                   unsigned long nr);

/* The same of a call whose target has TINE_ROUTE_FETCH. */
void direct_routed_fetching(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5,
                            unsigned long slot, unsigned long nr);

/* TINE_CALL by a thread with a capability space; the register a6 names the endpoint. All registers are saved. */
void direct_call(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5, unsigned long index);

/* TINE_REPLY_RECEIVE by one; a6 names the endpoint. Of the registers that it does not preserve only t0-t2, t4, a6 and a7 are
 * saved. */
void direct_reply_receive(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5,
                          unsigned long index);

/* A fault or other event of `thread`, which its pager is to be told in six words. Returns only if that is not as usual. */
void direct_event(struct hart *hart, struct thread *thread, struct endpoint *pager, long label, const uint64_t *w);

#endif
