/* The device tree, as far as user space needs it: the console's UART, the clock, the command line, entropy. */
#include "root.h"
#include <libfdt.h>
#include <string.h>

/* One or two big-endian cells; *at moves on. */
static uint64_t cells_take(const fdt32_t **at, int count)
{
    uint64_t value = 0;

    while (count-- > 0)
        value = value << 32 | fdt32_to_cpu(*(*at)++);
    return value;
}

static bool cells_usable(int count, int least)
{
    return count >= least && count <= 2;
}

/* Takes an address on `bus` to one on the bus above it, by the bus's ranges. False if no range holds it. */
static bool bus_translate(const void *dtb, int bus, int above, uint64_t *address)
{
    int child = fdt_address_cells(dtb, bus), parent = fdt_address_cells(dtb, above), size = fdt_size_cells(dtb, bus),
        len;
    const fdt32_t *ranges = fdt_getprop(dtb, bus, "ranges", &len);

    if (!ranges || !cells_usable(child, 1) || !cells_usable(parent, 1) || !cells_usable(size, 1))
        return false;
    if (len == 0) /* both buses are one */
        return true;
    for (; len >= (child + parent + size) * (int)sizeof(*ranges);
         len -= (child + parent + size) * (int)sizeof(*ranges)) {
        uint64_t from = cells_take(&ranges, child), to = cells_take(&ranges, parent), bytes = cells_take(&ranges, size);

        if (*address >= from && *address - from < bytes) {
            *address += to - from;
            return true;
        }
    }
    return false;
}

/* The first range of the node's reg property, as a physical address. False if it has none of a form that can be read.
 */
static bool reg_read(const void *dtb, int node, uint64_t *base, uint64_t *size)
{
    int bus = fdt_parent_offset(dtb, node), len;
    int address_cells = fdt_address_cells(dtb, bus), size_cells = fdt_size_cells(dtb, bus);
    const fdt32_t *reg = fdt_getprop(dtb, node, "reg", &len);

    if (!reg || !cells_usable(address_cells, 1) || !cells_usable(size_cells, 0) ||
        len < (address_cells + size_cells) * (int)sizeof(*reg))
        return false;
    *base = cells_take(&reg, address_cells);
    *size = cells_take(&reg, size_cells);
    for (int above; bus > 0; bus = above) { /* the root is at offset 0 */
        above = fdt_parent_offset(dtb, bus);
        if (above < 0 || !bus_translate(dtb, bus, above, base))
            return false;
    }
    return bus == 0;
}

static uint32_t number_read(const void *dtb, int node, const char *name, uint32_t otherwise)
{
    int len;
    const fdt32_t *value = fdt_getprop(dtb, node, name, &len);

    return value && len == sizeof(*value) ? fdt32_to_cpu(*value) : otherwise;
}

/* The PLIC line: interrupts = <line>, or interrupts-extended = <&plic line>. 0 if there is none. */
static unsigned line_read(const void *dtb, int node)
{
    int len;
    const fdt32_t *cell = fdt_getprop(dtb, node, "interrupts", &len);

    if (cell && len >= (int)sizeof(*cell))
        return fdt32_to_cpu(cell[0]);
    cell = fdt_getprop(dtb, node, "interrupts-extended", &len);
    return cell && len >= 2 * (int)sizeof(*cell) ? fdt32_to_cpu(cell[1]) : 0;
}

