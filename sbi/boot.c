/*
 * What happens between entry.S and kernel_main: read the device tree, take the machine's ranges down, give every part
 * of the image just its rights. Whatever is wrong here ends the machine with a sentence and exit code 1.
 */
#include <main.h>
#include <sbi/boot.h>
#include <sbi/early.h>
#include <sbi/embed.h>
#include <sbi/machine.h>
#include <sbi/paging.h>

paddr_t image_base;

static struct machine machine;

static _Noreturn void give_up(const char *why)
{
    early_puts("tine: ");
    early_puts(why);
    early_puts("\n");
    machine_halt(false, 1);
}

static void put_hex(const char *name, unsigned long value)
{
    early_puts(name);
    for (int shift = 60; shift >= 0; shift -= 4)
        early_write(&"0123456789abcdef"[value >> shift & 15], 1);
}

void boot_trap(unsigned long cause, unsigned long pc, unsigned long address)
{
    put_hex("tine: trap at boot: cause ", cause);
    put_hex(" pc ", pc);
    put_hex(" address ", address);
    give_up(" ");
}

void boot_main(unsigned long hart, paddr_t dtb)
{
    const char *wrong;

    if (dtb == 0 || dtb % 8 != 0 || dtb >= PHYSICAL_END)
        give_up("device tree: the boot loader gave none (a1)");
    wrong = machine_read(&machine, phys_to_virt(dtb), dtb, hart);
    finisher_init(&machine);
    if (!wrong && !machine_reserve(&machine, image_base, image_to_phys(image_end)))
        wrong = "device tree: more reserved ranges than we take";
    if (!wrong)
        wrong = paging_init(&machine);
    if (wrong)
        give_up(wrong);
    stack_switch(stack_top(0), kernel_main, &machine);
}
