/*
 * The machine as the device tree describes it (Devicetree Specification 0.4; bindings of riscv/cpus, sifive,plic-1.0.0,
 * ns16550a, snps,dw-apb-uart, sifive,test0). Read once at boot, constant afterwards. A tree comes from outside:
 * whatever is in it, reading ends with a filled structure or with a sentence that says what is wrong.
 */
#ifndef SBI_MACHINE_H
#define SBI_MACHINE_H

#include <riscv/layout.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_RANGES_MAX 32

/* [start, end) */
struct range {
    paddr_t start, end;
};

struct ranges {
    unsigned count;
    struct range at[MACHINE_RANGES_MAX];
};

struct machine_hart {
    unsigned long id;      /* of the hardware */
    unsigned plic_context; /* of its supervisor mode; MACHINE_NO_CONTEXT if the PLIC does not know it */
};
#define MACHINE_NO_CONTEXT (~0u)

struct machine_uart {
    paddr_t base; /* 0: none found */
    uint64_t size;
    const char *compatible;
    unsigned reg_shift;    /* registers are 1 << reg_shift bytes apart */
    unsigned reg_io_width; /* bytes per access */
    unsigned irq;          /* line of the PLIC; 0: none */
    unsigned clock_hz;     /* 0: not said */
};

struct machine_plic {
    paddr_t base;
    uint64_t size;
    unsigned lines; /* interrupts 1 to lines */
};

struct machine {
    struct ranges ram;      /* whole pages, ascending, disjoint */
    struct ranges reserved; /* whole pages; in any order, may overlap: firmware, device tree, initrd, image */
    unsigned hart_count;    /* harts[0] is the one that booted */
    struct machine_hart harts[HARTS_MAX];
    unsigned harts_ignored; /* without an MMU, disabled, or more than we take */
    uint64_t timebase_hz;
    bool sstc; /* every hart says that it has stimecmp */
    struct machine_plic plic;
    struct machine_uart uart;
    paddr_t test_finisher; /* 0: none */
    struct range dtb;      /* exact, as are the bytes of initrd */
    struct range initrd;   /* empty if the boot loader gave none */
    const char *bootargs;  /* in the tree; "" if it has none */
};

/*
 * Fills `m` from the flattened tree at `fdt`, which lies at the physical address `fdt_paddr`. Strings stay in the tree.
 * `boot_hart` is the hart we run on. Gives null, or what is wrong in words.
 */
const char *machine_read(struct machine *m, const void *fdt, paddr_t fdt_paddr, unsigned long boot_hart);

/* Whether the boot arguments hold this word. */
bool machine_asks(const struct machine *m, const char *word);

/* Takes [start, end) out of what machine_free gives. False if there are too many such ranges. */
bool machine_reserve(struct machine *m, paddr_t start, paddr_t end);

/* RAM without what is reserved: whole pages, ascending, disjoint. What finds no place in `free` is left out. */
void machine_free(const struct machine *m, struct ranges *free);

#endif
