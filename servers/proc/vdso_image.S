/* The vDSO as it is mapped: whole pages, so that they can be shared out of proc's own memory. */
	.section .rodata.vdso, "a"
	.balign 4096
	.globl vdso_image, vdso_image_end
vdso_image:
	.incbin "build/vdso.so"
	.balign 4096
vdso_image_end:

	/* servers/proc/vdso.c writes here. */
	.section .data.vdso, "aw"
	.balign 4096
	.globl vdso_page
vdso_page:
	.zero 4096
