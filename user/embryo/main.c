/*
 * embryo: children made without fork and without exec.
 *
 *     embryo                      builds a child from a few instructions and a message, and waits for it
 *     embryo FILE [ARGUMENT]...   loads the static ELF program FILE from outside, and waits for it
 *
 * Ends with the child's status; 126 if there was no child to make, which is what happens on Linux.
 */
#include "load.h"
#include "tine/embryo.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { NO_CHILD = 126, CODE_ADDRESS = 0x100000, PAGE = 4096 };

extern char **environ;

/* What the child does: write(1, a0, a1), exit_group(7). Without a stack, without a C library. */
extern const char code_start[], code_end[];
__asm__(".pushsection .rodata\n"
        ".balign 8\n"
        "code_start:\n"
        "    mv a2, a1\n"
        "    mv a1, a0\n"
        "    li a0, 1\n"
        "    li a7, 64\n"
        "    ecall\n"
        "    li a0, 7\n"
        "    li a7, 94\n"
        "    ecall\n"
        "code_end:\n"
        ".popsection\n");

static const char message[] = "hello from a child that was neither forked nor executed\n";

/* Two pages: code, which becomes executable once it is written, and data. */
static int build(pid_t child)
{
    const unsigned long data = CODE_ADDRESS + PAGE;
    struct user_regs_struct registers = { .pc = CODE_ADDRESS, .a0 = data, .a1 = sizeof(message) - 1 };

    if (embryo_map(child, CODE_ADDRESS, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                   0) == MAP_FAILED)
        return -1;
    if (embryo_write(child, CODE_ADDRESS, code_start, (size_t)(code_end - code_start)) ||
        embryo_write(child, data, message, sizeof(message)) ||
        embryo_protect(child, CODE_ADDRESS, PAGE, PROT_READ | PROT_EXEC))
        return -1;
    return embryo_fd(child, 1, 1) < 0 ? -1 : embryo_start(child, &registers);
}

static int load(pid_t child, char **argv)
{
    int fd = open(argv[0], O_RDONLY | O_CLOEXEC), result = -1;

    if (fd >= 0 && embryo_fd(child, 0, 0) >= 0 && embryo_fd(child, 1, 1) >= 0 && embryo_fd(child, 2, 2) >= 0)
        result = embryo_load(child, fd, argv, environ);
    if (fd >= 0)
        close(fd);
    return result;
}

int main(int argc, char **argv)
{
    pid_t child = embryo_create(0);
    int status;

    if (child < 0) {
        perror("embryo: create");
        return NO_CHILD;
    }
    if (argc > 1 ? load(child, argv + 1) : build(child)) {
        perror(argc > 1 ? argv[1] : "embryo: build");
        embryo_abandon(child);
        return NO_CHILD;
    }
    if (waitpid(child, &status, 0) != child)
        return NO_CHILD;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
