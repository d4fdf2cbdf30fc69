/* servers/root/machine.c: what root takes from device trees, good and damaged, and words of the command line. */
#include "servers/root/root.h"
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TREE_MAX 65536

static char tree[TREE_MAX];
static struct root_machine machine;
static struct root_facts found;

static void load(const char *name)
{
    char command[120], raw[TREE_MAX];
    FILE *f;
    size_t len;

    snprintf(command, sizeof(command), "dtc -q -I dts -O dtb tests/unit/trees/%s.dts", name);
    f = popen(command, "r");
    assert_non_null(f);
    len = fread(raw, 1, sizeof(raw), f);
    assert_int_equal(pclose(f), 0);
    assert_true(len > 0);
    assert_int_equal(fdt_open_into(raw, tree, sizeof(tree)), 0);
}

static const char *read_tree(void)
{
    memset(&found, 0, sizeof(found));
    return machine_read(tree, sizeof(tree), &machine, &found);
}

static void virt(void **state)
{
    load("virt");
    assert_null(read_tree());
    assert_int_equal(machine.uart_base, 0x10000000);
    assert_int_equal(machine.uart_line, 10);
    assert_int_equal(found.uart_offset, 0);
    assert_int_equal(found.uart_shift, 0);
    assert_int_equal(found.uart_width, 1);
    assert_int_equal(found.uart_kind, ROOT_UART_16550);
    assert_string_equal(found.bootargs, "console=ttyS0 quiet");
}

static void sifive(void **state)
{
    load("virt");
    assert_int_equal(fdt_setprop_string(tree, fdt_path_offset(tree, "serial0"), "compatible", "sifive,uart0"), 0);
    assert_null(read_tree());
    assert_int_equal(found.uart_kind, ROOT_UART_SIFIVE);
}

static void designware(void **state)
{
    load("board");
    assert_null(read_tree());
    assert_int_equal(machine.uart_base, 0x10000000); /* 0 on its own bus */
    assert_int_equal(machine.uart_line, 32);
    assert_int_equal(found.uart_kind, ROOT_UART_DESIGNWARE);
    assert_int_equal(found.uart_shift, 2);
    assert_int_equal(found.uart_width, 4);
}

static int node(const char *path)
{
    int offset = fdt_path_offset(tree, path);

    assert_true(offset >= 0);
    return offset;
}

static void no_uart(void **state)
{
    load("virt");
    fdt_setprop_string(tree, node("/soc/serial@10000000"), "compatible", "acme,uart");
    assert_null(read_tree());
    assert_int_equal(machine.uart_base, 0);
    load("virt");
    fdt_setprop_string(tree, node("/soc/serial@10000000"), "status", "disabled");
    assert_null(read_tree());
    assert_int_equal(machine.uart_base, 0);
    load("virt");
    fdt_setprop(tree, node("/soc/serial@10000000"), "reg", "\0\0\0", 3);
    assert_null(read_tree());
    assert_int_equal(machine.uart_base, 0);
}

static void stdout_path(void **state)
{
    load("virt");
    fdt_setprop_string(tree, node("/chosen"), "stdout-path", "/nowhere");
    assert_null(read_tree());
    assert_int_equal(machine.uart_base, 0x10000000);
    load("virt");
    fdt_delprop(tree, node("/chosen"), "stdout-path");
    assert_null(read_tree());
    assert_int_equal(machine.uart_base, 0x10000000);
}

static void command_line(void **state)
{
    char longer[5000];

    load("virt");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    fdt_setprop_string(tree, node("/chosen"), "bootargs", longer);
    assert_null(read_tree());
    assert_int_equal(strlen(found.bootargs), sizeof(found.bootargs) - 1);
    load("virt");
    fdt_delprop(tree, node("/chosen"), "bootargs");
    assert_null(read_tree());
    assert_string_equal(found.bootargs, "");
    fdt_setprop(tree, node("/chosen"), "bootargs", "abc", 3); /* unterminated */
    assert_null(read_tree());
    assert_string_equal(found.bootargs, "abc");
}

static void entropy(void **state)
{
    uint64_t first;

    load("virt");
    fdt_setprop(tree, node("/chosen"), "rng-seed", "0123456789abcdef0123456789abcdef", 32);
    assert_null(read_tree());
    first = found.boot_entropy;
    assert_int_not_equal(first, 0);
    fdt_setprop(tree, node("/chosen"), "rng-seed", "1123456789abcdef0123456789abcdef", 32);
    assert_null(read_tree());
    assert_int_not_equal(found.boot_entropy, first);
}

static void damaged(void **state)
{
    load("virt");
    tree[0] ^= 1;
    assert_non_null(read_tree());
    load("virt");
    assert_non_null(machine_read(tree, 8, &machine, &found));
    assert_non_null(machine_read(tree, fdt_totalsize(tree) - 1, &machine, &found));
}

/* Any byte of the tree made wrong: an answer, whichever, and no access beyond it. */
static void any_byte(void **state)
{
    load("virt");
    fdt_pack(tree);
    for (size_t at = 0, size = fdt_totalsize(tree); at < size; at++) {
        char *copy = malloc(size);

        memcpy(copy, tree, size);
        copy[at] ^= (char)(1 + at * 37 % 255);
        memset(&found, 0, sizeof(found));
        machine_read(copy, size, &machine, &found);
        assert_true(memchr(found.bootargs, 0, sizeof(found.bootargs)) != NULL);
        free(copy);
    }
}

static void words(void **state)
{
    const char *args = "quiet tine.test=restart-console init=/bin/sh notquiet x.loud", *value = NULL;

    assert_true(bootarg_find(args, "quiet", NULL));
    assert_false(bootarg_find(args, "loud", NULL));
    assert_false(bootarg_find(args, "qui", NULL));
    assert_false(bootarg_find("", "quiet", NULL));
    assert_true(bootarg_find("loud quiet", "quiet", NULL));
    assert_true(bootarg_find(args, "init=", &value));
    assert_memory_equal(value, "/bin/sh ", 8);
    assert_true(bootarg_find(args, "tine.test=restart-", &value));
    assert_memory_equal(value, "console ", 8);
    assert_false(bootarg_find(args, "est=", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virt),        cmocka_unit_test(designware),
        cmocka_unit_test(sifive), cmocka_unit_test(no_uart),
        cmocka_unit_test(stdout_path), cmocka_unit_test(words),      cmocka_unit_test(command_line),
        cmocka_unit_test(entropy),     cmocka_unit_test(damaged),    cmocka_unit_test(any_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
