/* PLACEMENT=micro: every server has an address space of its own. */
#ifndef KERNEL_PLACEMENT_H
#define KERNEL_PLACEMENT_H

#define RESIDENTS 0

#endif
