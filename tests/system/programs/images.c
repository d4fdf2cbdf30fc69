/* A program that was executed before is executed as it is now: the file may have been written, replaced, cut, moved, or
 * lost its rights meanwhile, and what earlier runs wrote to their memory must not show. */
#include "check.h"

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "./images-program"
#define OTHER "./images-other"
#define LINKER "./images-linker"

extern char **environ;

/* ---- this program itself, run as `show`: 100 + digit of each marker, or 97 to 99 if its memory is not as it should be */

enum { WORDS = 3 * 4096 / sizeof(unsigned) };

static volatile const char text_marker[] = "text marker 1";
static volatile char data_marker[] = "data marker 1";
static volatile int last_marker = 0x7a5a5a31; /* small data comes last, on the page that is part file and part zeroes */
static volatile unsigned data_words[WORDS] = { 7 };
static volatile unsigned zero_words[WORDS];
static volatile long zero_a, zero_b, zero_c, zero_d, zero_e, zero_f; /* small zeroes come first, on that page, too */

static int digit(volatile const char *marker)
{
    return marker[sizeof text_marker - 2] - '0';
}

static int show(void)
{
    int digits = digit(text_marker);

    if (digit(data_marker) != digits || (last_marker & 0xff) - '0' != digits)
        return 98;
    for (int i = 0; i < (int)WORDS; i++)
        if (data_words[i] != (i ? 0 : 7) || zero_words[i])
            return 99;
    if (zero_a | zero_b | zero_c | zero_d | zero_e | zero_f)
        return 97;
    zero_a = zero_b = zero_c = zero_d = zero_e = zero_f = -1;
    for (int i = 0; i < (int)WORDS; i++)
        data_words[i] = zero_words[i] = 0xdeadbeef;
    data_marker[0] = 'X';
    last_marker = 0;
    return 100 + digits;
}

/* All of the data and text is looked at, thrown away, and looked at again. */
static int discard(void)
{
    uintptr_t data = (uintptr_t)&data_words & ~4095ul, end = ((uintptr_t)&zero_words + sizeof zero_words) & ~4095ul;
    uintptr_t low = data < end ? data : (uintptr_t)&zero_words & ~4095ul;
    volatile char *at = (void *)low;
    char sum = 0;

    madvise((void *)(((uintptr_t)&last_marker) & ~4095ul), 4096, MADV_DONTNEED);
    sum += (char)last_marker;
    for (size_t i = 0; data < end && i < end - low; i += 4096) {
        madvise((void *)(low + i), 4096, MADV_DONTNEED);
        sum += at[i];
        at[i + 4095] = 'Y';
    }
    return sum == 'Z' ? 1 : 0;
}

__attribute__((constructor)) static void run(int argc, char **argv)
{
    if (argc < 2)
        return;
    if (!strcmp(argv[1], "show"))
        _exit(show());
    if (!strcmp(argv[1], "discard"))
        _exit(discard());
    if (!strcmp(argv[1], "euid"))
        _exit(geteuid() == 1000 ? 1 : geteuid() == 2000 ? 2 : 3);
    if (!strcmp(argv[1], "wait"))
        for (;;)
            pause();
    if (!strcmp(argv[1], "count")) {
        unsigned long sum = (unsigned long)argc;

        for (int i = 2; i < argc; i++)
            sum = sum * 31 + strlen(argv[i]) + (unsigned char)argv[i][0];
        for (char **e = environ; *e; e++)
            sum = sum * 31 + strlen(*e) + (unsigned char)**e;
        _exit(sum == strtoul(argv[0], NULL, 10) ? 1 : 2);
    }
}

static char *own;
static size_t own_length;

static void read_own(void)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    struct stat about;

    CHECK(fd >= 0);
    CHECK_EQUAL(fstat(fd, &about), 0);
    own_length = (size_t)about.st_size;
    own = malloc(own_length);
    CHECK_EQUAL(read(fd, own, own_length), own_length);
    close(fd);
}

/* Where in the file a variable of this program lies. */
static size_t offset_of(volatile const void *variable)
{
    const Elf64_Ehdr *header = (const void *)own;
    const Elf64_Phdr *segment = (const void *)(own + header->e_phoff);
    unsigned long bias = getauxval(AT_ENTRY) - header->e_entry, addr = (unsigned long)variable - bias;

    for (;; segment++)
        if (segment->p_type == PT_LOAD && addr >= segment->p_vaddr && addr - segment->p_vaddr < segment->p_filesz)
            return addr - segment->p_vaddr + segment->p_offset;
}

