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

static bool in_one_page(uint64_t addr, size_t bytes)
{
    return (addr & (TINE_PAGE_SIZE - 1)) + bytes <= TINE_PAGE_SIZE;
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

/* The head from the caller's memory at x[2], the registers and zeros: to `area`, which takes them all. */
static inline err_t store(struct thread *self, struct thread *thread, uint64_t *x, void *area)
{
    const uint64_t *more = self->regs.x;
    size_t head_bytes = x[3];
    err_t err = copy_in(self->space, x[2], area, head_bytes);

    if (!err)
        fill(thread, (struct stored *)((char *)area + head_bytes), more,
             more[REG_T1] - head_bytes - sizeof(struct stored));
    return err;
}

/* In two pages: by way of the stack, once it is known that both are there. Apart, for the sake of the other's frame. */
static __attribute__((noinline)) err_t store_across(struct thread *self, struct thread *thread, uint64_t *x,
                                                    uint64_t addr)
{
    uint64_t area[TINE_DIVERT_MOST / sizeof(uint64_t)], bytes = self->regs.x[REG_T1], fault = 0;
    err_t err = copy_check(thread->space, addr, bytes, TINE_PROT_WRITE, &fault);

    if (err) {
        x[2] = fault;
        return err;
    }
    err = store(self, thread, x, area);
    if (!err)
        copy_out(thread->space, addr, area, bytes);
    return err;
}

static err_t store_at(struct thread *self, struct thread *thread, uint64_t *x, uint64_t addr)
{
    void *area;

    if (addr % sizeof(uint64_t))
        return TINE_ERR_ARG;
    if (!in_one_page(addr, self->regs.x[REG_T1]))
        return store_across(self, thread, x, addr);
    area = space_lookup(thread->space, addr, TINE_PROT_WRITE);
    if (area)
        return store(self, thread, x, area);
    x[2] = addr;
    return TINE_ERR_FAULT;
}

/* (thread, addr, head, head bytes, pc, ra, argument), t0 offset, t1 bytes, t2 behind, t3 value: struct tine_divert. On FAULT
 * x[2] is the address that stopped it. */
err_t inv_thread_divert(struct thread *self, uint64_t *x)
{
    uint64_t head_bytes = x[3], bytes = self->regs.x[REG_T1], addr;
    struct thread *thread;
    err_t err = divert_thread(self, x[0], &thread);

    if (err)
        return err;
    if (bytes > TINE_DIVERT_MOST || (head_bytes | bytes) % sizeof(uint64_t) || head_bytes > bytes ||
        bytes - head_bytes < sizeof(struct stored))
        return TINE_ERR_ARG;
    addr = x[1] ? x[1] : (thread->regs.x[REG_SP] - bytes) & ~15ul;
    err = store_at(self, thread, x, addr);
    if (err)
        return err;
    thread->regs.pc = x[4];
    thread->regs.x[REG_RA] = x[5];
    thread->regs.x[REG_SP] = thread->regs.x[REG_A1] = addr;
    thread->regs.x[REG_A0] = x[6];
    thread->regs.x[REG_A2] = addr + self->regs.x[REG_T0];
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

/* Part of the head goes to the caller's memory at x[3], what is behind it to the thread. */
static inline err_t load(struct thread *self, struct thread *thread, uint64_t *x, const void *area)
{
    err_t err = copy_out(self->space, x[3], (const char *)area + x[4], x[5]);

    if (err)
        x[2] = x[3];
    else
        take(thread, (const struct stored *)((const char *)area + x[2]));
    return err;
}

static __attribute__((noinline)) err_t load_across(struct thread *self, struct thread *thread, uint64_t *x,
                                                   uint64_t addr)
{
    uint64_t area[TINE_DIVERT_MOST / sizeof(uint64_t)], bytes = x[2] + sizeof(struct stored), fault = 0;
    err_t err = copy_check(thread->space, addr, bytes, TINE_PROT_READ, &fault);

    if (!err)
        err = copy_in(thread->space, addr, area, bytes);
    if (!err)
        return load(self, thread, x, area);
    x[2] = fault;
    return err;
}

/* (thread, addr, head bytes, my_addr, offset, len): len bytes of the head, from the offset on, and what is stored behind it. On
 * FAULT x[2] is the address that stopped it. */
err_t inv_thread_resume(struct thread *self, uint64_t *x)
{
    uint64_t head_bytes = x[2], offset = x[4], len = x[5], addr;
    struct thread *thread;
    void *area;
    err_t err = divert_thread(self, x[0], &thread);

    if (err)
        return err;
    if (head_bytes > TINE_DIVERT_MOST - sizeof(struct stored) || head_bytes % sizeof(uint64_t) || offset > head_bytes ||
        len > head_bytes - offset)
        return TINE_ERR_ARG;
    addr = x[1] ? x[1] : thread->regs.x[REG_SP];
    if (addr % sizeof(uint64_t))
        return TINE_ERR_ARG;
    if (!in_one_page(addr, head_bytes + sizeof(struct stored)))
        return load_across(self, thread, x, addr);
    area = space_lookup(thread->space, addr, TINE_PROT_READ);
    if (area)
        return load(self, thread, x, area);
    x[2] = addr;
    return TINE_ERR_FAULT;
}
