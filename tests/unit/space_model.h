/*
 * Address spaces against a model of plain arrays: a string of bytes decides on a machine and on operations, each is
 * done on both, and after each everything is compared: what every page is, what it holds, who refers to its frame, and
 * the kernel's own invariants. For the property test and the fuzzer.
 */
#ifndef UNIT_SPACE_MODEL_H
#define UNIT_SPACE_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* Aborts with a sentence at the first difference. Returns the number of operations that were refused for want of
 * memory. */
unsigned model_run(const uint8_t *data, size_t len);

#endif
