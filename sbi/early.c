#include <riscv/csr.h>
#include <riscv/layout.h>
#include <sbi/early.h>
#include <sbi/machine.h>
#include <sbi/sbi.h>
#include <string.h>

/* SiFive test finisher: one register; status in the low half, exit code in the high one. */
#define FINISHER_FAIL 0x3333

static enum { CONSOLE_UNKNOWN, CONSOLE_DBCN, CONSOLE_LEGACY } console;
static volatile uint32_t *finisher;
static bool stimecmp;

bool csr_has_stimecmp(void);

static void put(char c)
{
    static char byte; /* in the image, so that its physical address is known */

    if (console == CONSOLE_UNKNOWN)
        console = sbi_probe(SBI_EXT_DBCN) ? CONSOLE_DBCN : CONSOLE_LEGACY;
    if (console == CONSOLE_LEGACY) {
        sbi_console_putchar(c);
        return;
    }
    byte = c;
    while (sbi_debug_console_write(image_to_phys(&byte), 1) == 0)
        ;
}

void early_write(const char *text, size_t len)
{
    for (; len > 0; text++, len--) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

void early_puts(const char *text)
{
    early_write(text, strlen(text));
}

void machine_halt(bool reboot, int code)
{
    if (code != 0 && finisher)
        *finisher = (uint32_t)(code & 0xffff) << 16 | FINISHER_FAIL;
    sbi_system_reset(reboot ? SBI_RESET_COLD_REBOOT : SBI_RESET_SHUTDOWN, 0);
    early_puts("The firmware does not end this machine: switch it off.\n");
    csr_write(sie, 0);
    for (;;)
        wait_for_interrupt();
}

void finisher_init(const struct machine *machine)
{
    if (machine->test_finisher)
        finisher = phys_to_virt(machine->test_finisher);
}

void timer_init(const struct machine *machine)
{
    stimecmp = machine->sstc && csr_has_stimecmp();
}

void timer_set(uint64_t ticks)
{
    if (stimecmp)
        csr_write(0x14d, ticks); /* stimecmp, Sstc extension */
    else
        sbi_set_timer(ticks);
}
