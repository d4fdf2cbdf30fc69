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
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/vfs.h"
#include <asm/signal.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <linux/stat.h>
#include <string.h>

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
    cred->user = namespace_get(&user_first.ns);
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
    return cred_capable_in(process, &user_first.ns, capability);
}

bool cred_capable_own(const struct process *process, unsigned capability)
{
    return (process->cred->effective & CAP_BIT(capability)) != 0;
}

/* user_namespaces(7), "Capabilities", its three rules: in it or below; and the owner, in its parent, has them all. */
bool cred_has_in(const struct cred *cred, const struct namespace *user, unsigned capability)
{
    const struct user_namespace *own = user_namespace_of(cred->user), *at = user_namespace_of(user);

    for (; at != own; at = user_namespace_of(at->ns.parent)) {
        if (at->level <= own->level)
            return false;
        if (at->ns.parent == cred->user && at->owner == cred->euid)
            return true;
    }
    return (cred->effective & CAP_BIT(capability)) != 0;
}

bool cred_capable_in(const struct process *process, const struct namespace *user, unsigned capability)
{
    return cred_has_in(process->cred, user, capability);
}

static uint32_t id_shown(uint32_t id)
{
    return id == ID_NOBODY ? 65534 : id;
}

void cred_words(const struct cred *cred, uint64_t w[4])
{
    const struct user_namespace *user = user_namespace_of(cred->user);

    w[0] = id_shown(id_to(user, &user->uid, cred->uid));
    w[1] = id_shown(id_to(user, &user->uid, cred->euid));
    w[2] = id_shown(id_to(user, &user->gid, cred->gid));
    w[3] = id_shown(id_to(user, &user->gid, cred->egid));
}

bool cred_may_signal(const struct process *from, const struct process *to, int sig)
{
    const struct cred *f = from->cred, *t = to->cred;

    if (f == t || f->euid == t->suid || f->euid == t->uid || f->uid == t->suid || f->uid == t->uid)
        return true;
    return cred_capable_in(from, t->user, CAP_KILL) || (sig == SIGCONT && process_sid(from) == process_sid(to));
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

struct cred *cred_enter(const struct process *process, struct namespace *user)
{
    struct cred *fresh = cred_copy(process);

    if (!fresh)
        return NULL;
    namespace_put(fresh->user);
    fresh->user = namespace_get(user);
    fresh->permitted = fresh->effective = fresh->bounding = CAP_ALL;
    fresh->inheritable = fresh->ambient = 0;
    fresh->securebits = 0;
    return fresh;
}

static uint32_t rights_of(const struct process *process, const struct cred *cred)
{
    return (cred_has_in(cred, &user_first.ns, CAP_DAC_OVERRIDE) ? VFS_MAY_ALL : 0) |
           (cred_has_in(cred, process->set->in[NS_MNT]->owner, CAP_SYS_ADMIN) ? VFS_MAY_MOUNT : 0) |
           (cred_has_in(cred, process->set->in[NS_NET]->owner, CAP_NET_ADMIN) ? VFS_MAY_NET : 0);
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
                          .rights = rights_of(process, cred),
                          .ngroups = cred->ngroups };

    memcpy(v.groups, cred->groups, sizeof(v.groups));
    return vfs_cred(PROC_VFS, process->pid, &v);
}

static void words_follow(const struct process *process)
{
    const struct thread *thread;
    uint64_t w[4];

    cred_words(process->cred, w);
    LIST_FOREACH(thread, &process->threads, sibling)
        tine_thread_words(thread->cap, LINUX_WORD_UID, 4, w);
}

void cred_tell(const struct process *process)
{
    words_follow(process);
    vfs_follow(process, process->cred);
}

/* Whether who had `old` could give itself what `fresh` has: the same namespace and no more capabilities, or a namespace of
 * its own below. */
static bool is_subset(const struct cred *old, const struct cred *fresh)
{
    const struct user_namespace *at = user_namespace_of(fresh->user);

    if (old->user == fresh->user)
        return !(fresh->permitted & ~old->permitted);
    for (; at->level; at = user_namespace_of(at->ns.parent))
        if (at->ns.parent == old->user && at->owner == old->euid)
            return true;
    return false;
}

