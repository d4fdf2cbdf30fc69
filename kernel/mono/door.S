/*
 * In and out of the kernel for a resident server, as riscv/trap.S is for all others. libc/mono/door.h calls where
 * libc/micro/door.h has an ecall, with the same registers, and the kernel executes the operation on the resident's stack. tp
 * is the hart's structure on both sides.
 *
 * The stub expects to lose ra and what the kernel's functions use of s1 to s11 (build.mk: s1 to s3), and after a message
 * all of these. So a resident that waits for a message leaves three registers behind, and its stack. Only one that
 * gives way in another operation, because it was preempted or woke somebody more important, has all saved.
 *
 * While a resident is in an operation its pc is 0, until the kernel moves it on as it does for an ecall that is done. One
 * that is resumed with 0 was preempted, or waits still, and executes its operation again.
 */

#include <riscv/offsets.h>

#define REG(n) (8 * (n)) /* struct tine_registers: pc at 0, then x1 to x31 */

        .text
        .globl  resident_door
resident_door:
        ld      t5, HART_CURRENT(tp)
        sd      zero, REG(0)(t5)
        sd      ra, REG(1)(t5)
        sd      sp, REG(2)(t5)
        sd      s0, REG(8)(t5)
        sd      t0, REG(5)(t5)
        sd      t1, REG(6)(t5)
        sd      t2, REG(7)(t5)
        sd      a6, REG(16)(t5)
        sd      a7, REG(17)(t5)
        sd      t4, REG(29)(t5)
        li      t6, -TINE_REPLY_RECEIVE
        bne     a7, t6, 1f
        tail    direct_reply_receive
1:      sd      a0, REG(10)(t5)
        sd      a1, REG(11)(t5)
        sd      a2, REG(12)(t5)
        sd      a3, REG(13)(t5)
        sd      a4, REG(14)(t5)
        sd      a5, REG(15)(t5)
        sd      t3, REG(28)(t5)
        li      t6, -TINE_CALL
        bne     a7, t6, 2f
        tail    direct_call
2:      mv      a0, t5
        neg     a1, a7
        tail    trap_operation

/* Goes on with the hart's current thread, for which a message came: it is in a0-a7. */
        .globl  resident_return_message
resident_return_message:
        ld      t5, HART_CURRENT(tp)
        ld      ra, REG(1)(t5)
        ld      sp, REG(2)(t5)
        ld      s0, REG(8)(t5)
        li      t0, 0                   /* the status */
        li      t3, 0                   /* no capability came */
        ret

/* void resident_keep(struct thread *thread) */
        .globl  resident_keep
resident_keep:
        sd      s4, REG(20)(a0)
        sd      s5, REG(21)(a0)
        sd      s6, REG(22)(a0)
        sd      s7, REG(23)(a0)
        sd      s8, REG(24)(a0)
        sd      s9, REG(25)(a0)
        sd      s10, REG(26)(a0)
        sd      s11, REG(27)(a0)
        ret

/* Goes on with the thread in a0, which gave way. */
        .globl  resident_resume
resident_resume:
        ld      s4, REG(20)(a0)
        ld      s5, REG(21)(a0)
        ld      s6, REG(22)(a0)
        ld      s7, REG(23)(a0)
        ld      s8, REG(24)(a0)
        ld      s9, REG(25)(a0)
        ld      s10, REG(26)(a0)
        ld      s11, REG(27)(a0)

/* Goes on with the thread in a0: behind its operation, or with that once more. */
        .globl  resident_return
resident_return:
        mv      t5, a0
        ld      t6, REG(0)(t5)
        ld      ra, REG(1)(t5)
        ld      sp, REG(2)(t5)
        ld      s0, REG(8)(t5)
        ld      t0, REG(5)(t5)
        ld      a0, REG(10)(t5)
        ld      a1, REG(11)(t5)
        ld      a2, REG(12)(t5)
        ld      a3, REG(13)(t5)
        ld      a4, REG(14)(t5)
        ld      a5, REG(15)(t5)
        ld      a6, REG(16)(t5)
        ld      a7, REG(17)(t5)
        ld      t3, REG(28)(t5)
        beqz    t6, 1f
        ret
1:      ld      t1, REG(6)(t5)
        ld      t2, REG(7)(t5)
        ld      t4, REG(29)(t5)
        j       resident_door

/* Where a resident begins: its stack is fresh, s0 its main. */
        .globl  resident_begin
resident_begin:
        mv      t0, s0
        mv      s0, zero
        jalr    t0
        call    resident_ended
        unimp
