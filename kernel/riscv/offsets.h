/* Offsets and constants that trap.S relies on; trap.c asserts that the structures agree. */
#ifndef RISCV_OFFSETS_H
#define RISCV_OFFSETS_H

#define THREAD_HART  256
#define THREAD_ROUTE 264
#define THREAD_WORD  272
#define HART_STACK   0

#ifdef __ASSEMBLER__
#define TINE_ROUTE_CALLS 512
#define TINE_ROUTE_SLOTS 4
#endif

#endif
