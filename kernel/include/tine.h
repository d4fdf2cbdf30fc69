/*
 * The kernel's interface: everything that a program outside the kernel may know of it. Shared by kernel/ and libc/.
 *
 * Read in this order: the two doors, errors, rights, operations, messages, the structures. docs/kernel.md has a page per
 * operation; libc/kernel.h has an inline stub for each, with its contract.
 *
 * Two doors lead through one trap (DESIGN: "Two doors"):
 *   a7 <  0 from a thread that has a capability space: operation -a7 of the enumeration below.
 *   otherwise: a call of the thread's personality; its route says who gets it (struct tine_route_map).
 *
 * Registers of an operation, unless the operation says otherwise:
 *   in   a0 capability index of the object, a1.. arguments
 *   out  a0 0 or a negative error (enum tine_error), a1.. values. t0-t6 and a1-a7 are not preserved.
 * A long operation is cut into pieces: it leaves its progress in the argument registers, and the kernel executes the
 * `ecall` again after letting interrupts in. The caller sees one operation.
 */
#ifndef TINE_H
#define TINE_H

#define TINE_PAGE_SHIFT 12
#define TINE_PAGE_SIZE  4096
#define TINE_COPY_MOST  (32 * 1024) /* bytes that one operation copies: more is ARG */
/* User addresses lie below this (Sv39: the lower half). */
#define TINE_USER_END   0x4000000000

/* ---- errors: what a0 says when an operation did nothing -------------------------------------------------------- */

#define TINE_ERRORS(X)                                                                                                 \
    X(CAP, 1, "there is no capability of the kind that this operation works on at that index")                        \
    X(RIGHTS, 2, "the capability lacks a right that the operation needs")                                             \
    X(ARG, 3, "an argument is outside its documented values")                                                         \
    X(RANGE, 4, "an address range is unaligned, wraps, or leaves user addresses")                                     \
    X(SLOT, 5, "the destination slot is in use, is 0, or is beyond what a capability space can hold")                  \
    X(MEMORY, 6, "the pool, or one that it draws from, has no frame left, or its limit is reached")                    \
    X(FAULT, 7, "a page to be copied is absent or does not permit the access; a1 is the first such address")           \
    X(STATE, 8, "the object is not in a state that allows this: no caller held, thread not stopped, already bound")    \
    X(GONE, 9, "the object waited for was destroyed, or the caller was taken away")                                    \
    X(AGAIN, 10, "nothing is pending (poll)")                                                                          \
    X(CALL, 11, "there is no such operation")

enum tine_error {
#define X(name, value, text) TINE_ERR_##name = -(value),
    TINE_ERRORS(X)
#undef X
};

/* ---- rights of a capability -------------------------------------------------------------------------------------- */

enum tine_right {
    TINE_READ = 1,  /* receive, wait, inspect, read registers, share pages read-only, read a balance */
    TINE_WRITE = 2, /* call, signal, map and unmap, write registers, share pages writable, create from a pool */
    TINE_OWN = 4,   /* destroy the object; mint a badge */
    TINE_ALL = 7,
};

enum tine_kind {
    TINE_KIND_NONE,
    TINE_KIND_POOL,
    TINE_KIND_CSPACE,
    TINE_KIND_SPACE,
    TINE_KIND_THREAD,
    TINE_KIND_ENDPOINT,
    TINE_KIND_REPLY,
    TINE_KIND_NOTIFICATION,
    TINE_KIND_TIMER,
    TINE_KIND_INTERRUPT,
    TINE_KIND_DEVICE,
    TINE_KIND_ROUTE,
    TINE_KIND_CONTROL,
    TINE_KINDS
};

/* ---- operations: a7 = -value ------------------------------------------------------------------------------------- */

enum tine_op {
    /* Messages. Registers: see struct tine_message. */
    TINE_CALL = 1,
    TINE_RECEIVE,
    TINE_REPLY_RECEIVE,
    TINE_REPLY,
    TINE_FORWARD,
    TINE_SEND,
    TINE_REPLY_READ,  /* (reply, caller_addr, my_addr, len)  copy from the waiting caller; a1 = bytes done */
    TINE_REPLY_WRITE, /* (reply, caller_addr, my_addr, len)  copy to the waiting caller; a1 = bytes done */

