/* sbi/machine.c: trees compiled by dtc, the tree of the present QEMU, and trees broken on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>
#include <sbi/machine.h>

#define DTB_AT 0x87e00000ul
#define TREE_MAX 65536

static char tree[TREE_MAX];
static struct machine m;

/* What a command prints, into `tree`, with room to edit. */
static void load(const char *command)
{
    FILE *f = popen(command, "r");
    char raw[TREE_MAX];
    size_t len;

    assert_non_null(f);
    len = fread(raw, 1, sizeof(raw), f);
    assert_int_equal(pclose(f), 0);
    assert_true(len > 0);
    assert_int_equal(fdt_open_into(raw, tree, sizeof(tree)), 0);
}

static void load_dts(const char *name)
{
    char command[200];

    snprintf(command, sizeof(command), "dtc -q -I dts -O dtb tests/unit/trees/%s.dts", name);
    load(command);
}

static const char *read_tree(unsigned long boot_hart)
{
    return machine_read(&m, tree, DTB_AT, boot_hart);
}

static void assert_ok(unsigned long boot_hart)
{
    const char *wrong = read_tree(boot_hart);

    if (wrong)
        fail_msg("%s", wrong);
}

static void assert_wrong(const char *about)
{
    const char *wrong = read_tree(0);

    assert_non_null(wrong);
    if (!strstr(wrong, about))
        fail_msg("\"%s\" does not speak of \"%s\"", wrong, about);
}

static int node(const char *path)
{
    int offset = fdt_path_offset(tree, path);

    assert_true(offset >= 0);
    return offset;
}

static void remove_property(const char *path, const char *name)
{
    assert_int_equal(fdt_delprop(tree, node(path), name), 0);
}

static bool reserved(paddr_t address)
{
    for (unsigned i = 0; i < m.reserved.count; i++)
        if (address >= m.reserved.at[i].start && address < m.reserved.at[i].end)
            return true;
    return false;
}

static void test_virt(void **state)
{
    load_dts("virt");
    assert_ok(1);
    assert_int_equal(m.ram.count, 1);
    assert_int_equal(m.ram.at[0].start, 0x80000000);
    assert_int_equal(m.ram.at[0].end, 0xa0000000);
    assert_int_equal(m.hart_count, 2);
    assert_int_equal(m.harts[0].id, 1);
    assert_int_equal(m.harts[0].plic_context, 3);
    assert_int_equal(m.harts[1].id, 0);
    assert_int_equal(m.harts[1].plic_context, 1);
    assert_int_equal(m.timebase_hz, 10000000);
    assert_true(m.sstc);
    assert_int_equal(m.plic.base, 0xc000000);
    assert_int_equal(m.plic.size, 0x600000);
    assert_int_equal(m.plic.lines, 96);
    assert_int_equal(m.uart.base, 0x10000000);
    assert_string_equal(m.uart.compatible, "ns16550a");
    assert_int_equal(m.uart.reg_shift, 0);
    assert_int_equal(m.uart.reg_io_width, 1);
    assert_int_equal(m.uart.irq, 10);
    assert_int_equal(m.uart.clock_hz, 3686400);
    assert_int_equal(m.test_finisher, 0x100000);
    assert_int_equal(m.initrd.start, 0x88200000);
    assert_int_equal(m.initrd.end, 0x88300123);
    assert_string_equal(m.bootargs, "console=ttyS0 quiet");
    assert_true(reserved(0x80000000) && reserved(0x8007ffff) && !reserved(0x80080000));
    assert_true(reserved(DTB_AT) && reserved(0x88300fff) && !reserved(0x88301000));
    assert_true(reserved(0x9ff00000) && !reserved(0x9ff01000));
}

