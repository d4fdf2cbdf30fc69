/* The log, and panic: see print.h. */

#include "print.h"
#include "hart.h"
#include <riscv/backtrace.h>
#include <riscv/csr.h>
#include <sbi/early.h>
#include <stdarg.h>
#include <stdio.h>

static void log_arguments(const char *format, va_list arguments)
{
    char line[256];
    int len = vsnprintf(line, sizeof(line), format, arguments);

    if (len > 0)
        early_write(line, len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

void kernel_log(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_arguments(format, arguments);
    va_end(arguments);
}

static void log_registers(const struct tine_registers *regs)
{
    static const char *const names[] = { "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1",
                                         "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6",
                                         "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };

    kernel_log("  pc %16lx ", regs->pc);
    for (unsigned i = 0; i < 31; i++)
        kernel_log("%4s %16lx%s", names[i], regs->x[i], i % 4 == 2 ? "\n" : " ");
}

static void log_thread(const struct thread *thread)
{
    kernel_log("thread %p ran: priority %u, words %lx %lx %lx %lx\n", (const void *)thread, thread->priority,
               thread->word[0], thread->word[1], thread->word[4], thread->word[5]);
    log_registers(&thread->regs);
}

/* The state of things and the end. `at` is where the kernel trapped, or null. A panic in here says no more. */
static _Noreturn void die(const struct tine_registers *at, const void *stack)
{
    static bool dying;

    if (dying)
        machine_halt(false, 3);
    dying = true;
    kernel_log("\nscause %lx stval %lx sepc %lx sstatus %lx\n", csr_read(scause), csr_read(stval), csr_read(sepc),
               csr_read(sstatus));
    if (at) {
        kernel_log("registers of the kernel:\n");
        log_registers(at);
        stack = (const void *)at->x[REG_SP];
        log_address(at->pc);
    }
    backtrace(stack);
    if (hart_self() && hart_self()->current)
        log_thread(hart_self()->current);
    machine_halt(false, 3);
}

void panic(const char *format, ...)
{
    va_list arguments;

    kernel_log("\nkernel panic: ");
    va_start(arguments, format);
    log_arguments(format, arguments);
    va_end(arguments);
    die(NULL, __builtin_frame_address(0));
}

void panic_trap(const struct tine_registers *at)
{
    kernel_log("\nkernel panic: trap in the kernel");
    die(at, NULL);
}
