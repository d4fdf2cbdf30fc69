/* The first process: made from nothing, with what the kernel's command line says. */
#ifndef PROC_FIRST_H
#define PROC_FIRST_H

#include "libc/kernel.h"

/* Starts it on this route. Does not return if no program can be started: says why, and halts the machine with code 1.
 */
void first_start(const char *command_line, cap_t route);

#endif
