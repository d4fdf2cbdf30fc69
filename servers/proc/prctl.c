/* prctl(2) and personality(2): a function for each group of options; what is unknown is EINVAL, as in Linux. */
#include "servers/proc/cred.h"
#include "servers/proc/credcalls.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <string.h>

#define TIMERSLACK_DEFAULT_NS 50000
#define PERSONALITY_QUERY 0xffffffffUL

/* ---- names ------------------------------------------------------------------------------------------------------- */

static long set_name(struct thread *self, uint64_t addr)
{
    char name[COMM_BYTES] = { 0 };
    long length = user_read_string(self->process, addr, name, sizeof(name));

    if (length == -EFAULT)
        return -EFAULT;
    name[COMM_BYTES - 1] = 0;
    thread_rename(self, name);
    return 0;
}

static long prctl_name(struct thread *self, int option, uint64_t addr)
{
    if (option == PR_SET_NAME)
        return set_name(self, addr);
    return user_write(self->process, addr, self->comm, sizeof(self->comm));
}

/* ---- what the process is ----------------------------------------------------------------------------------------- */

static long write_int(struct thread *self, uint64_t addr, int32_t value)
{
    return user_write(self->process, addr, &value, sizeof(value));
}

static long prctl_process(struct thread *self, int option, uint64_t arg)
{
    struct process *process = self->process;

    switch (option) {
    case PR_SET_PDEATHSIG:
        if (arg > SIGNALS)
            return -EINVAL;
        process->death_signal = (uint8_t)arg;
        return 0;
    case PR_GET_PDEATHSIG:
        return write_int(self, arg, process->death_signal);
    case PR_SET_DUMPABLE:
        if (arg > 1)
            return -EINVAL;
        process->not_dumpable = !arg;
        return 0;
    case PR_GET_DUMPABLE:
        return !process->not_dumpable;
    case PR_SET_CHILD_SUBREAPER:
        process->subreaper = arg != 0;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return write_int(self, arg, process->subreaper);
    case PR_SET_TIMERSLACK:
        process->attributes.timerslack_ns = arg > UINT32_MAX ? UINT32_MAX : (uint32_t)arg;
        return 0;
    default: /* PR_GET_TIMERSLACK */
        return process->attributes.timerslack_ns ? process->attributes.timerslack_ns : TIMERSLACK_DEFAULT_NS;
    }
}

/* ---- credentials ------------------------------------------------------------------------------------------------- */

static bool capability_valid(uint64_t capability)
{
    return capability <= CAP_LAST_CAP;
}

static long set_securebits(struct thread *self, uint32_t bits)
{
    struct cred *fresh = cred_copy(self->process);

    if (!fresh)
        return -ENOMEM;
    fresh->securebits = bits;
    return cred_install(self->process, fresh);
}

static long drop_bounding(struct thread *self, uint64_t capability)
{
    struct cred *fresh;

    if (!cred_capable_own(self->process, CAP_SETPCAP))
        return -EPERM;
    if (!capability_valid(capability))
        return -EINVAL;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    fresh->bounding &= ~((uint64_t)1 << capability);
    return cred_install(self->process, fresh);
}

static long set_no_new_privs(struct thread *self)
{
    struct cred *fresh;

    if (self->process->cred->no_new_privs)
        return 0;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    fresh->no_new_privs = true;
    return cred_install(self->process, fresh);
}

static long keep_capabilities(struct thread *self, uint64_t keep)
{
    uint32_t bits = self->process->cred->securebits;

    if (keep > 1)
        return -EINVAL;
    if (bits & SECBIT_KEEP_CAPS_LOCKED)
        return -EPERM;
    return set_securebits(self, keep ? bits | SECBIT_KEEP_CAPS : bits & ~(uint32_t)SECBIT_KEEP_CAPS);
}

static long change_securebits(struct thread *self, uint64_t bits)
{
    uint32_t old = self->process->cred->securebits, locked = (old & SECURE_ALL_LOCKS) >> 1;

    if (!cred_capable_own(self->process, CAP_SETPCAP) || ((old ^ bits) & locked) || (old & SECURE_ALL_LOCKS & ~bits) ||
        (bits & ~(uint64_t)(SECURE_ALL_BITS | SECURE_ALL_LOCKS)))
        return -EPERM;
    return set_securebits(self, (uint32_t)bits);
}

