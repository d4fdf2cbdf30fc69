/* Memory that programs cannot have when nothing but the first one runs: kernel, servers, their tables, the initramfs. What
 * either kernel would give back on demand counts as free. */
#include "bench.h"

#include <stdlib.h>

static uint64_t ram_bytes(void)
{
    const char *ram = getenv("ram"); /* as QEMU's -m has it: 512M, 4G */
    char *unit = "";
    uint64_t number = ram ? strtoull(ram, &unit, 10) : 0;

    return *unit == 'G' ? number << 30 : *unit == 'M' ? number << 20 : 0;
}

GROUP_ON_DEMAND(footprint)
{
    uint64_t ram = ram_bytes(), available = bench_meminfo("MemAvailable");

    bench_need(ram && available, "bytes_in_use", getenv("ram"));
    bench_figure("bytes_in_use", getenv("ram"), ram - available);
}
