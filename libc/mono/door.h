/* The door to the kernel, PLACEMENT=mono: a call (kernel/mono/door.S). Included by libc/kernel.h alone. */
#ifndef LIBC_DOOR_H
#define LIBC_DOOR_H

#include <place.h>

/* The instruction that executes the operation in a0-a7 and t0-t4, and what else is lost by it, and by a message, after
 * which another server will have run. */
#define DOOR_ENTER "call resident_door"
#define DOOR_CLOBBERS , "ra", "s1", "s2", "s3"
#define DOOR_MESSAGE_CLOBBERS , "ra", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11"

/* A pointer of the server's, as an address of its space: it points into the window (place.h), in the kernel's half. */
#define DOOR_ADDRESS(pointer) ((long)(pointer) < 0 ? (pointer)-SERVER_AT(0) : (pointer))

#endif
