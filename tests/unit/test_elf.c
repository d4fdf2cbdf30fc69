/* libc/elf.c: one good program, then each field of it made bad. */
#include "libc/elf.h"
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tine.h>

#include <cmocka.h>

#define FILE_BYTES 0x3000

/* As a linker makes them: text, then data with zeroed bytes, a stack. */
static struct {
    Elf64_Ehdr h;
    Elf64_Phdr p[8];
} file;

static void reset(void)
{
    memset(&file, 0, sizeof(file));
    memcpy(file.h.e_ident, ELFMAG, SELFMAG);
    file.h.e_ident[EI_CLASS] = ELFCLASS64;
    file.h.e_ident[EI_DATA] = ELFDATA2LSB;
    file.h.e_ident[EI_VERSION] = EV_CURRENT;
    file.h.e_type = ET_EXEC;
    file.h.e_machine = EM_RISCV;
    file.h.e_version = EV_CURRENT;
    file.h.e_entry = 0x10100;
    file.h.e_phoff = sizeof(Elf64_Ehdr);
    file.h.e_phentsize = sizeof(Elf64_Phdr);
    file.h.e_phnum = 3;
    file.p[0] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_X, 0, 0x10000, 0, 0x1800, 0x1800, 0x1000 };
    file.p[1] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_W, 0x1800, 0x12800, 0, 0x400, 0x3000, 0x1000 };
    file.p[2] = (Elf64_Phdr){ PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16 };
}

/* Both steps, on exact copies on the heap. */
static enum elf_error parse_head(size_t bytes, uint64_t file_bytes, struct elf_program *p)
{
    char *copy = malloc(bytes ? bytes : 1);
    enum elf_error error;

    memcpy(copy, &file, bytes);
    error = elf_header(copy, bytes, file_bytes, p);
    free(copy);
    if (!error) {
        size_t table = p->phdr_count * sizeof(Elf64_Phdr);

        copy = calloc(1, table);
        memcpy(copy, file.p, table < sizeof(file.p) ? table : sizeof(file.p));
        error = elf_segments(copy, file_bytes, p);
        free(copy);
    }
    return error;
}

static enum elf_error parse(struct elf_program *p)
{
    return parse_head(sizeof(file), FILE_BYTES, p);
}

static void expect(enum elf_error error)
{
    struct elf_program p;

    assert_string_equal(elf_error_text(parse(&p)), elf_error_text(error));
}

static void good(void **state)
{
    struct elf_program p;

    reset();
    assert_int_equal(parse(&p), ELF_OK);
    assert_false(p.relocatable);
    assert_false(p.stack_exec);
    assert_int_equal(p.entry, 0x10100);
    assert_int_equal(p.segment_count, 2);
    assert_int_equal(p.low, 0x10000);
    assert_int_equal(p.high, 0x16000);
    assert_int_equal(p.phdr_addr, 0x10040);
    assert_int_equal(p.interp_bytes, 0);
    assert_int_equal(p.segment[0].prot, TINE_PROT_READ | TINE_PROT_EXEC);
    assert_int_equal(p.segment[1].prot, TINE_PROT_READ | TINE_PROT_WRITE);
    assert_int_equal(p.segment[1].addr, 0x12800);
    assert_int_equal(p.segment[1].offset, 0x1800);
    assert_int_equal(p.segment[1].file_bytes, 0x400);
    assert_int_equal(p.segment[1].memory_bytes, 0x3000);
}

static void position_independent(void **state)
{
    struct elf_program p;

    reset();
    file.h.e_type = ET_DYN;
    file.h.e_entry = 0x100;
    file.p[0].p_vaddr = 0;
    file.p[1].p_vaddr = 0x2800;
    file.p[2].p_flags |= PF_X;
    file.p[3] = (Elf64_Phdr){ PT_INTERP, PF_R, 0x200, 0x200, 0, 28, 28, 1 };
    file.h.e_phnum = 4;
    assert_int_equal(parse(&p), ELF_OK);
    assert_true(p.relocatable);
    assert_true(p.stack_exec);
    assert_int_equal(p.low, 0);
    assert_int_equal(p.interp_offset, 0x200);
    assert_int_equal(p.interp_bytes, 28);
}

