/* Regular files: contents in pages (cache.h), reading and writing them. */
#ifndef VFS_REGULAR_H
#define VFS_REGULAR_H

#include "servers/vfs/file.h"

/* Gives the contents back. */
void regular_free(struct node *node);

/* New size: pages beyond go, the rest of the last page is zeroed. -ENOMEM, -EFBIG. */
long regular_truncate(struct node *node, uint64_t size);

/* The node's pages, made empty if there are none yet; NULL: no memory. */
struct pages *regular_pages(struct node *node);

/* Makes the pages of bytes [offset, offset + len) present. -ENOSPC, -ENOMEM. */
long regular_fill(struct node *node, uint64_t offset, uint64_t len);

/* Reads or writes at *offset without an open file (sendfile, initrd); t->local is vfs's memory. */
long regular_read_node(struct node *node, struct transfer *t, uint64_t *offset);
long regular_write_node(struct node *node, struct transfer *t, uint64_t *offset);

/* FALLOC_FL_PUNCH_HOLE: zeros. */
void regular_punch(struct node *node, uint64_t offset, uint64_t len);

#endif
