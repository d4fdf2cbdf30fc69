/*
 * Page faults: see pager.h. Reading order: pager_fault, plan, plan_anonymous, plan_backed.
 *
 * A write fault on anonymous memory needs no look at the page: COPY does what is right whether it is absent, shared by
 * a fork, or the process's own already. Everywhere else one TINE_SPACE_INSPECT tells.
 */
#include "servers/proc/pager.h"
#include "servers/proc/backing.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/frozen.h"
#include "servers/proc/library.h"
#include "servers/proc/oom.h"
#include "servers/proc/prefault.h"
#include "servers/proc/process.h"
#include "servers/proc/warm.h"
#include "servers/protocol/linux.h"
#include <stdio.h>
#include <string.h>

/* Of a buffer that vfs could not reach, brought at once. */
enum { BRING_PAGES = 64 };

#define PAGE_OF(addr) ((addr) & ~(TINE_PAGE_SIZE - 1UL))

/* An operation on a space, laid out as TINE_ANSWER_ITEM wants it. */
struct item {
    unsigned long op, addr, npages, prot, source, source_addr;
};
_Static_assert(sizeof(struct item) == sizeof(((struct tine_message *)0)->w), "an item is the words of an answer");

enum plan {
    PLAN_ITEM,     /* do the item; the access will work, or fault again for the next step */
    PLAN_NOTHING,  /* the page is as it should be */
    PLAN_UNMAPPED, /* no region there: SIGSEGV, SEGV_MAPERR */
    PLAN_DENIED,   /* the region does not permit it: SIGSEGV, SEGV_ACCERR */
    PLAN_BEYOND,   /* beyond the end of the file: SIGBUS */
    PLAN_MEMORY    /* memory is exhausted */
};

static bool access_allowed(const struct region *region, unsigned want)
{
    /* The hardware has no page that may be written or executed but not read. */
    if (region->flags & REGION_GUARD)
        return false;
    return want & TINE_PROT_READ ? region->prot != 0 : (region->prot & want) != 0;
}

static uint64_t pages_to_end(const struct region *region, uint64_t addr, uint64_t most)
{
    uint64_t pages = (region->end - addr) >> TINE_PAGE_SHIFT;

    return pages < most ? pages : most;
}

/* Satisfied already: another thread was faster, or the hardware remembered an entry that is no more. */
static bool page_serves(unsigned state, unsigned want)
{
    if (!(state & TINE_PAGE_PRESENT))
        return false;
    if (want & TINE_PROT_WRITE)
        return state & TINE_PAGE_WRITABLE;
    return !(want & TINE_PROT_EXEC) || (state & TINE_PAGE_EXEC);
}

static enum plan plan_copy(const struct space *space, const struct region *region, uint64_t page, unsigned absent,
                           struct item *item)
{
    if (!warm_note(space, page) && region->backing && !space->cloned)
        library_wrote(region, page);
    *item = (struct item){ .op = TINE_SPACE_COPY, .addr = page, .npages = 1, .prot = region->prot | absent };
    return PLAN_ITEM;
}

/* Whether the page is next to those of the last fault: upwards as heaps grow, or downwards as stacks do. */
static bool in_sequence(const struct space *space, uint64_t page)
{
    return page == space->fault_high || page + TINE_PAGE_SIZE == space->fault_low;
}

/*
 * Most pages that one fault brings in, as the user chose: strategy.h. Around a fault in a file all that is in the cache
 * is worth having: a page costs some 30 instructions, a fault 700. Fresh zero pages cost 550 each and may never be
 * used: window.
 */
static uint64_t batch_of(const struct process *process)
{
    return choice_get(process ? &process->attributes.fork : NULL, TINE_FORK_BATCH);
}

/*
 * How many pages to do at once, from *page on, which moves down if the sequence goes there: twice as many each time
 * that a fault is next to the last. So at most as many are done in vain as were of use.
 */
