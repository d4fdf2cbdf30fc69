/* User memory: see copy.h. */

#include "copy.h"
#include "space.h"

static size_t rest_of_page(uint64_t addr)
{
    return TINE_PAGE_SIZE - (addr & (TINE_PAGE_SIZE - 1));
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

err_t copy_between(struct space *to, uint64_t to_addr, struct space *from, uint64_t from_addr, size_t len,
                   size_t *done, uint64_t *fault)
{
    *done = 0;
    if (len > TINE_COPY_MOST)
        return TINE_ERR_ARG;
    while (*done < len) {
        size_t piece = least(len - *done, least(rest_of_page(to_addr), rest_of_page(from_addr)));
        void *source = space_lookup(from, from_addr, TINE_PROT_READ);
        void *target = space_lookup(to, to_addr, TINE_PROT_WRITE);

        if (!source || !target) {
            *fault = source ? to_addr : from_addr;
            return TINE_ERR_FAULT;
        }
        copy_piece(target, source, piece);
        *done += piece;
        to_addr += piece;
        from_addr += piece;
    }
    return 0;
}

err_t copy_in(struct space *from, uint64_t addr, void *into, size_t len)
{
    for (size_t done = 0, piece; done < len; done += piece) {
        const void *source = space_lookup(from, addr + done, TINE_PROT_READ);

        piece = least(len - done, rest_of_page(addr + done));
        if (!source)
            return TINE_ERR_FAULT;
        memcpy((char *)into + done, source, piece);
    }
    return 0;
}

err_t copy_out(struct space *to, uint64_t addr, const void *data, size_t len)
{
    for (size_t done = 0, piece; done < len; done += piece) {
        void *target = space_lookup(to, addr + done, TINE_PROT_WRITE);

        piece = least(len - done, rest_of_page(addr + done));
        if (!target)
            return TINE_ERR_FAULT;
        if (data)
            memcpy(target, (const char *)data + done, piece);
        else
            memset(target, 0, piece);
    }
    return 0;
}

err_t copy_check(const struct space *space, uint64_t addr, size_t len, unsigned prot, uint64_t *fault)
{
    for (size_t done = 0; done < len; done += rest_of_page(addr + done)) {
        *fault = addr + done;
        if (!space_lookup(space, addr + done, prot))
            return TINE_ERR_FAULT;
    }
    return 0;
}
