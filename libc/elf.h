/*
 * Reading ELF executables: validates the headers of a 64-bit RISC-V program into a list of segments. Pure: touches
 * nothing but its arguments, trusts no number in the file. Whoever loads (root, proc) only walks the list.
 *
 * Two steps, because the program headers need not lie behind the file header: elf_header says where they are, and
 * elf_segments reads them. Source: System V ABI, chapters 4 and 5; RISC-V ELF psABI, chapter "ELF Object Files".
 */
#ifndef LIBC_ELF_H
#define LIBC_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_ERRORS(X) \
    X(SHORT, "the file ends within its header") \
    X(MAGIC, "not an ELF file") \
    X(CLASS, "not 64-bit little-endian ELF, version 1") \
    X(MACHINE, "not for RISC-V") \
    X(TYPE, "neither an executable nor position independent") \
    X(TABLE, "the program header table has a wrong size or lies outside the file") \
    X(COUNT, "no segment to load, or more than can be handled") \
    X(FILE, "a segment reaches beyond the end of the file, or has more bytes there than in memory") \
    X(ADDRESS, "a segment wraps around or leaves user addresses") \
    X(ALIGN, "a segment's address and file offset do not agree within the page") \
    X(OVERLAP, "segments are out of order or share a page") \
    X(ENTRY, "the entry point lies in no executable segment") \
    X(INTERP, "the interpreter's name is empty, too long, or outside the file")

enum elf_error {
    ELF_OK,
#define X(name, text) ELF_ERR_##name,
    ELF_ERRORS(X)
#undef X
};

/* A sentence for the error. */
const char *elf_error_text(enum elf_error error);

#define ELF_HEADER_BYTES 64
#define ELF_PHDR_BYTES 56
#define ELF_PHDRS_MAX 64    /* program headers of any type */
#define ELF_SEGMENTS_MAX 16 /* of these, to be loaded */
#define ELF_INTERP_MAX 256

/* A segment to be loaded. Segments come in ascending order and share no page; address and offset agree modulo 4096. */
struct elf_segment {
    uint64_t addr;         /* of the first byte, any alignment; before the bias */
    uint64_t memory_bytes; /* > 0; those beyond file_bytes are zero */
    uint64_t offset;       /* in the file */
    uint64_t file_bytes;   /* <= memory_bytes; offset + file_bytes <= size of the file */
    unsigned prot;         /* enum tine_prot */
};

struct elf_program {
    bool relocatable;       /* ET_DYN: all addresses below are relative to a bias that the loader chooses */
    bool stack_exec;        /* PT_GNU_STACK asks for an executable stack */
    uint64_t entry;         /* first instruction */
    uint64_t low, high;     /* all segments lie in [low, high), page aligned */
    uint64_t phdr_offset;   /* of the program headers in the file */
    unsigned phdr_count;    /* 1 to ELF_PHDRS_MAX */
    uint64_t phdr_addr;     /* where they are in memory (AT_PHDR), 0 if not loaded */
    uint64_t interp_offset; /* of the interpreter's name in the file */
    unsigned interp_bytes;  /* of that name with its final zero byte, to be checked by the reader; 0: there is none */
    unsigned segment_count; /* 1 to ELF_SEGMENTS_MAX */
    struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/* Checks the file header in the first `bytes` bytes of a file of file_bytes bytes; sets relocatable, entry and
 * phdr_offset, phdr_count, for which [phdr_offset, + phdr_count * ELF_PHDR_BYTES) lies inside the file. */
enum elf_error elf_header(const void *head, size_t bytes, uint64_t file_bytes, struct elf_program *program);

/* Checks the program headers, p->phdr_count * ELF_PHDR_BYTES bytes at `phdrs` (any alignment), and sets the rest. */
enum elf_error elf_segments(const void *phdrs, uint64_t file_bytes, struct elf_program *program);

#endif
