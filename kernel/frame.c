/* Free frames: see frame.h. */

#include "frame.h"
#include "print.h"
#include <riscv/page.h>

struct frame *frame_table;
paddr_t frame_base;
uint64_t frame_table_count;
uintptr_t frame_bias;

/* Handed out at least once: [start, next), [top, tail) in whole runs, [tail, tail_next). */
static struct {
    paddr_t start, next, top, tail, tail_next, end;
} ranges[FRAME_RANGES];
static unsigned range_count;
static unsigned range_current; /* those before it are used up */

static uint32_t free_zeroed, free_dirty, free_runs; /* index of the first, plus 1 */
static uint64_t total, free_count;

/* The run that is being cleared: free as yet. */
static struct frame *prepared; /* null: none */
static unsigned prepared_pages;
#define PREPARE_PIECE 32u /* pages between two preemption points */

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
    free_zeroed = free_dirty = free_runs = 0;
    prepared = NULL;
    total = free_count = 0;
}

static void add_range(paddr_t start, paddr_t next, paddr_t end)
{
    paddr_t tail = end & ~(RUN_BYTES - 1);

    kassert(range_count < FRAME_RANGES);
    if (tail < next)
        tail = next;
    ranges[range_count].start = start;
    ranges[range_count].next = next;
    ranges[range_count].top = ranges[range_count].tail = ranges[range_count].tail_next = tail;
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
    for (; range_current < range_count; range_current++) {
        bool tail = ranges[range_current].tail_next != ranges[range_current].end;
        paddr_t *next = tail ? &ranges[range_current].tail_next : &ranges[range_current].next;

        if (!tail && *next == ranges[range_current].top)
            continue;
        *next += TINE_PAGE_SIZE;
        return frame_of(*next - TINE_PAGE_SIZE);
    }
    return NULL;
}

static struct frame *pop(uint32_t *list)
{
    struct frame *frame = &frame_table[*list - 1];

    *list = frame->next;
    return frame;
}

static void push(uint32_t *list, struct frame *frame)
{
    frame->refs = 0;
    frame->type = FRAME_FREE;
    frame->next = *list;
    *list = (uint32_t)(frame - frame_table) + 1;
}

/* Makes single frames of a free run. */
static void dissolve(struct frame *run)
{
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        push(&free_dirty, run + i);
}

/* Nothing else is left: a free run, or a frame that is all zero though nobody asked for that. */
static struct frame *take_last(void)
{
    if (free_runs)
        dissolve(pop(&free_runs));
    else if (prepared)
        dissolve(prepared), prepared = NULL;
    return pop(free_dirty ? &free_dirty : &free_zeroed);
}

/* Zeroed frames are for those who need them, and the last resort of the others. */
paddr_t frame_take(enum frame_type type, bool zeroed)
{
    struct frame *frame = NULL;
    bool clean = zeroed && free_zeroed;
    paddr_t pa;

    if (clean)
        frame = pop(&free_zeroed);
    else
        frame = free_dirty ? pop(&free_dirty) : take_virgin();
    if (!frame)
        frame = take_last();
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
    push(zeroed ? &free_zeroed : &free_dirty, frame);
    free_count++;
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* A run that was never used: from the top of a range. Null if none is left. */
static struct frame *take_virgin_run(void)
{
    for (unsigned i = range_current; i < range_count; i++)
        if (ranges[i].top >= ranges[i].next + RUN_BYTES) {
            struct frame *run = frame_of(ranges[i].top -= RUN_BYTES);

            for (unsigned n = 0; n < RUN_FRAMES; n++)
                run[n] = (struct frame){ .type = FRAME_FREE };
            return run;
        }
    return NULL;
}

enum run_state frame_run_prepare(void)
{
    if (!prepared) {
        prepared = free_runs ? pop(&free_runs) : take_virgin_run();
        prepared_pages = 0;
    }
    if (!prepared)
        return RUN_NONE;
    for (unsigned i = 0; i < PREPARE_PIECE && prepared_pages < RUN_FRAMES; i++, prepared_pages++)
        page_clear(phys_to_virt(frame_paddr(prepared + prepared_pages)));
    return prepared_pages < RUN_FRAMES ? RUN_UNFINISHED : RUN_READY;
}

paddr_t frame_run_take(void)
{
    struct frame *run = prepared;

    kassert(run && prepared_pages == RUN_FRAMES);
    prepared = NULL;
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        run[i] = (struct frame){ .refs = 1, .type = FRAME_PAGE };
    run->big = 1;
    free_count -= RUN_FRAMES;
    return frame_paddr(run);
}

void frame_run_release(struct frame *first)
{
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        first[i] = (struct frame){ .type = FRAME_FREE };
    first->next = free_runs;
    free_runs = (uint32_t)(first - frame_table) + 1;
    free_count += RUN_FRAMES;
}

static void each(paddr_t start, paddr_t end, void (*visit)(struct frame *frame, paddr_t pa))
{
    for (paddr_t pa = start; pa < end; pa += TINE_PAGE_SIZE)
        visit(frame_of(pa), pa);
}

void frames_each(void (*visit)(struct frame *frame, paddr_t pa))
{
    for (unsigned i = 0; i < range_count; i++) {
        each(ranges[i].start, ranges[i].next, visit);
        each(ranges[i].top, ranges[i].tail_next, visit);
    }
}
