/*
 * From the kernel's start of user space to three running servers: facts, memory, console, vfs, proc. What happens later
 * is in watch.c.
 */
#include "libc/layout.h"
#include "libc/timeout.h"
#include "root.h"
#include "servers/protocol/vfs.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct tine_boot *const boot = (const struct tine_boot *)TINE_BOOT_ADDRESS;
static struct root_machine machine;

static _Alignas(TINE_PAGE_SIZE) union {
    struct root_facts facts;
    char page[TINE_PAGE_SIZE];
} facts_page;
struct root_facts *const facts = &facts_page.facts;
_Static_assert(sizeof(struct root_facts) <= TINE_PAGE_SIZE, "the facts are one page");

static cap_t users_pool, initrd_space, uart_device, uart_interrupt;

_Noreturn void root_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    for (;;)
        tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_OFF, 1);
}

/* For what cannot fail unless memory is far too small. Returns the slot. */
static cap_t slot_or_fail(const char *what)
{
    cap_t slot = cap_take();

    if (!slot)
        root_fail("root: no memory for %s", what);
    return slot;
}

static void must(err_t err, const char *what)
{
    if (err)
        root_fail("root: no %s: error %ld", what, err);
}

/* ---- the servers ----------------------------------------------------------------------------------------------- */

static err_t console_grant(const struct service *service);
static err_t vfs_grant(const struct service *service);
static err_t proc_grant(const struct service *service);

/* Drivers run before those who wait for them, servers before programs (priority 8, proc's choice). */
static struct service console = {
    .name = "console", .priority = 24, .reserve = 128, .grant = console_grant, .restart = true
};
static struct service vfs = { .name = "vfs", .priority = 20, .control = TINE_READ, .grant = vfs_grant };
static struct service proc = { .name = "proc", .priority = 16, .control = TINE_ALL, .grant = proc_grant };
#define ROOT_PRIORITY 28

static err_t console_grant(const struct service *service)
{
    err_t err = service_give(service, ROOT_CONSOLE_DEVICE, uart_device, TINE_READ | TINE_WRITE, 0);

    if (!err)
        err = service_give(service, ROOT_CONSOLE_INTERRUPT, uart_interrupt, TINE_READ | TINE_WRITE, 0);
    if (!err)
        err = service_give(service, ROOT_CONSOLE_VFS_EVENTS, vfs.notification, TINE_WRITE, 0);
    return err;
}

static err_t vfs_grant(const struct service *service)
{
    err_t err = service_give(service, ROOT_VFS_CONSOLE, console.endpoint, TINE_WRITE, 0);

    if (!err)
        err = service_give(service, ROOT_VFS_PROC_EVENTS, proc.notification, TINE_WRITE, 0);
    if (!err && initrd_space)
        err = service_give(service, ROOT_VFS_INITRD, initrd_space, TINE_READ, 0);
    if (!err)
        err = service_give(service, ROOT_VFS_USERS, users_pool, TINE_READ | TINE_WRITE, 0);
    return err;
}

static err_t proc_grant(const struct service *service)
{
    err_t err = service_give(service, ROOT_PROC_VFS, vfs.endpoint, TINE_WRITE, VFS_BADGE_PROC);

    if (!err)
        err = service_give(service, ROOT_PROC_VFS_ROUTE, vfs.endpoint, TINE_WRITE, 0);
    if (!err)
        err = service_give(service, ROOT_PROC_USERS, users_pool, TINE_READ | TINE_WRITE, 0);
    return err;
}

/* ---- facts ----------------------------------------------------------------------------------------------------- */

/* Nanoseconds since 1970 when the timebase was 0. Goldfish RTC: reading TIME_LOW latches TIME_HIGH, in nanoseconds. */
static uint64_t realtime_read(void)
{
    cap_t device = slot_or_fail("the clock");
    uint64_t page = machine.rtc_base & ~(uint64_t)(TINE_PAGE_SIZE - 1);
    volatile uint32_t *rtc = (volatile uint32_t *)(SERVER_DEVICES + (machine.rtc_base - page));
    uint64_t now = 0;

    if (!tine_device_create(TINE_SLOT_POOL, device, TINE_SLOT_CONTROL, page, TINE_PAGE_SIZE) &&
        !tine_space_device(TINE_SLOT_SPACE, SERVER_DEVICES, 1, TINE_PROT_READ, device, 0)) {
        now = rtc[0];
        now |= (uint64_t)rtc[1] << 32;
        now -= ns_from_ticks(tine_time());
        tine_space_unmap(TINE_SLOT_SPACE, SERVER_DEVICES, 1);
    }
    cap_destroy(device);
    return now;
}

