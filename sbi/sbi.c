#include <sbi/sbi.h>

/* Legacy extension ids, chapter 6: the extension is the function. */
#define LEGACY_CONSOLE_PUTCHAR 1

struct sbi_result {
    long error;
    long value;
};

/* Chapter 3, "Binary Encoding": everything but a0 and a1 is preserved. */
static struct sbi_result sbi_call(long extension, long function, unsigned long arg0, unsigned long arg1,
                                  unsigned long arg2, unsigned long arg3, unsigned long arg4)
{
    register unsigned long a0 __asm__("a0") = arg0;
    register unsigned long a1 __asm__("a1") = arg1;
    register unsigned long a2 __asm__("a2") = arg2;
    register unsigned long a3 __asm__("a3") = arg3;
    register unsigned long a4 __asm__("a4") = arg4;
    register long a6 __asm__("a6") = function;
    register long a7 __asm__("a7") = extension;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){ (long)a0, (long)a1 };
}

bool sbi_probe(long extension)
{
    return sbi_call(SBI_EXT_BASE, 3, extension, 0, 0, 0, 0).value != 0;
}

void sbi_set_timer(uint64_t ticks)
{
    sbi_call(SBI_EXT_TIME, 0, ticks, 0, 0, 0, 0);
}

void sbi_console_putchar(int c)
{
    sbi_call(LEGACY_CONSOLE_PUTCHAR, 0, c, 0, 0, 0, 0);
}

long sbi_send_ipi(unsigned long mask, unsigned long base)
{
    return sbi_call(SBI_EXT_IPI, 0, mask, base, 0, 0, 0).error;
}

long sbi_remote_fence_i(unsigned long mask, unsigned long base)
{
    return sbi_call(SBI_EXT_RFNC, 0, mask, base, 0, 0, 0).error;
}

long sbi_remote_sfence_vma(unsigned long mask, unsigned long base, unsigned long start, unsigned long size)
{
    return sbi_call(SBI_EXT_RFNC, 1, mask, base, start, size, 0).error;
}

long sbi_remote_sfence_vma_asid(unsigned long mask, unsigned long base, unsigned long start, unsigned long size,
                                unsigned long asid)
{
    return sbi_call(SBI_EXT_RFNC, 2, mask, base, start, size, asid).error;
}

long sbi_hart_start(unsigned long hart, unsigned long entry, unsigned long opaque)
{
    return sbi_call(SBI_EXT_HSM, 0, hart, entry, opaque, 0, 0).error;
}

long sbi_hart_status(unsigned long hart)
{
    struct sbi_result result = sbi_call(SBI_EXT_HSM, 2, hart, 0, 0, 0, 0);

    return result.error ? result.error : result.value;
}

long sbi_system_reset(enum sbi_reset type, unsigned long reason)
{
    return sbi_call(SBI_EXT_SRST, 0, type, reason, 0, 0, 0).error;
}

long sbi_debug_console_write(unsigned long paddr, size_t len)
{
    struct sbi_result result = sbi_call(SBI_EXT_DBCN, 0, len, paddr, 0, 0, 0);

    return result.error ? result.error : result.value;
}
