#include <libfdt.h>
#include <sbi/intact.h>
#include <sbi/machine.h>
#include <string.h>

#define PAGE 4096ull
#define IRQ_S_EXTERNAL 9    /* privileged specification, table of scause */

/* ---- lists of ranges ---- */

static bool ranges_add(struct ranges *list, paddr_t start, paddr_t end)
{
    if (start >= end)
        return true;
    if (list->count == MACHINE_RANGES_MAX)
        return false;
    list->at[list->count++] = (struct range){ start, end };
    return true;
}

static void ranges_remove(struct ranges *list, unsigned index)
{
    list->count--;
    memmove(&list->at[index], &list->at[index + 1], (list->count - index) * sizeof(list->at[0]));
}

/* Ascending, by insertion: there are few. */
static void ranges_sort(struct ranges *list)
{
    for (unsigned i = 1; i < list->count; i++) {
        struct range moved = list->at[i];
        unsigned j = i;

        for (; j > 0 && list->at[j - 1].start > moved.start; j--)
            list->at[j] = list->at[j - 1];
        list->at[j] = moved;
    }
}

/* Joins what overlaps or touches in a sorted list. */
static void ranges_merge(struct ranges *list)
{
    for (unsigned i = 1; i < list->count;) {
        struct range *last = &list->at[i - 1], *next = &list->at[i];

        if (next->start > last->end) {
            i++;
            continue;
        }
        if (next->end > last->end)
            last->end = next->end;
        ranges_remove(list, i);
    }
}

/* Takes `hole` out of a list that stays sorted. Without room, the upper part of a range that it splits is lost. */
static void ranges_subtract(struct ranges *list, struct range hole)
{
    for (unsigned i = 0; i < list->count;) {
        struct range r = list->at[i];

        if (hole.end <= r.start || hole.start >= r.end) {
            i++;
            continue;
        }
        ranges_remove(list, i);
        if (hole.end < r.end && list->count < MACHINE_RANGES_MAX - 1) {
            memmove(&list->at[i + 1], &list->at[i], (list->count - i) * sizeof(list->at[0]));
            list->at[i] = (struct range){ hole.end, r.end };
            list->count++;
        }
        if (r.start < hole.start) {
            memmove(&list->at[i + 1], &list->at[i], (list->count - i) * sizeof(list->at[0]));
            list->at[i++] = (struct range){ r.start, hole.start };
            list->count++;
        }
    }
}

static bool ranges_contain(const struct ranges *list, struct range r)
{
    for (unsigned i = 0; i < list->count; i++)
        if (r.start >= list->at[i].start && r.end <= list->at[i].end)
            return true;
    return false;
}

bool machine_reserve(struct machine *m, paddr_t start, paddr_t end)
{
    if (end > PHYSICAL_END)
        end = PHYSICAL_END;
    return ranges_add(&m->reserved, start & -PAGE, (end + PAGE - 1) & -PAGE);
}

void machine_free(const struct machine *m, struct ranges *free)
{
    *free = m->ram;
    for (unsigned i = 0; i < m->reserved.count; i++)
        ranges_subtract(free, m->reserved.at[i]);
}

/* ---- properties ---- */

/* A number of `cells` words; false if it does not fit in 64 bits. */
static bool number(const fdt32_t *words, int cells, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < cells; i++) {
        if (*out >> 32)
            return false;
        *out = *out << 32 | fdt32_ld(&words[i]);
    }
    return true;
}

/* A property that is one number of one or two cells. */
static bool property_number(const void *fdt, int node, const char *name, uint64_t *out)
{
    int len;
    const fdt32_t *words = fdt_getprop(fdt, node, name, &len);

    return words && (len == 4 || len == 8) && number(words, len / 4, out);
}

static unsigned property_or(const void *fdt, int node, const char *name, unsigned fallback)
{
    uint64_t value;

    return property_number(fdt, node, name, &value) ? (unsigned)value : fallback;
}

/* A string property, or null if it is absent or has no end. */
static const char *property_string(const void *fdt, int node, const char *name)
{
    int len;
    const char *text = fdt_getprop(fdt, node, name, &len);

    return text && len > 0 && memchr(text, 0, len) ? text : NULL;
}

