/* The vDSO's code as it is mapped: a shared object, padded to whole pages. */
    .section .rodata.vdso, "a", @progbits
    .globl vdso_image
    .globl vdso_image_end
    .balign 4096
vdso_image:
    .incbin "build/vdso.so"
    .balign 4096
vdso_image_end:
