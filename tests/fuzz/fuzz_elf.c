/* libc/elf.c on any bytes, taken as a whole file: what it accepts keeps the contract of elf.h. */
#include "libc/elf.h"
#include <stdlib.h>
#include <tine.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(const struct elf_program *p, size_t bytes)
{
    uint64_t end = p->low;

    if (p->segment_count == 0 || p->segment_count > ELF_SEGMENTS_MAX || p->low >= p->high || p->high > TINE_USER_END)
        abort();
    for (unsigned i = 0; i < p->segment_count; i++) {
        const struct elf_segment *s = &p->segment[i];

        if (s->memory_bytes == 0 || s->file_bytes > s->memory_bytes || s->offset > bytes ||
            s->file_bytes > bytes - s->offset || (s->addr ^ s->offset) % TINE_PAGE_SIZE)
            abort();
        if (s->addr < end || s->addr + s->memory_bytes > p->high)
            abort();
        end = (s->addr + s->memory_bytes + TINE_PAGE_SIZE - 1) & ~(uint64_t)(TINE_PAGE_SIZE - 1);
    }
    if (p->interp_bytes && (p->interp_offset > bytes || p->interp_bytes > bytes - p->interp_offset))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct elf_program p;

    if (!elf_header(data, bytes, bytes, &p) && !elf_segments(data + p.phdr_offset, bytes, &p))
        check(&p, bytes);
    return 0;
}
