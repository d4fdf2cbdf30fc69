/*
 * What vfs's sources stand on when they are compiled for the host: clients whose memory is the test's own, file pages
 * from malloc (in place of servers/vfs/cache.c), reply objects that remember their answers.
 */
#ifndef VFS_WORLD_H
#define VFS_WORLD_H

#include "servers/vfs/syscalls.h"

/* Client memory that is not there, [absent, absent_end), or, set by a fuzzer, alone is there, [present, present_end).
 * Copies to and from what is not are refused with FAULT. */
extern uint64_t absent, absent_end, present, present_end;

/* How many pages of files there may be; and how many there are. */
extern size_t pages_limit, pages_used;

/* What became of the last caller that was answered later (by its reply object): see `answered`. */
extern long answer[256];
extern bool answered[256];

/* The last forward to the pager. */
extern struct tine_message forwarded;
extern unsigned forwards, signals_sent;

/* The capability that the last native answer carried (which is DEFERRED then), and the words of the last message as the
 * server left them. */
extern cap_t passed;
extern unsigned long answer_words[6];

extern uint64_t world_ticks;

/* Makes the root file system, /dev, and client 1 with root's rights. */
void world_start(void);

/*
 * A call: the outcome of dispatch. With DEFERRED, reply object *reply (if not NULL) holds the caller, and
 * answer[*reply] is what it gets, once answered[*reply].
 */
long call_words(uint32_t client, cap_t *reply, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                uint64_t f);

/* CALL(openat, AT_FDCWD, "/x", O_RDONLY, 0): by client 1; CALL_AS: by another. Words left out are 0. */
#define CALL(name, ...) CALL_AS(1, NULL, name, ##__VA_ARGS__)
#define CALL_AS(client, reply, name, ...)                                                                              \
    CALL_WORDS(client, reply, __NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define CALL_WORDS(client, reply, number, a, b, c, d, e, f, ...)                                                       \
    call_words(client, reply, number, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e),       \
               (uint64_t)(f))

/* A message of proc. */
long proc_says(long label, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);

#endif
