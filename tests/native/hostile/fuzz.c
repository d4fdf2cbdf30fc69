/*
 * Random operations with random arguments. Each episode happens in a domain of its own: a pool, a copy of this program,
 * a capability space with one capability of each kind, all made from that pool. Whatever the episode does to itself
 * (unmap its code, destroy its pool, wait forever) ends it; then the pool is destroyed and nothing of it may be left.
 */
#include "hostile.h"
#include "libc/layout.h"
#include "servers/protocol/root.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS 3000UL      /* of an episode that does not end itself */
#define EPISODE_TICKS 500000UL /* after which it is ended, 50 ms at 10 MHz */
#define POOL_FRAMES 400UL
#define SLOTS 32UL  /* of the episode's capability space that it plays with */
#define PRIORITY 12 /* below this program's */

extern char __bss_end[];
static unsigned long seed; /* read by the episode in its copy of this program */

/* Counted by the episode in its copy, fetched from there before the end. */
static struct {
    unsigned long done, succeeded;
} tally, total;

enum domain { POOL, SPACE, CSPACE, THREAD, ENDPOINT, REPLY, NOTIFICATION, TIMER, ROUTE, SPACE_2, THREAD_2, DOMAIN };

/* ---- the episode ----------------------------------------------------------------------------------------------- */

static unsigned long random_next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Mostly what makes sense somewhere: slots, pages, small numbers, addresses of this program; sometimes anything. */
static unsigned long random_word(void)
{
    unsigned long r = random_next();

    switch (r >> 8 & 15) {
    case 0 ... 5:
        return r >> 16 & 31; /* a slot, a count, a protection */
    case 6 ... 8:
        return (r >> 16 & 63) << 12; /* pages low in a space */
    case 9:
        return SERVER_IMAGE + (r >> 16 & 0xffff);
    case 10:
        return SERVER_STACK_TOP - (r >> 16 & 0x3fff);
    case 11:
        return 1UL << (r >> 16 & 63);
    case 12:
        return ~(r >> 16 & 0xfff);
    case 13:
        return TINE_USER_END - (r >> 16 & 3) * 4096;
    case 14:
        return 0;
    default:
        return r;
    }
}

/*
 * What each argument of an operation is about, a letter each from a0 on. Kinds of object: p pool, c capability space, m
 * space, t thread, e endpoint, r reply, n notification, i timer, o route, * any. Else: s slot for something new, a page
 * address, k count, x protection or rights, b buffer of this program, w whatever. Message operations come apart.
 */
static const char *const shape[TINE_OPS] = {
    [TINE_REPLY_READ] = "rbbk",
    [TINE_REPLY_WRITE] = "rbbk",
    [TINE_CAP_COPY] = "cs*xk",
    [TINE_CAP_MOVE] = "cs*",
    [TINE_CAP_DELETE] = "*",
    [TINE_CAP_REVOKE] = "*",
    [TINE_DESTROY] = "*",
    [TINE_IDENTIFY] = "*",
    [TINE_POOL_SPLIT] = "pskk",
    [TINE_POOL_BALANCE] = "p",
    [TINE_POOL_LIMIT] = "pn",
    [TINE_CSPACE_CREATE] = "ps",
    [TINE_SPACE_CREATE] = "ps",
    [TINE_THREAD_CREATE] = "psmct",
    [TINE_ENDPOINT_CREATE] = "ps",
    [TINE_REPLY_CREATE] = "ps",
    [TINE_NOTIFICATION_CREATE] = "ps",
    [TINE_TIMER_CREATE] = "psnw",
    [TINE_ROUTE_CREATE] = "psb",
    [TINE_INTERRUPT_CREATE] = "ps*kn",
    [TINE_DEVICE_CREATE] = "ps*ak",
    [TINE_THREAD_START] = "tkkwww",
    [TINE_THREAD_STOP] = "t",
    [TINE_THREAD_READ] = "tbb",
    [TINE_THREAD_WRITE] = "tbb",
    [TINE_THREAD_SET] = "tk*",
    [TINE_THREAD_WORDS] = "tkkwww",
    [TINE_THREAD_ATTENTION] = "t",
    [TINE_THREAD_INFO] = "t",
    [TINE_THREAD_DIVERT] = "tabkww",
    [TINE_THREAD_RESUME] = "takbkk",
    [TINE_SPACE_SHARE] = "makxma",
    [TINE_SPACE_ZERO] = "makx",
    [TINE_SPACE_COPY] = "makx",
    [TINE_SPACE_CLONE] = "makkm",
    [TINE_SPACE_PROTECT] = "makx",
    [TINE_SPACE_UNMAP] = "mak",
    [TINE_SPACE_INSPECT] = "mak",
    [TINE_SPACE_READ] = "mabk",
    [TINE_SPACE_WRITE] = "mabk",
    [TINE_SPACE_PEEK] = "mak",
    [TINE_SPACE_POKE] = "makwww",
    [TINE_SPACE_DEVICE] = "makx*k",
    [TINE_SPACE_COUNT] = "m",
    [TINE_SIGNAL] = "nw",
    [TINE_WAIT] = "n",
    [TINE_POLL] = "n",
    [TINE_BIND] = "nt",
    [TINE_TIMER_ARM] = "iw",
    [TINE_INTERRUPT_ACK] = "*",
    [TINE_CONTROL_LOG] = "*bk",
    [TINE_CONTROL_STAT] = "*b",
    [TINE_CONTROL_CHECK] = "*",
};

