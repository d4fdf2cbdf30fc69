/* What the demos share: a call that must not fail, and the end of a child. */
#ifndef DEMO_H
#define DEMO_H

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* The call's result; a result of -1 ends the program and says why. */
#define need(call)                                                                                                     \
    ({                                                                                                                 \
        __auto_type result_ = (call);                                                                                  \
        if (result_ == (__typeof__(result_))-1)                                                                        \
            err(1, "%s", #call);                                                                                       \
        result_;                                                                                                       \
    })

/* Waits for the child: its exit status, or 128 + the signal that ended it. */
static inline int finish(pid_t child)
{
    int status;

    need(waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
