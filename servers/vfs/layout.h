/* What vfs does with the room for its larger mappings (libc/layout.h): windows to file pages, and at the end what follows. */
#ifndef VFS_LAYOUT_H
#define VFS_LAYOUT_H

#include "libc/layout.h"

#define LAYOUT_GIB 0x40000000UL

#define LAYOUT_BUFFERS (SERVER_ROOM_END - LAYOUT_GIB)            /* buffer.c: BUFFER_MOST pages */
#define LAYOUT_INFLATED (LAYOUT_BUFFERS - 2 * LAYOUT_GIB)        /* initrd.c: an archive, inflated */
#define LAYOUT_INFLATED_END LAYOUT_BUFFERS
#define LAYOUT_IMAGE (LAYOUT_INFLATED - 2 * LAYOUT_GIB)          /* initrd.c: what the boot loader gave */
#define LAYOUT_WINDOWS SERVER_ROOM                               /* cache.c: one after the other, as they are needed */
#define LAYOUT_WINDOWS_END LAYOUT_IMAGE

#endif
