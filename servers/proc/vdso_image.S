/* The vDSO's code, in whole pages: vdso.c copies it to where it can be shared from. */
	.section .rodata.vdso, "a"
	.balign 4096
	.globl vdso_image, vdso_image_end
vdso_image:
	.incbin "build/vdso.so"
	.balign 4096
vdso_image_end:
