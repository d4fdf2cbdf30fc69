/* Supervisor CSRs, by the names and bits of the RISC-V privileged specification, chapter "Supervisor-Level ISA". */
#ifndef RISCV_CSR_H
#define RISCV_CSR_H

#include <stdint.h>

#define csr_read(csr)                                                                                                  \
    ({                                                                                                                 \
        unsigned long value_;                                                                                          \
        __asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory");                                                   \
        value_;                                                                                                        \
    })
#define csr_write(csr, value) __asm__ volatile("csrw " #csr ", %0" ::"rK"((unsigned long)(value)) : "memory")
#define csr_set(csr, value)   __asm__ volatile("csrs " #csr ", %0" ::"rK"((unsigned long)(value)) : "memory")
#define csr_clear(csr, value) __asm__ volatile("csrc " #csr ", %0" ::"rK"((unsigned long)(value)) : "memory")

#define SSTATUS_SIE      (1ul << 1)
#define SSTATUS_SPIE     (1ul << 5)
#define SSTATUS_SPP      (1ul << 8)
#define SSTATUS_FS       (3ul << 13)
#define SSTATUS_FS_INITIAL (1ul << 13)
#define SSTATUS_SUM      (1ul << 18)
#define SSTATUS_MXR      (1ul << 19)

#define SIE_SSIE (1ul << 1)
#define SIE_STIE (1ul << 5)
#define SIE_SEIE (1ul << 9)

#define SCAUSE_INTERRUPT         (1ul << 63)
#define SCAUSE_SOFTWARE          (SCAUSE_INTERRUPT | 1)
#define SCAUSE_TIMER             (SCAUSE_INTERRUPT | 5)
#define SCAUSE_EXTERNAL          (SCAUSE_INTERRUPT | 9)
#define SCAUSE_ILLEGAL           2ul
#define SCAUSE_ECALL_USER        8ul
#define SCAUSE_FETCH_PAGE_FAULT  12ul
#define SCAUSE_LOAD_PAGE_FAULT   13ul
#define SCAUSE_STORE_PAGE_FAULT  15ul

#define SCOUNTEREN_TIME (1ul << 1)
#define SCOUNTEREN_CYCLE (1ul << 0)
#define SCOUNTEREN_INSTRET (1ul << 2)

static inline void wait_for_interrupt(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

static inline uint64_t time_now(void)
{
    uint64_t t;

    __asm__ volatile("rdtime %0" : "=r"(t));
    return t;
}

#endif
