/*
 * How a server comes to be: a pool of its own, from it a space, a capability space and a thread; its ELF file into the
 * space; the well-known capabilities and its own; registers; start. All of it dies with the pool. A server that is part of
 * the kernel gets all of this, too, but the file.
 */
#include "libc/elf.h"
#include "libc/layout.h"
#include "libc/newc.h"
#include "root.h"
#include <string.h>

err_t service_prepare(struct service *service)
{
    err_t err;

    service->endpoint = cap_take();
    service->notification = cap_take();
    if (!service->endpoint || !service->notification)
        return TINE_ERR_MEMORY;
    err = tine_endpoint_create(TINE_SLOT_POOL, service->endpoint);
    return err ? err : tine_notification_create(TINE_SLOT_POOL, service->notification);
}

err_t service_give(const struct service *service, cap_t slot, cap_t source, unsigned rights, badge_t badge)
{
    return tine_cap_copy(service->cspace, slot, source, rights, badge);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

/* Copies are bounded by the kernel: a large one goes in pieces. */
static err_t memory_write(cap_t space, uint64_t addr, const unsigned char *data, size_t bytes)
{
    err_t err = 0;

    for (size_t done = 0; done < bytes && !err; done += TINE_COPY_MOST)
        err = tine_space_write(space, addr + done, data + done, bytes - done < TINE_COPY_MOST ? bytes - done : TINE_COPY_MOST,
                               NULL);
    return err;
}

/* One segment: zeroed, filled while it is still writable, then with the rights that it asks for. */
static err_t segment_load(cap_t space, const struct elf_segment *s, const unsigned char *file)
{
    uint64_t start = s->addr & ~(uint64_t)(TINE_PAGE_SIZE - 1);
    size_t npages = (s->addr + s->memory_bytes - start + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;
    err_t err = tine_space_zero(space, start, npages, TINE_PROT_READ | TINE_PROT_WRITE);

    if (!err)
        err = memory_write(space, s->addr, file + s->offset, s->file_bytes);
    if (!err && s->prot != (TINE_PROT_READ | TINE_PROT_WRITE))
        err = tine_space_protect(space, start, npages, s->prot);
    return err;
}

static const char *program_read(const void *file, size_t bytes, struct elf_program *program)
{
    enum elf_error error = elf_header(file, bytes, bytes, program);

    if (!error)
        error = elf_segments((const char *)file + program->phdr_offset, bytes, program);
    if (error)
        return elf_error_text(error);
    if (program->relocatable || program->interp_bytes)
        return "a server must be linked statically at a fixed address";
    return NULL;
}

/* Its program. *entry is where that begins. */
static const char *program_load(const struct service *service, const struct tine_boot *boot, uint64_t *entry)
{
    struct elf_program program;
    struct newc_entry file;
    enum newc_error error = newc_find((const void *)boot->archive, boot->archive_bytes, service->name, &file);
    const char *wrong;
    err_t err = 0;

    if (error)
        return error == NEWC_END ? "it is not in the boot archive" : newc_error_text(error);
    wrong = program_read(file.data, file.bytes, &program);
    if (wrong)
        return wrong;
    for (unsigned i = 0; i < program.segment_count && !err; i++)
        err = segment_load(service->space, &program.segment[i], file.data);
    *entry = program.entry;
    return err ? "its memory cannot be set up" : NULL;
}

/* The number of a server that is part of the kernel, or -1. */
static int resident_number(const struct service *service, const struct tine_boot *boot)
{
    for (int i = 0; i < TINE_RESIDENTS_MAX; i++)
        if (!strncmp(boot->resident[i], service->name, sizeof(boot->resident[i])))
            return i;
    return -1;
}

/* What it finds in its memory beside its program. */
static const char *memory_fill(const struct service *service)
{
    err_t err = tine_space_zero(service->space, SERVER_STACK, SERVER_STACK_PAGES, TINE_PROT_READ | TINE_PROT_WRITE);

    if (!err)
        err = tine_space_share(service->space, SERVER_FACTS, 1, TINE_PROT_READ, TINE_SLOT_SPACE,
                               (uint64_t)(uintptr_t)facts);
    return err ? "its memory cannot be set up" : NULL;
}

/* ---- objects and capabilities ---------------------------------------------------------------------------------- */

static const char *objects_make(struct service *service)
{
    service->pool = cap_take();
    service->space = cap_take();
    service->cspace = cap_take();
    service->thread = cap_take();
    if (!service->pool || !service->space || !service->cspace || !service->thread)
        return "no capability slot is left";
    if (tine_pool_split(TINE_SLOT_POOL, service->pool, service->reserve, service->limit))
        return "no memory for its pool";
    if (tine_space_create(service->pool, service->space) || tine_cspace_create(service->pool, service->cspace) ||
        tine_thread_create(service->pool, service->thread, service->space, service->cspace, 0))
        return "no memory for its objects";
    return NULL;
}

/* What every server has, in the order of enum tine_slot; then its own. */
static const char *capabilities_give(const struct service *service)
{
    const struct {
        cap_t slot, source;
        unsigned rights;
    } well_known[] = {
        { TINE_SLOT_THREAD, service->thread, TINE_ALL },
        { TINE_SLOT_SPACE, service->space, TINE_ALL },
        { TINE_SLOT_CSPACE, service->cspace, TINE_ALL },
        { TINE_SLOT_POOL, service->pool, TINE_ALL },
        { TINE_SLOT_ENDPOINT, service->endpoint, TINE_READ | TINE_WRITE },
        { TINE_SLOT_NOTIFICATION, service->notification, TINE_READ | TINE_WRITE },
        { TINE_SLOT_CONTROL, service->control ? TINE_SLOT_CONTROL : 0, service->control },
    };
    cap_t reply = cap_take();
    err_t err = reply ? tine_reply_create(service->pool, reply) : TINE_ERR_MEMORY;

    if (!err)
        err = tine_cap_move(service->cspace, TINE_SLOT_REPLY, reply);
    cap_give(reply);
    for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]) && !err; i++)
        if (well_known[i].source)
            err = service_give(service, well_known[i].slot, well_known[i].source, well_known[i].rights, 0);
    if (!err && service->grant)
        err = service->grant(service);
    return err ? "its capabilities cannot be granted" : NULL;
}

