/* Offsets and constants that trap.S relies on; trap.c asserts that the structures agree. */
#ifndef RISCV_OFFSETS_H
#define RISCV_OFFSETS_H

#define THREAD_HART  256
#define THREAD_ROUTE 264
#define THREAD_WORD  272
#define THREAD_CSPACE 440
#define THREAD_STATE 400
#define THREAD_ATTENTION_DUE 403
#define THREAD_BEATEN_BY 412
#define HART_STACK   0
#define HART_CURRENT 8
#define HART_READY_MASK 56
#define HART_CAREFUL 64
#define HART_STORAGE 16 /* where residents find their thread-local variables: libc/mono, sbi/image.lds */

#ifdef __ASSEMBLER__
#define TINE_ROUTE_CALLS 512
#define TINE_ROUTE_SLOTS 4
#define TINE_CALL 1
#define TINE_REPLY_RECEIVE 3
#define TINE_OPS 65
#define TINE_THREAD_READY 1
#define INVOKE_AGAIN 1
#endif

#endif