    /* Capability spaces. `cspace` is 0 for the caller's own. */
    TINE_CAP_COPY,   /* (cspace, slot, source slot in the caller's own, rights, badge)  badge 0 keeps the source's */
    TINE_CAP_MOVE,   /* (cspace, slot, source slot) */
    TINE_CAP_DELETE, /* (slot)  the last capability takes the object with it */
    TINE_CAP_REVOKE, /* (slot)  deletes every capability derived from this one */
    TINE_DESTROY,    /* (slot)  destroys the object; every capability to it vanishes. Of a thread: a1 = ticks run */
    TINE_IDENTIFY,   /* (slot)  a1 = kind, a2 = rights, a3 = badge */

    /* Pools. */
    TINE_POOL_SPLIT,   /* (pool, slot, reserve, limit)  frames set aside now; most frames ever, 0 for no limit */
    TINE_POOL_BALANCE, /* (pool)  a1 = frames in use, a2 = frames that can still be had, a3 = limit */
    TINE_POOL_LIMIT,   /* (pool, limit)  most frames ever from now on, 0 for no limit */
    /* Creation: (pool, slot, ...) */
    TINE_CSPACE_CREATE,       /* (pool, slot) */
    TINE_SPACE_CREATE,        /* (pool, slot)  the pool also pays for its tables and pages */
    TINE_THREAD_CREATE,       /* (pool, slot, space, cspace or 0, thread to copy or 0, sp or 0, tp or 0)  0: as it is there */
    TINE_ENDPOINT_CREATE,     /* (pool, slot) */
    TINE_REPLY_CREATE,        /* (pool, slot) */
    TINE_NOTIFICATION_CREATE, /* (pool, slot) */
    TINE_TIMER_CREATE,        /* (pool, slot, notification, bits) */
    TINE_ROUTE_CREATE,        /* (pool, slot, struct tine_route_map *) */
    TINE_INTERRUPT_CREATE,    /* (pool, slot, control, line, notification, bits) */
    TINE_DEVICE_CREATE,       /* (pool, slot, control, physical address, bytes) */

    /* Threads. */
    TINE_THREAD_START,     /* (thread, first, count <= 7, a3 a4 a5 a6 t0 t1 t2)  first WORDS, if count is not 0 */
    TINE_THREAD_STOP,      /* (thread)  leaves any queue; a caller that it served gets GONE */
    TINE_THREAD_READ,      /* (thread, struct tine_registers *, struct tine_fp_registers * or 0) */
    TINE_THREAD_WRITE,     /* (thread, struct tine_registers *, struct tine_fp_registers * or 0) */
    TINE_THREAD_SET,       /* (thread, enum tine_thread_field, value) */
    TINE_THREAD_WORDS,     /* (thread, first, count <= 7, a3 a4 a5 a6 t0 t1 t2)  badges and constants */
    TINE_THREAD_ATTENTION, /* (thread, 0)  when it returns the thread executes no user instruction before it has called its pager */
    TINE_THREAD_INFO,      /* (thread)  a1 = enum tine_thread_state, a2 = ticks run, a3 = its hart or last one */

    /* Address spaces. All ranges are whole pages. prot: enum tine_prot. */
    TINE_SPACE_SHARE,   /* (space, addr, npages, prot, source space, source addr) */
    TINE_SPACE_ZERO,    /* (space, addr, npages, prot)  fresh zero frames where nothing is mapped yet */
    TINE_SPACE_COPY,    /* (space, addr, npages, prot)  make private and writable what is mapped */
    TINE_SPACE_CLONE,   /* (space, addr, npages, enum tine_granularity, source space, hot address, thread)  snapshot, same
                           addresses. The writable pages at the hot address and at the thread's stack pointer (each 0 for
                           none) are copied at once, so that neither side faults there. With TINE_CLONE_COPIES: t0 address,
                           t1 a bit for each of 64 pages from there: they become the new space's own, as by COPY with
                           READ | WRITE, as far as there is memory */
    TINE_SPACE_PROTECT, /* (space, addr, npages, prot) */
    TINE_SPACE_UNMAP,   /* (space, addr, npages) */
    TINE_SPACE_INSPECT, /* (space, addr, npages)  a1 = enum tine_page state of the first, a2 = pages alike from there */
    TINE_SPACE_READ,    /* (space, addr, my_addr, len)  a1 = bytes done */
    TINE_SPACE_WRITE,   /* (space, addr, my_addr, len)  a1 = bytes done; writes what is mapped writable only */
    TINE_SPACE_PEEK,    /* (space, addr, len)  len <= TINE_PEEK_MOST bytes within a page come in a1 to a3 */
    TINE_SPACE_POKE,    /* (space, addr, len, w0, w1, w2)  writes them from there, as WRITE does */
    TINE_SPACE_DEVICE,  /* (space, addr, npages, prot, device, offset) */
    TINE_SPACE_COUNT,   /* (space, 0, 0, 0)  a2 = pages mapped, a3 = table frames, those that others share included */

