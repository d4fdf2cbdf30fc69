/*
 * Debian's libfdt is compiled with stack protection and expects these two names. The guard lies at a fixed value: what
 * libfdt reads is checked beforehand (machine.c), and the stack it runs on has a guard page.
 */
#include <sbi/early.h>

unsigned long __stack_chk_guard = 0x595e9fbd94fda766;

_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    early_puts("libfdt: the stack was overwritten\n");
    machine_halt(false, 1);
}
