/* Collecting arguments and laying out the first stack: arguments_from, stack_make. See execve(2), getauxval(3). */
#include "servers/proc/arguments.h"
#include "servers/proc/process.h"
#include "servers/proc/warm.h"
#include "servers/protocol/linux.h"
#include <linux/auxvec.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADROOM = 8192, /* for what `#!` lines put in front */
    FIRST_CAPACITY = 32768,
    STRING_MOST = 131072, /* MAX_ARG_STRLEN */
    POINTERS_AT_ONCE = 32,
    READ_FIRST = 64,  /* bytes of a string of unknown length, */
    READ_ON = 1024,   /* and more at a time if that was not all */
    SPARE_PAGES = 1,  /* that the stack's region has below the first stack pointer at least */
    STACK_ALIGN = 16, /* of the stack pointer */
};

#define PAGE_DOWN(addr) ((addr) & ~(TINE_PAGE_SIZE - 1UL))
#define PAGE_UP(addr) PAGE_DOWN((addr) + TINE_PAGE_SIZE - 1)

/* Kept from one exec to the next, for its size. */
static char *buffer;
static size_t buffer_bytes;

/* ---- strings ----------------------------------------------------------------------------------------------------- */

static long reserve(struct arguments *a, size_t bytes)
{
    size_t want = a->capacity ? a->capacity : FIRST_CAPACITY;
    char *more;

    if (a->end + bytes <= a->capacity)
        return 0;
    while (want < a->end + bytes)
        want *= 2;
    more = realloc(buffer, want);
    if (!more)
        return -ENOMEM;
    buffer = a->bytes = more;
    buffer_bytes = a->capacity = want;
    return 0;
}

long arguments_begin(struct arguments *a, size_t limit)
{
    *a = (struct arguments){
        .bytes = buffer, .capacity = buffer_bytes, .start = HEADROOM, .end = HEADROOM, .env = HEADROOM, .limit = limit
    };
    return reserve(a, FIRST_CAPACITY / 2);
}

static bool too_big(const struct arguments *a)
{
    return a->end - a->start + (a->argc + a->envc) * sizeof(uint64_t) > a->limit;
}

/* A string of `length` bytes and its zero has been put at the end. */
static long added(struct arguments *a, size_t length, bool environment)
{
    a->end += length + 1;
    if (environment)
        a->envc++;
    else
        a->argc++;
    if (!environment)
        a->env = a->end;
    return too_big(a) ? -E2BIG : 0;
}

long arguments_add(struct arguments *a, const char *string, bool environment)
{
    size_t length = strlen(string);
    long err = reserve(a, length + 1);

    if (err)
        return err;
    a->ahead = 0;
    memcpy(a->bytes + a->end, string, length + 1);
    return added(a, length, environment);
}

/* The strings end as the stack does, so that what lies in front of them is aligned as it will be there. */
long arguments_name(struct arguments *a, const char *name)
{
    size_t length = strlen(name);
    long err = reserve(a, length + 1 + sizeof(uint64_t) + STACK_ALIGN);

    if (err)
        return err;
    a->ahead = 0;
    a->file = a->end;
    memcpy(a->bytes + a->end, name, length + 1);
    a->end += length + 1;
    length = sizeof(uint64_t) + -(a->end + sizeof(uint64_t)) % STACK_ALIGN;
    memset(a->bytes + a->end, 0, length);
    a->end += length;
    return 0;
}

/* Reads on behind what was read already, up to `bytes` and not beyond the page: the next one may not be there. */
static long read_ahead(struct arguments *a, struct process *process, size_t bytes)
{
    uint64_t from = a->ahead_from + a->ahead;
    size_t part = TINE_PAGE_SIZE - from % TINE_PAGE_SIZE;

    if (part > bytes)
        part = bytes;
    if (reserve(a, a->ahead + part))
        return -ENOMEM;
    if (user_read(process, from, a->bytes + a->end + a->ahead, part))
        return -EFAULT;
    a->ahead += part;
    return 0;
}

/* Whether something of the string at addr has been read already. */
static bool known(const struct arguments *a, uint64_t addr)
{
    return addr - a->ahead_from < a->ahead;
}