/* The tree of Debian's kernel for the VisionFive 2, and what a vendor's says of hart 0. */
static void test_visionfive2(void **state)
{
    load("cat build/visionfive2.dtb");
    for (int vendor = 0; vendor < 2; vendor++) {
        assert_ok(3);
        assert_int_equal(m.ram.count, 1);
        assert_int_equal(m.ram.at[0].start, 0x40000000);
        assert_int_equal(m.timebase_hz, 4000000);
        assert_false(m.sstc);
        assert_int_equal(m.hart_count, 4);
        assert_int_equal(m.harts_ignored, 1);
        assert_int_equal(m.harts[0].id, 3);
        for (unsigned i = 0; i < m.hart_count; i++) {
            assert_in_range(m.harts[i].id, 1, 4);
            assert_int_equal(m.harts[i].plic_context, 2 * m.harts[i].id);
        }
        assert_int_equal(m.plic.base, 0xc000000);
        assert_int_equal(m.plic.lines, 136);
        assert_int_equal(m.uart.base, 0x10000000);
        assert_int_equal(m.uart.irq, 32);
        assert_string_equal(m.uart.compatible, "snps,dw-apb-uart");
        assert_int_equal(m.uart.reg_shift, 2);
        assert_int_equal(m.uart.reg_io_width, 4);
        assert_int_equal(m.test_finisher, 0);
        assert_int_equal(fdt_setprop_string(tree, node("/cpus/cpu@0"), "status", "okay"), 0);
        assert_int_equal(fdt_setprop_string(tree, node("/cpus/cpu@0"), "mmu-type", "riscv,sv39"), 0);
    }
    assert_non_null(read_tree(0));
}

static void test_board(void **state)
{
    load_dts("board");
    assert_ok(2);
    assert_int_equal(m.ram.count, 2);
    assert_int_equal(m.ram.at[0].start, 0x40000000);
    assert_int_equal(m.ram.at[0].end, 0x140000000); /* whole pages: 0x800 bytes less */
    assert_int_equal(m.ram.at[1].start, 0x240000000);
    assert_int_equal(m.hart_count, 2);
    assert_int_equal(m.harts_ignored, 1);
    assert_int_equal(m.harts[0].id, 2);
    assert_int_equal(m.harts[0].plic_context, 4);
    assert_int_equal(m.harts[1].plic_context, 2);
    assert_false(m.sstc);
    assert_int_equal(m.uart.base, 0x10000000);
    assert_string_equal(m.uart.compatible, "snps,dw-apb-uart");
    assert_int_equal(m.uart.reg_shift, 2);
    assert_int_equal(m.uart.reg_io_width, 4);
    assert_int_equal(m.uart.irq, 32);
    assert_int_equal(m.test_finisher, 0);
    assert_int_equal(m.initrd.end, 0);
    assert_string_equal(m.bootargs, "");
    assert_non_null(read_tree(0)); /* the hart without an MMU */
}

static void test_wide_cells(void **state)
{
    load_dts("wide");
    assert_ok(7);
    assert_int_equal(m.ram.count, 1);
    assert_int_equal(m.ram.at[0].start, 0x80000000);
    assert_int_equal(m.timebase_hz, 1000000);
    assert_int_equal(m.plic.base, 0xc000000);
    assert_int_equal(m.uart.base, 0);
    assert_false(m.sstc);
}

static void test_qemu(void **state)
{
    load("qemu-system-riscv64 -M virt,dumpdtb=build/unit/virt.dtb -m 4G -smp 4 > /dev/null 2>&1; dtc -q -I dtb -O dtb "
         "build/unit/virt.dtb");
    assert_ok(3);
    assert_int_equal(m.hart_count, 4);
    assert_int_equal(m.harts[0].plic_context, 7);
    assert_int_equal(m.ram.at[0].end - m.ram.at[0].start, 4ul << 30);
    assert_int_equal(m.uart.irq, 10);
    assert_int_equal(m.test_finisher, 0x100000);
}

