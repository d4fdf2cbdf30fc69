/* Loads a static ELF program into an embryo, from outside: what execve does, done by an ordinary program. */
#ifndef EMBRYO_LOAD_H
#define EMBRYO_LOAD_H

#include <sys/types.h>

/*
 * Maps the program in the open file fd into the embryo, makes a stack with these arguments and environment (null-
 * terminated), and starts it. It has to be for this machine and without an interpreter: ENOEXEC. 0, or -1 with errno:
 * then the embryo is not started, and to be abandoned.
 */
int embryo_load(pid_t embryo, int fd, char *const argv[], char *const envp[]);

#endif
