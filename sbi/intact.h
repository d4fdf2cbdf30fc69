/* Whether a device tree may be read at all: it comes from outside, and libfdt believes what it reads. */
#ifndef SBI_INTACT_H
#define SBI_INTACT_H

/* Null, or what is wrong in words. `fdt` is in memory for as many bytes as it says that it has. */
const char *tree_intact(const void *fdt);

#endif
