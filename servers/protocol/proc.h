/*
 * What reaches proc from vfs. There is no call upwards: vfs forwards the waiting client to its pager, which is proc
 * (tine_forward with endpoint 0), so each of these arrives with the client's own badge, and proc answers the client
 * itself: with a value, or by letting its ecall run again.
 */
#ifndef PROTOCOL_PROC_H
#define PROTOCOL_PROC_H

#include <stdint.h>

/* Bits of the notification bound to proc. */
enum proc_event {
    PROC_EVENT_TIMER = 1, /* its own timer */
    PROC_EVENT_VFS = 2,   /* fetch with vfs_event() until there is none */
};

/* Labels of forwarded clients: above every Linux call number. */
enum proc_label {
    /*
     * PROC_SIGNAL: w[0] signal, w[1] result, w[2] enum proc_signal_to. The signal is sent to the client's thread or
     * process group; the client is answered with `result` (SIGPIPE: -EPIPE), or, if result is PROC_RESULT_RESTART, its
     * call runs again after the signal (SIGTTIN, SIGTTOU). Background access by a group that ignores or blocks
     * SIGTTIN, or that is orphaned, is answered with -EIO; SIGTTOU ignored or blocked: the call runs again with the
     * check waived (PROC: tty output), see vfs_waive_tty.
     */
    PROC_LABEL_SIGNAL = 1024,
    /*
     * PROC_INFO: a read of a /proc file whose text proc knows. w[0] enum proc_info, w[1] number of the process named by
     * the path (0 if none), in the upper half that of one of its threads if it is about that; w[2] offset in bytes, w[3] buffer in the client, w[4] length, w[5] descriptor. proc writes
     * the bytes to the client, advances the descriptor by vfs_advance and answers with the count.
     */
    PROC_LABEL_INFO,
    /*
     * PROC_PPOLL: w[0..4] the words of ppoll, pselect6, epoll_pwait or epoll_pwait2; bits 0-15 of w[5] its number. The
     * client gave a signal mask, which is at w[3] (ppoll), w[4] (epoll) or w[5] >> 16 (pselect6) in its memory: proc puts
     * it in force until the call ends and forwards the client to vfs with label VFS_LABEL_MASKED and the same words. The
     * call may come here a second time before it ends, after a fault on its buffers.
     */
    PROC_LABEL_PPOLL,
    /*
     * PROC_SET: a write to a /proc file whose value proc keeps; words as of PROC_INFO, the text is at w[3]. proc answers
     * with the count, or -EINVAL, -EPERM, -ESRCH, -EFAULT. The descriptor does not move: such a value is written whole.
     */
    PROC_LABEL_SET,
    /*
     * PROC_SIGNALFD: a read of a signalfd. w[0] its mask, w[1] buffer, w[2] bytes (at least one struct signalfd_siginfo),
     * w[3] not 0: does not wait. proc takes the caller's pending signals of the mask and answers with the bytes written.
     */
    PROC_LABEL_SIGNALFD,
    /*
     * PROC_RECLAIM: something is in use that proc may only keep for later, as the files of programs (servers/proc/frozen.h).
     * It gives up what it keeps and lets the call run again; if there is nothing, the client is answered with w[0].
     */
    PROC_LABEL_RECLAIM,
    /* PROC_NS_IOCTL: an ioctl of a namespace's descriptor. w[0] its number (vfs.h), w[1] command, w[2] argument. */
    PROC_LABEL_NS_IOCTL,
    /*
     * PROC_THREADS: a call that looks into /proc/N/task. Bits 0-15 of w[5] its number, above them N; the other words are
     * the call's. proc tells vfs N's threads (vfs_threads) and forwards the client with label VFS_LABEL_THREADS and the same
     * words.
     */
    PROC_LABEL_THREADS,
};

/* The call's number in w[5] of PROC_LABEL_THREADS and VFS_LABEL_THREADS: that many bits, above them the client asked about. */
enum { PROC_NUMBER_BITS = 16 };

enum proc_signal_to { PROC_TO_THREAD, PROC_TO_GROUP };
#define PROC_RESULT_RESTART (-512L) /* no errno */

enum proc_info {
    PROC_INFO_STAT, PROC_INFO_STATUS, PROC_INFO_STATM, PROC_INFO_CMDLINE, PROC_INFO_ENVIRON, PROC_INFO_MAPS,
    PROC_INFO_UID_MAP, PROC_INFO_GID_MAP, PROC_INFO_SETGROUPS, PROC_INFO_COMM, PROC_INFO_LIMITS, PROC_INFO_WCHAN, PROC_INFO_CGROUP, PROC_INFO_SMAPS, PROC_INFO_AUXV,
    PROC_INFO_OOM_SCORE, PROC_INFO_OOM_ADJUST,
    /* of the system */
    PROC_INFO_MEMINFO, PROC_INFO_SYSTEM_STAT, PROC_INFO_UPTIME, PROC_INFO_LOADAVG, PROC_INFO_VERSION,
    PROC_INFO_CPUINFO, PROC_INFO_VMSTAT, PROC_INFO_SYS_PID_MAX, PROC_INFO_SYS_HOSTNAME, PROC_INFO_SYS_OSRELEASE,
    PROC_INFO_SYS_OVERCOMMIT, PROC_INFO_SYS_RANDOMIZE, PROC_INFO_CMDLINE_KERNEL,
    /* System V IPC: the objects, and limits, which can be written to */
    PROC_INFO_IPC_MSG, PROC_INFO_IPC_SEM, PROC_INFO_IPC_SHM,
    PROC_INFO_SYS_MSGMAX, PROC_INFO_SYS_MSGMNB, PROC_INFO_SYS_MSGMNI, PROC_INFO_SYS_SEM, PROC_INFO_SYS_SHMMAX,
    PROC_INFO_SYS_SHMALL, PROC_INFO_SYS_SHMMNI,
    /* /proc/tine: counters of kernel and servers, the invariant walker, calls without a row */
    PROC_INFO_TINE_STAT, PROC_INFO_TINE_CHECK, PROC_INFO_TINE_UNKNOWN,
    /* how fork copies memory: of a process, or (number 0) of the system. Can be written to. In the order of
     * enum tine_fork_setting */
    PROC_INFO_FORK_STRATEGY, PROC_INFO_FORK_PREFAULT, PROC_INFO_FORK_BATCH, PROC_INFO_FORK_HUGE,
    /* of the control group with the number w[1]: cgroups(7) */
    PROC_INFO_CG_PROCS, PROC_INFO_CG_CONTROLLERS, PROC_INFO_CG_SUBTREE_CONTROL, PROC_INFO_CG_EVENTS, PROC_INFO_CG_KILL,
    PROC_INFO_CG_TYPE, PROC_INFO_CG_CPU_STAT, PROC_INFO_CG_CPU_WEIGHT, PROC_INFO_CG_MEMORY_MAX,
    PROC_INFO_CG_MEMORY_CURRENT, PROC_INFO_CG_MEMORY_EVENTS, PROC_INFO_CG_PIDS_MAX, PROC_INFO_CG_PIDS_CURRENT,
    PROC_INFO_CG_PIDS_EVENTS,
    PROC_INFO_SYSRQ, /* can only be written to: machine.h */
};

#endif
