/*
 * The vDSO of every process: a data page and, right behind it, the shared object that vdso/ is compiled to. The pages are
 * proc's own and the same for all processes.
 */
#ifndef PROC_VDSO_H
#define PROC_VDSO_H

#include "servers/proc/space.h"
#include "servers/protocol/root.h"

/* Sets the data page up; after clock_start. From then on it follows clock_settime. */
void vdso_start(const struct root_facts *facts);

/*
 * Maps it into a fresh space that nobody else uses, at LAYOUT_VDSO, with its regions, and sets space->vdso to where the
 * shared object begins: AT_SYSINFO_EHDR. 0 or -ENOMEM; then some of it may be mapped.
 */
long vdso_map(struct space *space);

/* Where a signal handler of a process with this space returns to; process_sigreturn asks here. */
uint64_t vdso_sigreturn(const struct space *space);

#endif