static void headers_not_loaded(void **state)
{
    struct elf_program p;

    reset();
    file.p[0].p_offset = 0x1000; /* text begins behind the headers */
    file.p[0].p_filesz = 0x800;
    assert_int_equal(parse(&p), ELF_OK);
    assert_int_equal(p.phdr_addr, 0);
}

static void bad_header(void **state)
{
    struct elf_program p;

    for (size_t bytes = 0; bytes < sizeof(file.h); bytes++) {
        reset();
        assert_int_equal(parse_head(bytes, bytes, &p), ELF_ERR_SHORT);
    }
    reset(), file.h.e_ident[0] = 0, expect(ELF_ERR_MAGIC);
    reset(), file.h.e_ident[3] = 'G', expect(ELF_ERR_MAGIC);
    reset(), file.h.e_ident[EI_CLASS] = ELFCLASS32, expect(ELF_ERR_CLASS);
    reset(), file.h.e_ident[EI_DATA] = ELFDATA2MSB, expect(ELF_ERR_CLASS);
    reset(), file.h.e_ident[EI_VERSION] = 2, expect(ELF_ERR_CLASS);
    reset(), file.h.e_version = 0, expect(ELF_ERR_CLASS);
    reset(), file.h.e_machine = EM_X86_64, expect(ELF_ERR_MACHINE);
    reset(), file.h.e_type = ET_REL, expect(ELF_ERR_TYPE);
    reset(), file.h.e_type = ET_CORE, expect(ELF_ERR_TYPE);
}

static void bad_table(void **state)
{
    reset(), file.h.e_phentsize = 32, expect(ELF_ERR_TABLE);
    reset(), file.h.e_phnum = 0, expect(ELF_ERR_TABLE);
    reset(), file.h.e_phnum = 0xffff, expect(ELF_ERR_COUNT);
    reset(), file.h.e_phoff = FILE_BYTES, expect(ELF_ERR_TABLE);
    reset(), file.h.e_phoff = FILE_BYTES - 3 * 56 + 1, expect(ELF_ERR_TABLE);
    reset(), file.h.e_phoff = UINT64_MAX, expect(ELF_ERR_TABLE);
    reset(), file.h.e_phoff = UINT64_MAX - 100, expect(ELF_ERR_TABLE);
}

static void bad_count(void **state)
{
    struct elf_program p;
    Elf64_Phdr table[ELF_PHDRS_MAX] = { 0 };

    reset(), file.p[0].p_type = file.p[1].p_type = PT_NOTE, expect(ELF_ERR_COUNT);
    reset(), file.p[0].p_filesz = file.p[0].p_memsz = file.p[1].p_filesz = file.p[1].p_memsz = 0, expect(ELF_ERR_COUNT);
    reset();
    file.h.e_phnum = ELF_PHDRS_MAX;
    assert_int_equal(elf_header(&file, sizeof(file), 0x10000, &p), ELF_OK);
    for (unsigned i = 0; i <= ELF_SEGMENTS_MAX; i++)
        table[i] = (Elf64_Phdr){ PT_LOAD, PF_X, 0, 0x10000 + i * 0x1000, 0, 0x1000, 0x1000, 0x1000 };
    assert_int_equal(elf_segments(table, 0x10000, &p), ELF_ERR_COUNT);
}

static void bad_file_part(void **state)
{
    reset(), file.p[1].p_filesz = 0x3001, expect(ELF_ERR_FILE);
    reset(), file.p[1].p_filesz = FILE_BYTES - 0x1800 + 1, file.p[1].p_memsz = 0x8000, expect(ELF_ERR_FILE);
    reset(), file.p[1].p_offset = FILE_BYTES + 0x800, expect(ELF_ERR_FILE);
    reset(), file.p[1].p_offset = UINT64_MAX - 0x7ff, expect(ELF_ERR_FILE);
    reset(), file.p[1].p_filesz = file.p[1].p_memsz = UINT64_MAX, expect(ELF_ERR_FILE);
}