static void test_unreserved(void **state)
{
    struct ranges free;

    load_dts("virt");
    assert_ok(0);
    assert_true(machine_reserve(&m, 0x80200000, 0x80400001));
    machine_free(&m, &free);
    assert_int_equal(free.count, 5);
    assert_int_equal(free.at[0].start, 0x80080000);
    assert_int_equal(free.at[0].end, 0x80200000);
    assert_int_equal(free.at[1].start, 0x80401000);
    assert_int_equal(free.at[1].end, DTB_AT);
    assert_int_equal(free.at[4].start, 0x9ff01000);
    assert_int_equal(free.at[4].end, 0xa0000000);
    assert_true(machine_reserve(&m, 0, ~0ul)); /* everything */
    machine_free(&m, &free);
    assert_int_equal(free.count, 0);
}

/* More holes than there is room for: what is given is free, whatever is lost. */
static void test_unreserved_crowded(void **state)
{
    struct ranges free;

    load_dts("virt");
    assert_ok(0);
    while (machine_reserve(&m, 0x90000000 + m.reserved.count * 0x10000, 0x90001000 + m.reserved.count * 0x10000))
        ;
    machine_free(&m, &free);
    assert_true(free.count <= MACHINE_RANGES_MAX);
    for (unsigned i = 0; i < free.count; i++) {
        assert_true(free.at[i].start < free.at[i].end);
        assert_true(i == 0 || free.at[i - 1].end < free.at[i].start);
        for (unsigned r = 0; r < m.reserved.count; r++)
            assert_true(free.at[i].end <= m.reserved.at[r].start || free.at[i].start >= m.reserved.at[r].end);
    }
}

static void test_missing(void **state)
{
    load_dts("virt");
    remove_property("/memory@80000000", "device_type");
    assert_wrong("memory");
    load_dts("virt");
    remove_property("/memory@80000000", "reg");
    assert_wrong("memory");
    load_dts("virt");
    remove_property("/cpus", "timebase-frequency");
    assert_wrong("timebase");
    load_dts("virt");
    assert_int_equal(fdt_del_node(tree, node("/cpus")), 0);
    assert_wrong("/cpus");
    load_dts("virt");
    remove_property("/cpus/cpu@0", "mmu-type");
    assert_wrong("hart");
    load_dts("virt");
    assert_int_equal(fdt_del_node(tree, node("/soc/plic@c000000")), 0);
    assert_wrong("PLIC");
    load_dts("virt");
    remove_property("/soc/plic@c000000", "riscv,ndev");
    assert_wrong("riscv,ndev");
    load_dts("virt");
    remove_property("/soc/plic@c000000", "interrupts-extended");
    assert_wrong("PLIC");
    load_dts("virt");
    remove_property("/soc", "ranges");
    assert_wrong("PLIC");
}

static void test_wrong_values(void **state)
{
    const char unterminated[3] = { 'a', 'b', 'c' };

    load_dts("virt");
    assert_int_equal(fdt_setprop_u32(tree, node("/chosen"), "linux,initrd-start", 0x10), 0);
    assert_wrong("initrd");
    load_dts("virt");
    assert_int_equal(fdt_setprop_u32(tree, node("/chosen"), "linux,initrd-start", 0x89000000), 0);
    assert_wrong("initrd");
    load_dts("virt");
    assert_int_equal(fdt_setprop_u32(tree, 0, "#address-cells", 5), 0);
    assert_wrong("memory");
    load_dts("virt");
    assert_int_equal(fdt_setprop_u64(tree, node("/memory@80000000"), "reg", 0x80000000), 0); /* no size */
    assert_wrong("memory");
    load_dts("virt");
    assert_int_equal(fdt_setprop_u32(tree, node("/soc/plic@c000000"), "riscv,ndev", 5000), 0);
    assert_wrong("riscv,ndev");
    load_dts("virt");
    assert_int_equal(fdt_setprop(tree, node("/chosen"), "bootargs", unterminated, 3), 0);
    assert_ok(0);
    assert_string_equal(m.bootargs, "");
}

