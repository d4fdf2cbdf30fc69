/* Boot memory and the first task: see boot.h. Nobody can be told of an error yet, so one is a panic. */

#include "boot.h"
#include "cap.h"
#include "copy.h"
#include "frame.h"
#include "hart.h"
#include "pool.h"
#include "print.h"
#include "resident.h"
#include "space.h"
#include "thread.h"
#include <libc/layout.h>
#include <riscv/tlb.h>
#include <sbi/embed.h>
#include <sbi/machine.h>
#include <string.h>


#define ROOT_PRIORITY 28

static size_t pages(size_t bytes)
{
    return (bytes + TINE_PAGE_SIZE - 1) >> TINE_PAGE_SHIFT;
}

/* The frame table lies in the first free range that holds it. */
static struct range table_place(const struct ranges *free, size_t bytes)
{
    for (unsigned i = 0; i < free->count; i++)
        if (free->at[i].end - free->at[i].start >= bytes)
            return (struct range){ free->at[i].start, free->at[i].start + bytes };
    panic("no range of RAM holds the frame table of %zu bytes", bytes);
}

struct pool *boot_memory(const struct machine *machine)
{
    struct ranges free;
    struct range table;
    paddr_t base = machine->ram.at[0].start;
    paddr_t end = machine->ram.at[machine->ram.count - 1].end;

    machine_free(machine, &free);
    table = table_place(&free, pages(frames_table_bytes(base, end)) << TINE_PAGE_SHIFT);
    frames_init(base, end, phys_to_virt(table.start));
    for (unsigned i = 0; i < free.count; i++) {
        struct range r = free.at[i];

        if (r.start == table.start)
            r.start = table.end;
        if (r.start < r.end)
            frames_add(r.start, r.end);
    }
    return pool_root_init();
}

static void map_fresh(struct space *space, vaddr_t addr, size_t npages, unsigned prot)
{
    struct space_range range = { .addr = addr, .npages = npages };
    err_t err;

    do
        err = space_zero(space, &range, prot);
    while (err == SPACE_PREEMPTED);
    if (err)
        panic("the first task does not fit into memory");
}

/* Fills mapped pages, whatever they permit to the task. */
static void fill(struct space *space, vaddr_t addr, const void *data, size_t bytes)
{
    for (size_t done = 0, piece; done < bytes; done += piece) {
        size_t in_page = (addr + done) & (TINE_PAGE_SIZE - 1);

        piece = TINE_PAGE_SIZE - in_page;
        if (piece > bytes - done)
            piece = bytes - done;
        memcpy(space_lookup(space, addr + done, TINE_PROT_READ), (const char *)data + done, piece);
    }
}

static void map_image(struct space *space)
{
    const char *image = root_image;
    size_t file = *(const uint64_t *)(image + SERVER_HEAD_FILE);
    size_t memory = *(const uint64_t *)(image + SERVER_HEAD_MEMORY);
    size_t text = *(const uint64_t *)(image + SERVER_HEAD_TEXT);
    struct space_range code = { .addr = SERVER_IMAGE, .npages = pages(text) };

    if (file > (size_t)(root_image_end - root_image) || text > memory || text % TINE_PAGE_SIZE)
        panic("the image of the first task is broken");
    map_fresh(space, SERVER_IMAGE, pages(text), TINE_PROT_READ);
    map_fresh(space, SERVER_IMAGE + text, pages(memory - text), TINE_PROT_READ | TINE_PROT_WRITE);
    fill(space, SERVER_IMAGE, image, file);
    if (space_protect(space, &code, TINE_PROT_READ | TINE_PROT_EXEC)) /* now that it is code */
        panic("the first task's text is broken");
    map_fresh(space, SERVER_STACK, SERVER_STACK_PAGES, TINE_PROT_READ | TINE_PROT_WRITE);
}

