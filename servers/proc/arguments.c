/* Collecting arguments and laying out the first stack: arguments_from, arguments_stack. See execve(2), getauxval(3). */
#include "servers/proc/arguments.h"
#include "servers/proc/process.h"
#include "servers/proc/random.h"
#include "servers/protocol/linux.h"
#include <linux/auxvec.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADROOM = 8192, /* for what `#!` lines put in front */
    FIRST_CAPACITY = 32768,
    STRING_MOST = 131072, /* MAX_ARG_STRLEN */
    POINTERS_AT_ONCE = 32,
    SPARE_PAGES = 1, /* below the stack pointer, for the first frames */
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
    memcpy(a->bytes + a->end, string, length + 1);
    return added(a, length, environment);
}

long arguments_name(struct arguments *a, const char *name)
{
    size_t length = strlen(name);
    long err = reserve(a, length + 1 + sizeof(uint64_t));

    if (err)
        return err;
    a->file = a->end;
    memcpy(a->bytes + a->end, name, length + 1);
    a->end += length + 1;
    return 0;
}

static long add_from(struct arguments *a, struct process *process, uint64_t addr, bool environment)
{
    long length;

    for (;;) {
        size_t room = a->capacity - a->end;

        if (room > STRING_MOST)
            room = STRING_MOST;
        length = user_read_string(process, addr, a->bytes + a->end, room);
        if (length != -E2BIG)
            break;
        if (room == STRING_MOST)
            return -E2BIG;
        if (reserve(a, room + 1))
            return -ENOMEM;
    }
    return length < 0 ? length : added(a, (size_t)length, environment);
}

static long add_array(struct arguments *a, struct process *process, uint64_t addr, bool environment)
{
    uint64_t pointer[POINTERS_AT_ONCE];

    if (addr % sizeof(*pointer))
        return -EFAULT;
    while (addr) {
        /* Not beyond the page: the array may end there. */
        size_t n = (TINE_PAGE_SIZE - addr % TINE_PAGE_SIZE) / sizeof(*pointer);

        if (n > POINTERS_AT_ONCE)
            n = POINTERS_AT_ONCE;
        if (user_read(process, addr, pointer, n * sizeof(*pointer)))
            return -EFAULT;
        for (size_t i = 0; i < n; i++) {
            long err = pointer[i] ? add_from(a, process, pointer[i], environment) : 0;

            if (err || !pointer[i])
                return err;
        }
        addr += n * sizeof(*pointer);
    }
    return 0;
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

static long stack_pages(struct space *space, uint64_t low, uint64_t top, bool executable)
{
    struct region region = { .start = top - LAYOUT_STACK_BYTES,
                             .end = top,
                             .flags = REGION_GROWS | REGION_STACK,
                             .prot = TINE_PROT_READ | TINE_PROT_WRITE };

    if (executable)
        region.prot |= TINE_PROT_EXEC;
    if (low - SPARE_PAGES * TINE_PAGE_SIZE < region.start)
        region.start = PAGE_DOWN(low) - LAYOUT_STACK_BYTES;
    if (!regions_reserve(1))
        return -ENOMEM;
    region_add(space->regions, &region);
    low = PAGE_DOWN(low) - SPARE_PAGES * TINE_PAGE_SIZE;
    return tine_space_zero(space->cap, low, (top - low) >> TINE_PAGE_SHIFT, region.prot) ? -ENOMEM : 0;
}

long stack_make(struct stack *stack, const struct arguments *a, struct space *space, uint64_t top, unsigned entries,
                bool executable)
{
    size_t words = 1 + a->argc + 1 + a->envc + 1 + 2 * (entries + 1);

    stack->entries = entries;
    stack->strings = top - sizeof(uint64_t) - (a->end - a->start);
    stack->random = (stack->strings & ~0xfUL) - STACK_RANDOM_BYTES;
    stack->sp = (stack->random - words * sizeof(uint64_t)) & ~0xfUL;
    stack->block = calloc(1, stack->random + STACK_RANDOM_BYTES - stack->sp);
    if (stack->block && !stack_pages(space, stack->sp, top, executable))
        return 0;
    stack_drop(stack);
    return -ENOMEM;
}

void stack_drop(struct stack *stack)
{
    free(stack->block);
    stack->block = NULL;
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

void stack_fill(struct stack *stack, const struct arguments *a, struct space *space, struct auxiliary *auxv)
{
    size_t bytes = stack->random + STACK_RANDOM_BYTES - stack->sp;
    const char *at = a->bytes + a->start;
    uint64_t *w = stack->block, shift = stack->strings - (uint64_t)at;

    *w++ = a->argc;
    w = put_pointers(w, &at, a->argc, shift);
    w = put_pointers(w, &at, a->envc, shift);
    auxv_fill(auxv, stack->entries, stack->random, stack->strings + (a->file - a->start));
    memcpy(w, auxv, stack->entries * sizeof(*auxv));
    random_bytes((char *)stack->block + (stack->random - stack->sp), STACK_RANDOM_BYTES);
    tine_space_write(space->cap, stack->sp, stack->block, bytes, NULL);
    tine_space_write(space->cap, stack->strings, a->bytes + a->start, a->end - a->start, NULL);
    note_addresses(a, space, stack);
    stack_drop(stack);
}