static void facts_gather(void)
{
    const char *wrong = machine_read((const void *)boot->dtb, boot->dtb_bytes, &machine, facts);

    if (wrong)
        root_fail("root: %s", wrong);
    facts->timebase_hz = boot->timebase_hz;
    facts->harts = boot->harts;
    facts->initrd_bytes = boot->initrd_bytes;
    facts->initrd_start = boot->initrd & (TINE_PAGE_SIZE - 1);
    ticks_rate(boot->timebase_hz);
    if (machine.rtc_base)
        facts->realtime_ns = realtime_read();
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

/*
 * Who gets what: proc and vfs each have a reserve that no program can eat up, root keeps a little, and programs and
 * file pages share the rest as one pool, so that a fork bomb or a full tmpfs meets that pool's limit and nobody else's.
 */
#define ROOT_KEEPS_FRAMES 128UL

static void memory_divide(void)
{
    struct tine_values balance;
    size_t frames, reserve;

    must(tine_pool_balance(TINE_SLOT_POOL, &balance), "balance of the pool");
    frames = balance.a1 + balance.a2;
    reserve = frames / 64;
    reserve = reserve < 256 ? 256 : reserve > 4096 ? 4096 : reserve;
    if (balance.a2 < 2 * reserve + console.reserve + 2 * ROOT_KEEPS_FRAMES)
        root_fail("root: %lu KiB of memory are too little", balance.a2 * (TINE_PAGE_SIZE / 1024));
    vfs.reserve = proc.reserve = reserve;
    users_pool = slot_or_fail("programs");
    must(tine_pool_split(TINE_SLOT_POOL, users_pool, 0, frames - 2 * reserve - console.reserve - ROOT_KEEPS_FRAMES),
         "pool for programs");
}

/* The initial file system's image moves into a space that vfs alone holds: when vfs drops it, its memory is free. */
static void initrd_pass(void)
{
    uint64_t first = boot->initrd & ~(uint64_t)(TINE_PAGE_SIZE - 1);
    size_t npages = (boot->initrd + boot->initrd_bytes - first + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;

    if (!boot->initrd_bytes)
        return;
    initrd_space = slot_or_fail("the initial file system");
    must(tine_space_create(TINE_SLOT_POOL, initrd_space), "space for the initial file system");
    must(tine_space_share(initrd_space, 0, npages, TINE_PROT_READ, TINE_SLOT_SPACE, first), "initial file system");
    tine_space_unmap(TINE_SLOT_SPACE, first, npages);
}

/* ---- starting -------------------------------------------------------------------------------------------------- */

static void self_prepare(void)
{
    must(tine_endpoint_create(TINE_SLOT_POOL, TINE_SLOT_ENDPOINT), "endpoint");
    must(tine_notification_create(TINE_SLOT_POOL, TINE_SLOT_NOTIFICATION), "notification");
    must(tine_reply_create(TINE_SLOT_POOL, TINE_SLOT_REPLY), "reply object");
    must(tine_bind(TINE_SLOT_NOTIFICATION, TINE_SLOT_THREAD), "notification");
    must(tine_thread_set(TINE_SLOT_THREAD, TINE_FIELD_PRIORITY, ROOT_PRIORITY), "priority");
}

/* What outlives the driver; the interrupt's bit 1 is the only one of its notification. */
static void uart_prepare(void)
{
    uint64_t first = machine.uart_base & ~(uint64_t)(TINE_PAGE_SIZE - 1);

    if (!machine.uart_base || !machine.uart_line)
        root_fail("root: the device tree has no UART that is known (ns16550a, snps,dw-apb-uart, sifive,uart0)");
    uart_device = slot_or_fail("the UART");
    uart_interrupt = slot_or_fail("the UART");
    must(tine_device_create(TINE_SLOT_POOL, uart_device, TINE_SLOT_CONTROL, first, TINE_PAGE_SIZE), "UART");
    must(tine_interrupt_create(TINE_SLOT_POOL, uart_interrupt, TINE_SLOT_CONTROL, machine.uart_line,
                               console.notification, 1),
         "UART interrupt");
}

static void start_all(struct service *const services[], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const char *wrong = service_start(services[i], i + 1, boot);

        if (wrong)
            root_fail("root: cannot start %s: %s", services[i]->name, wrong);
    }
}

/*
 * Boot argument tine.native=NAME: instead of the system, one program of the boot archive that speaks to the kernel
 * itself (tests/native). It has half of the memory, the control capability, and halts the machine when it is done.
 */
static void native_start(const char *name)
{
    static char program[64];
    static struct service native = { .name = program, .priority = 8, .control = TINE_ALL };
    static struct service *const only[] = { &native };
    struct tine_values balance;

    strncpy(program, name, sizeof(program) - 1);
    program[strcspn(program, " ")] = 0;
    must(tine_pool_balance(TINE_SLOT_POOL, &balance), "balance of the pool");
    native.reserve = balance.a2 / 2;
    native.limit = native.reserve;
    must(service_prepare(&native), "endpoint");
    start_all(only, 1);
    watch(only, 1, boot);
}

int main(void)
{
    static struct service *const services[] = { &console, &vfs, &proc };
    const char *native;

    self_prepare();
    facts_gather();
    if (bootarg_find(facts->bootargs, "tine.native=", &native))
        native_start(native);
    memory_divide();
    must(service_prepare(&console) || service_prepare(&vfs) || service_prepare(&proc) ? TINE_ERR_MEMORY : 0,
         "endpoints");
    uart_prepare();
    initrd_pass();
    start_all(services, 3);
    cap_drop(initrd_space);
    watch(services, 3, boot);
}
