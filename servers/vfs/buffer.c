/* Buffer pages: page n of one space without a thread, at LAYOUT_BUFFERS + n * 4096 in vfs's own. */
#include "servers/vfs/buffer.h"
#include "libc/server.h"
#include "servers/protocol/root.h"
#include "servers/vfs/layout.h"
#include <stdbool.h>

#define IDLE_MOST 64U
#define NONE BUFFER_MOST
#define RW (TINE_PROT_READ | TINE_PROT_WRITE)

static cap_t space;
static uint16_t below[BUFFER_MOST];      /* the next of the list that a number is on */
static uint32_t idle = NONE, idle_count; /* numbers whose page is there */
static uint32_t vacant = NONE, never;    /* numbers whose page went back; first number never used */

static char *address_of(uint32_t number)
{
    return (char *)(LAYOUT_BUFFERS + (uint64_t)number * TINE_PAGE_SIZE);
}

static uint32_t number_take(void)
{
    uint32_t number = vacant;

    if (number == NONE)
        return never < BUFFER_MOST ? never++ : NONE;
    vacant = below[number];
    return number;
}

static void number_give(uint32_t number)
{
    below[number] = (uint16_t)vacant;
    vacant = number;
}

static void page_drop(uint32_t number)
{
    tine_space_unmap(TINE_SLOT_SPACE, (uint64_t)address_of(number), 1);
    tine_space_unmap(space, (uint64_t)number * TINE_PAGE_SIZE, 1);
    number_give(number);
}

static bool space_made(void)
{
    if (space)
        return true;
    space = cap_take();
    if (space && !tine_space_create(ROOT_VFS_USERS, space))
        return true;
    cap_give(space);
    space = 0;
    return false;
}

/* A page from the pool. */
static char *page_make(void)
{
    uint32_t number = space_made() ? number_take() : NONE;
    uint64_t there = (uint64_t)number * TINE_PAGE_SIZE;

    if (number == NONE)
        return NULL;
    if (!tine_space_zero(space, there, 1, RW) &&
        !tine_space_share(TINE_SLOT_SPACE, (uint64_t)address_of(number), 1, RW, space, there))
        return address_of(number);
    page_drop(number);
    return NULL;
}

char *buffer_take(void)
{
    uint32_t number = idle;

    if (number == NONE)
        return page_make();
    idle = below[number];
    idle_count--;
    return address_of(number);
}

void buffer_give(char *page)
{
    uint32_t number = (uint32_t)(((uint64_t)page - LAYOUT_BUFFERS) / TINE_PAGE_SIZE);

    if (idle_count == IDLE_MOST) {
        page_drop(number);
        return;
    }
    below[number] = (uint16_t)idle;
    idle = number;
    idle_count++;
}
