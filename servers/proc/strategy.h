/*
 * How fork copies memory: which granularity of TINE_SPACE_CLONE for which span. The one place for such policy.
 */
#ifndef PROC_STRATEGY_H
#define PROC_STRATEGY_H

#include "servers/proc/space.h"

/* For a span of private pages of this space. */
enum tine_granularity strategy_for(const struct space *space, uint64_t start, uint64_t end);

#endif
