/*
 * What the C library asks of its surroundings: an output stream that ends in the kernel's log (where root has granted
 * the control capability; elsewhere it is dropped), memory, and an end.
 */
#include "libc/kernel.h"
#include "libc/layout.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- stdout, a line at a time ---------------------------------------------------------------------------------- */

static char line[160];
static size_t line_len;

static int line_flush(FILE *file)
{
    (void)file;
    tine_control_log(TINE_SLOT_CONTROL, line, line_len);
    line_len = 0;
    return 0;
}

static int line_put(char c, FILE *file)
{
    line[line_len++] = c;
    if (c == '\n' || line_len == sizeof(line))
        line_flush(file);
    return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(line_put, NULL, line_flush, _FDEV_SETUP_WRITE);
FILE *const stdout = &console;
FILE *const stderr = &console;
FILE *const stdin = &console;

/* ---- memory: grows only ---------------------------------------------------------------------------------------- */

#define HEAP_STEP_PAGES 16UL /* pages mapped at once: one kernel operation for many small allocations */

static uintptr_t heap_end = SERVER_HEAP, heap_mapped = SERVER_HEAP;

void *sbrk(ptrdiff_t increment)
{
    uintptr_t old = heap_end;

    if (increment < 0 || (size_t)increment > SERVER_HEAP_END - old) {
        errno = ENOMEM;
        return (void *)-1;
    }
    if (old + (size_t)increment > heap_mapped) {
        size_t missing = (old + (size_t)increment - heap_mapped + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;
        size_t npages = missing > HEAP_STEP_PAGES ? missing : HEAP_STEP_PAGES;

        if (tine_space_zero(TINE_SLOT_SPACE, heap_mapped, npages, TINE_PROT_READ | TINE_PROT_WRITE)) {
            /* Perhaps a part of it came: the next attempt fills in what is missing. */
            errno = ENOMEM;
            return (void *)-1;
        }
        heap_mapped += npages * TINE_PAGE_SIZE;
    }
    heap_end = old + (size_t)increment;
    return (void *)old;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

/* A server has no end that anybody waits for: it faults, and root, its pager, reports and decides. */
_Noreturn void _exit(int status)
{
    (void)status;
    line_flush(&console);
    for (;;)
        __builtin_trap();
}

/* The C library's own way there (failed assertions, a smashed stack) would ask for signals. */
_Noreturn void abort(void)
{
    _exit(1);
}

/* Debian's libfdt is compiled with stack protection and expects these two names. */
unsigned long __stack_chk_guard = 0x595e9fbd94fda766;
_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    _exit(1);
}
