/*
 * What a message costs: call and reply of six words between two address spaces, both traps and the stubs included, per
 * round trip. Prints `bench ipc_call_reply 6-words N`; N is in instructions where QEMU counts them (-icount shift=0,
 * one instruction a nanosecond), else in nanoseconds. Started by root alone, with tine.native=ipc.
 */
#include "libc/layout.h"
#include "libc/server.h"
#include "libc/timeout.h"
#include "servers/protocol/root.h"
#include <stdio.h>

#define ROUNDS 20000UL

extern char __bss_end[];

enum { SPACE = TINE_SLOT_DYNAMIC, THREAD, ENDPOINT, REPLY };

/* Runs in the other space: answers with the words that came, one added to each sum of them. */
static void serve(void)
{
    struct tine_message m = { 0 };

    tine_receive(ENDPOINT, REPLY, &m, NULL, 0);
    for (;;) {
        m.w[0] += 1;
        tine_reply_receive(ENDPOINT, REPLY, TINE_ANSWER_VALUE, 0, &m);
    }
}

static void must(err_t err, const char *what)
{
    if (!err)
        return;
    printf("not ok ipc: %s: error %ld\n", what, err);
    tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_OFF, 1);
}

/* A copy of this program in a space of its own, whose thread begins in serve(). */
static void partner_make(void)
{
    size_t image_pages = ((uintptr_t)__bss_end - SERVER_IMAGE + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;
    struct tine_registers registers = { .pc = (uintptr_t)serve };

    __asm__("mv %0, gp" : "=r"(registers.x[2]));
    __asm__("mv %0, tp" : "=r"(registers.x[3]));
    registers.x[1] = SERVER_STACK_TOP;
    must(tine_space_create(TINE_SLOT_POOL, SPACE), "space");
    must(tine_space_clone(SPACE, SERVER_IMAGE, image_pages, TINE_CLONE_FRAMES, TINE_SLOT_SPACE), "image");
    must(tine_space_clone(SPACE, SERVER_STACK, SERVER_STACK_PAGES, TINE_CLONE_FRAMES, TINE_SLOT_SPACE), "stack");
    must(tine_endpoint_create(TINE_SLOT_POOL, ENDPOINT), "endpoint");
    must(tine_reply_create(TINE_SLOT_POOL, REPLY), "reply");
    must(tine_thread_create(TINE_SLOT_POOL, THREAD, SPACE, TINE_SLOT_CSPACE, 0), "thread");
    must(tine_thread_write(THREAD, &registers, NULL), "registers");
    must(tine_thread_set(THREAD, TINE_FIELD_PRIORITY, 10), "priority");
    must(tine_thread_start(THREAD), "start");
}

int main(void)
{
    const struct root_facts *facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;
    struct tine_message m = { .w = { 0, 1, 2, 3, 4, 5 } };
    uint64_t start, ticks;

    partner_make();
    ticks_rate(facts->timebase_hz);
    must(tine_call(ENDPOINT, &m), "call");
    start = tine_time();
    for (unsigned long i = 1; i < ROUNDS; i++) {
        m.label = 1;
        tine_call(ENDPOINT, &m);
    }
    ticks = tine_time() - start;
    must(m.w[0] != ROUNDS || m.w[1] != 1 || m.w[5] != 5, "words");
    printf("bench ipc_call_reply 6-words %lu\n", ns_from_ticks(ticks) / ROUNDS);
    tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_OFF, 0);
    return 0;
}
