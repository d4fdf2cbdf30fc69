/* Free frames: see frame.h. */

#include "frame.h"
#include "print.h"
#include <riscv/page.h>

struct frame *frame_table;
paddr_t frame_base;
uint64_t frame_table_count;
uintptr_t frame_bias;

/* Frames below `next` have been handed out at least once. */
static struct {
    paddr_t start, next, end;
} ranges[FRAME_RANGES];
static unsigned range_count;
static unsigned range_current; /* those before it are used up */

static uint32_t free_zeroed, free_dirty; /* index of the first, plus 1 */
static uint64_t total, free_count;

size_t frames_table_bytes(paddr_t base, paddr_t end)
{
    return ((end - base) >> TINE_PAGE_SHIFT) * sizeof(struct frame);
}

void frames_init(paddr_t base, paddr_t end, struct frame *table)
{
    frame_table = table;
    frame_base = base;
    frame_table_count = (end - base) >> TINE_PAGE_SHIFT;
    frame_bias = (uintptr_t)table - (base >> TINE_PAGE_SHIFT) * sizeof(struct frame);
    range_count = range_current = 0;
    free_zeroed = free_dirty = 0;
    total = free_count = 0;
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

/* A frame that was never used, or null. */
static struct frame *take_virgin(void)
{
    while (range_current < range_count && ranges[range_current].next == ranges[range_current].end)
        range_current++;
    if (range_current == range_count)
        return NULL;
    ranges[range_current].next += TINE_PAGE_SIZE;
    return frame_of(ranges[range_current].next - TINE_PAGE_SIZE);
}

static struct frame *pop(uint32_t *list)
{
    struct frame *frame = &frame_table[*list - 1];

    *list = frame->next;
    return frame;
}

/* Zeroed frames are for those who need them, and the last resort of the others. */
paddr_t frame_take(enum frame_type type, bool zeroed)
{
    struct frame *frame = NULL;
    bool clean = zeroed && free_zeroed;
    paddr_t pa;

    if (!clean)
        frame = free_dirty ? pop(&free_dirty) : take_virgin();
    if (!frame)
        frame = pop(&free_zeroed);
    pa = frame_paddr(frame);
    if (zeroed && !clean)
        page_clear(phys_to_virt(pa));
    frame->refs = 1;
    frame->groups = 0;
    frame->used = 0;
    frame->type = type;
    frame->frozen = false;
    free_count--;
    return pa;
}

void frame_release(struct frame *frame, bool zeroed)
{
    uint32_t *list = zeroed ? &free_zeroed : &free_dirty;

    frame->refs = 0;
    frame->type = FRAME_FREE;
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
