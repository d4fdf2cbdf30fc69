/* Free frames: see frame.h. */

#include "frame.h"
#include "print.h"
#include <riscv/page.h>

struct frame *frame_table;
paddr_t frame_base;
uint64_t frame_table_count;

/* Frames below `next` have been handed out at least once. */
static struct {
    paddr_t start, next, end;
} ranges[FRAME_RANGES];
static unsigned range_count;
static unsigned range_current; /* those before it are used up */

static uint32_t free_zeroed, free_dirty; /* index of the first, plus 1 */
static uint64_t total, free_count, virgin; /* virgin: of the free ones, those that were never used */

size_t frames_table_bytes(paddr_t base, paddr_t end)
{
    return ((end - base) >> TINE_PAGE_SHIFT) * sizeof(struct frame);
}

void frames_init(paddr_t base, paddr_t end, struct frame *table)
{
    frame_table = table;
    frame_base = base;
    frame_table_count = (end - base) >> TINE_PAGE_SHIFT;
    range_count = range_current = 0;
    free_zeroed = free_dirty = 0;
    total = free_count = virgin = 0;
}

static void add_range(paddr_t start, paddr_t next, paddr_t end)
{
    kassert(range_count < FRAME_RANGES);
    ranges[range_count].start = start;
    ranges[range_count].next = next;
    ranges[range_count].end = end;
    range_count++;
    total += (end - start) >> TINE_PAGE_SHIFT;
}

void frames_add(paddr_t start, paddr_t end)
{
    add_range(start, start, end);
    free_count += (end - start) >> TINE_PAGE_SHIFT;
    virgin += (end - start) >> TINE_PAGE_SHIFT;
}

void frames_adopt(paddr_t start, paddr_t end)
{
    add_range(start, end, end);
}

uint64_t frames_total(void)
{
    return total;
}

uint64_t frames_free_count(void)
{
    return free_count;
}

bool frames_overlap(paddr_t start, paddr_t end)
{
    return start < frame_base + (frame_table_count << TINE_PAGE_SHIFT) && end > frame_base;
}

static paddr_t take_virgin(void)
{
    paddr_t pa;

    while (ranges[range_current].next == ranges[range_current].end)
        range_current++;
    pa = ranges[range_current].next;
    ranges[range_current].next += TINE_PAGE_SIZE;
    virgin--;
    return pa;
}

static paddr_t pop(uint32_t *list)
{
    struct frame *frame = &frame_table[*list - 1];

    *list = frame->next;
    return frame_paddr(frame);
}

paddr_t frame_take(enum frame_type type, bool zeroed)
{
    bool clean = (zeroed && free_zeroed) || (!free_dirty && !virgin);
    paddr_t pa = clean ? pop(&free_zeroed) : free_dirty ? pop(&free_dirty) : take_virgin();

    if (zeroed && !clean)
        page_clear(phys_to_virt(pa));
    *frame_of(pa) = (struct frame){ .refs = 1, .type = type };
    free_count--;
    return pa;
}

void frame_release(paddr_t pa, bool zeroed)
{
    struct frame *frame = frame_of(pa);
    uint32_t *list = zeroed ? &free_zeroed : &free_dirty;

    frame->refs = 0;
    frame->pool = 0;
    frame->type = FRAME_FREE;
    frame->zeroed = zeroed;
    frame->next = *list;
    *list = (uint32_t)(frame - frame_table) + 1;
    free_count++;
}

void frames_each(void (*visit)(struct frame *frame, paddr_t pa))
{
    for (unsigned i = 0; i < range_count; i++)
        for (paddr_t pa = ranges[i].start; pa < ranges[i].next; pa += TINE_PAGE_SIZE)
            visit(frame_of(pa), pa);
}
