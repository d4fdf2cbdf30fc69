/* embryo_load: map_segments, make_stack, embryo_start. */
#include "load.h"
#include "tine/embryo.h"
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>

#define PAGE 4096UL
#define PAGE_DOWN(a) ((a) & ~(PAGE - 1))
#define PAGE_UP(a) PAGE_DOWN((a) + PAGE - 1)

enum { PHDRS_MOST = 32, STACK_BYTES = 256 << 10, RANDOM_BYTES = 16 };

struct program {
    Elf64_Ehdr header;
    Elf64_Phdr phdr[PHDRS_MOST];
    unsigned long bias; /* added to the addresses in the file */
    struct tine_embryo_layout layout;
};

static int fail(int error)
{
    errno = error;
    return -1;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int read_program(int fd, struct program *p)
{
    Elf64_Ehdr *h = &p->header;
    size_t bytes;

    if (pread(fd, h, sizeof(*h), 0) != (ssize_t)sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG) ||
        h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_machine != EM_RISCV ||
        (h->e_type != ET_EXEC && h->e_type != ET_DYN) || h->e_phentsize != sizeof(Elf64_Phdr) || !h->e_phnum ||
        h->e_phnum > PHDRS_MOST)
        return fail(ENOEXEC);
    bytes = h->e_phnum * sizeof(Elf64_Phdr);
    if (pread(fd, p->phdr, bytes, (off_t)h->e_phoff) != (ssize_t)bytes)
        return fail(ENOEXEC);
    for (unsigned i = 0; i < h->e_phnum; i++)
        if (p->phdr[i].p_type == PT_INTERP)
            return fail(ENOEXEC);
    return 0;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static int prot_of(const Elf64_Phdr *ph)
{
    return (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
           (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Behind the file's part the last page holds zeroes, and further pages are anonymous. */
static int map_rest(pid_t embryo, const Elf64_Phdr *ph, unsigned long file_end, unsigned long end)
{
    static const char zeroes[PAGE];
    unsigned long page = PAGE_UP(file_end);

    if (page > file_end && embryo_write(embryo, file_end, zeroes, page - file_end))
        return -1;
    return end > page && embryo_map(embryo, page, end - page, prot_of(ph), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                                    0) == MAP_FAILED
               ? -1
               : 0;
}

static int map_segment(pid_t embryo, int fd, const Elf64_Phdr *ph, unsigned long bias)
{
    unsigned long start = ph->p_vaddr + bias, file_end = start + ph->p_filesz, end = start + ph->p_memsz;
    unsigned long slack = start % PAGE;

    if (ph->p_filesz > ph->p_memsz || end < start || ph->p_offset % PAGE != slack)
        return fail(ENOEXEC);
    if (!ph->p_filesz)
        return map_rest(embryo, ph, PAGE_DOWN(start), end);
    if (embryo_map(embryo, start - slack, ph->p_filesz + slack, prot_of(ph), MAP_PRIVATE | MAP_FIXED, fd,
                   (off_t)(ph->p_offset - slack)) == MAP_FAILED)
        return -1;
    return ph->p_memsz > ph->p_filesz ? map_rest(embryo, ph, file_end, end) : 0;
}

static void note_layout(struct tine_embryo_layout *l, const Elf64_Phdr *ph, unsigned long bias)
{
    unsigned long start = ph->p_vaddr + bias;

    if (ph->p_flags & PF_X) {
        l->code_start = start;
        l->code_end = start + ph->p_filesz;
    } else if (ph->p_flags & PF_W) {
        l->data_start = start;
        l->data_end = start + ph->p_filesz;
    }
    if (PAGE_UP(start + ph->p_memsz) > l->brk)
        l->brk = PAGE_UP(start + ph->p_memsz);
}

static int map_segments(pid_t embryo, int fd, struct program *p)
{
    p->bias = p->header.e_type == ET_DYN ? 0x10000 : 0;
    for (unsigned i = 0; i < p->header.e_phnum; i++) {
        if (p->phdr[i].p_type != PT_LOAD)
            continue;
        if (map_segment(embryo, fd, &p->phdr[i], p->bias))
            return -1;
        note_layout(&p->layout, &p->phdr[i], p->bias);
    }
    return 0;
}

/* Where the program headers are in memory: AT_PHDR. 0: nowhere. */
static unsigned long phdr_address(const struct program *p)
{
    for (unsigned i = 0; i < p->header.e_phnum; i++) {
        const Elf64_Phdr *ph = &p->phdr[i];

        if (ph->p_type == PT_LOAD && p->header.e_phoff >= ph->p_offset &&
            p->header.e_phoff < ph->p_offset + ph->p_filesz)
            return p->header.e_phoff - ph->p_offset + ph->p_vaddr + p->bias;
    }
    return 0;
}

/* ---- the stack: a picture of it is made here and copied as a whole ----------------------------------------------- */

struct stack {
    char *picture;       /* of its top STACK_BYTES */
    unsigned long top;   /* its end in the embryo */
    unsigned long low;   /* what is used so far goes down to here, an address in the embryo */
    unsigned long words; /* where the next word goes */
};

static char *picture_of(const struct stack *s, unsigned long addr)
{
    return s->picture + STACK_BYTES - (s->top - addr);
}

/* Puts bytes below what is there; their address, or 0: too much. */
static unsigned long put(struct stack *s, const void *from, size_t bytes)
{
    if (bytes > s->low - (s->top - STACK_BYTES))
        return 0;
    s->low -= bytes;
    memcpy(picture_of(s, s->low), from, bytes);
    return s->low;
}

static void word(struct stack *s, unsigned long value)
{
    memcpy(picture_of(s, s->words), &value, sizeof(value));
    s->words += sizeof(value);
}

/* Strings of a list, the last first, so that the first lies lowest. How many; -1: too much. */
static long put_strings(struct stack *s, char *const list[])
{
    long n = 0;

    while (list[n])
        n++;
    for (long i = n - 1; i >= 0; i--)
        if (!put(s, list[i], strlen(list[i]) + 1))
            return -1;
    return n;
}

/* The addresses of n strings that lie one behind the other from `at` on, and a null. */
static void word_strings(struct stack *s, unsigned long at, long n)
{
    for (; n; n--) {
        word(s, at);
        at += strlen(picture_of(s, at)) + 1;
    }
    word(s, 0);
}

enum { AUXILIARIES = 16 };

static void word_auxv(struct stack *s, const struct program *p, unsigned long random)
{
    const unsigned long auxv[AUXILIARIES][2] = {
        { AT_SYSINFO_EHDR, getauxval(AT_SYSINFO_EHDR) },
        { AT_HWCAP, getauxval(AT_HWCAP) },
        { AT_PAGESZ, PAGE },
        { AT_CLKTCK, getauxval(AT_CLKTCK) },
        { AT_PHDR, phdr_address(p) },
        { AT_PHENT, sizeof(Elf64_Phdr) },
        { AT_PHNUM, p->header.e_phnum },
        { AT_BASE, 0 },
        { AT_ENTRY, p->header.e_entry + p->bias },
        { AT_UID, getuid() },
        { AT_EUID, geteuid() },
        { AT_GID, getgid() },
        { AT_EGID, getegid() },
        { AT_SECURE, 0 },
        { AT_RANDOM, random },
        { AT_NULL, 0 },
    };

    for (unsigned i = 0; i < AUXILIARIES; i++) {
        word(s, auxv[i][0]);
        word(s, auxv[i][1]);
    }
}

/* Strings above, then argc, argv, envp and the auxiliary vector at the stack pointer, as the ABI has them. */
static int fill_stack(struct stack *s, struct program *p, char *const argv[], char *const envp[])
{
    struct tine_embryo_layout *l = &p->layout;
    char random[RANDOM_BYTES];
    unsigned long at_random;
    long argc, envc;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -1;
    at_random = put(s, random, sizeof(random));
    l->env_end = s->low;
    envc = put_strings(s, envp);
    l->env_start = l->arg_end = s->low;
    argc = put_strings(s, argv);
    l->arg_start = s->low;
    if (argc < 0 || envc < 0)
        return fail(E2BIG);
    s->words = (s->low - (unsigned long)(argc + envc + 3 + 2 * AUXILIARIES) * sizeof(long)) & ~15UL;
    if (s->words < s->top - STACK_BYTES || s->words > s->low)
        return fail(E2BIG);
    s->low = l->stack_start = s->words;
    word(s, (unsigned long)argc);
    word_strings(s, l->arg_start, argc);
    word_strings(s, l->env_start, envc);
    l->auxv_start = s->words;
    word_auxv(s, p, at_random);
    l->auxv_end = s->words;
    return 0;
}

static int make_stack(pid_t embryo, struct program *p, char *const argv[], char *const envp[])
{
    struct stack s = { .picture = malloc(STACK_BYTES) };
    char *base = embryo_map(embryo, 0, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int result = -1;

    s.top = s.low = (unsigned long)base + STACK_BYTES;
    if (s.picture && base != MAP_FAILED && !fill_stack(&s, p, argv, envp))
        result = embryo_write(embryo, s.low, picture_of(&s, s.low), s.top - s.low);
    free(s.picture);
    return result;
}

int embryo_load(pid_t embryo, int fd, char *const argv[], char *const envp[])
{
    struct user_regs_struct registers = { 0 };
    struct program program = { 0 };

    if (read_program(fd, &program) || map_segments(embryo, fd, &program) || make_stack(embryo, &program, argv, envp) ||
        embryo_layout(embryo, &program.layout))
        return -1;
    registers.pc = program.header.e_entry + program.bias;
    registers.sp = program.layout.stack_start;
    return embryo_start(embryo, &registers);
}
