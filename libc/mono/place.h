/*
 * Where a server's memory lies, PLACEMENT=mono. Its space begins at 0 as ever, but the server sees it through a window in
 * the kernel's half of all spaces. SERVER_WINDOW comes from the build: RESIDENT_WINDOW_proc for proc, and so on.
 */
#ifndef LIBC_PLACE_H
#define LIBC_PLACE_H

#include "windows.h"

/* The pointer to what lies at that address of the server's space. */
#define SERVER_AT(address) (SERVER_WINDOW + (address))

#define SERVER_HEAP SERVER_AT(0x24000000)
#define SERVER_HEAP_END SERVER_AT(0x40000000)
#define SERVER_ROOM SERVER_HEAP_END
#define SERVER_ROOM_END SERVER_AT(SERVER_WINDOW_GIB << 30)

#endif
