/* What becomes of registers in a message, on both sides and on the short way as well as the long one. */
#include "hostile.h"
#include <string.h>

struct shot {
    unsigned long x[32]; /* by number; x2 to x4 are not looked at */
};

static cap_t endpoint, reply;
static struct shot served;

/* Executes the operation with s1 = 0x101 to s11 = 0x10b, a0 = 0x200 to a5 = 0x205, and notes all registers after it. */
static void shoot(long op, unsigned long label, struct shot *shot)
{
    register long a7 __asm__("a7") = -op;
    register unsigned long a6 __asm__("a6") = endpoint;
    register unsigned long t0 __asm__("t0") = label;
    register unsigned long t1 __asm__("t1") = reply;
    register struct shot *t2 __asm__("t2") = shot;

    __asm__ volatile("addi sp, sp, -32\n sd t2, (sp)\n sd s0, 16(sp)\n li t2, 0\n li t3, 0\n li t4, 0\n"
                     "li s1, 0x101\n li s2, 0x102\n li s3, 0x103\n li s4, 0x104\n li s5, 0x105\n li s6, 0x106\n"
                     "li s7, 0x107\n li s8, 0x108\n li s9, 0x109\n li s10, 0x10a\n li s11, 0x10b\n"
                     "li a0, 0x200\n li a1, 0x201\n li a2, 0x202\n li a3, 0x203\n li a4, 0x204\n li a5, 0x205\n"
                     "li s0, 0x100\n ecall\n sd t6, 8(sp)\n ld t6, (sp)\n"
                     "sd ra, 8(t6)\n sd t0, 40(t6)\n sd t1, 48(t6)\n sd t2, 56(t6)\n sd s0, 64(t6)\n sd s1, 72(t6)\n"
                     "sd a0, 80(t6)\n sd a1, 88(t6)\n sd a2, 96(t6)\n sd a3, 104(t6)\n sd a4, 112(t6)\n"
                     "sd a5, 120(t6)\n sd a6, 128(t6)\n sd a7, 136(t6)\n sd s2, 144(t6)\n sd s3, 152(t6)\n"
                     "sd s4, 160(t6)\n sd s5, 168(t6)\n sd s6, 176(t6)\n sd s7, 184(t6)\n sd s8, 192(t6)\n"
                     "sd s9, 200(t6)\n sd s10, 208(t6)\n sd s11, 216(t6)\n sd t3, 224(t6)\n sd t4, 232(t6)\n"
                     "sd t5, 240(t6)\n ld t0, 8(sp)\n sd t0, 248(t6)\n ld s0, 16(sp)\n addi sp, sp, 32"
                     : "+r"(a7), "+r"(a6), "+r"(t0), "+r"(t1), "+r"(t2)
                     :
                     : "a0", "a1", "a2", "a3", "a4", "a5", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
                       "s11", "t3", "t4", "t5", "t6", "memory");
}

static bool preserved(const struct shot *shot)
{
    for (unsigned i = 0; i < 12; i++)
        if (shot->x[i < 2 ? 8 + i : 16 + i] != 0x100 + i)
            return false;
    return true;
}

/* No register holds an address of the kernel's, whose half has the highest bit set. a7 is a label, which may. */
static bool innocent(const struct shot *shot)
{
    for (unsigned i = 1; i < 32; i++)
        if ((i < 2 || i > 4) && i != 17 && (long)shot->x[i] < 0)
            return false;
    return true;
}

static bool words(const struct shot *shot)
{
    for (unsigned i = 0; i < 6; i++)
        if (shot->x[10 + i] != 0x200 + i)
            return false;
    return true;
}

/* Takes two messages and answers the first, all by the same words. */
static void serve(unsigned long unused)
{
    struct shot first;

    (void)unused;
    shoot(TINE_RECEIVE, 0, &first);
    shoot(TINE_REPLY_RECEIVE, 0, &served);
    shoot(TINE_REPLY_RECEIVE, 0, &first);
}

static void check(const char *how, const struct shot *called)
{
    expect("call: its status", (err_t)called->x[5], 0);
    expect_that("call: the words of the answer", words(called));
    expect_that("call: preserves s0-s11", preserved(called));
    expect_that("call: gives nothing of the kernel away", innocent(called));
    expect("reply_receive: its status", (err_t)served.x[5], 0);
    expect_that("reply_receive: the words of the message", words(&served));
    expect(how, (err_t)served.x[17], 0x42);
    expect("reply_receive: no capability came", (err_t)served.x[28], 0);
    expect_that("reply_receive: preserves s0-s11", preserved(&served));
    expect_that("reply_receive: gives nothing of the kernel away", innocent(&served));
}

/* Two calls, so that the server's second receive is the one of an answer. */
static void exchange(const char *how)
{
    struct shot called;

    memset(&served, 0x80, sizeof(served));
    endpoint = make(TINE_KIND_ENDPOINT);
    reply = make(TINE_KIND_REPLY);
    spawn(serve, 0);
    shoot(TINE_CALL, 0x41, &called);
    shoot(TINE_CALL, 0x42, &called);
    check(how, &called);
}

void test_registers(void)
{
    exchange("reply_receive: the label, on the short way");
    tine_op(TINE_CONTROL_TRACE, TINE_SLOT_CONTROL, 1, 0, 0, 0, 0, NULL); /* then every message takes the long one */
    exchange("reply_receive: the label, on the long way");
    tine_op(TINE_CONTROL_TRACE, TINE_SLOT_CONTROL, 0, 0, 0, 0, 0, NULL);
}
