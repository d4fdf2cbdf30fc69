/* The hart that executes this: its structure is kept in tp while in the kernel. */
#ifndef RISCV_SELF_H
#define RISCV_SELF_H

struct hart;

static inline struct hart *hart_self(void)
{
    struct hart *self;

    __asm__("mv %0, tp" : "=r"(self));
    return self;
}

static inline void hart_set_self(struct hart *hart)
{
    __asm__ volatile("mv tp, %0" ::"r"(hart));
}

#endif