static bool is_enabled(const void *dtb, int node)
{
    const char *status = fdt_getprop(dtb, node, "status", NULL);

    return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

static const struct {
    const char *compatible;
    enum root_uart kind;
} uart_kinds[] = {
    { "ns16550a", ROOT_UART_16550 },
    { "ns16550", ROOT_UART_16550 },
    { "snps,dw-apb-uart", ROOT_UART_DESIGNWARE },
    { "sifive,uart0", ROOT_UART_SIFIVE },
};

static bool is_uart(const void *dtb, int node)
{
    for (size_t i = 0; i < sizeof(uart_kinds) / sizeof(uart_kinds[0]); i++)
        if (!fdt_node_check_compatible(dtb, node, uart_kinds[i].compatible))
            return is_enabled(dtb, node);
    return false;
}

/* The last that fits: a DesignWare may also say that it is a 16550. */
static enum root_uart uart_kind(const void *dtb, int node)
{
    enum root_uart kind = ROOT_UART_16550;

    for (size_t i = 0; i < sizeof(uart_kinds) / sizeof(uart_kinds[0]); i++)
        if (!fdt_node_check_compatible(dtb, node, uart_kinds[i].compatible))
            kind = uart_kinds[i].kind;
    return kind;
}

/* The node that /chosen/stdout-path names ("serial0:115200n8": alias or path, then the line's settings). */
static int uart_chosen(const void *dtb)
{
    const char *path = fdt_getprop(dtb, fdt_path_offset(dtb, "/chosen"), "stdout-path", NULL);
    int node = path ? fdt_path_offset_namelen(dtb, path, (int)strcspn(path, ":")) : -1;

    return node >= 0 && is_uart(dtb, node) ? node : -1;
}

static int uart_any(const void *dtb)
{
    for (size_t i = 0; i < sizeof(uart_kinds) / sizeof(uart_kinds[0]); i++)
        for (int node = fdt_node_offset_by_compatible(dtb, -1, uart_kinds[i].compatible); node >= 0;
             node = fdt_node_offset_by_compatible(dtb, node, uart_kinds[i].compatible))
            if (is_enabled(dtb, node))
                return node;
    return -1;
}

static void uart_read(const void *dtb, struct root_machine *machine, struct root_facts *facts)
{
    uint64_t base, size;
    int node = uart_chosen(dtb);

    if (node < 0)
        node = uart_any(dtb);
    if (node < 0 || !reg_read(dtb, node, &base, &size))
        return;
    machine->uart_base = base;
    machine->uart_line = line_read(dtb, node);
    facts->uart_offset = base & (TINE_PAGE_SIZE - 1);
    facts->uart_bytes = (uint32_t)size;
    facts->uart_shift = number_read(dtb, node, "reg-shift", 0);
    facts->uart_width = number_read(dtb, node, "reg-io-width", 1);
    facts->uart_kind = uart_kind(dtb, node);
}

static void chosen_read(const void *dtb, struct root_facts *facts)
{
    int node = fdt_path_offset(dtb, "/chosen"), len;
    const char *bootargs = fdt_getprop(dtb, node, "bootargs", &len);
    const unsigned char *seed;

    if (bootargs && len > 0) {
        size_t bytes = strnlen(bootargs, (size_t)len);

        if (bytes >= sizeof(facts->bootargs))
            bytes = sizeof(facts->bootargs) - 1;
        memcpy(facts->bootargs, bootargs, bytes);
    }
    seed = fdt_getprop(dtb, node, "rng-seed", &len);
    for (int i = 0; seed && i < len; i++)
        facts->boot_entropy = (facts->boot_entropy << 7 | facts->boot_entropy >> 57) * 0x9e3779b97f4a7c15 + seed[i];
}

const char *machine_read(const void *dtb, size_t bytes, struct root_machine *machine, struct root_facts *facts)
{
    uint64_t size;
    int node;

    *machine = (struct root_machine){ 0 };
    if (bytes < sizeof(struct fdt_header) || fdt_check_header(dtb) || fdt_totalsize(dtb) > bytes)
        return "the device tree is damaged";
    uart_read(dtb, machine, facts);
    chosen_read(dtb, facts);
    node = fdt_node_offset_by_compatible(dtb, -1, "google,goldfish-rtc");
    if (node >= 0 && !reg_read(dtb, node, &machine->rtc_base, &size))
        machine->rtc_base = 0;
    return NULL;
}

bool bootarg_find(const char *bootargs, const char *word, const char **value)
{
    size_t len = strlen(word);

    for (const char *at = bootargs; (at = strstr(at, word)); at += len) {
        bool starts = at == bootargs || at[-1] == ' ';
        bool ends = value || at[len] == ' ' || at[len] == 0;

        if (!starts || !ends)
            continue;
        if (value)
            *value = at + len;
        return true;
    }
    return false;
}