/* A read-only copy of `bytes` bytes at *next, which moves on behind it. Returns its address. */
static vaddr_t map_copy(struct space *space, vaddr_t *next, const void *data, size_t bytes)
{
    vaddr_t addr = *next;

    if (!bytes)
        return 0;
    map_fresh(space, addr, pages(bytes), TINE_PROT_READ);
    fill(space, addr, data, bytes);
    *next = addr + (pages(bytes) << TINE_PAGE_SHIFT);
    return addr;
}

/* The initial file system stays where the boot loader put it: its frames become pages of the task. */
static vaddr_t map_initrd(struct space *space, vaddr_t *next, const struct machine *machine)
{
    paddr_t first = machine->initrd.start & ~(paddr_t)(TINE_PAGE_SIZE - 1);
    struct space_range range = { .addr = *next, .npages = pages(machine->initrd.end - first) };
    vaddr_t addr = *next + (machine->initrd.start - first);
    err_t err;

    if (machine->initrd.start >= machine->initrd.end)
        return 0;
    do
        err = space_adopt(space, &range, TINE_PROT_READ, first + (range.addr - *next));
    while (err == SPACE_PREEMPTED);
    if (err)
        panic("the initial file system at %lx does not lie in RAM", machine->initrd.start);
    *next = range.addr;
    return addr;
}

static void map_boot_page(struct space *space, const struct machine *machine)
{
    vaddr_t next = TINE_BOOT_ADDRESS + TINE_PAGE_SIZE;
    struct tine_boot boot = {
        .timebase_hz = machine->timebase_hz,
        .harts = machine->hart_count,
        .boot_hart = machine->harts[0].id,
        .frames = frames_total(),
        .dtb_bytes = machine->dtb.end - machine->dtb.start,
        .archive_bytes = (size_t)(boot_archive_end - boot_archive),
        .initrd_bytes = machine->initrd.end - machine->initrd.start,
        .asid_bits = tlb_asid_bits(),
    };

    if (RESIDENTS)
        residents_name(&boot);
    boot.dtb = map_copy(space, &next, phys_to_virt(machine->dtb.start), boot.dtb_bytes);
    boot.archive = map_copy(space, &next, boot_archive, boot.archive_bytes);
    boot.initrd = map_initrd(space, &next, machine);
    map_fresh(space, TINE_BOOT_ADDRESS, 1, TINE_PROT_READ);
    fill(space, TINE_BOOT_ADDRESS, &boot, sizeof(boot));
}

static void *make(struct pool *pool, struct cspace *cspace, enum tine_kind kind, unsigned index)
{
    void *memory = object_alloc(pool, kind);
    struct cap *slot;

    if (!memory)
        panic("no memory for the first task");
    object_init(object_head(memory, kind), kind, pool);
    if (!cspace) { /* the capability space itself: its own first entry */
        cspace = memory;
        if (cspace_init(cspace))
            panic("no memory for the first task");
    }
    if (cap_slot(cspace, index, &slot))
        panic("no memory for the first task");
    cap_original(slot, object_head(memory, kind));
    return memory;
}

struct thread *boot_first_task(const struct machine *machine, struct pool *pool)
{
    struct cspace *cspace = make(pool, NULL, TINE_KIND_CSPACE, TINE_SLOT_CSPACE);
    struct space *space;
    struct thread *thread;
    struct cap *slot;

    kassert(!cap_slot(cspace, TINE_SLOT_POOL, &slot));
    cap_original(slot, &pool->head);
    make(pool, cspace, TINE_KIND_CONTROL, TINE_SLOT_CONTROL);
    space = make(pool, cspace, TINE_KIND_SPACE, TINE_SLOT_SPACE);
    if (space_init(space, pool))
        panic("no memory for the first task");
    map_image(space);
    map_boot_page(space, machine);
    thread = make(pool, cspace, TINE_KIND_THREAD, TINE_SLOT_THREAD);
    thread_init(thread, space, cspace, NULL);
    thread_set_priority(thread, ROOT_PRIORITY);
    thread->regs.pc = SERVER_IMAGE;
    thread->regs.x[REG_SP] = SERVER_STACK_TOP;
    thread->state = TINE_THREAD_READY;
    return thread;
}
