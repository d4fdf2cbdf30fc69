#include "host.h"
#include "hart.h"
#include "preempt.h"
#include "print.h"
#include <riscv/layout.h>
#include <riscv/page.h>
#include <riscv/sv39.h>
#include <sbi/paging.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned char host_ram[HOST_FRAMES * 4096ul] __attribute__((aligned(4096)));
struct hart harts[HARTS_MAX];
unsigned hart_count = 1;
struct hart *host_self = &harts[0];
struct tine_stat kernel_stat;

/* The kernel's own root table lies in the hole. */
paddr_t kernel_root;
unsigned kernel_root_count = 2;
uint16_t kernel_root_used[KERNEL_ROOT_ENTRIES] = { KERNEL_ROOT_FIRST, 511 };

unsigned long host_flushes, host_log_lines;
bool host_quiet;
static unsigned preempt_in;
static struct frame *table;

struct pool *host_machine(size_t frames)
{
    paddr_t middle = HOST_RAM_BASE + frames / 3 * TINE_PAGE_SIZE;
    paddr_t hole = 3 * TINE_PAGE_SIZE;
    paddr_t end = HOST_RAM_BASE + frames * TINE_PAGE_SIZE + hole;

    if (end > HOST_RAM_BASE + sizeof(host_ram))
        abort();
    memset(host_ram, 0xa5, end - HOST_RAM_BASE);
    memset(&kernel_stat, 0, sizeof(kernel_stat));
    host_flushes = host_log_lines = preempt_in = 0;
    kernel_root = middle;
    memset(phys_to_virt(kernel_root), 0, TINE_PAGE_SIZE);
    for (unsigned i = 0; i < kernel_root_count; i++)
        ((pte_t *)phys_to_virt(kernel_root))[kernel_root_used[i]] = pte_make(HOST_RAM_BASE, PTE_V);
    free(table);
    table = malloc(frames_table_bytes(HOST_RAM_BASE, end));
    memset(table, 0x5a, frames_table_bytes(HOST_RAM_BASE, end));
    frames_init(HOST_RAM_BASE, end, table);
    frames_add(HOST_RAM_BASE, middle);
    frames_add(middle + hole, end);
    return pool_root_init();
}

void host_preempt_after(unsigned n)
{
    preempt_in = n;
}

bool preempt_pending(void)
{
    return preempt_in && --preempt_in == 0;
}

void kernel_log(const char *format, ...)
{
    va_list args;

    host_log_lines++;
    if (host_quiet)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

void panic(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "panic: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    abort();
}

void page_copy(void *to, const void *from)
{
    memcpy(to, from, TINE_PAGE_SIZE);
}

void page_clear(void *page)
{
    memset(page, 0, TINE_PAGE_SIZE);
}
