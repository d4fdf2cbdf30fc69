/* capget(2), capset(2): versions 1 to 3 of the header, for the process itself (capget also for others). */
#include "servers/proc/credcalls.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>

/* How many 32-bit parts the version has: 1 or 2; 0 if it is unknown. */
static unsigned capability_parts(uint32_t version)
{
    switch (version) {
    case _LINUX_CAPABILITY_VERSION_1:
        return _LINUX_CAPABILITY_U32S_1;
    case _LINUX_CAPABILITY_VERSION_2:
    case _LINUX_CAPABILITY_VERSION_3:
        return _LINUX_CAPABILITY_U32S_3;
    default:
        return 0;
    }
}

/* Reads the header. An unknown version is answered in place with the preferred one, and -EINVAL. */
static long capability_header(struct thread *self, uint64_t addr, struct __user_cap_header_struct *header,
                              unsigned *parts)
{
    uint32_t preferred = _LINUX_CAPABILITY_VERSION_3;

    if (user_read(self->process, addr, header, sizeof(*header)))
        return -EFAULT;
    *parts = capability_parts(header->version);
    if (*parts)
        return 0;
    return user_write(self->process, addr, &preferred, sizeof(preferred)) ? -EFAULT : -EINVAL;
}

long sys_capget(struct thread *self, struct call *call)
{
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    const struct process *process = self->process;
    unsigned parts;
    long err = capability_header(self, call->m.w[0], &header, &parts);

    if (err)
        return err == -EINVAL && !call->m.w[1] ? 0 : err;
    if (header.pid < 0)
        return -EINVAL;
    if (header.pid)
        process = process_named(self->process, (uint32_t)header.pid);
    if (!process)
        return -ESRCH;
    for (unsigned i = 0; i < parts; i++) {
        data[i].effective = (uint32_t)(process->cred->effective >> 32 * i);
        data[i].permitted = (uint32_t)(process->cred->permitted >> 32 * i);
        data[i].inheritable = (uint32_t)(process->cred->inheritable >> 32 * i);
    }
    return user_write(self->process, call->m.w[1], data, parts * sizeof(data[0]));
}

/* capabilities(7), "Programmatically adjusting capability sets". */
static bool capset_allowed(const struct cred *old, const struct cred *fresh)
{
    uint64_t setpcap = old->effective & ((uint64_t)1 << CAP_SETPCAP);

    if (fresh->inheritable & ~(old->inheritable | (setpcap ? old->bounding : old->permitted)))
        return false;
    return !(fresh->permitted & ~old->permitted) && !(fresh->effective & ~fresh->permitted);
}

/* What is asked for beyond the last capability is ignored, as in Linux. */
static uint64_t known(uint32_t low, uint32_t high)
{
    return (low | (uint64_t)high << 32) & CAP_ALL;
}

long sys_capset(struct thread *self, struct call *call)
{
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
    struct cred *fresh;
    unsigned parts;
    long err = capability_header(self, call->m.w[0], &header, &parts);

    if (err)
        return err;
    if (header.pid && (uint32_t)header.pid != process_number(self->process, self->process))
        return -EPERM;
    if (user_read(self->process, call->m.w[1], data, parts * sizeof(data[0])))
        return -EFAULT;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    fresh->effective = known(data[0].effective, data[1].effective);
    fresh->permitted = known(data[0].permitted, data[1].permitted);
    fresh->inheritable = known(data[0].inheritable, data[1].inheritable);
    if (!capset_allowed(self->process->cred, fresh)) {
        cred_put(fresh);
        return -EPERM;
    }
    fresh->ambient &= fresh->permitted & fresh->inheritable;
    return cred_install(self->process, fresh);
}