static bool enabled(const void *fdt, int node)
{
    const char *status = property_string(fdt, node, "status");

    return !status || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

static bool is_type(const void *fdt, int node, const char *type)
{
    const char *given = property_string(fdt, node, "device_type");

    return given && strcmp(given, type) == 0;
}

/* The first enabled node that is compatible with one of a null-terminated list, in the order of the list; or < 0. */
static int find_compatible(const void *fdt, const char *const *names)
{
    for (; *names; names++) {
        int node = -1;

        while ((node = fdt_node_offset_by_compatible(fdt, node, *names)) >= 0)
            if (enabled(fdt, node))
                return node;
    }
    return -FDT_ERR_NOTFOUND;
}

/* ---- addresses ---- */

/* An address on `bus` as one on the bus above it: through `ranges`, whose absence means that none leads up. */
static bool translate_up(const void *fdt, int bus, int above, uint64_t *address)
{
    int len;
    const fdt32_t *words = fdt_getprop(fdt, bus, "ranges", &len);
    int child_cells = fdt_address_cells(fdt, bus), parent_cells = fdt_address_cells(fdt, above);
    int size_cells = fdt_size_cells(fdt, bus), row = child_cells + parent_cells + size_cells;

    if (!words || child_cells < 0 || parent_cells < 0 || size_cells < 0)
        return false;
    if (len == 0)
        return true;
    for (; len >= row * 4; words += row, len -= row * 4) {
        uint64_t from, to, size;

        if (!number(words, child_cells, &from) || !number(words + child_cells, parent_cells, &to) ||
            !number(words + child_cells + parent_cells, size_cells, &size))
            continue;
        if (*address >= from && *address - from < size) {
            *address = *address - from + to;
            return true;
        }
    }
    return false;
}

/* Entry `index` of a node's reg, as the processor sees it. */
static bool reg(const void *fdt, int node, int index, paddr_t *base, uint64_t *size)
{
    int len, bus = fdt_parent_offset(fdt, node);
    const fdt32_t *words = fdt_getprop(fdt, node, "reg", &len);
    int address_cells = bus < 0 ? -1 : fdt_address_cells(fdt, bus);
    int size_cells = bus < 0 ? -1 : fdt_size_cells(fdt, bus);
    int row = address_cells + size_cells;

    if (!words || address_cells < 1 || size_cells < 0 || len < (index + 1) * row * 4)
        return false;
    words += index * row;
    if (!number(words, address_cells, base) || !number(words + address_cells, size_cells, size))
        return false;
    while (bus > 0) {
        int above = fdt_parent_offset(fdt, bus);

        if (above < 0 || !translate_up(fdt, bus, above, base))
            return false;
        bus = above;
    }
    return *base <= PHYSICAL_END && *size <= PHYSICAL_END - *base;
}

/* ---- one function per kind of node ---- */

static const char *read_memory(struct machine *m, const void *fdt)
{
    int node;

    fdt_for_each_subnode(node, fdt, 0)
    {
        paddr_t base;
        uint64_t size;

        if (!is_type(fdt, node, "memory") || !enabled(fdt, node))
            continue;
        for (int i = 0; reg(fdt, node, i, &base, &size); i++)
            if (!ranges_add(&m->ram, (base + PAGE - 1) & -PAGE, (base + size) & -PAGE))
                return "device tree: more pieces of memory than we take";
    }
    ranges_sort(&m->ram);
    ranges_merge(&m->ram);
    return m->ram.count ? NULL : "device tree: no usable memory";
}

static bool hart_usable(const void *fdt, int node)
{
    const char *mmu = property_string(fdt, node, "mmu-type");

    return enabled(fdt, node) && mmu && strcmp(mmu, "riscv,none") != 0;
}

/* Whether the ISA string has the extension: multi-letter names follow underscores. */
static bool isa_has(const void *fdt, int node, const char *extension)
{
    const char *isa = property_string(fdt, node, "riscv,isa");
    size_t len = strlen(extension);

    if (!isa)
        return false;
    while ((isa = strchr(isa, '_'))) {
        isa++;
        if (strncmp(isa, extension, len) == 0 && (isa[len] == 0 || isa[len] == '_'))
            return true;
    }
    return false;
}

static void hart_add(struct machine *m, const void *fdt, int node, uint64_t id, unsigned long boot_hart)
{
    struct machine_hart *hart = &m->harts[m->hart_count];

    /* One place is kept for the hart that boots. */
    bool full = m->hart_count == HARTS_MAX ||
                (m->hart_count == HARTS_MAX - 1 && id != boot_hart && m->harts[0].id != boot_hart);

    if (!hart_usable(fdt, node) || full) {
        m->harts_ignored++;
        return;
    }
    *hart = (struct machine_hart){ id, MACHINE_NO_CONTEXT };
    m->hart_count++;
    m->sstc = m->sstc && isa_has(fdt, node, "sstc");
    if (id == boot_hart) {
        *hart = m->harts[0];
        m->harts[0] = (struct machine_hart){ id, MACHINE_NO_CONTEXT };
    }
}

/*
 * StarFive's JH7110: hart 0 is a monitor core without supervisor mode, though the vendor's trees call it one like the
 * others, and the vendor's firmware dies when it is asked to start it.
 */
static bool hart_is_monitor(const void *fdt, uint64_t id)
{
    return id == 0 && fdt_node_check_compatible(fdt, 0, "starfive,jh7110") == 0;
}

static const char *read_harts(struct machine *m, const void *fdt, unsigned long boot_hart)
{
    int node, cpus = fdt_path_offset(fdt, "/cpus");

    if (cpus < 0)
        return "device tree: no /cpus";
    if (!property_number(fdt, cpus, "timebase-frequency", &m->timebase_hz) || m->timebase_hz == 0)
        return "device tree: /cpus has no timebase-frequency";
    m->sstc = true;
    m->harts[0].id = ~boot_hart;
    fdt_for_each_subnode(node, fdt, cpus)
    {
        int len;
        const fdt32_t *words = fdt_getprop(fdt, node, "reg", &len);
        uint64_t id;

        if (!is_type(fdt, node, "cpu") || !words || (len != 4 && len != 8) || !number(words, len / 4, &id))
            continue;
        if (hart_is_monitor(fdt, id))
            m->harts_ignored++;
        else
            hart_add(m, fdt, node, id, boot_hart);
    }
    if (m->hart_count == 0 || m->harts[0].id != boot_hart)
        return "device tree: the hart that boots is not among the usable ones of /cpus";
    return NULL;
}

/* The hart whose interrupt controller has this phandle, or null. */
static struct machine_hart *hart_of_controller(struct machine *m, const void *fdt, uint32_t phandle)
{
    uint64_t id;
    int len, controller = fdt_node_offset_by_phandle(fdt, phandle);
    int cpu = controller < 0 ? -1 : fdt_parent_offset(fdt, controller);
    const fdt32_t *words = cpu < 0 ? NULL : fdt_getprop(fdt, cpu, "reg", &len);

    if (!words || (len != 4 && len != 8) || !number(words, len / 4, &id))
        return NULL;
    for (unsigned i = 0; i < m->hart_count; i++)
        if (m->harts[i].id == id)
            return &m->harts[i];
    return NULL;
}

/* Contexts are numbered by their place in interrupts-extended; each names a hart's controller and one of its causes. */
static void read_contexts(struct machine *m, const void *fdt, int plic)
{
    int len;
    const fdt32_t *words = fdt_getprop(fdt, plic, "interrupts-extended", &len);

    for (int i = 0; words && (i + 1) * 8 <= len; i++) {
        struct machine_hart *hart;

        if (fdt32_ld(&words[2 * i + 1]) != IRQ_S_EXTERNAL)
            continue;
        hart = hart_of_controller(m, fdt, fdt32_ld(&words[2 * i]));
        if (hart)
            hart->plic_context = i;
    }
}

static const char *read_plic(struct machine *m, const void *fdt)
{
    static const char *const names[] = { "sifive,plic-1.0.0", "riscv,plic0", NULL };
    int node = find_compatible(fdt, names);
    unsigned lines;

    if (node < 0 || !reg(fdt, node, 0, &m->plic.base, &m->plic.size))
        return "device tree: no usable PLIC";
    lines = property_or(fdt, node, "riscv,ndev", 0);
    if (lines == 0 || lines > 1023)
        return "device tree: riscv,ndev of the PLIC is absent or beyond 1023";
    m->plic.lines = lines;
    read_contexts(m, fdt, node);
    if (m->harts[0].plic_context == MACHINE_NO_CONTEXT)
        return "device tree: the PLIC does not reach the hart that boots";
    return NULL;
}

/* The node that /chosen stdout-path names, by path or alias, options after a colon left out; or < 0. */
static int find_stdout(const void *fdt)
{
    int chosen = fdt_path_offset(fdt, "/chosen");
    const char *path = chosen < 0 ? NULL : property_string(fdt, chosen, "stdout-path");

    return path ? fdt_path_offset_namelen(fdt, path, strcspn(path, ":")) : -FDT_ERR_NOTFOUND;
}

static const char *const uart_names[] = { "ns16550a", "snps,dw-apb-uart", "ns16550", NULL };

static const char *uart_compatible(const void *fdt, int node)
{
    for (const char *const *name = uart_names; *name; name++)
        if (fdt_node_check_compatible(fdt, node, *name) == 0)
            return *name;
    return NULL;
}

static void read_uart(struct machine *m, const void *fdt)
{
    int node = find_stdout(fdt);
    struct machine_uart *uart = &m->uart;

    if (node < 0 || !uart_compatible(fdt, node))
        node = find_compatible(fdt, uart_names);
    if (node < 0 || !reg(fdt, node, 0, &uart->base, &uart->size)) {
        uart->base = 0;
        return;
    }
    uart->compatible = uart_compatible(fdt, node);
    uart->reg_shift = property_or(fdt, node, "reg-shift", 0);
    uart->reg_io_width = property_or(fdt, node, "reg-io-width", 1);
    uart->irq = property_or(fdt, node, "interrupts", 0);
    uart->clock_hz = property_or(fdt, node, "clock-frequency", 0);
}

static void read_finisher(struct machine *m, const void *fdt)
{
    static const char *const names[] = { "sifive,test1", "sifive,test0", NULL };
    int node = find_compatible(fdt, names);
    uint64_t size;

    if (node < 0 || !reg(fdt, node, 0, &m->test_finisher, &size))
        m->test_finisher = 0;
}

static const char *read_chosen(struct machine *m, const void *fdt)
{
    int chosen = fdt_path_offset(fdt, "/chosen");
    uint64_t start, end;
    const char *bootargs;

    m->bootargs = "";
    if (chosen < 0)
        return NULL;
    bootargs = property_string(fdt, chosen, "bootargs");
    if (bootargs)
        m->bootargs = bootargs;
    if (!property_number(fdt, chosen, "linux,initrd-start", &start) ||
        !property_number(fdt, chosen, "linux,initrd-end", &end) || start == end)
        return NULL;
    if (start > end || !ranges_contain(&m->ram, (struct range){ start, end }))
        return "device tree: the initrd does not lie in memory";
    m->initrd = (struct range){ start, end };
    return machine_reserve(m, start, end) ? NULL : "device tree: more reserved ranges than we take";
}

bool machine_asks(const struct machine *m, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = strstr(m->bootargs, word); at; at = strstr(at + 1, word))
        if ((at == m->bootargs || at[-1] == ' ') && (!at[length] || at[length] == ' '))
            return true;
    return false;
}

