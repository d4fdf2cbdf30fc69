/*
 * The first instructions of every hart. Read in this order: the Image header, _start (the hart that the firmware or
 * boot loader chose), secondary_entry (the others, by SBI HSM), paging_on.
 *
 * Both arrive in supervisor mode with paging off, interrupts off, a0 = hart id (Linux, Documentation/arch/riscv,
 * boot.rst; SBI specification, section 9.1). The image is linked high and runs low until paging is on: up to there only
 * pc-relative addresses are used.
 */
#include <riscv/layout.h>

#define PTE_TABLE   0x01 /* V */
#define PTE_IMAGE   0xcf /* D A X W R V: only until paging_init splits the image by rights */
#define PTE_DIRECT  0xc7 /* D A W R V */
#define SATP_SV39   8
#define ROOT_IMAGE  510 /* bits 38-30 of KERNEL_BASE */
#define ROOT_DIRECT 256 /* of DIRECT_MAP_BASE */

    .section .head, "ax"
    .globl  _start
/* Linux, Documentation/arch/riscv/boot-image-header.rst */
_start:
    .option push
    .option norvc
    j       start_first             /* code0 */
    nop                             /* code1 */
    .option pop
    .dword  0x200000                /* text_offset from the start of RAM */
    .dword  image_memory_bytes      /* image_size, bss included */
    .dword  0                       /* flags: little endian */
    .word   2                       /* version 0.2 */
    .word   0
    .dword  0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\x05"
    .word   0

start_first:
    csrw    sie, zero
    csrci   sstatus, 2
    mv      s4, a0                  /* hart id */
    mv      s1, a1                  /* physical address of the device tree */
    lla     s2, _start              /* where we are */

    slli    t0, s2, 64 - 21
    bnez    t0, misplaced

    lla     t0, image_file_end
    lla     t1, image_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b

    lla     t0, image_base
    sd      s2, 0(t0)

    /* boot_root[510] -> boot_image; boot_image[0..] = the image by 2 MiB pages */
    lla     s3, boot_root
    lla     t1, boot_image
    srli    t2, t1, 2
    ori     t2, t2, PTE_TABLE
    li      t3, ROOT_IMAGE * 8
    add     t3, t3, s3
    sd      t2, 0(t3)
    srli    t2, s2, 2
    ori     t2, t2, PTE_IMAGE
    li      t3, KERNEL_SPAN >> 21
    li      t4, 0x200000 >> 2
2:  sd      t2, 0(t1)
    add     t2, t2, t4
    addi    t1, t1, 8
    addi    t3, t3, -1
    bnez    t3, 2b

    /* boot_root[256..509] = everything by 1 GiB pages: enough to read the device tree */
    li      t1, ROOT_DIRECT * 8
    add     t1, t1, s3
    li      t2, PTE_DIRECT
    li      t3, ROOT_IMAGE - ROOT_DIRECT
    li      t4, 0x40000000 >> 2
3:  sd      t2, 0(t1)
    add     t2, t2, t4
    addi    t1, t1, 8
    addi    t3, t3, -1
    bnez    t3, 3b

    srli    a2, s3, 12
    li      t0, SATP_SV39
    slli    t0, t0, 60
    or      a2, a2, t0
    jal     paging_on
    lla     sp, boot_stack_end
    mv      fp, zero
    mv      tp, zero
    mv      a0, s4
    mv      a1, s1
    call    boot_main
    unimp

/* a0 = hart id, a1 = struct secondary_start (kernel address) */
    .globl  secondary_entry
secondary_entry:
    csrw    sie, zero
    csrci   sstatus, 2
    lla     t0, kernel_satp
    ld      a2, 0(t0)
    lla     s2, _start
    jal     paging_on
    ld      sp, 0(a1)               /* stack */
    ld      t0, 8(a1)               /* entry */
    ld      a1, 16(a1)              /* argument */
    mv      tp, a1
    mv      fp, zero
    jalr    t0
    unimp

/*
 * Writes a2 to satp and returns to where the caller lies in the image's virtual addresses; s2 = physical base of the
 * image. The instruction after the write is fetched from an address that is mapped no more, so it traps, and the trap
 * vector is that very place, virtual.
 */
paging_on:
    li      t0, KERNEL_BASE
    sub     t0, t0, s2
    add     ra, ra, t0
    lla     t1, 1f
    add     t1, t1, t0
    csrw    stvec, t1
    sfence.vma
    csrw    satp, a2
    .balign 4                       /* stvec holds multiples of 4 */
1:  lla     t1, trap_early
    csrw    stvec, t1
    sfence.vma
    ret

/* Not at a 2 MiB boundary: nothing can be mapped. Says so by the firmware's oldest call (SBI, chapter 6) and waits. */
misplaced:
    lla     s1, 2f
1:  lbu     a0, 0(s1)
    addi    s1, s1, 1
    li      a7, 1                   /* console putchar */
    ecall
    lbu     a0, 0(s1)
    bnez    a0, 1b
3:  wfi
    j       3b
2:  .asciz  "tine: the image must be loaded at a multiple of 2 MiB\r\n"

/* A trap before the kernel has its own vector: nothing to say it with but the firmware. */
    .balign 4
trap_early:
    lla     sp, boot_stack_end
    csrr    a0, scause
    csrr    a1, sepc
    csrr    a2, stval
    call    boot_trap
    unimp

/*
 * bool csr_has_stimecmp(void): whether writing stimecmp (Sstc extension, CSR 0x14d) works here: firmware may leave it
 * off though the hart has it.
 */
    .text
    .globl  csr_has_stimecmp
    .balign 4
csr_has_stimecmp:
    csrr    t0, stvec
    lla     t1, 1f
    csrw    stvec, t1
    li      a0, 0
    li      t2, -1
    csrw    0x14d, t2
    li      a0, 1
    .balign 4
1:  csrw    stvec, t0
    ret

/* void stack_switch(stack top, entry, argument): leaves the boot stack for ever */
    .globl  stack_switch
stack_switch:
    mv      sp, a0
    mv      t0, a1
    mv      a0, a2
    mv      fp, zero
    jalr    t0
    unimp

    .section .bss.tables, "aw", @nobits
    .balign 4096
boot_root:
    .space  4096
boot_image:
    .space  4096
    .balign 16
boot_stack:
    .space  16384                   /* used once, on the first hart, until the guarded stacks are mapped */
    .globl  boot_stack_end
boot_stack_end:
