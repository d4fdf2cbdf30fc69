/*
 * fork(2) is called once and returns twice, once in each of two processes. All of memory is there twice from then on;
 * what descriptors refer to is there once. docs/seams/once.md
 */
#include "demo.h"
#include <fcntl.h>
#include <sys/mman.h>

static int memory = 1;

/* The next four characters of the file, wherever that is by now. */
static void read_on(const char *who, int file)
{
    char four[5] = "";

    need(read(file, four, 4));
    printf("%s reads \"%s\"\n", who, four);
}

int main(void)
{
    int file = need(memfd_create("digits", 0)), kept;
    pid_t before = getpid(), returned;

    need(write(file, "0123456789", 10));
    need(lseek(file, 0, SEEK_SET));
    printf("before: one process, memory is %d\n", memory);
    fflush(stdout); /* what is still in the buffer would be there twice, too: stdio.c */

    returned = need(fork());
    if (returned == 0) {
        memory = 2;
        printf("child: fork returned 0, and my parent is who called it: %s\n", getppid() == before ? "yes" : "no");
        printf("child: memory is %d\n", memory);
        read_on("child", file);
        close(file); /* its own descriptor: the parent's stays */
        return 7;
    }

    kept = finish(returned);
    printf("parent: fork returned the number of the child, which ended with %d\n", kept);
    printf("parent: memory is still %d\n", memory);
    read_on("parent", file);
    return 0;
}