/* Whether the process becomes another in the eyes of others: what they could do with it before they may not now. */
static bool becomes_another(const struct cred *old, const struct cred *fresh)
{
    return old->euid != fresh->euid || old->egid != fresh->egid || old->fsuid != fresh->fsuid ||
           old->fsgid != fresh->fsgid || !is_subset(old, fresh);
}

/* Linux's commit_creds: prctl(2), PR_SET_DUMPABLE and PR_SET_PDEATHSIG. */
long cred_install(struct process *process, struct cred *fresh)
{
    long err = vfs_follow(process, fresh);

    if (err) {
        cred_put(fresh);
        return err;
    }

    if (becomes_another(process->cred, fresh)) {
        process->not_dumpable = true;
        process->death_signal = 0;
    }
    cred_put(process->cred);
    process->cred = fresh;
    words_follow(process);
    return 0;
}

/* Whether the id is the superuser's of its user namespace. */
static bool is_root(const struct cred *cred, uint32_t uid)
{
    return uid_is_root(cred->user, uid);
}

static bool any_root(const struct cred *cred)
{
    return is_root(cred, cred->uid) || is_root(cred, cred->euid) || is_root(cred, cred->suid);
}

/* What a change of user ids does to capabilities: capabilities(7), "Effect of user ID changes". */
static void capabilities_follow(struct cred *fresh, const struct cred *old)
{
    bool had_root = any_root(old), has_root = any_root(fresh);

    if (fresh->securebits & SECBIT_NO_SETUID_FIXUP)
        return;
    if (had_root && !has_root) {
        if (!(fresh->securebits & SECBIT_KEEP_CAPS))
            fresh->permitted = 0;
        fresh->effective = fresh->ambient = 0;
    }
    if (is_root(old, old->euid) && !is_root(fresh, fresh->euid))
        fresh->effective = 0;
    if (!is_root(old, old->euid) && is_root(fresh, fresh->euid))
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
    const struct user_namespace *user = user_namespace_of(fresh->user);
    bool mapped = id_to(user, &user->uid, uid) != ID_NOBODY && id_to(user, &user->gid, gid) != ID_NOBODY;

    if (!fresh->no_new_privs && mapped) {
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
    bool root = !(fresh->securebits & SECBIT_NOROOT) && (is_root(fresh, fresh->uid) || is_root(fresh, fresh->euid));

    uint64_t had = fresh->permitted;

    fresh->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
    fresh->permitted = root ? fresh->inheritable | fresh->bounding : fresh->ambient;
    if (fresh->no_new_privs)
        fresh->permitted &= had; /* not even root's, who gave them up */
    fresh->effective = root && !is_root(fresh, fresh->euid) ? 0 : fresh->permitted;
}

/* The usual exec changes nothing: seen without making a copy. */
static bool exec_changes(const struct cred *c, uint32_t mode)
{
    bool root = is_root(c, c->uid);
    uint64_t permitted = root ? c->inheritable | c->bounding : c->ambient;

    return (mode & (S_ISUID | S_ISGID)) || c->uid != c->euid || c->suid != c->euid || c->fsuid != c->euid ||
           c->sgid != c->egid || c->fsgid != c->egid || c->securebits || c->permitted != permitted ||
           c->effective != permitted;
}

long cred_exec(struct process *process, uint32_t mode, uint32_t uid, uint32_t gid, bool *secure)
{
    const struct cred *old = process->cred;
    bool differ = old->uid != old->euid || old->gid != old->egid, before = process->not_dumpable;
    struct cred *fresh = NULL;
    long err;

    *secure = old->gid != old->egid;
    if (exec_changes(old, mode) && !(fresh = cred_copy(process)))
        return -ENOMEM;
    process->not_dumpable = differ;
    if (!fresh)
        return 0;
    exec_ids(fresh, mode, uid, gid);
    exec_capabilities(fresh);
    *secure = fresh->uid != fresh->euid || fresh->gid != fresh->egid;
    err = cred_install(process, fresh);
    if (err)
        process->not_dumpable = before;
    return err;
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

/* The ids that the arguments name, -1 for those to be kept. False: one is not mapped. */
static bool ids_meant(const struct process *self, uint32_t (*meant)(const struct process *speaker, uint32_t id),
                      const unsigned long *w, int n, uint32_t *ids)
{
    for (int i = 0; i < n; i++) {
        ids[i] = (uint32_t)w[i] == KEEP ? KEEP : meant(self, (uint32_t)w[i]);
        if (ids[i] == ID_NOBODY && (uint32_t)w[i] != KEEP)
            return false;
    }
    return true;
}

static void set_unless_kept(uint32_t *id, uint32_t value)
{
    if (value != KEEP)
        *id = value;
}

long sys_setuid(struct thread *self, struct call *call)
{
    uint32_t id = uid_meant(self->process, (uint32_t)call->m.w[0]);
    const struct cred *old = self->process->cred;
    bool capable = cred_capable_own(self->process, CAP_SETUID);
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
    uint32_t id = gid_meant(self->process, (uint32_t)call->m.w[0]);
    const struct cred *old = self->process->cred;
    bool capable = cred_capable_own(self->process, CAP_SETGID);
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
    const struct cred *old = self->process->cred;
    struct cred *fresh;
    uint32_t ids[2];

    if (!ids_meant(self->process, uid_meant, call->m.w, 2, ids))
        return -EINVAL;
    if (!cred_capable_own(self->process, CAP_SETUID) &&
        ((ids[0] != KEEP && ids[0] != old->uid && ids[0] != old->euid) || !uid_known(old, ids[1])))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->uid, ids[0]);
    set_unless_kept(&fresh->euid, ids[1]);
    if (ids[0] != KEEP || (ids[1] != KEEP && ids[1] != old->uid))
        fresh->suid = fresh->euid;
    return install_uids(self->process, fresh);
}

long sys_setregid(struct thread *self, struct call *call)
{
    const struct cred *old = self->process->cred;
    struct cred *fresh;
    uint32_t ids[2];

    if (!ids_meant(self->process, gid_meant, call->m.w, 2, ids))
        return -EINVAL;
    if (!cred_capable_own(self->process, CAP_SETGID) &&
        ((ids[0] != KEEP && ids[0] != old->gid && ids[0] != old->egid) || !gid_known(old, ids[1])))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->gid, ids[0]);
    set_unless_kept(&fresh->egid, ids[1]);
    if (ids[0] != KEEP || (ids[1] != KEEP && ids[1] != old->gid))
        fresh->sgid = fresh->egid;
    return install_gids(self->process, fresh);
}

