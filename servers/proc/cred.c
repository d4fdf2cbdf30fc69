/*
 * Credentials: cred_root, cred_exec, cred_may_signal, and the set*id family. Every change makes a copy, changes it and
 * installs it (cred_install), so that a failure leaves everything as it was.
 */
#include "servers/proc/cred.h"
#include "servers/proc/cache.h"
#include "servers/proc/credcalls.h"
#include "servers/proc/process.h"
#include "servers/proc/session.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/vfs.h"
#include <asm/signal.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <linux/stat.h>
#include <string.h>

#define CAP_ALL (((uint64_t)1 << (CAP_LAST_CAP + 1)) - 1)
#define CAP_BIT(c) ((uint64_t)1 << (c))
/* What counts for files follows the fsuid: credentials(7). */
#define CAP_FILES \
    (CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_DAC_READ_SEARCH) | \
     CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_LINUX_IMMUTABLE) | CAP_BIT(CAP_MAC_OVERRIDE))

static struct cache creds = CACHE(struct cred, 8);

struct cred *cred_root(void)
{
    struct cred *cred = cache_take(&creds);

    if (!cred)
        return NULL;
    memset(cred, 0, sizeof(*cred));
    cred->refs = 1;
    cred->user = namespace_get(&user_first);
    cred->permitted = cred->effective = cred->bounding = CAP_ALL;
    return cred;
}

void cred_put(struct cred *cred)
{
    if (--cred->refs)
        return;
    namespace_put(cred->user);
    cache_give(&creds, cred);
}

bool cred_capable(const struct process *process, unsigned capability)
{
    return cred_capable_in(process, &user_first, capability);
}

bool cred_capable_in(const struct process *process, const struct namespace *user, unsigned capability)
{
    return process->cred->user == user && (process->cred->effective & CAP_BIT(capability)) != 0;
}

void cred_words(const struct cred *cred, uint64_t w[4])
{
    w[0] = cred->uid;
    w[1] = cred->euid;
    w[2] = cred->gid;
    w[3] = cred->egid;
}

bool cred_may_signal(const struct process *from, const struct process *to, int sig)
{
    const struct cred *f = from->cred, *t = to->cred;

    if (f == t || f->euid == t->suid || f->euid == t->uid || f->uid == t->suid || f->uid == t->uid)
        return true;
    return cred_capable(from, CAP_KILL) || (sig == SIGCONT && process_sid(from) == process_sid(to));
}

/* ---- changing ---------------------------------------------------------------------------------------------------- */

struct cred *cred_copy(const struct process *process)
{
    struct cred *copy = cache_take(&creds);

    if (copy) {
        *copy = *process->cred;
        copy->refs = 1;
        namespace_get(copy->user);
    }
    return copy;
}

static long vfs_follow(const struct process *process, const struct cred *cred)
{
    struct vfs_cred v = { .uid = cred->uid,
                          .euid = cred->euid,
                          .fsuid = cred->fsuid,
                          .gid = cred->gid,
                          .egid = cred->egid,
                          .fsgid = cred->fsgid,
                          .override = (cred->effective & CAP_BIT(CAP_DAC_OVERRIDE)) != 0,
                          .ngroups = cred->ngroups };

    memcpy(v.groups, cred->groups, sizeof(v.groups));
    return vfs_cred(PROC_VFS, process->pid, &v);
}

long cred_install(struct process *process, struct cred *fresh)
{
    uint64_t w[4];
    struct thread *thread;
    long err = vfs_follow(process, fresh);

    if (err) {
        cred_put(fresh);
        return err;
    }

    cred_put(process->cred);
    process->cred = fresh;
    cred_words(fresh, w);
    LIST_FOREACH(thread, &process->threads, sibling)
        tine_thread_words(thread->cap, LINUX_WORD_UID, 4, w);
    return 0;
}

/* What a change of user ids does to capabilities: capabilities(7), "Effect of user ID changes". */
static void capabilities_follow(struct cred *fresh, const struct cred *old)
{
    bool had_root = !old->uid || !old->euid || !old->suid;
    bool has_root = !fresh->uid || !fresh->euid || !fresh->suid;

    if (fresh->securebits & SECBIT_NO_SETUID_FIXUP)
        return;
    if (had_root && !has_root) {
        if (!(fresh->securebits & SECBIT_KEEP_CAPS))
            fresh->permitted = 0;
        fresh->effective = fresh->ambient = 0;
    }
    if (!old->euid && fresh->euid)
        fresh->effective = 0;
    if (old->euid && !fresh->euid)
        fresh->effective = fresh->permitted;
}

static long install_uids(struct process *process, struct cred *fresh)
{
    fresh->fsuid = fresh->euid;
    capabilities_follow(fresh, process->cred);
    return cred_install(process, fresh);
}

static long install_gids(struct process *process, struct cred *fresh)
{
    fresh->fsgid = fresh->egid;
    return cred_install(process, fresh);
}

/* ---- exec -------------------------------------------------------------------------------------------------------- */

