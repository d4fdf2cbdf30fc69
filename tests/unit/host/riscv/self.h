/* Stands in for kernel/riscv/self.h: the hart that a test says it is. */
#ifndef RISCV_SELF_H
#define RISCV_SELF_H

struct hart;

extern struct hart *host_self;

static inline struct hart *hart_self(void)
{
    return host_self;
}

static inline void hart_set_self(struct hart *hart)
{
    host_self = hart;
}

#endif
