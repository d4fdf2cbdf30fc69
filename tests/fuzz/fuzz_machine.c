/* The device tree reader on whatever comes: it may refuse, it may not read beyond the tree. */
#include <libfdt.h>
#include <sbi/machine.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct machine m;
    static struct ranges left;
    uint8_t *tree;

    if (size < sizeof(struct fdt_header))
        return 0;
    tree = malloc(size);
    memcpy(tree, data, size);
    if (fdt_totalsize(tree) <= size && !machine_read(&m, tree, 0x80000000, 0))
        machine_free(&m, &left);
    free(tree);
    return 0;
}
