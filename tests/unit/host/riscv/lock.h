/* Stands in for kernel/riscv/lock.h: a test says what becomes of it. */
void kernel_lock_take(uint64_t *waits);
void kernel_lock_give(void);
