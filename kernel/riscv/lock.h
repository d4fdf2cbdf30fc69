/* The lock of the kernel: hart.h says when. In asm as a whole, so that whoever need not take it pays for no part of it. */
#ifndef RISCV_LOCK_H
#define RISCV_LOCK_H

static inline void kernel_lock_take(void)
{
    unsigned long word, taken;

    __asm__ volatile("la %0, kernel_lock_word\n"
                     "1: li %1, 1\n"
                     "amoswap.w.aq %1, %1, (%0)\n"
                     "beqz %1, 3f\n"
                     "2: lw %1, (%0)\n"
                     "bnez %1, 2b\n"
                     "j 1b\n"
                     "3:"
                     : "=&r"(word), "=&r"(taken)
                     :
                     : "memory");
}

static inline void kernel_lock_give(void)
{
    unsigned long word;

    __asm__ volatile("la %0, kernel_lock_word\n"
                     "amoswap.w.rl zero, zero, (%0)"
                     : "=&r"(word)
                     :
                     : "memory");
}

#endif
