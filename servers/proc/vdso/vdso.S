/*
 * What must be exactly these instructions: where a signal handler returns to (unwinders recognise it by its bytes), and
 * calls that are nothing but a system call.
 */
#include <asm/unistd.h>

.macro CALL name, number
    .globl \name
    .type \name, @function
    .balign 4
\name:
    .cfi_startproc
    li a7, \number
    ecall
    ret
    .cfi_endproc
    .size \name, . - \name
.endm

    .text
    .globl __vdso_rt_sigreturn
    .type __vdso_rt_sigreturn, @function
    .balign 4
__vdso_rt_sigreturn:
    .cfi_startproc
    .cfi_signal_frame
    li a7, __NR_rt_sigreturn
    ecall
    .cfi_endproc
    .size __vdso_rt_sigreturn, . - __vdso_rt_sigreturn

CALL __vdso_getcpu, __NR_getcpu
CALL __vdso_flush_icache, __NR_riscv_flush_icache

    .section .note.GNU-stack, "", @progbits
