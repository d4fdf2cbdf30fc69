/* The lock of the kernel: hart.h says when. In asm as a whole, so that whoever need not take it pays for no part of it. */
#ifndef RISCV_LOCK_H
#define RISCV_LOCK_H

#include <stdint.h>

/* Test and set: no queue, for in an emulator or a guest the next in a queue may not be running. *waits is one more each
 * time that somebody else had it. */
extern uint32_t kernel_lock_word;

static inline void kernel_lock_take(uint64_t *waits)
{
    unsigned long word, taken;

    __asm__ volatile("la %0, kernel_lock_word\n"
                     "1: li %1, 1\n"
                     "amoswap.w.aq %1, %1, (%0)\n"
                     "beqz %1, 3f\n"
                     "ld %1, (%2)\n"
                     "addi %1, %1, 1\n"
                     "sd %1, (%2)\n"
                     "2: lw %1, (%0)\n"
                     "bnez %1, 2b\n"
                     "j 1b\n"
                     "3:"
                     : "=&r"(word), "=&r"(taken)
                     : "r"(waits)
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
