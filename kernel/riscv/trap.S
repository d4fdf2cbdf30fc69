/*
 * In and out of the kernel. While a thread runs in user mode sscratch holds its struct thread, whose first field is the
 * room for its registers; while a hart is in the kernel sscratch is 0, tp is its struct hart, and interrupts are off.
 *
 * Two doors are opened here: an ecall that the thread's route answers with a constant never leaves this file (about 30
 * instructions); other messages take the short way through direct.c if they can; operations are called from here; everything
 * else goes to trap.c. Both say what thread to return to.
 */

#include <riscv/offsets.h>
#include <riscv/layout.h>

#define REG(n) (8 * (n)) /* struct tine_registers: pc at 0, then x1 to x31 */

/* Stores (sd) or loads (ld) what every function preserves, and ra and gp, at a thread's or other room for registers. */
        .macro  preserved op, at
        \op    ra, REG(1)(\at)
        \op    sp, REG(2)(\at)
        \op    gp, REG(3)(\at)
        \op    s0, REG(8)(\at)
        \op    s1, REG(9)(\at)
        \op    s2, REG(18)(\at)
        \op    s3, REG(19)(\at)
        \op    s4, REG(20)(\at)
        \op    s5, REG(21)(\at)
        \op    s6, REG(22)(\at)
        \op    s7, REG(23)(\at)
        \op    s8, REG(24)(\at)
        \op    s9, REG(25)(\at)
        \op    s10, REG(26)(\at)
        \op    s11, REG(27)(\at)
        .endm

/* The same with what a function may change, but for a0, a6, a7, t0 to t2 and t4, which each place treats in its own way. */
        .macro  changed op, at
        \op    a1, REG(11)(\at)
        \op    a2, REG(12)(\at)
        \op    a3, REG(13)(\at)
        \op    a4, REG(14)(\at)
        \op    a5, REG(15)(\at)
        \op    t3, REG(28)(\at)
        \op    t5, REG(30)(\at)
        \op    t6, REG(31)(\at)
        .endm

/* Into the thread at tp go the registers that every operation preserves, and some that any operation needs. Then tp and sp
 * are the kernel's, and t2 is free. */
        .macro  save_preserved
        preserved sd, tp
        sd      a6, REG(16)(tp)
        sd      a7, REG(17)(tp)
        sd      t4, REG(29)(tp)
        csrrw   t2, sscratch, zero
        sd      t2, REG(4)(tp)
        csrr    t2, sepc
        sd      t2, REG(0)(tp)
        ld      tp, THREAD_HART(tp)
        ld      sp, HART_STACK(tp)
        .endm

/* The same with all registers; t0 to t2 are saved already. */
        .macro  save
        sd      a0, REG(10)(tp)
        changed sd, tp
        save_preserved
        .endm

        .text
        .balign 4
        .globl  trap_entry
trap_entry:
        csrrw   tp, sscratch, tp
        beqz    tp, trap_in_kernel
        sd      t0, REG(5)(tp)
        sd      t1, REG(6)(tp)
        sd      t2, REG(7)(tp)
        csrr    t0, scause
        li      t1, 8                   /* ecall from user mode */
        bne     t0, t1, other
        ld      t2, THREAD_ROUTE(tp)
        beqz    t2, first_door
        li      t1, TINE_ROUTE_CALLS
        bgeu    a7, t1, first_door      /* negative numbers, too */
        add     t2, t2, a7
        lb      t1, 0(t2)
        li      t2, TINE_ROUTE_SLOTS
        bgeu    t1, t2, constant
        save
        mv      a6, t1
        tail    direct_routed

constant:
        bltz    t1, fetching
        slli    t1, t1, 3
        add     t1, t1, tp
        ld      a0, THREAD_WORD(t1)
        csrr    t1, sepc
        addi    t1, t1, 4
        csrw    sepc, t1
        ld      t0, REG(5)(tp)
        ld      t1, REG(6)(tp)
        ld      t2, REG(7)(tp)
        csrrw   tp, sscratch, tp
        sret

fetching:
        save
        andi    a6, t1, TINE_ROUTE_SLOTS - 1
        tail    direct_routed_fetching

first_door:
        ld      t1, THREAD_CSPACE(tp)
        beqz    t1, ecall               /* it has but the second door */
        li      t1, -TINE_REPLY_RECEIVE
        bne     a7, t1, 1f
        save_preserved
        tail    direct_reply_receive
