/*
 * What is known of programs that ran: what they write to at once. The first pages of its data, bss and heap that a
 * program faulted on are remembered, a bit each, and how deep its stack went; the next exec of it makes just these in
 * advance. Likewise the pages that its children wrote to after a fork, which the next child gets copied. A fault that
 * is spared costs as much as the copy of a page does.
 *
 * Knowledge is of a file's contents (their version) run under a name, for a busybox is many programs. It is kept in a
 * small table, is only ever a hint, holds nothing alive, and is learnt anew from time to time.
 */
#ifndef PROC_WARM_H
#define PROC_WARM_H

#include "servers/proc/space.h"

/* Pages from the start of the data on of which it is remembered, and from the top of the stack down. */
#define WARM_PAGES 64
#define WARM_STACK 4

/* Of a fork, only what most children do is worth copying: the first few pages that one wrote. */
enum { WARM_CHILD_PAGES = 8 };

struct program {
    uint64_t version, name; /* the name: a hash of argv[0] */
    unsigned runs, forks;
    unsigned stack_pages; /* touched after exec */
    uint64_t run_pages;   /* written to after exec, a bit each from the start of the data on */
    uint64_t child_pages; /* written to by children after fork */
};

/* The space, fresh from exec, runs the program with contents of this version under this name: makes what is known of
 * its data, copies of what is mapped and zeroes for what is not. An error of the kernel. */
err_t warm_begin(struct space *space, uint64_t version, const char *name);

/* Makes the stack of such a space, of which the arguments take the pages in [low, top). An error of the kernel. */
err_t warm_stack(const struct space *space, uint64_t low, uint64_t top, unsigned prot);

/* The program, or its child, faulted on `page` for a write. Whether it is one of those remembered here. O(1). */
bool warm_note(const struct space *space, uint64_t page);

/* The next run of set bits from *first on, which is moved there; its length, 0: none. */
uint64_t warm_run(uint64_t bits, uint64_t *first);

/* Makes zeroes of what is known of in [start, end), which is mapped anew: the heap. Short of memory, it faults. */
void warm_heap(const struct space *space, uint64_t start, uint64_t end, unsigned prot);

/* The space is about to be cloned: the pages that children write to, as far as they are still mapped as data, a bit each from
 * warm_start on; `most` at most. */
uint64_t warm_fork(const struct space *parent, unsigned most);

#endif