static void bad_address(void **state)
{
    reset(), file.p[1].p_vaddr = TINE_USER_END + 0x800, expect(ELF_ERR_ADDRESS);
    reset(), file.p[1].p_vaddr = UINT64_MAX - 0x7ff, expect(ELF_ERR_ADDRESS);
    reset(), file.p[1].p_vaddr = TINE_USER_END - 0x2800, expect(ELF_ERR_ADDRESS);
    reset(), file.p[1].p_memsz = UINT64_MAX, expect(ELF_ERR_ADDRESS);
    reset(), file.p[1].p_memsz = TINE_USER_END, expect(ELF_ERR_ADDRESS);
    reset(), file.p[1].p_vaddr = TINE_USER_END - 0x3800, file.p[1].p_memsz = 0x3800, expect(ELF_OK);
}

static void bad_layout(void **state)
{
    reset(), file.p[1].p_vaddr += 1, expect(ELF_ERR_ALIGN);
    reset(), file.p[0].p_offset = 0x10, expect(ELF_ERR_ALIGN);
    reset(), file.p[1].p_vaddr = 0x11800, expect(ELF_ERR_OVERLAP); /* the same page as the end of text */
    reset(), file.p[1].p_vaddr = 0x8800, expect(ELF_ERR_OVERLAP);
    reset(), file.p[1].p_vaddr = 0x10800, expect(ELF_ERR_OVERLAP);
}

static void bad_entry(void **state)
{
    reset(), file.h.e_entry = 0, expect(ELF_ERR_ENTRY);
    reset(), file.h.e_entry = 0x12800, expect(ELF_ERR_ENTRY); /* data */
    reset(), file.h.e_entry = 0x11800, expect(ELF_ERR_ENTRY); /* just behind text */
    reset(), file.h.e_entry = UINT64_MAX, expect(ELF_ERR_ENTRY);
}

static void bad_interp(void **state)
{
    const struct {
        uint64_t offset, bytes;
    } bad[] = { { 0x200, 0 },          { 0x200, 1 },      { 0x200, 257 },
                { FILE_BYTES - 1, 2 }, { UINT64_MAX, 2 }, { 0x200, UINT64_MAX } };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        reset();
        file.p[3] = (Elf64_Phdr){ PT_INTERP, PF_R, bad[i].offset, 0, 0, bad[i].bytes, bad[i].bytes, 1 };
        file.h.e_phnum = 4;
        expect(ELF_ERR_INTERP);
    }
}

/* Every byte of the headers set to some value: never a crash, and what is accepted keeps the contract. */
static void any_byte(void **state)
{
    const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };

    for (size_t at = 0; at < sizeof(file); at++)
        for (size_t v = 0; v < sizeof(values); v++) {
            struct elf_program p;

            reset();
            ((unsigned char *)&file)[at] = values[v];
            if (parse(&p))
                continue;
            assert_in_range(p.segment_count, 1, ELF_SEGMENTS_MAX);
            for (unsigned i = 0; i < p.segment_count; i++) {
                const struct elf_segment *s = &p.segment[i];

                assert_true(s->file_bytes <= s->memory_bytes && s->memory_bytes <= TINE_USER_END);
                assert_true(s->offset + s->file_bytes <= FILE_BYTES);
                assert_true(s->addr >= p.low && s->addr + s->memory_bytes <= p.high && p.high <= TINE_USER_END);
                assert_int_equal(s->addr % 4096, s->offset % 4096);
            }
        }
}

static void every_error_has_its_sentence(void **state)
{
    for (int e = ELF_OK; e <= ELF_ERR_INTERP; e++)
        assert_string_not_equal(elf_error_text(e), "unknown error");
    assert_string_equal(elf_error_text(99), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(position_independent),
        cmocka_unit_test(headers_not_loaded),
        cmocka_unit_test(bad_header),
        cmocka_unit_test(bad_table),
        cmocka_unit_test(bad_count),
        cmocka_unit_test(bad_file_part),
        cmocka_unit_test(bad_address),
        cmocka_unit_test(bad_layout),
        cmocka_unit_test(bad_entry),
        cmocka_unit_test(bad_interp),
        cmocka_unit_test(any_byte),
        cmocka_unit_test(every_error_has_its_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
