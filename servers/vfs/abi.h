/*
 * Linux's structures and numbers about files, from its UAPI headers, for all of vfs. Never beside the C library's
 * <fcntl.h>, <sys/stat.h>, <termios.h>, <poll.h> or <time.h>.
 */
#ifndef VFS_ABI_H
#define VFS_ABI_H

#include "servers/protocol/linux.h"
#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What the UAPI headers leave to the C library. */
#define SEEK_SET_ 0
#define SEEK_CUR_ 1
#define SEEK_END_ 2
#define SEEK_DATA_ 3
#define SEEK_HOLE_ 4
#define MAY_EXEC  1u
#define MAY_WRITE 2u
#define MAY_READ  4u
#define SIGXFSZ_  25

struct timespec64 {
    int64_t sec, nsec;
};

#define NS_PER_SEC 1000000000L
#define IO_LONGEST 0x7ffff000UL /* most that one read or write moves, as in Linux */
#define FILE_BIGGEST (TINE_USER_END - TINE_PAGE_SIZE)

#endif