static uint64_t window(struct space *space, const struct process *process, const struct region *region, uint64_t *page)
{
    bool down = *page + TINE_PAGE_SIZE == space->fault_low;
    uint64_t pages = in_sequence(space, *page) ? 2 * space->fault_pages : 1;

    if (pages > 1 && pages > batch_of(process))
        pages = batch_of(process);
    if (down && (*page - region->start) >> TINE_PAGE_SHIFT >= pages)
        *page -= (pages - 1) << TINE_PAGE_SHIFT;
    else
        pages = pages_to_end(region, *page, down ? 1 : pages);
    space->fault_pages = (unsigned)pages;
    space->fault_low = *page;
    space->fault_high = *page + (pages << TINE_PAGE_SHIFT);
    return pages;
}

static enum plan plan_zero(struct space *space, const struct process *process, const struct region *region,
                           uint64_t page, struct item *item)
{
    uint64_t pages;

    warm_note(space, page);
    pages = window(space, process, region, &page);
    *item = (struct item){ .op = TINE_SPACE_ZERO, .addr = page, .npages = pages, .prot = region->prot };
    return PLAN_ITEM;
}

/* A write in sequence: the whole window if its pages are alike, be they absent or shared by a fork. */
static enum plan plan_sequence(struct space *space, const struct process *process, const struct region *region,
                               uint64_t page, struct item *item)
{
    uint64_t low = page, pages = window(space, process, region, &low);
    struct tine_values v;

    if (tine_space_inspect(space->cap, low, pages, &v) || (low < page && v.a2 < pages))
        return plan_copy(space, region, page, TINE_PROT_ZERO, item);
    plan_copy(space, region, low, 0, item);
    item->npages = v.a2;
    if (!(v.a1 & TINE_PAGE_PRESENT))
        item->op = TINE_SPACE_ZERO;
    return PLAN_ITEM;
}

/* A write needs no look at the page: COPY makes a zero page where none is. */
static enum plan plan_write(struct space *space, const struct process *process, const struct region *region,
                            uint64_t page, struct item *item)
{
    if (in_sequence(space, page))
        return plan_sequence(space, process, region, page, item);
    window(space, process, region, &page);
    return plan_copy(space, region, page, TINE_PROT_ZERO, item);
}

#define HUGE_BYTES (512 * TINE_PAGE_SIZE)

/* Whether the 2 MiB around a page are private memory of one region for which big pages are wanted. */
static bool huge_wanted(const struct process *process, const struct region *region, uint64_t block)
{
    unsigned choice = choice_get(process ? &process->attributes.fork : NULL, TINE_FORK_HUGE);

    if (region->flags & (REGION_SHARED | REGION_GROWS | REGION_NO_HUGE) || !(region->prot & TINE_PROT_WRITE))
        return false;
    if (choice == TINE_HUGE_NEVER || (choice == TINE_HUGE_MADVISE && !(region->flags & REGION_HUGE)))
        return false;
    return block >= region->start && block + HUGE_BYTES <= region->end;
}

static bool huge_asked; /* the item that is being answered is a big page */

/* A big page around an absent one. Where the kernel has none the item fails and pager_failed lets the thread come again;
 * huge_tried tells that it was here. */
static bool plan_huge(struct space *space, const struct process *process, const struct region *region, uint64_t page,
                      struct item *item)
{
    uint64_t block = page & ~(HUGE_BYTES - 1);
    struct tine_values v;

    if (block == space->huge_tried || !huge_wanted(process, region, block))
        return false;
    space->huge_tried = block;
    if (tine_space_inspect(space->cap, block, HUGE_BYTES >> TINE_PAGE_SHIFT, &v) || v.a1 & TINE_PAGE_PRESENT)
        return false;
    *item = (struct item){ .op = TINE_SPACE_ZERO,
                           .addr = block,
                           .npages = HUGE_BYTES >> TINE_PAGE_SHIFT,
                           .prot = region->prot | TINE_PROT_BIG };
    return huge_asked = true;
}

static enum plan plan_anonymous(struct space *space, const struct process *process, const struct region *region,
                                uint64_t page, unsigned want, bool look, struct item *item)
{
    struct tine_values v;

    if (!look && plan_huge(space, process, region, page, item))
        return PLAN_ITEM;
    if (!look && !space->cloned)
        return plan_zero(space, process, region, page, item);
    if (want & TINE_PROT_WRITE)
        return plan_write(space, process, region, page, item);
    if (tine_space_inspect(space->cap, page, 1, &v) || !(v.a1 & TINE_PAGE_PRESENT))
        return plan_zero(space, process, region, page, item);
    return page_serves((unsigned)v.a1, want) ? PLAN_NOTHING : plan_copy(space, region, page, 0, item);
}

