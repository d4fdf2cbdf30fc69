/* One row per Linux call that is vfs's, made from the protocol's table; unpacking is in each sys_*. */
#include "servers/vfs/syscalls.h"
#include "servers/vfs/file.h"
#include "servers/vfs/part.h"
#include "servers/vfs/threads.h"

typedef long (*sys_function)(struct client *self, struct call *call);

#define LINUX_WORD(name, w)
#define LINUX_PROC(name)
#define LINUX_VFS(name) [__NR_##name] = sys_##name,
#define LINUX(name, owner) LINUX_##owner(name)
static const sys_function table[TINE_ROUTE_CALLS] = {
#include "servers/protocol/linux.def"
};

static long call_other(struct client *client, struct call *call)
{
    if (call->m.label == VFS_LABEL_THREADS)
        return threads_run(client, call);
    return call->m.label == VFS_LABEL_MASKED ? poll_masked(client, call) : -ENOSYS;
}

static inline long client_run(struct client *client, struct call *call)
{
    unsigned long number = (unsigned long)call->m.label;
    sys_function function = number < TINE_ROUTE_CALLS && table[number] ? table[number] : call_other;
    long outcome;

    client->fault_len = 0;
    outcome = function(client, call);
    if (__builtin_expect(outcome == -EFAULT, 0))
        return client->fault_len ? call_fault(call, client->fault_addr, client->fault_prot, client->fault_len)
                                 : threads_forward(client, call);
    return outcome;
}

static long part_call(struct call *call)
{
    struct client *client = part_enter(VFS_BADGE_CLIENT(call->m.badge));
    long outcome;

    if (!client)
        return -ESRCH;
    outcome = client_run(client, call);
    part_leave();
    return outcome;
}

long client_call(struct client *client, struct call *call)
{
    return VFS_BADGE_CLIENT(call->m.badge) == client->number ? client_run(client, call) : part_call(call);
}

long dispatch(struct call *call)
{
    struct client *client = client_find(VFS_BADGE_CLIENT(call->m.badge)); /* number 0 is nobody: proc has no client */
    long outcome;

    if (__builtin_expect(client != NULL, 1))
        outcome = client_run(client, call);
    else if (call->m.badge == VFS_BADGE_PROC)
        outcome = protocol_call(call);
    else
        outcome = part_call(call);
    wait_run();
    return outcome;
}
