/*
 * A hostile native client: every documented error of every operation at least once, then random operations. A test
 * makes all its objects from one pool that is destroyed after it; then this program's pool must hold what it held
 * before.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "libc/server.h"
#include <stdbool.h>

/* Prints `ok NAME` or `not ok NAME`, with what came instead. Names: OPERATION: what is wrong. */
void expect(const char *name, err_t got, err_t wanted);
void expect_that(const char *name, bool holds);

/* ---- what a test works with; all of it ends with the test ------------------------------------------------------ */

extern cap_t pool; /* from which its objects are made */

/* A slot, empty after the test whatever it holds then. */
cap_t slot(void);

/* A capability to a new object of `pool`. Not for DEVICE, INTERRUPT, CONTROL. A thread is in this space and has this
 * capability space; a timer signals a notification of its own. */
cap_t make(enum tine_kind kind);

/* A copy of a capability with fewer rights. */
cap_t with(cap_t cap, unsigned rights);

/* A capability of another kind, for operations to be refused with; and a slot that holds none. */
cap_t other(enum tine_kind than);
cap_t nothing(void);

/* A thread of this program with a stack of its own that executes function(argument), more important than this one: it
 * has run until it waits, or returned, before spawn returns. Then it stops. At most THREADS_MAX at a time. */
#define THREADS_MAX 4
cap_t spawn(void (*function)(unsigned long), unsigned long argument);

/* Room in this space that nobody uses, whole pages; unmapped after each test. */
#define ROOM 0x600000000UL
#define ROOM_PAGES 64UL

/* An address where nothing is ever mapped. */
#define NOWHERE 0x700000000UL

/* ---- the tests, one per kind of object ------------------------------------------------------------------------- */

void test_pools(void);
void test_creation(void);
void test_cspaces(void);
void test_messages(void);
void test_registers(void);
void test_answers(void);
void test_threads(void);
void test_spaces(void);
void test_notifications(void);
void test_control(void);

/* Random operations with random arguments in a domain of their own, `episodes` times. */
void fuzz(unsigned episodes);

#endif
