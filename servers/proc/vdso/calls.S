/* What must be an instruction sequence of its own: the return from a signal handler, which unwinders know by sight, and
 * calls that are system calls after all but that C libraries look for here. */
#include <asm/unistd.h>

	.text
	/* Unwinders look up what lies before a return address: that must not be the end of another function. */
	nop
	.balign 4
	.globl __vdso_rt_sigreturn
	.type __vdso_rt_sigreturn, @function
__vdso_rt_sigreturn:
	.cfi_startproc
	.cfi_signal_frame
	li a7, __NR_rt_sigreturn
	ecall
	.cfi_endproc
	.size __vdso_rt_sigreturn, . - __vdso_rt_sigreturn

	.globl __vdso_getcpu
	.type __vdso_getcpu, @function
__vdso_getcpu:
	.cfi_startproc
	li a7, __NR_getcpu
	ecall
	ret
	.cfi_endproc
	.size __vdso_getcpu, . - __vdso_getcpu

	.globl __vdso_flush_icache
	.type __vdso_flush_icache, @function
__vdso_flush_icache:
	.cfi_startproc
	li a7, __NR_riscv_flush_icache
	ecall
	ret
	.cfi_endproc
	.size __vdso_flush_icache, . - __vdso_flush_icache

	.section .note.GNU-stack, "", @progbits
