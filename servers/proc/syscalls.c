/* From a message to the function that answers it: dispatch, and the tables made from linux.def. */
#include "servers/proc/signalfd.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/frozen.h"
#include "servers/proc/info.h"
#include "servers/proc/pager.h"
#include "servers/proc/process.h"
#include "servers/proc/unshare.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/proc.h"
#include <stdio.h>

typedef long sys_fn(struct thread *self, struct call *call);

#define VFS(name)
#define PROC(name) [__NR_##name] = sys_##name,
#define LINUX(name, owner) owner(name)
#define LINUX_WORD(name, word)
static sys_fn *const table[TINE_ROUTE_CALLS] = {
#include "servers/protocol/linux.def"
};
#undef LINUX_WORD
#undef LINUX
#undef PROC

#define PROC(name) [__NR_##name] = LINUX_ROUTE_PROC,
#undef VFS
#define VFS(name) [__NR_##name] = LINUX_ROUTE_VFS,
#define LINUX(name, owner) owner(name)
#define LINUX_WORD(name, word) [__NR_##name] = word,
/* A number without a row has target 0: it comes here, to be counted. */
static struct tine_route_map map = {
    .target = {
#include "servers/protocol/linux.def"
    },
};
#undef LINUX_WORD
#undef LINUX
#undef VFS
#undef PROC

err_t route_make(cap_t slot, cap_t vfs)
{
    map.endpoint[LINUX_ROUTE_VFS] = vfs;
    map.target[__NR_rt_sigprocmask] |= TINE_ROUTE_FETCH; /* four in the life of a thread, one around each fork */
    return tine_route_create(PROC_USERS, slot, &map);
}

/* ---- calls without a row ----------------------------------------------------------------------------------------- */

uint64_t unknown_calls;
static uint32_t unknown[TINE_ROUTE_CALLS];

static long unknown_call(unsigned long nr)
{
    unknown_calls++;
    if (nr < TINE_ROUTE_CALLS)
        unknown[nr]++;
    return -ENOSYS;
}

size_t unknown_text(char *text, size_t bytes)
{
    size_t length = 0;

    for (unsigned nr = 0; nr < TINE_ROUTE_CALLS && length + 32 < bytes; nr++)
        if (unknown[nr])
            length += (size_t)snprintf(text + length, bytes - length, "%u %u\n", nr, unknown[nr]);
    return length;
}

/* ---- dispatch ---------------------------------------------------------------------------------------------------- */

static long dispatch_event(struct thread *self, struct call *call)
{
    switch (call->m.label) {
    case TINE_ROUTE_FETCHED + __NR_rt_sigprocmask:
        return sigprocmask_fetched(self, call);
    case TINE_LABEL_FAULT:
        return pager_fault(self, call);
    case TINE_LABEL_EXCEPTION:
        return pager_exception(self, call);
    case TINE_LABEL_ATTENTION:
        return signal_attention(self, call);
    case PROC_LABEL_SIGNAL:
        return session_tty_signal(self, call);
    case PROC_LABEL_INFO:
        return info_read(self, call);
    case PROC_LABEL_SET:
        return info_write(self, call);
    case PROC_LABEL_PPOLL:
        return signal_poll_mask(self, call);
    case PROC_LABEL_SIGNALFD:
        return signalfd_read(self, call);
    case PROC_LABEL_NS_IOCTL:
        return namespace_ioctl(self, call);
    case PROC_LABEL_THREADS:
        return task_tell(self, call);
    case PROC_LABEL_RECLAIM:
        return frozen_drop_all() ? RESTARTED : (long)call->m.w[0];
    default:
        return unknown_call((unsigned long)call->m.label);
    }
}

long dispatch(struct call *call)
{
    struct thread *self = thread_by_badge(call->m.badge);
    unsigned long nr = (unsigned long)call->m.label;

    if (__builtin_expect(!self, 0))
        return -ENOSYS; /* nobody's thread: a capability that root keeps */
    if (nr < TINE_ROUTE_CALLS && table[nr])
        return table[nr](self, call);
    return dispatch_event(self, call);
}

long dispatch_failed(struct call *call, err_t err)
{
    return pager_failed(thread_by_badge(call->m.badge), call, err);
}
