/* UTS namespaces, and the calls on names: uname(2), sethostname(2), setdomainname(2). */
#include "servers/proc/uts.h"
#include "servers/proc/cache.h"
#include "servers/proc/machine.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <string.h>

static struct cache spaces = CACHE(struct uts_namespace, 8);

static struct uts_namespace *uts_of(struct namespace *ns)
{
    return (struct uts_namespace *)ns;
}

struct uts_namespace *process_uts(const struct process *process)
{
    return uts_of(process_namespace(process, NS_UTS));
}

long uts_make(struct namespace *from, const struct process *maker, struct namespace **fresh)
{
    struct uts_namespace *uts = cache_take(&spaces);

    (void)maker;
    if (!uts)
        return -ENOMEM;
    *uts = *uts_of(from);
    *fresh = &uts->ns;
    return 0;
}

void uts_free(struct namespace *ns)
{
    cache_give(&spaces, uts_of(ns));
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

long sys_uname(struct thread *self, struct call *call)
{
    const struct uts_namespace *uts = process_uts(self->process);
    struct new_utsname names = *machine_names();

    memcpy(names.nodename, uts->nodename, sizeof(names.nodename));
    memcpy(names.domainname, uts->domainname, sizeof(names.domainname));
    return user_write(self->process, call->m.w[0], &names, sizeof(names));
}

static long set_name(struct thread *self, struct call *call, struct uts_namespace *uts, char *name)
{
    int64_t length = (int)call->m.w[1];
    char fresh[__NEW_UTS_LEN + 1] = { 0 };

    if (!cred_capable_in(self->process, uts->ns.owner, CAP_SYS_ADMIN))
        return -EPERM;
    if (length < 0 || length > __NEW_UTS_LEN)
        return -EINVAL;
    if (user_read(self->process, call->m.w[0], fresh, (size_t)length))
        return -EFAULT;
    memcpy(name, fresh, sizeof(fresh));
    return 0;
}

long sys_sethostname(struct thread *self, struct call *call)
{
    struct uts_namespace *uts = process_uts(self->process);

    return set_name(self, call, uts, uts->nodename);
}

long sys_setdomainname(struct thread *self, struct call *call)
{
    struct uts_namespace *uts = process_uts(self->process);

    return set_name(self, call, uts, uts->domainname);
}