static size_t marker_offset(int which)
{
    return which == 0   ? offset_of(text_marker) + sizeof text_marker - 2
           : which == 1 ? offset_of(data_marker) + sizeof data_marker - 2
                        : offset_of(&last_marker);
}

/* A copy of this program that shows the digit. */
static void make_program(const char *path, char shown)
{
    if (!own)
        read_own();
    for (int i = 0; i < 3; i++)
        own[marker_offset(i)] = shown;
    make_file(path, own, own_length);
    CHECK_EQUAL(chmod(path, 0755), 0);
}

static void rewrite(const char *path, char shown)
{
    int fd = open(path, O_WRONLY);

    CHECK(fd >= 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(pwrite(fd, &shown, 1, (off_t)marker_offset(i)), 1);
    close(fd);
}

/* Exit code of the program, or the errno of execve + 1000. */
static int run_argument(const char *path, const char *argument)
{
    int ends[2], error = 0;

    CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = vfork();
    if (child == 0) {
        execl(path, path, argument, NULL);
        error = errno;
        CHECK_EQUAL(write(ends[1], &error, sizeof error), sizeof error);
        _exit(1);
    }
    close(ends[1]);
    ssize_t failed = read(ends[0], &error, sizeof error);
    close(ends[0]);
    int status = status_of(child);
    if (failed > 0)
        return 1000 + error;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2000 + WTERMSIG(status);
}

static int run_show(const char *path)
{
    return run_argument(path, "show");
}

/* ---- the file changes -------------------------------------------------------------------------------------------- */

TEST(memory_is_pristine_each_time)
{
    make_program(PROGRAM, '1');
    for (int i = 0; i < 80; i++)
        CHECK_EQUAL(run_show(PROGRAM), 101);
    unlink(PROGRAM);
}

TEST(discarded_pages_do_not_come_back)
{
    make_program(PROGRAM, '1');
    for (int i = 0; i < 3; i++) {
        CHECK(run_argument(PROGRAM, "discard") < 2);
        CHECK_EQUAL(run_show(PROGRAM), 101);
    }
    unlink(PROGRAM);
}

TEST(rewritten_in_place)
{
    make_program(PROGRAM, '1');
    CHECK_EQUAL(run_show(PROGRAM), 101);
    for (char shown = '2'; shown < '6'; shown++) {
        rewrite(PROGRAM, shown);
        CHECK_EQUAL(run_show(PROGRAM), 100 + shown - '0');
        CHECK_EQUAL(run_show(PROGRAM), 100 + shown - '0');
    }
    unlink(PROGRAM);
}

TEST(rewritten_through_another_name)
{
    make_program(PROGRAM, '1');
    CHECK_EQUAL(link(PROGRAM, OTHER), 0);
    CHECK_EQUAL(run_show(PROGRAM), 101);
    CHECK_EQUAL(run_show(OTHER), 101);
    rewrite(OTHER, '2');
    CHECK_EQUAL(run_show(PROGRAM), 102);
    CHECK_EQUAL(run_show(OTHER), 102);
    unlink(OTHER);
    CHECK_EQUAL(run_show(PROGRAM), 102);
    unlink(PROGRAM);
}

TEST(written_by_a_shared_mapping)
{
    make_program(PROGRAM, '1');
    CHECK_EQUAL(run_show(PROGRAM), 101);
    for (char shown = '2'; shown < '5'; shown++) {
        int fd = open(PROGRAM, O_RDWR);
        CHECK(fd >= 0);
        char *mapped = mmap(NULL, own_length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        CHECK(mapped != MAP_FAILED);
        close(fd);
        for (int i = 0; i < 3; i++)
            mapped[marker_offset(i)] = shown;
        CHECK_EQUAL(munmap(mapped, own_length), 0);
        CHECK_EQUAL(run_show(PROGRAM), 100 + shown - '0');
    }
    unlink(PROGRAM);
}

TEST(replaced_by_rename)
{
    make_program(PROGRAM, '1');
    make_program(OTHER, '2');
    CHECK_EQUAL(run_show(PROGRAM), 101);
    CHECK_EQUAL(run_show(OTHER), 102);
    CHECK_EQUAL(rename(OTHER, PROGRAM), 0);
    CHECK_EQUAL(run_show(PROGRAM), 102);
    CHECK_EQUAL(run_show(OTHER), 1000 + ENOENT);
    CHECK_EQUAL(rename(PROGRAM, OTHER), 0);
    CHECK_EQUAL(run_show(OTHER), 102);
    unlink(OTHER);
    make_program(OTHER, '3');
    CHECK_EQUAL(run_show(OTHER), 103);
    unlink(OTHER);
    CHECK_EQUAL(run_show(OTHER), 1000 + ENOENT);
}

TEST(truncated)
{
    make_program(PROGRAM, '1');
    CHECK_EQUAL(run_show(PROGRAM), 101);
    CHECK_EQUAL(truncate(PROGRAM, 0), 0);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + ENOEXEC);
    make_program(PROGRAM, '2');
    CHECK_EQUAL(run_show(PROGRAM), 102);
    CHECK_EQUAL(truncate(PROGRAM, 40), 0);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + ENOEXEC);
    unlink(PROGRAM);
}