/* Rights with which pages of the backing are mapped. A private one is a view that only COPY makes writable. */
static unsigned backed_prot(const struct region *region)
{
    if (!(region->flags & REGION_SHARED))
        return (region->prot & ~TINE_PROT_WRITE) | TINE_PROT_PRIVATE;
    return region->prot | (region->flags & REGION_MAY_WRITE ? TINE_PROT_MAY_WRITE : 0);
}

static enum plan plan_present(const struct space *space, const struct region *region, uint64_t page, unsigned state,
                              unsigned want, struct item *item)
{
    if (page_serves(state, want))
        return PLAN_NOTHING;
    if (!(region->flags & REGION_SHARED) && (want & TINE_PROT_WRITE))
        return plan_copy(space, region, page, 0, item);
    *item = (struct item){ .op = TINE_SPACE_PROTECT, .addr = page, .npages = 1, .prot = region->prot };
    return PLAN_ITEM;
}

static enum plan plan_backed(const struct space *space, const struct process *process, const struct region *region,
                             uint64_t page, unsigned want, struct item *item)
{
    uint64_t offset = region->offset + (page - region->start);
    struct tine_values v = { 0 };
    uint64_t n = pages_to_end(region, page, batch_of(process));
    long present;

    tine_space_inspect(space->cap, page, n, &v);
    if (v.a1 & TINE_PAGE_PRESENT)
        return plan_present(space, region, page, (unsigned)v.a1, want, item);
    present = backing_populate(region->backing, offset, v.a2 && v.a2 < n ? v.a2 : n);
    if (present < 0)
        return PLAN_MEMORY;
    if (present == 0)
        return PLAN_BEYOND;
    if (!(region->flags & REGION_SHARED) && !frozen_learn(space, region, page, (uint64_t)present))
        library_learn(region, page, (uint64_t)present);
    *item = (struct item){ TINE_SPACE_SHARE,     page,  (unsigned long)present, backed_prot(region),
                           region->backing->cap, offset };
    if (region->flags & REGION_SHARED || !(want & TINE_PROT_WRITE))
        return PLAN_ITEM;
    /* A write to a private page: share it now, copy it with the item. */
    if (tine_space_share(space->cap, page, 1, item->prot, region->backing->cap, offset))
        return PLAN_MEMORY;
    return plan_copy(space, region, page, 0, item);
}

static uint64_t stack_limit(const struct process *process)
{
    uint64_t limit = process->limits->limit[RLIMIT_STACK].rlim_cur;

    return limit < LAYOUT_STACK_MAX ? limit : LAYOUT_STACK_MAX - TINE_PAGE_SIZE;
}

/* The region that contains addr; a stack above it grows to it if its limit permits. */
static struct region *region_for(struct space *space, const struct process *process, uint64_t addr)
{
    struct region *region = region_at_or_above(space->regions, addr);
    uint64_t start = PAGE_OF(addr);

    if (!region || region->start <= addr)
        return region;
    if (!process || !(region->flags & REGION_GROWS) || region->end - start > stack_limit(process) ||
        start < LAYOUT_LOW || !space_own_regions(space))
        return NULL;
    region = region_at_or_above(space->regions, addr);
    region_extend(space->regions, region, start, region->end);
    return region;
}

/* What makes the page at addr accessible. `look`: the quick answer did not do, or nobody can try again. */
static enum plan plan(struct space *space, const struct process *process, uint64_t addr, unsigned want, bool look,
                      struct item *item)
{
    struct region *region = region_for(space, process, addr);

    if (!region)
        return PLAN_UNMAPPED;
    if (!access_allowed(region, want))
        return PLAN_DENIED;
    if (region->backing)
        return plan_backed(space, process, region, PAGE_OF(addr), want, item);
    return plan_anonymous(space, process, region, PAGE_OF(addr), want, look, item);
}

/* ---- proc's own way to a page ------------------------------------------------------------------------------------ */

