/*
 * Calls to the firmware: RISC-V Supervisor Binary Interface Specification 1.0 (DBCN: 2.0). Chapter numbers are those of
 * 1.0. Errors are the specification's (section 3.1): 0 or negative.
 *
 * Harts are named by a mask relative to a base hart id; base SBI_ALL_HARTS means all and the mask is not read.
 */
#ifndef SBI_SBI_H
#define SBI_SBI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SBI_ALL_HARTS (~0ul)

/* Extension ids. */
#define SBI_EXT_BASE 0x10
#define SBI_EXT_TIME 0x54494d45
#define SBI_EXT_IPI 0x735049
#define SBI_EXT_RFNC 0x52464e43
#define SBI_EXT_HSM 0x48534d
#define SBI_EXT_SRST 0x53525354
#define SBI_EXT_DBCN 0x4442434e

enum sbi_hart_state { SBI_HART_STARTED, SBI_HART_STOPPED, SBI_HART_START_PENDING, SBI_HART_STOP_PENDING };
enum sbi_reset { SBI_RESET_SHUTDOWN, SBI_RESET_COLD_REBOOT, SBI_RESET_WARM_REBOOT };

/* Chapter 4: whether the firmware has an extension. */
bool sbi_probe(long extension);

/* Chapter 5: the next supervisor timer interrupt, in absolute ticks; ~0 for none. Clears a pending one. */
void sbi_set_timer(uint64_t ticks);

/* Chapter 6: the last resort of a console: firmware without DBCN. */
void sbi_console_putchar(int c);

/* Chapter 7: a supervisor software interrupt. */
long sbi_send_ipi(unsigned long mask, unsigned long base);

/* Chapter 8: fences on other harts, complete when the call returns. A size of ~0 means all addresses. */
long sbi_remote_fence_i(unsigned long mask, unsigned long base);
long sbi_remote_sfence_vma(unsigned long mask, unsigned long base, unsigned long start, unsigned long size);
long sbi_remote_sfence_vma_asid(unsigned long mask, unsigned long base, unsigned long start, unsigned long size,
                                unsigned long asid);

/* Chapter 9. `entry` is physical and runs with paging off, a0 the hart id and a1 `opaque`. */
long sbi_hart_start(unsigned long hart, unsigned long entry, unsigned long opaque);
long sbi_hart_status(unsigned long hart);

/* Chapter 10: returns only if the firmware cannot. */
long sbi_system_reset(enum sbi_reset type, unsigned long reason);

/* DBCN: writes up to `len` bytes at a physical address; returns how many, or a negative error. */
long sbi_debug_console_write(unsigned long paddr, size_t len);

#endif
