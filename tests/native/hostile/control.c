/* The machine, interrupts and device ranges; and operations that do not exist. */
#include "hostile.h"

static void devices(void)
{
    cap_t c = TINE_SLOT_CONTROL, n = make(TINE_KIND_NOTIFICATION), device = slot(), interrupt = slot(), space;
    uint64_t rom = 0x1000; /* QEMU's: no RAM, nothing to harm */

    expect("device_create: no control", tine_device_create(pool, slot(), n, rom, 4096), TINE_ERR_CAP);
    expect("device_create: control without WRITE", tine_device_create(pool, slot(), with(c, TINE_READ), rom, 4096),
           TINE_ERR_RIGHTS);
    expect("device_create: unaligned", tine_device_create(pool, slot(), c, rom + 8, 4096), TINE_ERR_RANGE);
    expect("device_create: part of a page", tine_device_create(pool, slot(), c, rom, 100), TINE_ERR_RANGE);
    expect("device_create: of no bytes", tine_device_create(pool, slot(), c, rom, 0), TINE_ERR_RANGE);
    expect("device_create: wrapping", tine_device_create(pool, slot(), c, ~0UL << 12, 8192), TINE_ERR_RANGE);
    expect("device_create: RAM", tine_device_create(pool, slot(), c, 0x80000000, 4096), TINE_ERR_RANGE);
    expect("device_create: across RAM", tine_device_create(pool, slot(), c, 0x1000, 1UL << 40), TINE_ERR_RANGE);
    expect("device_create: works", tine_device_create(pool, device, c, rom, 4096), 0);
    space = make(TINE_KIND_SPACE);
    expect("space_device: no device", tine_space_device(space, 0, 1, TINE_PROT_READ, n, 0), TINE_ERR_CAP);
    expect("space_device: beyond its end", tine_space_device(space, 0, 2, TINE_PROT_READ, device, 0), TINE_ERR_RANGE);
    expect("space_device: from beyond its end", tine_space_device(space, 0, 1, TINE_PROT_READ, device, 4096),
           TINE_ERR_RANGE);
    expect("space_device: unaligned", tine_space_device(space, 4, 1, TINE_PROT_READ, device, 0), TINE_ERR_RANGE);
    expect("space_device: works", tine_space_device(space, 0, 1, TINE_PROT_READ, device, 0), 0);
    expect("space_read: a device is not memory", tine_space_read(space, 0, &rom, 8, NULL), TINE_ERR_FAULT);

    expect("interrupt_create: no control", tine_interrupt_create(pool, slot(), n, 3, n, 1), TINE_ERR_CAP);
    expect("interrupt_create: no notification", tine_interrupt_create(pool, slot(), c, 3, c, 1), TINE_ERR_CAP);
    expect("interrupt_create: no such line", tine_interrupt_create(pool, slot(), c, 1 << 20, n, 1), TINE_ERR_ARG);
    expect("interrupt_create: line 0", tine_interrupt_create(pool, slot(), c, 0, n, 1), TINE_ERR_ARG);
    expect("interrupt_create: works", tine_interrupt_create(pool, interrupt, c, 3, n, 1), 0);
    expect("interrupt_create: somebody has it", tine_interrupt_create(pool, slot(), c, 3, n, 1), TINE_ERR_STATE);
    expect("interrupt_ack: another kind", tine_interrupt_ack(n), TINE_ERR_CAP);
    expect("interrupt_ack: without WRITE", tine_interrupt_ack(with(interrupt, TINE_READ)), TINE_ERR_RIGHTS);
    expect("interrupt_ack: unasked", tine_interrupt_ack(interrupt), 0);
}

static void machine(void)
{
    cap_t wrong = make(TINE_KIND_ENDPOINT), weak = with(TINE_SLOT_CONTROL, 0);
    cap_t reader = with(TINE_SLOT_CONTROL, TINE_READ);
    unsigned long broken;

    expect("control_log: another kind", tine_control_log(wrong, "", 0), TINE_ERR_CAP);
    expect("control_log: without rights", tine_control_log(weak, "", 0), TINE_ERR_RIGHTS);
    expect("control_log: from nowhere", tine_control_log(TINE_SLOT_CONTROL, (char *)NOWHERE, 8), TINE_ERR_FAULT);
    expect("control_log: far too much", tine_control_log(TINE_SLOT_CONTROL, "", 1 << 20), TINE_ERR_ARG);
    expect("control_halt: another kind", tine_control_halt(wrong, TINE_HALT_OFF, 0), TINE_ERR_CAP);
    expect("control_log: READ is enough", tine_control_log(reader, "", 0), 0);
    expect("control_halt: without WRITE", tine_control_halt(reader, TINE_HALT_OFF, 0), TINE_ERR_RIGHTS);
    expect("control_halt: no such way", tine_control_halt(TINE_SLOT_CONTROL, 9, 0), TINE_ERR_ARG);
    expect("control_halt: crash without WRITE", tine_control_halt(reader, TINE_HALT_CRASH, 0), TINE_ERR_RIGHTS);
    expect("control_stat: another kind", tine_control_stat(wrong, (void *)ROOM), TINE_ERR_CAP);
    expect("control_stat: to nowhere", tine_control_stat(TINE_SLOT_CONTROL, (void *)NOWHERE), TINE_ERR_FAULT);
    expect("control_stat: without rights", tine_control_stat(weak, (void *)ROOM), TINE_ERR_RIGHTS);
    expect("control_check: without WRITE", tine_control_check(reader, &broken), TINE_ERR_RIGHTS);
    expect("control_check: another kind", tine_control_check(wrong, &broken), TINE_ERR_CAP);
}

void test_control(void)
{
    static const long operations[] = { 0, TINE_OPS, TINE_OPS + 1, 1000, 1L << 40, INT64_MAX };

    devices();
    machine();
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (operations[i])
            expect("no such operation", tine_op(operations[i], 1, 2, 3, 4, 5, 6, NULL), TINE_ERR_CALL);
}
