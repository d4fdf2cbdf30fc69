/*
 * Credentials: who a process is. Shared copy-on-write (fork takes a reference), changed as a whole for the process and
 * all its threads: their route words (getuid and its like never reach proc) and vfs's copy follow. credentials(7).
 */
#ifndef PROC_CRED_H
#define PROC_CRED_H

#include <stdbool.h>
#include <stdint.h>

struct namespace;
struct process;
struct thread;

/* Needs <linux/capability.h>. */
#define CAP_ALL (((uint64_t)1 << (CAP_LAST_CAP + 1)) - 1)

#define CRED_GROUPS 32

struct cred {
    unsigned refs;
    struct cred *next; /* in the free list */
    struct namespace *user; /* its user namespace: reference, namespace.h */
    uint32_t uid, euid, suid, fsuid;
    uint32_t gid, egid, sgid, fsgid;
    uint64_t permitted, effective, inheritable; /* capabilities(7), one bit each */
    uint64_t bounding, ambient;
    uint32_t securebits;
    bool no_new_privs;
    uint32_t ngroups;
    uint32_t groups[CRED_GROUPS];
};

/* Root's, with every capability: of the first process. *Gives* a reference; NULL if memory is exhausted. */
struct cred *cred_root(void);

static inline struct cred *cred_get(struct cred *cred)
{
    cred->refs++;
    return cred;
}

void cred_put(struct cred *cred);

/* Whether the process has the capability (CAP_*) in its effective set, and over what belongs to the first user namespace. */
bool cred_capable(const struct process *process, unsigned capability);

/* The same over what belongs to its own user namespace. */
bool cred_capable_own(const struct process *process, unsigned capability);

/* The same over what belongs to this user namespace: user_namespaces(7). O(depth of nesting). */
bool cred_capable_in(const struct process *process, const struct namespace *user, unsigned capability);

/*
 * exec of a file with this mode, owner and group: set-user-ID, set-group-ID, and the capability rules of root. Returns
 * 0 or -ENOMEM. *secure: AT_SECURE shall be set. Changes words and vfs's copy if anything changed, and whether the process
 * can be inspected (PR_GET_DUMPABLE) in any case.
 */
long cred_exec(struct process *process, uint32_t mode, uint32_t uid, uint32_t gid, bool *secure);

/* The four route words from LINUX_WORD_UID on: uid, euid, gid, egid. */
void cred_words(const struct cred *cred, uint64_t w[4]);

/* The same of credentials that are nobody's yet. */
bool cred_has_in(const struct cred *cred, const struct namespace *user, unsigned capability);

/* Tells the process's threads and vfs what its credentials say: they, or the maps of its user namespace, are others than
 * before. */
void cred_tell(const struct process *process);

/* Whether `from` may send `to` the signal: kill(2). Also prlimit and setpriority ask here (sig 0). */
bool cred_may_signal(const struct process *from, const struct process *to, int sig);

#endif
