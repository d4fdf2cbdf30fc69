/*
 * vfork(2): no copy at all. The child runs in its parent's memory, on its parent's stack, while the parent waits until
 * the child executes a program or ends. What the child writes, the parent finds. docs/seams/vfork.md
 */
#include "demo.h"
#include <time.h>

int main(void)
{
    volatile int memory = 1; /* volatile: the compiler must not believe that only this process writes it */
    volatile int order = 0, child_was = 0;
    pid_t child;

    printf("before: memory is %d\n", memory);
    fflush(stdout);

    child = vfork();
    if (child == 0) {
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL); /* time enough for the parent, if it ran */
        child_was = ++order;
        memory = 2;
        /* Not exit, which would flush and close what is the parent's; and never return, which would take away the
         * frame that the parent is going to return to. */
        _exit(3);
    }
    need(child);
    printf("the child came %s, the parent %s\n", child_was == 1 ? "first" : "second", ++order == 2 ? "second" : "first");
    printf("parent: memory is %d, which the child wrote\n", memory);
    printf("parent: the child ended with %d\n", finish(child));

    child = vfork();
    if (child == 0) {
        execl("/proc/self/exe-that-is-not", "none", NULL);
        child_was = errno; /* how a program learns that exec failed: the same memory */
        _exit(127);
    }
    finish(need(child));
    errno = child_was;
    printf("parent: exec in the child failed: %m\n");
    return 0;
}