long sys_setresuid(struct thread *self, struct call *call)
{
    const struct cred *old = self->process->cred;
    struct cred *fresh;
    uint32_t ids[3];

    if (!ids_meant(self->process, uid_meant, call->m.w, 3, ids))
        return -EINVAL;
    if (!cred_capable_own(self->process, CAP_SETUID) &&
        !(uid_known(old, ids[0]) && uid_known(old, ids[1]) && uid_known(old, ids[2])))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->uid, ids[0]);
    set_unless_kept(&fresh->euid, ids[1]);
    set_unless_kept(&fresh->suid, ids[2]);
    return install_uids(self->process, fresh);
}

long sys_setresgid(struct thread *self, struct call *call)
{
    const struct cred *old = self->process->cred;
    struct cred *fresh;
    uint32_t ids[3];

    if (!ids_meant(self->process, gid_meant, call->m.w, 3, ids))
        return -EINVAL;
    if (!cred_capable_own(self->process, CAP_SETGID) &&
        !(gid_known(old, ids[0]) && gid_known(old, ids[1]) && gid_known(old, ids[2])))
        return -EPERM;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    set_unless_kept(&fresh->gid, ids[0]);
    set_unless_kept(&fresh->egid, ids[1]);
    set_unless_kept(&fresh->sgid, ids[2]);
    return install_gids(self->process, fresh);
}