static void exec_ids(struct cred *fresh, uint32_t mode, uint32_t uid, uint32_t gid)
{
    if (!fresh->no_new_privs) {
        if (mode & S_ISUID)
            fresh->euid = uid;
        if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
            fresh->egid = gid;
    }
    fresh->suid = fresh->fsuid = fresh->euid;
    fresh->sgid = fresh->fsgid = fresh->egid;
}

static void exec_capabilities(struct cred *fresh)
{
    bool root = !(fresh->securebits & SECBIT_NOROOT) && (!fresh->uid || !fresh->euid);

    fresh->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
    fresh->permitted = root ? fresh->inheritable | fresh->bounding : fresh->ambient;
    fresh->effective = root && fresh->euid ? 0 : fresh->permitted;
}

/* The usual exec changes nothing: seen without making a copy. */
static bool exec_changes(const struct cred *c, uint32_t mode)
{
    bool root = !c->uid;
    uint64_t permitted = root ? c->inheritable | c->bounding : c->ambient;

    return (mode & (S_ISUID | S_ISGID)) || c->uid != c->euid || c->suid != c->euid || c->fsuid != c->euid ||
           c->sgid != c->egid || c->fsgid != c->egid || c->securebits || c->permitted != permitted ||
           c->effective != permitted;
}

long cred_exec(struct process *process, uint32_t mode, uint32_t uid, uint32_t gid, bool *secure)
{
    const struct cred *old = process->cred;
    struct cred *fresh;

    *secure = old->gid != old->egid;
    if (!exec_changes(old, mode))
        return 0;
    fresh = cred_copy(process);
    if (!fresh)
        return -ENOMEM;
    exec_ids(fresh, mode, uid, gid);
    exec_capabilities(fresh);
    *secure = fresh->uid != fresh->euid || fresh->gid != fresh->egid;
    return cred_install(process, fresh);
}

/* ---- setuid(2) and its family ------------------------------------------------------------------------------------ */

#define KEEP ((uint32_t)-1)

static bool uid_known(const struct cred *c, uint32_t id)
{
    return id == KEEP || id == c->uid || id == c->euid || id == c->suid;
}

static bool gid_known(const struct cred *c, uint32_t id)
{
    return id == KEEP || id == c->gid || id == c->egid || id == c->sgid;
}

static void set_unless_kept(uint32_t *id, uint32_t value)
{
    if (value != KEEP)
        *id = value;
}

long sys_setuid(struct thread *self, struct call *call)
{
    uint32_t id = (uint32_t)call->m.w[0];
    const struct cred *old = self->process->cred;
    bool capable = cred_capable(self->process, CAP_SETUID);
    struct cred *fresh;

    if (id == KEEP)
        return -EINVAL;
    if (!capable && id != old->uid && id != old->suid)
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    if (capable)
        fresh->uid = fresh->suid = id;
    fresh->euid = id;
    return install_uids(self->process, fresh);
}

long sys_setgid(struct thread *self, struct call *call)
{
    uint32_t id = (uint32_t)call->m.w[0];
    const struct cred *old = self->process->cred;
    bool capable = cred_capable(self->process, CAP_SETGID);
    struct cred *fresh;

    if (id == KEEP)
        return -EINVAL;
    if (!capable && id != old->gid && id != old->sgid)
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    if (capable)
        fresh->gid = fresh->sgid = id;
    fresh->egid = id;
    return install_gids(self->process, fresh);
}

long sys_setreuid(struct thread *self, struct call *call)
{
    uint32_t uid = (uint32_t)call->m.w[0], euid = (uint32_t)call->m.w[1];
    const struct cred *old = self->process->cred;
    struct cred *fresh;

    if (!cred_capable(self->process, CAP_SETUID) &&
        ((uid != KEEP && uid != old->uid && uid != old->euid) || !uid_known(old, euid)))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->uid, uid);
    set_unless_kept(&fresh->euid, euid);
    if (uid != KEEP || (euid != KEEP && euid != old->uid))
        fresh->suid = fresh->euid;
    return install_uids(self->process, fresh);
}

long sys_setregid(struct thread *self, struct call *call)
{
    uint32_t gid = (uint32_t)call->m.w[0], egid = (uint32_t)call->m.w[1];
    const struct cred *old = self->process->cred;
    struct cred *fresh;

    if (!cred_capable(self->process, CAP_SETGID) &&
        ((gid != KEEP && gid != old->gid && gid != old->egid) || !gid_known(old, egid)))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->gid, gid);
    set_unless_kept(&fresh->egid, egid);
    if (gid != KEEP || (egid != KEEP && egid != old->gid))
        fresh->sgid = fresh->egid;
    return install_gids(self->process, fresh);
}

