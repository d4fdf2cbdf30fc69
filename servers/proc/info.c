/*
 * Answers reads of /proc: finds the process, checks, makes the text or copies the strings that lie in the process's own
 * memory, and moves the descriptor on.
 *
 * A text is made when it is read from its beginning, and kept for the reads that continue it: so a reader with a small
 * buffer gets one state and not several.
 */
#include "servers/proc/info.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/machine.h"
#include "servers/proc/oom.h"
#include "servers/proc/user_namespace.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

static struct text text;
static struct {
    uint32_t reader;
    uint64_t of; /* process and thread, as in PROC_LABEL_INFO */
    enum proc_info info;
} kept;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool may_inspect(const struct process *reader, const struct process *process)
{
    const struct cred *from = reader->cred, *to = process->cred;

    if (reader == process || cred_capable_in(reader, to->user, CAP_SYS_PTRACE))
        return true;
    return from->user == to->user && from->fsuid == to->uid && from->fsuid == to->euid && from->fsuid == to->suid && from->fsgid == to->gid &&
           from->fsgid == to->egid && from->fsgid == to->sgid && !process->not_dumpable;
}

static bool is_private(enum proc_info info)
{
    return info == PROC_INFO_ENVIRON || info == PROC_INFO_MAPS || info == PROC_INFO_SMAPS || info == PROC_INFO_AUXV;
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

/* n bytes are in the reader's buffer. */
static long advance(const struct thread *self, int fd, long n)
{
    if (n > 0 && fd >= 0)
        vfs_advance(PROC_VFS, self->client, fd, (uint64_t)n);
    return n;
}

static long answer_text(struct thread *self, const struct call *call)
{
    uint64_t offset = call->m.w[2];
    size_t n;

    if (text.failed)
        return -ENOMEM;
    if (offset >= text.len)
        return 0;
    n = smaller(call->m.w[4], text.len - offset);
    if (user_write(self->process, call->m.w[3], text.bytes + offset, n))
        return -EFAULT;
    return advance(self, (int)call->m.w[5], (long)n);
}

/* ---- strings in the memory of the process: cmdline, environ, auxv ------------------------------------------------ */

/* What lies in [start, end) of the process, which may be gone from there: then what comes before it. */
static long answer_memory(struct thread *self, const struct call *call, struct process *process, uint64_t start,
                          uint64_t end)
{
    static char chunk[TINE_PAGE_SIZE];
    uint64_t offset = call->m.w[2], left = call->m.w[4];
    long done = 0;

    if (offset >= end - start)
        return 0;
    start += offset;
    while (left && start < end) {
        size_t n = smaller(smaller(left, end - start), sizeof(chunk));

        if (user_read(process, start, chunk, n))
            break;
        if (user_write(self->process, call->m.w[3] + (uint64_t)done, chunk, n))
            return done ? advance(self, (int)call->m.w[5], done) : -EFAULT;
        start += n;
        left -= n;
        done += (long)n;
    }
    return advance(self, (int)call->m.w[5], done);
}

/* A program may put a title of its own over its arguments, and on into the environment: then up to its end. */
static long answer_cmdline(struct thread *self, const struct call *call, struct process *process)
{
    const struct space *space = process->space;
    uint64_t end = space->arg_end;
    char last = 0, title[1024];
    long len;

    if (space->arg_start >= end)
        return 0;
    if (!user_read(process, end - 1, &last, 1) && last) {
        len = user_read_string(process, space->arg_start, title, sizeof(title));
        end = space->arg_start + (len >= 0 ? (size_t)len + 1 : sizeof(title));
    }
    return answer_memory(self, call, process, space->arg_start, end);
}

static long answer_strings(struct thread *self, const struct call *call, struct process *process)
{
    const struct space *space = process->space;

    if (!space)
        return 0;
    if (call->m.w[0] == PROC_INFO_CMDLINE)
        return answer_cmdline(self, call, process);
    if (call->m.w[0] == PROC_INFO_ENVIRON)
        return answer_memory(self, call, process, space->env_start, space->env_end);
    return answer_memory(self, call, process, space->auxv_start, space->auxv_end);
}

/* ---- the door ---------------------------------------------------------------------------------------------------- */

static bool is_kept(const struct thread *self, const struct call *call)
{
    return call->m.w[2] && kept.reader == self->tid && kept.info == (enum proc_info)call->m.w[0] &&
           kept.of == call->m.w[1];
}

/* Of the process, or of one of its threads; NULL, NULL: of the system. */
static bool make(const struct thread *self, const struct call *call, const struct process *process,
                 const struct thread *thread)
{
    enum proc_info info = (enum proc_info)call->m.w[0];

    text_clear(&text);
    kept.reader = self->tid;
    kept.of = call->m.w[1];
    kept.info = info;
    if (thread)
        return info_thread(&text, info, self, thread);
    return process ? info_process(&text, info, self, process) : info_system(&text, info, self);
}

static bool is_cgroup(enum proc_info info)
{
    return info >= PROC_INFO_CG_PROCS && info <= PROC_INFO_CG_PIDS_EVENTS;
}

static bool make_cgroup(const struct thread *self, enum proc_info info, uint32_t id)
{
    text_clear(&text);
    kept.reader = self->tid;
    kept.of = id;
    kept.info = info;
    return cgroup_text(&text, info, self, id);
}

/* NULL: the process has no such thread. */
static struct thread *thread_of_process(const struct process *process, uint32_t tid)
{
    struct thread *thread = thread_by_tid(tid);

    return thread && thread->process == process ? thread : NULL;
}

long info_read(struct thread *self, struct call *call)
{
    enum proc_info info = (enum proc_info)call->m.w[0];
    uint32_t pid = (uint32_t)call->m.w[1], tid = (uint32_t)(call->m.w[1] >> 32);
    struct process *process = pid && !is_cgroup(info) ? process_by_pid(pid) : NULL;
    const struct thread *thread = process && tid ? thread_of_process(process, tid) : NULL;

    if (is_cgroup(info))
        return is_kept(self, call) || make_cgroup(self, info, pid) ? answer_text(self, call) : -ENODEV;
    if ((pid && !process) || (tid && !thread))
        return -ESRCH;
    if (process && is_private(info) && !may_inspect(self->process, process))
        return -EACCES;
    if (process && (info == PROC_INFO_CMDLINE || info == PROC_INFO_ENVIRON || info == PROC_INFO_AUXV))
        return answer_strings(self, call, process);
    if (!is_kept(self, call) && !make(self, call, process, thread))
        return -EINVAL;
    return answer_text(self, call);
}

/* ---- what can be written: how fork copies memory, and the end of the machine -------------------------------------- */

/* A map of ids, or "allow" and "deny". */
static long write_map(const struct thread *self, const struct call *call)
{
    static char line[TINE_PAGE_SIZE];
    const struct process *process = process_by_pid((uint32_t)call->m.w[1]);
    enum proc_info info = (enum proc_info)call->m.w[0];
    size_t bytes = call->m.w[4];

    if (!process || process_dead(process))
        return -ESRCH;
    if (call->m.w[2] || bytes >= sizeof(line))
        return -EINVAL;
    if (user_read(self->process, call->m.w[3], line, bytes))
        return -EFAULT;
    return info == PROC_INFO_SETGROUPS ? user_setgroups_write(self, process, line, bytes)
                                       : user_map_write(self, process, info == PROC_INFO_GID_MAP, line, bytes);
}

static bool is_map(enum proc_info info)
{
    return info == PROC_INFO_UID_MAP || info == PROC_INFO_GID_MAP || info == PROC_INFO_SETGROUPS;
}

static bool is_choice(enum proc_info info)
{
    return info >= PROC_INFO_FORK_STRATEGY && info <= PROC_INFO_FORK_HUGE;
}

static enum tine_fork_setting setting_of(enum proc_info info)
{
    return (enum tine_fork_setting)(info - PROC_INFO_FORK_STRATEGY);
}

bool info_choice(struct text *to, enum proc_info info, const struct fork_choice *choice)
{
    char line[CHOICE_TEXT];

    if (!is_choice(info))
        return false;
    choice_print(choice, setting_of(info), line);
    text_print(to, "%s", line);
    return true;
}

/* Whose choice it is that the path names: 0, -ESRCH, -EPERM. The file may have been opened by somebody else. */
static long choice_named(const struct process *self, uint32_t pid, struct fork_choice **choice)
{
    struct process *process = pid ? process_by_pid(pid) : NULL;

    if (pid && (!process || process_dead(process)))
        return -ESRCH;
    if (process ? !may_inspect(self, process) : self->cred->euid != 0)
        return -EPERM;
    *choice = process ? &process->attributes.fork : &system_choice;
    return 0;
}

/* Linux takes the first letter of what is written, too. */
static long write_sysrq(struct process *self, const struct call *call)
{
    char command;
    long err;

    if (!cred_capable(self, CAP_SYS_BOOT))
        return -EPERM;
    if (call->m.w[4] == 0)
        return 0;
    err = user_read(self, call->m.w[3], &command, 1);
    if (!err)
        err = machine_sysrq(command);
    return err ? err : (long)call->m.w[4];
}

static long write_choice(struct process *self, const struct call *call)
{
    enum proc_info info = (enum proc_info)call->m.w[0];
    size_t bytes = call->m.w[4];
    struct fork_choice *choice;
    char line[CHOICE_TEXT];
    long value, err = is_choice(info) && bytes <= sizeof(line) ? 0 : -EINVAL;

    if (!err)
        err = choice_named(self, (uint32_t)call->m.w[1], &choice);
    if (!err)
        err = user_read(self, call->m.w[3], line, bytes);
    if (!err)
        err = choice_read(setting_of(info), line, bytes, &value);
    if (!err)
        err = choice_set(choice, setting_of(info), value);
    return err ? err : (long)bytes;
}

/* A number in decimal, with a newline or not. -EFAULT, -EINVAL. */
static long read_number(struct process *self, const struct call *call, long *value)
{
    size_t bytes = call->m.w[4];
    char line[16], *end;
    long err = bytes < sizeof(line) ? user_read(self, call->m.w[3], line, bytes) : -EINVAL;

    if (err)
        return err;
    line[bytes] = 0;
    *value = strtol(line, &end, 10);
    return end == line || (*end && *end != '\n') ? -EINVAL : 0;
}

static long write_oom_adjust(struct process *self, const struct call *call)
{
    struct process *process = process_by_pid((uint32_t)call->m.w[1]);
    long value, err = process && !process_dead(process) ? read_number(self, call, &value) : -ESRCH;

    if (!err)
        err = oom_adjust(self, process, value);
    return err ? err : (long)call->m.w[4];
}

static long write_randomize(struct process *self, const struct call *call)
{
    long value, err = read_number(self, call, &value);

    if (err)
        return err;
    layout_randomize = (int)value;
    return (long)call->m.w[4];
}

/* A thread's name, by a thread of the same process: proc(5). */
static long write_comm(struct process *self, const struct call *call)
{
    uint32_t pid = (uint32_t)call->m.w[1], tid = (uint32_t)(call->m.w[1] >> 32);
    struct thread *thread = pid == self->pid ? thread_of_process(self, tid ? tid : pid) : NULL;
    size_t bytes = smaller(call->m.w[4], COMM_BYTES - 1);
    char name[COMM_BYTES] = "";

    if (!thread)
        return -EINVAL;
    if (user_read(self, call->m.w[3], name, bytes))
        return -EFAULT;
    thread_rename(thread, name);
    return (long)call->m.w[4];
}

long info_write(struct thread *self, struct call *call)
{
    if (is_map((enum proc_info)call->m.w[0]))
        return write_map(self, call);
    if (is_cgroup((enum proc_info)call->m.w[0]))
        return cgroup_write(self, call);
    if (call->m.w[0] == PROC_INFO_COMM)
        return write_comm(self->process, call);
    if (call->m.w[0] == PROC_INFO_OOM_ADJUST)
        return write_oom_adjust(self->process, call);
    if (call->m.w[0] == PROC_INFO_SYS_RANDOMIZE)
        return write_randomize(self->process, call);
    if (call->m.w[0] >= PROC_INFO_SYS_MSGMAX && call->m.w[0] <= PROC_INFO_SYS_SHMMNI)
        return info_ipc_write(self, call);
    return call->m.w[0] == PROC_INFO_SYSRQ ? write_sysrq(self->process, call) : write_choice(self->process, call);
}
