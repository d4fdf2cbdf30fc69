/*
 * The one header that lets Linux's UAPI in. proc and vfs take the kernel's structures and numbers from here and never
 * include the C library's <signal.h>, <sys/stat.h>, <time.h> or <errno.h>, which define the same names otherwise.
 * The UAPI headers come from Debian's package linux-libc-dev (riscv64), under build/ or the cross compiler's folder.
 */
#ifndef PROTOCOL_LINUX_H
#define PROTOCOL_LINUX_H

#include <asm/errno.h>
#include "user/tine/numbers.h"
#include <asm/unistd.h>
#include <tine.h>

/* Newer than the headers of Debian 12: Linux, arch/riscv/include/uapi/asm/unistd.h. */
#ifndef __NR_riscv_hwprobe
#define __NR_riscv_hwprobe (__NR_arch_specific_syscall + 14)
#endif

#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif

/* Tine's own, in the form of Linux's. */
#define __NR_tine_embryo TINE_EMBRYO

/* Words of a thread of this personality (tine.h, struct tine_route_map): badges first, then constants. */
enum linux_word {
    LINUX_WORD_PROC_BADGE = 0, /* proc's name for the thread; route slot 0, the pager */
    LINUX_WORD_VFS_BADGE = 1,  /* vfs's name for the thread; route slot 1 (servers/protocol/vfs.h) */
    LINUX_WORD_PID = TINE_ROUTE_SLOTS,
    LINUX_WORD_TID,
    LINUX_WORD_PPID,
    LINUX_WORD_UID,
    LINUX_WORD_EUID,
    LINUX_WORD_GID,
    LINUX_WORD_EGID,
};

enum linux_route_slot { LINUX_ROUTE_PROC = 0, LINUX_ROUTE_VFS = 1 };

#endif
