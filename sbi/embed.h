/* What the image carries along, each from a page boundary on (sbi/embed.S). */
#ifndef SBI_EMBED_H
#define SBI_EMBED_H

extern const char root_image[], root_image_end[];     /* the first task, flat: libc/layout.h has its head */
extern const char boot_archive[], boot_archive_end[]; /* the other servers, by name, in a newc archive */

/* The image itself (sbi/image.lds): text, then constants, then data and bss. */
extern const char image_start[], image_text_end[], image_rodata_end[], image_end[];

#endif
