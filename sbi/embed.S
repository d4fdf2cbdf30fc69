/* What the kernel carries along: the first task, flat, and the archive of the other servers (newc). On whole pages. */

    .section .embedded, "a", @progbits

    .balign 4096
    .globl  root_image, root_image_end
root_image:
    .incbin "build/root.bin"
root_image_end:

    .balign 4096
    .globl  boot_archive, boot_archive_end
boot_archive:
    .incbin BOOT_ARCHIVE /* sbi/build.mk */
boot_archive_end:

    .balign 4096