static const char *read_reserved(struct machine *m, const void *fdt)
{
    const char *full = "device tree: more reserved ranges than we take";
    int node, parent = fdt_path_offset(fdt, "/reserved-memory");
    paddr_t base;
    uint64_t size;

    for (int i = 0; fdt_get_mem_rsv(fdt, i, &base, &size) == 0 && i < fdt_num_mem_rsv(fdt); i++)
        if (base < PHYSICAL_END && !machine_reserve(m, base, size > PHYSICAL_END - base ? PHYSICAL_END : base + size))
            return full;
    if (parent < 0)
        return NULL;
    fdt_for_each_subnode(node, fdt, parent) for (int i = 0; reg(fdt, node, i, &base, &size);
                                                 i++) if (!machine_reserve(m, base, base + size)) return full;
    return NULL;
}

const char *machine_read(struct machine *m, const void *fdt, paddr_t fdt_paddr, unsigned long boot_hart)
{
    const char *wrong = tree_intact(fdt);

    memset(m, 0, sizeof(*m));
    if (wrong)
        return wrong;
    m->dtb = (struct range){ fdt_paddr, fdt_paddr + fdt_totalsize(fdt) };
    if (!machine_reserve(m, m->dtb.start, m->dtb.end))
        return "device tree: it does not lie in memory";

    read_finisher(m, fdt);
    read_uart(m, fdt);
    if ((wrong = read_memory(m, fdt)) || (wrong = read_harts(m, fdt, boot_hart)) || (wrong = read_plic(m, fdt)) ||
        (wrong = read_reserved(m, fdt)))
        return wrong;
    return read_chosen(m, fdt);
}
