/* Saving and loading the 32 floating-point registers and fcsr: struct tine_fp_registers. */

        .option arch, rv64imafdc
        .text

        .macro  each op
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op     f\n, 8*\n(a0)
        .endr
        .endm

        .globl  fpu_save
fpu_save:
        each    fsd
        frcsr   t0
        sd      t0, 8*32(a0)
        ret

        .globl  fpu_load
fpu_load:
        each    fld
        ld      t0, 8*32(a0)
        fscsr   t0
        ret