/* From here on its first instruction can run; root is its pager. */
static const char *thread_begin(const struct service *service, badge_t badge, uint64_t entry)
{
    struct tine_registers registers = { .pc = entry };
    err_t err;

    registers.x[1] = SERVER_STACK_TOP; /* sp is x2 */
    err = service->resident ? 0 : tine_thread_write(service->thread, &registers, NULL);
    if (!err)
        err = tine_thread_words(service->thread, 0, 1, &badge);
    if (!err)
        err = tine_thread_set(service->thread, TINE_FIELD_PAGER, TINE_SLOT_ENDPOINT);
    if (!err)
        err = tine_thread_set(service->thread, TINE_FIELD_PRIORITY, service->priority);
    if (!err)
        err = tine_bind(service->notification, service->thread);
    if (!err)
        err = tine_thread_start(service->thread);
    return err ? "its thread cannot be started" : NULL;
}

const char *service_start(struct service *service, badge_t badge, const struct tine_boot *boot)
{
    int number = resident_number(service, boot);
    const char *wrong = objects_make(service);
    uint64_t entry = 0;

    service->resident = number >= 0;
    if (!wrong && !service->resident)
        wrong = program_load(service, boot, &entry);
    else if (!wrong && tine_thread_settle(service->thread, TINE_SLOT_CONTROL, (unsigned)number))
        wrong = "it cannot settle in the kernel";
    if (!wrong)
        wrong = memory_fill(service);
    if (!wrong)
        wrong = capabilities_give(service);
    if (!wrong)
        wrong = thread_begin(service, badge, entry);
    if (wrong)
        service_stop(service);
    return wrong;
}

void service_stop(struct service *service)
{
    tine_bind(service->notification, 0);
    /* The pool takes all that was made from it along, and every capability to it. */
    cap_destroy(service->pool);
    cap_give(service->space);
    cap_give(service->cspace);
    cap_give(service->thread);
    service->pool = service->space = service->cspace = service->thread = 0;
}