1:      li      t1, -TINE_CALL
        bne     a7, t1, operation
        save
        tail    direct_call

/* Mostly the thread goes on at once: that is decided here as trap_operation does it, which knows all other cases. */
operation:
        save
        ld      a0, HART_CURRENT(tp)
        neg     a1, a7
        li      t0, TINE_OPS
        bgeu    a1, t0, 1f
        slli    t0, a1, 3
        la      t1, invoke_table
        add     t0, t0, t1
        ld      t0, 0(t0)
        lbu     t1, HART_CAREFUL(tp)
        beqz    t0, 1f
        bnez    t1, 1f
        addi    a1, a0, REG(10)
        sd      a0, -16(sp)
        addi    sp, sp, -16
        jalr    t0
        ld      a1, 0(sp)
        ld      t0, HART_CURRENT(tp)
        bne     t0, a1, 2f              /* it may be no more */
        lbu     t0, THREAD_STATE(a1)
        lbu     t1, THREAD_ATTENTION_DUE(a1)
        addi    t0, t0, -TINE_THREAD_READY
        or      t0, t0, t1
        lwu     t1, THREAD_BEATEN_BY(a1)
        lwu     t2, HART_READY_MASK(tp)
        and     t1, t1, t2
        or      t0, t0, t1
        bnez    t0, 2f
        li      t1, INVOKE_AGAIN
        beq     a0, t1, 2f
        ld      t1, REG(0)(a1)
        addi    t1, t1, 4
        sd      t1, REG(0)(a1)
        sd      a0, REG(10)(a1)
        mv      a0, a1
        j       trap_return
1:      tail    trap_operation
2:      mv      t0, a0
        mv      a0, a1
        mv      a1, t0
        tail    trap_operation_ends

ecall:
        save
        ld      a0, HART_CURRENT(tp)
        tail    trap_ecall_first
other:
        save
        ld      a0, HART_CURRENT(tp)
        csrr    a1, scause
        tail    trap_other

/* Goes on with the hart's current thread behind its ecall. a0-a7 are what it is told; nothing of the kernel's stays. */
        .globl  trap_return_message
trap_return_message:
        ld      t0, HART_CURRENT(tp)
        ld      t1, REG(0)(t0)
        addi    t1, t1, 4
        csrw    sepc, t1
        csrw    sscratch, t0
        preserved ld, t0
        ld      tp, REG(4)(t0)
        li      t0, 0                   /* the status */
        li      t1, 0
        li      t2, 0
        li      t3, 0                   /* no capability came */
        li      t4, 0
        li      t5, 0
        li      t6, 0
        sret

/* Goes on with the thread in a0, in user mode; the kernel lock is given back already. */
        .globl  trap_return
trap_return:
        ld      t1, REG(0)(a0)
        csrw    sepc, t1
        csrw    sscratch, a0
        preserved ld, a0
        changed ld, a0
        ld      tp, REG(4)(a0)
        ld      t0, REG(5)(a0)
        ld      t1, REG(6)(a0)
        ld      t2, REG(7)(a0)
        ld      a6, REG(16)(a0)
        ld      a7, REG(17)(a0)
        ld      t4, REG(29)(a0)
        ld      a0, REG(10)(a0)
        sret

/*
 * The kernel itself trapped: a bug. tp is 0 after the exchange and the kernel's own is in sscratch. If the stack itself
 * is the trouble (its guard page was hit), the message needs another: the last words of the image's own stack.
 */
trap_in_kernel:
        la      tp, kernel_trap_registers
        preserved sd, tp
        changed sd, tp
        sd      t0, REG(5)(tp)
        sd      t1, REG(6)(tp)
        sd      t2, REG(7)(tp)
        sd      a0, REG(10)(tp)
        sd      a6, REG(16)(tp)
        sd      a7, REG(17)(tp)
        sd      t4, REG(29)(tp)
        csrrw   t0, sscratch, zero
        sd      t0, REG(4)(tp)
        csrr    t1, sepc
        sd      t1, REG(0)(tp)
        mv      a0, tp
        mv      tp, t0
        csrr    t1, stval
        xor     t1, t1, sp
        srli    t1, t1, 14
        bnez    t1, 1f                  /* not an access near the stack pointer */
        la      sp, emergency_stack_top
1:      call    panic_trap
2:      wfi
        j       2b

        .bss
        .balign 16
        .space  4096
emergency_stack_top:
kernel_trap_registers:                  /* of the kernel, where it trapped: struct tine_registers */
        .space  REG(32)
