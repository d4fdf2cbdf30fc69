/* DIVERT and RESUME, see invoke_table.h: what a thread is at goes to its own memory, and comes back from there. */

#include "invoke_table.h"
#include "copy.h"
#include "harts.h"
#include "resident.h"
#include "space.h"
#include <riscv/fpu.h>

#define FCSR_BITS 0xff /* those that there are */

/* The thread, whose registers and memory are to be had. */
static err_t divert_thread(struct thread *self, uint64_t index, struct thread **thread)
{
    err_t err = named_thread(self, index, TINE_READ | TINE_WRITE, thread);

    if (err)
        return err;
    if (thread_is_resident(*thread) || thread_is_elsewhere(*thread))
        return TINE_ERR_STATE;
    return (*thread)->space->head.dead ? TINE_ERR_GONE : 0;
}

/* What is stored: the head, then these. */
struct stored {
    struct tine_registers regs;
    struct tine_fp_registers fp;
};

/* Room for all that is stored where it lies in two pages. */
struct bounce {
    uint64_t word[TINE_DIVERT_MOST / sizeof(uint64_t)];
};

static bool in_one_page(uint64_t addr, size_t bytes)
{
    return (addr & (TINE_PAGE_SIZE - 1)) + bytes <= TINE_PAGE_SIZE;
}

/* Where the kernel finds the bytes at addr: in their page, or else, once it is known that all are there, `bounce`. ARG,
 * FAULT. */
static err_t area_at(const struct space *space, uint64_t addr, size_t bytes, unsigned prot, struct bounce *bounce,
                     void **area, uint64_t *fault)
{
    if (addr % sizeof(uint64_t))
        return TINE_ERR_ARG;
    *area = bounce;
    *fault = addr;
    if (!in_one_page(addr, bytes))
        return copy_check(space, addr, bytes, prot, fault);
    *area = space_lookup(space, addr, prot);
    return *area ? 0 : TINE_ERR_FAULT;
}

static void fill(struct thread *thread, struct stored *stored, const uint64_t *more, size_t rest)
{
    fpu_spill(thread);
    stored->regs = thread->regs;
    stored->fp = thread->fp;
#pragma GCC unroll 8
    for (uint64_t *word = (uint64_t *)(stored + 1), *end = word + rest / sizeof(*word); word < end; word++)
        *word = 0;
    if (more[REG_T2]) { /* as it will be behind the ecall that it waits in */
        stored->regs.pc += 4;
        stored->regs.x[REG_A0] = more[REG_T3];
    }
}

/* (thread, addr, head, head bytes, pc, ra, argument), t0 offset, t1 bytes, t2 behind, t3 value: struct tine_divert. On FAULT
 * x[2] is the address that stopped it. */
err_t inv_thread_divert(struct thread *self, uint64_t *x)
{
    const uint64_t *more = self->regs.x;
    uint64_t head_bytes = x[3], bytes = more[REG_T1], addr, fault = x[2];
    struct bounce bounce;
    struct thread *thread;
    void *area;
    err_t err = divert_thread(self, x[0], &thread);

    if (err)
        return err;
    if (bytes > TINE_DIVERT_MOST || (head_bytes | bytes) % sizeof(uint64_t) || head_bytes > bytes ||
        bytes - head_bytes < sizeof(struct stored))
        return TINE_ERR_ARG;
    addr = x[1] ? x[1] : (thread->regs.x[REG_SP] - bytes) & ~15ul;
    err = area_at(thread->space, addr, bytes, TINE_PROT_WRITE, &bounce, &area, &fault);
    if (!err) {
        fault = x[2];
        err = copy_in(self->space, x[2], area, head_bytes);
    }
    if (err) {
        x[2] = fault;
        return err;
    }

    fill(thread, (struct stored *)((char *)area + head_bytes), more, bytes - head_bytes - sizeof(struct stored));
    if (area == &bounce)
        copy_out(thread->space, addr, area, bytes);
    thread->regs.pc = x[4];
    thread->regs.x[REG_RA] = x[5];
    thread->regs.x[REG_SP] = thread->regs.x[REG_A1] = addr;
    thread->regs.x[REG_A0] = x[6];
    thread->regs.x[REG_A2] = addr + more[REG_T0];
    x[1] = addr;
    return 0;
}

static bool fp_is_zero(const struct tine_fp_registers *fp)
{
    unsigned long any = fp->fcsr;

#pragma GCC unroll 8
    for (unsigned i = 0; i < 32; i++)
        any |= fp->f[i];
    return !any;
}

static void take(struct thread *thread, const struct stored *stored)
{
    fpu_forget(thread);
    thread->regs = stored->regs;
    thread->fp = stored->fp;
    thread->fp.fcsr &= FCSR_BITS;
    thread->fp_used = thread->fp_used || !fp_is_zero(&thread->fp);
}

/* (thread, addr, head bytes, my_addr, offset, len): len bytes of the head, from the offset on, and what is stored behind it. On
 * FAULT x[2] is the address that stopped it. */
err_t inv_thread_resume(struct thread *self, uint64_t *x)
{
    uint64_t head_bytes = x[2], offset = x[4], len = x[5], bytes = head_bytes + sizeof(struct stored), addr, fault = 0;
    struct bounce bounce;
    struct thread *thread;
    void *area;
    err_t err = divert_thread(self, x[0], &thread);

    if (err)
        return err;
    if (head_bytes > TINE_DIVERT_MOST - sizeof(struct stored) || head_bytes % sizeof(uint64_t) || offset > head_bytes ||
        len > head_bytes - offset)
        return TINE_ERR_ARG;
    addr = x[1] ? x[1] : thread->regs.x[REG_SP];
    err = area_at(thread->space, addr, bytes, TINE_PROT_READ, &bounce, &area, &fault);
    if (!err && area == &bounce)
        err = copy_in(thread->space, addr, area, bytes);
    if (!err) {
        fault = x[3];
        err = copy_out(self->space, x[3], (char *)area + offset, len);
    }
    if (err) {
        x[2] = fault;
        return err;
    }

    take(thread, (const struct stored *)((char *)area + head_bytes));
    return 0;
}