static pid_t start_waiting(const char *path)
{
    pid_t child = vfork();

    if (child == 0) {
        execl(path, path, "wait", NULL);
        _exit(1);
    }
    CHECK(child > 0);
    return child;
}

static void end(pid_t child)
{
    kill(child, SIGKILL);
    CHECK_EQUAL(status_of(child), SIGKILL);
}

TEST(touched_while_it_runs)
{
    make_program(PROGRAM, '1');
    pid_t child = start_waiting(PROGRAM);
    CHECK_EQUAL(utimensat(AT_FDCWD, PROGRAM, NULL, 0), 0);
    CHECK_EQUAL(run_show(PROGRAM), 101);
    CHECK_EQUAL(chmod(PROGRAM, 0700), 0);
    CHECK_EQUAL(run_show(PROGRAM), 101);
    end(child);
    CHECK_EQUAL(run_show(PROGRAM), 101);
    unlink(PROGRAM);
}

TEST(replaced_while_it_runs)
{
    make_program(PROGRAM, '1');
    pid_t child = start_waiting(PROGRAM);
    make_program(OTHER, '2');
    CHECK_EQUAL(rename(OTHER, PROGRAM), 0);
    CHECK_EQUAL(run_show(PROGRAM), 102);
    CHECK_EQUAL(unlink(PROGRAM), 0);
    make_program(PROGRAM, '3');
    CHECK_EQUAL(run_show(PROGRAM), 103);
    end(child);
    CHECK_EQUAL(run_show(PROGRAM), 103);
    unlink(PROGRAM);
}

/* A program that runs cannot be written, and one that could be written cannot be executed; one that ran before can. */
TEST(busy)
{
    make_program(PROGRAM, '1');
    CHECK_EQUAL(run_show(PROGRAM), 101);
    pid_t child = start_waiting(PROGRAM);
    CHECK_ERROR(open(PROGRAM, O_WRONLY), ETXTBSY);
    CHECK_ERROR(truncate(PROGRAM, 10), ETXTBSY);
    end(child);
    int fd = open(PROGRAM, O_WRONLY);
    CHECK(fd >= 0);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + ETXTBSY);
    close(fd);
    CHECK_EQUAL(run_show(PROGRAM), 101);
    unlink(PROGRAM);
}

/* ---- rights ------------------------------------------------------------------------------------------------------ */

TEST(rights_are_checked_each_time)
{
    make_program(PROGRAM, '1');
    CHECK_EQUAL(run_show(PROGRAM), 101);
    CHECK_EQUAL(chmod(PROGRAM, 0644), 0);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + EACCES);
    CHECK_EQUAL(chmod(PROGRAM, 0700), 0);
    CHECK_EQUAL(run_show(PROGRAM), 101);
    IN_CHILD
    {
        CHECK_EQUAL(setresuid(2000, 2000, 2000), 0);
        CHECK_EQUAL(run_show(PROGRAM), 1000 + EACCES);
    }
    unlink(PROGRAM);
}

static int run_as_2000(void)
{
    pid_t child = check_fork();

    if (child == 0) {
        CHECK_EQUAL(setresuid(2000, 2000, 2000), 0);
        _exit(run_argument(PROGRAM, "euid"));
    }
    return WEXITSTATUS(status_of(child));
}

