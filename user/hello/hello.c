/*
 * The smallest ordinary Linux program: no C library, two system calls. The first thing to try when nothing else runs:
 * rdinit=/bin/hello.
 */
#include <asm/unistd.h>

static long system_call(long number, long a, long b, long c)
{
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

void _start(void)
{
    static const char text[] = "hello\n";
    long written = system_call(__NR_write, 1, (long)text, sizeof(text) - 1);

    system_call(__NR_exit_group, written != sizeof(text) - 1, 0, 0);
    __builtin_trap();
}
