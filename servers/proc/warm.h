/*
 * What is known of programs that ran: whether their file is in memory as a whole, and what they write to at once. The
 * first pages of its data, bss and heap that a program faulted on are remembered, a bit each, and the next exec of it
 * makes just these in advance; likewise the pages that its children wrote to after a fork, which the next child gets
 * copied. A fault that is spared costs as much as the copy of a page does.
 *
 * Knowledge is of a file (its inode and version) run under a name, for a busybox is many programs. It is kept in a small
 * table, is only ever a hint, and holds nothing alive.
 */
#ifndef PROC_WARM_H
#define PROC_WARM_H

#include "servers/proc/backing.h"
#include "servers/proc/space.h"

/* Pages from the start of the data on of which it is remembered. */
#define WARM_PAGES 64

/* Of a fork, only what most children do is worth copying: the first few pages that one wrote. */
enum { WARM_CHILD_PAGES = 8 };

struct program {
    uint64_t inode, device, name; /* the name: a hash of argv[0] */
    uint32_t version;
    bool whole; /* all pages of the file were in memory */
    unsigned forks;
    uint64_t run_pages;   /* written to after exec, a bit each from the start of the data on */
    uint64_t child_pages; /* written to by children after fork */
};

/* What is known of the program in this file, run under this name; nothing yet, if it is new. O(1). */
struct program *program_of(const struct vfs_file *file, const char *name);

/* A new space runs the program, whose first writable page is at `data`. */
void warm_begin(struct space *space, struct program *program, uint64_t data);

/* The program, or its child, faulted on `page` for a write. O(1). */
void warm_note(const struct space *space, uint64_t page);

enum warm_how { WARM_COPY, WARM_ZERO };

/* Makes what is known of in [start, end), with rights `prot`: copies what is mapped, or zeroes what is not. 0, or an
 * error of the kernel. */
err_t warm_bring(const struct space *space, uint64_t start, uint64_t end, unsigned prot, enum warm_how how);

/* The space is a fresh clone: it gets its own of the pages that children write to, `most` at most. How many. Short of
 * memory, they fault. */
unsigned warm_fork(const struct space *child, unsigned most);

#endif
