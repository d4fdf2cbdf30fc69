/*
 * Where things lie in the address space of a native server. Plain numbers: start.S, root (which loads servers) and the
 * kernel (which loads root) agree on them. Everything else below TINE_USER_END is the server's own to use.
 */
#ifndef LIBC_LAYOUT_H
#define LIBC_LAYOUT_H

#include <place.h>

#define SERVER_IMAGE 0x10000
#define SERVER_STACK 0x0f000000 /* lowest page; below it nothing is ever mapped, so an overflow faults */
#define SERVER_STACK_PAGES 8
#define SERVER_STACK_TOP (SERVER_STACK + SERVER_STACK_PAGES * 4096)
#define SERVER_FACTS 0x1f000000 /* what root tells every server: servers/protocol/root.h */
/* From here on, pointers of the server itself: place.h says where its heap and room for larger mappings are. */
#define SERVER_SLOTS SERVER_AT(0x20000000) /* server.c: links between free capability slots, a page at a time */
#define SERVER_SLOTS_END SERVER_AT(0x21000000)
#define SERVER_DEVICES SERVER_AT(0x22000000) /* registers of devices */
#define SERVER_SMALL SERVER_AT(0x23000000)   /* 16 MiB for mappings of a fixed size */

/*
 * The first words of every server image. Root is not loaded from an ELF file but mapped by the kernel from a flat
 * image, and these are its only headers; sizes in bytes from the start of the image.
 */
#define SERVER_HEAD_FILE 8    /* of the image as stored */
#define SERVER_HEAD_MEMORY 16 /* with zeroed data */
#define SERVER_HEAD_TEXT 24   /* readable and executable up to here, page aligned; the rest is readable and writable */

#endif
