/*
 * What the kernel's sources stand on when they are compiled for the host: RAM, one hart, the log, preemption. A test
 * links host.c with the kernel's sources that it is about.
 */
#ifndef UNIT_HOST_H
#define UNIT_HOST_H

#include "pool.h"
#include "space.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Empty RAM of `frames` frames in two ranges with a hole between them; all of it in the pool that comes back. Bytes are
 * not zero, as on a machine. */
struct pool *host_machine(size_t frames);

/* preempt_pending says yes at its n-th call from now; 0: never. */
void host_preempt_after(unsigned n);

/* What object_destroy does to a space: tests that have spaces set it to space_teardown. */
extern bool (*host_space_teardown)(struct space *space);

/* Makes objects as the kernel's operations do; null or an error if there is no memory. */
struct object *host_object(struct pool *pool, enum tine_kind kind);
err_t host_split(struct pool *parent, uint64_t reserve, uint64_t limit, struct pool **child);

/* Pages and spaces that the kernel asked to be flushed, since host_machine. */
extern unsigned long host_flushes;

/* Lines that the kernel logged since host_machine; only counted while `host_quiet`. */
extern unsigned long host_log_lines;
extern bool host_quiet;

#endif