static char buffer[4096]; /* of the episode, which may read and write it by mistake */

/* The slot of the domain's object of that kind: the second one, where there are two, since the first is what it lives
 * in. Slots behind the domain hold what the episode has made. */
static unsigned long object_word(char kind)
{
    unsigned long r = random_next() >> 20;

    if ((r & 3) == 0)
        return DOMAIN + 1 + (r >> 2) % (SLOTS - DOMAIN);
    switch (kind) {
    case 'p':
        return POOL + 1;
    case 'c':
        return CSPACE + 1;
    case 'm':
        return (r >> 2 & 7 ? SPACE_2 : SPACE) + 1;
    case 't':
        return THREAD_2 + 1;
    case 'e':
        return ENDPOINT + 1;
    case 'r':
        return REPLY + 1;
    case 'n':
        return NOTIFICATION + 1;
    case 'i':
        return TIMER + 1;
    case 'o':
        return ROUTE + 1;
    default:
        return DOMAIN + 1 + (r >> 2) % (SLOTS - DOMAIN);
    }
}

static unsigned long argument_word(char about)
{
    unsigned long r = random_next() >> 20;

    if ((r & 15) == 0)
        return random_word();
    switch (about) {
    case 's':
        return DOMAIN + 1 + (r >> 4) % (SLOTS - DOMAIN);
    case 'a':
        return (ROOM + (r >> 4 & 7) * 0x200000) + (r >> 7 & 511) * 4096;
    case 'k':
        return r >> 4 & (r >> 9 & 1 ? 7 : 600);
    case 'x':
        return r >> 4 & (r >> 9 & 3 ? 7 : 31);
    case 'b':
        return (uintptr_t)buffer + (r >> 4 & 1023);
    case 'w':
    case 0:
        return random_word();
    default:
        return object_word(about);
    }
}

/* Waiting ends an episode: seldom. */
static long random_operation(void)
{
    long op;

    do
        op = (long)(random_next() >> 20) % (TINE_OPS + 1);
    while ((op == TINE_CALL || op == TINE_RECEIVE || op == TINE_REPLY_RECEIVE || op == TINE_SEND || op == TINE_WAIT) &&
           (random_next() >> 30 & 255));
    return op;
}

static bool random_message(long op)
{
    struct tine_message m = { .label = (long)random_word() };
    cap_t pass = (cap_t)argument_word('*');

    for (int w = 0; w < 6; w++)
        m.w[w] = random_word();
    return !tine_message_op(op, (cap_t)argument_word('e'), (cap_t)argument_word('r'), random_next() >> 40 & 3, m.label,
                            &pass, (cap_t)argument_word('s'), &m);
}

static bool random_call(long op)
{
    const char *about = op > 0 && op < TINE_OPS && shape[op] ? shape[op] : "wwwwww";
    unsigned long w[6];

    for (int i = 0; i < 6; i++) {
        w[i] = argument_word(*about);
        about += *about != 0;
    }
    return !tine_op(op, w[0], w[1], w[2], w[3], w[4], w[5], NULL);
}

static void episode(void)
{
    for (unsigned long i = 0; i < OPERATIONS; i++) {
        long op = random_operation();
        bool message = op >= TINE_CALL && op <= TINE_SEND;

        tally.done++;
        tally.succeeded += message ? random_message(op) : random_call(op);
    }
    for (;;) /* done: a fault tells the pager, if there still is one */
        __builtin_trap();
}

/* ---- its domain ------------------------------------------------------------------------------------------------ */

