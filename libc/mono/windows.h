/* The windows of resident servers: whole GiB of RESIDENTS_BASE to RESIDENTS_END (kernel/riscv/layout.h). */
#ifndef LIBC_WINDOWS_H
#define LIBC_WINDOWS_H

#define RESIDENT_WINDOW_proc 0xfffffffb00000000
#define RESIDENT_GIB_proc 1ul
#define RESIDENT_WINDOW_vfs 0xfffffffb40000000
#define RESIDENT_GIB_vfs 16ul

#endif
