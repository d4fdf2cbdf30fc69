#include <riscv/csr.h>
#include <riscv/sv39.h>
#include <sbi/embed.h>
#include <sbi/machine.h>
#include <sbi/paging.h>

/*
 * The plan is a list of segments, the tables follow from it: an entry is a leaf where one segment fills it, a table
 * where several meet.
 */
struct segment {
    vaddr_t start, end;
    paddr_t pa;
    pte_t rights;
};

#define SEGMENTS_MAX 96
#define TABLES_MAX 16
#define GIB_SHIFT 30
#define GIB (1ull << GIB_SHIFT)

/* Accessed and dirty in advance: some harts trap instead of setting them. Global: equal in every space. */
#define ALWAYS (PTE_V | PTE_A | PTE_D | PTE_G)
#define RX (ALWAYS | PTE_R | PTE_X)
#define RO (ALWAYS | PTE_R)
#define RW (ALWAYS | PTE_R | PTE_W)

paddr_t kernel_root;
unsigned kernel_root_count;
uint16_t kernel_root_used[KERNEL_ROOT_ENTRIES];
uint64_t kernel_satp;

static struct segment segments[SEGMENTS_MAX];
static unsigned segment_count;

static pte_t tables[TABLES_MAX][SV39_ENTRIES] __attribute__((aligned(4096), section(".bss.tables")));
static unsigned table_count;

static char stacks[HARTS_MAX][STACK_STRIDE - STACK_GUARD] __attribute__((aligned(4096), section(".bss.tables")));

_Static_assert(DIRECT_MAP_BASE + PHYSICAL_END == DIRECT_MAP_END && DIRECT_MAP_END <= KERNEL_BASE, "layout");

static bool plan(vaddr_t start, vaddr_t end, paddr_t pa, pte_t rights)
{
    if (start >= end)
        return true;
    if (segment_count == SEGMENTS_MAX)
        return false;
    segments[segment_count++] = (struct segment){ start, end, pa, rights };
    return true;
}

static bool plan_image(void)
{
    vaddr_t text = (vaddr_t)image_start, rodata = (vaddr_t)image_text_end, data = (vaddr_t)image_rodata_end;

    return plan(text, rodata, image_base, RX) && plan(rodata, data, image_to_phys(image_text_end), RO) &&
           plan(data, (vaddr_t)image_end, image_to_phys(image_rodata_end), RW);
}

/* Physical memory at its own place; the image's text and constants are read-only there, too. */
static bool plan_direct(paddr_t start, paddr_t end)
{
    paddr_t image = image_base, data = image_to_phys(image_rodata_end);
    vaddr_t base = DIRECT_MAP_BASE;

    if (end <= image || start >= data)
        return plan(base + start, base + end, start, RW);
    return plan(base + start, base + image, start, RW) && plan(base + image, base + data, image, RO) &&
           plan(base + data, base + end, data, RW);
}

static bool plan_stacks(unsigned harts)
{
    for (unsigned i = 0; i < harts; i++)
        if (!plan(stack_top(i) - sizeof(stacks[i]), stack_top(i), image_to_phys(stacks[i]), RW))
            return false;
    return true;
}

static void mark(uint8_t *gibs, paddr_t start, uint64_t size)
{
    for (paddr_t g = start >> GIB_SHIFT; size > 0 && g <= (start + size - 1) >> GIB_SHIFT; g++)
        gibs[g] = 1;
}

/* By the GiB: what has RAM or a device that the kernel touches. */
static bool plan_memory(const struct machine *m)
{
    static uint8_t gibs[KERNEL_ROOT_ENTRIES];

    for (unsigned i = 0; i < m->ram.count; i++)
        mark(gibs, m->ram.at[i].start, m->ram.at[i].end - m->ram.at[i].start);
    mark(gibs, m->plic.base, m->plic.size);
    mark(gibs, m->dtb.start, m->dtb.end - m->dtb.start);
    mark(gibs, m->test_finisher, m->test_finisher ? 4 : 0);
    for (paddr_t g = 0; g < KERNEL_ROOT_ENTRIES; g++)
        if (gibs[g] && !plan_direct(g << GIB_SHIFT, (g + 1) << GIB_SHIFT))
            return false;
    return true;
}

/* The entry for [va, va + size of the level). `tables` cannot run out: see the count in paging_init. */
static pte_t entry_for(unsigned level, vaddr_t va)
{
    uint64_t size = sv39_span(level);
    const struct segment *in = NULL;
    pte_t *table;

    for (const struct segment *s = segments; s < segments + segment_count && !in; s++)
        if (s->start <= va + (size - 1) && s->end - 1 >= va)
            in = s;
    if (!in)
        return 0;
    if (in->start <= va && in->end - 1 >= va + (size - 1) && (in->pa + (va - in->start)) % size == 0)
        return pte_make(in->pa + (va - in->start), in->rights);
    table = tables[table_count++];
    for (unsigned i = 0; i < SV39_ENTRIES; i++)
        table[i] = entry_for(level - 1, va + i * sv39_span(level - 1));
    return pte_make(image_to_phys(table), PTE_V);
}

const char *paging_init(const struct machine *m)
{
    pte_t *root = tables[table_count++];

    if (!plan_image() || !plan_memory(m) || !plan_stacks(m->hart_count))
        return "memory is too scattered for the kernel's tables";

    /* At most: this, 1 + 4 of the image, 2 of the stacks, and 2 + 4 where the image cuts the direct map. */
    _Static_assert(1 + 1 + KERNEL_SPAN / 0x200000 + 2 + 2 + KERNEL_SPAN / 0x200000 <= TABLES_MAX, "tables");
    for (unsigned i = 0; i < KERNEL_ROOT_ENTRIES; i++) {
        unsigned index = KERNEL_ROOT_FIRST + i;

        root[index] = entry_for(2, DIRECT_MAP_BASE + i * GIB);
        if (root[index])
            kernel_root_used[kernel_root_count++] = index;
    }
    kernel_root = image_to_phys(root);
    kernel_satp = SATP_MODE_SV39 | kernel_root >> 12;
    csr_write(satp, kernel_satp);
    __asm__ volatile("sfence.vma" ::: "memory");
    return NULL;
}
