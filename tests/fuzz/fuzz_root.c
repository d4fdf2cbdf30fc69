/* root's reader of the device tree (servers/root/machine.c) on whatever comes, and its search of the command line. */
#include "servers/root/root.h"
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct root_machine machine;
    static struct root_facts facts;
    uint8_t *tree = malloc(bytes);
    const char *value;

    /* The kernel has refused a tree that is older, or whose structure is not whole, before root sees it (sbi/machine.c). */
    memcpy(tree, data, bytes);
    memset(&facts, 0, sizeof(facts));
    if (bytes >= sizeof(struct fdt_header) && fdt_check_header(tree) == 0 && fdt_version(tree) >= 17 &&
        fdt_totalsize(tree) <= bytes && fdt_check_full(tree, bytes) == 0 &&
        !machine_read(tree, bytes, &machine, &facts)) {
        if (!memchr(facts.bootargs, 0, sizeof(facts.bootargs)))
            abort();
        if (bootarg_find(facts.bootargs, "init=", &value) && (value < facts.bootargs || strlen(value) >= sizeof(facts.bootargs)))
            abort();
    }
    free(tree);
    return 0;
}