static long ambient(struct thread *self, uint64_t what, uint64_t capability)
{
    const struct cred *old = self->process->cred;
    uint64_t bit = capability_valid(capability) ? (uint64_t)1 << capability : 0;
    struct cred *fresh;

    if (what == PR_CAP_AMBIENT_CLEAR_ALL ? capability != 0 : !bit)
        return -EINVAL;
    if (what == PR_CAP_AMBIENT_IS_SET)
        return (old->ambient & bit) != 0;
    if (what == PR_CAP_AMBIENT_RAISE &&
        (!(old->permitted & old->inheritable & bit) || (old->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)))
        return -EPERM;
    if (what != PR_CAP_AMBIENT_RAISE && what != PR_CAP_AMBIENT_LOWER && what != PR_CAP_AMBIENT_CLEAR_ALL)
        return -EINVAL;
    fresh = cred_copy(self->process);
    if (!fresh)
        return -ENOMEM;
    if (what == PR_CAP_AMBIENT_RAISE)
        fresh->ambient |= bit;
    else
        fresh->ambient &= what == PR_CAP_AMBIENT_LOWER ? ~bit : 0;
    return cred_install(self->process, fresh);
}

static long prctl_cred(struct thread *self, int option, const unsigned long *arg)
{
    const struct cred *cred = self->process->cred;

    switch (option) {
    case PR_SET_KEEPCAPS:
        return keep_capabilities(self, arg[1]);
    case PR_GET_KEEPCAPS:
        return (cred->securebits & SECBIT_KEEP_CAPS) != 0;
    case PR_SET_NO_NEW_PRIVS:
        return arg[1] != 1 || arg[2] || arg[3] || arg[4] ? -EINVAL : set_no_new_privs(self);
    case PR_GET_NO_NEW_PRIVS:
        return arg[1] || arg[2] || arg[3] || arg[4] ? -EINVAL : cred->no_new_privs;
    case PR_CAPBSET_READ:
        return capability_valid(arg[1]) ? (cred->bounding >> arg[1] & 1) != 0 : -EINVAL;
    case PR_CAPBSET_DROP:
        return drop_bounding(self, arg[1]);
    case PR_SET_SECUREBITS:
        return change_securebits(self, arg[1]);
    case PR_GET_SECUREBITS:
        return cred->securebits;
    default: /* PR_CAP_AMBIENT */
        return ambient(self, arg[1], arg[2]);
    }
}

/* ---- Tine's own: docs/strategies.md ------------------------------------------------------------------------------ */

static long prctl_fork(struct thread *self, int option, unsigned long setting, long value)
{
    struct fork_choice *choice = &self->process->attributes.fork;

    if (option == PR_TINE_FORK_SET)
        return choice_set(choice, setting, value);
    return setting < TINE_FORK_SETTINGS ? (long)choice_get(choice, (enum tine_fork_setting)setting) : -EINVAL;
}

/* PR_SET_THP_DISABLE: what TINE_FORK_HUGE says with more words. */
static long prctl_huge(struct thread *self, const unsigned long w[6])
{
    if (w[2] || w[3] || w[4])
        return -EINVAL;
    return choice_set(&self->process->attributes.fork, TINE_FORK_HUGE, w[1] ? TINE_HUGE_NEVER : TINE_FORK_DEFAULT);
}

long sys_prctl(struct thread *self, struct call *call)
{
    int option = (int)call->m.w[0];

    switch (option) {
    case PR_SET_NAME:
    case PR_GET_NAME:
        return prctl_name(self, option, call->m.w[1]);
    case PR_SET_PDEATHSIG:
    case PR_GET_PDEATHSIG:
    case PR_SET_DUMPABLE:
    case PR_GET_DUMPABLE:
    case PR_SET_CHILD_SUBREAPER:
    case PR_GET_CHILD_SUBREAPER:
    case PR_SET_TIMERSLACK:
    case PR_GET_TIMERSLACK:
        return prctl_process(self, option, call->m.w[1]);
    case PR_SET_KEEPCAPS:
    case PR_GET_KEEPCAPS:
    case PR_SET_NO_NEW_PRIVS:
    case PR_GET_NO_NEW_PRIVS:
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
    case PR_SET_SECUREBITS:
    case PR_GET_SECUREBITS:
    case PR_CAP_AMBIENT:
        return prctl_cred(self, option, call->m.w);
    case PR_SET_THP_DISABLE:
        return prctl_huge(self, call->m.w);
    case PR_GET_THP_DISABLE:
        return choice_get(&self->process->attributes.fork, TINE_FORK_HUGE) == TINE_HUGE_NEVER;
    case PR_TINE_FORK_SET:
    case PR_TINE_FORK_GET:
        return prctl_fork(self, option, call->m.w[1], (long)call->m.w[2]);
    case PR_GET_SECCOMP:
        return 0;
    case PR_GET_TID_ADDRESS:
        return user_write(self->process, call->m.w[1], &self->clear_child_tid, sizeof(uint64_t));
    default:
        return -EINVAL;
    }
}

long sys_personality(struct thread *self, struct call *call)
{
    struct attributes *attributes = &self->process->attributes;
    uint32_t before = attributes->personality;

    if ((uint32_t)call->m.w[0] != PERSONALITY_QUERY)
        attributes->personality = (uint32_t)call->m.w[0];
    return before;
}
