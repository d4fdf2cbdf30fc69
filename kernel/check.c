/*
 * The invariant walker. Counts again, from the page tables, what the frame table says, and compares; adds up for each
 * pool what it should be charged. It takes each reference that it meets away: none must remain; then it gives them back.
 */

#include "check.h"
#include "cap.h"
#include "frame.h"
#include "pool.h"
#include "print.h"
#include "space.h"

static unsigned long broken;
static uint64_t frames_seen_free, frames_seen_used;

#define REPORTS_MAX 16
#define NODE_SEEN   (FRAME_NODE | 0x80) /* type of a node that the walk has met */

static void expect(bool holds, const char *what, uint64_t where)
{
    if (holds)
        return;
    if (broken++ < REPORTS_MAX)
        kernel_log("check: %s (%lx)\n", what, (unsigned long)where);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static void reset(struct frame *frame, paddr_t pa)
{
    expect(frame->type >= FRAME_FREE && frame->type <= FRAME_OBJECT, "frame without a type", pa);
    if (frame->type == FRAME_FREE) {
        frames_seen_free++;
        return;
    }
    frames_seen_used++;
    expect(frame->pool != 0, "frame without a pool", pa);
    frame_pool(frame)->counted = 0;
}

static void compare(struct frame *frame, paddr_t pa)
{
    if (frame->type == FRAME_PAGE)
        expect(frame->refs == 0 && frame->big == 0, "references to a page are miscounted", pa);
    expect(frame->type != FRAME_NODE, "node that no space holds", pa);
    expect(frame->type != NODE_SEEN || frame->refs == 0, "references to a node are miscounted", pa);
    if (frame->type == FRAME_SLAB || frame->type == FRAME_OBJECT)
        expect(frame->refs == 1, "kernel object's frame is referred to by others", pa);
}

/* ---- page tables ------------------------------------------------------------------------------------------------- */

/* Of every page of the space that is walked: a resident server's are no user's, but everybody's. */
static pte_t rights_expected;

static void check_entry(pte_t pte, bool frozen)
{
    bool present = pte & PTE_V, write = pte & PTE_W;

    expect((pte & (PTE_U | PTE_A | PTE_G)) == rights_expected, "page without U or A, or with G", pte);
    expect(present == !!(pte & PTE_R) && (present || !(pte & (PTE_W | PTE_X))), "rights without presence", pte);
    expect(!write || pte & PTE_D, "writable page without D", pte);
    expect(!write || pte & PTE_MAY_WRITE, "writable page that may not be", pte);
    expect(!frozen || (pte & PTE_DEVICE) != PTE_MAY_WRITE, "writable page in a frozen table", pte);
}

static bool is_page(const struct frame *frame)
{
    return frame >= frame_table && frame < frame_table + frame_table_count && frame->type == FRAME_PAGE;
}

static void check_code(pte_t pte, const struct frame *frame)
{
    expect(!space_checks_code || !(pte & PTE_X) || frame->fenced, "code that no hart was told of", pte);
}

static void check_page(pte_t pte, bool frozen)
{
    check_entry(pte, frozen);
    if (pte_is_device(pte))
        expect(!frames_overlap(pte_paddr(pte), pte_paddr(pte) + TINE_PAGE_SIZE), "RAM mapped as a device", pte);
    else if (!is_page(pte_frame(pte)))
        expect(false, "mapped frame is not a page", pte);
    else {
        check_code(pte, pte_frame(pte));
        pte_frame(pte)->refs--;
    }
}

/* All entries for a big page together are one reference to each of its frames. */
static void count_run(struct frame *first, uint32_t step)
{
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        first[i].refs += step;
}

static void check_big(pte_t pte, bool frozen)
{
    struct frame *first = pte_frame(pte);

    check_entry(pte, frozen);
    expect(!(pte_paddr(pte) & (RUN_BYTES - 1)) && !pte_is_device(pte) && is_page(first), "big page that is none", pte);
    for (unsigned i = 0; i < RUN_FRAMES; i++)
        check_code(pte, first + i);
    if (--first->big == 0)
        count_run(first, -1u);
}

static void check_node(paddr_t table, unsigned level);

/* A link in a table, frozen or not. Each takes one reference away from what it leads to: nothing must remain. */
static void check_link(pte_t link, bool frozen, unsigned level)
{
    struct frame *node = pte_frame(link);
    bool own = link_is_own(link), first = node->type == FRAME_NODE;

    expect(first || node->type == NODE_SEEN, "page table in a frame of another type", link);
    node->refs--;
    expect(!own || (first && !node->refs), "own table with two parents", link);
    expect(!own || !frozen, "own table below a frozen one", link);
    expect(!(link & PTE_V) || own || node->frozen, "open table that is not frozen", link);
    if (first)
        check_node(pte_paddr(link), level);
}

static void check_node(paddr_t table, unsigned level)
{
    const pte_t *entry = phys_to_virt(table);
    struct frame *node = frame_of(table);
    unsigned end = level == 2 ? SV39_USER_ROOT : SV39_ENTRIES;
    uint64_t used = 0;

    node->type = NODE_SEEN;
    for (unsigned i = 0; i < end; i++) {
        if (!entry[i])
            continue;
        used++;
        expect(node->groups >> i / 16 & 1, "used entry in a group that is not marked", table);
        if (level == 1 && pte_is_big(entry[i]))
            check_big(entry[i], node->frozen);
        else if (level)
            check_link(entry[i], node->frozen, level - 1);
        else
            check_page(entry[i], node->frozen);
    }
    expect(used == node->used, "used entries are miscounted", table);
    expect(used || level == 2, "empty node", table);
}

static void check_space(const struct space *space)
{
    struct frame *root = frame_of(space->tree.root);

    if (!space->tree.pool)
        return;
    expect(root->type == FRAME_NODE && !root->frozen, "root of two spaces, or no page table", space->tree.root);
    root->refs--;
    rights_expected = PTE_A | (space_is_resident(space) ? PTE_G : PTE_U);
    check_node(space->tree.root, 2);
}

static void restore_page(pte_t pte, unsigned level)
{
    struct frame *frame = pte_frame(pte);

    if (level == 0 && !pte_is_device(pte))
        frame->refs++;
    if (level && ++frame->big == 1)
        count_run(frame, 1);
}

/* Gives back the references that the walk has taken, and the types. */
static void restore_node(paddr_t table, unsigned level)
{
    const pte_t *entry = phys_to_virt(table);
    struct frame *node = frame_of(table);

    node->refs++;
    if (node->type != NODE_SEEN)
        return;
    node->type = FRAME_NODE;
    for (unsigned i = 0; i < (level == 2 ? SV39_USER_ROOT : SV39_ENTRIES); i++)
        if (entry[i] && (level == 0 || pte_is_big(entry[i])))
            restore_page(entry[i], level);
        else if (entry[i])
            restore_node(pte_paddr(entry[i]), level - 1);
}

/* ---- objects and pools ------------------------------------------------------------------------------------------- */

static void check_object(const struct object *object, const struct pool *pool)
{
    expect(object->kind > TINE_KIND_NONE && object->kind < TINE_KINDS, "object of no kind", (uint64_t)object);
    expect(object->pool == pool && !object->dead, "dead object, or one of another pool", (uint64_t)object);
    for (const struct cap *cap = object->caps; cap; cap = cap->next) {
        expect(cap->object == object && cap->kind == object->kind, "capability to another object", (uint64_t)cap);
        expect(!cap->next || cap->next->prev == cap, "broken derivation list", (uint64_t)cap);
    }
    if (object->kind == TINE_KIND_SPACE)
        check_space((const struct space *)object);
}

/* Every living pool; dead ones are found through the frames that they own. */
static void each_pool(struct pool *pool, void (*visit)(struct pool *pool))
{
    struct object *object;

    visit(pool);
    LIST_FOREACH(object, &pool->objects, siblings)
        if (object->kind == TINE_KIND_POOL)
            each_pool((struct pool *)object, visit);
}

static void pool_restore(struct pool *pool)
{
    struct object *object;

    LIST_FOREACH(object, &pool->objects, siblings)
        if (object->kind == TINE_KIND_SPACE && ((struct space *)object)->tree.pool)
            restore_node(((struct space *)object)->tree.root, 2);
}

static void pool_reset(struct pool *pool)
{
    struct object *object;

    pool->counted = 0;
    LIST_FOREACH(object, &pool->objects, siblings)
        check_object(object, pool);
}

static void count_own(struct frame *frame, paddr_t pa)
{
    (void)pa;
    if (frame->type != FRAME_FREE)
        frame_pool(frame)->counted++;
}

/* Adds to its parent what a pool is good for. */
static void pool_add(struct pool *pool)
{
    if (!pool->seen && pool->head.pool)
        pool->head.pool->counted += pool->used > pool->reserve ? pool->used : pool->reserve;
    pool->seen = true;
}

static void pool_compare(struct pool *pool)
{
    if (!pool->seen)
        return;
    pool->seen = false;
    expect(pool->used <= pool->limit, "pool over its limit", (uint64_t)pool);
    expect(pool->used == pool->counted, "pool is charged for what it does not hold", (uint64_t)pool);
}

static void owner_add(struct frame *frame, paddr_t pa)
{
    (void)pa;
    if (frame->type != FRAME_FREE)
        pool_add(frame_pool(frame));
}

static void owner_compare(struct frame *frame, paddr_t pa)
{
    (void)pa;
    if (frame->type != FRAME_FREE)
        pool_compare(frame_pool(frame));
}

unsigned long check_all(void)
{
    broken = 0;
    frames_seen_free = frames_seen_used = 0;
    frames_each(reset);
    each_pool(pool_root(), pool_reset);
    frames_each(compare);
    each_pool(pool_root(), pool_restore);

    frames_each(count_own);
    each_pool(pool_root(), pool_add);
    frames_each(owner_add);
    each_pool(pool_root(), pool_compare);
    frames_each(owner_compare);
    expect(frames_seen_used == frames_total() - frames_free_count(), "free frames are miscounted", frames_seen_used);
    return broken;
}
