#include "space_model.h"
#include "check.h"
#include "hart.h"
#include "host.h"
#include <stdio.h>
#include <stdlib.h>

#define SPACES       4
#define POOLS        2 /* space i lives in pool i % POOLS */
#define WINDOWS      5
#define WINDOW_PAGES 24
#define SLOTS        (WINDOWS * WINDOW_PAGES)
#define FRAMES       (SPACES * SLOTS + 1)
#define DEVICE       0x10000000ul

/* Addresses that an operation may name: the lower end, across a leaf table's border, across a GiB's, far from both, and
 * the upper end. */
static const vaddr_t window[WINDOWS] = {
    0,
    0x200000 - WINDOW_PAGES / 2 * TINE_PAGE_SIZE,
    0x40000000 - WINDOW_PAGES / 2 * TINE_PAGE_SIZE,
    0x2012345000,
    TINE_USER_END - WINDOW_PAGES * TINE_PAGE_SIZE,
};

struct model_page {
    bool mapped, readable, writable, exec, may_write, cow, device;
    bool snapshot; /* a clone relies on what the frame holds; a private view by SHARE does not */
    unsigned frame;
};

static struct model_page model[SPACES][SLOTS];
static struct {
    unsigned refs;
    uint64_t value;
} frames[FRAMES];
static struct space *space[SPACES];
static struct pool *pool[POOLS];

static bool big_pages; /* some were made: then there are pages outside of the windows, which nobody counts */

static const uint8_t *input;
static size_t input_left;
static unsigned refused;
static uint64_t stamp;

#define require(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static unsigned take(unsigned below)
{
    if (!input_left)
        return 0;
    input_left--;
    return *input++ % below;
}

static vaddr_t slot_addr(unsigned slot)
{
    return window[slot / WINDOW_PAGES] + (vaddr_t)(slot % WINDOW_PAGES) * TINE_PAGE_SIZE;
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

static unsigned fresh(uint64_t value)
{
    for (unsigned i = 0; i < FRAMES; i++)
        if (!frames[i].refs) {
            frames[i].refs = 1;
            frames[i].value = value;
            return i;
        }
    abort();
}

static void drop(struct model_page *page)
{
    if (page->mapped && !page->device)
        frames[page->frame].refs--;
    *page = (struct model_page){ 0 };
}

static void set_rights(struct model_page *page, unsigned prot, bool write)
{
    page->readable = prot & 7;
    page->exec = prot & TINE_PROT_EXEC;
    page->writable = prot & TINE_PROT_WRITE && write;
}

static void model_zero(struct model_page *page, unsigned prot)
{
    if (page->mapped)
        return;
    *page = (struct model_page){ .mapped = true, .may_write = true, .frame = fresh(0) };
    set_rights(page, prot, true);
}

static void model_copy(struct model_page *page, unsigned prot)
{
    if (!page->mapped) {
        if (prot & TINE_PROT_ZERO)
            model_zero(page, prot);
        return;
    }
    if (frames[page->frame].refs > 1) {
        frames[page->frame].refs--;
        page->frame = fresh(frames[page->frame].value);
    }
    page->may_write = true;
    page->cow = page->snapshot = false;
    set_rights(page, prot, true);
}

static void model_protect(struct model_page *page, unsigned prot)
{
    if (page->mapped)
        set_rights(page, prot, page->writable || (page->may_write && !page->cow && !page->device));
}

static void model_clone(struct model_page *to, struct model_page *from, unsigned granularity)
{
    drop(to);
    if (!from->mapped)
        return;
    if (granularity != TINE_CLONE_FRAMES && from->may_write && !from->device) {
        from->writable = from->may_write = false;
        from->cow = true;
    }
    if (granularity != TINE_CLONE_FRAMES)
        from->snapshot = from->cow;
    *to = *from;
    if (to->device)
        return;
    if (granularity == TINE_CLONE_FRAMES && (to->may_write || to->cow))
        to->frame = fresh(frames[to->frame].value);
    else
        frames[to->frame].refs++;
}

static bool share_permitted(const struct model_page *from, unsigned prot)
{
    if (!from->mapped || !(prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE)))
        return true;
    return from->device ? from->writable : from->may_write;
}