static err_t item_run(cap_t space, const struct item *item)
{
    switch (item->op) {
    case TINE_SPACE_ZERO:
        return tine_space_zero(space, item->addr, item->npages, (unsigned)item->prot);
    case TINE_SPACE_COPY:
        return tine_space_copy(space, item->addr, item->npages, (unsigned)item->prot);
    case TINE_SPACE_PROTECT:
        return tine_space_protect(space, item->addr, item->npages, (unsigned)item->prot);
    default:
        return tine_space_share(space, item->addr, item->npages, (unsigned)item->prot, (cap_t)item->source,
                                item->source_addr);
    }
}

static long plan_error(enum plan p)
{
    return p == PLAN_MEMORY ? -ENOMEM : p == PLAN_BEYOND ? -EIO : -EFAULT;
}

static long page_bring(struct space *space, const struct process *process, uint64_t addr, unsigned prot)
{
    struct item item;
    enum plan p = plan(space, process, addr, prot, true, &item);

    if (p == PLAN_NOTHING)
        return 0;
    if (p != PLAN_ITEM)
        return plan_error(p);
    return item_run(space->cap, &item) ? -ENOMEM : 0;
}

static bool range_bad(uint64_t addr, uint64_t bytes)
{
    return addr >= TINE_USER_END || bytes > TINE_USER_END - addr;
}

static long bring(struct space *space, const struct process *process, uint64_t addr, uint64_t bytes, unsigned prot)
{
    uint64_t end = PAGE_OF(addr + bytes + TINE_PAGE_SIZE - 1);
    struct tine_values v;
    long err = 0;

    if (range_bad(addr, bytes))
        return -EFAULT;
    for (addr = PAGE_OF(addr); addr < end && !err; addr += v.a2 << TINE_PAGE_SHIFT) {
        if (tine_space_inspect(space->cap, addr, (end - addr) >> TINE_PAGE_SHIFT, &v))
            return -EFAULT;
        if (page_serves((unsigned)v.a1, prot))
            continue;
        err = page_bring(space, process, addr, prot);
        v.a2 = 1;
    }
    return err;
}

long pager_bring(struct space *space, uint64_t addr, uint64_t bytes, unsigned prot)
{
    return bring(space, NULL, addr, bytes, prot);
}

/* ---- copies to and from a process -------------------------------------------------------------------------------- */

static long user_copy(struct process *process, uint64_t addr, void *mine, size_t bytes, unsigned prot)
{
    struct space *space = process->space;
    char *at = mine;
    size_t done;

    if (!space || range_bad(addr, bytes))
        return -EFAULT;
    while (bytes) {
        err_t err = prot & TINE_PROT_WRITE ? tine_space_write(space->cap, addr, at, bytes, &done)
                                           : tine_space_read(space->cap, addr, at, bytes, &done);
        if (!err)
            return 0;
        if (err != TINE_ERR_FAULT)
            return -EFAULT;
        addr += done;
        at += done;
        bytes -= done;
        if (page_bring(space, process, addr, prot))
            return -EFAULT;
    }
    return 0;
}

long user_read_all(struct process *process, uint64_t addr, void *to, size_t bytes)
{
    return user_copy(process, addr, to, bytes, TINE_PROT_READ);
}

long user_write_all(struct process *process, uint64_t addr, const void *from, size_t bytes)
{
    return user_copy(process, addr, (void *)from, bytes, TINE_PROT_WRITE);
}

long user_bring(struct process *process, uint64_t addr, size_t bytes, unsigned prot)
{
    return process->space ? bring(process->space, process, addr, bytes, prot) : -EFAULT;
}

long user_answer_failed(struct call *call, err_t err)
{
    struct process *process = thread_by_badge(call->m.badge)->process;

    (void)err;
    return user_write(process, call->m.w[1], (const void *)call->m.w[2], call->m.w[3]);
}

