/* root's reader of the device tree (servers/root/machine.c) on whatever comes, and its search of the command line. */
#include "servers/root/root.h"
#include <libfdt.h>
#include <sbi/intact.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct root_machine machine;
    static struct root_facts facts;
    uint8_t *tree = malloc(bytes);
    const char *value;

    /* What the kernel refuses, root never sees. */
    memcpy(tree, data, bytes);
    memset(&facts, 0, sizeof(facts));
    if (bytes >= sizeof(struct fdt_header) && fdt_totalsize(tree) <= bytes && !tree_intact(tree) &&
        !machine_read(tree, bytes, &machine, &facts)) {
        if (!memchr(facts.bootargs, 0, sizeof(facts.bootargs)))
            abort();
        if (bootarg_find(facts.bootargs, "init=", &value) && (value < facts.bootargs || strlen(value) >= sizeof(facts.bootargs)))
            abort();
    }
    free(tree);
    return 0;
}
