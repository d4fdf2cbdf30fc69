/* The structure of a device tree as a whole: see intact.h. */
#include <libfdt.h>
#include <sbi/intact.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TREE_MAX (2u << 20) /* what Linux takes, too */

/* No property claims to be longer than the tree: libfdt before 1.7 comes back to where it was, for ever, if one does. */
static bool lengths_fit(const void *fdt)
{
    uint64_t at = fdt_off_dt_struct(fdt), end = at + fdt_size_dt_struct(fdt), total = fdt_totalsize(fdt);
    const char *base = fdt;

    if (at % 4 || end > total)
        return false;
    while (at + 4 <= end) {
        uint32_t tag = fdt32_ld((const fdt32_t *)(base + at)), len;

        at += 4;
        if (tag == FDT_END)
            break;
        if (tag == FDT_BEGIN_NODE)
            at += (strnlen(base + at, end - at) + 4) & ~3ul;
        if (tag != FDT_PROP)
            continue;
        if (at + 8 > end)
            return false;
        len = fdt32_ld((const fdt32_t *)(base + at));
        at += 8;
        if (len > end - at)
            return false;
        at += (len + 3ul) & ~3ul;
    }
    return true;
}

const char *tree_intact(const void *fdt)
{
    if (fdt_check_header(fdt) != 0)
        return "device tree: the boot loader gave none (a1 does not point to one)";
    if (fdt_version(fdt) < 17) /* what the specification asks for; libfdt trips over older roots */
        return "device tree: older than version 17";
    if (fdt_totalsize(fdt) > TREE_MAX)
        return "device tree: larger than 2 MiB";
    if (!lengths_fit(fdt) || fdt_check_full(fdt, fdt_totalsize(fdt)) != 0)
        return "device tree: corrupt";
    return NULL;
}