long sys_setresuid(struct thread *self, struct call *call)
{
    uint32_t uid = (uint32_t)call->m.w[0], euid = (uint32_t)call->m.w[1], suid = (uint32_t)call->m.w[2];
    const struct cred *old = self->process->cred;
    struct cred *fresh;

    if (!cred_capable(self->process, CAP_SETUID) &&
        !(uid_known(old, uid) && uid_known(old, euid) && uid_known(old, suid)))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->uid, uid);
    set_unless_kept(&fresh->euid, euid);
    set_unless_kept(&fresh->suid, suid);
    return install_uids(self->process, fresh);
}

long sys_setresgid(struct thread *self, struct call *call)
{
    uint32_t gid = (uint32_t)call->m.w[0], egid = (uint32_t)call->m.w[1], sgid = (uint32_t)call->m.w[2];
    const struct cred *old = self->process->cred;
    struct cred *fresh;

    if (!cred_capable(self->process, CAP_SETGID) &&
        !(gid_known(old, gid) && gid_known(old, egid) && gid_known(old, sgid)))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->gid, gid);
    set_unless_kept(&fresh->egid, egid);
    set_unless_kept(&fresh->sgid, sgid);
    return install_gids(self->process, fresh);
}

/* The answer is the former fsuid, also when nothing changes: setfsuid(2). */
long sys_setfsuid(struct thread *self, struct call *call)
{
    uint32_t id = (uint32_t)call->m.w[0], before = self->process->cred->fsuid;
    const struct cred *old = self->process->cred;
    bool allowed = cred_capable(self->process, CAP_SETUID) || id == before || uid_known(old, id);
    struct cred *fresh = id != KEEP && id != before && allowed ? cred_copy(self->process) : NULL;

    if (!fresh)
        return before;
    fresh->fsuid = id;
    if (!before && id)
        fresh->effective &= ~CAP_FILES;
    if (before && !id)
        fresh->effective |= fresh->permitted & CAP_FILES;
    cred_install(self->process, fresh);
    return before;
}

long sys_setfsgid(struct thread *self, struct call *call)
{
    uint32_t id = (uint32_t)call->m.w[0], before = self->process->cred->fsgid;
    const struct cred *old = self->process->cred;
    bool allowed = cred_capable(self->process, CAP_SETGID) || id == before || gid_known(old, id);
    struct cred *fresh = id != KEEP && id != before && allowed ? cred_copy(self->process) : NULL;

    if (!fresh)
        return before;
    fresh->fsgid = id;
    cred_install(self->process, fresh);
    return before;
}

static long report_ids(struct thread *self, struct call *call, const uint32_t ids[3])
{
    for (int i = 0; i < 3; i++)
        if (user_write(self->process, call->m.w[i], &ids[i], sizeof(ids[i])))
            return -EFAULT;
    return 0;
}

long sys_getresuid(struct thread *self, struct call *call)
{
    const struct cred *c = self->process->cred;

    return report_ids(self, call, (uint32_t[]){ c->uid, c->euid, c->suid });
}

long sys_getresgid(struct thread *self, struct call *call)
{
    const struct cred *c = self->process->cred;

    return report_ids(self, call, (uint32_t[]){ c->gid, c->egid, c->sgid });
}

long sys_getgroups(struct thread *self, struct call *call)
{
    const struct cred *c = self->process->cred;
    int room = (int)call->m.w[0];

    if (room < 0 || (room && (unsigned)room < c->ngroups))
        return -EINVAL;
    if (room && user_write(self->process, call->m.w[1], c->groups, c->ngroups * sizeof(c->groups[0])))
        return -EFAULT;
    return c->ngroups;
}

/* More groups than CRED_GROUPS: EINVAL, as from a Linux whose NGROUPS_MAX is that. */
long sys_setgroups(struct thread *self, struct call *call)
{
    unsigned long n = (unsigned)call->m.w[0];
    struct cred *fresh;

    if (!cred_capable(self->process, CAP_SETGID))
        return -EPERM;
    if (n > CRED_GROUPS)
        return -EINVAL;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    if (user_read(self->process, call->m.w[1], fresh->groups, n * sizeof(fresh->groups[0]))) {
        cred_put(fresh);
        return -EFAULT;
    }
    fresh->ngroups = (uint32_t)n;
    return cred_install(self->process, fresh);
}

/* ---- from outside: embryo.c -------------------------------------------------------------------------------------- */

long cred_give(struct process *process, const struct process *giver, uint32_t uid, uint32_t gid)
{
    bool any_gid = cred_capable(giver, CAP_SETGID);
    struct cred *fresh;

    if ((!uid_known(giver->cred, uid) && !cred_capable(giver, CAP_SETUID)) ||
        (!gid_known(giver->cred, gid) && !any_gid))
        return -EPERM;
    fresh = cred_copy(process);
    if (!fresh)
        return -ENOMEM;
    if (gid != KEEP) {
        fresh->gid = fresh->egid = fresh->sgid = fresh->fsgid = gid;
        fresh->ngroups = any_gid ? 0 : fresh->ngroups;
    }
    if (uid != KEEP)
        fresh->uid = fresh->euid = fresh->suid = uid;
    return install_uids(process, fresh);
}
