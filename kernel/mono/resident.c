/*
 * Resident servers: see ../resident.h and docs/placement.md. Windows and memory, then how a server comes to be. How it
 * enters and leaves the kernel is in door.S.
 */

#include "../resident.h"
#include "../endpoint.h"
#include "../frame.h"
#include "../pool.h"
#include "../print.h"
#include "../space.h"
#include "../trap.h"
#include <libc/layout.h>
#include <libc/mono/windows.h>
#include <riscv/offsets.h>
#include <sbi/paging.h>
#include <string.h>

int proc_main(void); /* main of servers/proc and servers/vfs, as servers/mono.mk links them */
int vfs_main(void);

void resident_begin(void);           /* door.S */
_Noreturn void resident_ended(void); /* called by door.S */

#define GIB_SHIFT 30

static const struct server {
    char name[16];
    int (*main)(void);
    vaddr_t window;
    uint64_t bytes;
} servers[RESIDENTS] = {
    { "proc", proc_main, RESIDENT_WINDOW_proc, RESIDENT_GIB_proc << GIB_SHIFT },
    { "vfs", vfs_main, RESIDENT_WINDOW_vfs, RESIDENT_GIB_vfs << GIB_SHIFT },
};

_Static_assert(RESIDENT_WINDOW_proc == RESIDENTS_BASE, "windows.h");
_Static_assert(RESIDENT_WINDOW_vfs == RESIDENT_WINDOW_proc + (RESIDENT_GIB_proc << GIB_SHIFT), "windows.h");
_Static_assert(RESIDENT_WINDOW_vfs + (RESIDENT_GIB_vfs << GIB_SHIFT) <= RESIDENTS_END, "windows.h");

/* The data of the servers within the image (sbi/image.lds). */
extern char residents_rodata[], residents_rodata_end[], residents_data[], residents_data_end[];

static bool settled[RESIDENTS];

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static const struct server *server_of(const struct object *object)
{
    return &servers[object->resident - 1];
}

/* One table for each GiB, linked from the kernel's root and so from that of every space. Until a server has settled they
 * are the kernel's own. */
void residents_boot(struct pool *pool)
{
    pte_t *root = phys_to_virt(kernel_root);

    for (unsigned i = 0; i < RESIDENTS; i++) {
        for (unsigned gib = 0; gib < servers[i].bytes >> GIB_SHIFT; gib++) {
            unsigned index = sv39_index(servers[i].window, 2) + gib;
            paddr_t table;

            if (pool_take_frame(pool, FRAME_OBJECT, true, &table))
                panic("no memory for the windows of resident servers");
            root[index] = pte_make(table, PTE_V);
            kernel_root_used[kernel_root_count++] = (uint16_t)index;
        }
    }
}

vaddr_t resident_window(const struct space *space, vaddr_t addr)
{
    return server_of(&space->head)->window + addr;
}

static bool within(vaddr_t addr, const char *start, const char *end)
{
    return addr >= (vaddr_t)start && addr < (vaddr_t)end;
}

void *resident_lookup(const struct space *space, vaddr_t addr, unsigned prot)
{
    const struct server *server = server_of(&space->head);
    vaddr_t offset = addr - server->window;

    if (offset < server->bytes)
        return space_lookup(space, offset, prot);
    if (within(addr, residents_data, residents_data_end))
        return (void *)addr;
    if (!(prot & TINE_PROT_WRITE) && within(addr, residents_rodata, residents_rodata_end))
        return (void *)addr;
    return NULL;
}

/* ---- a server comes to be ---------------------------------------------------------------------------------------- */

void residents_name(struct tine_boot *boot)
{
    for (unsigned i = 0; i < RESIDENTS; i++)
        memcpy(boot->resident[i], servers[i].name, sizeof(servers[i].name));
}

/* Links the window's tables from the space's own root, too, as the first tables of its tree. One page at the end of each
 * keeps it from ever being empty, and so from being given back. */
static err_t window_open(struct space *space, const struct server *server)
{
    pte_t *root = phys_to_virt(space->tree.root);
    unsigned first = sv39_index(server->window, 2);
    err_t err = 0;

    for (unsigned gib = 0; gib < server->bytes >> GIB_SHIFT && !err; gib++) {
        struct space_range last = { .addr = ((vaddr_t)(gib + 1) << GIB_SHIFT) - TINE_PAGE_SIZE, .npages = 1 };
        pte_t link = root[first + gib];

        pte_frame(link)->type = FRAME_NODE;
        root[gib] = link;
        node_use(frame_of(space->tree.root), gib);
        err = space_zero(space, &last, TINE_PROT_READ);
    }
    return err;
}

err_t resident_settle(struct thread *thread, unsigned long index)
{
    struct space *space = thread->space;

    if (index >= RESIDENTS)
        return TINE_ERR_ARG;
    if (settled[index] || thread->state != TINE_THREAD_STOPPED || thread->head.resident || space->head.resident ||
        space->head.dead || !tree_is_empty(&space->tree))
        return TINE_ERR_STATE;

    settled[index] = true; /* also if memory runs out now: the window is spent */
    thread->head.resident = space->head.resident = (uint8_t)(index + 1);
    thread->regs.pc = 1; /* not 0: it stands behind an operation */
    thread->regs.x[REG_RA] = (uint64_t)resident_begin;
    thread->regs.x[REG_S0] = (uint64_t)servers[index].main;
    thread->regs.x[REG_SP] = servers[index].window + SERVER_STACK_TOP;
    return window_open(space, &servers[index]);
}

void resident_ended(void)
{
    panic("a resident server has ended");
}
