/* Where things lie: see layout.h. Pure but for the setting. */
#include "servers/proc/layout.h"

enum {
    LEAF_SHIFT = 21, /* bytes that a leaf table maps: 2 MiB */
    GIB_LEAVES = 512,
    VARY_MAPPINGS = 18, /* bits, of pages: as Linux has it for Sv39 */
    VARY_STACK = 12,    /* bits, of 16 bytes */
};

int layout_randomize = 2;

static struct layout layout_at(uint64_t program_leaf, uint64_t leaf)
{
    struct layout layout = { .program = (program_leaf << LEAF_SHIFT) + LAYOUT_LOW, .leaf = leaf << LEAF_SHIFT };

    layout.stack_top = layout_stack_end(&layout);
    layout.mmap_top = layout.stack_top - LAYOUT_STACK_MAX;
    return layout;
}

struct layout layout_fixed(void)
{
    return layout_at(0, 240 * GIB_LEAVES + 496); /* of 256 entries of the root, of 512 of the table below */
}

/* Some 16 bits for each: programs from 1 GiB to 96 GiB, stacks from 128 GiB on, between them room for what is mapped. */
struct layout layout_choose(uint64_t random)
{
    uint64_t program = random & 0xffffffff, leaf = random >> 32;

    return layout_at(GIB_LEAVES + program % (95 * GIB_LEAVES), 128 * GIB_LEAVES + leaf % (127 * GIB_LEAVES));
}

uint64_t layout_vary(struct layout *layout, uint32_t random)
{
    uint64_t down = (random & ((1 << VARY_STACK) - 1)) << 4;

    random >>= VARY_STACK;
    layout->stack_top -= down & ~(TINE_PAGE_SIZE - 1UL);
    layout->mmap_top -= (random & ((1 << VARY_MAPPINGS) - 1)) << TINE_PAGE_SHIFT;
    return down & (TINE_PAGE_SIZE - 1);
}
