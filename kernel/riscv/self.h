/* The hart that executes this: its structure is kept in tp while in the kernel. */
#ifndef RISCV_SELF_H
#define RISCV_SELF_H

struct hart;

static inline struct hart *hart_self(void)
{
    return __builtin_thread_pointer(); /* the register itself, not a copy of it */
}

static inline void hart_set_self(struct hart *hart)
{
    __asm__ volatile("mv tp, %0" ::"r"(hart));
}

#endif
