/*
 * Without frame pointers, which would cost every call of the kernel two instructions and a register, a back trace is a
 * reading of the stack: every word that points behind a call instruction in the text is shown. Old words may be among
 * them; the true ones are there, in order.
 */

#include "../hart.h"
#include "../print.h"
#include <riscv/backtrace.h>
#include <riscv/layout.h>
#include <sbi/embed.h>
#include <stdbool.h>
#include <stdint.h>

/* Made by tools/symbols from the image linked without it: sorted by address. */
struct symbol {
    uint64_t offset; /* from KERNEL_BASE */
    const char *name;
};
extern const struct symbol kernel_symbols[];
extern const unsigned long kernel_symbol_count;

#define LINES_MAX 24

static bool follows_call(uintptr_t address)
{
    const uint16_t *at = (const uint16_t *)address;

    if (address < (uintptr_t)image_start + 4 || address > (uintptr_t)image_text_end || address & 1)
        return false;
    /* jal or jalr with rd = ra (4 bytes), or c.jalr (2 bytes). */
    return (at[-2] & 0xfff) == 0x0ef || (at[-2] & 0xfff) == 0x0e7 || (at[-1] & 0xf07f) == 0x9002;
}

void log_address(uintptr_t address)
{
    uint64_t offset = address - KERNEL_BASE;
    unsigned long low = 0, high;

    if (!kernel_symbol_count) {
        kernel_log("  %lx\n", address);
        return;
    }
    for (high = kernel_symbol_count; high - low > 1;) {
        unsigned long middle = (low + high) / 2;

        if (kernel_symbols[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    kernel_log("  %lx %s+0x%lx\n", address, kernel_symbols[low].name, offset - kernel_symbols[low].offset);
}

void backtrace(const void *sp)
{
    uintptr_t word = (uintptr_t)sp & ~7ul;
    uintptr_t top = (word | (STACK_STRIDE - 1)) + 1;
    unsigned lines = 0;

    if (word < RESIDENTS_BASE || (word >= RESIDENTS_END && word < STACKS_BASE))
        return; /* no stack of a hart or of a resident server */
    if (word >= STACKS_BASE + (vaddr_t)hart_count * STACK_STRIDE)
        return;
    if (word >= STACKS_BASE && word < top - STACK_STRIDE + STACK_GUARD) /* it has overflowed */
        word = top - STACK_STRIDE + STACK_GUARD;
    kernel_log("back trace (words of the stack that follow a call):\n");
    for (; word < top && lines < LINES_MAX; word += 8) {
        uintptr_t address = *(const uintptr_t *)word;

        if (follows_call(address)) {
            log_address(address);
            lines++;
        }
    }
}
