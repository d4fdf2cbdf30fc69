/* The time of day: what root read from the machine's clock at the start, and the ticks since. */
#include "libc/timeout.h"
#include "servers/protocol/root.h"
#include "servers/vfs/node.h"

int64_t now_ns(void)
{
    const struct root_facts *facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;

    return (int64_t)(facts->realtime_ns + ns_from_ticks(tine_time()));
}
