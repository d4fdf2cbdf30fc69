#include "transfer.h"

void transfer_named(struct thread *from, struct thread *to, unsigned long index)
{
    unsigned long into = to->regs.x[REG_T4];
    struct cap *source = from->cspace ? cap_at(from->cspace, index) : NULL;
    struct cap *slot;

    to->regs.x[REG_T3] = 0;
    if (!source || !to->cspace || !into || cap_slot(to->cspace, into, &slot))
        return;
    cap_derive(slot, source, source->rights, 0);
    to->regs.x[REG_T3] = 1;
}
