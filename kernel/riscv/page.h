/* Whole pages, fast. Addresses are kernel addresses, page aligned. */
#ifndef RISCV_PAGE_H
#define RISCV_PAGE_H

void page_copy(void *to, const void *from);
void page_clear(void *page);

#endif