/* What has been read begins at addr from now on, if it is only a gap away: constants lie 8 bytes aligned. */
static void ahead_at(struct arguments *a, uint64_t addr)
{
    size_t gap = known(a, addr) ? addr - a->ahead_from : a->ahead;

    a->ahead -= gap;
    if (gap && a->ahead)
        memmove(a->bytes + a->end, a->bytes + a->end + gap, a->ahead);
    a->ahead_from = addr;
}

/*
 * Adds the string at addr. What is read with it stays behind `end`: mostly the next string lies there in the process,
 * too, and is then in its place already. `bytes`: how much is worth reading.
 */
static long add_from(struct arguments *a, struct process *process, uint64_t addr, size_t bytes, bool environment)
{
    size_t searched = 0, length;
    const char *zero;
    long err;

    ahead_at(a, addr);
    while (!(zero = memchr(a->bytes + a->end + searched, 0, a->ahead - searched))) {
        searched = a->ahead;
        err = searched < STRING_MOST ? read_ahead(a, process, searched ? READ_ON : bytes) : -E2BIG;
        if (err)
            return err;
    }
    length = (size_t)(zero - (a->bytes + a->end));
    a->ahead -= length + 1;
    a->ahead_from += length + 1;
    return length < STRING_MOST ? added(a, length, environment) : -E2BIG;
}

/* From the first of these strings on, how far those lie that follow it upwards and closely. */
static size_t extent(const uint64_t *pointer, size_t n)
{
    size_t i = 1;

    while (i < n && pointer[i] > pointer[i - 1] && pointer[i] - pointer[0] < TINE_PAGE_SIZE)
        i++;
    return pointer[i - 1] - pointer[0] + READ_FIRST;
}

/* Adds the strings of a piece of an array. 1: it goes on behind it. */
static long add_strings(struct arguments *a, struct process *process, const uint64_t *pointer, size_t n,
                        bool environment)
{
    for (size_t i = 0; i < n; i++) {
        long err;

        if (!pointer[i])
            return 0;
        err = add_from(a, process, pointer[i], known(a, pointer[i]) ? READ_FIRST : extent(pointer + i, n - i),
                       environment);
        if (err)
            return err;
    }
    return 1;
}

static long add_array(struct arguments *a, struct process *process, uint64_t addr, bool environment)
{
    uint64_t pointer[POINTERS_AT_ONCE];
    long err = 1;

    if (!addr)
        return 0;
    if (addr % sizeof(*pointer))
        return -EFAULT;
    while (err > 0) {
        /* Not beyond the page: the array may end there. */
        size_t n = (TINE_PAGE_SIZE - addr % TINE_PAGE_SIZE) / sizeof(*pointer);

        if (n > POINTERS_AT_ONCE)
            n = POINTERS_AT_ONCE;
        if (user_read(process, addr, pointer, n * sizeof(*pointer)))
            return -EFAULT;
        err = add_strings(a, process, pointer, n, environment);
        addr += n * sizeof(*pointer);
    }
    return err;
}

long arguments_from(struct arguments *a, struct process *process, uint64_t argv, uint64_t envp)
{
    long err = add_array(a, process, argv, false);

    return err ? err : add_array(a, process, envp, true);
}

bool arguments_prepend(struct arguments *a, const char *string)
{
    size_t bytes = strlen(string) + 1;

    if (bytes > a->start)
        return false;
    a->start -= bytes;
    memcpy(a->bytes + a->start, string, bytes);
    a->argc++;
    return true;
}

void arguments_shift(struct arguments *a)
{
    if (!a->argc)
        return;
    a->start += strlen(a->bytes + a->start) + 1;
    a->argc--;
}

/* ---- the stack --------------------------------------------------------------------------------------------------- */

/* Pointers to `count` strings that begin at *at, which lie `shift` higher in the program; moves *at behind them. */
static uint64_t *put_pointers(uint64_t *w, const char **at, unsigned count, uint64_t shift)
{
    for (unsigned i = 0; i < count; i++) {
        *w++ = (uint64_t)*at + shift;
        *at += strlen(*at) + 1;
    }
    *w++ = 0;
    return w;
}