/* The answer is the former fsuid, also when nothing changes: setfsuid(2). */
long sys_setfsuid(struct thread *self, struct call *call)
{
    uint32_t id = uid_meant(self->process, (uint32_t)call->m.w[0]), before = self->process->cred->fsuid;
    uint32_t seen = uid_seen(self->process, before);
    const struct cred *old = self->process->cred;
    bool allowed = cred_capable_own(self->process, CAP_SETUID) || id == before || uid_known(old, id);
    struct cred *fresh = id != KEEP && id != before && allowed ? cred_copy(self->process) : NULL;

    if (!fresh)
        return seen;
    fresh->fsuid = id;
    if (is_root(old, before) && !is_root(old, id))
        fresh->effective &= ~CAP_FILES;
    if (!is_root(old, before) && is_root(old, id))
        fresh->effective |= fresh->permitted & CAP_FILES;
    cred_install(self->process, fresh);
    return seen;
}

long sys_setfsgid(struct thread *self, struct call *call)
{
    uint32_t id = gid_meant(self->process, (uint32_t)call->m.w[0]), before = self->process->cred->fsgid;
    uint32_t seen = gid_seen(self->process, before);
    const struct cred *old = self->process->cred;
    bool allowed = cred_capable_own(self->process, CAP_SETGID) || id == before || gid_known(old, id);
    struct cred *fresh = id != KEEP && id != before && allowed ? cred_copy(self->process) : NULL;

    if (!fresh)
        return seen;
    fresh->fsgid = id;
    cred_install(self->process, fresh);
    return seen;
}

static long report_ids(struct thread *self, struct call *call,
                       uint32_t (*seen)(const struct process *reader, uint32_t id), const uint32_t ids[3])
{
    for (int i = 0; i < 3; i++) {
        uint32_t id = seen(self->process, ids[i]);

        if (user_write(self->process, call->m.w[i], &id, sizeof(id)))
            return -EFAULT;
    }
    return 0;
}

long sys_getresuid(struct thread *self, struct call *call)
{
    const struct cred *c = self->process->cred;

    return report_ids(self, call, uid_seen, (uint32_t[]){ c->uid, c->euid, c->suid });
}

long sys_getresgid(struct thread *self, struct call *call)
{
    const struct cred *c = self->process->cred;

    return report_ids(self, call, gid_seen, (uint32_t[]){ c->gid, c->egid, c->sgid });
}

long sys_getgroups(struct thread *self, struct call *call)
{
    const struct cred *c = self->process->cred;
    uint32_t groups[CRED_GROUPS];
    int room = (int)call->m.w[0];

    if (room < 0 || (room && (unsigned)room < c->ngroups))
        return -EINVAL;
    for (unsigned i = 0; i < c->ngroups; i++)
        groups[i] = gid_seen(self->process, c->groups[i]);
    if (room && user_write(self->process, call->m.w[1], groups, c->ngroups * sizeof(groups[0])))
        return -EFAULT;
    return c->ngroups;
}

/* Not before its groups are mapped, nor where /proc/PID/setgroups says so. */
static bool may_setgroups(const struct cred *cred)
{
    const struct user_namespace *user = user_namespace_of(cred->user);

    return !user->level || (user->gid.count && !user->setgroups_denied);
}

static bool groups_meant(const struct process *process, uint32_t *groups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        groups[i] = gid_meant(process, groups[i]);
        if (groups[i] == ID_NOBODY)
            return false;
    }
    return true;
}

/* More groups than CRED_GROUPS: EINVAL, as from a Linux whose NGROUPS_MAX is that. */
long sys_setgroups(struct thread *self, struct call *call)
{
    unsigned long n = (unsigned)call->m.w[0];
    struct cred *fresh;

    if (!cred_capable_own(self->process, CAP_SETGID) || !may_setgroups(self->process->cred))
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
    if (!groups_meant(self->process, fresh->groups, n)) {
        cred_put(fresh);
        return -EINVAL;
    }
    fresh->ngroups = (uint32_t)n;
    return cred_install(self->process, fresh);
}

/* ---- from outside: embryo.c -------------------------------------------------------------------------------------- */

long cred_give(struct process *process, const struct process *giver, uint32_t uid, uint32_t gid)
{
    bool any_gid = cred_capable_own(giver, CAP_SETGID);
    struct cred *fresh;

    if ((!uid_known(giver->cred, uid) && !cred_capable_own(giver, CAP_SETUID)) ||
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