static void model_share(struct model_page *to, const struct model_page *from, unsigned prot)
{
    struct model_page page = *from;

    if (page.mapped && !page.device) {
        frames[page.frame].refs++;
        page.may_write = prot & (TINE_PROT_WRITE | TINE_PROT_MAY_WRITE);
        page.cow = prot & TINE_PROT_PRIVATE;
        page.snapshot = false;
    }
    drop(to);
    if (!page.mapped)
        return;
    set_rights(&page, prot, true);
    *to = page;
}

/* ---- the page tables themselves, looked at without the kernel's functions, which would settle what they meet ------------ */

/* The leaf entry, or 0. `open`: as hardware would find it, only if every link on the way is open. *shared: other trees
 * reach it, too. */
static pte_t walk(const struct space *of, vaddr_t addr, bool open, bool *shared)
{
    const pte_t *table = phys_to_virt(of->tree.root);
    pte_t pte = table[sv39_index(addr, 2)];

    *shared = false;
    for (unsigned level = 2; level-- > 0;) {
        if (!pte || (open && !(pte & PTE_V)))
            return 0;
        if (pte_is_big(pte)) {
            *shared |= pte_frame(pte)->big > 1;
            return pte;
        }
        *shared |= pte_frame(pte)->refs > 1;
        table = phys_to_virt(pte_paddr(pte));
        pte = table[sv39_index(addr, level)];
    }
    return pte;
}

static pte_t hardware_walk(const struct space *of, vaddr_t addr)
{
    bool shared;

    return walk(of, addr, true, &shared);
}

/* Whether some other page is a snapshot that has this frame. */
static bool snapshot_of(const struct model_page *page)
{
    for (unsigned s = 0; s < SPACES; s++)
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            const struct model_page *other = &model[s][slot];

            if (other != page && other->mapped && !other->device && other->snapshot && other->frame == page->frame)
                return true;
        }
    return false;
}

/* A page that a snapshot made copy-on-write is writable again where its table was never frozen and the other side is
 * gone: no other side can tell. The model follows. */
static void adopt(unsigned s, unsigned slot)
{
    struct model_page *page = &model[s][slot];
    bool shared;
    pte_t pte = page->cow ? walk(space[s], slot_addr(slot), false, &shared) : 0;

    if (!pte || shared || (pte & PTE_DEVICE) != PTE_MAY_WRITE)
        return;
    require(!snapshot_of(page));
    page->cow = page->snapshot = false;
    page->may_write = true;
    page->writable = pte & PTE_W;
}

static void adopt_all(void)
{
    for (unsigned s = 0; s < SPACES; s++)
        for (unsigned slot = 0; space[s] && slot < SLOTS; slot++)
            adopt(s, slot);
}

/* ---- comparison -------------------------------------------------------------------------------------------------- */

static unsigned expected_state(const struct model_page *page)
{
    unsigned state = page->mapped ? TINE_PAGE_PRESENT : 0;

    state |= page->writable ? TINE_PAGE_WRITABLE : 0;
    state |= page->exec ? TINE_PAGE_EXEC : 0;
    if (page->device)
        return state | TINE_PAGE_COW | TINE_PAGE_MAY_WRITE;
    state |= page->cow ? TINE_PAGE_COW : 0;
    state |= page->may_write ? TINE_PAGE_MAY_WRITE : 0;
    return state | (page->mapped && frames[page->frame].refs == 1 ? TINE_PAGE_EXCLUSIVE : 0);
}

static void compare_slot(unsigned s, unsigned slot)
{
    const struct model_page *page = &model[s][slot];
    vaddr_t addr = slot_addr(slot);
    uint64_t *found = space_lookup(space[s], addr + 8, TINE_PROT_READ);
    unsigned state;
    size_t run;

    require(space_inspect(space[s], addr, 1, &state, &run) == 0);
    require(state == expected_state(page));
    require(run == 1);
    require(!!found == (page->readable && !page->device));
    if (found)
        require(*found == frames[page->frame].value);
    require(!!space_lookup(space[s], addr, TINE_PROT_WRITE) == (page->writable && !page->device));
}

/* Hardware reaches nothing that the model denies; above all it writes to no frame that somebody else reads. */
static void compare_hardware(unsigned s, unsigned slot)
{
    const struct model_page *page = &model[s][slot];
    pte_t pte = hardware_walk(space[s], slot_addr(slot));

    if (!(pte & PTE_V))
        return;
    require(page->mapped && page->readable);
    require(!(pte & PTE_X) || page->exec);
    require(!(pte & PTE_W) || page->writable);
}

