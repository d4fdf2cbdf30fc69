/*
 * Copying to and from user memory: the only way in which the kernel touches it. Every page is looked up in the page
 * tables of its space and reached through the kernel's direct map, so a bad address is an error and never a fault.
 */
#ifndef KERNEL_COPY_H
#define KERNEL_COPY_H

#include "object.h"
#include <string.h>

struct space;

/*
 * Copies len bytes between two spaces; either may be the running one. *done says how many bytes came, *fault the first
 * address that was absent or forbade it, as that side knows it, when FAULT is returned. The writing side must be
 * writable. Bounded: at most TINE_COPY_MOST bytes, more is ARG.
 */
err_t copy_between(struct space *to, uint64_t to_addr, struct space *from, uint64_t from_addr, size_t len,
                   size_t *done, uint64_t *fault);

/* Most copies are of a few words or bytes, for which the call of memcpy is dearer than the copy. */
static inline void copy_piece(char *to, const char *from, size_t len)
{
    typedef uint64_t word __attribute__((may_alias));
    typedef uint32_t half __attribute__((may_alias));

    if (len % sizeof(word) == 0 && len <= 128 && ((uintptr_t)to | (uintptr_t)from) % sizeof(word) == 0) {
        for (size_t i = 0; i < len / sizeof(word); i++)
            ((word *)to)[i] = ((const word *)from)[i];
        return;
    }
    if (len == sizeof(uint32_t) && ((uintptr_t)to | (uintptr_t)from) % sizeof(uint32_t) == 0) {
        *(half *)to = *(const half *)from;
        return;
    }
    if (len > 16) {
        memcpy(to, from, len);
        return;
    }
    for (size_t i = 0; i < len; i++)
        to[i] = from[i];
}

/* Between a space and a kernel structure; `data` null: zeroes. */
err_t copy_in(struct space *from, uint64_t addr, void *into, size_t len);
err_t copy_out(struct space *to, uint64_t addr, const void *data, size_t len);

/* Whether a copy from (READ) or to (WRITE) the space would succeed. On FAULT *fault is the first address where not. O(len). */
err_t copy_check(const struct space *space, uint64_t addr, size_t len, unsigned prot, uint64_t *fault);

#endif