static err_t program_copy(cap_t space)
{
    size_t image_pages = ((uintptr_t)__bss_end - SERVER_IMAGE + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;
    err_t err = tine_space_clone(space, SERVER_IMAGE, image_pages, TINE_CLONE_FRAMES, TINE_SLOT_SPACE);

    return err ? err : tine_space_zero(space, SERVER_STACK, SERVER_STACK_PAGES, TINE_PROT_READ | TINE_PROT_WRITE);
}

static err_t domain_make(cap_t d[DOMAIN])
{
    static const struct tine_route_map route;
    err_t err = tine_pool_split(pool, d[POOL], 0, POOL_FRAMES);

    err = err ? err : tine_space_create(d[POOL], d[SPACE]);
    err = err ? err : tine_cspace_create(d[POOL], d[CSPACE]);
    err = err ? err : tine_thread_create(d[POOL], d[THREAD], d[SPACE], d[CSPACE], 0);
    err = err ? err : tine_endpoint_create(d[POOL], d[ENDPOINT]);
    err = err ? err : tine_reply_create(d[POOL], d[REPLY]);
    err = err ? err : tine_notification_create(d[POOL], d[NOTIFICATION]);
    err = err ? err : tine_timer_create(d[POOL], d[TIMER], d[NOTIFICATION], 1);
    err = err ? err : tine_route_create(d[POOL], d[ROUTE], &route);
    err = err ? err : tine_space_create(d[POOL], d[SPACE_2]);
    err = err ? err : tine_thread_create(d[POOL], d[THREAD_2], d[SPACE_2], d[CSPACE], 0);
    err = err ? err : program_copy(d[SPACE]);
    for (unsigned i = 0; i < DOMAIN && !err; i++)
        err = tine_cap_copy(d[CSPACE], i + 1, d[i], TINE_ALL, 0);
    return err;
}

static err_t domain_start(const cap_t d[DOMAIN], cap_t pager)
{
    struct tine_registers r = { .pc = (uintptr_t)episode };
    err_t err;

    __asm__("mv %0, gp" : "=r"(r.x[2]));
    __asm__("mv %0, tp" : "=r"(r.x[3]));
    r.x[1] = SERVER_STACK_TOP;
    err = tine_thread_write(d[THREAD], &r, NULL);
    err = err ? err : tine_thread_set(d[THREAD], TINE_FIELD_PAGER, pager);
    err = err ? err : tine_thread_set(d[THREAD], TINE_FIELD_PRIORITY, PRIORITY);
    return err ? err : tine_thread_start(d[THREAD]);
}

/* Waits until the episode faults or its time is over. Calls of a personality are answered: also a way into the kernel.
 */
static void episode_wait(cap_t pager, cap_t reply, cap_t timer)
{
    struct tine_message m = { 0 };
    uint64_t bits;

    tine_timer_arm(timer, tine_time() + EPISODE_TICKS);
    tine_receive(pager, reply, &m, NULL, 0);
    while (m.label >= 0 && !tine_reply_receive(pager, reply, TINE_ANSWER_VALUE, 0, &m))
        ;
    tine_timer_arm(timer, 0);
    tine_poll(TINE_SLOT_NOTIFICATION, &bits);
}

static bool episode_run(unsigned long number, cap_t timer)
{
    cap_t d[DOMAIN], pager = cap_take(), reply = cap_take();
    err_t err;

    seed = (number + 1) * 0x9e3779b97f4a7c15;
    for (unsigned i = 0; i < DOMAIN; i++)
        d[i] = cap_take();
    tine_endpoint_create(pool, pager);
    tine_reply_create(pool, reply);
    err = domain_make(d);
    err = err ? err : domain_start(d, pager);
    if (!err)
        episode_wait(pager, reply, timer);
    else
        printf("# episode %lu: error %ld\n", number, err);
    if (!tine_space_read(d[SPACE], (uintptr_t)&tally, &tally, sizeof(tally), NULL)) {
        total.done += tally.done;
        total.succeeded += tally.succeeded;
    }
    tally.done = tally.succeeded = 0;
    /* The episode may have destroyed the pool itself. */
    tine_destroy(d[POOL]);
    for (unsigned i = 0; i < DOMAIN; i++)
        cap_drop(d[i]);
    cap_destroy(reply);
    cap_destroy(pager);
    return !err;
}

/* Boot argument tine.seed=N: other episodes than those of every day. */
static unsigned long first_episode(void)
{
    const char *at = strstr(((const struct root_facts *)ROOT_FACTS_ADDRESS)->bootargs, "tine.seed=");

    return at ? strtoul(at + strlen("tine.seed="), NULL, 10) : 0;
}

void fuzz(unsigned episodes)
{
    unsigned long first = first_episode();
    cap_t timer = slot();
    struct tine_values before = { 0 }, after = { 0 };
    unsigned long lost = 0, broken = 0, unmade = 0;

    /* A child of an episode's may have made itself as important as can be: so is this one, and time is shared. */
    tine_thread_set(TINE_SLOT_THREAD, TINE_FIELD_PRIORITY, TINE_PRIORITIES - 1);
    tine_timer_create(pool, timer, TINE_SLOT_NOTIFICATION, 1);
    for (unsigned i = 0; i < episodes; i++) {
        unsigned long wrong = 0;

        tine_pool_balance(pool, &before);
        unmade += !episode_run(first + i, timer);
        tine_pool_balance(pool, &after);
        lost += after.a1 != before.a1;
        if (i % 16 == 0)
            tine_control_check(TINE_SLOT_CONTROL, &wrong);
        if (after.a1 != before.a1 || wrong)
            printf("# episode %lu: %ld frames lost, %lu invariants broken\n", first + i, (long)(after.a1 - before.a1),
                   wrong);
        broken += wrong;
    }
    tine_thread_set(TINE_SLOT_THREAD, TINE_FIELD_PRIORITY, 16);
    printf("# fuzz: %lu operations, %lu succeeded\n", total.done, total.succeeded);
    expect("fuzz: every episode could be made", (err_t)unmade, 0);
    expect("fuzz: no episode left memory behind", (err_t)lost, 0);
    expect("fuzz: no episode broke an invariant", (err_t)broken, 0);
}
