/*
 * The door to the kernel, PLACEMENT=mono: a call. A resident server runs in the kernel's address space and at its
 * privilege level, on a stack of its own; its thread's registers are a structure of the kernel's (docs/placement.md).
 * A stub stores what it passes there, calls the kernel, and takes the values from the same place. Included by
 * libc/kernel.h alone, which builds a stub per operation on these three functions.
 */
#ifndef LIBC_DOOR_H
#define LIBC_DOOR_H

#include "kernel/riscv/offsets.h"
#include <place.h>

/* Executes the operation that the registers of the running thread describe; kernel/mono/door.S. */
void resident_door(void);

/* Indices into tine_registers.x: x[n - 1] is register xn. */
enum door_register { DOOR_T0 = 4, DOOR_T1, DOOR_T2, DOOR_A0 = 9, DOOR_A6 = 15, DOOR_A7, DOOR_T3 = 27, DOOR_T4 };

/* Those of the thread that runs this: the hart's structure is in tp, as everywhere in the kernel. */
static inline unsigned long *door_registers(void)
{
    return (*(struct tine_registers **)((char *)__builtin_thread_pointer() + HART_CURRENT))->x;
}

/* Range operations take addresses of the space that they name. For the own one a server has pointers, which lie in the
 * kernel's half of every space. */
static inline unsigned long door_address(unsigned long addr)
{
    return (long)addr < 0 ? addr - SERVER_AT(0) : addr;
}

static inline int door_is_range(long op)
{
    return (op >= TINE_SPACE_SHARE && op <= TINE_SPACE_INSPECT) || op == TINE_SPACE_DEVICE;
}

static inline err_t tine_op7(long op, unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
                             unsigned long a4, unsigned long a5, unsigned long a6, struct tine_values *out)
{
    unsigned long *x = door_registers();

    x[DOOR_A0] = a0;
    x[DOOR_A0 + 1] = door_is_range(op) ? door_address(a1) : a1;
    x[DOOR_A0 + 2] = a2;
    x[DOOR_A0 + 3] = a3;
    x[DOOR_A0 + 4] = a4;
    x[DOOR_A0 + 5] = op == TINE_SPACE_SHARE ? door_address(a5) : a5;
    x[DOOR_A6] = a6;
    x[DOOR_A7] = (unsigned long)-op;
    resident_door();
    if (out)
        *out = (struct tine_values){ x[DOOR_A0 + 1], x[DOOR_A0 + 2], x[DOOR_A0 + 3] };
    return (err_t)x[DOOR_A0];
}

static inline err_t tine_message_op(long op, cap_t endpoint, cap_t reply, enum tine_answer answer, long status,
                                    cap_t *pass, cap_t accept, struct tine_message *m)
{
    unsigned long *x = door_registers();

    for (int i = 0; i < 6; i++)
        x[DOOR_A0 + i] = m->w[i];
    x[DOOR_A6] = endpoint;
    x[DOOR_A7] = (unsigned long)-op;
    x[DOOR_T0] = (unsigned long)status;
    x[DOOR_T1] = reply;
    x[DOOR_T2] = answer;
    x[DOOR_T3] = pass ? *pass : 0;
    x[DOOR_T4] = accept;
    resident_door();
    for (int i = 0; i < 6; i++)
        m->w[i] = x[DOOR_A0 + i];
    m->badge = x[DOOR_A6];
    m->label = (long)x[DOOR_A7];
    if (pass)
        *pass = (cap_t)x[DOOR_T3];
    return (err_t)x[DOOR_T0];
}

static inline err_t tine_thread_words(cap_t thread, unsigned first, unsigned count, const uint64_t *w)
{
    unsigned long *x = door_registers();

    x[DOOR_A0] = thread;
    x[DOOR_A0 + 1] = first;
    x[DOOR_A0 + 2] = count;
    for (unsigned i = 0; i < 4; i++)
        x[DOOR_A0 + 3 + i] = i < count ? w[i] : 0;
    for (unsigned i = 4; i < 7; i++)
        x[DOOR_T0 + i - 4] = i < count ? w[i] : 0;
    x[DOOR_A7] = (unsigned long)-TINE_THREAD_WORDS;
    resident_door();
    return (err_t)x[DOOR_A0];
}

#endif
