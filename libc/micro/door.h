/* The door to the kernel, PLACEMENT=micro: a trap. Included by libc/kernel.h alone. */
#ifndef LIBC_DOOR_H
#define LIBC_DOOR_H

/* The instruction that executes the operation in a0-a7 and t0-t4, and what else is lost by it, and by a message. */
#define DOOR_ENTER "ecall"
#define DOOR_CLOBBERS
#define DOOR_MESSAGE_CLOBBERS

/* A pointer of the server's, as an address of its space. */
#define DOOR_ADDRESS(pointer) (pointer)

#endif