long user_read_string(struct process *process, uint64_t addr, char *to, size_t bytes)
{
    size_t length = 0;

    while (length < bytes) {
        /* Up to the end of the page, for the next one may not be there; a little at first, for most are short. */
        size_t part = TINE_PAGE_SIZE - (addr + length) % TINE_PAGE_SIZE;
        size_t most = length ? 1024 : 64;
        char *end;

        if (part > most)
            part = most;
        if (part > bytes - length)
            part = bytes - length;
        if (user_read(process, addr + length, to + length, part))
            return -EFAULT;
        end = memchr(to + length, 0, part);
        if (end)
            return end - to;
        length += part;
    }
    return -E2BIG;
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

/* On behalf of a call that waits in vfs: it runs again, or fails. */
static long fault_of_call(struct thread *self, const struct call *call)
{
    uint64_t bytes = call->m.w[3];
    long err;

    if (range_bad(call->m.w[0], bytes))
        return -EFAULT;
    if (bytes > BRING_PAGES * TINE_PAGE_SIZE)
        bytes = BRING_PAGES * TINE_PAGE_SIZE;
    err = bring(self->process->space, self->process, call->m.w[0], bytes, (unsigned)call->m.w[1]);
    return err == 0 ? RESTARTED : err == -EIO ? -EFAULT : err;
}

/* When no image can be given up, whoever asks for memory that is not there dies; only the first process, and those that
 * oom_score_adj exempts, live on at the cost of another. */
static long out_of_memory(struct thread *self)
{
    struct cgroup *group = cgroup_short(self->process);
    struct process *other = NULL, *victim;

    if (group && (victim = cgroup_out_of_memory(group)))
        return victim == self->process ? DEFERRED : RESTARTED;
    if (!group && frozen_drop_all())
        return RESTARTED;
    /* Nobody outside of a group dies for its shortage. */
    if (!group && (self->process->pid == 1 || !oom_may_end(self->process)))
        other = oom_choose(NULL);
    victim = other ? other : self->process;
    printf("proc: out of memory: killed %u (%s)\n", victim->pid, victim->comm);
    process_exit(victim, SIGKILL);
    return victim == other ? RESTARTED : DEFERRED;
}

long pager_fault(struct thread *self, struct call *call)
{
    uint64_t addr = call->m.w[0];
    struct process *process = self->process;
    bool look = addr == self->last_fault;

    /* vfs gives no pc. Nothing can be mapped at 0, so the hardware gives 0 only for a jump to there. */
    if (!call->m.w[2] && call->m.w[1] != TINE_PROT_EXEC)
        return fault_of_call(self, call);
    self->last_fault = addr;
    huge_asked = false;
    process->usage.minflt++;
    if (process->space->recent && (call->m.w[1] & TINE_PROT_WRITE))
        recent_note(process->space->recent, addr);
    switch (plan(process->space, process, addr, (unsigned)call->m.w[1], look, (struct item *)call->m.w)) {
    case PLAN_ITEM:
        return ANSWER_ITEM;
    case PLAN_NOTHING:
        self->last_fault = 0;
        return RESTARTED;
    case PLAN_UNMAPPED:
        return signal_fault(self, call, SIGSEGV, SEGV_MAPERR, addr);
    case PLAN_DENIED:
        return signal_fault(self, call, SIGSEGV, SEGV_ACCERR, addr);
    case PLAN_BEYOND:
        return signal_fault(self, call, SIGBUS, BUS_ADRERR, addr);
    default:
        return out_of_memory(self);
    }
}

long pager_failed(struct thread *self, struct call *call, err_t err)
{
    if (huge_asked) {
        self->last_fault = 0; /* it is not that the quick answer did not do */
        return RESTARTED;
    }
    if (err == TINE_ERR_MEMORY)
        return out_of_memory(self);
    return signal_fault(self, call, SIGBUS, BUS_ADRERR, call->m.w[1]);
}

/* scause of the privileged specification, table "Supervisor cause register values". */
enum { CAUSE_ILLEGAL = 2, CAUSE_BREAKPOINT = 3, CAUSE_LOAD_MISALIGNED = 4, CAUSE_STORE_MISALIGNED = 6 };

long pager_exception(struct thread *self, struct call *call)
{
    uint64_t value = call->m.w[0], pc = call->m.w[2];

    switch (call->m.w[1]) {
    case CAUSE_ILLEGAL:
        return signal_fault(self, call, SIGILL, ILL_ILLOPC, pc);
    case CAUSE_BREAKPOINT:
        return signal_fault(self, call, SIGTRAP, TRAP_BRKPT, pc);
    case 0:
    case CAUSE_LOAD_MISALIGNED:
    case CAUSE_STORE_MISALIGNED:
        return signal_fault(self, call, SIGBUS, BUS_ADRALN, value);
    default:
        return signal_fault(self, call, SIGSEGV, SEGV_ACCERR, value);
    }
}
