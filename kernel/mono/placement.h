/* PLACEMENT=mono: proc and vfs are linked into the kernel (resident.c). */
#ifndef KERNEL_PLACEMENT_H
#define KERNEL_PLACEMENT_H

#define RESIDENTS 2

#endif
