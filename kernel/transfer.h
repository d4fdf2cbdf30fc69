/* Passing a capability along with a message between two native threads. */
#ifndef KERNEL_TRANSFER_H
#define KERNEL_TRANSFER_H

#include "thread.h"

void transfer_named(struct thread *from, struct thread *to, unsigned long index);

/*
 * Derives the capability that `from` names in t3 into the slot that `to` named in t4, and says so in to's t3: 1 or 0.
 * Nothing passes if either names none, if the slot is in use, or if there is no memory for the slot.
 */
static inline void transfer_cap(struct thread *from, struct thread *to)
{
    unsigned long index = from->regs.x[REG_T3];

    if (index)
        transfer_named(from, to, index);
    else
        to->regs.x[REG_T3] = 0;
}

#endif