    /* Notifications, timers, interrupts. */
    TINE_SIGNAL,        /* (notification, bits) */
    TINE_WAIT,          /* (notification)  a1 = bits, cleared */
    TINE_POLL,          /* (notification)  a1 = bits, cleared; AGAIN if none */
    TINE_BIND,          /* (notification, thread or 0)  its bits reach the thread when it receives on an endpoint */
    TINE_TIMER_ARM,     /* (timer, absolute time in ticks of the timebase, 0 disarms) */
    TINE_INTERRUPT_ACK, /* (interrupt)  lets the line raise again */

    /* The machine: what only root and whom it trusts may do. */
    TINE_CONTROL_LOG,   /* (control, my_addr, len)  to the firmware's or early console */
    TINE_CONTROL_HALT,  /* (control, enum tine_halt, code)  does not return */
    TINE_CONTROL_STAT,  /* (control, struct tine_stat *) */
    TINE_CONTROL_CHECK, /* (control)  walks everything and proves the invariants; a1 = the number that do not hold */
    TINE_CONTROL_TRACE, /* (control, on)  one line of the kernel's log per operation, call and fault */
    TINE_YIELD,         /* ()  to the end of the queue of its priority */
    TINE_CALL_CAP,      /* as CALL, and a capability may travel either way */
    TINE_THREAD_DIVERT, /* (thread, addr or 0, head, head_bytes, pc, ra, argument; t0-t3)  struct tine_divert; a1 = addr */
    TINE_THREAD_RESUME, /* (thread, addr or 0, head_bytes, my_addr, offset, len)  takes back what DIVERT stored at addr */
    TINE_THREAD_SETTLE, /* (thread, control, number)  makes a fresh thread and its empty space those of a server that is
                           part of the kernel: struct tine_boot names them */
    TINE_OPS
};

/* ---- messages ---------------------------------------------------------------------------------------------------- */

/*
 * A message is a label and six words, all in registers.
 *
 *   CALL           in  a6 endpoint, t0 label, a0-a5 words
 *                  out t0 0 or error, a0-a5 words
 *   CALL_CAP       as CALL, and: in t3 capability to pass or 0, t4 slot for one in the answer or 0; out t3 1 if one came
 *   SEND           as CALL_CAP, waits until it is received, not for an answer; out t0 0 or error
 *   RECEIVE        in  a6 endpoint, t1 reply object that shall hold the caller, t4 slot for a capability or 0
 *                  out t0 0 or error, a7 label, a6 badge, a0-a5 words, t3 1 if a capability came
 *   REPLY          in  t1 reply object, t2 enum tine_answer, t0 status, a0-a5 words, t3 capability to pass or 0
 *                  out t0 0 or error (then the caller is still held)
 *   REPLY_RECEIVE  REPLY without a capability, then RECEIVE with the same reply object. If the reply fails nothing is received and the error
 *                  is in t0. An empty reply object counts as answered.
 *   FORWARD        in  t1 reply object, a6 endpoint or 0 for the caller's pager, t0 label, a0-a5 words
 *                  out t0 0 or error. The caller is queued there as if it had called with this message.
 *
 * What the caller sees of an answer depends on how it came to wait: after CALL, all six words and the status; after a
 * routed call, a0 = the first word, everything else as it was; after a fault or attention, only that it goes on.
 */
struct tine_message {
    unsigned long w[6];
    unsigned long badge;
    long label; /* >= 0: number of a routed call, or the protocol's own; < 0: enum tine_label, from the kernel */
};

enum tine_answer {
    TINE_ANSWER_VALUE,   /* words to the caller, which goes on after its ecall */
    TINE_ANSWER_RESTART, /* the caller executes its ecall or faulting instruction again */
    TINE_ANSWER_COPY,    /* first w[3] bytes of the answerer's memory at w[2] are copied to the caller's at w[1], then VALUE */
    TINE_ANSWER_ITEM,    /* first an operation on the caller's space, then RESTART. Words: operation (TINE_SPACE_SHARE,
                            ZERO, COPY, PROTECT or UNMAP), addr, npages, prot, source space, source addr */
};

