/*
 * The invariant walker. Counts again, from the page tables, what the frame table says, and compares; adds up what the
 * pools are charged. `next` of the entries of pages and nodes is free for the counting.
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

static void expect(bool holds, const char *what, uint64_t where)
{
    if (holds)
        return;
    if (broken++ < REPORTS_MAX)
        kernel_log("check: %s (%lx)\n", what, where);
}

static void reset(struct frame *frame, paddr_t pa)
{
    if (frame->type == FRAME_PAGE || frame->type == FRAME_NODE)
        frame->next = 0;
    if (frame->type == FRAME_FREE)
        frames_seen_free++;
    else
        frames_seen_used++;
    expect(frame->type >= FRAME_FREE && frame->type <= FRAME_OBJECT, "frame without a type", pa);
}

static void compare(struct frame *frame, paddr_t pa)
{
    if (frame->type == FRAME_PAGE)
        expect(frame->refs == frame->next, "references to a page are miscounted", pa);
    if (frame->type == FRAME_NODE)
        expect(frame->refs == frame->next, "references to a node are miscounted", pa);
    if (frame->type != FRAME_FREE)
        expect(frame->pool != 0, "frame without a pool", pa);
}

static uint64_t check_leaf(paddr_t table)
{
    const pte_t *entry = phys_to_virt(table);
    uint64_t used = 0;

    for (unsigned i = 0; i < SV39_ENTRIES; i++) {
        struct frame *frame = entry[i] ? frame_counted(pte_paddr(entry[i])) : NULL;

        if (!entry[i])
            continue;
        used++;
        expect(entry[i] & PTE_U, "user page without U", entry[i]);
        expect(!(entry[i] & PTE_V) || (entry[i] & PTE_A), "page without A", entry[i]);
        expect(!(entry[i] & PTE_W) || (entry[i] & PTE_D), "writable page without D", entry[i]);
        expect(!(entry[i] & PTE_W) || !(entry[i] & PTE_COW), "writable page under copy-on-write", entry[i]);
        if (!frame)
            continue;
        expect(frame->type == FRAME_PAGE, "mapped frame is not a page", pte_paddr(entry[i]));
        frame->next++;
    }
    return used;
}

static void check_node(paddr_t table, unsigned level, uint64_t *pages, uint64_t *nodes)
{
    const pte_t *entry = phys_to_virt(table);
    struct frame *node = frame_of(table);
    unsigned end = level == 2 ? SV39_USER_ROOT : SV39_ENTRIES;
    uint64_t used = 0;

    expect(node->type == FRAME_NODE, "page table in a frame of another type", table);
    node->next++;
    ++*nodes;
    if (level == 0) {
        used = check_leaf(table);
        *pages += used;
    }
    for (unsigned i = 0; level && i < end; i++)
        if (entry[i]) {
            used++;
            expect(i >= node->first && i <= node->last, "used entry outside its node's bounds", table);
            check_node(pte_paddr(entry[i]), level - 1, pages, nodes);
        }
    expect(used == node->used, "used entries are miscounted", table);
}

static void check_space(struct space *space)
{
    uint64_t pages = 0, nodes = 0;

    if (!space->tree.root)
        return;
    check_node(space->tree.root, 2, &pages, &nodes);
    expect(pages == space->tree.pages, "pages of a space are miscounted", space->tree.root);
    expect(nodes == space->tree.nodes, "nodes of a space are miscounted", space->tree.root);
}

static void check_object(const struct object *object, const struct pool *pool)
{
    expect(object->kind > TINE_KIND_NONE && object->kind < TINE_KINDS, "object of no kind", (uint64_t)object);
    expect(object->pool == pool, "object in the list of another pool", (uint64_t)object);
    for (const struct cap *cap = object->caps; cap; cap = cap->next) {
        expect(cap->object == object && cap->kind == object->kind, "capability to another object", (uint64_t)cap);
        expect(!cap->next || cap->next->prev == cap, "broken derivation list", (uint64_t)cap);
    }
}

/* Charges from below: what the children of this pool are good for. */
static uint64_t check_pool(struct pool *pool)
{
    struct object *object;
    uint64_t below = 0;

    LIST_FOREACH(object, &pool->objects, siblings) {
        check_object(object, pool);
        if (object->kind == TINE_KIND_SPACE)
            check_space((struct space *)object);
        if (object->kind == TINE_KIND_POOL) {
            struct pool *child = (struct pool *)object;

            check_pool(child);
            below += child->used > child->reserve ? child->used : child->reserve;
        }
    }
    expect(pool->used <= pool->limit, "pool over its limit", (uint64_t)pool);
    expect(pool->used >= below, "pool charged less than its children", (uint64_t)pool);
    return below;
}

unsigned long check_all(void)
{
    broken = 0;
    frames_seen_free = frames_seen_used = 0;
    frames_each(reset);
    check_pool(pool_root());
    frames_each(compare);
    expect(frames_seen_used == frames_total() - frames_free_count(), "free frames are miscounted", frames_seen_used);
    expect(pool_root()->used >= frames_seen_used, "frames in use that no pool is charged for", frames_seen_used);
    return broken;
}