/* The pages from `low` to `top`, whole ones, and some below for the first frames. The stack's region is there already; it may have
 * to begin lower. */
static long stack_pages(struct space *space, uint64_t low, uint64_t top)
{
    struct region *region = region_find(space->regions, top - 1);

    low = PAGE_DOWN(low);
    if (low - SPARE_PAGES * TINE_PAGE_SIZE < region->start) {
        if (!space_own_regions(space))
            return -ENOMEM;
        region = region_find(space->regions, top - 1);
        region_extend(space->regions, region, low - LAYOUT_STACK_BYTES, region->end);
    }
    return warm_stack(space, low, top, region->prot) ? -ENOMEM : 0;
}

/* Moves the strings up so that `bytes` fit in front of them. */
static long make_room(struct arguments *a, size_t bytes)
{
    size_t by = bytes > a->start ? (bytes - a->start + STACK_ALIGN - 1) & ~(size_t)(STACK_ALIGN - 1) : 0;

    if (!by)
        return 0;
    if (reserve(a, by))
        return -ENOMEM;
    memmove(a->bytes + a->start + by, a->bytes + a->start, a->end - a->start);
    a->start += by;
    a->end += by;
    a->env += by;
    a->file += by;
    return 0;
}

long stack_make(struct stack *stack, struct arguments *a, struct space *space, uint64_t down, unsigned entries)
{
    uint64_t top = space->layout.stack_top;
    size_t words = 1 + a->argc + 1 + a->envc + 1 + 2 * (entries + 1), below;

    stack->entries = entries;
    stack->strings = top - down - (a->end - a->start);
    stack->random = (stack->strings & ~(STACK_ALIGN - 1UL)) - STACK_RANDOM_BYTES;
    stack->sp = (stack->random - words * sizeof(uint64_t)) & ~(STACK_ALIGN - 1UL);
    below = stack->strings - stack->sp;
    if (make_room(a, below))
        return -ENOMEM;
    stack->block = memset(a->bytes + a->start - below, 0, below);
    return stack_pages(space, stack->sp, top);
}

static void auxv_fill(struct auxiliary *auxv, unsigned entries, uint64_t random, uint64_t name)
{
    for (unsigned i = 0; i < entries; i++) {
        if (auxv[i].type == AT_RANDOM)
            auxv[i].value = random;
        else if (auxv[i].type == AT_EXECFN)
            auxv[i].value = name;
    }
}

static void note_addresses(const struct arguments *a, struct space *space, const struct stack *stack)
{
    space->arg_start = stack->strings;
    space->arg_end = space->env_start = stack->strings + (a->env - a->start);
    space->env_end = stack->strings + (a->file - a->start);
    space->auxv_start = stack->sp + (a->argc + a->envc + 3) * sizeof(uint64_t);
    space->auxv_end = space->auxv_start + (stack->entries + 1) * sizeof(struct auxiliary);
    space->stack_start = stack->sp;
}

static void stack_write(const struct space *space, const struct stack *stack, size_t bytes)
{
    for (size_t done = 0, part; done < bytes; done += part) {
        part = bytes - done < TINE_COPY_MOST ? bytes - done : TINE_COPY_MOST;
        tine_space_write(space->cap, stack->sp + done, (const char *)stack->block + done, part, NULL);
    }
}

void stack_fill(const struct stack *stack, const struct arguments *a, struct space *space, struct auxiliary *auxv,
                const char random[STACK_RANDOM_BYTES])
{
    const char *at = a->bytes + a->start;
    uint64_t *w = stack->block, shift = stack->strings - (uint64_t)at;

    *w++ = a->argc;
    w = put_pointers(w, &at, a->argc, shift);
    w = put_pointers(w, &at, a->envc, shift);
    auxv_fill(auxv, stack->entries, stack->random, stack->strings + (a->file - a->start));
    memcpy(w, auxv, stack->entries * sizeof(*auxv));
    memcpy((char *)stack->block + (stack->random - stack->sp), random, STACK_RANDOM_BYTES);
    stack_write(space, stack, stack->strings - stack->sp + (a->end - a->start));
    note_addresses(a, space, stack);
}
