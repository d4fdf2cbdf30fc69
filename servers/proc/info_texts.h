/* The texts of /proc, by subject: a function for each enum proc_info. */
#ifndef PROC_INFO_TEXTS_H
#define PROC_INFO_TEXTS_H

#include "servers/proc/text.h"

struct process;

typedef void process_text(struct text *t, struct process *process);
typedef void system_text(struct text *t);

/* info_process.c: proc(5), /proc/PID */
process_text text_stat, text_status, text_statm, text_comm, text_limits, text_wchan, text_cgroup;

/* info_memory.c */
process_text text_maps, text_smaps, text_cmdline, text_environ, text_auxv;

/* info_system.c: proc(5), and /proc/tine */
system_text text_meminfo, text_system_stat, text_uptime, text_loadavg, text_version, text_cpuinfo, text_vmstat,
    text_pid_max, text_hostname, text_osrelease, text_overcommit, text_command_line, text_tine_stat, text_tine_check,
    text_tine_unknown;

#endif
