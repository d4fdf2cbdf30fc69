/* The kernel's log, by the firmware's console, and the end of everything. */
#ifndef KERNEL_PRINT_H
#define KERNEL_PRINT_H

/* printf to the console; one call is one write. At most 255 characters come out. */
void kernel_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something is wrong that only a bug can cause: prints why, registers, the thread and a back trace, and stops the
 * machine with exit code 3. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same where the kernel itself trapped, with its registers there. riscv/trap.S calls it. */
struct tine_registers;
_Noreturn void panic_trap(const struct tine_registers *at);

/* States what the code relies on. */
#define kassert(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            panic("%s:%d: %s", __FILE__, __LINE__, #condition);                                                        \
    } while (0)

#endif
