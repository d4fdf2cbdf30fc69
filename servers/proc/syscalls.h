/*
 * The doors: one function per row of linux.def that proc owns, and the dispatch of everything that reaches proc.
 */
#ifndef PROC_SYSCALLS_H
#define PROC_SYSCALLS_H

#include "libc/server.h"

struct thread;

#define PROC(name)            long sys_##name(struct thread *self, struct call *call);
#define VFS(name)
#define LINUX(name, owner)    owner(name)
#define LINUX_WORD(name, word)
#include "servers/protocol/linux.def"
#undef LINUX_WORD
#undef LINUX
#undef VFS
#undef PROC

/* A message with a caller: a system call, a fault, an exception, attention, or a client that vfs forwarded. */
long dispatch(struct call *call);

/* An item of ours was refused by the kernel. */
long dispatch_failed(struct call *call, err_t err);

/* The route of the personality, from linux.def. 0 or an error of the kernel. */
err_t route_make(cap_t slot, cap_t vfs);

/* Calls without a row that came: how often in all, and a line `number count` each into `text`; bytes written. */
extern uint64_t unknown_calls;
size_t unknown_text(char *text, size_t bytes);

#endif
