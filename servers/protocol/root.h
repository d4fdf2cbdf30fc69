/*
 * What root gives each server at its start: capabilities at fixed slots beside the well-known ones of tine.h
 * (TINE_SLOT_THREAD to TINE_SLOT_REPLY), and a page of facts. A server gets exactly these and nothing else.
 */
#ifndef PROTOCOL_ROOT_H
#define PROTOCOL_ROOT_H

#include "libc/layout.h"
#include <stdint.h>
#include <tine.h>

enum root_slot {
    /* proc */
    ROOT_PROC_VFS = TINE_SLOT_FIRST, /* endpoint of vfs, badge VFS_BADGE_PROC, WRITE */
    ROOT_PROC_USERS,                 /* pool that user processes are made from */
    ROOT_PROC_VFS_ROUTE,             /* endpoint of vfs without badge, WRITE: for the route */

    /* vfs */
    ROOT_VFS_CONSOLE = TINE_SLOT_FIRST, /* endpoint of console, WRITE */
    ROOT_VFS_PROC_EVENTS,               /* notification bound to proc, WRITE: bit PROC_EVENT_VFS */
    ROOT_VFS_INITRD,                    /* space holding the initial file system's image, READ: facts.initrd_* */
    ROOT_VFS_USERS,                     /* pool that file pages are made from */

    /* console */
    ROOT_CONSOLE_DEVICE = TINE_SLOT_FIRST, /* registers of the UART */
    ROOT_CONSOLE_INTERRUPT,                /* its interrupt, bound to the notification with bit 1 */
    ROOT_CONSOLE_VFS_EVENTS,               /* notification bound to vfs, WRITE: bit VFS_EVENT_CONSOLE */
};

enum root_uart { ROOT_UART_16550, ROOT_UART_DESIGNWARE, ROOT_UART_SIFIVE };

/* Mapped read-only in every server before its first instruction. */
#define ROOT_FACTS_ADDRESS SERVER_AT(SERVER_FACTS)
struct root_facts {
    uint64_t timebase_hz;
    uint64_t harts;
    uint64_t initrd_start;  /* vfs: byte offset in the space at ROOT_VFS_INITRD */
    uint64_t initrd_bytes;  /* 0: the boot loader gave none */
    uint64_t uart_offset;   /* console: of the registers within the first page of the device range */
    uint32_t uart_bytes;
    uint32_t uart_shift;    /* reg-shift */
    uint32_t uart_width;    /* reg-io-width, 1 or 4 */
    uint32_t uart_kind;     /* enum root_uart */
    uint64_t boot_entropy;  /* rng-seed of /chosen, folded; 0 if none */
    uint64_t realtime_ns;   /* since 1970 at tine_time() == 0, from the RTC in the device tree, 0 if none */
    char bootargs[2048];    /* the kernel command line, zero-terminated */
};

#endif
