/*
 * Resident servers: those that are linked into the kernel and run at its privilege level (docs/placement.md). RESIDENTS says
 * how many there are; where it is 0 (PLACEMENT=micro) the compiler drops every line that mentions them.
 *
 * A resident server has a thread, an address space, a capability space and a pool like any other, and root makes them all
 * the same. What differs: the thread executes in supervisor mode, on a stack in its space, with interrupts off; it enters the
 * kernel by a call (mono/door.S) where others trap, and from there on is treated as they are; and its space is seen
 * through a window in the kernel's half of every address space, whose pages no user may touch. A hart does not change
 * over to the space of a resident: it stays in that of whoever ran before.
 */
#ifndef KERNEL_RESIDENT_H
#define KERNEL_RESIDENT_H

#include "hart.h"
#include <placement.h>

struct pool;
struct space;

static inline bool thread_is_resident(const struct thread *thread)
{
    return RESIDENTS && thread->head.resident;
}

/* Makes the windows, before there is any space: every space has them. They stay the root pool's. */
void residents_boot(struct pool *pool);

/* What the first task is told: which servers are resident, by name and in the order of their numbers. */
void residents_name(struct tine_boot *boot);

/*
 * The thread, stopped and fresh, becomes resident server number `index`, and its space, which is empty, is what that
 * server's window shows. It will begin in the server's main. ARG: there is no such server; STATE: it has a thread
 * already, or this one, or its space, is in use; MEMORY.
 */
err_t resident_settle(struct thread *thread, unsigned long index);

/* Out of the kernel, as trap_return and trap_return_message (trap.h, direct.c), on the resident's stack: after its own
 * operation, or when others have run since. */
void resident_return(struct thread *thread);
void resident_resume(struct thread *thread);

/* Saves what a resident has in registers that the kernel does not use, before the hart goes on as another thread. */
void resident_keep(struct thread *thread);
void resident_return_message(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4, uint64_t w5,
                             uint64_t badge, unsigned long label);

/* Where the kernel finds a byte of a resident's memory, or null: an address in its window, or in the data of the servers
 * that are part of the image. */
void *resident_lookup(const struct space *space, vaddr_t addr, unsigned prot);

/* The place in the window of an address of a resident's space. */
vaddr_t resident_window(const struct space *space, vaddr_t addr);

#endif