TEST(set_uid_bit_changes)
{
    make_program(PROGRAM, '1');
    CHECK_EQUAL(chown(PROGRAM, 1000, 1000), 0);
    CHECK_EQUAL(run_as_2000(), 2);
    CHECK_EQUAL(chmod(PROGRAM, 04755), 0);
    CHECK_EQUAL(run_as_2000(), 1);
    pid_t child = start_waiting(PROGRAM);
    CHECK_EQUAL(chmod(PROGRAM, 0755), 0);
    CHECK_EQUAL(run_as_2000(), 2);
    CHECK_EQUAL(chmod(PROGRAM, 04755), 0);
    CHECK_EQUAL(run_as_2000(), 1);
    CHECK_EQUAL(chown(PROGRAM, 0, 0), 0); /* takes the bit */
    CHECK_EQUAL(run_as_2000(), 2);
    end(child);
    unlink(PROGRAM);
}

/* ---- tiny programs, made by hand: a header, a segment or two, three instructions ---------------------------------- */

struct tiny {
    Elf64_Ehdr header;
    Elf64_Phdr segment[2];
    char linker[32];
    uint32_t code[3];
};

static struct tiny tiny_program(uint16_t type, unsigned code)
{
    struct tiny t = { 0 };
    uint64_t base = type == ET_EXEC ? 0x400000 : 0;

    memcpy(t.header.e_ident, ELFMAG, SELFMAG);
    t.header.e_ident[EI_CLASS] = ELFCLASS64;
    t.header.e_ident[EI_DATA] = ELFDATA2LSB;
    t.header.e_ident[EI_VERSION] = EV_CURRENT;
    t.header.e_type = type;
    t.header.e_machine = EM_RISCV;
    t.header.e_version = EV_CURRENT;
    t.header.e_entry = base + offsetof(struct tiny, code);
    t.header.e_phoff = offsetof(struct tiny, segment);
    t.header.e_ehsize = sizeof t.header;
    t.header.e_phentsize = sizeof *t.segment;
    t.header.e_phnum = 1;
    t.segment[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = base, .p_paddr = base,
                                 .p_filesz = sizeof t, .p_memsz = sizeof t, .p_align = 4096 };
    t.code[0] = 0x00000513 | code << 20; /* li a0, code */
    t.code[1] = 0x05d00893;              /* li a7, 93: exit */
    t.code[2] = 0x00000073;              /* ecall */
    return t;
}

static void make_tiny(const char *path, uint16_t type, unsigned code)
{
    struct tiny t = tiny_program(type, code);

    make_file(path, &t, sizeof t);
    CHECK_EQUAL(chmod(path, 0755), 0);
}

static void make_linked(const char *path)
{
    struct tiny t = tiny_program(ET_DYN, 1);

    t.header.e_phnum = 2;
    t.segment[1] = (Elf64_Phdr){ .p_type = PT_INTERP, .p_flags = PF_R, .p_offset = offsetof(struct tiny, linker),
                                 .p_vaddr = offsetof(struct tiny, linker), .p_filesz = sizeof LINKER,
                                 .p_memsz = sizeof LINKER, .p_align = 1 };
    strcpy(t.linker, LINKER);
    make_file(path, &t, sizeof t);
    CHECK_EQUAL(chmod(path, 0755), 0);
}

static void make_script(const char *path, const char *text)
{
    make_file(path, text, strlen(text));
    CHECK_EQUAL(chmod(path, 0755), 0);
}

/* What /proc/tine/stat calls `name`, or -1: not this kernel. */
static long counter(const char *name)
{
    FILE *file = fopen("/proc/tine/stat", "r");
    char text[64];
    long value = -1, n;

    if (!file)
        return -1;
    while (fscanf(file, "%63s %ld", text, &n) == 2)
        if (!strcmp(text, name))
            value = n;
    fclose(file);
    return value;
}

TEST(hundreds_of_programs)
{
    enum { COUNT = 200 };
    char path[32];

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < COUNT; i++) {
            snprintf(path, sizeof path, "./many-%d", i);
            if (!round)
                make_tiny(path, i % 2 ? ET_DYN : ET_EXEC, (unsigned)i);
            CHECK_EQUAL(run_show(path), i);
        }
    CHECK(counter("images") <= 64);
    CHECK(counter("image_tables") <= 64 * 8);
    for (int i = 0; i < COUNT; i++) {
        snprintf(path, sizeof path, "./many-%d", i);
        unlink(path);
        CHECK_EQUAL(run_show(path), 1000 + ENOENT);
    }
    CHECK(counter("images") <= 8); /* those of the shell, of this test and the like */
}

