/* See check_map.h. It asks the tables that the hardware reads, and knows nothing of the plan they were made from. */

#include "../hart.h"
#include "../print.h"
#include <riscv/check_map.h>
#include <riscv/csr.h>
#include <riscv/layout.h>
#include <riscv/sv39.h>
#include <sbi/embed.h>
#include <sbi/paging.h>
#include <stdbool.h>

#define REPORTS_MAX 16

static unsigned long broken;

static void expect(bool holds, const char *what, uint64_t where)
{
    if (holds)
        return;
    if (broken++ < REPORTS_MAX)
        kernel_log("check: %s (%lx)\n", what, (unsigned long)where);
}

static bool is_leaf(pte_t pte)
{
    return pte & (PTE_R | PTE_W | PTE_X);
}

/* What was linked to be constant: text and constants of the image, by their physical addresses. */
static bool touches_constants(paddr_t start, paddr_t end)
{
    return start < image_to_phys(image_rodata_end) && end > image_base;
}

static void check_leaf(pte_t pte, vaddr_t va, uint64_t bytes)
{
    paddr_t pa = pte_paddr(pte);

    expect(!(pte & PTE_W) || !(pte & PTE_X), "kernel page that is writable and executable", va);
    expect(!(pte & PTE_U), "kernel page that is a user's", va);
    expect(pte & PTE_A && (pte & PTE_D || !(pte & PTE_W)), "kernel page without A or D", va);
    expect(!(pte & PTE_W) || !touches_constants(pa, pa + bytes), "text or constants of the kernel are writable", va);
    expect(!(pte & PTE_X) || (va >= (vaddr_t)image_start && va + bytes <= (vaddr_t)image_text_end),
           "executable page that is not text of the kernel", va);
}

/* `va` is what the first entry maps. */
static void check_table(paddr_t table, unsigned level, vaddr_t va)
{
    const pte_t *entry = phys_to_virt(table);

    for (unsigned i = 0; i < SV39_ENTRIES; i++, va += sv39_span(level)) {
        if (!(entry[i] & PTE_V))
            continue;
        if (is_leaf(entry[i]))
            check_leaf(entry[i], va, sv39_span(level));
        else
            check_table(pte_paddr(entry[i]), level - 1, va);
    }
}

/* The leaf that maps `va`, or one without V. */
static pte_t lookup(vaddr_t va)
{
    paddr_t table = kernel_root;

    for (unsigned level = SV39_LEVELS - 1;; level--) {
        pte_t pte = ((const pte_t *)phys_to_virt(table))[sv39_index(va, level)];

        if (!(pte & PTE_V) || is_leaf(pte) || level == 0)
            return pte;
        table = pte_paddr(pte);
    }
}

static void check_stack(unsigned index)
{
    vaddr_t bottom = stack_top(index) - STACK_STRIDE;

    for (vaddr_t va = bottom; va < bottom + STACK_GUARD; va += 4096)
        expect(!(lookup(va) & PTE_V), "guard page of a kernel stack is mapped", va);
    for (vaddr_t va = bottom + STACK_GUARD; va < stack_top(index); va += 4096)
        expect((lookup(va) & (PTE_V | PTE_R | PTE_W)) == (PTE_V | PTE_R | PTE_W), "hole in a kernel stack", va);
}

unsigned long check_map(void)
{
    const pte_t *root = phys_to_virt(kernel_root);
    unsigned long sstatus = csr_read(sstatus);

    broken = 0;
    for (unsigned i = 0; i < KERNEL_ROOT_FIRST; i++)
        expect(!root[i], "the kernel's root table maps user addresses", i);
    for (unsigned i = KERNEL_ROOT_FIRST; i < SV39_ENTRIES; i++) {
        vaddr_t va = DIRECT_MAP_BASE + (vaddr_t)(i - KERNEL_ROOT_FIRST) * sv39_span(SV39_LEVELS - 1);

        if ((root[i] & PTE_V) && is_leaf(root[i]))
            check_leaf(root[i], va, sv39_span(SV39_LEVELS - 1));
        else if ((root[i] & PTE_V) && (va < RESIDENTS_BASE || va >= RESIDENTS_END))
            check_table(pte_paddr(root[i]), SV39_LEVELS - 2, va);
    }
    for (unsigned i = 0; i < hart_count; i++)
        check_stack(i);
    expect(!(lookup(stack_top(hart_count - 1)) & PTE_V), "page above the kernel stacks is mapped", hart_count);
    expect(!(sstatus & SSTATUS_SUM), "user memory is open to the kernel", sstatus);
    expect(!(sstatus & SSTATUS_MXR), "executable pages are readable", sstatus);
    return broken;
}