enum tine_label {
    TINE_LABEL_FAULT = -1,        /* w: address, enum tine_prot wanted, pc, length in bytes (1 from the hardware) */
    TINE_LABEL_EXCEPTION = -2,    /* w: stval, scause, pc */
    TINE_LABEL_ATTENTION = -3,    /* w: - . The thread stands before a user instruction */
    TINE_LABEL_NOTIFICATION = -4, /* w: bits; no caller is held */
};

/* ---- routes and the words of a thread ------------------------------------------------------------------------------- */

#define TINE_ROUTE_CALLS 512
#define TINE_ROUTE_SLOTS 4
#define TINE_ROUTE_FETCH 0x80   /* in a target */
#define TINE_ROUTE_FETCHED 4096 /* in a label */
#define TINE_THREAD_WORD_COUNT 16

/*
 * A route belongs to a personality, not to a process: all its threads share one. target[nr] < TINE_ROUTE_SLOTS names an
 * endpoint, and word[target] of the calling thread is the badge; a greater one names word[target] of the calling
 * thread, which is the answer (getpid and its like: no IPC at all). Slot 0 is the thread's pager. Numbers beyond the
 * table go to slot 0, all of them as number TINE_ROUTE_CALLS.
 *
 * TINE_ROUTE_FETCH + a slot: as the slot; but if the receiver waits, and word 1 is the aligned address of eight bytes that are there
 * to be read, they are word 4 of the message, whose label is TINE_ROUTE_FETCHED + nr. The caller's registers
 * do not change. This saves the receiver a TINE_SPACE_PEEK; it must know both labels.
 */
struct tine_route_map {
    unsigned char target[TINE_ROUTE_CALLS];
    unsigned int endpoint[TINE_ROUTE_SLOTS]; /* capability indices; [0] is not read */
};

enum tine_thread_field {
    TINE_FIELD_SPACE,    /* value: capability */
    TINE_FIELD_CSPACE,   /* value: capability */
    TINE_FIELD_ROUTE,    /* value: capability */
    TINE_FIELD_PAGER,    /* value: capability of an endpoint; word[0] of the thread is the badge */
    TINE_FIELD_PRIORITY, /* 0 (lowest) to TINE_PRIORITIES - 1 */
    TINE_FIELD_AFFINITY, /* bit mask of hart numbers as the kernel counts them; 0 for any */
};

#define TINE_PRIORITIES 32

enum tine_thread_state {
    TINE_THREAD_STOPPED,
    TINE_THREAD_READY,   /* runs or may run */
    TINE_THREAD_CALLING, /* queued at an endpoint with a call or fault */
    TINE_THREAD_SENDING, /* queued at an endpoint with a send */
    TINE_THREAD_WAITING, /* held by a reply object */
    TINE_THREAD_RECEIVING,
    TINE_THREAD_NOTIFIED /* waits for a notification */
};

struct tine_registers {
    unsigned long pc;
    unsigned long x[31]; /* x1 to x31 */
};

struct tine_fp_registers {
    unsigned long f[32];
    unsigned long fcsr;
};

/*
 * DIVERT: a thread goes on elsewhere, with what it was at in its own memory, on its stack or at an address: the head, its
 * registers, its floating-point registers, zeroes up to `bytes` in all. Then its sp is that address; a0 the argument, a1
 * what sp is, a2 that and the offset. Address 0 is the first below its sp, aligned to 16, that has the room.
 */
#define TINE_DIVERT_MOST 2048
struct tine_divert {
    const void *head;           /* in the caller's memory */
    unsigned long head_bytes;   /* a multiple of 8 */
    unsigned long pc, ra, argument;
    unsigned long offset;       /* t0 */
    unsigned long bytes;        /* t1: a multiple of 8, at most TINE_DIVERT_MOST, with room for all of it */
    unsigned long behind;       /* t2: not 0: what is stored is as it would be behind its ecall, */
    unsigned long value;        /* t3: with this in a0 */
};

/* ---- address spaces ------------------------------------------------------------------------------------------------- */

enum tine_prot {
    TINE_PROT_READ = 1,
    TINE_PROT_WRITE = 2,
    TINE_PROT_EXEC = 4,
    /* For SHARE: the mapping is a private view. It never becomes writable but by COPY. */
    TINE_PROT_PRIVATE = 8,
    /* For SHARE: without WRITE, yet PROTECT may raise it to WRITE later (needs a writable source). */
    TINE_PROT_MAY_WRITE = 16,
    /* For COPY: a page that is absent becomes a fresh zero page, as the first write to anonymous memory wants it. */
    TINE_PROT_ZERO = 32,
    /* For ZERO of 2 MiB, aligned, where nothing is: one big page, or MEMORY. */
    TINE_PROT_BIG = 64,
};