/* Runs that inspect reports cover a window exactly. */
static void compare_runs(unsigned s, unsigned w)
{
    size_t run, at = 0;
    unsigned state;

    for (; at < WINDOW_PAGES; at += run) {
        unsigned slot = w * WINDOW_PAGES + (unsigned)at;

        require(space_inspect(space[s], slot_addr(slot), WINDOW_PAGES - at, &state, &run) == 0);
        require(run > 0 && run <= WINDOW_PAGES - at);
        for (size_t i = 0; i < run; i++)
            require(expected_state(&model[s][slot + i]) == state);
    }
}

/* `whole`: also by the kernel's own functions, which settle shared tables as they go; so not after each step. */
static void compare_whole(unsigned s)
{
    uint64_t pages = 0, nodes = 0, expected = 0;
    vaddr_t addr = 0;

    for (unsigned slot = 0; slot < SLOTS; slot++) {
        adopt(s, slot);
        compare_slot(s, slot);
        expected += model[s][slot].mapped;
    }
    for (unsigned w = 0; w < WINDOWS; w++)
        compare_runs(s, w);
    require(space_count(space[s], &addr, &pages, &nodes) == 0);
    require(big_pages ? pages >= expected : pages == expected);
}

static void compare(bool whole)
{
    adopt_all();
    for (unsigned s = 0; s < SPACES; s++)
        for (unsigned slot = 0; space[s] && slot < SLOTS; slot++)
            compare_hardware(s, slot);
    for (unsigned s = 0; s < SPACES; s++)
        if (whole && space[s])
            compare_whole(s);
    require(check_all() == 0);
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

struct operation {
    unsigned s, source, first, source_first, npages, prot, granularity;
    struct space_range range;
};

enum { ZERO, COPY, PROTECT, UNMAP, SHARE, CLONE, MAP_DEVICE, ZERO_BIG };

static err_t kernel_does(unsigned what, struct operation *o)
{
    adopt_all();
    switch (what) {
    case ZERO:
        return space_zero(space[o->s], &o->range, o->prot);
    case ZERO_BIG:
        return space_zero(space[o->s], &o->range, o->prot | TINE_PROT_BIG);
    case COPY:
        return space_copy(space[o->s], &o->range, o->prot);
    case PROTECT:
        return space_protect(space[o->s], &o->range, o->prot);
    case UNMAP:
        return space_unmap(space[o->s], &o->range);
    case SHARE:
        return space_share(space[o->s], &o->range, o->prot, space[o->source]);
    case CLONE:
        return space_clone(space[o->s], &o->range, o->granularity, space[o->source]);
    default:
        return space_device(space[o->s], &o->range, o->prot, DEVICE + (o->range.addr - slot_addr(o->first)));
    }
}

static void model_does(unsigned what, const struct operation *o, unsigned i)
{
    struct model_page *page = &model[o->s][o->first + i];

    switch (what) {
    case ZERO:
    case ZERO_BIG:
        model_zero(page, o->prot);
        return;
    case COPY:
        model_copy(page, o->prot);
        return;
    case PROTECT:
        model_protect(page, o->prot);
        return;
    case UNMAP:
        drop(page);
        return;
    case SHARE:
        model_share(page, &model[o->source][o->source_first + i], o->prot);
        return;
    case CLONE:
        model_clone(page, &model[o->source][o->first + i], o->granularity);
        return;
    default:
        drop(page);
        *page = (struct model_page){ .mapped = true, .device = true };
        set_rights(page, o->prot, true);
    }
}

/* Whether the model says that the operation stops at page i, and why. */
static err_t model_refuses(unsigned what, const struct operation *o, unsigned i)
{
    if (what == COPY && model[o->s][o->first + i].device)
        return TINE_ERR_RIGHTS;
    if (what == SHARE && !share_permitted(&model[o->source][o->source_first + i], o->prot))
        return TINE_ERR_RIGHTS;
    return 0;
}

/* A clone that stopped may have emptied a part of what it was about to replace. */
static void reconcile(unsigned s, unsigned first, unsigned end)
{
    bool shared;

    for (unsigned slot = first; slot < end; slot++)
        if (!walk(space[s], slot_addr(slot), false, &shared))
            drop(&model[s][slot]);
}

static void operate(unsigned what, struct operation *o)
{
    unsigned preempt = take(4), done = 0;
    err_t err, expected = 0;

    do {
        unsigned before = o->range.npages;

        host_preempt_after(preempt);
        err = kernel_does(what, o);
        require(o->range.npages <= before);
        require(o->range.addr == slot_addr(o->first) + (o->npages - o->range.npages) * TINE_PAGE_SIZE);
        for (; done < o->npages - o->range.npages && !expected; done++) {
            expected = model_refuses(what, o, done);
            if (expected)
                break;
            model_does(what, o, done);
        }
        if (err && what == CLONE)
            reconcile(o->s, o->first + done, o->first + o->npages);
    } while (err == SPACE_PREEMPTED);
    host_preempt_after(0);

    if (!expected && done < o->npages)
        expected = model_refuses(what, o, done);
    if (err == TINE_ERR_MEMORY) {
        refused++;
    } else {
        require(err == expected);
        require(done == o->npages - o->range.npages);
        require(err || done == o->npages);
    }
}

static void choose_operation(unsigned what)
{
    static const unsigned share_prot[] = {
        TINE_PROT_READ,
        TINE_PROT_READ | TINE_PROT_EXEC,
        TINE_PROT_READ | TINE_PROT_WRITE,
        TINE_PROT_READ | TINE_PROT_PRIVATE,
        TINE_PROT_READ | TINE_PROT_EXEC | TINE_PROT_PRIVATE,
        TINE_PROT_READ | TINE_PROT_MAY_WRITE,
        TINE_PROT_PRIVATE,
        TINE_PROT_READ | TINE_PROT_WRITE | TINE_PROT_EXEC,
    };
    struct operation o = { .s = take(SPACES), .source = take(SPACES) };
    unsigned offset, source_offset, longest;

    o.first = take(SLOTS);
    o.source_first = take(2) ? o.first : take(SLOTS);
    offset = o.first % WINDOW_PAGES;
    source_offset = what == SHARE ? o.source_first % WINDOW_PAGES : offset;
    longest = WINDOW_PAGES - (offset > source_offset ? offset : source_offset);
    o.npages = take(3) ? 1 + take(longest) : 1;
    o.prot = what == SHARE ? share_prot[take(8)] : take(8);
    if (what == COPY && o.npages == 1)
        o.prot |= take(2) * TINE_PROT_ZERO;
    if (what == MAP_DEVICE)
        o.prot &= TINE_PROT_READ | TINE_PROT_WRITE;
    o.granularity = take(5);
    o.range = (struct space_range){ slot_addr(o.first), o.npages, slot_addr(o.source_first) };
    if (!space[o.s] || ((what == SHARE || what == CLONE) && !space[o.source]) || (what == CLONE && o.s == o.source))
        return;
    if (what == SHARE && o.s == o.source && o.first != o.source_first)
        o.npages = o.range.npages = 1; /* overlapping ranges have no simple model */
    operate(what, &o);
}

/* One side of a page that a clone gave to both at once, if there was memory for it. */
static void own(unsigned s, unsigned slot)
{
    struct model_page *page = &model[s][slot];

    if (!space_lookup(space[s], slot_addr(slot), TINE_PROT_WRITE)) {
        require(frames_free_count() < 2 || pool[s % POOLS]->used >= pool[s % POOLS]->limit);
        refused++;
        return;
    }
    if (frames[page->frame].refs > 1) {
        frames[page->frame].refs--;
        page->frame = fresh(frames[page->frame].value);
    }
    page->writable = page->may_write = true;
    page->cow = page->snapshot = false;
}

/* A clone of a page, and then each side gets its own at once. */
static void clone_hot(void)
{
    struct operation o = { .s = take(SPACES), .source = take(SPACES), .first = take(SLOTS), .npages = 1 };
    uint64_t hot;

    if (!space[o.s] || !space[o.source] || o.s == o.source)
        return;
    o.range = (struct space_range){ slot_addr(o.first), 1, 0 };
    adopt_all();
    hot = space_hot(space[o.source], slot_addr(o.first) + 77);
    require(hot == 0 || hot == slot_addr(o.first));
    if (slot_addr(o.first))
        require(!!hot == (model[o.source][o.first].writable && !model[o.source][o.first].device));
    operate(CLONE, &o);
    if (o.range.npages)
        return;
    space_unshare(space[o.s], space[o.source], hot);
    if (!hot)
        return;
    own(o.s, o.first);
    if (model[o.s][o.first].writable)
        own(o.source, o.first);
}

/* What a clone does for pages that the new space is going to write to. */
static void copy_some(void)
{
    unsigned s = take(SPACES), slot = take(SLOTS);
    struct model_page *page = &model[s][slot];
    uint64_t bits = 1;

    if (!space[s] || frames_free_count() < 4 || pool[s % POOLS]->used + 4 >= pool[s % POOLS]->limit)
        return; /* without memory nothing happens, and the model does not know what memory there is */
    adopt_all();
    require(!space_copy_some(space[s], slot_addr(slot), &bits) && !bits);
    if (page->mapped && !page->device)
        model_copy(page, TINE_PROT_READ | TINE_PROT_WRITE);
}

/* A fault that the kernel may answer by itself. */
static void touch(void)
{
    static const unsigned wish[] = { TINE_PROT_READ, TINE_PROT_WRITE, TINE_PROT_EXEC };
    static const pte_t right[] = { PTE_R, PTE_W, PTE_X };
    unsigned s = take(SPACES), slot = take(SLOTS), i = take(3);

    if (space[s] && space_open(space[s], slot_addr(slot) + 123, wish[i]))
        require(hardware_walk(space[s], slot_addr(slot)) & right[i]);
}

/* Whole tables: all of the 2 MiB or the GiB in which a slot is. */
static void operate_on_block(void)
{
    static const unsigned char which[] = { CLONE, CLONE, CLONE, UNMAP, PROTECT, COPY, ZERO_BIG, ZERO_BIG };
    struct operation o = { .s = take(SPACES), .source = take(SPACES), .granularity = take(5), .prot = take(8) };
    unsigned what = which[take(8)], slot;
    uint64_t span = sv39_span(what == ZERO_BIG ? 1 : 1 + take(2));
    err_t err, expected = 0;

    o.range = (struct space_range){ slot_addr(take(SLOTS)) & ~(span - 1), span / TINE_PAGE_SIZE, 0 };
    if (!space[o.s] || !space[o.source] || o.s == o.source)
        return;
    for (slot = 0; slot < SLOTS && slot_addr(slot) < o.range.addr; slot++)
        ;
    do {
        host_preempt_after(take(4));
        err = kernel_does(what, &o);
        for (; slot < SLOTS && slot_addr(slot) < o.range.addr; slot++) {
            o.first = slot;
            model_does(what, &o, 0);
        }
        if (err && what == CLONE)
            reconcile(o.s, slot, SLOTS);
    } while (err == SPACE_PREEMPTED);
    host_preempt_after(0);
    o.first = slot;
    if (slot < SLOTS && o.range.npages)
        expected = model_refuses(what, &o, 0);
    require(err == expected || err == TINE_ERR_MEMORY || (what == ZERO_BIG && err == TINE_ERR_STATE));
    big_pages |= what == ZERO_BIG && !err;
    refused += err == TINE_ERR_MEMORY;
}

/* Ranges over everything: the gaps between windows are crossed. */
static void clone_all(void)
{
    struct operation o = { .s = take(SPACES), .source = take(SPACES), .granularity = take(5) };
    unsigned slot = 0;
    err_t err;

    if (!space[o.s] || !space[o.source] || o.s == o.source)
        return;
    o.range = (struct space_range){ 0, TINE_USER_END / TINE_PAGE_SIZE, 0 };
    do {
        host_preempt_after(take(8));
        err = kernel_does(CLONE, &o);
        for (; slot < SLOTS && slot_addr(slot) < o.range.addr; slot++)
            model_clone(&model[o.s][slot], &model[o.source][slot], o.granularity);
        if (err)
            reconcile(o.s, slot, SLOTS);
    } while (err == SPACE_PREEMPTED);
    host_preempt_after(0);
    require(!err || err == TINE_ERR_MEMORY);
    refused += !!err;
}

static void unmap_all(void)
{
    struct operation o = { .s = take(SPACES) };
    unsigned slot = 0;
    err_t err;
    if (!space[o.s])
        return;
    o.range = (struct space_range){ 0, TINE_USER_END / TINE_PAGE_SIZE, 0 };
    do {
        host_preempt_after(take(8));
        err = kernel_does(UNMAP, &o);
        for (; slot < SLOTS && slot_addr(slot) < o.range.addr; slot++)
            drop(&model[o.s][slot]);
    } while (err == SPACE_PREEMPTED);
    host_preempt_after(0);
    require(!err);
    require(tree_is_empty(&space[o.s]->tree));
}

static void write_page(void)
{
    unsigned s = take(SPACES), slot = take(SLOTS);
    uint64_t *page = space[s] ? space_lookup(space[s], slot_addr(slot) + 8, TINE_PROT_WRITE) : NULL;

    if (!page)
        return;
    *page = ++stamp;
    frames[model[s][slot].frame].value = stamp;
}

static void forget_space(unsigned s)
{
    for (unsigned slot = 0; slot < SLOTS; slot++)
        drop(&model[s][slot]);
    space[s] = NULL;
}

static void make_space(unsigned s)
{
    struct pool **from = &pool[s % POOLS];
    struct space *made;

    if (!*from && host_split(pool_root(), take(30), 0, from))
        *from = NULL;
    made = *from ? object_alloc(*from, TINE_KIND_SPACE) : NULL;
    if (!made)
        return;
    if (space_init(made, *from)) {
        pool_free_object(*from, made, sizeof(*made));
        return;
    }
    object_init(&made->head, TINE_KIND_SPACE, *from);
    space[s] = made;
}

static void destroy_space(void)
{
    unsigned s = take(SPACES);

    if (!space[s])
        return;
    host_preempt_after(take(4));
    while (!object_destroy(&space[s]->head))
        ;
    host_preempt_after(0);
    forget_space(s);
}

static void destroy_pool(void)
{
    unsigned p = take(POOLS);

    if (!pool[p])
        return;
    for (unsigned s = p; s < SPACES; s += POOLS)
        if (space[s])
            forget_space(s);
    object_destroy(&pool[p]->head);
    pool[p] = NULL;
}

static void one_step(void)
{
    static const unsigned char often[] = { ZERO, ZERO, ZERO, ZERO,  ZERO,  ZERO,  COPY,  COPY,
                                           COPY, PROTECT, PROTECT, SHARE, SHARE, CLONE, CLONE, UNMAP };
    unsigned what = take(128);

    if (what < 96)
        choose_operation(often[what % 16]);
    else if (what < 98)
        choose_operation(MAP_DEVICE);
    else if (what < 106)
        operate_on_block();
    else if (what < 110)
        touch();
    else if (what < 118)
        write_page();
    else if (what < 120)
        clone_all();
    else if (what == 120)
        clone_hot();
    else if (what == 121)
        unmap_all();
    else if (what == 122)
        destroy_space();
    else if (what == 123)
        destroy_pool();
    else
        copy_some();
}

static void end(struct pool *root, uint64_t total)
{
    for (unsigned s = 0; s < SPACES; s++)
        if (space[s]) {
            object_destroy(&space[s]->head);
            forget_space(s);
        }
    for (unsigned p = 0; p < POOLS; p++)
        if (pool[p])
            object_destroy(&pool[p]->head);
    require(check_all() == 0);
    require(root->used == 0);
    require(frames_free_count() == total);
}

unsigned model_run(const uint8_t *data, size_t len)
{
    struct pool *root;
    unsigned total;

    input = data;
    input_left = len;
    refused = 0;
    total = 20 + take(250);
    if (take(3) == 0)
        total += 1024 + take(200) * 10; /* room for a few big pages */
    big_pages = false;
    root = host_machine(total);
    host_space_teardown = space_teardown;
    memset(model, 0, sizeof(model));
    memset(frames, 0, sizeof(frames));
    memset(pool, 0, sizeof(pool));
    memset(space, 0, sizeof(space));
    while (input_left) {
        for (unsigned s = 0; s < SPACES; s++)
            if (!space[s])
                make_space(s);
        one_step();
        compare(take(8) == 0);
    }
    compare(true);
    end(root, total);
    return refused;
}
