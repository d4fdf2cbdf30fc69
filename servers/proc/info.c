/* Reads of /proc that vfs forwards: which text, of whom, and the answer to the reader. */
#include "servers/proc/info.h"
#include "servers/proc/info_texts.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"
#include "servers/protocol/proc.h"

static process_text *const of_process[] = {
    [PROC_INFO_STAT] = text_stat,       [PROC_INFO_STATUS] = text_status,   [PROC_INFO_STATM] = text_statm,
    [PROC_INFO_CMDLINE] = text_cmdline, [PROC_INFO_ENVIRON] = text_environ, [PROC_INFO_MAPS] = text_maps,
    [PROC_INFO_COMM] = text_comm,       [PROC_INFO_LIMITS] = text_limits,   [PROC_INFO_WCHAN] = text_wchan,
    [PROC_INFO_CGROUP] = text_cgroup,   [PROC_INFO_SMAPS] = text_smaps,     [PROC_INFO_AUXV] = text_auxv,
};

static system_text *const of_system[] = {
    [PROC_INFO_MEMINFO] = text_meminfo,
    [PROC_INFO_SYSTEM_STAT] = text_system_stat,
    [PROC_INFO_UPTIME] = text_uptime,
    [PROC_INFO_LOADAVG] = text_loadavg,
    [PROC_INFO_VERSION] = text_version,
    [PROC_INFO_CPUINFO] = text_cpuinfo,
    [PROC_INFO_VMSTAT] = text_vmstat,
    [PROC_INFO_SYS_PID_MAX] = text_pid_max,
    [PROC_INFO_SYS_HOSTNAME] = text_hostname,
    [PROC_INFO_SYS_OSRELEASE] = text_osrelease,
    [PROC_INFO_SYS_OVERCOMMIT] = text_overcommit,
    [PROC_INFO_CMDLINE_KERNEL] = text_command_line,
    [PROC_INFO_TINE_STAT] = text_tine_stat,
    [PROC_INFO_TINE_CHECK] = text_tine_check,
    [PROC_INFO_TINE_UNKNOWN] = text_tine_unknown,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Puts the text. 0, -ESRCH, or -EINVAL: there is no such text. */
static long put(struct text *t, unsigned long info, uint32_t number)
{
    struct process *process;

    if (info < COUNT(of_process) && of_process[info]) {
        process = process_by_pid(number);
        if (!process)
            return -ESRCH;
        of_process[info](t, process);
        return 0;
    }
    if (info < COUNT(of_system) && of_system[info]) {
        of_system[info](t);
        return 0;
    }
    return -EINVAL;
}

long info_read(struct thread *self, struct call *call)
{
    static char part[16384];
    const unsigned long *w = call->m.w;
    struct text t = { .to = part, .room = w[4] < sizeof(part) ? w[4] : sizeof(part), .skip = w[2] };
    uint64_t buffer = w[3], fd = w[5];
    long err = put(&t, w[0], (uint32_t)w[1]);

    if (err)
        return err;
    if (user_write(self->process, buffer, part, t.length))
        return -EFAULT;
    vfs_advance(PROC_VFS, self->process->pid, (int)fd, t.length);
    return (long)t.length;
}