TEST(position_independent)
{
    for (unsigned code = 1; code < 4; code++) {
        make_tiny(PROGRAM, ET_DYN, code);
        CHECK_EQUAL(run_show(PROGRAM), code);
        CHECK_EQUAL(run_show(PROGRAM), code);
    }
    unlink(PROGRAM);
}

TEST(linker_changes)
{
    make_linked(PROGRAM);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + ENOENT);
    make_tiny(LINKER, ET_DYN, 11);
    CHECK_EQUAL(run_show(PROGRAM), 11);
    CHECK_EQUAL(run_show(PROGRAM), 11);
    make_tiny(LINKER, ET_DYN, 12);
    CHECK_EQUAL(run_show(PROGRAM), 12);
    make_tiny(OTHER, ET_DYN, 13);
    CHECK_EQUAL(rename(OTHER, LINKER), 0);
    CHECK_EQUAL(run_show(PROGRAM), 13);
    CHECK_EQUAL(chmod(LINKER, 0644), 0);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + EACCES);
    CHECK_EQUAL(chmod(LINKER, 0755), 0);
    CHECK_EQUAL(run_show(PROGRAM), 13);
    make_file(LINKER, "", 0);
    CHECK(run_show(PROGRAM) > 1000);
    make_script(LINKER, "this is no program, and long enough to be looked at as if it were one\n");
    CHECK_EQUAL(run_show(PROGRAM), 1000 + ELIBBAD);
    unlink(LINKER);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + ENOENT);
    make_tiny(LINKER, ET_DYN, 14);
    CHECK_EQUAL(run_show(PROGRAM), 14);
    unlink(LINKER);
    unlink(PROGRAM);
}

/* ---- scripts ----------------------------------------------------------------------------------------------------- */

TEST(scripts_change)
{
    make_tiny(OTHER, ET_EXEC, 21);
    make_script(PROGRAM, "#!" OTHER "\n");
    CHECK_EQUAL(run_show(PROGRAM), 21);
    CHECK_EQUAL(run_show(PROGRAM), 21);
    make_tiny(OTHER, ET_EXEC, 22);
    CHECK_EQUAL(run_show(PROGRAM), 22);
    make_script(PROGRAM, "#!/bin/sh\nexit 23\n");
    CHECK_EQUAL(run_show(PROGRAM), 23);
    make_script(PROGRAM, "#!/bin/sh\nexit 24\n"); /* the line stays, what follows does not */
    CHECK_EQUAL(run_show(PROGRAM), 24);
    make_script(OTHER, "#!/bin/sh -e\nfalse\nexit 25\n");
    make_script(PROGRAM, "#!" OTHER "\n");
    CHECK_EQUAL(run_show(PROGRAM), 1);
    CHECK_EQUAL(run_show(PROGRAM), 1);
    CHECK_EQUAL(chmod(OTHER, 0644), 0);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + EACCES);
    unlink(OTHER);
    CHECK_EQUAL(run_show(PROGRAM), 1000 + ENOENT);
    make_tiny(PROGRAM, ET_EXEC, 26); /* a script becomes a program, */
    CHECK_EQUAL(run_show(PROGRAM), 26);
    make_script(PROGRAM, "#!/bin/false\n"); /* and one again */
    CHECK_EQUAL(run_show(PROGRAM), 1);
    unlink(PROGRAM);
}

/* ---- libraries: a file mapped as a linker maps one, whole and executable, and its last pages again as data --------- */

enum { LIBRARY_PAGES = 40, LIBRARY_DATA = 30 };

static void make_library(const char *path, int first)
{
    char *bytes = malloc(LIBRARY_PAGES * 4096);

    for (int i = 0; i < LIBRARY_PAGES; i++)
        memset(bytes + i * 4096, first + i, 4096);
    make_file(path, bytes, LIBRARY_PAGES * 4096);
    free(bytes);
}

