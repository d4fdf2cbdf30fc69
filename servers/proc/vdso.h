/*
 * The vDSO: a page of data and one of code in every program, with the clocks and the trampoline of signal handlers. The
 * pages are proc's own, shared read-only.
 */
#ifndef PROC_VDSO_H
#define PROC_VDSO_H

#include "servers/proc/space.h"

/* Once, after clock_start. From then on the data page follows clock_settime. False: no memory. */
bool vdso_start(uint64_t timebase_hz);

/* Maps it where the space's layout says. 0 or -ENOMEM. */
long vdso_map(struct space *space);

/* Address of its ELF header in the program: AT_SYSINFO_EHDR. */
uint64_t vdso_header(const struct space *space);

#endif
