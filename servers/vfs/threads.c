/* Threads of clients: see threads.h. */
#include "servers/vfs/threads.h"
#include "servers/protocol/proc.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/syscalls.h"
#include <stdlib.h>

static struct {
    uint32_t wanted; /* client that a call has just looked for; 0: none */
    uint32_t client; /* whose threads these are */
    bool known;      /* for the call that runs now */
    uint32_t count, columns;
    uint32_t *rows; /* number in the first namespace, then in each level down to the client's */
} threads;

long threads_ask(const struct client *client)
{
    if (threads.known)
        return threads.client == client->number ? 0 : -ENOENT; /* one client's in one call, or it would go on for ever */
    threads.wanted = client->number;
    return -EFAULT;
}

uint32_t threads_at(const struct client *client, uint32_t space, uint32_t index, uint32_t *number)
{
    uint32_t column = client_level(client, space);
    const uint32_t *row = threads.rows + (size_t)index * threads.columns;

    if (index >= threads.count)
        return 0;
    *number = column < threads.columns ? row[column] : 0;
    return row[0];
}

uint32_t threads_find(const struct client *client, uint32_t space, uint32_t number)
{
    uint32_t seen, global;

    for (uint32_t i = 0; (global = threads_at(client, space, i, &seen)); i++)
        if (seen == number)
            return number ? global : 0;
    return 0;
}

long threads_set(struct client *client, struct call *call, uint64_t rows, uint32_t count)
{
    uint32_t columns = client_levels(client) + 1;
    size_t bytes = (size_t)count * columns * sizeof(*threads.rows);
    uint32_t *fresh = realloc(threads.rows, bytes ? bytes : 1);

    if (!fresh)
        return -ENOMEM;
    threads.rows = fresh;
    threads.client = client->number;
    threads.count = count;
    threads.columns = columns;
    return copy_in(&client_boot, call, fresh, rows, bytes);
}

long threads_forward(struct client *self, struct call *call)
{
    uint32_t wanted = threads.wanted;

    threads.wanted = 0;
    if (!wanted || call->m.label == VFS_LABEL_MASKED)
        return -EFAULT;
    call->m.w[5] = (unsigned long)call->m.label | (unsigned long)wanted << PROC_NUMBER_BITS;
    return call_forward(call, 0, PROC_LABEL_THREADS);
}

long threads_run(struct client *self, struct call *call)
{
    long outcome;

    call->m.label = (long)(call->m.w[5] & ((1UL << PROC_NUMBER_BITS) - 1));
    if (call->m.label >= TINE_ROUTE_CALLS)
        return -ENOSYS;
    threads.known = true;
    outcome = client_call(self, call);
    threads.known = false;
    return outcome;
}