static volatile unsigned char *map_library(const char *path)
{
    int fd = open(path, O_RDONLY);
    char *mapped = mmap(NULL, LIBRARY_PAGES * 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    CHECK(fd >= 0 && mapped != MAP_FAILED);
    CHECK(mmap(mapped + LIBRARY_DATA * 4096, (LIBRARY_PAGES - LIBRARY_DATA) * 4096, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_FIXED, fd, LIBRARY_DATA * 4096) != MAP_FAILED);
    close(fd);
    return (unsigned char *)mapped;
}

/* Finds the library as it was made but for page `odd`, which begins with `value`, and writes to some of its data. */
static void use_library(const char *path, int first, int odd, int value)
{
    IN_CHILD
    {
        volatile unsigned char *mapped = map_library(path);
        for (int i = 0; i < LIBRARY_PAGES; i++)
            for (int j = 0; j < 4096; j += 511)
                CHECK_EQUAL(mapped[i * 4096 + j], i == odd && j == 0 ? value : first + i);
        for (int i = LIBRARY_DATA; i < LIBRARY_PAGES; i += 1 + i % 3)
            mapped[i * 4096 + 511] = 255;
        CHECK_EQUAL(mprotect((char *)mapped + LIBRARY_DATA * 4096, 4096, PROT_READ), 0);
        for (int i = LIBRARY_DATA + 1; i < LIBRARY_PAGES; i += 1 + i % 3)
            mapped[i * 4096 + 1022] = 255;
    }
}

TEST(a_library_is_pristine_each_time)
{
    make_library(OTHER, 'A');
    for (int i = 0; i < 6; i++)
        use_library(OTHER, 'A', -1, 0);
    unlink(OTHER);
}

TEST(a_library_changes)
{
    make_library(OTHER, 'A');
    use_library(OTHER, 'A', -1, 0);
    use_library(OTHER, 'A', -1, 0);
    for (int page = 1; page < LIBRARY_PAGES; page += 6) {
        int fd = open(OTHER, O_WRONLY);
        CHECK(fd >= 0);
        CHECK_EQUAL(pwrite(fd, "#", 1, page * 4096), 1);
        use_library(OTHER, 'A', page, '#');
        CHECK_EQUAL(pwrite(fd, (char[]){ (char)('A' + page) }, 1, page * 4096), 1);
        close(fd);
        use_library(OTHER, 'A', -1, 0);
    }
    make_library(PROGRAM, 'a');
    CHECK_EQUAL(rename(PROGRAM, OTHER), 0);
    use_library(OTHER, 'a', -1, 0);
    make_library(OTHER, 'B'); /* cut to nothing, and written anew */
    use_library(OTHER, 'B', -1, 0);
    use_library(OTHER, 'B', -1, 0);
    unlink(OTHER);
}

static bool page_is_there(volatile unsigned char *at)
{
    pid_t child = check_fork();

    if (child == 0)
        _exit(*at & 1);
    int status = status_of(child);
    if (WIFSIGNALED(status))
        CHECK_EQUAL(WTERMSIG(status), SIGBUS);
    return WIFEXITED(status);
}

TEST(a_library_is_cut)
{
    make_library(OTHER, 'A');
    use_library(OTHER, 'A', -1, 0);
    use_library(OTHER, 'A', -1, 0);
    CHECK_EQUAL(truncate(OTHER, 10 * 4096), 0);
    volatile unsigned char *mapped = map_library(OTHER);
    CHECK(page_is_there(mapped + 9 * 4096));
    CHECK(!page_is_there(mapped + 10 * 4096));
    CHECK(!page_is_there(mapped + 35 * 4096));
    CHECK_EQUAL(truncate(OTHER, LIBRARY_PAGES * 4096), 0);
    mapped = map_library(OTHER);
    CHECK_EQUAL(mapped[9 * 4096], 'A' + 9);
    CHECK_EQUAL(mapped[12 * 4096], 0);
    CHECK_EQUAL(mapped[35 * 4096], 0);
    unlink(OTHER);
}

/* ---- what an image must not hold fast ---------------------------------------------------------------------------- */

TEST(unmounted_after_a_run)
{
    CHECK_EQUAL(mkdir("mounted", 0755), 0);
    CHECK_EQUAL(mount("images", "mounted", "tmpfs", 0, NULL), 0);
    make_tiny("mounted/program", ET_EXEC, 31);
    CHECK_EQUAL(run_show("mounted/program"), 31);
    make_program("mounted/other", '1');
    pid_t child = start_waiting("mounted/other");
    CHECK_ERROR(umount("mounted"), EBUSY);
    end(child);
    CHECK_EQUAL(umount("mounted"), 0);
    CHECK_EQUAL(run_show("mounted/program"), 1000 + ENOENT);
    CHECK_EQUAL(rmdir("mounted"), 0);
}

TEST(path_of_a_program_that_moved)
{
    char line[256];
    bool found = false;

    make_program(PROGRAM, '1');
    CHECK_EQUAL(run_show(PROGRAM), 101);
    CHECK_EQUAL(rename(PROGRAM, OTHER), 0);
    pid_t child = start_waiting(OTHER);
    snprintf(line, sizeof line, "/proc/%d/maps", child);
    FILE *maps = fopen(line, "r");
    CHECK(maps);
    while (fgets(line, sizeof line, maps)) {
        CHECK(!strstr(line, "images-program"));
        found |= strstr(line, "/images-other\n") != NULL;
    }
    CHECK(found);
    fclose(maps);
    end(child);
    unlink(OTHER);
}

/* ---- arguments --------------------------------------------------------------------------------------------------- */

/* Runs `count` with these, of which the first is where the sum goes. */
static void check_arguments(char **arguments, char **environment)
{
    static char expected[32];
    unsigned long sum, n = 0;

    arguments[0] = expected;
    while (arguments[n])
        n++;
    sum = n;
    for (unsigned long i = 2; i < n; i++)
        sum = sum * 31 + strlen(arguments[i]) + (unsigned char)arguments[i][0];
    for (char **e = environment; *e; e++)
        sum = sum * 31 + strlen(*e) + (unsigned char)**e;
    snprintf(expected, sizeof expected, "%lu", sum);
    pid_t child = check_fork();
    if (child == 0) {
        execve("/proc/self/exe", arguments, environment);
        _exit(errno + 100);
    }
    CHECK_EQUAL(WEXITSTATUS(status_of(child)), 1);
}

TEST(many_and_long_arguments_arrive)
{
    enum { COUNT = 3000, LONGEST = 100000 };
    static char *arguments[COUNT + 3], *environment[COUNT + 1];
    char *one = malloc(LONGEST);

    arguments[1] = "count";
    for (int i = 0; i < COUNT; i++) {
        char *text = malloc((size_t)i % 97 + 20);

        snprintf(text, 20, "%d=", i);
        memset(text + strlen(text), 'a' + i % 26, (size_t)i % 97);
        text[i % 97 + 2] = 0;
        arguments[i + 2] = text;
        environment[i] = text;
    }
    check_arguments(arguments, environment);
    memset(one, 'y', LONGEST - 1);
    one[LONGEST - 1] = 0;
    arguments[2] = arguments[COUNT + 1] = environment[0] = environment[5] = one;
    check_arguments(arguments, environment);
}

/* In any order and place: one after the other, backwards, the same again, each other's tails. */
TEST(arguments_lie_anywhere)
{
    static char *arguments[40] = { NULL, "count" }, *environment[40];
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(pages != MAP_FAILED);
    CHECK_EQUAL(munmap(pages + 2 * 4096, 4096), 0);
    for (int i = 0; i < 2 * 4096; i++)
        pages[i] = (char)(i % 50 == 49 || i == 2 * 4096 - 1 ? 0 : 'A' + i % 23);
    for (int i = 0; i < 30; i++) {
        arguments[i + 2] = pages + 4096 - 15 * 50 + i * 50;
        environment[i] = pages + 2 * 4096 - 1 - 7 * i;
    }
    check_arguments(arguments, environment);
    for (int i = 0; i < 30; i++) {
        arguments[i + 2] = i % 3 ? pages + 4090 : pages + 2 * 4096 - 5;
        environment[i] = pages + 100 + i % 4;
    }
    check_arguments(arguments, environment);
}

TEST(errors_come_in_order)
{
    char *pages = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *arguments[] = { "x", pages + 4096 - 3, NULL };

    CHECK_EQUAL(munmap(pages + 4096, 4096), 0);
    memcpy(pages + 4096 - 3, "abc", 3);
    CHECK_ERROR(execve("/bin/true", arguments, environ), EFAULT);
    CHECK_ERROR(execve("/bin/true", environ, arguments), EFAULT);
    CHECK_ERROR(execve("/bin/true", (char **)4096, environ), EFAULT);
    CHECK_ERROR(execve("/nonexistent", (char **)4096, environ), ENOENT);
    CHECK_ERROR(execve("/etc/passwd", (char **)4096, environ), EACCES);
}
