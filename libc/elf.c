/* The file header, then the program headers one by one, then what only shows when all of them have been seen. */
#include "libc/elf.h"
#include <string.h>
#include <tine.h>

/* As the System V ABI and the RISC-V psABI spell them. */
enum { ELFCLASS64 = 2, ELFDATA2LSB = 1, EV_CURRENT = 1, ET_EXEC = 2, ET_DYN = 3, EM_RISCV = 243 };
enum { PT_LOAD = 1, PT_INTERP = 3, PT_GNU_STACK = 0x6474e551 };
enum { PF_X = 1, PF_W = 2, PF_R = 4 };

struct ehdr {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct ehdr) == ELF_HEADER_BYTES, "the ABI's layout");
_Static_assert(sizeof(struct phdr) == ELF_PHDR_BYTES, "the ABI's layout");

const char *elf_error_text(enum elf_error error)
{
    static const char *const text[] = { [ELF_OK] = "no error",
#define X(name, sentence) [ELF_ERR_##name] = sentence,
                                        ELF_ERRORS(X)
#undef X
    };

    return error < sizeof(text) / sizeof(text[0]) ? text[error] : "unknown error";
}

enum elf_error elf_header(const void *head, size_t bytes, uint64_t file_bytes, struct elf_program *program)
{
    struct ehdr h;
    uint64_t table_bytes;

    *program = (struct elf_program){ 0 };
    if (bytes < 4 || memcmp(head, "\177ELF", 4))
        return bytes < 4 ? ELF_ERR_SHORT : ELF_ERR_MAGIC;
    if (bytes < sizeof(h) || file_bytes < sizeof(h))
        return ELF_ERR_SHORT;
    memcpy(&h, head, sizeof(h));
    if (h.ident[4] != ELFCLASS64 || h.ident[5] != ELFDATA2LSB || h.ident[6] != EV_CURRENT || h.version != EV_CURRENT)
        return ELF_ERR_CLASS;
    if (h.machine != EM_RISCV)
        return ELF_ERR_MACHINE;
    if (h.type != ET_EXEC && h.type != ET_DYN)
        return ELF_ERR_TYPE;
    if (h.phentsize != sizeof(struct phdr) || h.phnum == 0)
        return ELF_ERR_TABLE;
    if (h.phnum > ELF_PHDRS_MAX)
        return ELF_ERR_COUNT;
    table_bytes = (uint64_t)h.phnum * sizeof(struct phdr);
    if (h.phoff > file_bytes || table_bytes > file_bytes - h.phoff)
        return ELF_ERR_TABLE;

    program->relocatable = h.type == ET_DYN;
    program->entry = h.entry;
    program->phdr_offset = h.phoff;
    program->phdr_count = h.phnum;
    return ELF_OK;
}

static unsigned prot_of(uint32_t flags)
{
    return (flags & PF_R ? TINE_PROT_READ : 0U) | (flags & PF_W ? TINE_PROT_WRITE : 0U) |
           (flags & PF_X ? TINE_PROT_EXEC : 0U);
}

static uint64_t page_up(uint64_t addr)
{
    return (addr + TINE_PAGE_SIZE - 1) & ~(uint64_t)(TINE_PAGE_SIZE - 1);
}

/* A PT_LOAD: checked alone and against the one before, then appended. Empty ones are passed over. */
static enum elf_error segment_add(const struct phdr *h, uint64_t file_bytes, struct elf_program *program)
{
    uint64_t start = h->vaddr & ~(uint64_t)(TINE_PAGE_SIZE - 1);

    if (h->filesz > h->memsz || h->offset > file_bytes || h->filesz > file_bytes - h->offset)
        return ELF_ERR_FILE;
    if (h->memsz == 0)
        return ELF_OK;
    if (h->vaddr >= TINE_USER_END || h->memsz > TINE_USER_END - h->vaddr)
        return ELF_ERR_ADDRESS;
    if ((h->vaddr ^ h->offset) & (TINE_PAGE_SIZE - 1))
        return ELF_ERR_ALIGN;
    if (program->segment_count == ELF_SEGMENTS_MAX)
        return ELF_ERR_COUNT;
    if (program->segment_count == 0)
        program->low = start;
    else if (start < program->high)
        return ELF_ERR_OVERLAP;
    program->high = page_up(h->vaddr + h->memsz);
    program->segment[program->segment_count++] =
        (struct elf_segment){ h->vaddr, h->memsz, h->offset, h->filesz, prot_of(h->flags) };
    return ELF_OK;
}

static enum elf_error phdr_take(const struct phdr *h, uint64_t file_bytes, struct elf_program *program)
{
    switch (h->type) {
    case PT_LOAD:
        return segment_add(h, file_bytes, program);
    case PT_INTERP:
        if (h->filesz < 2 || h->filesz > ELF_INTERP_MAX || h->offset > file_bytes || h->filesz > file_bytes - h->offset)
            return ELF_ERR_INTERP;
        program->interp_offset = h->offset;
        program->interp_bytes = (unsigned)h->filesz;
        return ELF_OK;
    case PT_GNU_STACK:
        program->stack_exec = h->flags & PF_X;
        return ELF_OK;
    default:
        return ELF_OK;
    }
}

static bool entry_is_code(const struct elf_program *program)
{
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct elf_segment *s = &program->segment[i];

        if (program->entry >= s->addr && program->entry - s->addr < s->memory_bytes)
            return s->prot & TINE_PROT_EXEC;
    }
    return false;
}

/* Where the program headers are in memory: in the segment whose part of the file contains them. */
static uint64_t phdr_find(const struct elf_program *program)
{
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct elf_segment *s = &program->segment[i];
        uint64_t into = program->phdr_offset - s->offset;

        if (program->phdr_offset >= s->offset && into < s->file_bytes &&
            program->phdr_count * (uint64_t)ELF_PHDR_BYTES <= s->file_bytes - into)
            return s->addr + into;
    }
    return 0;
}

enum elf_error elf_segments(const void *phdrs, uint64_t file_bytes, struct elf_program *program)
{
    for (unsigned i = 0; i < program->phdr_count; i++) {
        struct phdr h;
        enum elf_error error;

        memcpy(&h, (const char *)phdrs + i * sizeof(h), sizeof(h));
        error = phdr_take(&h, file_bytes, program);
        if (error)
            return error;
    }
    if (program->segment_count == 0)
        return ELF_ERR_COUNT;
    if (!entry_is_code(program))
        return ELF_ERR_ENTRY;
    program->phdr_addr = phdr_find(program);
    return ELF_OK;
}
