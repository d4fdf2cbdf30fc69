/*
 * The door to the kernel, PLACEMENT=micro: an ecall. Included by libc/kernel.h alone, which builds a stub per operation on
 * these three functions.
 */
#ifndef LIBC_DOOR_H
#define LIBC_DOOR_H

#define TINE_CLOBBERS "t3", "t4", "t5", "t6", "memory"

static inline err_t tine_op7(long op, unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
                             unsigned long a4, unsigned long a5, unsigned long a6, struct tine_values *out)
{
    register unsigned long r0 __asm__("a0") = a0;
    register unsigned long r1 __asm__("a1") = a1;
    register unsigned long r2 __asm__("a2") = a2;
    register unsigned long r3 __asm__("a3") = a3;
    register unsigned long r4 __asm__("a4") = a4;
    register unsigned long r5 __asm__("a5") = a5;
    register unsigned long r6 __asm__("a6") = a6;
    register long r7 __asm__("a7") = -op;

    __asm__ volatile("ecall"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7)
                     :
                     : "t0", "t1", "t2", TINE_CLOBBERS);
    if (out)
        *out = (struct tine_values){ r1, r2, r3 };
    return (err_t)r0;
}

/* The one shape of all message operations: registers in and out of `m`. t0 carries the status both ways. */
static inline err_t tine_message_op(long op, cap_t endpoint, cap_t reply, enum tine_answer answer, long status,
                                    cap_t *pass, cap_t accept, struct tine_message *m)
{
    register unsigned long r0 __asm__("a0") = m->w[0];
    register unsigned long r1 __asm__("a1") = m->w[1];
    register unsigned long r2 __asm__("a2") = m->w[2];
    register unsigned long r3 __asm__("a3") = m->w[3];
    register unsigned long r4 __asm__("a4") = m->w[4];
    register unsigned long r5 __asm__("a5") = m->w[5];
    register unsigned long r6 __asm__("a6") = endpoint;
    register long r7 __asm__("a7") = -op;
    register long s0 __asm__("t0") = status;
    register unsigned long s1 __asm__("t1") = reply;
    register unsigned long s2 __asm__("t2") = answer;
    register unsigned long s3 __asm__("t3") = pass ? *pass : 0;
    register unsigned long s4 __asm__("t4") = accept;

    __asm__ volatile("ecall"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(s0),
                       "+r"(s1), "+r"(s2), "+r"(s3), "+r"(s4)
                     :
                     : "t5", "t6", "memory");
    m->w[0] = r0;
    m->w[1] = r1;
    m->w[2] = r2;
    m->w[3] = r3;
    m->w[4] = r4;
    m->w[5] = r5;
    m->badge = r6;
    m->label = r7;
    if (pass)
        *pass = (cap_t)s3;
    return s0;
}

/* Sets up to seven words of the thread from `first` on: badges and route constants. */
static inline err_t tine_thread_words(cap_t thread, unsigned first, unsigned count, const uint64_t *w)
{
    register unsigned long r0 __asm__("a0") = thread;
    register unsigned long r1 __asm__("a1") = first;
    register unsigned long r2 __asm__("a2") = count;
    register unsigned long r3 __asm__("a3") = w[0];
    register unsigned long r4 __asm__("a4") = count > 1 ? w[1] : 0;
    register unsigned long r5 __asm__("a5") = count > 2 ? w[2] : 0;
    register unsigned long r6 __asm__("a6") = count > 3 ? w[3] : 0;
    register long r7 __asm__("a7") = -TINE_THREAD_WORDS;
    register unsigned long s0 __asm__("t0") = count > 4 ? w[4] : 0;
    register unsigned long s1 __asm__("t1") = count > 5 ? w[5] : 0;
    register unsigned long s2 __asm__("t2") = count > 6 ? w[6] : 0;

    __asm__ volatile("ecall"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(s0),
                       "+r"(s1), "+r"(s2)
                     :
                     : TINE_CLOBBERS);
    return (err_t)r0;
}

#endif
