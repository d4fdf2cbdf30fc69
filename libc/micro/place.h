/* Where a server's memory lies, PLACEMENT=micro: in an address space of its own, from 0 to TINE_USER_END. */
#ifndef LIBC_PLACE_H
#define LIBC_PLACE_H

/* The pointer to what lies at that address of the server's space. */
#define SERVER_AT(address) (address)

#define SERVER_HEAP SERVER_AT(0x40000000)
#define SERVER_HEAP_END SERVER_AT(0x400000000)
#define SERVER_ROOM SERVER_AT(0x800000000)
#define SERVER_ROOM_END SERVER_AT(0x2000000000)

#endif
