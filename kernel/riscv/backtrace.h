/* Back traces by frame pointers: the kernel is compiled with them. */
#ifndef RISCV_BACKTRACE_H
#define RISCV_BACKTRACE_H

/* Logs the return addresses from `frame` outwards with the names of their functions. */
void backtrace(const void *frame);

#endif