static void test_no_tree(void **state)
{
    memset(tree, 0, sizeof(tree));
    assert_wrong("boot loader");
    load_dts("virt");
    fdt_set_totalsize(tree, 0x7fffffff);
    assert_wrong("2 MiB");
}

static void test_many_harts(void **state)
{
    load_dts("virt");
    for (int i = 2; i < 40; i++) {
        char name[20];
        int cpu;

        snprintf(name, sizeof(name), "cpu@%d", i);
        cpu = fdt_add_subnode(tree, node("/cpus"), name);
        assert_true(cpu >= 0);
        assert_int_equal(fdt_setprop_u32(tree, cpu, "reg", i), 0);
        assert_int_equal(fdt_setprop_string(tree, cpu, "mmu-type", "riscv,sv39"), 0);
        assert_int_equal(fdt_setprop_string(tree, cpu, "device_type", "cpu"), 0);
    }
    assert_ok(0); /* libfdt adds nodes at the front: the one that boots comes last */
    assert_int_equal(m.hart_count, HARTS_MAX);
    assert_int_equal(m.harts[0].id, 0);
    assert_int_equal(m.harts_ignored, 40 - HARTS_MAX);
    assert_int_equal(m.harts[0].plic_context, 1);
}

/* A property that claims to be so long that its end, counted in 32 bits, lies before it: with -12 where it begins. */
static void test_property_longer_than_the_tree(void **state)
{
    static const uint32_t too_long[] = { 0xfffffff4, 0xffffffff, 0xfffffff0, 0x80000000, 0x7ffffff0, 0x10000 };

    for (size_t i = 0; i < sizeof(too_long) / sizeof(too_long[0]); i++) {
        struct fdt_property *property;

        load_dts("virt");
        property = fdt_get_property_w(tree, fdt_path_offset(tree, "/chosen"), "bootargs", NULL);
        assert_non_null(property);
        property->len = cpu_to_fdt32(too_long[i]);
        assert_wrong("corrupt");
    }
}

static void test_asks(void **state)
{
    m.bootargs = "a tine.asid=off tine.check=codes quiet";
    assert_true(machine_asks(&m, "a"));
    assert_true(machine_asks(&m, "tine.asid=off"));
    assert_true(machine_asks(&m, "quiet"));
    assert_false(machine_asks(&m, "tine.check=code"));
    assert_false(machine_asks(&m, "asid=off"));
    m.bootargs = "tine.check=codes tine.check=code";
    assert_true(machine_asks(&m, "tine.check=code"));
    m.bootargs = "";
    assert_false(machine_asks(&m, "a"));
}

/* Bytes changed at random, in memory that ends with the tree: no answer is wrong, but a crash is. */
static void test_corrupt(void **state)
{
    unsigned good = 0, bad = 0, len;

    srand(1);
    for (int round = 0; round < 4000; round++) {
        char *copy;

        if (round % 1000 == 0) {
            load_dts(round % 2000 ? "board" : "virt");
            fdt_pack(tree);
        }
        len = fdt_totalsize(tree);
        copy = malloc(len);
        memcpy(copy, tree, len);
        for (int i = rand() % 6; i >= 0; i--)
            copy[rand() % len] = rand() % 3 ? rand() : 0;
        if (fdt_totalsize(copy) <= len)
            machine_read(&m, copy, DTB_AT, 1) ? bad++ : good++;
        free(copy);
    }
    assert_true(good > 100 && bad > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_virt),       cmocka_unit_test(test_board),
        cmocka_unit_test(test_visionfive2),
        cmocka_unit_test(test_wide_cells), cmocka_unit_test(test_qemu),
        cmocka_unit_test(test_unreserved), cmocka_unit_test(test_unreserved_crowded),
        cmocka_unit_test(test_missing),    cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_no_tree),    cmocka_unit_test(test_many_harts),
        cmocka_unit_test(test_property_longer_than_the_tree),
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_corrupt),
    };

    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