#define TINE_PEEK_MOST 24

enum tine_granularity { TINE_CLONE_AUTO, TINE_CLONE_FRAMES, TINE_CLONE_ENTRIES, TINE_CLONE_NODES, TINE_CLONE_TREE };
#define TINE_CLONE_COPIES 0x100 /* with the granularity */

enum tine_page {
    TINE_PAGE_PRESENT = 1,
    TINE_PAGE_WRITABLE = 2,
    TINE_PAGE_EXEC = 4,
    TINE_PAGE_COW = 8,       /* a private page that a snapshot or a source may share */
    TINE_PAGE_EXCLUSIVE = 16,/* nobody else refers to the frame */
    TINE_PAGE_MAY_WRITE = 32,
};

/* ---- the machine ------------------------------------------------------------------------------------------------------ */

/* CRASH: the kernel follows a wild pointer, for whoever wants to see what its panic looks like. */
enum tine_halt { TINE_HALT_OFF, TINE_HALT_REBOOT, TINE_HALT_CRASH };

struct tine_stat {
    unsigned long frames;        /* that the kernel hands out or has handed out */
    unsigned long frames_free;
    unsigned long objects[TINE_KINDS]; /* alive, by kind */
    unsigned long caps;          /* capabilities alive */
    unsigned long ipcs;          /* messages delivered */
    unsigned long faults;        /* delivered to pagers */
    unsigned long switches;      /* of threads */
    unsigned long space_switches;
    unsigned long tlb_flushes_page; /* of this hart's TLB: single pages, */
    unsigned long tlb_flushes_space; /* spaces, */
    unsigned long tlb_flushes_all;   /* and everything */
    unsigned long pages_copied;
    unsigned long pages_zeroed;
    unsigned long tables_shared;  /* page tables that a snapshot shared rather than copied, */
    unsigned long tables_frozen;  /* that were made safe to be read from several sides, */
    unsigned long tables_split;   /* and that were copied because one side changed them */
    unsigned long pages_big;      /* pages of 2 MiB that were made, */
    unsigned long pages_broken;   /* and that became 512 small ones */
    unsigned long interrupts;
    unsigned long ticks;         /* of the preemption timer */
    unsigned long unanswered;    /* threads that stopped because nobody answers for their faults or calls */
    unsigned long idle_ticks;    /* of those, while idle */
    unsigned long lock_waits;    /* times that a hart found the kernel's lock taken */
    unsigned long remote_flushes; /* of TLBs of other harts */
    unsigned long kicks;         /* interrupts that harts sent each other */
    unsigned long harts;
    unsigned long tick_hz;
    unsigned long timebase_hz;
};

/*
 * What the kernel leaves for the first task. Mapped read-only at TINE_BOOT_ADDRESS; the areas it names are mapped
 * read-only behind it.
 */
#define TINE_RESIDENTS_MAX 4
#define TINE_BOOT_ADDRESS 0x1000000000
struct tine_boot {
    unsigned long timebase_hz;
    unsigned long harts;
    unsigned long boot_hart;           /* hardware id */
    unsigned long frames;              /* in the root pool at the start */
    unsigned long dtb, dtb_bytes;      /* address in this space; flattened device tree */
    unsigned long archive, archive_bytes; /* newc: the servers */
    unsigned long initrd, initrd_bytes;   /* 0 if the boot loader gave none; may start inside a page */
    unsigned long asid_bits;
    char resident[TINE_RESIDENTS_MAX][16]; /* servers that are part of the kernel (PLACEMENT=mono); the number of one is
                                              its place here */
};

/* The first task's capabilities: the well-known slots that every native server has (1-7), then its own. */
enum tine_slot {
    TINE_SLOT_THREAD = 1,
    TINE_SLOT_SPACE,
    TINE_SLOT_CSPACE,
    TINE_SLOT_POOL,
    TINE_SLOT_ENDPOINT,     /* that the server receives on */
    TINE_SLOT_NOTIFICATION, /* bound to its thread */
    TINE_SLOT_REPLY,        /* its first reply object */
    TINE_SLOT_CONTROL,      /* only where root grants it */
    TINE_SLOT_FIRST,        /* the server's own, given by root: see servers/protocol/root.h */
    TINE_SLOT_DYNAMIC = 32, /* from here on the server allocates itself */
};

#endif
